/** The usage client against a server that loses, delays and refuses: every event counts once, and the caller is told the rest. */
import { expect, test } from 'vitest'
import { openClient, type Batch, type Options, type Refused, type Store } from '../../client/usage.ts'

const TIME = '2026-11-21T10:15:00Z'
const one = { meter: 'api_calls', quantity: 1, time: TIME }
const counted = (): Response => Response.json({ result: 'counted' })
const problem = (status: number, body: object, headers: Record<string, string> = {}): Response =>
  Response.json(body, { status, headers })

/** A client whose server answers by `answer`; what it sent, waited and was told. */
async function clientOf(
  answer: (batch: Batch, at: number) => Response | Promise<Response>,
  over: Partial<Options> = {},
) {
  const sent: Batch[] = []
  const bodies: string[] = []
  const pauses: number[] = []
  const whys: string[] = []
  const refused: Refused[] = []
  const client = await openClient({
    url: 'https://tollgate.example',
    key: 'tg_key',
    everyMs: 0,
    onRefused: (list) => refused.push(...list),
    onRetry: (why, ms) => {
      whys.push(why)
      pauses.push(ms)
    },
    sleep: () => Promise.resolve(),
    fetch: async (url, init) => {
      expect([url, init.method, new Headers(init.headers).get('authorization')]).toEqual([
        'https://tollgate.example/v1/usage',
        'POST',
        'Bearer tg_key',
      ])
      const body = typeof init.body === 'string' ? init.body : ''
      bodies.push(body)
      const batch = JSON.parse(body) as Batch
      sent.push(batch)
      return answer(batch, sent.length - 1)
    },
    ...over,
  })
  return { client, sent, bodies, pauses, whys, refused }
}

test('events go out in numbered batches, each of one subscription, none larger than the most', async () => {
  const { client, sent } = await clientOf(counted, { batchMax: 2 })
  for (const subscription of ['a', 'b', 'a', 'a']) client.report(subscription, one)
  expect(await client.flush()).toBe(0)
  expect(sent.map((batch) => [batch.subscription, batch.events.length])).toEqual([
    ['a', 2],
    ['b', 1],
    ['a', 1],
  ])
  expect(sent.map((batch) => batch.sequence)).toEqual([0, 1, 2])
  expect(new Set(sent.map((batch) => batch.epoch)).size).toBe(1)
})

test('an event without a time has that of its report, and never another', async () => {
  const { client, bodies } = await clientOf((_, at) =>
    at === 0 ? problem(503, { code: 'again' }) : counted(),
  )
  const before = Date.now()
  client.report('a', { meter: 'users', key: 'u1' })
  const after = Date.now()
  await client.flush()
  const { events } = JSON.parse(bodies[0] ?? '') as Batch
  const time = Date.parse(String(events[0]?.time))
  expect(time).toBeGreaterThanOrEqual(before)
  expect(time).toBeLessThanOrEqual(after)
  expect(bodies[1]).toBe(bodies[0])
})

test.each([
  ['503 again', () => problem(503, { code: 'again', result: 'again' })],
  ['500', () => problem(500, { code: 'internal' })],
  ['429', () => problem(429, {})],
  ['401: the key may be put right', () => problem(401, { code: 'unauthorized' })],
  ['403', () => problem(403, {})],
  ['404 of something else at that address', () => problem(404, { code: 'not-found' })],
  ['200 of a login page', () => new Response('<html>Please log in</html>')],
  ['200 of another program', () => Response.json({ ok: true })],
  ['no answer', () => Promise.reject(new Error('socket hang up'))],
  ['an answer cut off', () => new Response('{"result":"cou')],
])(
  'what is not Tollgate’s word is tried again, the same bytes under the same number: %s',
  async (_name, fail) => {
    const { client, bodies, whys, refused } = await clientOf((_, at) => (at < 3 ? fail() : counted()))
    client.report('a', one)
    expect(await client.flush()).toBe(0)
    expect(bodies).toHaveLength(4)
    expect(new Set(bodies).size).toBe(1)
    expect(whys).toHaveLength(3)
    expect(refused).toEqual([])
  },
)

test('a duplicate is as good as counted', async () => {
  const { client, sent } = await clientOf(() => Response.json({ result: 'duplicate' }))
  client.report('a', one)
  expect(await client.flush()).toBe(0)
  expect(sent).toHaveLength(1)
})

test('pauses grow to half a minute, each drawn anew, and never fall below Retry-After', async () => {
  const { client, pauses } = await clientOf((_, at) =>
    at < 12 ? problem(503, {}, at === 5 ? { 'retry-after': '120' } : {}) : counted(),
  )
  client.report('a', one)
  await client.flush()
  expect(pauses).toHaveLength(12)
  for (const [at, pause] of pauses.entries()) {
    const full = Math.min(30_000, 250 * 2 ** (at + 1))
    if (at === 5) expect(pause).toBe(120_000)
    else {
      expect(pause).toBeGreaterThanOrEqual(full / 2)
      expect(pause).toBeLessThanOrEqual(full)
    }
  }
  expect(new Set(pauses).size).toBeGreaterThan(6)
})

test('of a refused batch the caller is told the wrong events, and the others count under a new number', async () => {
  const wrong = { meter: 'api_cals', quantity: 9, time: TIME }
  const { client, sent, refused } = await clientOf(({ events }) => {
    const at = events.findIndex((event) => event.meter === 'api_cals')
    if (at < 0) return counted()
    const why = { at, code: 'unknown-meter', message: 'No such meter.' }
    return problem(422, { result: 'refused', code: 'batch-refused', detail: 'x', refused: [why] })
  })
  client.report('a', one)
  client.report('a', wrong)
  client.report('a', { ...one, quantity: 2 })
  expect(await client.flush()).toBe(0)
  expect(refused).toEqual([
    { at: 1, subscription: 'a', event: wrong, code: 'unknown-meter', message: 'No such meter.' },
  ])
  expect(sent.map(({ sequence, events }) => [sequence, events.length])).toEqual([
    [0, 3],
    [1, 2],
  ])
})

test.each([
  [404, { result: 'refused', code: 'unknown-subscription', detail: 'no such', refused: [] }],
  [409, { result: 'refused', code: 'conflict', detail: 'another content', refused: [] }],
  [413, { code: 'too-large', detail: 'too many bytes' }],
  [400, { code: 'bad-sequence', detail: 'no number' }],
])('a number refused as a whole is told with all its events and not sent again: %s', async (status, body) => {
  const { client, sent, refused } = await clientOf(() => problem(status, body))
  client.report('a', one)
  client.report('a', { ...one, quantity: 2 })
  expect(await client.flush()).toBe(0)
  expect(sent).toHaveLength(1)
  expect(refused.map(({ code, message, event }) => [code, message, event])).toEqual([
    [body.code, body.detail, one],
    [body.code, body.detail, { ...one, quantity: 2 }],
  ])
})

test('a subscription that cannot be reached does not stand before another', async () => {
  const { client, sent } = await clientOf(({ subscription }, at) =>
    subscription === 'a' && at < 5 ? problem(503, {}) : counted(),
  )
  client.report('a', one)
  client.report('b', one)
  await client.flush()
  expect(sent.slice(0, 2).map(({ subscription }) => subscription)).toEqual(['a', 'b'])
})

test('a full buffer refuses the next event with a sentence, and takes more when it is empty again', async () => {
  const { client } = await clientOf(counted, { bufferMax: 2, everyMs: 60_000 })
  client.report('a', one)
  client.report('b', one)
  expect(() => client.report('a', one)).toThrow('2 events wait for Tollgate')
  expect(await client.flush()).toBe(0)
  client.report('a', one)
  expect(await client.close()).toBe(0)
  expect(() => client.report('a', one)).toThrow('closed')
})

test('a flush that may not take for ever says how many events are left, and they are not lost', async () => {
  let up = false
  const { client } = await clientOf(() => (up ? counted() : problem(503, {})), {
    sleep: (ms) => new Promise((done) => setTimeout(done, Math.min(ms, 1))),
  })
  client.report('a', one)
  client.report('b', one)
  expect(await client.flush(1)).toBe(2)
  up = true
  expect(await client.flush()).toBe(0)
})

/** A store as a file would be, whose every save is seen. */
function storeOf(kept: readonly Batch[] = []) {
  const saves: string[] = []
  const store: Store & { failing: boolean } = {
    failing: false,
    load: () => JSON.parse(saves.at(-1) ?? JSON.stringify(kept)) as Batch[],
    save(batches) {
      if (store.failing) throw new Error('disk full')
      saves.push(JSON.stringify(batches))
    },
  }
  return { store, saves }
}

test('a batch is saved with its number before it is sent, and forgotten when it is answered', async () => {
  const { store, saves } = storeOf()
  const { client, sent } = await clientOf(
    (batch) => {
      expect(saves.at(-1)).toContain(`"sequence":${batch.sequence}`)
      return counted()
    },
    { store },
  )
  client.report('a', one)
  await client.flush()
  expect(sent).toHaveLength(1)
  expect(saves.at(-1)).toBe('[]')
})

test('nothing is sent that could not be saved, and nothing is lost by it', async () => {
  const { store } = storeOf()
  store.failing = true
  const { client, sent, whys } = await clientOf(counted, {
    store,
    sleep: () => {
      store.failing = false
      return Promise.resolve()
    },
  })
  client.report('a', one)
  expect(await client.flush()).toBe(0)
  expect(whys).toEqual(['Error: disk full'])
  expect(sent).toHaveLength(1)
})

test('after a restart what was saved goes out first under the numbers it had; new events have another epoch', async () => {
  const { store } = storeOf()
  const first = await clientOf(() => problem(503, {}), {
    store,
    sleep: () => new Promise(() => undefined),
  })
  first.client.report('a', one)
  void first.client.flush()
  await expect.poll(() => first.sent.length, { timeout: 30_000 }).toBe(1)

  const second = await clientOf(counted, { store })
  second.client.report('a', { ...one, quantity: 2 })
  expect(await second.client.flush()).toBe(0)
  expect(second.sent[0]).toEqual(first.sent[0])
  expect(second.sent[1]?.events).toEqual([{ ...one, quantity: 2 }])
  expect(second.sent[1]?.epoch).not.toBe(second.sent[0]?.epoch)
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

test('however calls and answers are lost, every event counts once: 200 seeds', async () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const chance = chanceOf(seed)
    const known = new Map<string, string>()
    let total = 0
    const { client } = await clientOf(
      (batch) => {
        if (chance() < 0.3) return Promise.reject(new Error('lost on the way'))
        const name = `${batch.subscription}|${batch.epoch}|${batch.sequence}`
        const body = JSON.stringify(batch.events)
        expect(known.get(name) ?? body).toBe(body)
        if (!known.has(name))
          for (const event of batch.events) total += Number(Reflect.get(event, 'quantity'))
        known.set(name, body)
        return chance() < 0.3 ? Promise.reject(new Error('the answer is lost')) : counted()
      },
      { batchMax: 3 },
    )
    let reported = 0
    for (let at = 0; at < 20; at += 1) {
      client.report(`s${Math.floor(chance() * 3)}`, { ...one, quantity: at })
      reported += at
      if (chance() < 0.2) await Promise.resolve()
    }
    expect(await client.close()).toBe(0)
    expect([seed, total]).toEqual([seed, reported])
  }
})
