/**
 * Who takes over whose month, and when (money §4 *Successor*): only by a link, from the one that gave it, once; alone only
 * after half of the first window, and then the operator is told. Pure.
 */
import type { History, MonthTaken, SubscriptionHistory } from '../history.ts'
import type { Account } from './account.ts'
import { closeOf, DAY, HOUR, iso, monthOf } from './calendar.ts'
import type { Discrepancy } from './finding.ts'
import type { Life } from './timeline.ts'
import { halfOf } from './window.ts'

export function judgeSuccessor(
  history: History,
  of: SubscriptionHistory,
  { intake }: Account,
): Discrepancy[] {
  const { lives } = intake.line
  const { given, taken = [] } = of
  const heir = history.subscriptions.find((each) => each.subscription === given?.to)
  const unlinked = given !== undefined && !isLinked(heir, of.subscription)
  return [
    ...(unlinked ? [named('Without a link nothing is taken over', 'the month given', 'kept', given.to)] : []),
    ...lives.flatMap((life) =>
      life.predecessor === null || life.firstHour === null || taken.some((each) => each.life === life.life)
        ? []
        : [named("A successor asks for its predecessor's month", `life ${life.life}`, 'asked', 'not asked')],
    ),
    ...taken.flatMap((each) => {
      const life = lives.find((one) => one.life === each.life)
      return life === undefined ? [] : judgeTaken(history, of, each, life)
    }),
  ]
}

function judgeTaken(
  { subscriptions, endedAt }: History,
  of: SubscriptionHistory,
  asked: MonthTaken,
  life: Life,
): Discrepancy[] {
  const { state, since, decidedAt } = asked
  const subject = `life ${asked.life} after ${asked.from}`
  const given = subscriptions.find(({ subscription }) => subscription === asked.from)?.given
  const toUs = given?.to === of.subscription && given.month === asked.month
  const firstHour = life.firstHour ?? 0
  const half = halfOf(firstHour, life)
  const closed = closeOf(monthOf(firstHour))
  const found: Discrepancy[] = []
  const say = (rule: string, expected: string, seen: string): void => {
    found.push(named(rule, subject, expected, seen))
  }
  if (!isLinked(of, asked.from)) say('Without a link nothing is taken over', 'not asked', state)
  if (state === 'taken' && !toUs) say('What is taken over was given', 'its month', given?.to ?? 'nothing')
  if (state === 'asking' && life.firstHour !== null && endedAt > Math.max(half, since + DAY) + HOUR)
    say('A successor waits until half of its first window', 'taken or alone', `asking since ${iso(since)}`)
  const early = decidedAt !== null && decidedAt < half && since < closed
  if (state === 'alone' && early && (given === undefined || given.to === of.subscription))
    say('A successor waits until half of its first window', iso(half), `alone at ${iso(decidedAt)}`)
  if (state === 'alone' && (of.shown.alone ?? null) === null)
    say('Where nothing is taken over the operator is told', 'told', 'not told')
  for (const { dimension, hour, frozenAt } of of.shown.records)
    if (hour >= (life.firstHour ?? hour) && frozenAt > since && frozenAt < (decidedAt ?? endedAt))
      say(
        'A successor freezes nothing while it asks',
        'nothing',
        `${dimension} ${iso(hour)} at ${iso(frozenAt)}`,
      )
  return found
}

const isLinked = (of: SubscriptionHistory | undefined, former: string): boolean =>
  of?.orders.some(({ predecessor }) => predecessor === former) === true

const named = (rule: string, subject: string, expected: string, found: string): Discrepancy => ({
  rule: `${rule} (money §4)`,
  subject,
  expected,
  found,
})
