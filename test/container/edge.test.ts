/** Target edge (issue 4, 6): usage on disk before it is answered, sent on until it is answered, counted once (money §1). */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Destination, type Forwarder, openForwarder } from '../../container/edge/forwarder.ts'
import { adoptOutbox, openOutbox, type Outbox } from '../../container/edge/outbox.ts'
import { SpoolError } from '../../container/metering/meter.ts'
import { committing } from '../../container/server/commit.ts'
import { routes } from '../../container/server/routes.ts'
import { listen, type Listening } from '../../container/server/listen.ts'
import { choosePlace } from '../../container/spool/place.ts'
import { openSpool, type Spool } from '../../container/spool/spool.ts'
import type { Batch } from '../../shared/ledger/ledger.ts'
import type { UsageEvent } from '../../shared/usage/event.ts'
import type { Naming } from '../../shared/usage/naming.ts'
import { type Books, openBooks } from './books.ts'

const NOW = Date.parse('2026-11-21T10:15:00Z')
const KEY = 'tg_of-the-tests'
const BUYER: Naming = { kind: 'subscription', id: 'sub_0000000000000000000001' }

let folder: string
let books: Books
let edge: Listening
let url: string
let key: string
/** What becomes of a request: it goes through, is lost before it arrives, or its answer is. */
let weather: () => 'through' | 'lost' | 'answer-lost'
let spools: Spool<Outbox>[]
let bodies: string[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tollgate-edge-'))
  books = openBooks(NOW)
  spools = []
  bodies = []
  key = KEY
  weather = () => 'through'
  const handle = routes({ reach: 'network', token: KEY }, () => ({
    state: 'ready',
    intake: committing(books.intake, setImmediate),
    now: books.now,
    entitlements: () => ({}),
    status: () => ({}),
  }))
  edge = await listen({ host: '127.0.0.1', port: 0 }, handle, () => undefined)
  url = `http://127.0.0.1:${edge.port}`
})
afterEach(async () => {
  for (const spool of spools) spool.close()
  await edge.close(0)
  books.close()
  rmSync(folder, { recursive: true, force: true })
})

function open(identity = 'task-1', to?: Destination): Forwarder {
  const place = choosePlace([folder])
  if (!place.ok) throw new Error(place.error.why)
  const spool = openSpool<Outbox>({
    place: place.value,
    productCode: 'edge',
    identity,
    clock: { monotonicMs: () => performance.now(), wallMs: () => NOW, every: () => () => undefined },
    build: openOutbox,
  })
  if (!spool.ok) throw new Error(spool.error.why)
  spools.push(spool.value)
  return openForwarder({
    to: to ?? { kind: 'agent', url, key },
    task: identity,
    spool: spool.value,
    now: () => books.now,
    pause: (_, signal) => new Promise((done) => signal?.addEventListener('abort', () => done())),
    async fetch(address, init) {
      bodies.push(typeof init.body === 'string' ? init.body : '')
      const today = weather()
      if (today === 'lost') throw new Error('lost on the way')
      const response = await fetch(address, init)
      if (today === 'answer-lost') throw new Error('the answer is lost')
      return response
    },
  })
}

/** A process that died: its lock is let go, its file stays. */
const die = (): void => spools.pop()?.close()

const event = (id: string, quantity: number, meter = 'api_calls'): UsageEvent => ({
  kind: 'quantity',
  source: 'local',
  id,
  meter,
  time: NOW,
  quantity: BigInt(quantity) * 1_000_000n,
})
const ids = (...events: readonly UsageEvent[]): Batch => ({ kind: 'ids', events })
const numbered = (sequence: number, ...events: readonly UsageEvent[]): Batch => ({
  kind: 'sequence',
  source: 'local',
  epoch: 'an-epoch-of-this-start',
  sequence,
  events,
})

/** Lets business time go on until nothing is due any more. */
async function drain(forwarder: Forwarder, most = 500): Promise<void> {
  for (let round = 0; round < most; round += 1) {
    const wake = forwarder.nextWake()
    if (wake === null) return
    books.now = Math.max(books.now, wake)
    await forwarder.runDue(books.now)
  }
  throw new Error('it never ends')
}

test('what was taken is on disk, survives the process, and counts once it arrives', async () => {
  const first = open()
  expect(first.take(ids(event('a', 3), event('b', 4)))).toEqual([
    { result: 'counted' },
    { result: 'counted' },
  ])
  expect(first.take(numbered(0, event('', 5)))).toEqual([{ result: 'counted' }])
  die()
  const second = open()
  expect(second.status()).toMatchObject({ waiting: 2, oldestUnsentHour: Date.parse('2026-11-21T10:00Z') })
  await drain(second)
  expect([books.counted('api_calls'), second.status().waiting]).toEqual(['12', 0])
})

test('an outage, lost requests and lost answers double nothing and lose nothing: 25 seeds', async () => {
  for (let seed = 1; seed <= 25; seed += 1) {
    const chance = chanceOf(seed)
    weather = () => (chance() < 0.3 ? 'lost' : chance() < 0.4 ? 'answer-lost' : 'through')
    const before = Number(books.counted('api_calls') ?? '0')
    let forwarder = open()
    let total = 0
    for (let step = 0; step < 12; step += 1) {
      const quantity = Math.floor(chance() * 9)
      total += quantity
      const batch =
        chance() < 0.5
          ? ids(event(`${seed}-${step}`, quantity))
          : { ...numbered(step, event('', quantity)), epoch: `an-epoch-of-seed-${seed}` }
      forwarder.take(batch)
      // Its sender did not hear the answer, and says it again.
      if (chance() < 0.2) forwarder.take(batch)
      if (chance() < 0.5) await forwarder.runDue((books.now += 1_000))
      if (chance() < 0.2) {
        die()
        forwarder = open()
      }
    }
    await drain(forwarder)
    expect([seed, Number(books.counted('api_calls')) - before]).toEqual([seed, total])
    expect(forwarder.status().alarms).toEqual([])
    die()
  }
})

test('usage that is refused is kept with its reason and shown, and the rest of its number still counts', async () => {
  const forwarder = open()
  forwarder.take(ids(event('a', 3), event('b', 1, 'api_cals')))
  forwarder.take(numbered(0, event('', 5), event('', 1, 'api_cals')))
  await drain(forwarder)
  expect(books.counted('api_calls')).toBe('8')
  const status = forwarder.status() as ReturnType<Forwarder['status']> & {
    refused: { code: string; event: string }[]
  }
  expect(status.refused.map((one) => one.code)).toEqual(['unknown-meter', 'unknown-meter'])
  expect(status.refused[1]?.event).toContain('"id":"b"')
  expect(status.alarms[0]).toMatch(/^2 reports of usage were refused for good, the last as unknown-meter: /)
})

test('a key that is not in force loses nothing: it is said, and sent again when it is', async () => {
  key = 'tg_wrong'
  const wrong = open()
  wrong.take(ids(event('a', 3)))
  await wrong.runDue(books.now)
  expect(wrong.status().alarms[0]).toMatch(
    /The agent has taken no usage since 2026-11-21T10:15:00.000Z \(401 /,
  )
  expect(wrong.nextWake()).toBeGreaterThan(books.now)
  die()
  key = KEY
  const right = open()
  await drain(right)
  expect(books.counted('api_calls')).toBe('3')
})

test('a 503 of the edge is tried again no sooner than Retry-After, for ever', async () => {
  const forwarder = open()
  books.fail('The disk is full.')
  forwarder.take(numbered(0, event('', 3)))
  for (let tries = 0; tries < 40; tries += 1) {
    await forwarder.runDue(books.now)
    const wake = forwarder.nextWake() ?? 0
    expect(wake - books.now).toBeGreaterThanOrEqual(5_000)
    expect(wake - books.now).toBeLessThanOrEqual(300_000)
    books.now = wake
  }
  books.fail(null)
  await drain(forwarder)
  expect([books.counted('api_calls'), forwarder.status().waiting]).toEqual(['3', 0])
})

test('two tasks that name no source do not count under each other’s ids at an agent', async () => {
  for (const task of ['task-1', 'task-2']) {
    const forwarder = open(task)
    forwarder.take(ids(event('a', 3)))
    await drain(forwarder)
  }
  expect(books.counted('api_calls')).toBe('6')
})

test('to the edge an event goes as if the application had sent it: the subscription of the settings, unless it names one', async () => {
  const forwarder = open('task-1', { kind: 'edge', url, key, subscription: 'sub_0000000000000000000001' })
  const none = { subscription: undefined, licenseArn: undefined, account: undefined, product: undefined }
  expect(forwarder.intake.named(none)).toEqual({ ok: true, value: BUYER })
  const named = forwarder.intake.named({ ...none, account: '012345678901', product: 'container' })
  forwarder.intake.take(ids(event('a', 1)), BUYER)
  if (named.ok) forwarder.intake.take(ids(event('b', 1)), named.value)
  await forwarder.runDue(books.now)
  expect(JSON.parse(bodies[0] ?? '')).toEqual({
    events: [
      {
        id: 'a',
        subscription: BUYER.kind === 'subscription' && BUYER.id,
        meter: 'api_calls',
        time: NOW,
        quantity: '1',
      },
      {
        id: 'b',
        account: '012345678901',
        product: 'container',
        meter: 'api_calls',
        time: NOW,
        quantity: '1',
      },
    ],
  })
})

test('a successor sends what a task that died left, once, however often it adopts it', async () => {
  const dead = open('task-1')
  dead.take(ids(event('a', 3)))
  dead.take(numbered(0, event('', 4)))
  const [file] = spools
  const forwarder = open('task-2')
  const own = spools[1]
  file?.read((_, sql) => {
    for (let time = 0; time < 2; time += 1)
      own?.write((__, to) => adoptOutbox(to, { folder: 'f1', identity: 'task-1', sql }, books.now))
  })
  await drain(forwarder)
  await drain(dead)
  expect(books.counted('api_calls')).toBe('7')
  expect(forwarder.status().adopted).toEqual([{ task: 'task-1', at: NOW, units: {} }])
})

test('at the end what was not sent within the time stays, and the line says where', async () => {
  const forwarder = open()
  forwarder.take(ids(event('a', 3)))
  expect(await forwarder.close(1_000)).toEqual({ records: 0, units: {}, message: null })
  // A request that was read while it ended is asked for again, not answered as a fault of ours.
  expect(() => forwarder.take({ kind: 'ids', events: [] })).toThrow(SpoolError)
  expect(books.counted('api_calls')).toBe('3')
  weather = () => 'lost'
  const second = open('task-2')
  second.take(ids(event('b', 3)))
  expect((await second.close(1_000)).message).toContain('1 reports of usage were not taken by the agent yet.')
})

test('many events leave in few requests, each below what the edge takes', async () => {
  const forwarder = open()
  for (let at = 0; at < 5; at += 1)
    forwarder.take(ids(...Array.from({ length: 4_000 }, (_, n) => event(`${at}-${n}-${'x'.repeat(60)}`, 1))))
  await drain(forwarder)
  expect(books.counted('api_calls')).toBe('20000')
  expect(bodies.length).toBeLessThan(12)
  expect(Math.max(...bodies.map((body) => Buffer.byteLength(body)))).toBeLessThan(1_000_000)
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
