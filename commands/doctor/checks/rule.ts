/** Whether Marketplace's events reach the queue and the Worker. Pure. */
import { listMember, parseObject } from '../../../shared/aws/json.ts'
import { sayOf, type Check, type Seen } from '../check.ts'
import { REGION } from '../facts/aws.ts'
import { isDestination, type RuleFacts } from '../facts/rules.ts'
import { letsSend } from './policy.ts'
import { deployOf, upOf } from './remedies.ts'

const say = sayOf('aws')

/** Who publishes Marketplace's events. Source: facts, aws-seller §6.5 (2026-11-21). */
const SOURCE = 'aws.agreement-marketplace'

/** The Worker's door for events. */
export const PUSH_PATH = '/v1/events/aws'

export interface RuleCase {
  readonly stack: string
  readonly publicUrl: string
  readonly queueArn: string
  /** The events queue's policy as text. */
  readonly queuePolicy: string
  readonly rules: Seen<readonly RuleFacts[]>
}

export function judgeRules({ rules, ...of }: RuleCase): Check[] {
  if (!rules.ok) return [say.unseen('event rule', rules.error)]
  if (rules.value.length === 0)
    return [
      say.wrong(
        'event rule',
        `no rule of EventBridge in ${REGION} sends to the events queue`,
        `AWS keeps no event from before the rule: ${upOf(of.stack)}, before the first purchase`,
      ),
    ]
  return rules.value.flatMap((rule) => [
    judgeRule(rule, of),
    judgeTargets(rule, of),
    judgeQueuePolicy(rule, of),
    ...judgePush(rule, of),
  ])
}

function judgeRule({ name, state, pattern }: RuleFacts, of: { stack: string }): Check {
  if (!state.startsWith('ENABLED'))
    return say.wrong(
      'event rule',
      `${name} is ${state}`,
      `\`aws events enable-rule --region ${REGION} --name ${name}\`; what came meanwhile is found by the hourly comparison`,
    )
  const sources = listMember(parseObject(pattern), 'source') ?? []
  return sources.includes(SOURCE)
    ? say.ok('event rule', `${name} is enabled for ${SOURCE}`)
    : say.wrong('event rule', `${name} does not match the source ${SOURCE}: ${pattern}`, upOf(of.stack))
}

function judgeTargets({ name, targets }: RuleFacts, of: { stack: string }): Check {
  const bare = targets.filter(({ deadLetterArn }) => deadLetterArn === null)
  if (!targets.some(({ arn }) => isDestination(arn)))
    return say.wrong(
      'event targets',
      `${name} sends to the queue and not to the Worker’s push door`,
      upOf(of.stack),
    )
  return bare.length === 0
    ? say.ok('event targets', 'queue and Worker, each with dead letters')
    : say.wrong(
        'event targets',
        `without dead letters: ${bare.map(({ arn }) => arn).join(', ')}`,
        upOf(of.stack),
      )
}

function judgeQueuePolicy(
  { arn }: RuleFacts,
  of: { stack: string; queueArn: string; queuePolicy: string },
): Check {
  const may = letsSend(of.queuePolicy, { queueArn: of.queueArn, service: 'events', source: arn })
  return may
    ? say.ok('events queue: policy', `lets ${arn} send`)
    : say.wrong(
        'events queue: policy',
        `does not let the rule ${arn} send; EventBridge drops each event without a word`,
        upOf(of.stack),
      )
}

function judgePush({ push, targets }: RuleFacts, of: { stack: string; publicUrl: string }): Check[] {
  if (push === null) {
    const lost = targets.find(({ arn }) => isDestination(arn))
    return lost === undefined ? [] : [say.wrong('event push', `${lost.arn} does not exist`, upOf(of.stack))]
  }
  const expected = `${of.publicUrl}${PUSH_PATH}`
  return [
    push.endpoint !== expected
      ? say.wrong(
          'event push',
          `goes to ${push.endpoint}; the Worker takes events at ${expected}`,
          upOf(of.stack),
        )
      : push.state !== 'ACTIVE'
        ? say.wrong('event push', `the API destination is ${push.state}`, upOf(of.stack))
        : say.ok('event push', `goes to ${expected}`),
    push.connection === 'AUTHORIZED'
      ? say.ok('event connection', 'AUTHORIZED')
      : say.wrong(
          'event connection',
          `${push.connection}: EventBridge has no key to send`,
          `raise tollgate:pushKeyVersion by one, \`npm run up -- --stack ${of.stack}\`, then ${deployOf(of.stack)}; the queue carries every event meanwhile`,
        ),
  ]
}
