/** What the people who run the deployment are told, on the wire of SNS. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DECISION_KINDS } from '../../../shared/deliveries.ts'
import { noticeOf } from '../../../worker/deliveries/notices.ts'
import { sweepDeliveries } from '../../../worker/deliveries/sweep.ts'
import {
  closeStage,
  decide,
  decision,
  openStage,
  rows,
  SUBSCRIPTION,
  TOPIC,
  VIEW,
  type Stage,
} from './stage.ts'

let stage: Stage
beforeEach(async () => {
  stage = await openStage()
})
afterEach(closeStage)

test('a notice is published to the topic of the settings, in its Region, with what a filter needs', async () => {
  await decide(stage, ['sns'], decision({ kind: 'subscription.advisory' }))
  await sweepDeliveries(stage.edge)
  const [sent] = stage.sent
  const form = Object.fromEntries(new URLSearchParams(sent?.body))
  expect(sent?.url).toBe('https://sns.us-east-1.amazonaws.com/')
  expect(form).toMatchObject({
    Action: 'Publish',
    Version: '2010-03-31',
    TopicArn: TOPIC,
    Subject: 'Tollgate: AWS issued an advisory',
    'MessageAttributes.entry.1.Name': 'kind',
    'MessageAttributes.entry.1.Value.StringValue': 'subscription.advisory',
  })
  expect(form['Message']).toContain(SUBSCRIPTION)
  expect((await rows())[0]).toMatchObject({ state: 'delivered', outcome: 'SNS took it as m-1' })
})

test.each([
  [
    404,
    '<ErrorResponse><Error><Code>NotFound</Code></Error></ErrorResponse>',
    'waiting',
    'SNS: NotFound (404)',
  ],
  [
    403,
    '<ErrorResponse><Error><Code>AuthorizationError</Code></Error></ErrorResponse>',
    'waiting',
    'SNS: AuthorizationError (403)',
  ],
  [
    400,
    '<ErrorResponse><Error><Code>InvalidParameter</Code></Error></ErrorResponse>',
    'parked',
    'SNS: InvalidParameter (400)',
  ],
  [500, '<html>', 'waiting', 'SNS: it answered 500'],
  [200, '<html>', 'waiting', 'SNS: it answered something that cannot be read'],
])('an answer %i %s leaves the notice %s', async (status, body, state, outcome) => {
  stage.answer.sns = () => new Response(body, { status })
  await decide(stage, ['sns'])
  await sweepDeliveries(stage.edge)
  expect((await rows())[0]).toMatchObject({ state, outcome })
})

test.each(DECISION_KINDS)('%s has a subject SNS takes and says whose move it is', (kind) => {
  const told = { subscription: VIEW, version: 1, decision: {} }
  const { subject, message } = noticeOf({ kind, subscription: SUBSCRIPTION, atMs: 0 }, told)
  expect(subject).toMatch(/^[!-~][ -~]{0,98}$/)
  expect(message.split('\n\n').length).toBeGreaterThanOrEqual(3)
  expect(message).not.toMatch(/undefined|null|\[object/)
})
