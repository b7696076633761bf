/**
 * A world both can live in: three buyers, two dimensions of whole units, nothing included, nobody leaves. What our charges
 * can do beyond that is left out, for AWS's sample has no such thing. Pure.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../shared/hour.ts'
import { DEFAULT_TIMING } from '../../../shared/ledger/terms.ts'
import type { Dimension } from '../../../shared/seller.ts'
import type { EdgeProduct, EdgeView } from '../../../shared/seller/views.ts'
import { openRandom } from '../random.ts'
import { BUYERS_MAX, subscriptionOf } from '../worlds/draw.ts'
import { PRODUCT, REGIONS, SELLER } from '../worlds/sold.ts'
import type { Buyer, Report, World } from '../worlds/world.ts'

/** About a day of 300 reports. */
const REPORTS_EACH = 100

const dimension = (key: string): Dimension => ({
  key,
  title: key,
  unit: 'Units',
  price: '0.10',
  metered: true,
  offered: true,
  charge: { kind: 'sum', meter: key },
})

const product: EdgeProduct = {
  key: PRODUCT,
  id: 'prod-skillsmith',
  code: 'skillsmithcodeskillsmith1',
  title: 'Skillsmith',
  pricing: 'subscription',
  integration: 'license',
  dimensions: [dimension('calls'), dimension('jobs')],
  defaultPlan: null,
  trial: null,
  heartbeat: null,
  takeOverFrom: null,
}

const view: EdgeView = {
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
  meters: { calls: { label: 'Calls', unit: 'call' }, jobs: { label: 'Jobs', unit: 'job' } },
  features: {},
  plans: [],
  products: [product],
  timing: DEFAULT_TIMING,
  finalTakeMs: 10 * MINUTE_MS,
  keepEndedDays: 30,
}

/** One day in the middle of a month, with reports of one to twenty whole units of one of the two dimensions. */
export function sampleWorld(seed: number): World {
  const random = openRandom(seed, 'side by side')
  const from = Date.UTC(2026 + random.whole(0, 2), random.whole(0, 11), random.whole(5, 22))
  const until = from + DAY_MS
  const buyers = Array.from({ length: BUYERS_MAX }, (_, slot): Buyer => buyerOf(slot, from))
  const reports = buyers.flatMap(({ slot }) =>
    Array.from({ length: REPORTS_EACH }, (_, i): Report => {
      const at = from + Math.floor(random.unit() * DAY_MS)
      const source = `key-${slot}`
      return {
        at,
        slot,
        batch: { kind: 'ids' },
        events: [
          {
            source,
            id: `e${slot}-${i}`,
            meter: random.pick(['calls', 'jobs']),
            time: at - random.whole(0, 2_000),
            kind: 'quantity',
            quantity: BigInt(random.whole(1, 20)) * 1_000_000n,
          },
        ],
      }
    }),
  )
  return {
    seed,
    shape: 'dense',
    from,
    until,
    sold: [view, view],
    buyers,
    reports: reports.sort((a, b) => a.at - b.at),
    changes: [],
    visits: [],
  }
}

const buyerOf = (slot: number, from: number): Buyer => ({
  slot,
  subscription: subscriptionOf(slot),
  account: String(100_000_000_000 + slot * 7 + 1),
  region: REGIONS[0],
  product: PRODUCT,
  subscribeAt: from - HOUR_MS,
  licenseDelayMs: 72_000,
  identity: 'license',
  switchOver: null,
  trial: null,
  end: null,
  amounts: {},
})
