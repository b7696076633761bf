/**
 * The stage of the named scenarios: a small fixed world, one fault put in place on purpose, and what came of it. The
 * world is the virtual runtime's; nothing here is drawn but what lies within a call's own delay.
 */
import { HOUR_MS } from '../../../shared/hour.ts'
import type { Dimension } from '../../../shared/seller.ts'
import type { EdgeView } from '../../../shared/seller/views.ts'
import type { UsageEvent } from '../../../shared/usage/event.ts'
import { openCoverage } from '../coverage.ts'
import type { FaultName, Faults } from '../faults.ts'
import type { AwsRecord, ClientCall, History, ShownRecord } from '../history.ts'
import { sentenceOf } from '../oracle/finding.ts'
import { judge } from '../oracle/judge.ts'
import { openRandom } from '../random.ts'
import { openPool, type Pool } from '../runtime/pool.ts'
import { runSeed, type SeedRun } from '../runtime/seed.ts'
import type { Time } from '../runtime/time.ts'
import type { Weather } from '../runtime/weather.ts'
import { subscriptionOf } from '../worlds/draw.ts'
import { drawSale, PRODUCT, REGIONS } from '../worlds/sold.ts'
import type { Buyer, Report, World } from '../worlds/world.ts'

/** A Tuesday's 10:00 UTC, far from any month's end: where a scenario takes place unless it says otherwise. */
export const TEN = Date.UTC(2026, 2, 10, 10)

/** Whether a fault happens: asked at each of its occasions, the first is 0, with true time. */
export type When = (occasion: number, now: number) => boolean

export const always: When = () => true
export const once: When = (occasion) => occasion === 0
/** At each occasion from `from` to before `until`, true time. */
export const within =
  (from: number, until: number): When =>
  (_, now) =>
    now >= from && now < until
/** At the first occasion from `from` on; a new one for each scenario. */
export const onceFrom = (from: number): When => {
  let done = false
  return (_, now) => {
    if (done || now < from) return false
    done = true
    return true
  }
}

export interface Scene {
  readonly seed?: number
  readonly from?: number
  /** Usage happens until then; default: 3 hours. */
  readonly until?: number
  readonly dimensions?: readonly Dimension[]
  readonly timing?: Partial<EdgeView['timing']>
  /** What a deploy makes of what is sold. */
  readonly deployed?: (sold: EdgeView) => EdgeView
  readonly buyers?: readonly Partial<Buyer>[]
  readonly reports: readonly Report[]
  readonly visits?: World['visits']
  readonly faults?: Partial<Record<FaultName, When>>
  readonly weather?: (time: Time) => Partial<Weather>
  /** In place of the databases as they are. */
  readonly pool?: (pool: Pool, time: () => number) => Pool
}

export interface Seen extends SeedRun {
  readonly history: History
  /** What the oracle says: empty when nothing was lost, nothing doubled and no rule broken. */
  readonly wrong: readonly string[]
  readonly trace: readonly { readonly at: number; readonly line: string }[]
  /** By hour. */
  readonly bill: readonly AwsRecord[]
  /** Of every subscription, by hour. */
  readonly records: readonly ShownRecord[]
  readonly calls: readonly ClientCall[]
  /** When a line with these words was written. */
  when(words: string): readonly number[]
}

let pool: Promise<Pool> | null = null

/** Plays a scene to its end and has the oracle judge it. */
export async function play(scene: Scene): Promise<Seen> {
  const world = worldOf(scene)
  const trace: { at: number; line: string }[] = []
  pool ??= openPool(world.sold[0])
  let now = (): number => world.from
  const databases = await pool
  const run = await runSeed(
    scene.pool?.(databases, () => now()) ?? databases,
    world,
    {
      choice: { level: 'none' },
      trace: (at, line) => void trace.push({ at, line }),
      place(time) {
        now = () => time.now()
        return { faults: placed(scene.faults ?? {}, time), weather: scene.weather?.(time) ?? {} }
      },
    },
    openCoverage(),
  )
  const { history } = run
  return {
    ...run,
    wrong: judge(history).map(sentenceOf),
    trace,
    bill: history.aws.bill.toSorted((a, b) => a.hour - b.hour),
    records: history.subscriptions
      .flatMap(({ shown }) => shown.records)
      .sort((a, b) => a.hour - b.hour || a.key.localeCompare(b.key)),
    calls: history.subscriptions.flatMap(({ calls }) => calls),
    when: (words) => trace.flatMap(({ at, line }) => (line.includes(words) ? [at] : [])),
  }
}

/** These faults and no other. */
export function placed(given: Partial<Record<FaultName, When>>, time: Time): Faults {
  const occasions = new Map<FaultName, number>()
  const happened: string[] = []
  return {
    hit(name) {
      const occasion = occasions.get(name) ?? 0
      occasions.set(name, occasion + 1)
      if (given[name]?.(occasion, time.now()) !== true) return false
      happened.push(`${name}#${occasion}`)
      return true
    },
    // What was put in place says itself when it is over.
    stop() {},
    happened: () => happened,
  }
}

export function worldOf(scene: Scene): World {
  const from = scene.from ?? TEN
  const sold = saleOf(scene.dimensions ?? [summed('calls')], scene.timing ?? {})
  return {
    seed: scene.seed ?? 1,
    shape: 'dense',
    from,
    until: scene.until ?? from + 3 * HOUR_MS,
    sold: [sold, scene.deployed?.(sold) ?? sold],
    buyers: (scene.buyers ?? [{}]).map((buyer, slot) => ({
      slot,
      subscription: subscriptionOf(slot),
      account: String(100_000_000_001 + slot),
      region: REGIONS[0],
      product: PRODUCT,
      subscribeAt: from - HOUR_MS,
      licenseDelayMs: 0,
      identity: 'license',
      switchOver: null,
      trial: null,
      end: null,
      amounts: {},
      ...buyer,
    })),
    reports: scene.reports.toSorted((a, b) => a.at - b.at),
    changes: [],
    visits: scene.visits ?? [],
  }
}

function saleOf(dimensions: readonly Dimension[], timing: Partial<EdgeView['timing']>): EdgeView {
  const { first } = drawSale(openRandom(1, 'scenario'), false)
  return {
    ...first,
    meters: Object.fromEntries(dimensions.map(({ key }) => [`m_${key}`, { label: key, unit: 'unit' }])),
    products: first.products.map((product) => ({ ...product, dimensions })),
    timing: { ...first.timing, latenessMs: 600_000, expired: 'move', ...timing },
  }
}

/** A dimension that bills the sum of its meter `m_<key>`, unit by unit. */
export const summed = (key: string): Dimension => ({
  key,
  title: key,
  unit: 'Units',
  price: '1',
  metered: true,
  offered: true,
  charge: { kind: 'sum', meter: `m_${key}` },
})

/** As many as a call takes, or how many you like. */
export const dimensions = (count: number): Dimension[] =>
  Array.from({ length: count }, (_, n) => summed(`calls_${String(n).padStart(2, '0')}`))

export interface Used {
  readonly slot?: number
  readonly dimension?: string
  readonly quantity?: number
  readonly time?: number
  readonly id?: string
  /** The number of a batch; without: ids. */
  readonly sequence?: number | undefined
}

/** One event, reported at once. */
export function used(at: number, of: Used = {}): Report {
  const slot = of.slot ?? 0
  const event: UsageEvent = {
    source: `key-${slot}`,
    id: of.id ?? `e-${slot}-${at}-${of.dimension ?? 'calls'}`,
    meter: `m_${of.dimension ?? 'calls'}`,
    time: of.time ?? at,
    kind: 'quantity',
    quantity: BigInt(of.quantity ?? 7) * 1_000_000n,
  }
  return {
    at,
    slot,
    batch:
      of.sequence === undefined
        ? { kind: 'ids' }
        : { kind: 'sequence', source: `key-${slot}`, epoch: 'epoch-1', sequence: of.sequence },
    events: [event],
  }
}

/** What clients were told, in order of sending: a word each event, null for silence. */
export const told = (seen: Seen): (readonly string[] | null)[] =>
  seen.calls.map(
    ({ answers }) =>
      answers?.map((answer) => (answer.result === 'refused' ? answer.code : answer.result)) ?? null,
  )

export const unitsOf = (bill: readonly AwsRecord[]): number =>
  bill.reduce((units, { quantity }) => units + quantity, 0)
