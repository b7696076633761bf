/** What was taken of a subscription and what is due for it: the oracle's own ledger. Pure. */
import type { History, SubscriptionHistory } from '../history.ts'
import { HOUR, MINUTE, monthOf } from './calendar.ts'
import { charge, type Charged } from './charge.ts'
import { heritageOf, type Inherited } from './heritage.ts'
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
export function accountOf(history: History, subscription: SubscriptionHistory, depth = 0): Account {
  const intake = replay(subscription, history.deploys, history.endedAt)
  const until = intake.line.frozenUntil ?? 0
  const heritage = inheritedBy(history, intake, depth)
  const scene: Scene = {
    line: intake.line,
    periods: periodsUpTo(intake.line, Math.max(until, history.endedAt) + HOUR),
    uses: intake.uses.filter((use) => use.aside === null),
    all: intake.uses,
    until: Math.max(until, history.endedAt + SKEW_MAX),
    inherited: heritage?.keys ?? new Map(),
  }
  return { intake, until, scene, heritage, charged: charge(scene, heritage) }
}

/** A Ledger's clock may be ahead by so much of the time at which the history ends. */
const SKEW_MAX = 10 * MINUTE

/** Renewals of renewals are followed so far. */
const CHAIN_MAX = 12

/** Without a link nothing is taken over (money §4 *Successor*). */
function inheritedBy(history: History, { line }: Intake, depth: number): Inherited | null {
  const life = line.lives.find((each) => each.predecessor !== null)
  const former = history.subscriptions.find((each) => each.subscription === life?.predecessor)
  if (life === undefined || life.firstHour === null || former === undefined || depth > CHAIN_MAX) return null
  return heritageOf(accountOf(history, former, depth + 1), monthOf(life.firstHour))
}
