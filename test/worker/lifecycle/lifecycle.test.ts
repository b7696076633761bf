/** From AWS's queue to the state of a subscription and the order to its Ledger. Design §5.3–5.4; G.3 row 53. */
import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Order } from '../../../shared/ledger/order.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import { createApp } from '../../../worker/app.ts'
import { arrive as storeArrival } from '../../../worker/db/registrations.ts'
import type { Edge } from '../../../worker/env.ts'
import { pollEvents } from '../../../worker/lifecycle/poll.ts'
import { refreshSubscription } from '../../../worker/lifecycle/refresh.ts'
import { nextSweep, sweepSubscriptions } from '../../../worker/lifecycle/sweep.ts'
import { Browser, customer, licenseArn, PRODUCT_CODE, SUBSCRIPTION_CODE } from '../landing/browser.ts'
import { awsError, clockAt, edgeAt, migrate, type TestClock } from '../support.ts'
import { created, deprovisioned, ended, event, openMarketplace, updated } from './marketplace.ts'

let clock: TestClock
let edge: Edge
let market: ReturnType<typeof openMarketplace>

beforeEach(async () => {
  await migrate()
  clock = clockAt('2026-11-21T14:30:00Z')
  edge = edgeAt(clock)
  market = openMarketplace()
  market.resolve = () => Response.json(customer())
  vi.stubGlobal('fetch', market.fetch)
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockReturnValue()
})

afterEach(async () => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  await reset()
})

async function arrive(token = 't'): Promise<void> {
  await new Browser(createApp(edge)).arrive(token)
}

/** What cron does of it. */
async function poll(...bodies: string[]): Promise<void> {
  market.put(...bodies)
  await pollEvents(edge)
  await sweepSubscriptions(edge)
}

const rows = async <T>(sql: string): Promise<T[]> => (await env.DB.prepare(sql).all<T>()).results

async function only(): Promise<{
  id: SubscriptionId
  state: string
  agreement_id: string | null
  version: number
}> {
  const [row, ...more] = await rows<{
    id: SubscriptionId
    state: string
    agreement_id: string | null
    version: number
  }>('SELECT id, state, agreement_id, version FROM subscriptions')
  if (!row || more.length > 0) throw new Error('not exactly one subscription')
  return row
}

const orders = async (): Promise<Order[]> =>
  (await rows<{ body: string }>('SELECT body FROM orders ORDER BY subscription, version')).map(({ body }) =>
    JSON.parse(body),
  )

const T = (time: string) => `2026-11-21T${time}Z`
const ms = (time: string) => Date.parse(T(time))

test('License Updated after the POST activates, and the order says since when and under which identity', async () => {
  await arrive()
  expect(await orders()).toEqual([])
  await poll(created(T('14:23:22')), updated(T('14:24:23')))
  const { id } = await only()
  expect(await only()).toMatchObject({ state: 'active', agreement_id: 'agmt-1' })
  expect(await orders()).toEqual([
    {
      subscription: id,
      version: 2,
      product: 'subscription',
      productCode: '4dz8m1rf6yq2w7kx9p3vc5hn0',
      account: '012345678901',
      agreementStart: ms('14:23:22'),
      activation: ms('14:24:23'),
      life: 1,
      ending: null,
      end: null,
      identities: [
        {
          kind: 'license',
          licenseArn: licenseArn('a'),
          account: '012345678901',
          fromHour: 0,
          region: 'us-east-1',
        },
      ],
      kinds: [{ fromHour: 0, kind: 'license' }],
      plans: [],
      trial: null,
      amounts: {},
      predecessor: null,
    },
  ])
})

test('License Updated before the POST waits in the inbox and activates with the POST (facts §1.3)', async () => {
  await poll(created(T('14:23:22')), updated(T('14:24:23')))
  expect(await rows('SELECT state FROM inbox')).toEqual([{ state: 'waiting' }, { state: 'waiting' }])
  expect(await rows('SELECT id FROM subscriptions')).toEqual([])
  await arrive()
  expect((await only()).state).toBe('active')
  expect(await rows('SELECT state FROM inbox')).toEqual([{ state: 'applied' }, { state: 'applied' }])
  expect((await orders()).map((order) => [order.activation, order.agreementStart])).toEqual([
    [ms('14:24:23'), ms('14:23:22')],
  ])
})

const life = [
  created(T('14:23:22'), { id: 'p1' }),
  updated(T('14:24:23'), { id: 'p2' }),
  ended(T('14:24:57'), { id: 'p3' }),
  deprovisioned(T('14:25:28'), { id: 'p4' }),
]
const permutations = <X>(of: readonly X[]): X[][] =>
  of.length < 2
    ? [[...of]]
    : of.flatMap((one, i) =>
        permutations([...of.slice(0, i), ...of.slice(i + 1)]).map((rest) => [one, ...rest]),
      )

test('a whole life in any order, one by one and then all again, with the POST anywhere, ends in the same order', async () => {
  const seen = new Set<string>()
  for (const [n, order] of permutations(life).entries()) {
    for (const [i, body] of order.entries()) {
      if (i === n % 5) await arrive()
      await poll(body)
    }
    if (n % 5 === 4) await arrive()
    await poll(...order)
    const { id, state } = await only()
    const last = (await orders()).at(-1)
    seen.add(JSON.stringify([state, { ...last, version: 0, subscription: '' }]))
    for (const table of ['orders', 'identities', 'registrations', 'contacts', 'inbox', 'subscriptions']) {
      await env.DB.exec(`DELETE FROM ${table}`)
    }
    expect(id).toMatch(/^sub_/)
  }
  expect([...seen].map((one) => JSON.parse(one))).toEqual([
    [
      'ended',
      expect.objectContaining({
        activation: ms('14:24:23'),
        ending: { at: ms('14:24:57') },
        end: { at: ms('14:25:28'), takeUntil: ms('14:35:28'), cause: 'deprovisioned' },
      }),
    ],
  ])
}, 30_000)

test('an event that is delivered again, because its deletion failed, is counted once', async () => {
  await arrive()
  market.deleteFails = true
  await poll(updated(T('14:24:23')))
  market.reappear()
  market.deleteFails = false
  const before = await only()
  await poll()
  expect(await rows('SELECT count(*) AS n FROM inbox')).toEqual([{ n: 1 }])
  expect(await only()).toEqual(before)
  expect(await orders()).toHaveLength(1)
})

test('a message is deleted only after its event is stored', async () => {
  await arrive()
  market.put(updated(T('14:24:23')))
  const storedBefore: unknown[] = []
  market.beforeDelete = async () => void storedBefore.push(...(await rows('SELECT state FROM inbox')))
  await pollEvents(edge)
  expect(storedBefore).toEqual([{ state: 'waiting' }])
})

test('a queue of 95 events is drained in one run', async () => {
  market.put(
    ...Array.from({ length: 95 }, (_, n) =>
      updated(T('14:24:23'), { license: licenseArn((n % 10).toString()) }),
    ),
  )
  expect(await pollEvents(edge)).toBe(95)
  expect(market.queue).toEqual([])
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
    'an advisory',
    event('Purchase Agreement Advisory Issued - Manufacturer', T('14:24:23')),
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
    await arrive()
    const before = await only()
    await poll(body)
    expect(await rows('SELECT state, note, body FROM inbox')).toEqual([{ state: 'kept', note, body }])
    expect(await only()).toEqual(before)
    expect(market.queue).toEqual([])
  },
)

test('Ended with CANCELLED is the end 45 minutes later if Deprovisioned never comes (money §6)', async () => {
  await arrive()
  await poll(updated(T('14:24:23')), ended(T('14:29:00')))
  expect((await only()).state).toBe('ending')
  expect(await nextSweep(edge)).toBe(ms('15:14:00'))

  clock.business = ms('15:14:00') - 1
  await sweepSubscriptions(edge)
  expect((await only()).state).toBe('ending')
  clock.business = ms('15:14:00')
  await sweepSubscriptions(edge)
  expect((await only()).state).toBe('ended')
  expect((await orders()).map((order) => order.end)).toEqual([
    null,
    { at: ms('15:14:00'), takeUntil: ms('15:19:00'), cause: 'presumed' },
  ])
  expect(await nextSweep(edge)).toBeNull()
})

test.each(['RENEWED', 'REPLACED'])('Ended with %s changes nothing', async (status) => {
  await arrive()
  await poll(updated(T('14:24:23')))
  await poll(ended(T('14:29:00'), { status }))
  expect((await only()).state).toBe('active')
  expect(await orders()).toHaveLength(1)
  expect(await nextSweep(edge)).toBeNull()
})

test('the state says ended in the same batch that writes the order of the end (design §5.4)', async () => {
  await arrive()
  await poll(updated(T('14:24:23')), deprovisioned(T('14:29:00')))
  expect(await rows('SELECT s.state FROM subscriptions s JOIN orders o ON o.version = s.version')).toEqual([
    { state: 'ended' },
  ])
})

test('two agreements of one account: each event reaches its own subscription only', async () => {
  await arrive('t1')
  market.resolve = () => Response.json(customer({ LicenseArn: licenseArn('b') }))
  await arrive('t2')
  await poll(
    updated(T('14:20:00'), { agreement: 'agmt-1', license: licenseArn('a') }),
    updated(T('14:21:00'), { agreement: 'agmt-2', license: licenseArn('b') }),
    ended(T('14:22:00'), { agreement: 'agmt-2' }),
    deprovisioned(T('14:22:31'), { agreement: 'agmt-2', license: licenseArn('b') }),
  )
  expect(await rows('SELECT license_tail, state FROM subscriptions ORDER BY license_tail')).toEqual([
    { license_tail: `l-${'a'.repeat(32)}`, state: 'active' },
    { license_tail: `l-${'b'.repeat(32)}`, state: 'ended' },
  ])
})

test('an agreement event whose license nobody knows yet waits and is never guessed by the account', async () => {
  await arrive()
  await poll(updated(T('14:24:23')), ended(T('14:25:00'), { agreement: 'agmt-unknown' }))
  expect((await only()).state).toBe('active')
  expect(await rows("SELECT state FROM inbox WHERE agreement_id = 'agmt-unknown'")).toEqual([
    { state: 'waiting' },
  ])
})

test('a renewal under a new license names the subscription it follows (money §4)', async () => {
  await arrive('t1')
  await poll(updated(T('14:20:00')))
  const first = await only()
  market.resolve = () => Response.json(customer({ LicenseArn: licenseArn('b') }))
  await arrive('t2')
  await poll(
    created(T('14:21:00'), { agreement: 'agmt-2', previous: 'agmt-1' }),
    updated(T('14:22:00'), { agreement: 'agmt-2', license: licenseArn('b') }),
  )
  const last = (await orders()).find((order) =>
    order.identities.some((one) => JSON.stringify(one).includes('l-bbbb')),
  )
  expect(last?.predecessor).toBe(first.id)
})

test('a license that changes within its agreement adds an identity from the next full hour, and stays one purchase', async () => {
  await arrive('t1')
  await poll(updated(T('14:20:00')), updated(T('14:25:00'), { license: licenseArn('b') }))
  const identities = (await orders())
    .at(-1)
    ?.identities.map((one) => [one.kind === 'license' && one.licenseArn, one.fromHour])
  expect(identities).toEqual([
    [licenseArn('a'), 0],
    [licenseArn('b'), ms('15:00:00')],
  ])
  market.resolve = () => Response.json(customer({ LicenseArn: licenseArn('b') }))
  await arrive('t2')
  expect(await only()).toMatchObject({ state: 'active' })
})

test('writers that meet on one purchase lose nothing: each order has its own version, the last is whole', async () => {
  await arrive()
  market.put(created(T('14:23:22')), updated(T('14:24:23')))
  await pollEvents(edge)
  const { id } = await only()
  await Promise.all(Array.from({ length: 6 }, () => refreshSubscription(edge, id)))
  const all = await orders()
  expect(all.map((order) => order.version)).toEqual([2])
  expect((await only()).version).toBe(2)
})

test('a registration that was stored, but whose request went no further, is completed by the next minute', async () => {
  market.put(updated(T('14:24:23')))
  await pollEvents(edge)
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
    now: clock.business,
  })
  expect((await only()).state).toBe('pending')
  await sweepSubscriptions(edge)
  expect((await only()).state).toBe('active')
  expect(await orders()).toHaveLength(1)
})

test('one subscription that cannot be computed stops no other and is looked at again later', async () => {
  await arrive('t1')
  market.resolve = () => Response.json(customer({ LicenseArn: licenseArn('b') }))
  await arrive('t2')
  await env.DB.exec(
    `UPDATE subscriptions SET detail = 'broken', due_ms = 1 WHERE license_tail = 'l-${'a'.repeat(32)}'`,
  )
  await poll(updated(T('14:24:23'), { agreement: 'agmt-2', license: licenseArn('b') }))
  expect(await rows('SELECT state, due_ms FROM subscriptions ORDER BY license_tail')).toEqual([
    { state: 'pending', due_ms: clock.business + 300_000 },
    { state: 'active', due_ms: null },
  ])
})

const grants = (...list: readonly [string, number][]) =>
  Response.json({
    Entitlements: list.map(([Dimension, IntegerValue]) => ({
      ProductCode: PRODUCT_CODE,
      Dimension,
      CustomerAWSAccountId: '012345678901',
      LicenseArn: licenseArn('a'),
      Value: { IntegerValue },
      ExpirationDate: 1826791200,
    })),
  })

const contract = { license: licenseArn('a'), code: PRODUCT_CODE }

test('a contract is active once GetEntitlements has something, and asks again while it is empty', async () => {
  market.resolve = () => Response.json(customer({ ProductCode: PRODUCT_CODE }))
  await arrive()
  await poll(updated(T('14:24:23'), contract))
  expect((await only()).state).toBe('pending')
  expect(await nextSweep(edge)).toBe(clock.business + 60_000)

  clock.business += 60_000
  market.entitlements = () => awsError('ThrottlingException')
  await sweepSubscriptions(edge)
  expect(await nextSweep(edge)).toBe(clock.business + 120_000)

  clock.business += 120_000
  market.entitlements = () => grants(['team_users', 10])
  await sweepSubscriptions(edge)
  expect((await only()).state).toBe('active')
  expect(await nextSweep(edge)).toBeNull()
  expect((await orders()).map((order) => [order.activation, order.plans, order.amounts])).toEqual([
    [ms('14:24:23'), [{ fromHour: 0, plan: 'team' }], { team_users: '10', enterprise_users: '0' }],
  ])
})

test('GetEntitlements is asked in us-east-1 for the license alone, and every page is read', async () => {
  market.resolve = () => Response.json(customer({ ProductCode: PRODUCT_CODE }))
  await arrive()
  let page = 0
  market.entitlements = () => {
    page += 1
    return page === 1
      ? Response.json({ Entitlements: [], NextToken: 'more' })
      : grants(['enterprise_users', 25])
  }
  await poll(updated(T('14:24:23'), contract))
  const asked = market.calls.filter((call) => call.target === 'GetEntitlements')
  expect(asked.map(({ url, body }) => [url, body])).toEqual([
    [
      'https://entitlement.marketplace.us-east-1.amazonaws.com/',
      { ProductCode: PRODUCT_CODE, Filter: { LICENSE_ARN: [licenseArn('a')] }, MaxResults: 25 },
    ],
    [
      'https://entitlement.marketplace.us-east-1.amazonaws.com/',
      {
        ProductCode: PRODUCT_CODE,
        Filter: { LICENSE_ARN: [licenseArn('a')] },
        MaxResults: 25,
        NextToken: 'more',
      },
    ],
  ])
  expect((await orders()).at(-1)?.plans).toEqual([{ fromHour: 0, plan: 'enterprise' }])
})

test('a changed contract changes amounts at once and the plan from the next hour on (money §4)', async () => {
  market.resolve = () => Response.json(customer({ ProductCode: PRODUCT_CODE }))
  await arrive()
  market.entitlements = () => grants(['team_users', 10])
  await poll(updated(T('14:24:23'), contract))
  market.entitlements = () => grants(['team_users', 0], ['enterprise_users', 50])
  clock.business = ms('16:40:00')
  await poll(updated(T('16:39:00'), contract))
  expect((await orders()).at(-1)).toMatchObject({
    activation: ms('14:24:23'),
    amounts: { team_users: '0', enterprise_users: '50' },
    plans: [
      { fromHour: 0, plan: 'team' },
      { fromHour: ms('17:00:00'), plan: 'enterprise' },
    ],
  })
})

test('an empty answer about a running contract takes nothing away: only Deprovisioned ends access', async () => {
  market.resolve = () => Response.json(customer({ ProductCode: PRODUCT_CODE }))
  await arrive()
  market.entitlements = () => grants(['team_users', 10])
  await poll(updated(T('14:24:23'), contract))
  market.entitlements = () => Response.json({ Entitlements: [] })
  await poll(updated(T('14:29:00'), contract))
  expect((await only()).state).toBe('active')
  expect((await orders()).at(-1)?.amounts).toEqual({ team_users: '10', enterprise_users: '0' })
  for (let asked = 0; asked < 20; asked += 1) {
    clock.business = (await nextSweep(edge)) ?? clock.business
    await sweepSubscriptions(edge)
  }
  expect(await nextSweep(edge)).toBeNull()
})

test('a pay-as-you-go product never asks for entitlements (facts §1.3)', async () => {
  await arrive()
  await poll(updated(T('14:24:23')))
  expect(market.calls.filter((call) => call.target === 'GetEntitlements')).toEqual([])
})
