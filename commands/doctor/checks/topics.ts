/** Whether legacy products' events come to the queue, and somebody hears the tech admin's topic. Pure. */
import { sayOf, type Check, type Seen } from '../check.ts'
import type { SubscriptionFacts } from '../facts/topics.ts'
import { letsSend } from './policy.ts'
import { upOf } from './remedies.ts'

const say = sayOf('aws')

export interface TopicsCase {
  readonly stack: string
  readonly subscriptions: Seen<readonly SubscriptionFacts[]>
  readonly legacyTopicArns: readonly string[]
  readonly techAdminTopicArn: string
  readonly queueArn: string
  /** The events queue's policy as text. */
  readonly queuePolicy: string
}

export function judgeTopics(of: TopicsCase): Check[] {
  const { subscriptions } = of
  if (!subscriptions.ok) return [say.unseen('topics', subscriptions.error)]
  return [
    ...of.legacyTopicArns.map((arn) => judgeLegacy(arn, of, subscriptions.value)),
    ...judgeAlarms(of, subscriptions.value),
    judgeAdmin(
      subscriptions.value.filter(({ topicArn }) => topicArn === of.techAdminTopicArn),
      of,
    ),
  ]
}

function judgeLegacy(
  arn: string,
  { stack, queueArn, queuePolicy }: TopicsCase,
  all: readonly SubscriptionFacts[],
): Check {
  const name = 'legacy topic'
  const ours = all.find(({ topicArn, endpoint }) => topicArn === arn && endpoint === queueArn)
  if (ours === undefined)
    return say.wrong(name, `the events queue is not subscribed to ${arn}`, `subscribe it: ${upOf(stack)}`)
  if (!letsSend(queuePolicy, { queueArn, service: 'sns', source: arn }))
    return say.wrong(name, `the queue’s policy does not let ${arn} send`, upOf(stack))
  return ours.confirmed
    ? say.ok(name, `${arn} sends to the queue`)
    : say.wrong(
        name,
        `the subscription to ${arn} is not confirmed`,
        `delete it in the SNS console, then ${upOf(stack)}; only the account that published may subscribe`,
      )
}

/** Topics of the other audiences as infra/topics.ts names them, of any stack: who has not confirmed hears no alarm. */
const judgeAlarms = ({ stack, queueArn }: TopicsCase, all: readonly SubscriptionFacts[]): Check[] =>
  all
    .filter(
      ({ topicArn, confirmed }) =>
        !confirmed &&
        topicArn.split(':')[4] === queueArn.split(':')[4] &&
        /:topics-(product-team|engineering|on-call|support-lead)-\w+$/.test(topicArn),
    )
    .map(({ topicArn, endpoint }) =>
      say.wrong('alarm topic', `not confirmed: ${endpoint} (${topicArn})`, confirmation(stack)),
    )

const confirmation = (stack: string): string =>
  `open the mail “AWS Notification - Subscription Confirmation” there and follow its link; it ends after two days, then delete the subscription and \`npm run up -- --stack ${stack} --refresh\``

function judgeAdmin(
  ours: readonly SubscriptionFacts[],
  { stack, queueArn, techAdminTopicArn }: TopicsCase,
): Check {
  const name = 'tech admin topic'
  if (techAdminTopicArn.split(':')[4] !== queueArn.split(':')[4])
    return say.unseen(name, {
      why: `${techAdminTopicArn} is another account’s: who hears it is not seen from here`,
      remedy: 'see in that account that somebody has confirmed',
    })
  const waiting = ours.filter(({ confirmed }) => !confirmed)
  if (ours.length === 0)
    return say.wrong(
      name,
      'nobody is subscribed to it: what goes wrong is told to nobody',
      `name its receiver in the stack’s config or in seller.contacts.techAdmin, then \`npm run up -- --stack ${stack}\``,
    )
  return waiting.length === 0
    ? say.ok(name, `${ours.length} ${ours.length === 1 ? 'receiver' : 'receivers'}`)
    : say.wrong(
        name,
        `not confirmed: ${waiting.map(({ endpoint }) => endpoint).join(', ')}`,
        confirmation(stack),
      )
}
