/** AWS's queue and the inbox: stored before deleted, once, and what is only kept. Design §5.3; G.3 row 53. */
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { arrive as storeArrival } from '../../../worker/db/registrations.ts'
import { pollEvents } from '../../../worker/events/poll.ts'
import { sweepSubscriptions } from '../../../worker/lifecycle/sweep.ts'
import { customer, licenseArn, SUBSCRIPTION_CODE } from '../landing/browser.ts'
import { ended, event, updated } from './marketplace.ts'
import { only, orders, rows, T, useStage } from './stage.ts'

const stage = useStage()

test('an event that is delivered again, because its deletion failed, is counted once', async () => {
  await stage.arrive()
  stage.market.deleteFails = true
  await stage.poll(updated(T('14:24:23')))
  stage.market.reappear()
  stage.market.deleteFails = false
  const before = [await only(), await rows('SELECT * FROM inbox')]
  stage.clock.business += 60_000
  await stage.poll()
  expect([await only(), await rows('SELECT * FROM inbox')]).toEqual(before)
  expect(await orders()).toHaveLength(1)
})

test('a message is deleted only after its event is stored', async () => {
  await stage.arrive()
  stage.market.put(updated(T('14:24:23')))
  const storedBefore: unknown[] = []
  stage.market.beforeDelete = async () => void storedBefore.push(...(await rows('SELECT state FROM inbox')))
  await pollEvents(stage.edge)
  expect(storedBefore).toEqual([{ state: 'waiting' }])
})

test('a queue of 95 events is drained in one run', async () => {
  stage.market.put(
    ...Array.from({ length: 95 }, (_, n) =>
      updated(T('14:24:23'), { license: licenseArn((n % 10).toString()) }),
    ),
  )
  expect(await pollEvents(stage.edge)).toBe(95)
  expect(stage.market.queue).toEqual([])
})

test("ten messages of SQS's largest size hold up no event behind them", async () => {
  await stage.arrive()
  const largest = Array.from({ length: 10 }, () => '"'.repeat(1024 * 1024))
  await stage.poll(...largest, updated(T('14:24:23')))
  expect((await only()).state).toBe('active')
  expect(stage.market.queue).toEqual([])
})

test.each([
  ['NUL', '{"id":"a\\u0000b","detail-type":"\\u0000"}'],
  ['a lone surrogate', '{"id":"\\ud800","source":"\\udfff"}'],
  ['an id of 100 kB', JSON.stringify({ id: 'x'.repeat(100_000) })],
  ['a year nobody lives in', JSON.stringify({ id: 'y', time: '+275760-09-13T00:00:00Z' })],
  [
    'keys every object has',
    '{"__proto__":{"id":1},"constructor":{"id":2},"detail":{"agreement":"toString"}}',
  ],
  ['100 000 brackets', '['.repeat(100_000)],
])('a message with %s holds up no event behind it', async (_name, body) => {
  await stage.arrive()
  await stage.poll(body, updated(T('14:24:23')))
  expect((await only()).state).toBe('active')
  expect(stage.market.queue).toEqual([])
})

const kept: readonly [string, string, string][] = [
  [
    'another source',
    event('License Updated - Manufacturer', T('14:24:23'), { source: 'evil.example' }),
    'from another source',
  ],
  [
    'another account',
    event('License Updated - Manufacturer', T('14:24:23'), { account: '999999999999' }),
    'for another account',
  ],
  [
    'another Region',
    event('License Updated - Manufacturer', T('14:24:23'), { region: 'eu-west-1' }),
    'from another Region',
  ],
  [
    'no detail',
    event('License Updated - Manufacturer', T('14:24:23'), { detail: undefined }),
    'without an agreement',
  ],
  ['a foreign product', updated(T('14:24:23'), { code: 'z'.repeat(25) }), 'for a product that is not ours'],
  ['no readable license', updated(T('14:24:23'), { license: 'arn:aws:nothing' }), 'without a license'],
  ['a time that is none', updated('yesterday'), 'without a time'],
  ['an unknown kind', event('Vet Succeeded - Proposer', T('14:24:23')), 'of a kind that changes nothing'],
  [
    'a request to cancel',
    event('Agreement Cancellation Request Pending Approval - Proposer', T('14:24:23')),
    'of a kind that changes nothing',
  ],
  [
    'a reminder',
    event('Purchase Agreement Ending - Proposer', T('14:24:23')),
    'of a kind that changes nothing',
  ],
  ['text', 'hello', 'not a JSON object'],
  ['a list', '[]', 'not a JSON object'],
  ['an SNS message', JSON.stringify({ Type: 'Notification', MessageId: 'm' }), 'from another source'],
]

test.each(kept)(
  'an event with %s is kept with a note and changes nothing (G.3 row 53)',
  async (_name, body, note) => {
    await stage.arrive()
    const before = await only()
    await stage.poll(body)
    expect(await rows('SELECT state, note, body FROM inbox')).toEqual([{ state: 'kept', note, body }])
    expect(await only()).toEqual(before)
    expect(stage.market.queue).toEqual([])
  },
)

test('an agreement event whose license nobody knows yet waits and is never guessed by the account', async () => {
  await stage.arrive()
  await stage.poll(updated(T('14:24:23')), ended(T('14:25:00'), { agreement: 'agmt-unknown' }))
  expect((await only()).state).toBe('active')
  expect(await rows("SELECT state FROM inbox WHERE agreement_id = 'agmt-unknown'")).toEqual([
    { state: 'waiting' },
  ])
})

test('a registration that was stored, but whose request went no further, is completed by the next minute', async () => {
  stage.market.put(updated(T('14:24:23')))
  await pollEvents(stage.edge)
  await storeArrival(env.DB, {
    tokenSha256: 'f'.repeat(64),
    customer: {
      productCode: SUBSCRIPTION_CODE,
      account: '012345678901',
      licenseArn: licenseArn('a'),
      customerIdentifier: null,
    },
    product: 'subscription',
    offerTypeHint: null,
    newRegistration: `reg_${'0'.repeat(22)}`,
    newSubscription: `sub_${'0'.repeat(22)}`,
    now: stage.clock.business,
  })
  expect((await only()).state).toBe('pending')
  await sweepSubscriptions(stage.edge)
  expect((await only()).state).toBe('active')
  expect(await orders()).toHaveLength(1)
})

test('one subscription that cannot be computed stops no other and is looked at again later', async () => {
  await stage.arrive('t1')
  stage.market.resolve = () => Response.json(customer({ LicenseArn: licenseArn('b') }))
  await stage.arrive('t2')
  await env.DB.exec(
    `UPDATE subscriptions SET detail = 'broken', due_ms = 1 WHERE license_tail = 'l-${'a'.repeat(32)}'`,
  )
  await stage.poll(updated(T('14:24:23'), { agreement: 'agmt-2', license: licenseArn('b') }))
  expect(await rows('SELECT state, due_ms FROM subscriptions ORDER BY license_tail')).toEqual([
    { state: 'pending', due_ms: stage.clock.business + 300_000 },
    { state: 'active', due_ms: null },
  ])
})

test('purchases of a product that is sold no more hold up no other: theirs are looked at again by the clock', async () => {
  await env.DB.prepare(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
     INSERT INTO subscriptions (id, product, product_code, account, license_tail, created_ms, updated_ms)
     SELECT 'sub_' || printf('%022d', i), 'sold no more', ?, '012345678901', printf('l-%032x', i), 0, 0 FROM n`,
  )
    .bind(SUBSCRIPTION_CODE)
    .run()
  await stage.arrive()
  const licenses = Array.from({ length: 60 }, (_, n) => (n + 1).toString(16).padStart(32, '0'))
  await stage.poll(
    ...licenses.map((hex, n) =>
      updated(T('14:24:23'), { agreement: `agmt-${n}x`, license: licenseArn('a').slice(0, -32) + hex }),
    ),
    updated(T('14:24:23')),
  )
  await sweepSubscriptions(stage.edge)
  expect(await rows("SELECT state FROM subscriptions WHERE product <> 'sold no more'")).toEqual([
    { state: 'active' },
  ])
  expect(await rows('SELECT DISTINCT due_ms FROM subscriptions WHERE due_ms IS NOT NULL')).toEqual([
    { due_ms: stage.clock.business + 300_000 },
  ])
})
