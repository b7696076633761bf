/** Draws the world of a seed: its shape, its time, its buyers and what their clients report. Pure. */
import { DAY_MS, HOUR_MS, hourFrom, MINUTE_MS } from '../../../shared/hour.ts'
import type { EdgeView } from '../../../shared/seller/views.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import type { UsageEvent } from '../../../shared/usage/event.ts'
import { openRandom, type Random } from '../random.ts'
import { drawSale, PRODUCT, REGIONS } from './sold.ts'
import { SHAPES, type Buyer, type Change, type Report, type Shape, type World } from './world.ts'

/** Objects that are there to be used again: more buyers than that have no seed. */
export const BUYERS_MAX = 3

export const subscriptionOf = (slot: number): SubscriptionId => `sub_${String(slot + 1).padStart(22, '0')}`

/** The shape of a seed, in turn: of 10 000 seeds each gets 1 666. */
export const shapeOf = (seed: number): Shape => SHAPES[seed % SHAPES.length] ?? 'dense'

export function drawWorld(seed: number, shape: Shape): World {
  const random = openRandom(seed, `world ${shape}`)
  // A brief life shows as much for a fraction of the time; a tenth are long.
  const brief = random.chance(0.9)
  const span = drawSpan(random, shape, brief)
  const sale = drawSale(random, (shape === 'dense' || shape === 'end') && random.chance(0.1))
  const count = random.chance(0.92) ? 1 : random.whole(2, BUYERS_MAX)
  const buyers = Array.from({ length: count }, (_, slot) => drawBuyer(random, shape, slot, span))
  const reports = buyers.flatMap((buyer) => drawReports(random, { shape, brief, span }, buyer, sale.first))
  return {
    seed,
    shape,
    ...span,
    sold: [sale.first, sale.deployed],
    buyers,
    reports: reports.sort((a, b) => a.at - b.at),
    visits: buyers.flatMap((buyer) => drawVisits(random, buyer, span)),
    changes: buyers.flatMap((buyer) => drawChanges(random, shape, buyer, span)).sort((a, b) => a.at - b.at),
  }
}

interface Span {
  readonly from: number
  readonly until: number
}

function drawSpan(random: Random, shape: Shape, brief: boolean): Span {
  const month = Date.UTC(2026 + random.whole(0, 2), random.whole(0, 11), 1)
  const someDay =
    month + random.whole(0, 27) * DAY_MS + random.whole(0, 23) * HOUR_MS + random.whole(0, 3_599_999)
  switch (shape) {
    case 'dense':
      return { from: someDay, until: someDay + (brief ? 3 : 6) * HOUR_MS }
    case 'month-end':
      return brief
        ? { from: month - random.whole(2, 7) * HOUR_MS, until: month + random.whole(1, 4) * HOUR_MS }
        : { from: month - 30 * HOUR_MS, until: month + 10 * HOUR_MS }
    case 'long':
      return { from: someDay, until: someDay + 45 * DAY_MS }
    case 'switch-over':
      return { from: someDay, until: someDay + (brief ? 6 : 14) * HOUR_MS }
    case 'trial':
      return { from: someDay, until: someDay + 9 * DAY_MS }
    case 'end': {
      const from = random.pick([someDay, someDay, month - 6 * HOUR_MS, month - HOUR_MS])
      return { from, until: from + (brief ? 5 : 9) * HOUR_MS }
    }
  }
}

function drawBuyer(random: Random, shape: Shape, slot: number, { from, until }: Span): Buyer {
  const early = random.chance(0.5)
  const identity =
    shape === 'switch-over' ? random.pick(['product-account', 'product-customer'] as const) : 'license'
  const length = until - from
  const switched = hourFrom(from + random.whole(2, Math.floor((0.7 * length) / HOUR_MS)) * HOUR_MS)
  return {
    slot,
    subscription: subscriptionOf(slot),
    account: String(100_000_000_000 + slot * 7 + 1),
    region: random.chance(0.9) ? REGIONS[0] : REGIONS[1],
    product: PRODUCT,
    subscribeAt: early ? from - random.whole(MINUTE_MS, HOUR_MS) : from,
    licenseDelayMs: random.pick([72_000, 0, 20 * MINUTE_MS, 3 * HOUR_MS]),
    identity,
    switchOver:
      shape === 'switch-over'
        ? {
            fromHour: switched,
            knownAt: random.chance(0.3)
              ? switched + random.whole(0, 4) * HOUR_MS
              : switched - random.whole(1, 60) * MINUTE_MS,
          }
        : null,
    trial: shape === 'trial' ? { days: TRIAL_DAYS, graceMs: 0 } : null,
    end:
      shape === 'end'
        ? {
            at: from + Math.floor(length * (0.4 + random.unit() * 0.4)),
            status: random.pick(['CANCELLED', 'TERMINATED']),
            deprovisionedAfterMs: random.pick([31_000, 31_000, 20 * MINUTE_MS, 2 * HOUR_MS, null]),
          }
        : null,
    amounts: {},
  }
}

/** Of a trial. */
const TRIAL_DAYS = 7

/** Reports of one buyer in a long life; a brief one has about half. */
const REPORTS: Readonly<Record<Shape, readonly [number, number]>> = {
  dense: [3, 12],
  'month-end': [4, 14],
  long: [5, 16],
  'switch-over': [4, 12],
  trial: [4, 12],
  end: [3, 12],
}

interface Length {
  readonly shape: Shape
  readonly brief: boolean
  readonly span: Span
}

function drawReports(random: Random, length: Length, buyer: Buyer, sold: EdgeView): Report[] {
  const [least, most] = REPORTS[length.shape]
  const numbered = random.chance(0.4)
  const epoch = `epoch-${random.whole(1, 9)}`
  const source = `key-${buyer.slot}`
  const reports = length.brief ? random.whole(2, Math.min(5, most / 2)) : random.whole(least, most)
  return Array.from({ length: reports }, (_, i): Report => {
    const at = drawTime(random, length, buyer)
    const events = Array.from({ length: random.whole(1, length.brief ? 3 : 4) }, (_event, j) =>
      drawEvent(random, sold, at, source, `e${buyer.slot}-${i}-${j}`),
    )
    return {
      at,
      slot: buyer.slot,
      batch: numbered ? { kind: 'sequence', source, epoch, sequence: i + 1 } : { kind: 'ids' },
      events,
    }
  })
}

/** Any time; of a trial mostly around its end, where something is cut. */
function drawTime(random: Random, { brief, span }: Length, buyer: Buyer): number {
  if (!brief || buyer.trial === null || random.chance(0.2))
    return span.from + Math.floor(random.unit() * (span.until - span.from))
  return buyer.subscribeAt + buyer.trial.days * DAY_MS + random.whole(-3 * HOUR_MS, 3 * HOUR_MS)
}

/** Usage of the last few minutes, as a client that buffers sends it. */
function drawEvent(random: Random, sold: EdgeView, at: number, source: string, id: string): UsageEvent {
  const dimensions = sold.products[0]?.dimensions ?? []
  const { charge } = dimensions[random.whole(0, dimensions.length - 1)] ?? {}
  const time = at - random.whole(0, 5 * MINUTE_MS)
  const meter = charge?.meter ?? ''
  switch (charge?.kind) {
    case 'unique':
      return { source, id, meter, time, kind: 'key', key: `user-${random.whole(1, 9)}` }
    case 'max':
    case 'time-weighted':
      return {
        source,
        id,
        meter,
        time,
        kind: 'value',
        value: drawAmount(random) % 50_000_000n,
        series: `s${random.whole(1, 3)}`,
      }
    case 'sum':
    case undefined:
      return { source, id, meter, time, kind: 'quantity', quantity: drawAmount(random) }
  }
}

/** Millionths: small whole numbers mostly, fractions, nothing, and once in a while more than a record can hold. */
function drawAmount(random: Random): bigint {
  const kind = random.unit()
  if (kind < 0.6) return BigInt(random.whole(1, 40)) * 1_000_000n
  if (kind < 0.9) return BigInt(random.whole(1, 30_000_000))
  if (kind < 0.95) return 0n
  if (kind < 0.99) return BigInt(random.whole(1, 900_000)) * 1_000_000n
  return 3_000_000_000n * 1_000_000n
}

/** Now and then within the time of usage, and after it, when what is wrong has been found. */
function drawVisits(random: Random, { slot }: Buyer, { from, until }: Span): { at: number; slot: number }[] {
  const visits = Array.from({ length: random.chance(0.5) ? random.whole(1, 2) : 0 }, () => ({
    slot,
    at: from + Math.floor(random.unit() * (until - from + 5 * HOUR_MS)),
  }))
  return random.chance(0.7) ? [...visits, { slot, at: until + random.whole(300, 440) * MINUTE_MS }] : visits
}

function drawChanges(random: Random, shape: Shape, buyer: Buyer, { from, until }: Span): Change[] {
  const many = shape === 'long' ? random.whole(0, 3) : random.chance(0.15) ? 1 : 0
  return Array.from({ length: many }, (): Change => ({
    at: from + Math.floor(random.unit() * (until - from)),
    slot: buyer.slot,
    kind: 'plan',
    plan: random.pick(['basic', 'pro']),
  }))
}
