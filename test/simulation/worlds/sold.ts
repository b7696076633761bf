/** What is sold in a seed: a product with drawn charges, plans and prices, and what a deploy makes of it. Pure. */
import { DAY_MS, MINUTE_MS } from '../../../shared/hour.ts'
import { DEFAULT_TIMING } from '../../../shared/ledger/terms.ts'
import type { Allowance, Charge, Dimension, Plan } from '../../../shared/seller.ts'
import type { EdgeProduct, EdgeView } from '../../../shared/seller/views.ts'
import type { Random } from '../random.ts'

export const SELLER = '999988887777'
export const REGIONS = ['us-east-1', 'eu-west-1'] as const
export const PRODUCT = 'skillsmith'
const CODE = 'skillsmithcodeskillsmith1'
const PLANS = ['basic', 'pro'] as const

/** The kinds of charge that are drawn. */
export const CHARGE_KINDS = ['sum', 'unique', 'max', 'time-weighted'] as const

type ChargeKind = Charge['kind']

export interface Sale {
  readonly first: EdgeView
  readonly deployed: EdgeView
}

/** One to three dimensions of drawn kinds; a deploy changes one price or charge. `beats`: one has zero records. */
export function drawSale(random: Random, beats: boolean): Sale {
  const dimensions = Array.from({ length: random.chance(0.7) ? 1 : random.whole(2, 3) }, (_, i) =>
    drawDimension(random, i, random.pick(CHARGE_KINDS)),
  )
  const plans = PLANS.map((key) => drawPlan(random, key, dimensions))
  const timing = { ...DEFAULT_TIMING, ...drawTiming(random) }
  const product: EdgeProduct = {
    key: PRODUCT,
    id: 'prod-skillsmith',
    code: CODE,
    title: 'Skillsmith',
    pricing: 'subscription',
    integration: 'license',
    dimensions,
    defaultPlan: 'basic',
    trial: null,
    takeOverFrom: null,
    heartbeat: beats ? (dimensions[0]?.key ?? null) : null,
  }
  const first: EdgeView = {
    seller: {
      name: 'Skillsmith',
      account: SELLER,
      website: 'https://skillsmith.example',
      support: 's@skillsmith.example',
    },
    landing: 'hosted',
    region: REGIONS[0],
    branding: { name: 'Skillsmith', accent: '#224466' },
    fields: [],
    meters: Object.fromEntries(dimensions.map(({ key }) => [`m_${key}`, { label: key, unit: 'unit' }])),
    features: {},
    plans,
    products: [product],
    timing,
    finalTakeMs: 10 * MINUTE_MS,
    keepEndedDays: 30,
  }
  const [changed, ...others] = dimensions
  const deployed: EdgeView = {
    ...first,
    products: [
      {
        ...product,
        dimensions: changed === undefined ? [] : [redraw(random, changed), ...others],
      },
    ],
  }
  return { first, deployed }
}

function drawDimension(random: Random, i: number, kind: ChargeKind): Dimension {
  const key = `d${i}_${kind.replaceAll('-', '_')}`
  return {
    key,
    title: key,
    unit: 'Units',
    price: random.pick(['1', '0.10', '0.00000250', '25']),
    metered: !random.chance(0.05),
    offered: true,
    charge: drawCharge(random, kind, `m_${key}`),
  }
}

function drawCharge(random: Random, kind: ChargeKind, meter: string): Charge {
  const included = random.chance(0.4) ? (random.chance(0.5) ? 'plan' : undefined) : undefined
  const amount = {
    amount: random.pick(['3', '10.5', '100', '0.000001']),
    per: random.pick(['month', 'term'] as const),
  }
  const level = { level: random.pick(['1', '2.5', '10']) }
  switch (kind) {
    case 'sum': {
      const block = random.pick(['1', '1', '10', '1000', '0.5', '2.5'])
      return {
        kind,
        meter,
        ...(block === '1' ? {} : { block }),
        ...(random.chance(0.3) ? { round: random.pick(['down', 'up'] as const) } : {}),
        ...(random.chance(0.4) ? { remainder: random.pick(['carry', 'drop', 'up'] as const) } : {}),
        ...(included === 'plan' ? { included } : random.chance(0.2) ? { included: amount } : {}),
      }
    }
    case 'unique':
      return {
        kind,
        meter,
        ...(included === 'plan'
          ? { included }
          : random.chance(0.2)
            ? { included: { ...amount, amount: '2' } }
            : {}),
        ...(random.chance(0.3) ? { onPlanChange: random.pick(['bill', 'once-a-month'] as const) } : {}),
      }
    case 'max':
      return {
        kind,
        meter,
        window: random.pick(['hour', 'month'] as const),
        ...(included === 'plan' ? { included } : random.chance(0.2) ? { included: level } : {}),
      }
    case 'time-weighted':
      return {
        kind,
        meter,
        // A Ledger wakes each hour in which a reading holds: long ones are tried too, but not in every seed.
        ...(random.chance(0.85)
          ? { holdForHours: random.pick([1, 1, 3]) }
          : random.chance(0.2)
            ? { holdForHours: 100 }
            : {}),
        ...(included === 'plan' ? { included } : random.chance(0.2) ? { included: level } : {}),
      }
  }
}

/** Another price, block or included amount: a cut. */
function redraw(random: Random, dimension: Dimension): Dimension {
  if (dimension.charge === undefined || random.chance(0.3)) return { ...dimension, price: '0.07' }
  return { ...dimension, charge: drawCharge(random, dimension.charge.kind, dimension.charge.meter) }
}

function drawPlan(random: Random, key: string, dimensions: readonly Dimension[]): Plan {
  const allowances: Record<string, Allowance> = {}
  for (const { key: dimension, charge } of dimensions) {
    if (charge?.included !== 'plan' || random.chance(0.1)) continue
    const gauge = charge.kind === 'max' || charge.kind === 'time-weighted'
    allowances[dimension] = random.chance(0.1)
      ? 'unlimited'
      : gauge
        ? { level: random.pick(['1', '3', '0.5']) }
        : { amount: random.pick(['5', '50', '2.25']), per: random.pick(['month', 'term'] as const) }
  }
  return { key, title: key, features: [], limits: {}, allowances }
}

const drawTiming = (random: Random): object => ({
  latenessMs: random.pick([10, 10, 10, 0, 45, 180]) * MINUTE_MS,
  lateAcrossMonthsMs: random.pick([DAY_MS, 0, 0, 0, 5 * DAY_MS]),
  expired: random.pick(['move', 'park', 'park'] as const),
})
