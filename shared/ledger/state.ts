/** What a Ledger knows of its subscription, read at the start of each call. Reads only; see `lives.ts` for how it changes. */
import type { Hour } from '../hour.ts'
import type { Sql, SqlRow } from '../sql.ts'
import { type Identity, identityKey } from '../subscription.ts'
import type { Order } from './order.ts'
import { readSuccession, type Succession, type SuccessionRows } from './succession.ts'
import type { ProductTerms } from './terms.ts'

/** One life of the subscription, from a `License Updated` to its end (money §6). */
export interface Life {
  readonly life: number
  readonly activation: number | null
  /** Usage of this life from before it belongs to this hour; null while activation is unknown. */
  readonly firstHour: Hour | null
  /** Behind its last hour; null while it has no end. */
  readonly untilHour: Hour | null
  readonly trialUntil: Hour | null
  /** Behind the last hour of our own days of grace, which begin where the trial ends. */
  readonly graceUntil: Hour | null
  readonly endingAt: number | null
  readonly endAt: number | null
  readonly takeUntil: number | null
}

export interface ConfigStep {
  readonly fromHour: Hour
  readonly config: string
  readonly product: ProductTerms
  /** The product's terms as they are stored. */
  readonly terms: string
}

/** Included amount of a contract from an hour on, in millionths; null while unknown and not estimated. */
export interface AmountStep {
  readonly dimension: string
  readonly fromHour: Hour
  readonly amount: bigint | null
  readonly estimated: boolean
  /** None was ever known, and the life has ended: nothing counts as covered, and the records of it are parked. */
  readonly never?: boolean
}

export interface State {
  readonly clock: number
  readonly revision: number
  readonly orderVersion: number
  /** Every hour before it is frozen; null until the first activation is known. */
  readonly frozenUntil: Hour | null
  /** Whole units of hours before `frozenUntil` may wait for the next record. */
  readonly openBefore: boolean
  readonly nextWake: number | null
  readonly stopped: string | null
  readonly held: boolean
  /** All that was ever taken, by meter, in millionths (money §12). */
  readonly taken: ReadonlyMap<string, bigint>
  readonly order: Order | null
  readonly lives: readonly Life[]
  readonly identities: readonly Identity[]
  readonly plans: readonly { readonly fromHour: Hour; readonly plan: string }[]
  readonly configs: readonly ConfigStep[]
  readonly amounts: readonly AmountStep[]
  /** What was taken over from a predecessor, and given to a successor (money §4). */
  readonly succession: Succession
}

interface LedgerRow extends SqlRow {
  clock: number
  revision: number
  order_version: number
  frozen_until: Hour | null
  open_before: number
  next_wake: number | null
  taken: string
  stopped: string | null
  held: number
  body: string | null
  given: string | null
  taken_over: string
}

/** Reads the whole state. Cheap: a handful of rows, however much usage there is. */
export function readState(sql: Sql): State {
  const row = sql.all<LedgerRow>(
    `SELECT clock, revision, order_version, frozen_until, open_before, next_wake, taken, stopped,
       EXISTS (SELECT 1 FROM holds WHERE dimension IS NULL AND released_at IS NULL) AS held,
       (SELECT body FROM orders WHERE version = order_version) AS body,
       (SELECT json_object('successor', successor, 'life', life, 'month', month, 'at', at, 'body', json(body))
        FROM given) AS given,
       (SELECT json_group_array(json_object('life', life, 'predecessor', predecessor, 'state', state,
          'since', since, 'next', next, 'why', why, 'month', month, 'body', json(body)))
        FROM taken_over) AS taken_over
     FROM ledger`,
  )[0]
  if (row === undefined) throw new Error('The ledger has lost its own row')
  return {
    clock: row.clock,
    revision: row.revision,
    orderVersion: row.order_version,
    frozenUntil: row.frozen_until,
    openBefore: row.open_before === 1,
    nextWake: row.next_wake,
    stopped: row.stopped,
    held: row.held === 1,
    taken: readTaken(row.taken),
    order: row.body === null ? null : (JSON.parse(row.body) as Order),
    succession: readSuccession({
      given: row.given === null ? null : (JSON.parse(row.given) as SuccessionRows['given']),
      taken: JSON.parse(row.taken_over) as SuccessionRows['taken'],
    }),
    ...readSteps(sql),
  }
}

type Steps = Pick<State, 'lives' | 'identities' | 'plans' | 'configs' | 'amounts'>

function readSteps(sql: Sql): Steps {
  return {
    lives: sql.all<SqlRow & Life>(
      `SELECT life, activation, first_hour AS firstHour, until_hour AS untilHour, trial_until AS trialUntil,
         grace_until AS graceUntil, ending_at AS endingAt, end_at AS endAt, take_until AS takeUntil FROM lives ORDER BY life`,
    ),
    identities: sql
      .all<{ identity: string }>('SELECT identity FROM identities ORDER BY from_hour')
      .map((row) => JSON.parse(row.identity) as Identity),
    plans: sql.all<{ fromHour: Hour; plan: string }>(
      'SELECT from_hour AS fromHour, plan FROM plans ORDER BY from_hour',
    ),
    configs: sql
      .all<{ from_hour: Hour; config: string; terms: string }>('SELECT * FROM configs ORDER BY from_hour')
      .map((row) => ({
        fromHour: row.from_hour,
        config: row.config,
        product: readTerms(row.terms),
        terms: row.terms,
      })),
    amounts: sql
      .all<{ dimension: string; from_hour: Hour; amount: string | null; estimate: string | null }>(
        'SELECT * FROM amounts ORDER BY dimension, from_hour',
      )
      .map((row) => {
        const never = row.amount === null && row.estimate === 'never'
        const amount = never ? '0' : (row.amount ?? row.estimate)
        return {
          dimension: row.dimension,
          fromHour: row.from_hour,
          amount: amount === null ? null : BigInt(amount),
          estimated: row.amount === null && row.estimate !== null,
          never,
        }
      }),
  }
}

const parsed = new Map<string, ProductTerms>()

/** Remembered by text: every object of one deploy reads the same few. */
function readTerms(text: string): ProductTerms {
  const terms = parsed.get(text) ?? (JSON.parse(text) as ProductTerms)
  if (parsed.size >= 100) parsed.clear()
  parsed.set(text, terms)
  return terms
}

function readTaken(json: string): Map<string, bigint> {
  const entries = Object.entries(JSON.parse(json) as Record<string, string>)
  return new Map(entries.map(([meter, amount]) => [meter, BigInt(amount)]))
}

/** The life whose hours hold `hour`. */
export const lifeAt = (state: State, hour: number): Life | undefined =>
  state.lives.find(
    (life) =>
      life.firstHour !== null && life.firstHour <= hour && (life.untilHour === null || hour < life.untilHour),
  )

/** The last step that is in force in `hour`. */
export function stepAt<T extends { readonly fromHour: number }>(
  steps: readonly T[],
  hour: number,
): T | undefined {
  return steps.findLast((step) => step.fromHour <= hour)
}

/** The identity AWS knows this subscription by in `hour`; undefined: none of the kind that hour asks for (money §10). */
export function identityAt(state: State, hour: number): Identity | undefined {
  const kind = stepAt(state.order?.kinds ?? [], hour)?.kind
  return state.identities.findLast(
    (identity) => identity.fromHour <= hour && (kind === undefined || identity.kind === kind),
  )
}

/** True when `hour` can never get an identity of its own, for the first one known begins later: its usage goes there. */
export function identityComesLater(state: State, hour: number): boolean {
  return state.identities.some(
    (identity) => identity.fromHour > hour && identityAt(state, identity.fromHour) === identity,
  )
}

export const recordKey = (identity: Identity, dimension: string, hour: number): string =>
  `${identityKey(identity)}|${dimension}|${hour}`

/** Writes what a call changed of the ledger's own row. `nextWake` is computed by the caller, last. */
export function saveState(sql: Sql, state: State): void {
  sql.all(
    `UPDATE ledger SET clock = ?, revision = ?, frozen_until = ?, open_before = ?, next_wake = ?, stopped = ?,
       taken = ?`,
    state.clock,
    state.revision,
    state.frozenUntil,
    state.openBefore ? 1 : 0,
    state.nextWake,
    state.stopped,
    JSON.stringify(Object.fromEntries([...state.taken].map(([meter, amount]) => [meter, String(amount)]))),
  )
}
