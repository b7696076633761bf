/** Products on the legacy integration: SNS messages that name a customer and a product, nothing else (facts §5.2). */
import { expect, test } from 'vitest'
import type { LifecycleEvent } from '../../../shared/lifecycle/events.ts'
import type { EdgeProduct } from '../../../shared/seller/views.ts'
import { readNotification, type Heard } from '../../../worker/events/legacy.ts'
import { lifecycleEvent } from '../../../worker/lifecycle/event.ts'
import { readDetail } from '../../../worker/lifecycle/state.ts'
import { HOUR_MS, Market } from '../../simulator/market.ts'
import { customer, licenseArn, PRODUCT_CODE, SUBSCRIPTION_CODE } from '../landing/browser.ts'
import { bare, deprovisioned, ended, event, notification, updated } from './marketplace.ts'
import { ms, orders, rows, T, useStage } from './stage.ts'

const stage = useStage()

/** A message goes through AWS's topic and our queue. */
const hear = (action: string, time: string, over: Record<string, string> = {}): Promise<void> =>
  stage.poll(notification(action, T(time), over))

/** The product sold without licenses, or until an hour. */
const legacy = (integration: EdgeProduct['integration'] = 'legacy') => {
  stage.edge = {
    ...stage.edge,
    seller: {
      ...stage.edge.seller,
      products: stage.edge.seller.products.map((one) => ({ ...one, integration })),
    },
  }
  stage.market.resolve = () => Response.json(customer({ LicenseArn: undefined, CustomerIdentifier: 'X01' }))
}

const standing = async () =>
  (await rows<{ state: string; detail: string }>('SELECT state, detail FROM subscriptions')).map((row) => {
    const detail = readDetail(row)
    return [row.state, detail?.life, detail?.access.why]
  })

test('subscribe-success grants, unsubscribe-pending ends and begins the final hour, a return opens a new life (G.2 fault 25)', async () => {
  legacy()
  await stage.arrive()
  await hear('subscribe-success', '14:24:00', { isFreeTrialTermPresent: 'false' })
  expect(await standing()).toEqual([['active', 1, 'active']])
  stage.clock.business = ms('15:30:00')
  await hear('unsubscribe-pending', '15:29:00')
  expect(await standing()).toEqual([['ended', 1, 'ended']])
  expect((await orders()).at(-1)?.end).toEqual({
    at: ms('15:29:00'),
    takeUntil: ms('15:39:00'),
    cause: 'deprovisioned',
  })
  await hear('subscribe-success', '15:29:30', { isFreeTrialTermPresent: 'false' })
  expect(await standing()).toEqual([['active', 2, 'active']])
})

test('a payment that failed grants nothing, and what is paid after it does', async () => {
  legacy()
  await stage.arrive()
  await hear('subscribe-fail', '14:24:00')
  expect(await standing()).toEqual([['pending', 1, 'payment-failed']])
  await hear('subscribe-success', '14:26:00')
  expect(await standing()).toEqual([['active', 1, 'active']])
})

test('messages before the buyer wait for them, and another customer’s or product’s are none of theirs', async () => {
  legacy()
  await hear('subscribe-success', '14:24:00', { isFreeTrialTermPresent: 'true' })
  await hear('subscribe-fail', '14:25:00', { customer: 'X02' })
  await hear('unsubscribe-pending', '14:25:00', { product: 'z'.repeat(25) })
  await stage.arrive()
  expect(await standing()).toEqual([['active', 1, 'trial']])
  const end = ms('14:24:00') + 14 * 86_400_000
  expect((await orders()).at(-1)?.trial).toEqual({ endsAt: end, graceUntil: end + 3 * 86_400_000 })
})

test('an advisory is shown, changes no access and no order, and is resolved (facts §8)', async () => {
  await stage.arrive()
  await stage.poll(updated(T('14:24:23')))
  const before = await orders()
  await stage.poll(event('Purchase Agreement Advisory Issued - Manufacturer', T('14:25:00')))
  const advisory = async () => {
    const [row] = await rows<{ detail: string }>('SELECT detail FROM subscriptions')
    const detail = row && readDetail(row)
    return [detail?.advisory, detail?.access.granted]
  }
  expect(await advisory()).toEqual(['open', true])
  await stage.poll(event('Purchase Agreement Advisory Resolved - Manufacturer', T('14:26:00')))
  expect(await advisory()).toEqual([null, true])
  expect(await orders()).toEqual(before)
})

test('the end of an unknown agreement of an account with several is held: it ends neither (facts §8)', async () => {
  await stage.arrive('t1')
  stage.market.resolve = () => Response.json(customer({ LicenseArn: licenseArn('b') }))
  await stage.arrive('t2')
  await stage.poll(
    updated(T('14:20:00')),
    updated(T('14:21:00'), { agreement: 'agmt-2', license: licenseArn('b') }),
    ended(T('14:22:00'), { id: 'stray', agreement: 'agmt-3' }),
    deprovisioned(T('14:22:31'), { id: 'lost', agreement: 'agmt-3', license: licenseArn('c') }),
  )
  expect((await standing()).map(([state]) => state)).toEqual(['active', 'active'])
  expect(await rows("SELECT id FROM inbox WHERE state = 'waiting' ORDER BY id")).toEqual([
    { id: 'lost' },
    { id: 'stray' },
  ])
})

test('unsubscribe-success after unsubscribe-pending moves no end, and alone it is one', async () => {
  legacy()
  await stage.arrive()
  await hear('subscribe-success', '14:20:00')
  await hear('unsubscribe-pending', '14:25:00')
  const before = await orders()
  await hear('unsubscribe-success', '14:29:00')
  expect(await orders()).toEqual(before)
  expect((await orders()).at(-1)?.end?.at).toBe(ms('14:25:00'))
})

test('without an envelope (raw delivery) a message says the same, at the time SQS tells', async () => {
  legacy()
  await stage.arrive()
  stage.market.sentAt = T('14:24:05.123')
  await stage.poll(bare('subscribe-success', { isFreeTrialTermPresent: 'false' }))
  expect(await standing()).toEqual([['active', 1, 'active']])
  expect((await orders()).at(-1)?.activation).toBe(ms('14:24:05.123'))
  stage.market.sentAt = T('14:29:00')
  await stage.poll(bare('unsubscribe-pending'))
  expect(await standing()).toEqual([['ended', 1, 'ended']])
})

test('a message SNS delivered twice is stored once, and in the wrong order they end the same (G.2 fault 24)', async () => {
  legacy()
  await hear('unsubscribe-pending', '14:25:00')
  await hear('subscribe-success', '14:24:00')
  await hear('subscribe-success', '14:24:00')
  await stage.arrive()
  expect(await standing()).toEqual([['ended', 1, 'ended']])
  expect(await rows('SELECT id FROM inbox')).toHaveLength(2)
})

const TOPIC = 'arn:aws:sns:us-east-1:287250355862:aws-mp-subscription-notification-'
const untrusted: readonly [string, Record<string, string>][] = [
  ['from another topic', { topic: 'arn:aws:sns:us-east-1:999999999999:aws-mp-subscription-notification-x' }],
  ['from another topic', { topic: `${TOPIC}${'z'.repeat(25)}`, product: 'z'.repeat(25) }],
  ['from another topic', { topic: `${TOPIC}${SUBSCRIPTION_CODE}`.replace('us-east-1', 'eu-west-1') }],
  ['a topic that asks a person to confirm it', { type: 'SubscriptionConfirmation' }],
  ['for another product than its topic', { topic: TOPIC + PRODUCT_CODE, product: SUBSCRIPTION_CODE }],
  ['for a product that is not ours', { topic: TOPIC + PRODUCT_CODE, product: 'z'.repeat(25) }],
  ['without a customer', { customer: ' ' }],
]

test.each(untrusted)(
  'a message %s is kept and shown, and no address in it is followed (G.3 row 52)',
  async (note, over) => {
    legacy()
    await stage.arrive()
    const asked = stage.market.calls.length
    await hear('subscribe-success', '14:24:00', over)
    expect(await rows('SELECT state, note FROM inbox')).toEqual([{ state: 'kept', note }])
    expect(await standing()).toEqual([['pending', 1, 'setting-up']])
    const hosts = new Set(stage.market.calls.slice(asked).map(({ url }) => new URL(url).host))
    expect([...hosts]).toEqual(['sqs.us-east-1.amazonaws.com'])
  },
)

test('an action nobody knows is kept, and so is what a license product’s topic says', async () => {
  await stage.arrive()
  await hear('subscribe-success', '14:24:00')
  legacy()
  await hear('renew-maybe', '14:24:00')
  expect(await rows('SELECT note FROM inbox ORDER BY note')).toEqual([
    { note: 'for a product that has licenses: EventBridge tells the same' },
    { note: 'of a kind that changes nothing' },
  ])
})

test('a topic the seller names as well is trusted', async () => {
  legacy()
  const topic = 'arn:aws:sns:us-east-1:123456789012:handed-on'
  stage.edge = { ...stage.edge, settings: { ...stage.edge.settings, legacyTopics: [topic] } }
  await stage.arrive()
  await hear('subscribe-success', '14:24:00', { topic, isFreeTrialTermPresent: 'false' })
  expect(await standing()).toEqual([['active', 1, 'active']])
})

test('from the switch to licenses on a message that names none ends nothing', async () => {
  legacy({ switchAt: T('14:00:00') })
  await stage.arrive()
  await hear('subscribe-success', '13:59:59', { isFreeTrialTermPresent: 'false' })
  await hear('unsubscribe-pending', '14:00:00')
  expect(await standing()).toEqual([['active', 1, 'active']])
})

const HEARD: Heard = { products: [{ code: 'legacylegacylegacylegacyl', integration: 'legacy' }], topics: [] }

/** What the lifecycle makes of a message; null: it is only kept. */
function readAll(market: Market, isRaw: boolean): readonly (LifecycleEvent | null | undefined)[] {
  return (market.state.queues['marketplace-events']?.messages ?? []).map(({ id, body, sentAt }) => {
    const text: string = isRaw ? JSON.parse(body).Message : body
    const read = readNotification({ id, body: text, sentMs: sentAt }, HEARD, 0)
    return read === undefined || read.note !== null ? null : lifecycleEvent(read)
  })
}

test.each([false, true])(
  'what the simulated SNS says of a purchase and its end is read as it was told (raw delivery: %s)',
  (isRaw) => {
    const market = new Market()
    market.do({ kind: 'set_knobs', knobs: { legacyIdentifier: 'spaced' } })
    const agreement = market.buyActive({ product: 'legacy' })
    market.do({ kind: 'live', agreementId: agreement.id, act: { act: 'cancel', by: 'buyer' } })
    market.pass(2 * HOUR_MS)
    expect(readAll(market, isRaw)).toMatchObject([
      { kind: 'updated', licenseArn: null, isTrial: false },
      { kind: 'deprovisioned', licenseArn: null },
      { kind: 'deprovisioned', licenseArn: null },
    ])
  },
)
