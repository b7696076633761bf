/** What cron writes to CloudWatch: each number true of D1 and the Submitter, one call a minute, and no harm when it fails. */
import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../shared/hour.ts'
import { METRICS } from '../../../shared/stack.ts'
import { countForMetrics } from '../../../worker/db/metrics.ts'
import type { Edge } from '../../../worker/env.ts'
import type { Detail } from '../../../worker/lifecycle/state.ts'
import { tellPeople } from '../../../worker/metering/alarm-notice.ts'
import { publishMetrics } from '../../../worker/metrics/publish.ts'
import { runScheduled } from '../../../worker/scheduled.ts'
import { clockAt, edgeAt, migrate } from '../support.ts'

const NOW = Date.parse('2026-11-21T14:30:00Z')
const clock = clockAt('2026-11-21T14:30:00Z')
const log: string[] = []
const sent: URLSearchParams[] = []
let answer = (): Response => new Response('<PutMetricDataResponse/>')
let edge: Edge

beforeEach(async () => {
  await migrate()
  clock.business = NOW
  log.length = 0
  sent.length = 0
  answer = () => new Response('<PutMetricDataResponse/>')
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line: unknown) => void log.push(String(line)))
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init)
    if (!request.url.startsWith('https://monitoring.us-east-1.amazonaws.com/')) return new Response('{}')
    expect(request.headers.get('authorization')).toContain('/us-east-1/monitoring/aws4_request')
    sent.push(new URLSearchParams(new TextDecoder().decode(await request.arrayBuffer())))
    return answer()
  })
  const plain = edgeAt(clock)
  const metrics = { namespace: METRICS.namespace, deployment: 'blue' }
  edge = { ...plain, settings: { ...plain.settings, metrics } }
})
afterEach(async () => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  await reset()
})

/** Name → value of one call, with its unit. */
const valuesOf = (form: URLSearchParams | undefined): Record<string, string> =>
  Object.fromEntries(
    [...(form ?? [])].flatMap(([key, name]) => {
      const member = /^(MetricData\.member\.\d+)\.MetricName$/.exec(key)?.[1]
      return member === undefined
        ? []
        : [[name, `${form?.get(`${member}.Value`)} ${form?.get(`${member}.Unit`)}`]]
    }),
  )

let made = 0
interface Life {
  readonly state?: 'active' | 'ending' | 'ended'
  readonly activation?: number
  readonly end?: number
  readonly trial?: Pick<NonNullable<Detail['trial']>, 'endsAt' | 'converted' | 'paid'>
  readonly successor?: Detail['successor']
  readonly succeeded?: boolean
}
const buy = async (life: Life, erased: number | null = null): Promise<string> => {
  made += 1
  const id = `sub_${String(made).padStart(22, '0')}`
  const { state = 'active', end, trial, ...rest } = life
  const detail: Partial<Detail> = {
    activation: NOW - 10 * DAY_MS,
    end: end === undefined ? null : { at: end, takeUntil: end, cause: 'deprovisioned' },
    trial: trial === undefined ? null : { ...trial, graceUntil: trial.endsAt, reminder: null },
    successor: null,
    succeeded: false,
    ...rest,
  }
  await env.DB.prepare(
    `INSERT INTO subscriptions (id, product, product_code, account, state, detail, erased_ms, created_ms, updated_ms)
     VALUES (?, 'subscription', 'code', '012345678901', ?, ?, ?, 0, 0)`,
  )
    .bind(id, state, JSON.stringify(detail), erased)
    .run()
  return id
}
const counted = () => countForMetrics(env.DB, NOW)

test('churn is those who paid a day ago and have ended since, and not who went on under another subscription', async () => {
  const trial = { endsAt: NOW + DAY_MS, converted: false, paid: null }
  for (const life of [
    {},
    { state: 'ending' },
    { activation: NOW - DAY_MS },
    { activation: NOW - DAY_MS + 1 },
    { trial },
    { trial: { ...trial, converted: true, paid: 'same' } },
    { state: 'ended', end: NOW - DAY_MS },
    { state: 'ended', end: NOW - DAY_MS + 1 },
    { state: 'ended', end: NOW - HOUR_MS, activation: NOW - 2 * HOUR_MS },
    { state: 'ended', end: NOW - HOUR_MS, successor: 'sub_0000000000000000000099' },
    { state: 'ended', end: NOW - HOUR_MS, succeeded: true },
    { state: 'ended', end: NOW - HOUR_MS, trial },
  ] as const)
    await buy(life)
  await buy({ state: 'ended', end: NOW - HOUR_MS }, NOW)
  expect(await counted()).toMatchObject({ paying: 7, churned: 1 })
})

test('conversion is of the trials whose time was over within 7 days, whoever ended or paid under which license', async () => {
  for (const [endsAt, converted, paid] of [
    [NOW, false, null],
    [NOW + 1, true, 'other'],
    [NOW - 7 * DAY_MS, true, 'same'],
    [NOW - 7 * DAY_MS + 1, true, 'same'],
    [NOW - DAY_MS, true, 'other'],
  ] as const)
    await buy({ trial: { endsAt, converted, paid } })
  await buy({
    state: 'ended',
    end: NOW - 3 * DAY_MS,
    trial: { endsAt: NOW - 1, converted: false, paid: null },
  })
  expect(await counted()).toMatchObject({ trialsOver: 4, converted: 2 })
})

test('tickets are the questions and problems of a day; ideas and praise are none', async () => {
  const id = await buy({})
  for (const [kind, at] of [
    ['question', NOW],
    ['problem', NOW - DAY_MS + 1],
    ['problem', NOW - DAY_MS],
    ['idea', NOW],
    ['praise', NOW],
  ] as const)
    await env.DB.prepare('INSERT INTO feedback (subscription, kind, message, created_ms) VALUES (?, ?, ?, ?)')
      .bind(id, kind, 'x', at)
      .run()
  expect((await counted()).tickets).toBe(2)
})

test('what waits for a person is counted as it stands: parked, doubtful, expired; parked deliveries', async () => {
  for (const state of ['parked', 'doubtful', 'expired', 'moved', 'waiting', 'written off'])
    await env.DB.prepare(
      `INSERT INTO open_records (key, subscription, product, dimension, hour_ms, quantity, state, reason, deadline_ms, revision)
       VALUES (?1, 'sub', 'subscription', 'api_calls_1k', 0, 7, ?1, NULL, 0, 1)`,
    )
      .bind(state)
      .run()
  for (const state of ['parked', 'delivered', 'waiting'])
    await env.DB.prepare(
      `INSERT INTO outbox (id, subscription, channel, kind, key, at_ms, body, state, give_up_ms, created_ms)
       VALUES (?1, 'sub', 'mail', 'subscription.granted', ?1, 0, '{}', ?1, 0, 0)`,
    )
      .bind(state)
      .run()
  expect(await counted()).toMatchObject({ parkedRecords: 3, parkedDeliveries: 1 })
})

test('a subscription that is held up counts once, by what people were told of it within a day', async () => {
  const setUp = Object.assign({}, env, {
    METERING: 'live',
    SESSION_SECRET: btoa('s'.repeat(32)),
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    EVENTS_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/111122223333/events',
    TECH_ADMIN_TOPIC_ARN: 'arn:aws:sns:us-east-1:111122223333:tech-admin',
  })
  const [one, two, three] = [await buy({}), await buy({}), await buy({})]
  for (const [subject, at] of [
    [`held up:${one}:window:50:2026-11-21T20:00Z`, NOW],
    [`held up:${one}:month:75:2026-12-01T00:00Z`, NOW],
    [`held up:${two}:window:92:2026-11-21T20:00Z`, NOW - HOUR_MS],
    [`held up:${three}:window:50:2026-11-20T20:00Z`, NOW - DAY_MS],
    [`stopped:${three}`, NOW],
    [`silent:${three}:users:x`, NOW],
  ] as const)
    await tellPeople(setUp, { subject, message: 'x' }, at)
  expect((await counted()).heldUp).toBe(2)
})

test('nothing is counted by walking over a table: each statement has its index', async () => {
  const statements: string[] = []
  const prepare = (text: string) => {
    statements.push(text)
    return env.DB.prepare(text)
  }
  await countForMetrics(Object.assign({}, env.DB, { prepare, batch: env.DB.batch.bind(env.DB) }), NOW)
  const plans = await Promise.all(
    statements.map(async (text) => {
      const bound = text.includes('?1') ? [NOW] : [...text.matchAll(/\?/g)].map(() => NOW)
      const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${text}`)
        .bind(...bound)
        .all<{ detail: string }>()
      return results.map(({ detail }) => detail).find((detail) => /\b(SEARCH|SCAN)\b.*\bINDEX\b/.test(detail))
    }),
  )
  const index = plans.map((plan) => /INDEX (\w+)/.exec(plan ?? '')?.[1])
  expect(index).toEqual([
    'subscriptions_paying',
    'subscriptions_kept',
    'subscriptions_trials',
    'feedback_created',
    'open_records_state',
    'outbox_parked',
    'outbox_decision',
  ])
})

test('each fifth minute all names are written, each with its unit and the one dimension, and no time but AWS’s', async () => {
  await buy({ trial: { endsAt: NOW, converted: true, paid: 'same' } })
  await publishMetrics(edge, true)
  const names = Object.entries(METRICS).flatMap(([key, name]) =>
    key === 'namespace' || key === 'dimension' ? [] : [name],
  )
  expect(Object.keys(valuesOf(sent[0])).sort()).toEqual(names.sort())
  expect(valuesOf(sent[0])).toMatchObject({
    Heartbeat: '1 Count',
    MeteringErrorCount: '0 Count',
    DeadlinesInDanger: '0 Count',
    ChurnRate: '0 Percent',
    TrialConversionRate: '100 Percent',
  })
  const form = Object.fromEntries(sent[0] ?? [])
  expect(form).toMatchObject({ Action: 'PutMetricData', Version: '2010-08-01', Namespace: 'Tollgate' })
  const keys = Object.keys(form).filter((key) => key.startsWith('MetricData.'))
  expect(keys.filter((key) => key.includes('Timestamp'))).toEqual([])
  for (const at of names.keys())
    expect([
      form[`MetricData.member.${at + 1}.Dimensions.member.1.Name`],
      form[`MetricData.member.${at + 1}.Dimensions.member.1.Value`],
    ]).toEqual(['Deployment', 'blue'])
})

test('in the minutes between the heartbeat goes alone; what a moved clock skips is made up for; shares of nothing are not written', async () => {
  await publishMetrics(edge, true)
  expect(Object.keys(valuesOf(sent[0]))).not.toContain('ChurnRate')
  clock.business = NOW + MINUTE_MS
  await publishMetrics(edge, true)
  expect(valuesOf(sent[1])).toEqual({ Heartbeat: '1 Count' })
  clock.business = NOW + 6 * MINUTE_MS
  await publishMetrics(edge, true)
  expect(Object.keys(valuesOf(sent[2]))).toHaveLength(6)
})

test('where nothing is metered no number of metering is written', async () => {
  const products = edge.seller.products.map((product) => ({ ...product, pricing: 'contract' as const }))
  await publishMetrics({ ...edge, seller: { ...edge.seller, products } }, true)
  expect(Object.keys(valuesOf(sent[0]))).toEqual(['Heartbeat', 'ParkedDeliveries', 'SupportTicketCount'])
})

test('of a Submitter that does not answer nothing is known: that is a deadline in danger', async () => {
  const submitters = Object.assign({}, edge.settings.submitters, {
    getByName: () => ({ backlog: () => Promise.reject(new Error('gone')) }),
  })
  await publishMetrics({ ...edge, settings: { ...edge.settings, submitters } }, true)
  expect(valuesOf(sent[0])).toMatchObject({ MeteringErrorCount: '0 Count', DeadlinesInDanger: '1 Count' })
})

test('what waits at a Submitter that sends nothing is in danger at once, not when half of its time is over', async () => {
  const backlog = { danger: [], lost: { records: 0 }, failures: 0, waiting: 7, silent: 'dry, and was live' }
  const submitters = Object.assign({}, edge.settings.submitters, {
    getByName: () => ({ backlog: async () => backlog }),
  })
  await publishMetrics({ ...edge, settings: { ...edge.settings, submitters } }, true)
  expect(valuesOf(sent[0])).toMatchObject({ DeadlinesInDanger: '7 Count' })
})

test('a part of cron that fails makes the heartbeat 0, and a whole run makes it 1', async () => {
  await runScheduled(edge)
  const prepare = (): never => {
    throw new Error('D1 is down')
  }
  const db = Object.assign({}, env.DB, { prepare })
  await runScheduled({ ...edge, settings: { ...edge.settings, db } })
  expect(sent.map((form) => valuesOf(form)['Heartbeat'])).toEqual(['1 Count', '0 Count'])
  expect(Object.keys(valuesOf(sent[1]))).toEqual(['Heartbeat'])
})

test.each([
  [
    'refused',
    () => new Response('<Error><Code>AccessDenied</Code></Error>', { status: 403 }),
    'AccessDenied',
  ],
  ['broken', () => new Response('<html>', { status: 500 }), '500'],
  [
    'away',
    (): Response => {
      throw new TypeError('network')
    },
    'network',
  ],
])('CloudWatch %s is a line in the log and nothing else', async (_, says, told) => {
  answer = says
  await publishMetrics(edge, true)
  expect(log.filter((line) => line.includes('metrics_not_published'))).toEqual([
    expect.stringContaining(told),
  ])
})

test('a deployment without a namespace publishes nothing', async () => {
  const { metrics: _, ...settings } = edge.settings
  await publishMetrics({ ...edge, settings }, true)
  expect(sent).toEqual([])
})
