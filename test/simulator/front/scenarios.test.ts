/** Each whole life played by its script: where it ends, and the events that told of it, in their order (facts §8). */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SCENARIOS } from '../../../simulator/scenarios.ts'
import type { TestFront } from './front.ts'
import { openTestFront } from './front.ts'

let front: TestFront
beforeEach(async () => {
  front = await openTestFront()
})
afterEach(() => front.close())

const CREATED = 'Created'
const LICENSED = 'License Updated'
const ENDED = 'Ended'
const GONE = 'License Deprovisioned'

/** What each script ends in: the status of each of its agreements, and its events by their short names. */
const ENDS: { readonly [name: string]: readonly [statuses: readonly string[], told: readonly string[]] } = {
  'subscribe-and-leave': [['CANCELLED'], [CREATED, LICENSED, ENDED, GONE]],
  'trial-expires': [['EXPIRED'], [CREATED, LICENSED, ENDED, GONE]],
  'trial-converts': [
    ['REPLACED', 'ACTIVE'],
    [CREATED, LICENSED, ENDED, CREATED, LICENSED],
  ],
  'contract-amended': [['ACTIVE'], [CREATED, LICENSED, 'Amended', LICENSED]],
  'contract-renews': [['RENEWED'], [CREATED, LICENSED, ENDED, CREATED, LICENSED]],
  'contract-renews-anew': [
    ['RENEWED', 'ACTIVE'],
    [CREATED, LICENSED, ENDED, CREATED, LICENSED],
  ],
  'contract-replaced': [
    ['REPLACED', 'ACTIVE'],
    [CREATED, LICENSED, ENDED, CREATED, LICENSED],
  ],
  'contract-expires': [['EXPIRED'], [CREATED, LICENSED, ENDED, GONE]],
  'future-dated': [['ACTIVE'], [CREATED, LICENSED]],
  terminated: [['TERMINATED'], [CREATED, LICENSED, ENDED, GONE]],
  'deprovisioned-first': [['TERMINATED'], [CREATED, LICENSED, GONE, ENDED]],
  advisory: [['ACTIVE'], [CREATED, LICENSED, 'Advisory Issued', 'Advisory Resolved']],
  'seller-cancels': [['CANCELLED'], [CREATED, LICENSED, 'Pending Approval', 'Approved', ENDED, GONE]],
  'cancellation-rejected': [['ACTIVE'], [CREATED, LICENSED, 'Pending Approval', 'Rejected']],
  'payment-fails': [['ACTIVE'], [CREATED]],
  'payment-settles': [['ACTIVE'], [CREATED, LICENSED]],
  'resubscribed-at-once': [
    ['CANCELLED', 'ACTIVE'],
    [CREATED, LICENSED, ENDED, CREATED, GONE, LICENSED],
  ],
  'unknown-event': [['ACTIVE'], [CREATED, LICENSED, 'Spend Threshold Reached']],
}

const shortName = (detailType: string): string =>
  detailType.replace(/ - \w+$/, '').replace(/^Purchase Agreement |^Agreement Cancellation Request /, '')

test('every script is held to its end here', () => {
  expect(Object.keys(ENDS)).toEqual(Object.keys(SCENARIOS))
})

test.each(Object.entries(ENDS))(
  'the life %s ends as it has to, told of in order',
  async (name, [statuses, told]) => {
    const { status, body } = await front.json('POST', `/api/scenarios/${name}`, { account: '000011112222' })
    expect([status, body['detail']]).toEqual([200, undefined])
    const agreements = body['agreements'] as { status: string }[]
    expect(agreements.map((agreement) => agreement.status)).toEqual(statuses)
    expect(front.marketplace.state.delivered.map(({ detailType }) => shortName(detailType))).toEqual(told)
  },
)

test('a script answers each token a buyer would arrive with, and what the clock did', async () => {
  const { body } = await front.json('POST', '/api/scenarios/trial-converts', { account: '000011112222' })
  const arrivals = body['arrivals'] as { token: string; form: { fields: { name: string }[] } }[]
  expect(arrivals.map(({ form }) => form.fields.map(({ name }) => name))).toEqual([
    ['x-amzn-marketplace-token', 'x-amzn-marketplace-offer-type'],
    ['x-amzn-marketplace-token'],
  ])
  expect(body['did']).toHaveLength(5)
})

test('scripts are listed; one that is not there, or that no product fits, is refused', async () => {
  const { body } = await front.json('GET', '/api/scenarios')
  expect(body['scenarios']).toHaveLength(Object.keys(SCENARIOS).length)
  expect((await front.json('POST', '/api/scenarios/explode', {})).status).toBe(400)
  expect((await front.json('POST', '/api/scenarios/advisory', { product: 'nothing' })).status).toBe(400)
})
