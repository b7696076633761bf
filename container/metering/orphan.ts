/**
 * What a dead task's ledger leaves to the task that claimed it (money §11): taken, held in doubt, or expired. Reads the
 * dead file, writes nothing there; `adopt.ts` brings it into the claimant's own.
 */
import { type Hour, taskRefusedFrom } from '../../shared/hour.ts'
import { readState, type State } from '../../shared/ledger/state.ts'
import type { Sql, SqlRow } from '../../shared/sql.ts'
import { type Identity, identityKey, type SubscriptionId } from '../../shared/subscription.ts'

/** Units of the dimension as whole numbers; hours are epoch ms. */
export interface HeldRecord {
  readonly task: string
  readonly dimension: string
  readonly hour: number
  readonly quantity: number
}

export interface ExpiredUnits {
  readonly task: string
  readonly dimension: string
  readonly units: string
  readonly reason: string
}

/** Usage to count anew. `id` is made from the dead ledger, so that it counts once; `amount` in millionths of the meter's unit. */
export interface TakenUsage {
  readonly id: string
  readonly meter: string
  readonly dimension: string
  readonly hour: number
  readonly amount: string
}

export interface Orphan {
  /** The dead file's own id: what it leaves is taken over once under it. */
  readonly ledger: SubscriptionId
  /** Who wrote it: the ECS task's ARN or `pod/<uid>`. */
  readonly task: string
  readonly productCode: string
  readonly taken: readonly TakenUsage[]
  /** AWS may hold it, so nobody reports it again. */
  readonly held: readonly HeldRecord[]
  /** Nobody may report it any more. */
  readonly expired: readonly ExpiredUnits[]
  /** A copy of another's folder: nothing of it is ever counted. Absent: it is none. */
  readonly copy?: boolean
}

/** All of it held in doubt, as of a copy: the folder's own task may have sent or taken over the same. */
export function heldWhole(orphan: Orphan): Orphan {
  const held = orphan.taken.map(({ dimension, hour, amount }) => ({
    task: orphan.task,
    dimension,
    hour,
    quantity: Number(BigInt(amount) / MILLION),
  }))
  return { ...orphan, copy: true, taken: [], held: [...orphan.held, ...held] }
}

const MILLION = 1_000_000n

interface LeftRow extends SqlRow {
  readonly key: string
  readonly dimension: string
  readonly hour: Hour
  readonly timestamp: number
  readonly quantity: number
  readonly state: string
  readonly reason: string | null
  readonly identity: string
  readonly unanswered: number
}

/**
 * Reads what a dead task left as of `now`; null: its file holds no ledger, or one that was never told whose it is. What
 * was sent and never answered is held; what lies 6 hours back or more has expired.
 */
export function readOrphan(sql: Sql, now: number): Orphan | null {
  const named = sql.all("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name IN ('ledger', 'sends')")
  if (named.length < 2) return null
  const [own] = sql.all<{ subscription: SubscriptionId }>('SELECT subscription FROM ledger')
  const state = readState(sql)
  const last = state.identities.at(-1)
  if (own === undefined || last?.kind !== 'task') return null

  const taken: TakenUsage[] = []
  const held: HeldRecord[] = []
  const expired: ExpiredUnits[] = []
  const place = (one: Omit<TakenUsage, 'meter'>, timestamp: number, task: string): void => {
    const meter = metersIn(state).get(one.dimension)
    const reason = taskRefusedFrom(timestamp) <= now ? '6 hours are over' : 'no meter feeds its dimension'
    if (taskRefusedFrom(timestamp) > now && meter !== undefined) taken.push({ ...one, meter })
    else expired.push({ task, dimension: one.dimension, units: unitsOf(one.amount), reason })
  }

  for (const row of readLeft(sql)) {
    const identity = JSON.parse(row.identity) as Identity
    const task = identity.kind === 'task' ? identity.task : identityKey(identity)
    const { dimension, hour, quantity } = row
    if (row.state === 'doubtful' || (row.state === 'waiting' && row.unanswered === 1))
      held.push({ task, dimension, hour, quantity })
    else if (row.state === 'waiting')
      place({ id: row.key, dimension, hour, amount: String(BigInt(quantity) * MILLION) }, row.timestamp, task)
    else expired.push({ task, dimension, units: String(quantity), reason: row.reason ?? row.state })
  }
  for (const { dimension, hour, amount } of openUsage(sql, state))
    place({ id: `open|${dimension}|${hour}`, dimension, hour, amount }, hour, last.task)
  for (const row of readAside(sql))
    for (const [dimension, meter] of metersIn(state))
      if (meter === row.meter)
        expired.push({ task: last.task, dimension, units: unitsOf(row.amount), reason: row.reason })

  return {
    ledger: own.subscription,
    task: last.task,
    productCode: last.productCode,
    taken,
    ...withFormer(sql, held, expired),
  }
}

/** Records without AWS's Success; an attempt that was stored and not answered counts as unanswered. */
const readLeft = (sql: Sql): LeftRow[] =>
  sql.all<LeftRow>(
    `SELECT records.key, records.dimension, records.hour, records.timestamp, records.quantity, records.state,
       records.reason, records.identity,
       max(records.unanswered, coalesce(sends.unanswered, 0), coalesce(sends.flying, 0)) AS unanswered
     FROM records LEFT JOIN sends ON sends.key = records.key
     WHERE records.state NOT IN ('billed', 'moved', 'written off') AND records.quantity > 0
     ORDER BY records.hour, records.key`,
  )

/** By dimension, the meter that feeds it: a task's meter feeds one (shared/seller/product-rules.ts). */
function metersIn(state: State): ReadonlyMap<string, string> {
  const sold = state.configs.at(-1)?.product.dimensions ?? []
  return new Map(sold.filter(({ metered }) => metered).map(({ key, charge }) => [key, charge.meter]))
}

/**
 * Usage that is in no record: each open hour's, and what was left of the frozen ones (late usage, what is less than a
 * unit, units on their way into the next record), which belongs to the earliest open hour.
 */
export function openUsage(
  sql: Sql,
  state: State,
): { readonly dimension: string; readonly hour: number; readonly amount: string }[] {
  const until = state.frozenUntil ?? 0
  const rows = sql.all<{ hour: number; meter: string; counted: string }>(
    'SELECT hour, meter, counted FROM usage ORDER BY hour',
  )
  const frozen = sql.all<{ dimension: string; units: number }>(
    `SELECT dimension, lines.units FROM lines JOIN records ON records.key = lines.record WHERE kind = 'usage'`,
  )
  const moving = sql.all<{ dimension: string; units: number }>(
    'SELECT dimension, units FROM adjustments WHERE into_record IS NULL',
  )
  const open: { dimension: string; hour: number; amount: string }[] = []
  for (const [dimension, meter] of metersIn(state)) {
    const hours = new Map<number, bigint>()
    const add = (hour: number, amount: bigint): Map<number, bigint> =>
      hours.set(hour, (hours.get(hour) ?? 0n) + amount)
    for (const row of rows) if (row.meter === meter) add(Math.max(row.hour, until), BigInt(row.counted))
    for (const row of frozen) if (row.dimension === dimension) add(until, -BigInt(row.units) * MILLION)
    for (const row of moving) if (row.dimension === dimension) add(until, BigInt(row.units) * MILLION)
    for (const [hour, amount] of hours)
      if (amount > 0n) open.push({ dimension, hour, amount: String(amount) })
  }
  return open
}

const readAside = (
  sql: Sql,
): { readonly meter: string; readonly reason: string; readonly amount: string }[] =>
  sql.all<{ meter: string; reason: string; amount: string }>(
    'SELECT meter, reason, amount FROM set_aside ORDER BY hour',
  )

/** What the dead task itself held or saw expire of those before it goes on to be shown. */
function withFormer(
  sql: Sql,
  held: readonly HeldRecord[],
  expired: readonly ExpiredUnits[],
): Pick<Orphan, 'held' | 'expired'> {
  const former = sql
    .all<{ body: string }>('SELECT body FROM adopted ORDER BY at')
    .map((row) => JSON.parse(row.body) as Pick<Orphan, 'held' | 'expired'>)
  return {
    held: [...former.flatMap((each) => each.held), ...held],
    expired: [...former.flatMap((each) => each.expired), ...expired],
  }
}

/** Millionths as whole units; what is less than one stays a decimal. */
export function unitsOf(amount: string): string {
  const millionths = BigInt(amount)
  const rest = millionths % MILLION
  return `${millionths / MILLION}${rest === 0n ? '' : `.${String(rest).padStart(6, '0').replace(/0+$/, '')}`}`
}
