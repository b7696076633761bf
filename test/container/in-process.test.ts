/** Counting inside the application (issue 4, 5 a): every count once, whatever the disk and the way to it do; the hour it belongs to. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Counters, openCounters } from '../../container/in-process/counters.ts'
import type { RefusedUsage } from '../../container/in-process/api.ts'
import { openReporter, type Reporter, type Sink } from '../../container/in-process/reporter.ts'
import { ownSink, supervisorSink } from '../../container/in-process/sinks.ts'
import { listen, type Listening } from '../../container/server/listen.ts'
import { committing } from '../../container/server/commit.ts'
import { routes } from '../../container/server/routes.ts'
import { monthOf } from '../../shared/hour.ts'
import type { UsageEvent } from '../../shared/usage/event.ts'
import { type Books, openBooks } from './books.ts'

const NOW = Date.parse('2026-11-21T10:15:00Z')

let books: Books
let refused: RefusedUsage[]
let again: string[]
let due: (() => void) | undefined
let dueMs: number
let closing: (() => Promise<void>)[]

beforeEach(() => {
  books = openBooks(NOW)
  refused = []
  again = []
  closing = []
})
afterEach(async () => {
  for (const close of closing) await close()
  books.close()
})

function open(sink: Sink, bufferMax = 100): { counters: Counters; reporter: Reporter } {
  const counters = openCounters(() => undefined)
  const reporter = openReporter({
    sink,
    drain: () => counters.drain(),
    now: () => books.now,
    later: (ms, call) => {
      due = call
      dueMs = ms
      return () => (due = undefined)
    },
    random: () => 0.5,
    source: 'local',
    epoch: 'an-epoch-of-this-start',
    onRefused: (all) => refused.push(...all),
    onAgain: (why) => again.push(why),
    everyMs: 1_000,
    bufferMax,
  })
  return { counters, reporter }
}

async function supervisor(token = 'the-token'): Promise<{ server: Listening; sink: Sink }> {
  const handle = routes({ reach: 'loopback', token }, () => ({
    state: 'ready',
    intake: committing(books.intake, setImmediate),
    now: books.now,
    entitlements: () => ({}),
    status: () => ({}),
  }))
  const server = await listen({ host: '127.0.0.1', port: 0 }, handle, () => undefined)
  closing.push(() => server.close(0))
  const sink = supervisorSink((path, init) => {
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${token}`)
    return fetch(`http://127.0.0.1:${server.port}${path}`, { ...init, headers })
  })
  return { server, sink }
}

const value = (meter: string, amount: bigint, series = 'here'): UsageEvent => ({
  kind: 'value',
  source: 'local',
  id: '',
  meter,
  time: NOW,
  value: amount * 1_000_000n,
  series,
})
const key = (id: string, name: string): UsageEvent => ({
  kind: 'key',
  source: 'local',
  id,
  meter: 'users',
  time: NOW,
  key: name,
})

test.each(['own', 'supervisor'] as const)(
  'what is counted is in the %s ledger once it is flushed',
  async (where) => {
    const sink = where === 'own' ? ownSink(books.intake) : (await supervisor()).sink
    const { counters, reporter } = open(sink)
    for (let i = 0; i < 1_000; i += 1) counters.count('api_calls')
    counters.counter('jobs').add(40)
    counters.count('jobs', 2)
    reporter.report(value('seats', 7n), false)
    reporter.report(key('u1', 'ada'), true)
    reporter.report(key('u1', 'ada'), true)
    reporter.report(key('u2', 'grace'), true)
    expect(await reporter.flush()).toBeNull()
    expect(['api_calls', 'jobs', 'seats', 'users'].map((meter) => books.counted(meter))).toEqual([
      '1000',
      '42',
      '7',
      '2',
    ])
    expect([reporter.waiting(), refused, again]).toEqual([0, [], []])
  },
)

test('while the disk takes nothing counts wait in memory, and then each counts once under one number', async () => {
  const { counters, reporter } = open(ownSink(books.intake))
  books.fail('The disk is full.')
  counters.count('api_calls', 3)
  expect(await reporter.flush()).toBe('The disk is full.')
  counters.count('api_calls', 4)
  expect(await reporter.flush()).toBe('The disk is full.')
  expect(again).toEqual(['The disk is full.', 'The disk is full.'])
  books.fail(null)
  due?.()
  expect(await reporter.flush()).toBeNull()
  expect(books.counted('api_calls')).toBe('7')
})

test('answers that are lost on the way count nothing twice: 300 seeds', async () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const chance = chanceOf(seed)
    const own = ownSink(books.intake)
    let total = 0
    const before = Number(books.counted('api_calls') ?? '0')
    const counters = openCounters(() => undefined)
    const reporter = openReporter({
      sink: async (batch) => {
        if (chance() < 0.3) return { kind: 'again', why: 'lost on the way', afterMs: 0 }
        const sent = await own(batch)
        return chance() < 0.3 ? { kind: 'again', why: 'the answer is lost', afterMs: 0 } : sent
      },
      drain: () => counters.drain(),
      now: () => books.now,
      later: () => () => undefined,
      random: chance,
      source: 'local',
      epoch: `an-epoch-of-seed-${seed}`,
      onRefused: (all) => refused.push(...all),
      onAgain: () => undefined,
      everyMs: 1_000,
      bufferMax: 100,
    })
    for (let step = 0; step < 20; step += 1) {
      const quantity = Math.floor(chance() * 5)
      counters.count('api_calls', quantity)
      total += quantity
      if (chance() < 0.1) counters.count('unknown')
      if (chance() < 0.5) void reporter.flush()
      if (chance() < 0.5) await Promise.resolve()
    }
    while ((await reporter.flush()) !== null);
    expect([seed, Number(books.counted('api_calls')) - before]).toEqual([seed, total])
  }
  expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['unknown-meter']))
})

test('what is refused is told once, and the rest of its batch counts', async () => {
  const { counters, reporter } = open(ownSink(books.intake))
  counters.count('api_calls', 5)
  counters.count('api_cals', 5)
  reporter.report(value('users', 1n), false)
  expect(await reporter.flush()).toBeNull()
  expect(refused.map(({ meter, code }) => [meter, code])).toEqual([
    ['api_cals', 'unknown-meter'],
    ['users', 'wrong-measure'],
  ])
  expect(books.counted('api_calls')).toBe('5')
})

test('what no charge reads is refused without a word on disk, however often an application reports it', async () => {
  const { counters, reporter } = open(ownSink(books.intake))
  for (let at = 0; at < 5; at += 1) {
    reporter.report({ ...key(`s${at}`, 'ada'), meter: 'storage_gb' }, true)
    counters.count('api_calls')
    counters.count('pages')
    expect(await reporter.flush()).toBeNull()
  }
  expect([refused.length, books.counted('api_calls')]).toEqual([10, '5'])
  expect(books.ledger.usage(monthOf(NOW)).refused).toEqual([])
})

test('what is counted before the end of an hour belongs to that hour, and a flush is due at its end', async () => {
  books.now = Date.parse('2026-11-21T10:59:59.700Z')
  const { counters, reporter } = open(ownSink(books.intake))
  expect(dueMs).toBe(300)
  counters.count('api_calls', 3)
  books.now = Date.parse('2026-11-21T11:00:00.004Z')
  due?.()
  await reporter.flush()
  counters.count('api_calls', 4)
  books.now += 900
  await reporter.flush()
  const hours = books.ledger.usage(monthOf(NOW)).dimensions.find((one) => one.meter === 'api_calls')
  expect(hours?.hours.map(({ hour, counted }) => [new Date(hour).getUTCHours(), counted])).toEqual([
    [10, '3'],
    [11, '4'],
  ])
})

test.each([
  ['back 2 h', -2 * 3_600_000],
  ['forward 7 h', 7 * 3_600_000],
])('a host clock set %s refuses no count (G.2 fault 36)', async (_, ms) => {
  const { counters, reporter } = open(ownSink(books.intake))
  counters.count('api_calls', 3)
  books.now += ms
  expect(await reporter.flush()).toBeNull()
  expect([refused, books.counted('api_calls')]).toEqual([[], '3'])
})

test('when the process exits what was counted is kept without waiting, where the ledger is its own', () => {
  const { counters, reporter } = open(ownSink(books.intake))
  counters.count('api_calls', 3)
  reporter.report(key('u1', 'ada'), true)
  reporter.flushNow()
  expect([books.counted('api_calls'), books.counted('users'), reporter.waiting()]).toEqual(['3', '1', 0])
})

test('a full buffer takes no more events, and counters never fill', async () => {
  books.fail('The disk is full.')
  const { counters, reporter } = open(ownSink(books.intake), 2)
  expect([1, 2, 3].map((at) => reporter.report(key(`u${at}`, 'ada'), true))).toEqual([true, true, false])
  for (let i = 0; i < 1_000_000; i += 1) counters.count('api_calls', 2_000_000)
  books.fail(null)
  expect(await reporter.flush()).toBeNull()
  expect(books.counted('api_calls')).toBe('2000000000000')
})

test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 1e12 + 1, 2 ** 53])(
  '%d is no count: nothing is added',
  (quantity) => {
    const counters = openCounters(() => undefined)
    expect(() => counters.count('api_calls', quantity)).toThrow(RangeError)
    expect(counters.drain()).toEqual([])
  },
)

test('a counter holds any sum: each event carries at most what one may', () => {
  const counters = openCounters(() => undefined)
  const counter = counters.counter('jobs')
  for (const quantity of [1e12, 1, 1e12, 2 ** 31 - 1, 2 ** 31]) counter.add(quantity)
  const [drained] = counters.drain()
  expect(drained?.quantities.every((one) => one <= 1e12)).toBe(true)
  expect(drained?.quantities.reduce((sum, one) => sum + one, 0)).toBe(2e12 + 1 + 2 ** 32 - 1)
  expect(counters.drain()).toEqual([])
})

test('a supervisor that says no word of its own takes nothing out of the buffer', async () => {
  const { counters, reporter } = open(
    supervisorSink(() => Promise.resolve(new Response('<html>', { status: 200 }))),
  )
  counters.count('api_calls')
  expect(await reporter.flush()).not.toBeNull()
  expect(reporter.waiting()).toBe(1)
  const { sink } = await supervisor('another')
  const wrong = open(sink)
  books.fail('The disk is full.')
  wrong.counters.count('api_calls')
  expect(await wrong.reporter.flush()).toContain('503')
  expect(wrong.reporter.waiting()).toBe(1)
})

/** A small repeatable generator: mulberry32. */
function chanceOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
