/** Freezing: a dimension's hours in order, each record getting what is due and not frozen yet (money §3, §5). */
import { HOUR_MS, type Hour, nextHour } from '../hour.ts'
import type { Sql } from '../sql.ts'
import { holds } from './broken.ts'
import { type Balance, balanceOf, duesOf, openWalk, overRun, type Walk } from './charge.ts'
import { earliestMonth } from './counted.ts'
import { type Estimate, estimateAmount } from './estimate.ts'
import { settleKeys } from './keys.ts'
import { type Freezing, openFreezing } from './freezing.ts'
import { adjustmentParts, fit, usageParts } from './parts.ts'
import { allPeriods, follows, type Period, periodHolding, runUpTo } from './periods.ts'
import { checkPlaced } from './placed.ts'
import { type Price, priceOf, takesLevel, unitsIn } from './price.ts'
import { isOver, spikeHold, stampOf } from './record.ts'
import { type AmountStep, identityAt, lifeAt, recordKey, type State, stepAt } from './state.ts'
import { pendingIn } from './succession.ts'
import { changedTallies } from './tallies.ts'
import type { Timing } from './terms.ts'
import { keepUsed, readMeasured, type Used, usedByHour } from './used.ts'

/** One dimension on its way through the hours that freeze now. */
interface Passage {
  readonly sql: Sql
  readonly freezing: Freezing
  readonly state: State
  readonly timing: Timing
  readonly now: number
  readonly dimension: string
  readonly periods: readonly Period[]
  readonly open: (amounts: readonly AmountStep[]) => { readonly used: Used; readonly walk: Walk }
  used: Used
  walk: Walk
  /** Units frozen of each period, by its first hour. */
  readonly frozen: Map<number, bigint>
  /** Included amounts of contracts, with the estimates made on the way. */
  amounts: readonly AmountStep[]
}

/** Where a dimension stopped: short of the end when it waits. */
interface Place {
  readonly hour: Hour
  readonly waiting: 'amount' | 'parked' | 'hold' | null
  readonly waitUntil: number | null
}

/**
 * Freezes every dimension up to `state.frozenUntil`; one that waits for an amount stays behind. `from` is where freezing
 * stood before. Answers whether whole units of frozen hours are left for the next record.
 */
export function freezeDimensions(sql: Sql, state: State, timing: Timing, from: Hour, now: number): boolean {
  const until = state.frozenUntil ?? from
  const periods = allPeriods(sql, state, nextHour(until))
  const behind = new Map(
    sql
      .all<{ dimension: string; frozen_until: Hour }>(
        'SELECT dimension, frozen_until FROM dimensions WHERE frozen_until IS NOT NULL',
      )
      .map((row) => [row.dimension, row.frozen_until]),
  )
  const held = new Set(
    sql
      .all<{ dimension: string }>(
        'SELECT dimension FROM holds WHERE dimension IS NOT NULL AND released_at IS NULL',
      )
      .map((row) => row.dimension),
  )
  const first = Math.min(from, ...behind.values())
  const walkFrom = earliestMonth(first)
  const freezing = openFreezing(sql, first)
  const measured = readMeasured(sql, state, walkFrom)
  const asksFrom = pendingIn(state, timing)?.firstHour ?? Number.POSITIVE_INFINITY
  checkPlaced(periods, measured.counted, until)

  let left = false
  for (const dimension of new Set(periods.flatMap((period) => Object.keys(period.prices)))) {
    const stored = freezing.tallies(dimension)
    const open = (amounts: readonly AmountStep[]): Pick<Passage, 'used' | 'walk'> => {
      const used = usedByHour(measured, periods, dimension, amounts)
      const walk = openWalk(periods, dimension, used, stored.tallies, walkFrom, () => passage.amounts, state)
      return { used, walk }
    }
    const frozen = new Map(stored.frozen)
    const { amounts } = state
    const passage: Passage = {
      sql,
      freezing,
      state,
      timing,
      now,
      dimension,
      periods,
      open,
      frozen,
      amounts,
      ...open(amounts),
    }
    const start = behind.get(dimension) ?? from
    const place: Place = held.has(dimension)
      ? { hour: start, waiting: 'hold', waitUntil: null }
      : passOpen(passage, start, until, asksFrom)
    keepPlace(sql, dimension, place, until, behind.has(dimension))
    keepUsed(measured, periods, dimension, passage.amounts, place.hour)
    freezing.keep(changedTallies(dimension, stored, passage.walk.tallies(), frozen, until))
    if (place.waiting === null && leavesUnits(passage, until)) left = true
  }
  freezing.write()
  settleKeys(sql, state, periods, from, until)
  return left
}

/** A dimension that stayed behind goes no further than to where its life still asks for its predecessor's month. */
function passOpen(passage: Passage, start: Hour, until: Hour, asksFrom: number): Place {
  const stop = start < until && asksFrom < until ? (Math.max(start, asksFrom) as Hour) : until
  const place = passHours(passage, start, stop)
  return place.waiting === null && stop < until ? { hour: stop, waiting: 'amount', waitUntil: null } : place
}

function passHours(passage: Passage, start: Hour, until: Hour): Place {
  const stops = stopsOf(passage, start, until)
  let hour = start
  while (hour < until) {
    let unknown = passage.walk.advance(nextHour(hour))
    while (unknown !== null) {
      const waits = bridge(passage, unknown)
      if (waits !== null) return { hour, waiting: waits.parked ? 'parked' : 'amount', waitUntil: waits.until }
      unknown = passage.walk.advance(nextHour(hour))
    }
    const left = freezeHour(passage, hour)
    const after = nextHour(hour)
    hour = left || beatsAt(passage, after) ? after : (stops.find((stop) => stop > hour) ?? until)
  }
  return { hour: until, waiting: null, waitUntil: null }
}

/** Stands in for an amount that is unknown, and answers null; or says until when to wait for it. */
function bridge(passage: Passage, hour: Hour): (Estimate & { readonly kind: 'wait' }) | null {
  const { sql, state, dimension, periods, now } = passage
  const period = periodHolding(periods, hour)
  const life = state.lives.find((known) => known.life === period?.life)
  const text = period?.prices[dimension]
  if (life === undefined || text === undefined) return { kind: 'wait', until: null, parked: false }
  const { included } = priceOf(text)
  const estimate = estimateAmount(sql, passage.amounts, included, life, hour, now)
  if (estimate.kind === 'wait') return estimate
  passage.amounts = estimate.amounts
  // A level is taken off before anything is added up: what was used is another now.
  if (takesLevel(priceOf(text))) Object.assign(passage, passage.open(estimate.amounts))
  return null
}

/** The hours in which something may become due: those with usage, and the last of a period that rounds up at its end. */
function stopsOf(passage: Passage, start: Hour, until: Hour): Hour[] {
  const stops = new Set(passage.used.keys() as Iterable<Hour>)
  for (const period of passage.periods) {
    const text = period.prices[passage.dimension]
    if (text === undefined || period.until <= start) continue
    stops.add(period.from)
    if (priceOf(text).remainder === 'up') stops.add((period.until - HOUR_MS) as Hour)
  }
  return [...stops].filter((hour) => hour > start && hour < until).sort((a, b) => a - b)
}

/** Writes the record of one hour. Answers whether units are left over that a later hour has to take. */
function freezeHour(passage: Passage, hour: Hour): boolean {
  const { freezing, state, timing, dimension, periods, now } = passage
  const period = periodHolding(periods, hour)
  const text = period?.prices[dimension]
  if (period === undefined || text === undefined || !priceOf(text).metered) return false
  const price = priceOf(text)
  const run = runUpTo(periods, period, dimension)
  const dues = duesOfRun(passage, run, hour)
  const { open } = balanceOfRun(passage, run, price, dues)
  const parts = [...usageParts(run, open), ...adjustmentParts(freezing.adjustments(dimension), run)]
  const left = parts.length > 0
  if (!left && !(beatsAt(passage, hour) && nextHour(hour) <= now)) return false

  const life = state.lives.find((known) => known.life === period.life)
  const identity = identityAt(state, hour)
  const product = stepAt(state.configs, hour)?.product
  if (life === undefined || identity === undefined || product === undefined || state.order === null)
    return left
  const key = recordKey(identity, dimension, hour)
  const timestamp = stampOf(life, hour, identity)
  // Hours freeze in order, so there is none; if there were, AWS would keep the first, and so do we.
  if (freezing.has(key)) return left
  if (isOver(identity, timestamp, now) && (!left || runGoesOn(passage, period, hour))) return left

  const lines = fit(parts)
  const amount = amountOf(passage, price, hour)
  const unknown = amount?.never === true
  const highest = (): number | null => freezing.highest(dimension, timestamp)
  freezing.add({
    key,
    dimension,
    timestamp,
    product: state.order.product,
    productCode: product.code,
    identity,
    price: price.dollars,
    config: period.config,
    life,
    period: period.from,
    estimated: amount?.estimated ?? false,
    frozenAt: now,
    holdUntil: unknown ? null : spikeHold(highest, life, identity.kind, timestamp, lines, timing.spike),
    unknown,
    revision: state.revision,
    lines,
  })
  for (const line of lines) {
    if (line.kind === 'usage')
      passage.frozen.set(line.period, (passage.frozen.get(line.period) ?? 0n) + BigInt(line.units))
  }
  checkUnits(passage, run, price, dues, hour)
  return lines.length < parts.length || lines.some((line, i) => BigInt(line.units) !== parts[i]?.units)
}

const duesOfRun = (passage: Passage, run: readonly Period[], hour: number): bigint[] =>
  duesOf(run, passage.dimension, passage.walk.tallies(), hour, passage.state)

function balanceOfRun(
  passage: Passage,
  run: readonly Period[],
  price: Price,
  dues: readonly bigint[],
): Balance {
  const frozen = run.map((period) => passage.frozen.get(period.from) ?? 0n)
  return balanceOf(price, dues, frozen)
}

/** True when `hour` gets a record even without usage: the heartbeat dimension, before the end (money §5). */
function beatsAt({ state, dimension }: Passage, hour: Hour): boolean {
  const life = lifeAt(state, hour)
  const beat = stepAt(state.configs, hour)?.product.heartbeat
  if (life === undefined || (beat !== dimension && beat !== '*')) return false
  return life.endAt === null || nextHour(hour) <= life.endAt
}

/** True when the hour after `hour` has the same price, so that what AWS no longer takes in `hour` can be billed there. */
function runGoesOn(passage: Passage, period: Period, hour: Hour): boolean {
  const after = periodHolding(passage.periods, nextHour(hour))
  return after !== undefined && (after.from === period.from || follows(period, after, passage.dimension))
}

/** True when units wait that a record of the hour at `until` may take. */
function leavesUnits(passage: Passage, until: Hour): boolean {
  const { freezing, dimension, periods } = passage
  const period = periodHolding(periods, until)
  const text = period?.prices[dimension]
  if (period === undefined || text === undefined || !priceOf(text).metered) return false
  const run = runUpTo(periods, period, dimension)
  const { open } = balanceOfRun(passage, run, priceOf(text), duesOfRun(passage, run, until - HOUR_MS))
  return open.some((units) => units > 0n) || adjustmentParts(freezing.adjustments(dimension), run).length > 0
}

/** The contract's amount that `hour` was charged with. */
function amountOf(passage: Passage, price: Price, hour: Hour): AmountStep | undefined {
  const { included } = price
  if (included.kind !== 'contract') return undefined
  return stepAt(
    passage.amounts.filter((step) => step.dimension === included.dimension),
    hour,
  )
}

function keepPlace(sql: Sql, dimension: string, place: Place, until: Hour, wasBehind: boolean): void {
  if (place.hour >= until && !wasBehind) return
  sql.all(
    `INSERT INTO dimensions (dimension, frozen_until, waiting, wait_until) VALUES (?, ?, ?, ?)
     ON CONFLICT (dimension) DO UPDATE
     SET frozen_until = excluded.frozen_until, waiting = excluded.waiting, wait_until = excluded.wait_until`,
    dimension,
    place.hour >= until ? null : place.hour,
    place.waiting,
    place.waitUntil,
  )
}

/** Money §12, *Units* and *Usage*, after every record. */
function checkUnits(
  passage: Passage,
  run: readonly Period[],
  price: Price,
  dues: readonly bigint[],
  hour: Hour,
): void {
  const balance = balanceOfRun(passage, run, price, dues)
  const sum = (units: readonly bigint[]): bigint => units.reduce((total, each) => total + each, 0n)
  const frozen = sum(run.map(({ from }) => passage.frozen.get(from) ?? 0n))
  const subject = `${passage.dimension} at ${new Date(hour).toISOString()}`
  holds('Σ due = frozen + open − owed', subject, sum(dues), frozen + sum(balance.open) - balance.owed)
  if (price.remainder !== 'carry') return
  const over = overRun(passage.state, run, passage.dimension, passage.walk.tallies())
  holds(
    'counted = covered + block × due + remainder',
    subject,
    unitsIn(over, price.block, price.round),
    sum(dues),
  )
}
