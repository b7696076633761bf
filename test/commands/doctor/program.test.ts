/** What the stack's program plans is well in the doctor's eyes: names, endpoint, pattern and targets are said twice and are the same. */
import { expect, test } from 'vitest'
import { judgeRules, PUSH_PATH } from '../../../commands/doctor/checks/rule.ts'
import { judgeTopics } from '../../../commands/doctor/checks/topics.ts'
import { liveParameter } from '../../../commands/doctor/facts/live.ts'
import { partsOf } from '../../../infra/parts.ts'
import seller from '../../../seller.config.ts'
import { ok } from '../../../shared/result.ts'
import { resourceOf, textIn, type Planned } from '../../support/plan.ts'
import { planStack } from '../../support/stack.ts'

const ISSUER = 'https://buy.example.com'

const planLive = (): Promise<readonly Planned[]> =>
  planStack({ publicUrl: ISSUER, metering: 'live', onCall: 'on-call@example.com' })

test('rule, targets, policy and push of the program are well', async () => {
  const planned = await planLive()
  const rule = resourceOf(planned, 'notifications-rule', 'aws:cloudwatch/eventRule:EventRule')
  const targets = planned.filter(({ type }) => type === 'aws:cloudwatch/eventTarget:EventTarget')
  const policy = resourceOf(planned, 'notifications-queue-policy')
  const arn = /"aws:SourceArn":"([^"]+)"/.exec(textIn(policy, 'policy'))?.[1] ?? ''
  const queueArn = /"Resource":"([^"]+)"/.exec(textIn(policy, 'policy'))?.[1] ?? ''
  const checks = judgeRules({
    stack: 'prod',
    publicUrl: ISSUER,
    queueArn,
    queuePolicy: textIn(policy, 'policy'),
    rules: ok([
      {
        name: 'events',
        arn,
        state: textIn(rule, 'state'),
        pattern: textIn(rule, 'eventPattern'),
        targets: targets.map((one) => ({
          arn: textIn(one, 'arn').includes(':sqs:')
            ? queueArn
            : 'arn:aws:events:us-east-1:1:api-destination/push/1',
          deadLetterArn: Object.values(one.inputs['deadLetterConfig'] ?? {}).map(String)[0] ?? null,
        })),
        push: {
          endpoint: textIn(planned.filter(isDestination)[0] ?? rule, 'invocationEndpoint'),
          state: 'ACTIVE',
          connection: 'AUTHORIZED',
        },
      },
    ]),
  })
  expect(targets).toHaveLength(2)
  expect(checks.filter(({ state }) => state !== 'ok')).toEqual([])
  expect(PUSH_PATH).toBe('/v1/events/aws')
})

const isDestination = ({ type }: Planned): boolean =>
  type === 'aws:cloudwatch/eventApiDestination:EventApiDestination'

test('the parameters that a live stack owns are those that are looked for in a dry one', async () => {
  const planned = await planLive()
  const owned = planned.filter(({ type }) => type === 'aws:ssm/parameter:Parameter')
  expect(owned.map((one) => textIn(one, 'name')).toSorted()).toEqual(
    partsOf(seller)
      .metered.map(({ id }) => liveParameter(id))
      .toSorted(),
  )
})

test('an address of on-call that is not confirmed is found by the name of its topic', async () => {
  const planned = await planLive()
  const topic = planned.find(({ name, type }) => type === 'aws:sns/topic:Topic' && name.includes('on-call'))
  // Pulumi ends a name of its own making with seven hex digits.
  const topicArn = `arn:aws:sns:us-east-1:123456789012:${topic?.name ?? ''}-0a1b2c3`
  const checks = judgeTopics({
    stack: 'prod',
    subscriptions: ok([{ topicArn, protocol: 'email', endpoint: 'on-call@example.com', confirmed: false }]),
    legacyTopicArns: [],
    techAdminTopicArn: topicArn,
    queueArn: 'arn:aws:sqs:us-east-1:123456789012:events',
    queuePolicy: '',
  })
  expect(checks.map(({ name, state }) => `${name} ${state}`)).toContain('alarm topic wrong')
})
