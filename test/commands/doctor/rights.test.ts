/** What the doctor says that the Worker needs is what infra grants it, for every kind of product; no more, no less. */
import { describe, expect, test } from 'vitest'
import { judgeRights, neededActions, placesOf } from '../../../commands/doctor/checks/rights.ts'
import { statementsOf } from '../../../commands/doctor/checks/policy.ts'
import { EdgeIdentity } from '../../../infra/edge-identity.ts'
import { partsOf } from '../../../infra/parts.ts'
import seller from '../../../seller.config.ts'
import { ok } from '../../../shared/result.ts'
import type { Product } from '../../../shared/seller.ts'
import { planOf, textIn } from '../../support/plan.ts'

const PLACES = {
  eventsQueueUrl: 'https://sqs.us-east-1.amazonaws.com/123456789012/events',
  usageQueueUrl: null,
  techAdminTopicArn: 'arn:aws:sns:us-east-1:123456789012:tech',
}
const MAIL = { from: 'a@b.example', domain: 'b.example', configurationSet: 'mail', dnsRecords: [] }
const products = (...kept: readonly Product['pricing'][]) =>
  seller.products.filter(({ pricing }) => kept.includes(pricing))
const contract = products('contract-with-consumption').map((one) => ({
  ...one,
  pricing: 'contract' as const,
  dimensions: one.dimensions.filter(({ metered }) => !metered),
})) as readonly Product[]

const CASES = [
  ['all of it, live', seller.products, 'live', true],
  ['all of it, dry', seller.products, 'dry', true],
  ['a contract alone', contract, 'live', true],
  ['a subscription alone', products('subscription'), 'live', true],
  ['without mail', seller.products, 'live', false],
] as const

describe.each(CASES)('%s', (_, sold, metering, more) => {
  const outputs = {
    metering,
    edge: { mail: more ? MAIL : null },
  }
  const needed = neededActions({ products: sold }, outputs)

  async function granted() {
    const parts = partsOf({ products: sold })
    const planned = await planOf(
      () =>
        new EdgeIdentity('edge-identity', {
          issuer: 'https://buy.example.com',
          stack: 'prod',
          kind: 'role',
          queueArns: ['arn:aws:sqs:us-east-1:123456789012:events'],
          keyArn: 'arn:aws:kms:us-east-1:123456789012:key/1',
          topicArn: 'arn:aws:sns:us-east-1:123456789012:tech',
          mail: more ? { identityArn: 'arn:identity', setArn: 'arn:set', from: 'a@b.example' } : null,
          metering: metering === 'live' && parts.metered.length > 0,
          entitlements: parts.entitlements,
          dependsOn: [],
        }),
    )
    return planned
      .filter(({ type }) => type === 'aws:iam/rolePolicy:RolePolicy')
      .map((one) => ({ name: one.name, document: textIn(one, 'policy') }))
  }

  test('the rights that infra grants are the rights that are asked for', async () => {
    const rights = await granted()
    const actions = rights.flatMap(({ document }) => statementsOf(document).flatMap((one) => one.actions))
    expect([...new Set(actions)].toSorted()).toEqual(needed.toSorted())
    expect(judgeRights(ok(rights), needed, placesOf(PLACES), { deployment: 'prod', metering })).toMatchObject(
      [{ state: 'ok' }],
    )
  })
})

const needed = ['sqs:ReceiveMessage', 'aws-marketplace:ResolveCustomer']
const judge = (...documents: readonly object[]) =>
  judgeRights(
    ok(documents.map((document) => ({ name: 'one', document: JSON.stringify(document) }))),
    needed,
    placesOf(PLACES),
    { deployment: 'prod', metering: 'dry' },
  ).map(({ found }) => found)
const allow = (Action: string | readonly string[], Effect = 'Allow') => ({
  Statement: { Effect, Action, Resource: '*' },
})

test.each([
  [
    'one is missing',
    judge(allow('sqs:ReceiveMessage')),
    ['the Worker may not aws-marketplace:ResolveCustomer'],
  ],
  ['one is denied', judge(allow(needed), allow('sqs:*', 'Deny')), ['the Worker may not sqs:ReceiveMessage']],
  [
    'a dry stack may meter',
    judge(allow([...needed, 'aws-marketplace:BatchMeterUsage'])),
    ['the Worker may do more than its products need in a dry stack: aws-marketplace:BatchMeterUsage'],
  ],
  ['everything is allowed', judge(allow('*')), [expect.stringMatching(/more than its products need.*: \*$/)]],
  [
    'they are for the queue before',
    judge({
      Statement: { Effect: 'Allow', Action: needed, Resource: 'arn:aws:sqs:us-east-1:123456789012:old' },
    }),
    ['the Worker may not sqs:ReceiveMessage on arn:aws:sqs:us-east-1:123456789012:events'],
  ],
  ['there is no document', judge({}), [expect.stringMatching(/may not sqs:ReceiveMessage, aws-m/)]],
])('rights are wrong when %s', (_, found, expected) => {
  expect(found).toEqual(expected)
})
