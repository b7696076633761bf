/** What the container says of itself: lines a machine can read, metrics, and never a secret (issue 4, 7; quality-anchors F). */
import { expect, test } from 'vitest'
import { emfLine } from '../../container/emf.ts'
import { createLog } from '../../container/log.ts'
import type { RuntimeStatus } from '../../container/runtime.ts'
import { committing } from '../../container/server/commit.ts'
import { entitlementsView } from '../../container/server/entitlements.ts'
import { type Handle, listen } from '../../container/server/listen.ts'
import { routes } from '../../container/server/routes.ts'
import { statusView } from '../../container/server/status.ts'
import { LOG_LEVELS } from '../../container/settings.ts'
import { monthOf } from '../../shared/hour.ts'
import { openBooks } from './books.ts'

const NOW = Date.parse('2026-11-21T10:15:00Z')

const STATUS: RuntimeStatus = {
  product: { code: '9w3jx5t7q1bn4gz6k8yd2vhm0', title: 'Skillsmith', pricing: 'custom-metering' },
  platform: { kind: 'ecs', region: 'eu-west-1', task: 'arn:aws:ecs:eu-west-1:1:task/a/b', startedAt: NOW },
  startedAt: NOW,
  stopping: false,
  entitlement: {
    pricing: 'custom-metering',
    entitled: true,
    dimensions: [],
    plan: null,
    features: [],
    until: null,
    checkedAt: NOW,
  },
  warnings: ['the key rotates soon'],
  skewMs: -1_500,
  meter: {
    task: 'arn:aws:ecs:eu-west-1:1:task/a/b',
    spool: { folder: '/var/lib/tollgate', state: 'degraded', why: 'it is full' },
    open: { api_call: '12' },
    waiting: 2,
    oldestUnsentHour: Date.parse('2026-11-21T08:00:00Z'),
    windowOver: 0.375,
    receipts: [{ dimension: 'api_call', hour: NOW - 8_100_000, quantity: 4, receipt: 'r-1', at: NOW }],
    doubtful: [{ task: 'other', dimension: 'api_call', hour: NOW - 8_100_000, quantity: 3 }],
    expired: [],
    adopted: [{ task: 'other', at: NOW, units: { api_call: '3' } }],
    attempts: { made: 9, throttled: 4, unanswered: 1 },
    skewMs: -1_500,
    alarms: ['half of the window is over'],
  },
}

function linesOf(level: (typeof LOG_LEVELS)[number] = 'info', secrets: readonly string[] = []) {
  const lines: string[] = []
  const log = createLog({ level, secrets, now: () => NOW, write: (line) => lines.push(line) })
  return { log, lines, parsed: (): unknown[] => lines.map((line): unknown => JSON.parse(line)) }
}

test('each line is one JSON object with its level, its time, its event and what belongs to it', () => {
  const { log, parsed } = linesOf()
  log.warn('usage-left', { message: 'two\nlines', records: 2 })
  expect(parsed()).toEqual([
    {
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      message: 'two\nlines',
      records: 2,
      event: 'usage-left',
    },
  ])
})

test.each([
  ['info', 3],
  ['warn', 2],
  ['error', 1],
  ['silent', 0],
] as const)('at level %s %i of an info, a warning and an error are written', (level, count) => {
  const { log, lines } = linesOf(level)
  log.info('a')
  log.warn('b')
  log.error('c')
  expect(lines).toHaveLength(count)
})

const CANARY = 'CANARY-"quoted"\\-0123456789abcdef'

test('a secret is in no line, wherever it stands and however it got there', () => {
  const { log, lines } = linesOf('trace', [CANARY, ''])
  log.info('start', { message: `Bearer ${CANARY}`, deep: { list: [`x${CANARY}x`] } })
  log.error(`event with ${CANARY}`)
  log.warn('call', {
    authorization: 'Bearer tg_other',
    request: { sessionToken: 'IQoJother', headers: { token: 't-other' } },
  })
  const text = lines.join('')
  expect(text).not.toMatch(/CANARY|tg_other|IQoJother|t-other/)
  expect(
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => typeof JSON.parse(line)),
  ).toEqual(['object', 'object', 'object'])
})

test('a token of the environment is in no answer of the door, in no status, no entitlements and no metrics', async () => {
  const token = 'canary-token-0123456789abcdef'
  const books = openBooks(NOW)
  const { log, lines } = linesOf('trace', [token])
  const wrap: Handle = routes({ reach: 'network', token }, () => ({
    state: 'ready',
    intake: committing(books.intake, setImmediate),
    now: books.now,
    entitlements: () => entitlementsView(STATUS.entitlement, null, [], books.ledger.usage(monthOf(NOW))),
    status: () => statusView(STATUS, [], NOW),
  }))
  const door = await listen({ host: '127.0.0.1', port: 0 }, wrap, (thrown) =>
    log.error('failed', { error: String(thrown) }),
  )
  const said: string[] = [emfLine(STATUS, NOW)]
  const ask = async (path: string, init: RequestInit): Promise<void> => {
    const response = await fetch(`http://127.0.0.1:${door.port}${path}`, init)
    said.push(JSON.stringify([...response.headers]), await response.text())
  }
  for (const authorization of [`Bearer ${token}`, `Bearer ${token}x`, token]) {
    for (const path of ['/livez', '/readyz', '/status', '/v1/entitlements', '/v1/usage', `/${token}`])
      await ask(path, { headers: { authorization } })
    for (const body of ['[]', JSON.stringify([{ id: token, source: token, meter: token }]), token])
      await ask('/v1/usage', {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body,
      })
  }
  await door.close(0)
  books.close()
  // An id is the sender's own word, and repeated to whoever sent it.
  const own = said.map((text) => text.replaceAll(`"id":"${token}"`, ''))
  expect([...own, ...lines].filter((text) => text.includes('canary'))).toEqual([])
})

test('metrics are one line in the embedded metric format, with no dimension but the product', () => {
  const line: unknown = JSON.parse(emfLine(STATUS, NOW))
  expect(line).toEqual({
    _aws: {
      Timestamp: NOW,
      CloudWatchMetrics: [
        {
          Namespace: 'Tollgate',
          Dimensions: [['Product']],
          Metrics: expect.arrayContaining([{ Name: 'WindowOver', Unit: 'Percent' }]),
        },
      ],
    },
    Product: '9w3jx5t7q1bn4gz6k8yd2vhm0',
    Task: 'arn:aws:ecs:eu-west-1:1:task/a/b',
    Entitled: 1,
    RecordsWaiting: 2,
    OldestUnsentAge: 4_500,
    WindowOver: 38,
    RecordsInDoubt: 1,
    UsageExpired: 0,
    CallsThrottled: 4,
    CallsUnanswered: 1,
    SpoolHealthy: 0,
    Alarms: 1,
    ClockSkew: 1_500,
  })
})

test('status says hours as people read them, and every alarm once in one list', () => {
  expect(statusView(STATUS, ['3 processes have ended'], NOW)).toMatchObject({
    state: 'ready',
    now: '2026-11-21T10:15:00.000Z',
    skewMs: -1_500,
    meter: {
      oldestUnsentHour: '2026-11-21T08:00:00.000Z',
      spool: { state: 'degraded', why: 'it is full' },
      receipts: [{ hour: '2026-11-21T08:00:00.000Z', receipt: 'r-1', at: '2026-11-21T10:15:00.000Z' }],
      doubtful: [{ task: 'other', hour: '2026-11-21T08:00:00.000Z' }],
    },
    alarms: ['the key rotates soon', 'half of the window is over', '3 processes have ended'],
  })
})

test('entitlements are the edge’s members: access, plan, features, limits with what is left, what was bought', () => {
  const books = openBooks(NOW)
  books.intake.take(
    {
      kind: 'sequence',
      source: 'a',
      epoch: 'e',
      sequence: 0,
      events: [
        { kind: 'quantity', source: 'a', id: '', meter: 'api_calls', time: NOW, quantity: 40_000_000n },
      ],
    },
    { kind: 'subscription', id: 'sub_0000000000000000000000' },
  )
  const bought = {
    ...STATUS.entitlement,
    pricing: 'contract' as const,
    plan: 'team',
    features: ['search'],
    until: NOW,
    dimensions: [
      { key: 'team', value: null },
      { key: 'seats', value: '25' },
    ],
  }
  const plans = [
    { key: 'team', features: ['search'], limits: { api_calls: 100, users: 'unlimited' as const } },
  ]
  const month = books.ledger.usage(monthOf(NOW))
  expect(entitlementsView(bought, null, plans, month)).toMatchObject({
    access: true,
    plan: 'team',
    features: ['search'],
    limits: [
      { meter: 'api_calls', max: '100', used: '40', left: '60' },
      { meter: 'users', max: 'unlimited', left: 'unlimited' },
    ],
    entitlements: [
      { dimension: 'team', quantity: null, value: true, expiresAt: '2026-11-21T10:15:00.000Z' },
      { dimension: 'seats', quantity: '25', value: '25' },
    ],
  })
  expect(entitlementsView({ ...bought, entitled: false }, null, plans, month)).toMatchObject({
    access: false,
    why: 'ended',
    features: [],
    limits: [],
    entitlements: [],
  })
  books.close()
})
