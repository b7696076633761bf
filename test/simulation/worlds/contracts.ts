/** A contract with consumption: what is included is the entitlement's, and is not always known (money §3). Pure. */
import { HOUR_MS } from '../../../shared/hour.ts'
import type { Charge, Dimension } from '../../../shared/seller.ts'
import type { EdgeView } from '../../../shared/seller/views.ts'
import type { Random } from '../random.ts'
import type { Buyer, Change, World } from './world.ts'

/** Only entitled, never metered: the dimension others include from. */
export const SEATS = 'c0_seats'

/** How many may be bought. */
export const SEATS_BOUGHT = 5

const AMOUNTS = ['0', '2', '5', '5', '20', '100'] as const

/** The same world, sold as a contract; a world of the legacy integration or of a trial stays as it is. */
export function withAmounts(random: Random, world: World): World {
  if (world.shape === 'switch-over' || world.shape === 'trial') return world
  const [sold, deployed] = world.sold
  const from = new Set(
    (sold.products[0]?.dimensions ?? []).flatMap(({ key }, i) =>
      i === 0 || random.chance(0.5) ? [key] : [],
    ),
  )
  const buyers = world.buyers.map((buyer): Buyer => ({ ...buyer, amounts: drawFirst(random) }))
  return {
    ...world,
    sold: [asContract(sold, from), asContract(deployed, from)],
    buyers,
    changes: [...world.changes, ...buyers.flatMap((buyer) => drawAmounts(random, world, buyer))].sort(
      (a, b) => a.at - b.at,
    ),
  }
}

/** Known, asked for and not answered, or not even asked for. */
const drawFirst = (random: Random): Buyer['amounts'] =>
  random.pick([{ [SEATS]: random.pick(AMOUNTS) }, { [SEATS]: random.pick(AMOUNTS) }, { [SEATS]: null }, {}])

function asContract(view: EdgeView, from: ReadonlySet<string>): EdgeView {
  const seats: Dimension = {
    key: SEATS,
    title: SEATS,
    unit: 'Users',
    price: '10',
    metered: false,
    offered: true,
    contract: { monthly: '10', annual: '100', quantities: [SEATS_BOUGHT] },
  }
  const products = view.products.map((product) => ({
    ...product,
    pricing: 'contract-with-consumption' as const,
    dimensions: [
      ...product.dimensions.map((each) => (from.has(each.key) ? includedFrom(each) : each)),
      seats,
    ],
  }))
  return { ...view, products }
}

function includedFrom(dimension: Dimension): Dimension {
  if (dimension.charge === undefined) return dimension
  return { ...dimension, charge: withoutIncluded(dimension.charge), includedFrom: SEATS }
}

function withoutIncluded({ included: _included, ...charge }: Charge): Charge {
  return charge
}

/** More, less, unknown for minutes or for longer than half a window, never known at all. */
function drawAmounts(random: Random, { shape, from, until }: World, { slot, amounts }: Buyer): Change[] {
  const some = (): number => from + Math.floor(random.unit() * (until - from))
  const change = (at: number, amount: string | null): Change => ({
    at,
    slot,
    kind: 'amount',
    dimension: SEATS,
    amount,
  })
  const known = (amounts[SEATS] ?? null) !== null
  const late = (): number =>
    random.pick([random.whole(0, 2), random.whole(0, 11), random.whole(12, 20)]) * HOUR_MS
  if (!known && random.chance(shape === 'end' ? 0.6 : 0.1)) return []
  const first = known ? [] : [change(some() + late(), random.pick(AMOUNTS))]
  const other = random.chance(0.5) ? [change(some(), random.pick(AMOUNTS))] : []
  if (!random.chance(0.4)) return [...first, ...other]
  const failed = some()
  const back = random.chance(0.9) ? [change(failed + late(), random.pick(AMOUNTS))] : []
  return [...first, ...other, change(failed, null), ...back]
}
