/** What a buyer may use now, as the seller's application is told it: design §5.4, §8; issue line 4. */
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { HOUR_MS, hourOf, monthOf } from '../../../shared/hour.ts'
import type { DimensionUsage, MonthUsage } from '../../../shared/ledger/ledger.ts'
import { createApp } from '../../../worker/app.ts'
import type { Shown } from '../../../worker/db/subscriptions.ts'
import { entitlementsOf } from '../../../worker/entitlements/entitlements.ts'
import { runScheduled } from '../../../worker/scheduled.ts'
import { seller } from '../../../worker/seller.ts'
import { customer, PRODUCT_CODE } from '../landing/browser.ts'
import { deprovisioned, ended } from '../lifecycle/marketplace.ts'
import { addKey, buy, FREE_TRIAL, nowOf, owns, use, useStage } from './stage.ts'

const stage = useStage()
const CALLS = 1_000_000n

type Answer = ReturnType<typeof entitlementsOf>

const TEAM = ['ai_skill_discovery', 'basic_analytics', 'team_collaboration', 'email_support']

test('a paying buyer is told plan, features, limits, what is included and, to the last call, what is left of it', async () => {
  const id = await buy(stage)
  await use(stage, id, 'api_calls', 1_234n * CALLS)
  expect(await stage.json(`/subscriptions/${id}/entitlements`)).toEqual({
    subscription: id,
    product: 'subscription',
    account: '012345678901',
    access: true,
    why: 'active',
    plan: 'team',
    nextPlan: null,
    trial: null,
    features: TEAM,
    limits: [{ meter: 'users', unit: 'user', max: '50', per: null, used: '0', left: '50' }],
    entitlements: [],
    usage: {
      month: nowOf(stage).slice(0, 7),
      dimensions: [
        {
          dimension: 'team_users',
          title: 'User of the Team plan in a month',
          meter: 'users',
          unit: 'user',
          used: '0',
          included: null,
          left: null,
        },
        {
          dimension: 'api_calls_1k',
          title: '1,000 API calls beyond the plan',
          meter: 'api_calls',
          unit: 'call',
          used: '1234',
          included: { amount: '10000', per: 'month' },
          left: '8766',
        },
        {
          dimension: 'storage_gb_month',
          title: 'GB of storage for a month, beyond the plan',
          meter: 'storage_gb',
          unit: 'GB-month',
          used: '0',
          included: { level: '10' },
          left: null,
        },
      ],
    },
  } satisfies Answer)
})

test('on trial the limits are the trial’s: 5 users, 1,000 calls in its term, 1 GB; what was used counts at once', async () => {
  stage.market.terms = FREE_TRIAL
  const id = await buy(stage)
  await use(stage, id, 'api_calls', 999n * CALLS)
  const limits = async () => (await stage.json<Answer>(`/subscriptions/${id}/entitlements`)).limits
  expect(await limits()).toEqual([
    { meter: 'users', unit: 'user', max: '5', per: null, used: '0', left: '5' },
    { meter: 'api_calls', unit: 'call', max: '1000', per: 'term', used: '999', left: '1' },
    { meter: 'storage_gb', unit: 'GB', max: '1', per: null, used: null, left: null },
  ])
  await use(stage, id, 'api_calls', 5n * CALLS)
  expect((await limits())[1]).toMatchObject({ used: '1004', left: '0' })
  const { why, plan, features, trial } = await stage.json<Answer>(`/subscriptions/${id}/entitlements`)
  expect([why, plan, features]).toEqual(['trial', 'team', TEAM])
  expect(trial).toMatchObject({ converted: false })
})

const HOUR = hourOf(Date.parse('2026-11-02T10:00:00Z'))
const START = Date.parse('2026-10-28T10:20:00Z')

const row = (over: Partial<Shown>, why: string, granted = true): Shown => ({
  id: 'sub_0000000000000000000001',
  product: 'subscription',
  productCode: 'x',
  account: '012345678901',
  licenseArn: null,
  agreementId: null,
  state: 'active',
  plan: null,
  workspace: null,
  entitlements: null,
  createdMs: 0,
  detail: JSON.stringify({
    life: 1,
    activation: START,
    access: { granted, since: START, why },
    trial: { endsAt: 1, graceUntil: 2, converted: false, paid: null, reminder: null },
  }),
  ...over,
})

const counted = (dimension: string, meter: string, hours: readonly [number, string][]): DimensionUsage => ({
  dimension,
  meter,
  metered: true,
  counted: '0',
  covered: '0',
  includedLeft: null,
  due: '0',
  frozen: '0',
  billed: '0',
  open: '0',
  unbilled: '0',
  owed: '0',
  residue: '0',
  waiting: null,
  hours: hours.map(([hour, counted]) => ({ hour, counted, quantity: null, state: null })),
})

const month = (at: number, dimensions: readonly DimensionUsage[], grace: readonly [string, string][]) =>
  ({
    month: monthOf(at),
    revision: 1,
    dimensions,
    setAside: grace.map(([meter, amount]) => ({ meter, hour: HOUR, reason: 'grace', amount })),
    refused: [],
  }) satisfies MonthUsage

test('a trial’s term goes across months and on through our days of grace; who was there in both counts once', () => {
  const october = month(
    START,
    [
      counted('api_calls_1k', 'api_calls', [
        [hourOf(START) - HOUR_MS, '7000'],
        [hourOf(START), '300'],
      ]),
      counted('team_users', 'users', [[hourOf(START), '4']]),
    ],
    [],
  )
  const november = month(
    HOUR,
    [counted('api_calls_1k', 'api_calls', [[HOUR, '200']]), counted('team_users', 'users', [[HOUR, '3']])],
    [
      ['api_calls', '50'],
      ['users', '4'],
    ],
  )
  const { limits } = entitlementsOf(row({}, 'grace'), seller, [october, november])
  expect(limits.map(({ meter, used, left }) => [meter, used, left])).toEqual([
    ['users', '4', '1'],
    ['api_calls', '550', '450'],
    ['storage_gb', null, null],
  ])
})

test.each(['setting-up', 'payment-pending', 'payment-failed', 'no-entitlement', 'ended', 'trial-over'])(
  'without access (%s) there is nothing to use: no feature, no limit, nothing bought',
  (why) => {
    const { access, features, limits, entitlements, plan } = entitlementsOf(row({}, why, false), seller, null)
    expect({ access, features, limits, entitlements, plan }).toEqual({
      access: false,
      features: [],
      limits: [],
      entitlements: [],
      plan: 'team',
    })
  },
)

test('a trial that is cancelled keeps its limits while access lasts; one that went on paid has the plan’s, to its end too', () => {
  const END = START + 1_000
  const limitOf = (why: string, ending: number | null) => {
    const trial = { endsAt: END, graceUntil: END, converted: false, paid: null, reminder: null }
    const access = { granted: true, since: START, why }
    const detail = {
      life: 1,
      activation: START,
      access,
      trial,
      ending: ending === null ? null : { at: ending },
    }
    return entitlementsOf(row({ detail: JSON.stringify(detail) }, why), seller, null).limits[0]?.max
  }
  expect([
    limitOf('trial', null),
    limitOf('ending', END - 1),
    limitOf('grace', END),
    limitOf('active', null),
    limitOf('ending', END),
  ]).toEqual(['5', '5', '5', '50', '50'])
})

test('a contract says what was bought, how much and until when it renews', async () => {
  stage.market.resolve = () => Response.json(customer({ ProductCode: PRODUCT_CODE }))
  stage.market.entitlements = owns('enterprise_users', 25)
  const id = await buy(stage, { code: PRODUCT_CODE })
  expect(await stage.json(`/subscriptions/${id}/entitlements`)).toMatchObject({
    access: true,
    plan: 'enterprise',
    limits: [{ meter: 'users', max: 'unlimited', left: 'unlimited', used: null }],
    entitlements: [
      {
        dimension: 'enterprise_users',
        title: 'User of the Enterprise plan',
        quantity: '25',
        value: 25,
        expiresAt: '2027-11-21T10:00:00.000Z',
      },
    ],
    usage: {
      dimensions: [
        { dimension: 'api_calls_1k', included: 'unlimited', left: 'unlimited' },
        { dimension: 'storage_gb_month', included: { level: '100' }, left: null },
      ],
    },
  })
})

test('what a webhook says of a subscription is what GET answers', async () => {
  stage.edge = {
    ...stage.edge,
    settings: { ...stage.edge.settings, webhookUrl: 'https://app.example/hooks' },
  }
  stage.app = createApp(stage.edge)
  const id = await buy(stage)
  const told = await env.DB.prepare("SELECT body FROM outbox WHERE kind = 'subscription.granted'").first<{
    body: string
  }>()
  expect(JSON.parse(told?.body ?? '{}').subscription).toEqual(await stage.json(`/subscriptions/${id}`))
})

test('after an end there is no access, and what was used is still told', async () => {
  const id = await buy(stage)
  await use(stage, id, 'api_calls', 3n * CALLS)
  stage.market.put(ended(nowOf(stage)), deprovisioned(nowOf(stage)))
  await runScheduled(stage.edge)
  expect(await stage.json(`/subscriptions/${id}/entitlements`)).toMatchObject({
    access: false,
    why: 'ended',
    features: [],
    usage: { dimensions: [{}, { used: '3' }, {}] },
  })
})

test('a Ledger that does not answer takes usage out of the answer, not access', async () => {
  const id = await buy(stage)
  const broken = { getByName: () => ({ usage: () => Promise.reject(new Error('away')) }) }
  const ledgers = Object.assign(Object.create(stage.edge.settings.ledgers), broken)
  stage.app = createApp({ ...stage.edge, settings: { ...stage.edge.settings, ledgers } })
  expect(await stage.json(`/subscriptions/${id}/entitlements`)).toMatchObject({
    access: true,
    features: TEAM,
    limits: [{ max: '50', used: null, left: null }],
    usage: null,
  })
})

test.each(['', '/entitlements'])(
  'GET /v1/subscriptions/{id}%s: the ETag is the same while the body is, and 304 then; it is another once that changes',
  async (path) => {
    const id = await buy(stage)
    const first = await stage.get(`/subscriptions/${id}${path}`)
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toMatch(/^"[\w-]{24}"$/)
    expect(first.headers.get('cache-control')).toBe('private, max-age=30')
    expect(first.headers.get('vary')).toBe('Authorization')
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await stage.get(`/subscriptions/${id}${path}`, { 'if-none-match': known })
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag])
    }
    expect((await stage.get(`/subscriptions/${id}${path}`, { 'if-none-match': '"other"' })).status).toBe(200)

    await env.DB.prepare("UPDATE subscriptions SET plan = 'enterprise'").run()
    const changed = await stage.get(`/subscriptions/${id}${path}`, { 'if-none-match': etag })
    expect([changed.status, changed.headers.get('etag') === etag]).toEqual([200, false])
  },
)

test('a buyer’s subscriptions are listed by account, page by page; an account nobody bought with has none', async () => {
  const id = await buy(stage)
  const path = '/buyers/012345678901/subscriptions'
  const answer = {
    account: '012345678901',
    subscriptions: [await stage.json(`/subscriptions/${id}`)],
    next: null,
  }
  const list = await stage.get(path)
  expect(await list.json()).toEqual(answer)
  expect(await stage.json(`${path}?limit=1`)).toEqual({ ...answer, next: id })
  expect(await stage.json(`${path}?after=${id}`)).toEqual({ ...answer, subscriptions: [] })
  expect(await stage.json(`${path}?state=ended`)).toEqual({ ...answer, subscriptions: [] })
  const known = { 'if-none-match': list.headers.get('etag') ?? '' }
  expect((await stage.get(path, known)).status).toBe(304)
  expect(await stage.json('/buyers/999999999999/subscriptions')).toEqual({
    account: '999999999999',
    subscriptions: [],
    next: null,
  })
})

test.each([
  '/buyers/12345678901/subscriptions',
  '/buyers/0123456789012/subscriptions',
  '/buyers/01234567890x/subscriptions',
  '/buyers/012345678901/subscriptions?limit=0',
  '/buyers/012345678901/subscriptions?account=012345678901',
])('%s is 400 with a sentence', async (path) => {
  const response = await stage.get(path)
  expect([response.status, await response.json()]).toMatchObject([400, { code: 'bad-parameter' }])
})

test('a key of another product sees none of it, in the words for what does not exist (G.3 row 35)', async () => {
  const id = await buy(stage)
  const foreign = { authorization: `Bearer ${await addKey('foreign', ['contract'])}` }
  for (const path of ['', '/entitlements']) {
    const seen = await stage.get(`/subscriptions/${id}${path}`, foreign)
    const none = await stage.get(`/subscriptions/sub_${'0'.repeat(22)}${path}`)
    expect([seen.status, await seen.text()]).toEqual([404, await none.text()])
  }
  const list = await stage.get('/buyers/012345678901/subscriptions', foreign)
  expect(await list.json()).toMatchObject({ subscriptions: [] })
  const narrow = await stage.get('/buyers/012345678901/subscriptions', {
    authorization: `Bearer ${stage.narrow}`,
  })
  expect(await narrow.json()).toMatchObject({ subscriptions: [{ id }] })
  for (const path of [`/subscriptions/${id}/entitlements`, '/buyers/012345678901/subscriptions'])
    expect((await stage.get(path, { authorization: '' })).status).toBe(401)
})
