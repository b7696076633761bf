/** EventBridge's API destination over HTTP: which answers are tried again, for how long, and what is dropped (facts §5.5). */
import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { createStepper } from '../../simulator/clock.ts'
import { simulatedTime } from '../../simulator/front.ts'
import { createPusher, PUSH_TIMEOUT_MS } from '../../simulator/pusher.ts'
import { readSettings } from '../../simulator/settings.ts'
import { BUYER, HOUR_MS } from './market.ts'
import { openSimulator } from './simulator.ts'

interface Arrived {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A seller's door that answers what the test says, and never when that is null. */
async function openDoor() {
  const arrived: Arrived[] = []
  const door = { status: 200 as number | null, arrived, url: '' }
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      arrived.push({ headers: request.headers, body })
      if (door.status !== null) response.writeHead(door.status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  door.url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/v1/events/aws`
  return door
}

async function open(timeoutMs = PUSH_TIMEOUT_MS) {
  const door = await openDoor()
  const { store } = await openSimulator()
  await store.run({ kind: 'set_pushing', on: true })
  const destination = { url: door.url, header: 'x-api-key', key: 'the-key-of-the-connection' }
  const stepper = createStepper(simulatedTime(store, createPusher(store, destination, timeoutMs)), [])
  return {
    door,
    store,
    /** A purchase whose one event, License Updated, is due at once. */
    buy: () =>
      store.run({
        kind: 'subscribe',
        product: 'usage',
        account: BUYER,
        createdDelayMs: 60 * HOUR_MS,
        licenseDelayMs: 1,
      }),
    advance: (ms: number) => stepper.advance((now) => ({ at: now + ms, closing: 'step' })),
    dropped: () => store.state.queues['marketplace-events-push-dlq']?.messages.map(({ body }) => body) ?? [],
  }
}

test('an event is pushed with AWS’s headers and the connection’s key, its body the event itself', async () => {
  const { door, store, buy, advance } = await open()
  await buy()
  await advance(1_000)
  expect(door.arrived).toHaveLength(1)
  expect(door.arrived[0]?.headers).toMatchObject({
    'user-agent': 'Amazon/EventBridge/ApiDestinations',
    'content-type': 'application/json; charset=utf-8',
    range: 'bytes=0-1048575',
    'x-api-key': 'the-key-of-the-connection',
  })
  expect(door.arrived[0]?.body).toBe(store.state.queues['marketplace-events']?.messages[0]?.body)
  expect(store.state.pushed).toMatchObject([{ outcome: 'delivered', attempts: 1, last: 'HTTP 200' }])
  expect(store.state.pushes).toEqual([])
})

test.each([401, 407, 409, 429, 500, 503])(
  'HTTP %i is tried again, and the event comes when the door is well',
  async (status) => {
    const { door, store, buy, advance, dropped } = await open()
    door.status = status
    await buy()
    await advance(2_500)
    expect(store.state.pushes).toMatchObject([{ attempts: 2, last: `HTTP ${status}` }])
    door.status = 202
    await advance(10_000)
    expect([door.arrived.length, store.state.pushes, dropped()]).toEqual([3, [], []])
    expect(new Set(door.arrived.map(({ body }) => body)).size).toBe(1)
  },
)

test.each([302, 400, 403, 404, 410, 422])(
  'HTTP %i is dropped at once, into the dead-letter queue (facts trap 30)',
  async (status) => {
    const { door, store, buy, advance, dropped } = await open()
    door.status = status
    await buy()
    await advance(HOUR_MS)
    expect([door.arrived.length, store.state.pushes]).toEqual([1, []])
    expect(dropped()).toEqual([door.arrived[0]?.body])
  },
)

test('a door that is broken for a day is tried at most 185 times within 24 hours, then the event is dropped', async () => {
  const { door, store, buy, advance, dropped } = await open()
  door.status = 500
  await buy()
  await advance(23 * HOUR_MS)
  expect(store.state.pushes).toHaveLength(1)
  await advance(2 * HOUR_MS)
  expect(store.state.pushes).toEqual([])
  expect(dropped()).toHaveLength(1)
  expect(door.arrived).toHaveLength(185)
  expect(store.state.pushed).toMatchObject([{ outcome: 'dropped', last: 'HTTP 500' }])
})

test('a door that does not answer is given its time, 5 seconds at AWS, and tried again', async () => {
  const { door, store, buy, advance } = await open(200)
  door.status = null
  await buy()
  const began = performance.now()
  await advance(100)
  // A timer may be a millisecond early.
  expect(performance.now() - began).toBeGreaterThan(195)
  expect(store.state.pushes).toMatchObject([{ attempts: 1, last: 'no answer in 0.2 seconds' }])
  expect(PUSH_TIMEOUT_MS).toBe(5_000)
})

test('what is on its way holds nobody up once there is no destination any more, and is kept for the next', async () => {
  const { door, store, buy, advance } = await open()
  door.status = 500
  await buy()
  await advance(1_000)
  const alone = createStepper(simulatedTime(store), [])
  const moved = await alone.advance((now) => ({ at: now + HOUR_MS, closing: 'step' }))
  expect([moved.ok, store.state.pushes.length]).toEqual([true, 1])
  door.status = 200
  await advance(1_000)
  expect(store.state.pushed).toMatchObject([{ outcome: 'delivered' }])
})

test.each([
  ['queue_lost', 0, 1],
  ['push_lost', 1, 0],
  ['event_lost', 0, 0],
] as const)(
  'with %s an event comes %i times by the queue and %i times by the push',
  async (kind, queued, pushed) => {
    const { door, store, buy, advance } = await open()
    await store.run({ kind: 'set_fault', fault: { kind }, on: 'License Updated' })
    await buy()
    await advance(1_000)
    const { length } = store.state.queues['marketplace-events']?.messages ?? []
    expect([length, door.arrived.length]).toEqual([queued, pushed])
  },
)

test('what a legacy product is told comes by the queue alone', async () => {
  const { door, store, advance } = await open()
  await store.run({ kind: 'subscribe', product: 'legacy', account: BUYER, licenseDelayMs: 1 })
  await advance(1_000)
  expect(store.state.queues['marketplace-events']?.messages).toHaveLength(1)
  expect([door.arrived, store.state.pushes]).toEqual([[], []])
})

test('a push address needs a key of 16 characters, told together with all else that is wrong', () => {
  const args = ['--state', 'x', '--push-url', 'ftp://there', '--oidc-issuer', 'https://tollgate.example']
  const wrong = readSettings(args, { EVENTS_PUSH_KEY: 'short' })
  expect(wrong.ok ? '' : wrong.error).toMatch(
    /--oidc-at must say.*--push-url must be an http.*needs EVENTS_PUSH_KEY/,
  )
  const right = readSettings(
    [
      ...args.slice(0, 3),
      'http://127.0.0.1:4700/v1/events/aws',
      ...args.slice(4),
      '--oidc-at',
      'http://127.0.0.1:4700',
    ],
    { EVENTS_PUSH_KEY: 'a-key-of-16-or-more' },
  )
  expect(right.ok ? right.value : right.error).toMatchObject({
    destination: {
      url: 'http://127.0.0.1:4700/v1/events/aws',
      header: 'x-api-key',
      key: 'a-key-of-16-or-more',
    },
    oidc: { issuer: 'https://tollgate.example', at: 'http://127.0.0.1:4700', role: 'tollgate-worker' },
  })
})
