/** An amount of the contract that is not known is never 0: its dimension waits, then estimates or parks (money §3). Pure. */
import type { History, ShownRecord, SubscriptionHistory } from '../history.ts'
import type { Account } from './account.ts'
import { HOUR, hourFrom, iso } from './calendar.ts'
import { dueOf, type Run } from './charge.ts'
import type { Discrepancy } from './finding.ts'
import { isRestored } from './restores.ts'
import { lifeIn } from './timeline.ts'
import { ordersTold } from './told.ts'
import { estimatedFrom, halfOf } from './window.ts'

export function judgeWaits(history: SubscriptionHistory, account: Account): Discrepancy[] {
  const { shown, repairs } = history
  const acted = new Set(repairs.map(({ subject }) => subject))
  return account.charged.runs.flatMap((run) => {
    const { included } = run.price
    if (included.kind !== 'contract') return []
    const records = shown.records
      .filter(({ dimension, hour }) => dimension === run.dimension && run.from <= hour && hour < run.until)
      .sort((a, b) => a.hour - b.hour)
    const gaps = unknownIn(history, included.dimension)
    let units = 0n
    return [
      ...records.flatMap((record) => {
        units += BigInt(record.quantity)
        const gap = gapOf(record, gaps)
        // What is due by the amounts that are known needs no other.
        if (gap === undefined || isRestored(history, record) || units <= knownDue(run, gap, record)) return []
        const known = gap.known || acted.has(record.key)
        const from = known ? waitedFrom(account, included.dimension, gap, record.hour) : record.hour
        return judgeFrozen(account, record, from, known)
      }),
      ...judgeWaiting(run, records),
    ]
  })
}

/** The first hour with usage that still waits for its amount when the history ends; null: none may. */
export function waitingFrom(
  { endedAt }: History,
  of: SubscriptionHistory,
  { intake, charged }: Account,
  { dimension, price, from, until }: Run,
): number | null {
  if (price.included.kind !== 'contract') return null
  const gap = unknownIn(of, price.included.dimension).at(-1)
  if (gap === undefined || gap.until <= endedAt) return null
  const hours = [...(charged.used.get(dimension) ?? [])].flatMap(([hour, { n }]) => (n > 0n ? [hour] : []))
  const hour = Math.min(...hours.filter((each) => each >= Math.max(gap.fromHour, from) && each < until))
  const life = lifeIn(intake.line, hour)
  return life !== undefined && endedAt < halfOf(hour, life) ? hour : null
}

/** While an amount is not known: from which hour on, and between which instants. */
interface Gap {
  readonly fromHour: number
  readonly since: number
  readonly until: number
  /** Some amount was known before. */
  readonly known: boolean
}

function unknownIn(of: SubscriptionHistory, dimension: string): Gap[] {
  const told = ordersTold(of).map(({ at, order }) => ({ at, amount: order.amounts[dimension] ?? null }))
  const gaps: Gap[] = []
  for (const [i, { at, amount }] of told.entries()) {
    if (amount !== null) continue
    const before = told.slice(0, i)
    const until = told.slice(i + 1).find((each) => each.amount !== null)?.at ?? Number.POSITIVE_INFINITY
    const known = before.some((each) => each.amount !== null)
    const last = gaps.at(-1)
    if (last !== undefined && last.until === until) continue
    gaps.push({ fromHour: known ? hourFrom(at) : 0, since: at, until, known })
  }
  return gaps
}

const gapOf = (record: ShownRecord, gaps: readonly Gap[]): Gap | undefined =>
  gaps.find(
    ({ fromHour, since, until }) =>
      record.hour >= fromHour && since <= record.frozenAt && record.frozenAt < until,
  )

/** What is due in the record's hour of all that was used before the gap: a remainder a cut of price rounds up is in it. */
const knownDue = (run: Run, { fromHour }: Gap, { hour }: ShownRecord): bigint =>
  dueOf({ ...run, over: new Map([...run.over].filter(([each]) => each < fromHour)) }, hour + HOUR)

/** The first hour that waited for the amount: behind it the last one known is in use already (money §3). */
function waitedFrom({ charged }: Account, dimension: string, { fromHour }: Gap, hour: number): number {
  const waiting = charged.runs.flatMap(({ price: { included }, over, from, until }) =>
    included.kind === 'contract' && included.dimension === dimension
      ? [...over.keys()].filter((each) => each >= Math.max(from, fromHour) && each < until)
      : [],
  )
  return Math.min(hour, ...waiting)
}

/** A record that froze in such a time: not before half of its window, and by no amount at all only behind an end, parked. */
function judgeFrozen(
  { intake }: Account,
  record: ShownRecord,
  waited: number,
  known: boolean,
): Discrepancy[] {
  const life = lifeIn(intake.line, waited)
  if (life === undefined || record.quantity === 0) return []
  const subject = `${record.dimension} ${iso(record.hour)}`
  const half = known ? estimatedFrom(waited, life) : halfOf(waited, life)
  if (record.frozenAt < half)
    return [
      {
        rule: 'What depends on an unknown amount waits for half of its window (money §3)',
        subject,
        expected: `frozen from ${iso(half)} on`,
        found: `${record.quantity} units frozen at ${iso(record.frozenAt)}`,
      },
    ]
  if (known || (record.state === 'parked' && record.reason === 'amount-unknown')) return []
  return [
    {
      rule: 'Where no amount was ever known the dimension parks (money §3)',
      subject,
      expected: 'parked: amount-unknown',
      found: `${record.quantity} units, ${record.state}`,
    },
  ]
}

/** A run that waits to its end: what is due before it waits is in records, and behind that no more than what was used. */
function judgeWaiting(run: Run, records: readonly ShownRecord[]): Discrepancy[] {
  const from = run.waitsFrom
  if (from === null) return []
  const subject = `${run.dimension} from ${iso(run.from)} to ${iso(from)}`
  const due = dueOf(run, from)
  const unitsOf = (some: readonly ShownRecord[]): bigint =>
    some.reduce((sum, { quantity, state }) => (state === 'moved' ? sum : sum + BigInt(quantity)), 0n)
  const units = unitsOf(records.filter(({ hour }) => hour < from))
  const all = unitsOf(records)
  // What was held may have become less since by a late lower reading.
  const most = run.price.kind === 'time-weighted' ? all : dueOf(run, Number.POSITIVE_INFINITY)
  const rules: readonly (readonly [rule: string, right: boolean, expected: string, found: bigint])[] = [
    ['What is due before an unknown amount is billed (money §3)', units === due, String(due), units],
    ['What is parked for an unknown amount was used (money §3)', all <= most, `at most ${most}`, all],
  ]
  return rules.flatMap(([rule, right, expected, found]) =>
    right ? [] : [{ rule, subject, expected, found: String(found) }],
  )
}
