/** The push door: who is let in, what is stored before the answer, what EventBridge is told. Design §5.3; facts §5.5. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'
import { createApp } from '../../../worker/app.ts'
import type { Edge } from '../../../worker/env.ts'
import { sweepSubscriptions } from '../../../worker/lifecycle/sweep.ts'
import { created, deprovisioned, event, notification, updated } from '../lifecycle/marketplace.ts'
import { only, orders, rows, T, useStage } from '../lifecycle/stage.ts'

const KEYS = ['the-first-key-of-the-connection', 'the-second-key-of-the-connection']
const stage = useStage()

const edgeWith = (over: Partial<Edge['settings']> = {}): Edge => ({
  ...stage.edge,
  settings: { ...stage.edge.settings, eventsPushKeys: KEYS, ...over },
})

/** One attempt of EventBridge, answered and whatever comes after the answer done. */
async function push(body: BodyInit | null, key: string | null = KEYS[0] ?? '', edge = edgeWith()) {
  const context = createExecutionContext()
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'Amazon/EventBridge/ApiDestinations',
    range: 'bytes=0-1048575',
    ...(key === null ? {} : { 'x-api-key': key }),
  }
  const request = new Request('https://tollgate.example/v1/events/aws', { method: 'POST', headers, body })
  const response = await createApp(edge).fetch(request, {}, context)
  const storedBefore = await rows<{ state: string }>('SELECT state FROM inbox')
  await waitOnExecutionContext(context)
  const text = await response.text()
  return { status: response.status, text, headers: [...response.headers], storedBefore }
}

const result = ({ status, text }: Awaited<ReturnType<typeof push>>) => [status, JSON.parse(text).result]

test('a pushed event is stored when it is answered and applied right after, without the clock', async () => {
  await stage.arrive()
  expect((await push(created(T('14:23:22')))).storedBefore).toEqual([{ state: 'waiting' }])
  expect(result(await push(updated(T('14:24:23')), KEYS[1]))).toEqual([202, 'stored'])
  expect((await only()).state).toBe('active')
  expect(await rows('SELECT DISTINCT state FROM inbox')).toEqual([{ state: 'applied' }])
  expect(await orders()).toHaveLength(1)
})

test('where nothing outlives the answer, the next minute applies what was pushed', async () => {
  await stage.arrive()
  const body = updated(T('14:24:23'))
  const headers = { 'x-api-key': KEYS[0] ?? '' }
  const request = new Request('https://tollgate.example/v1/events/aws', { method: 'POST', headers, body })
  expect((await createApp(edgeWith()).fetch(request)).status).toBe(202)
  await sweepSubscriptions(stage.edge)
  expect((await only()).state).toBe('active')
})

test('an event by push, by the queue and by push again counts once (G.2 fault 24)', async () => {
  await stage.arrive()
  const body = updated(T('14:24:23'))
  expect(result(await push(body))).toEqual([202, 'stored'])
  const before = [await only(), await rows('SELECT * FROM inbox'), await orders()]
  await stage.poll(body)
  expect(result(await push(body))).toEqual([202, 'duplicate'])
  expect([await only(), await rows('SELECT * FROM inbox'), await orders()]).toEqual(before)
})

test('push, poll and the buyer meet on one purchase: one subscription, every event applied', async () => {
  const bodies = [created(T('14:23:22')), updated(T('14:24:23'))] as const
  await Promise.all([
    push(bodies[1]),
    stage.arrive('t1'),
    stage.poll(...bodies),
    push(bodies[0]),
    stage.arrive('t2'),
    push(bodies[1], KEYS[1]),
  ])
  await sweepSubscriptions(stage.edge)
  expect((await only()).state).toBe('active')
  expect(await rows('SELECT DISTINCT state FROM inbox')).toEqual([{ state: 'applied' }])
  expect((await orders()).map(({ activation }) => activation)).toEqual([Date.parse(T('14:24:23'))])
})

test('events in the wrong order end as in the right one: deprovisioned before it was granted (G.2 fault 24)', async () => {
  await stage.arrive()
  await push(deprovisioned(T('14:25:28')))
  await push(updated(T('14:24:23')))
  await push(created(T('14:23:22')))
  expect((await only()).state).toBe('ended')
})

test('a missing, a wrong and a nearly right key get one answer, to the byte, for the same work', async () => {
  const [first = '', second = ''] = KEYS
  const digests = vi.spyOn(crypto.subtle, 'digest')
  const work: number[] = []
  const answers: unknown[] = []
  for (const key of [
    null,
    '',
    'x',
    first.slice(0, -1),
    `${first}x`,
    `${first},${second}`,
    'x'.repeat(5_000),
  ]) {
    digests.mockClear()
    answers.push(await push(updated(T('14:24:23')), key))
    work.push(digests.mock.calls.length)
  }
  expect(new Set(answers.map((one) => JSON.stringify(one))).size).toBe(1)
  expect(answers[0]).toMatchObject({ status: 401, storedBefore: [] })
  expect(new Set(work).size).toBe(1)
})

test('while no key is set the door is closed and says so', async () => {
  const { eventsPushKeys: _, ...settings } = edgeWith().settings
  const answer = await push(updated(T('14:24:23')), KEYS[0], { ...stage.edge, settings })
  expect([answer.status, answer.storedBefore]).toEqual([404, []])
  expect(answer.text).toContain('EVENTS_PUSH_KEYS')
})

test.each([
  ['from another source', { source: 'evil.example' }],
  ['for another account', { account: '999999999999' }],
  ['from another Region', { region: 'eu-west-1' }],
  ['without an agreement', { detail: undefined }],
  ['without an id', { id: 'tollgate:ended:agmt-1:' }],
  ['nested deeper than any of AWS', { resources: JSON.parse('['.repeat(1500) + ']'.repeat(1500)) }],
  ['for a product that is not ours', { code: 'z'.repeat(25) }],
  ['of a kind that changes nothing', { 'detail-type': 'Vet Succeeded - Proposer' }],
])('an event %s is kept with 2xx, never dropped by a 4xx (G.3 row 53, facts trap 30)', async (note, over) => {
  await stage.arrive()
  const before = await only()
  expect(result(await push(event('License Updated - Manufacturer', T('14:24:23'), over)))).toEqual([
    202,
    'kept',
  ])
  expect(await rows('SELECT state, note FROM inbox')).toEqual([{ state: 'kept', note }])
  expect(await only()).toEqual(before)
})

test('an object without an id is kept once by its content, and a topic’s message is no event of this door', async () => {
  const body = JSON.stringify({ source: 'aws.agreement-marketplace', 'detail-type': 'x' })
  expect(result(await push(body))).toEqual([202, 'kept'])
  expect(result(await push(body))).toEqual([202, 'duplicate'])
  expect(result(await push(notification('subscribe-success', T('14:24:00'))))).toEqual([202, 'kept'])
  expect(await rows('SELECT note FROM inbox ORDER BY note')).toEqual([
    { note: 'for another account' },
    { note: 'from another source' },
  ])
})

test('an id longer than any of AWS is none: the event is kept, and shown under a name one can read', async () => {
  const body = event('License Updated - Manufacturer', T('14:24:23'), { id: 'x'.repeat(257) })
  expect(result(await push(body))).toEqual([202, 'kept'])
  expect(await rows('SELECT length(id) AS length, note FROM inbox')).toEqual([
    { length: 'push:'.length + 64, note: 'without an id' },
  ])
})

test.each([
  ['nothing', '', 400],
  ['text', 'hello', 400],
  ['a list', '[]', 400],
  ['half an object', '{"id":', 400],
  ['bytes', new Uint8Array([0xff, 0xfe, 0x00]), 400],
  ['a megabyte and one byte', 'x'.repeat(1_000_001), 413],
])('%s is no event: 4xx, and EventBridge puts it into its dead-letter queue', async (_, body, status) => {
  const answer = await push(body)
  expect([answer.status, answer.storedBefore]).toEqual([status, []])
  expect(answer.text).toContain('Nothing was stored')
})

test('while D1 does not answer the event is 503 with Retry-After, and counts once when it comes again', async () => {
  await stage.arrive()
  const body = updated(T('14:24:23'))
  const db = new Proxy(env.DB, {
    get: (of, name) =>
      name === 'batch'
        ? () => Promise.reject(new Error('D1_ERROR: overloaded'))
        : Reflect.get(of, name).bind(of),
  })
  const refused = await push(body, KEYS[0], edgeWith({ db }))
  expect(refused.status).toBe(503)
  expect(new Map(refused.headers.map(([name, value]) => [name, value])).get('retry-after')).toBe('5')
  expect(result(await push(body))).toEqual([202, 'stored'])
  expect((await only()).state).toBe('active')
})
