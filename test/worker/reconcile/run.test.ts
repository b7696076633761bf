/** How a reconciliation goes: once an hour, in parts, within AWS's limits; what it finds it says, and guesses nothing. */
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { hashOperatorKey, operatorKeyOf } from '../../../shared/operator/key.ts'
import type { Reconciliations } from '../../../shared/operator/wire.ts'
import { createApp } from '../../../worker/app.ts'
import { reconcile } from '../../../worker/reconcile/run.ts'
import { DAY, HOUR, MINUTE, rows, useWorld } from './world.ts'

const world = useWorld()
const CONTRACT = {
  product: 'contract',
  bought: [{ dimension: 'team_users', quantity: 1 }],
  term: 'month',
} as const

/** What an operator reads. */
async function read(): Promise<Reconciliations> {
  const key = operatorKeyOf('A'.repeat(43))
  const operatorKeyHash = await hashOperatorKey(key)
  const app = createApp({ ...world.edge, settings: { ...world.edge.settings, operatorKeyHash } })
  const headers = { authorization: `Bearer ${key}` }
  return (await app.request('https://tollgate.example/v1/operator/reconciliations', { headers })).json()
}

const account = (n: number): string => String(n).padStart(12, '4')

const waiting = () => rows<{ id: string }>("SELECT id FROM inbox WHERE id LIKE 'tollgate:%' ORDER BY id")

test('purchases of every kind, a week without an event: one reconciliation, and each is as AWS has it', async () => {
  const bought: Record<string, string> = {}
  const kinds = ['kept', 'amended', 'renewed', 'replaced', 'cancelled', 'expired', 'trial', 'resubscribed']
  for (const [n, kind] of kinds.entries()) {
    const isUsage = ['kept', 'cancelled', 'trial', 'resubscribed'].includes(kind)
    bought[kind] = await world.buy({
      account: account(n),
      ...(isUsage ? {} : CONTRACT),
      ...(kind === 'trial' ? { trial: true } : {}),
    })
  }
  await world.pass(27 * DAY)
  world.losing = true
  const fresh = await world.buy({ account: account(8) })
  const act = (kind: string, ...of: Parameters<typeof world.live> extends [string, ...infer A] ? A : never) =>
    world.live(bought[kind] ?? '', ...of)
  await act('amended', { act: 'amend', bought: [{ dimension: 'team_users', quantity: 50 }] })
  const renewed = await act('renewed', { act: 'renew', license: 'new' })
  const replaced = await act('replaced', {
    act: 'replace',
    bought: [{ dimension: 'enterprise_users', quantity: 10 }],
    license: 'new',
  })
  await act('cancelled', { act: 'cancel', by: 'buyer' })
  const again = await act('resubscribed', { act: 'resubscribe' })
  await world.pass(7 * DAY)
  world.losing = false

  await world.reconcile()
  const standing = await rows<{
    agreement: string
    state: string
    granted: number
    why: string
    plan: string
  }>(
    `SELECT agreement_id AS agreement, state, detail ->> '$.access.granted' AS granted, detail ->> '$.access.why' AS why,
       plan FROM subscriptions`,
  )
  const of = (agreement: string | undefined) => {
    const row = standing.find((one) => one.agreement === agreement)
    return row && [row.state, row.granted === 1, row.why, row.plan]
  }
  expect(
    Object.fromEntries([
      ...kinds.map((kind) => [kind, of(bought[kind])]),
      ['fresh', of(fresh)],
      ['renewal', of(renewed)],
      ['replacement', of(replaced)],
      ['resubscription', of(again)],
    ]),
  ).toEqual({
    kept: ['active', true, 'active', null],
    amended: ['ended', false, 'ended', 'team'],
    renewed: ['active', true, 'active', 'team'],
    replaced: ['active', true, 'active', 'team'],
    cancelled: ['ended', false, 'ended', null],
    expired: ['ended', false, 'ended', 'team'],
    trial: ['ended', false, 'trial-over', 'team'],
    resubscribed: ['ended', false, 'ended', null],
    fresh: ['active', true, 'active', null],
    renewal: ['active', true, 'active', 'team'],
    replacement: ['active', true, 'active', 'enterprise'],
    resubscription: ['active', true, 'active', null],
  })
  const { runs, repairs, contradictions, unknown } = await read()
  expect([runs.length, runs[0]?.repaired, contradictions, unknown]).toEqual([1, repairs.length, [], []])
  expect(repairs.every(({ state }) => state === 'applied')).toBe(true)
})

test('where no event was lost nothing is repaired, and AWS is asked once for each list alone', async () => {
  await world.buy({})
  await world.buy({ account: account(1), ...CONTRACT })
  await world.pass(2 * HOUR)
  world.calls.length = 0
  await world.reconcile()
  expect(world.calls.filter((call) => !call.endsWith('Message') && !call.endsWith('Batch'))).toEqual([
    'SearchAgreements',
    'GetEntitlements',
    'SearchAgreements',
  ])
  expect(await waiting()).toEqual([])
  expect((await read()).runs).toMatchObject([{ repaired: 0, contradictions: 0, calls: 3, stopped: null }])
})

test('an hour has one reconciliation, whoever asks; one that was cut off is nobody’s for a quarter of an hour, and then goes on where it was', async () => {
  await world.buy({})
  await world.pass(HOUR)
  await Promise.all([reconcile(world.edge), reconcile(world.edge), reconcile(world.edge)])
  expect((await read()).runs).toMatchObject([{ number: 1 }])
  world.clock.business += 59 * MINUTE
  await reconcile(world.edge)
  expect((await read()).runs).toHaveLength(1)

  world.clock.business += MINUTE
  await env.DB.prepare(
    `INSERT INTO reconciliations (started_ms, lease_ms, cursor) VALUES (?, ?, '{"phase":2,"after":null}')`,
  )
    .bind(world.clock.business, world.clock.business + 15 * MINUTE)
    .run()
  world.clock.business += 15 * MINUTE - 1
  world.calls.length = 0
  await reconcile(world.edge)
  expect(world.calls).toEqual([])
  world.clock.business += 1
  await reconcile(world.edge)
  // The first product's lists were read before.
  expect(world.calls).toEqual(['SearchAgreements'])
  expect((await read()).runs[0]).toMatchObject({ number: 2, finishedMs: world.clock.business })
})

test('more than one minute’s cron may ask for goes on with the next, and none asks more than 150 times', async () => {
  world.losing = true
  for (let n = 0; n < 60; n += 1) {
    const bought = world.do({ kind: 'subscribe', product: 'subscription', account: account(n) })
    if (!bought.ok) throw new Error(bought.error.message)
  }
  for (let n = 60; n < 120; n += 1)
    world.do({ kind: 'subscribe', product: 'subscription', account: account(n) })
  await world.pass(HOUR)
  world.losing = false
  const parts = await world.reconcile()
  const [run] = (await read()).runs
  expect([parts > 1, run?.repaired]).toEqual([true, 240])
  expect((run?.calls ?? 0) / parts).toBeLessThan(150)
})

test.each(['throttle', 'internal_error_before_commit', 'lost_reply'] as const)(
  'when AWS answers with %s in the middle it stops, says so, and goes on there in an hour with nothing lost',
  async (kind) => {
    world.losing = true
    for (let n = 0; n < 3; n += 1) await world.buy({ account: account(n) })
    await world.pass(HOUR)
    world.losing = false
    world.do({ kind: 'set_fault', fault: { kind }, on: 'GetAgreementEntitlements', count: 1 })
    await world.reconcile()
    const found = await read()
    expect(found.runs).toMatchObject([{ finishedMs: null, stopped: expect.any(String) }])
    world.calls.length = 0
    await reconcile(world.edge)
    expect(world.calls).toEqual([])
    world.clock.business += HOUR
    world.clock.wall += HOUR
    await world.reconcile()
    expect((await read()).runs).toMatchObject([{ finishedMs: world.clock.business, repaired: 6 }])
  },
)

test('who bought and never came is kept and shown, and is served the moment the token comes', async () => {
  world.losing = true
  const bought = world.do({ kind: 'subscribe', product: 'subscription', account: account(1) })
  if (!bought.ok) throw new Error(bought.error.message)
  await world.pass(HOUR)
  world.losing = false
  await world.reconcile()
  expect((await read()).unknown).toMatchObject([
    { agreementId: bought.value.agreementId, account: account(1) },
  ])
  expect(await rows('SELECT id FROM subscriptions')).toEqual([])
  expect(await waiting()).toHaveLength(2)

  const visit = world.do({ kind: 'visit', agreementId: bought.value.agreementId })
  if (!visit.ok) throw new Error(visit.error.message)
  await world.arrive(visit.value)
  await world.cron()
  expect(await rows('SELECT state FROM subscriptions')).toEqual([{ state: 'active' }])
  expect((await read()).unknown).toEqual([])
})

test('what was over before Tollgate heard of it is none of its business', async () => {
  world.losing = true
  const bought = world.do({ kind: 'subscribe', product: 'subscription', account: account(1) })
  if (!bought.ok) throw new Error(bought.error.message)
  await world.pass(HOUR)
  world.do({ kind: 'cancel', agreementId: bought.value.agreementId, by: 'buyer' })
  await world.pass(HOUR)
  world.losing = false
  await world.reconcile()
  expect([await waiting(), (await read()).unknown]).toEqual([[], []])
})

test('a contract that was replaced before we heard of it is asked about once a day, not each hour', async () => {
  world.losing = true
  const old = await world.buy({ account: account(1), ...CONTRACT })
  await world.pass(HOUR)
  await world.live(old, {
    act: 'replace',
    bought: [{ dimension: 'team_users', quantity: 50 }],
    license: 'new',
  })
  await world.pass(HOUR)
  world.losing = false
  await world.reconcile()
  await world.pass(DAY)
  for (let hour = 0; hour < 8; hour += 1) await world.pass(HOUR)
  const [first, second] = await rows<{ due_ms: number; why: string }>(
    "SELECT due_ms, detail ->> '$.access.why' AS why FROM subscriptions ORDER BY created_ms, rowid",
  )
  expect([first?.why, second?.why]).toEqual(['no-entitlement', 'active'])
  expect((first?.due_ms ?? 0) - world.clock.business).toBeGreaterThan(HOUR)
})

test('an event younger than a quarter of an hour is on its way, and not missed', async () => {
  world.losing = true
  await world.buy({})
  await world.pass(14 * MINUTE)
  await world.reconcile()
  expect(await waiting()).toEqual([])
})

test('a contradiction is shown, told once it lasts, and writes nothing', async () => {
  const told = { ...world.edge.settings, techAdminTopicArn: 'arn:aws:sns:us-east-1:123456789012:tollgate' }
  world.edge = { ...world.edge, settings: told }
  const agreementId = await world.buy({})
  await world.pass(HOUR)
  const agreement = world.state.agreements[agreementId]
  if (agreement === undefined) throw new Error('no agreement')
  Object.assign(agreement, { account: account(9) })
  const alerts = () => rows("SELECT kind FROM outbox WHERE kind LIKE 'reconciliation.%'")
  await world.reconcile()
  expect(await alerts()).toEqual([])
  expect((await read()).contradictions).toMatchObject([
    { agreementId, finding: expect.stringContaining('its license came here with the account') },
  ])
  for (let hour = 0; hour < 3; hour += 1) {
    await world.pass(HOUR)
    await world.reconcile()
  }
  expect(await alerts()).toEqual([{ kind: 'reconciliation.contradicted' }])
  expect(await waiting()).toEqual([])
  Object.assign(agreement, { account: '000011112222' })
  await world.pass(HOUR)
  await world.reconcile()
  expect((await read()).contradictions).toEqual([])
})

test('an agreement AWS will not tell of stands in the way of no other, and is shown', async () => {
  world.losing = true
  const ids = [await world.buy({ account: account(1) }), await world.buy({ account: account(2) })]
  await world.pass(HOUR)
  world.losing = false
  const fault = { kind: 'refused', code: 'ValidationException' } as const
  world.do({ kind: 'set_fault', fault, on: 'GetAgreementEntitlements', count: 1 })
  await world.reconcile()
  const { contradictions, runs, repairs } = await read()
  expect([
    runs[0]?.stopped,
    contradictions.length,
    new Set(repairs.map((one) => one.agreementId)).size,
  ]).toEqual([null, 1, 1])
  expect(ids).toContain(contradictions[0]?.agreementId)
  await world.pass(HOUR)
  await world.reconcile()
  expect((await read()).contradictions).toEqual([])
  expect(await rows("SELECT id FROM subscriptions WHERE state = 'active'")).toHaveLength(2)
})

test('what a channel partner sells AWS lists to him alone: that it is not listed here contradicts nothing', async () => {
  world.do({ kind: 'set_knobs', knobs: { sellerRole: 'Manufacturer' } })
  await world.buy({})
  await world.pass(2 * HOUR)
  await world.reconcile()
  expect(await read()).toMatchObject({ contradictions: [], repairs: [], runs: [{ stopped: null }] })
  expect(world.calls).not.toContain('DescribeAgreement')
})

test('an agreement of ours that AWS neither lists nor knows is shown, and its subscription goes on', async () => {
  const agreementId = await world.buy({})
  await world.pass(2 * HOUR)
  delete world.state.agreements[agreementId]
  await world.reconcile()
  expect((await read()).contradictions).toMatchObject([{ agreementId, status: 'NOT LISTED' }])
  expect(await rows('SELECT state FROM subscriptions')).toEqual([{ state: 'active' }])
  // Once it is over there is nothing to look at any more, and nobody asks again.
  await env.DB.prepare("UPDATE subscriptions SET state = 'ended'").run()
  expect((await read()).contradictions).toEqual([])
})

test('people are told that events never came: once, with their number', async () => {
  const told = { ...world.edge.settings, techAdminTopicArn: 'arn:aws:sns:us-east-1:123456789012:tollgate' }
  world.edge = { ...world.edge, settings: told }
  world.losing = true
  await world.buy({})
  await world.pass(HOUR)
  await world.reconcile()
  await world.pass(HOUR)
  await world.reconcile()
  expect(
    await rows(
      "SELECT body ->> '$.decision.events' AS events FROM outbox WHERE kind = 'reconciliation.repaired'",
    ),
  ).toEqual([{ events: '2' }])
})

test('calls are paced: a second’s rest after every four (agreement-service-quotas: 5 a second)', async () => {
  let rested = 0
  world.edge = { ...world.edge, pause: async (ms) => void (rested += ms) }
  world.losing = true
  for (let n = 0; n < 20; n += 1)
    world.do({ kind: 'subscribe', product: 'subscription', account: account(n) })
  await world.pass(HOUR)
  await reconcile(world.edge)
  const [run] = (await read()).runs
  expect(rested).toBe(1_000 * Math.floor(((run?.calls ?? 0) - 1) / 4))
  expect(run?.calls).toBe(23)
})
