/**
 * What a license takes over of the one it renews or replaces, and what the other has given away (money §4 *Successor*):
 * the arithmetic of covered amounts and remainders. Keys are rows of their own (`keys.ts`). Pure.
 */
import { type Hour, HOUR_MS, MINUTE_MS, type Month, refusedFrom } from '../hour.ts'
import type { SubscriptionId } from '../subscription.ts'
import type { Period } from './periods.ts'
import { AFTER_END_MS, stampOf } from './record.ts'
import type { State } from './state.ts'
import type { Timing } from './terms.ts'

/** What of a dimension's last run was left over, in what its charge counts; below 0 where a unit was paid ahead. */
export interface Left {
  /** The price's text: only the same price goes on with it. */
  readonly price: string
  readonly amount: bigint
}

/** A predecessor's month, taken over by `life`. */
export interface TakenOver {
  readonly life: number
  readonly month: Month
  /** By dimension: what of the month's included amount was spent. */
  readonly covered: ReadonlyMap<string, bigint>
  readonly left: ReadonlyMap<string, Left>
}

/** This subscription's month, given to its successor: nothing is left over here any more. */
export interface Given {
  readonly successor: SubscriptionId
  /** The life that gave it; a later one is no part of it. */
  readonly life: number
  readonly month: Month
  /** Epoch ms: until then usage was counted and readings held. */
  readonly at: number
  readonly runs: ReadonlyMap<string, GivenRun>
}

export interface GivenRun {
  /** The run's first period. */
  readonly from: number
  /** All that was over in the run, and what of it went to the successor. */
  readonly over: bigint
  readonly left: bigint
}

/** A life that has to ask its predecessor. */
export interface Asking {
  readonly life: number
  readonly predecessor: SubscriptionId
  /** Epoch ms: when it was told. */
  readonly since: number
  /** Where the next page of keys begins. */
  readonly next: number
}

export interface Succession {
  readonly given: Given | null
  readonly taken: readonly TakenOver[]
  readonly asking: readonly Asking[]
  /** Why a life went on without its predecessor's month; null: none did. */
  readonly alone: string | null
}

/** What of a ledger's state the arithmetic needs. */
export type Ties = Pick<State, 'lives' | 'succession'>

const NOTHING: Succession = { given: null, taken: [], asking: [], alone: null }

/** What was given, as it is stored and sent: amounts as digits. `runs` stays with who gave it. */
export interface Gift {
  readonly covered: Record<string, string>
  readonly left: Record<string, { readonly price: string; readonly amount: string }>
  readonly runs: Record<string, { readonly from: number; readonly over: string; readonly left: string }>
}

/** The row of `given`, its `body` a Gift, and those of `taken_over`, each with a Gift's first two parts. */
export interface SuccessionRows {
  readonly given: (Omit<Given, 'runs'> & { readonly body: Gift }) | null
  readonly taken: readonly (Asking & {
    readonly state: 'asking' | 'taken' | 'alone'
    readonly why: string | null
    readonly month: Month | null
    readonly body: Pick<Gift, 'covered' | 'left'> | null
  })[]
}

export function readSuccession({ given, taken }: SuccessionRows): Succession {
  if (given === null && taken.length === 0) return NOTHING
  return {
    given: given === null ? null : { ...given, runs: amountsOf(given.body.runs, readRun) },
    taken: taken.flatMap(({ life, month, body }) =>
      month === null || body === null
        ? []
        : [
            {
              life,
              month,
              covered: amountsOf(body.covered, BigInt),
              left: amountsOf(body.left, ({ price, amount }) => ({ price, amount: BigInt(amount) })),
            },
          ],
    ),
    asking: taken.filter((each) => each.state === 'asking'),
    alone: taken.findLast((each) => each.state === 'alone')?.why ?? null,
  }
}

const readRun = (run: Gift['runs'][string]): GivenRun => ({
  from: run.from,
  over: BigInt(run.over),
  left: BigInt(run.left),
})

const amountsOf = <A, B>(record: Readonly<Record<string, A>>, read: (value: A) => B): Map<string, B> =>
  new Map(Object.entries(record).map(([key, value]) => [key, read(value)]))

/** A link that is told late is tried for at least so long. */
const TRY_MS = 10 * MINUTE_MS

/** What stands in the way of going on: whom a life has to ask, and until when it waits for an answer. */
export interface Pending extends Asking {
  readonly firstHour: Hour
  /** The first instant at which it is asked: what is timed before the first hour's end has come in as far as we wait for it. */
  readonly asksAt: number
  /** From then on it goes on alone: half of the first hour's window, and after an end half of what AWS leaves. */
  readonly until: number
}

/** The life that still has to take over its predecessor's month; undefined: none, or its first hour is not known yet. */
export function pendingIn(state: State, timing: Timing): Pending | undefined {
  for (const asking of state.succession.asking) {
    const life = state.lives.find((known) => known.life === asking.life)
    if (life === undefined || life.firstHour === null) continue
    const { firstHour, endAt, takeUntil } = life
    const stamp = stampOf(life, firstHour)
    const window = refusedFrom(stamp) - stamp
    const half = Math.max(stamp + Math.floor(window / 2), asking.since + TRY_MS)
    return {
      ...asking,
      firstHour,
      asksAt: Math.min(
        firstHour + HOUR_MS + timing.latenessMs,
        stamp + Math.floor(window / 4),
        takeUntil ?? Number.POSITIVE_INFINITY,
      ),
      until: endAt === null ? half : Math.min(half, endAt + AFTER_END_MS / 2),
    }
  }
  return undefined
}

/** What of a month's included amount a predecessor spent. A trial has an amount of its own. */
export function coveredBefore({ succession }: Ties, period: Period, dimension: string): bigint {
  if (period.trial || period.grace) return 0n
  return succession.taken
    .filter((taken) => taken.month === period.month)
    .reduce((sum, taken) => sum + (taken.covered.get(dimension) ?? 0n), 0n)
}

/** What a run begins with: the predecessor's remainder, if it is the life's first run and at the same price. */
export function leftBefore({ lives, succession }: Ties, run: readonly Period[], dimension: string): bigint {
  const [first] = run
  if (first === undefined || first.trial || first.grace) return 0n
  const taken = succession.taken.find((each) => each.life === first.life)
  const left = taken?.left.get(dimension)
  const begins = lives.find((life) => life.life === first.life)?.firstHour === first.from
  return left !== undefined && begins && left.price === first.prices[dimension] ? left.amount : 0n
}

/**
 * What of a running sum of a run counts here, once its remainder was given away: never less than what was whole before,
 * never the part that went, and all that came later.
 */
export function withoutGiven(
  { succession }: Ties,
  run: readonly Period[],
  dimension: string,
  over: bigint,
): bigint {
  const gave = succession.given?.runs.get(dimension)
  if (gave === undefined || gave.from !== run[0]?.from) return over
  if (over > gave.over) return over - gave.left
  const whole = gave.over - gave.left
  return over < whole ? over : whole
}
