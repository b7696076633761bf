/** The control API's acts on an agreement, and what was sent, over a real store. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Json } from '../../../simulator/marketplace/model.ts'
import { SELLER } from '../market.ts'
import type { TestFront } from './front.ts'
import { buyActive, openTestFront } from './front.ts'

let front: TestFront
beforeEach(async () => {
  front = await openTestFront()
})
afterEach(() => front.close())

const act = (id: string, name: string, body: Json = {}) =>
  front.json('POST', `/api/agreements/${id}/${name}`, body)

test('an act answers the agreement that goes on, and where the buyer comes back, the token and form', async () => {
  const { id } = await buyActive(front)
  const { status, body } = await act(id, 'resubscribe')
  expect(status).toBe(200)
  expect(body).toMatchObject({
    agreement: { status: 'ACTIVE', account: '000011112222' },
    form: { fields: [{ name: 'x-amzn-marketplace-token', value: body['token'] }] },
  })
  expect(front.marketplace.state.agreements[id]?.status).toBe('CANCELLED')
})

test.each([
  ['expire', {}],
  ['terminate', {}],
  ['deprovision', {}],
  ['cancel', { by: 'seller' }],
  ['advise', { advisory: 'resolved' }],
  ['request-cancellation', { reasonCode: 'OTHER' }],
  ['payment-failed', {}],
  ['event', { detailType: 'Vet Succeeded', detail: { a: 1 } }],
])('the act %s plans what tells of it', async (name, body) => {
  const { id } = await buyActive(front)
  const answer = await act(id, name, body)
  expect(answer.status).toBe(200)
  expect((answer.body['agreement'] as { pending: Json[] }).pending).not.toEqual([])
})

test.each<[string, string, Json, number, string]>([
  ['an act that is none', 'explode', {}, 400, 'Use one of convert, amend'],
  ['a field that is none', 'expire', { when: 'now' }, 400, '"when" is not known here'],
  ['a wrong value', 'advise', { advisory: 'perhaps' }, 400, '"advisory" must be one of'],
  ['what cannot be', 'convert', {}, 409, 'Only a free trial becomes a purchase'],
  ['a detail that is no object', 'event', { detailType: 'X', detail: [] }, 400, '"detail" must be an object'],
])('%s is refused in words', async (_, name, body, status, words) => {
  const { id } = await buyActive(front)
  const answer = await act(id, name, body)
  expect(answer).toMatchObject({ status, body: { detail: expect.stringContaining(words) } })
})

test('an agreement that is not there is 404', async () => {
  expect((await act('agmt-unknown', 'expire')).status).toBe(404)
})

test('a purchase may be future-dated or unpaid', async () => {
  const contract = { product: 'contract', account: '444455556666', term: 'month' }
  const bought = [{ dimension: 'users', quantity: 1 }]
  const later = await front.json('POST', '/api/subscriptions', { ...contract, bought, startDelay: 'P30D' })
  expect(later.body).toMatchObject({
    agreement: { acceptedAt: '2026-11-21T12:00:00.000Z', startsAt: '2026-12-21T12:00:00.000Z' },
  })
  const unpaid = await front.json('POST', '/api/subscriptions', {
    product: 'usage',
    account: '444455556666',
    payment: 'pending',
  })
  expect(unpaid.body).toMatchObject({ agreement: { payment: 'pending', license: { standing: 'pending' } } })
})

test('mail and messages that were sent are read, the newest first', async () => {
  const caller = { account: SELLER, region: 'us-east-1' }
  for (const to of ['a@example.com', 'b@example.com'])
    await front.marketplace.run({
      kind: 'api',
      operation: 'SendEmail',
      caller,
      input: {
        FromEmailAddress: 'seller@example.com',
        Destination: { ToAddresses: [to] },
        Content: { Simple: { Subject: { Data: 'Ready' }, Body: { Text: { Data: 'Go.' } } } },
      },
    })
  await front.marketplace.run({
    kind: 'api',
    operation: 'Publish',
    caller,
    input: { TopicArn: `arn:aws:sns:us-east-1:${SELLER}:tollgate-tech-admin`, Message: 'Look.' },
  })
  const all = await front.json('GET', '/api/sent/mail')
  expect((all.body['mail'] as { to: string[] }[]).map((mail) => mail.to)).toEqual([
    ['b@example.com'],
    ['a@example.com'],
  ])
  const one = await front.json('GET', '/api/sent/mail?to=a@example.com')
  expect(one.body['mail']).toMatchObject([{ subject: 'Ready', text: 'Go.', at: '2026-11-21T12:00:00.000Z' }])
  expect((await front.json('GET', '/api/sent/sns')).body).toMatchObject({ messages: [{ message: 'Look.' }] })
})
