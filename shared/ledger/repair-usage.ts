/** What a person does to usage: void what a source reported, replay what was refused (money §1, §9). Synchronous. */
import { formatAmount } from '../amount.ts'
import { HOUR_MS, type Hour } from '../hour.ts'
import type { Sql, SqlRow } from '../sql.ts'
import type { EventAnswer } from '../usage/event.ts'
import { chargedHour } from './counted.ts'
import type { AsideReason } from './ledger.ts'
import { forgetIntegrals } from './readings.ts'
import { eventKept, type KeptEvent } from './refused.ts'
import type { RepairAct } from './repair.ts'
import { putAside, voided } from './repair-aside.ts'
import { iso, refuse, type Verdict } from './repair-record.ts'
import type { State } from './state.ts'
import { countRefused } from './take.ts'
import type { LedgerTerms } from './terms.ts'

type Act<Kind extends RepairAct['kind']> = Extract<RepairAct, { kind: Kind }>

/** So many frozen hours are named in one answer; all are counted. */
const LISTED_MAX = 100

type UsageRow = SqlRow & { hour: Hour; meter: string; life: number; counted: string }

/**
 * Judges a void: what the source said of the hours named, as far as no dimension of its meter has frozen the hour it is
 * charged in. The hours are the usage's own: of what was used before the activation too, though a later hour is charged
 * for it, because a person knows when the source was wrong and not which hour was open (money §5, §9).
 */
export function judgeVoid(sql: Sql, state: State, terms: LedgerTerms, act: Act<'void'>): Verdict {
  const { source, from, to } = act
  if (from % HOUR_MS !== 0 || to % HOUR_MS !== 0 || from >= to)
    return refuse('not-allowed', 'A void goes from one full hour to a later one: whole hours only.')
  const rows = sql.all<UsageRow>(
    'SELECT hour, meter, life, counted FROM usage WHERE hour >= ? AND hour < ? AND source = ? ORDER BY hour, meter',
    from,
    to,
    source,
  )
  const open = rows.filter((row) => isOpen(sql, state, terms, row))
  const span = `${iso(from)} to ${iso(to)}`
  if (open.every((row) => row.counted === '0'))
    return rows.length === 0
      ? refuse('not-found', `Nothing of source ${source} is counted from ${span}.`)
      : refuse(
          'not-allowed',
          `All of source ${source} from ${span} is frozen already. ${adjustmentsFor(rows)}`,
        )
  const sums = new Map<string, bigint>()
  for (const row of open) sums.set(row.meter, (sums.get(row.meter) ?? 0n) + BigInt(row.counted))
  const amounts = [...sums].map(([meter, amount]) => `${formatAmount(amount)} ${meter}`)
  const kept = rows.filter((row) => !open.includes(row))
  const only = sums.size === 1 ? [...sums][0] : undefined
  return {
    subject: `${source} from ${span}`,
    sentence: `${amounts.join(', ')} of source ${source} from ${span} is void: kept, and never billed.${
      kept.length === 0 ? '' : ` What is frozen already stays. ${adjustmentsFor(kept)}`
    }`,
    value: only === undefined ? null : { amount: formatAmount(only[1]), of: only[0], dollars: null },
    perform: () => {
      for (const row of open) voidHour(sql, state, row, source)
      return state
    },
  }
}

/** What a void does not reach, hour by hour with its amount, and how it is put right (money §9). */
function adjustmentsFor(rows: readonly UsageRow[]): string {
  const listed = rows
    .slice(0, LISTED_MAX)
    .map(({ hour, meter, counted }) => `${formatAmount(BigInt(counted))} ${meter} of ${iso(hour)}`)
  const more = rows.length - listed.length
  return `What AWS has of it is corrected by a billing adjustment: ${listed.join(', ')}${more === 0 ? '' : `, and ${more} more`}.`
}

/** True when neither the subscription nor a dimension this meter feeds has frozen the hour it is charged in. */
function isOpen(sql: Sql, state: State, terms: LedgerTerms, row: UsageRow): boolean {
  const hour = chargedHour(state, row.life, row.hour)
  if (hour === null || state.frozenUntil === null || hour >= state.frozenUntil) return true
  const product = state.order === null ? undefined : terms.products[state.order.product]
  const fed = (product?.dimensions ?? []).filter((dimension) => dimension.charge.meter === row.meter)
  // Of a frozen hour only the first report of each key is kept: what others reported beside it is not known any more.
  if (fed.some((dimension) => dimension.charge.kind === 'unique')) return false
  const behind = new Map(
    sql
      .all<{ dimension: string; frozen_until: number }>(
        'SELECT dimension, frozen_until FROM dimensions WHERE frozen_until IS NOT NULL',
      )
      .map((each) => [each.dimension, each.frozen_until]),
  )
  return fed.length > 0 && fed.every(({ key }) => (behind.get(key) ?? Number.POSITIVE_INFINITY) <= hour)
}

/** Keys among it are void as often as they were reported: so often they were taken (money §12, *Usage*). */
function voidHour(sql: Sql, state: State, row: UsageRow, source: string): void {
  // The row stays with nothing in it: by its revision the read model learns that the day has changed.
  sql.all(
    "UPDATE usage SET counted = '0', revision = ? WHERE hour = ? AND meter = ? AND life = ? AND source = ?",
    state.revision,
    row.hour,
    row.meter,
    row.life,
    source,
  )
  const { hour, meter, life } = row
  putAside(sql, { hour, meter, life, source, reason: 'voided' }, BigInt(row.counted))
  sql.all(
    'DELETE FROM peaks WHERE hour = ? AND meter = ? AND life = ? AND source = ?',
    hour,
    meter,
    life,
    source,
  )
  // Under another source, so that the same key may be reported anew.
  sql.all(
    `UPDATE OR REPLACE unique_keys SET reason = 'voided', source = ?
     WHERE hour = ? AND meter = ? AND life = ? AND source = ? AND reason IS NULL`,
    voided(source),
    hour,
    meter,
    life,
    source,
  )
  voidReadings(sql, row, source)
}

/** Readings of the hour go, the last known of each series with them, and what was summed from them is summed again. */
function voidReadings(sql: Sql, { hour, meter, life }: UsageRow, source: string): void {
  const gone = sql.all<{ series: string }>(
    `DELETE FROM readings WHERE meter = ? AND life = ? AND source = ? AND time >= ? AND time < ? RETURNING series`,
    meter,
    life,
    source,
    hour,
    hour + HOUR_MS,
  )
  for (const series of new Set(gone.map((row) => row.series))) {
    sql.all('DELETE FROM last_readings WHERE meter = ? AND series = ?', meter, series)
    sql.all(
      `INSERT INTO last_readings (meter, series, time, life, value)
       SELECT meter, series, time, life, value FROM readings WHERE meter = ? AND series = ?
       ORDER BY time DESC, length(value) DESC, value DESC LIMIT 1`,
      meter,
      series,
    )
  }
  if (gone.length > 0) forgetIntegrals(sql, hour)
}

interface RefusedRow extends KeptEvent {
  hash: number
  reason: string
  replayed_at: number | null
}

/**
 * Judges a replay. The event is taken as if it came now, and its answer is the verdict. What came under a number that is
 * free still is counted apart from it: sent again under that number it is passed over (`take.ts`). Usage refused because it was too
 * old to be told from a repetition is not counted but set aside: billing it is a second decision.
 */
export function judgeReplay(
  sql: Sql,
  state: State,
  terms: LedgerTerms,
  act: Act<'replay'>,
  now: number,
): Verdict {
  // Of several under one id the last that is not a conflict: what stands under it is counted, another content never is.
  const row = sql.all<RefusedRow>(
    `SELECT hash, reason, meter, hour, amount, event, replayed_at FROM refused WHERE source = ? AND id = ?
     ORDER BY reason = 'conflict', last_at DESC LIMIT 1`,
    act.source,
    act.event,
  )[0]
  if (row === undefined)
    return refuse('not-found', `No refused usage is kept under ${act.event} of source ${act.source}.`)
  if (row.replayed_at !== null)
    return refuse(
      'changed',
      `It was counted at ${iso(row.replayed_at)} already, by a replay or under its number.`,
    )
  if (row.reason === 'conflict')
    return refuse(
      'not-allowed',
      'Another content was counted under its id, which stands. If this is other usage, its sender has to send it under an id of its own.',
    )
  const event = eventKept(row, act.source, act.event)
  if (event === undefined)
    return refuse(
      'not-allowed',
      'What it said is not kept: keys and values are forgotten 35 days after they were sent last, for what is that old is not counted any more. If it has to be billed, make a billing adjustment.',
    )
  const subject = `${act.event} of ${act.source}`
  const value = { amount: row.amount ?? '1', of: row.meter, dollars: null }
  const what = `${value.amount} ${row.meter} of ${iso(row.hour)}, refused as ${row.reason},`
  const done = (): void => {
    sql.all(
      'UPDATE refused SET replayed_at = ? WHERE source = ? AND id = ? AND hash = ?',
      now,
      act.source,
      act.event,
      row.hash,
    )
  }
  if (row.reason === 'too-old' && event.kind === 'quantity') {
    const life = state.lives.find((known) => known.untilHour === null || row.hour < known.untilHour)?.life
    if (life === undefined) return refuse('not-allowed', 'No life of the subscription holds its hour.')
    return {
      subject,
      value,
      sentence: `${what} is set aside as month-closed: bill it or drop it.`,
      perform: () => {
        done()
        const place = { hour: row.hour, meter: row.meter, life, source: act.source, reason: CLOSED }
        putAside(sql, place, event.quantity)
        const taken = new Map(state.taken)
        taken.set(row.meter, (taken.get(row.meter) ?? 0n) + event.quantity)
        return { ...state, taken }
      },
    }
  }
  // Taking is the only way to know; of what it refuses nothing is written.
  const taken = countRefused(sql, state, terms, event, row.hash, now)
  const why = whyRefused(taken.answer[0])
  if (why !== null) return refuse('not-allowed', why)
  return {
    subject,
    value,
    sentence: `${what} is counted.`,
    perform: () => {
      done()
      return taken.state
    },
  }
}

const CLOSED: AsideReason = 'month-closed'

function whyRefused(answer: EventAnswer | undefined): string | null {
  switch (answer?.result) {
    case 'counted':
      return null
    case 'duplicate':
      return 'It was counted in the meantime, by a repetition of its sender. Nothing is left to replay.'
    case 'refused':
      return answer.message
    case 'again':
    case undefined:
      return 'It was not answered.'
  }
}
