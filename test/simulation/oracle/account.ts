/** What was taken of a subscription and what is due for it: the oracle's own ledger. Pure. */
import type { History, SubscriptionHistory } from '../history.ts'
import { HOUR, MINUTE } from './calendar.ts'
import { charge, type Charged } from './charge.ts'
import { handedRuns, heritageOf, type Inherited } from './heritage.ts'
import { replay } from './replay.ts'
import type { Intake } from './intake.ts'
import { periodsUpTo } from './timeline.ts'
import type { Scene } from './scene.ts'

export interface Account {
  readonly intake: Intake
  readonly scene: Scene
  readonly charged: Charged
  readonly heritage: Inherited | null
  /** Behind the last hour that has frozen: what is timed before it is due, what is not may be shown as open. */
  readonly until: number
}

/** What is due of a subscription from all that was counted and has frozen by the end. */
export function accountOf(history: History, subscription: SubscriptionHistory): Account {
  return accountAt(history, subscription, history.endedAt, 0)
}

/** The same by an earlier instant of its Ledger's clock. */
function accountAt(history: History, of: SubscriptionHistory, at: number, depth: number): Account {
  // Whatever is told has happened, though a Ledger's clock may be ahead of the end.
  const intake = replay(of, history.deploys, at, depth === 0 ? Number.POSITIVE_INFINITY : at)
  const until = intake.line.frozenUntil ?? 0
  const heritage = inheritedBy(history, of, at, depth)
  const scene: Scene = {
    line: intake.line,
    periods: periodsUpTo(intake.line, Math.max(until, at) + HOUR),
    uses: intake.uses.filter((use) => use.aside === null),
    all: intake.uses,
    until: Math.max(until, at + SKEW_MAX),
    inherited: heritage?.keys ?? new Map(),
  }
  const { given } = of
  const handed =
    given === undefined || given.at >= at
      ? []
      : handedRuns(accountAt(history, of, given.at, depth + 1), given.month)
  return { intake, until, scene, heritage, charged: charge(scene, heritage, handed) }
}

/** A Ledger's clock may be ahead by so much of the time at which the history ends. */
const SKEW_MAX = 10 * MINUTE

/** Renewals of renewals are followed so far. */
const CHAIN_MAX = 12

/** What was counted until the predecessor handed its month over; without a link nothing is taken over (money §4 *Successor*). */
function inheritedBy(history: History, of: SubscriptionHistory, at: number, depth: number): Inherited | null {
  const taken = of.taken?.findLast((each) => each.state === 'taken' && (each.decidedAt ?? 0) <= at)
  const former = history.subscriptions.find((each) => each.subscription === taken?.from)
  const given = former?.given
  if (taken === undefined || former === undefined || given?.to !== of.subscription || depth > CHAIN_MAX)
    return null
  return heritageOf(accountAt(history, former, given.at, depth + 1), given.month, taken.life)
}
