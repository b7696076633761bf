/** Deliveries under faults (design §5.5): at least once, under one id, and no receiver held up by another. */
import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DAY_MS, MINUTE_MS } from '../../../shared/hour.ts'
import { claim, nextDelivery, redeliverStatements } from '../../../worker/db/deliveries.ts'
import { attemptDelivery } from '../../../worker/deliveries/attempt.ts'
import { consumeDelivery, dispatchDeliveries, sweepDeliveries } from '../../../worker/deliveries/sweep.ts'
import type { Edge } from '../../../worker/env.ts'
import worker from '../../../worker/index.ts'
import { closeStage, decide, decision, makeSecret, openStage, register, rows, type Stage } from './stage.ts'

let stage: Stage
beforeEach(async () => {
  stage = await openStage()
  await makeSecret(stage.edge)
})
afterEach(closeStage)

/** The stage with the queue of a deployment. */
const byQueue = (): Edge => ({
  ...stage.edge,
  settings: { ...stage.edge.settings, deliveries: stage.queue },
})

/** An edge whose D1 answers nothing while `isDown` says so; it is asked before each statement and batch. */
function withoutD1(isDown: () => boolean, edge = stage.edge): Edge {
  const db = new Proxy(edge.settings.db, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...args: unknown[]): unknown => {
        if ((name === 'batch' || name === 'prepare') && isDown()) throw new Error('D1 is down')
        return Reflect.apply(value, target, args)
      }
    },
  })
  return { ...edge, settings: { ...edge.settings, db } }
}

const ids = async (): Promise<string[]> => (await rows()).map(({ id }) => id)
const states = async (): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const { channel, state } of await rows()) {
    const key = `${channel} ${state}`
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

test('a crash between sending and writing it down sends the same again under the same id, and then no more', async () => {
  await decide(stage, ['webhook'])
  const [id = ''] = await ids()
  let dead = false
  stage.answer.webhook = () => {
    dead = stage.sent.length === 1
    return new Response(null, { status: 204 })
  }
  await expect(
    attemptDelivery(
      withoutD1(() => dead),
      id,
    ),
  ).rejects.toThrow('D1 is down')
  expect(await states()).toEqual({ 'webhook waiting': 1 })
  expect(await attemptDelivery(stage.edge, id)).toBe('not due')
  stage.later(MINUTE_MS)
  await sweepDeliveries(stage.edge)
  stage.later(DAY_MS)
  await sweepDeliveries(stage.edge)
  expect(stage.sent.map((sent) => sent.headers.get('webhook-id'))).toEqual([id, id])
  expect(stage.sent[0]?.body).toBe(stage.sent[1]?.body)
  expect(await states()).toEqual({ 'webhook delivered': 1 })
})

test('D1 away at any step of an attempt: it is sent once or again under the same id, never lost', async () => {
  for (let from = 0; from < 8; from += 1) {
    const key = `granted:${from}`
    await decide(stage, ['webhook'], decision({ key }))
    const id = (await ids()).at(-1) ?? ''
    const before = stage.sent.length
    let asked = 0
    const down = withoutD1(() => asked++ >= from)
    await attemptDelivery(down, id).catch(() => undefined)
    for (let i = 0; i < 3; i += 1) {
      stage.later(2 * MINUTE_MS)
      await sweepDeliveries(stage.edge)
    }
    const sent = stage.sent.slice(before).map(({ headers }) => headers.get('webhook-id'))
    expect(new Set(sent)).toEqual(new Set([id]))
    expect(sent.length).toBeLessThanOrEqual(2)
  }
  expect(await states()).toEqual({ 'webhook delivered': 8 })
})

test('D1 away when a message comes: the queue keeps the message', async () => {
  await decide(stage, ['webhook'])
  await expect(
    consumeDelivery(
      withoutD1(() => true, byQueue()),
      { id: (await ids())[0] },
    ),
  ).rejects.toThrow('D1')
  expect(stage.sent).toEqual([])
})

test('a message that is lost is sent again by the clock, two minutes later and not before', async () => {
  await decide(stage, ['webhook'])
  await dispatchDeliveries(byQueue())
  await sweepDeliveries(byQueue())
  expect(stage.queued).toHaveLength(1)
  stage.later(2 * MINUTE_MS)
  await sweepDeliveries(byQueue())
  expect(stage.queued).toHaveLength(2)
  await consumeDelivery(byQueue(), { id: stage.queued[1] })
  expect(await states()).toEqual({ 'webhook delivered': 1 })
})

test('a message that comes a hundred times, at once and later, sends once (G.2 fault 21)', async () => {
  await decide(stage, ['webhook', 'sns'])
  const messages = (await ids()).flatMap((id) => Array.from({ length: 50 }, () => ({ id })))
  await Promise.all(messages.map((message) => consumeDelivery(byQueue(), message)))
  await Promise.all(messages.map((message) => consumeDelivery(byQueue(), message)))
  expect(stage.sent.map(({ to }) => to).sort()).toEqual(['sns', 'webhook'])
})

test.each([[undefined], [null], ['x'], [{}], [{ id: 4 }], [{ id: 'dlv_unknown' }], [[]]])(
  'a message %j that names no delivery is dropped',
  async (message) => {
    await consumeDelivery(byQueue(), message)
    expect(stage.sent).toEqual([])
  },
)

test('a queue that takes nothing fails no change: the clock sends it', async () => {
  await decide(stage, ['webhook'])
  const broken = { ...stage.queue, sendBatch: () => Promise.reject(new Error('queue away')) }
  const edge: Edge = { ...stage.edge, settings: { ...stage.edge.settings, deliveries: broken } }
  expect(await dispatchDeliveries(edge)).toEqual([])
  stage.later(2 * MINUTE_MS)
  expect(await sweepDeliveries(byQueue())).toHaveLength(1)
})

test('the deployed Worker takes one message an invocation and acknowledges it', async () => {
  const batch = createMessageBatch('tollgate-deliveries', [
    { id: '1', timestamp: new Date(stage.clock.wall), attempts: 1, body: { id: 'dlv_unknown' } },
  ])
  const context = createExecutionContext()
  await worker.queue?.(batch, env, context)
  expect((await getQueueResult(batch, context)).retryMessages).toEqual([])
})

test('three hundred webhooks to a dead receiver hold up no mail and no notice, and cost it one attempt at a time', async () => {
  await register('jane@buyer.example')
  stage.answer.webhook = () => Promise.reject(new Error('connection refused'))
  const many = Array.from({ length: 300 }, (_, i) =>
    decision({ kind: 'subscription.changed', key: `changed:${i}` }),
  )
  await decide(stage, ['webhook'], ...many)
  stage.later(1)
  await decide(stage, ['mail', 'sns'])
  await sweepDeliveries(stage.edge)
  expect(await states()).toEqual({ 'webhook waiting': 300, 'mail delivered': 1, 'sns delivered': 1 })
  expect(stage.sent.filter(({ to }) => to === 'webhook')).toHaveLength(3)

  const sent = stage.sent.length
  for (let minute = 0; minute < 60; minute += 1) {
    stage.later(MINUTE_MS)
    await sweepDeliveries(stage.edge)
  }
  // A minute, two, four, eight, and then sixteen between two attempts.
  expect(stage.sent.length - sent).toBe(6)

  stage.answer.webhook = () => new Response(null, { status: 204 })
  for (let i = 0; i < 20; i += 1) {
    await sweepDeliveries(stage.edge)
    stage.later(MINUTE_MS)
  }
  for (let i = 0; i < 6; i += 1) {
    stage.later(DAY_MS / 8)
    await sweepDeliveries(stage.edge)
  }
  expect(await states()).toEqual({ 'webhook delivered': 300, 'mail delivered': 1, 'sns delivered': 1 })
})

test('through the queue too a channel has its places and no more, and a success calls the next', async () => {
  await register('jane@buyer.example')
  const many = Array.from({ length: 50 }, (_, i) =>
    decision({ kind: 'subscription.changed', key: `changed:${i}` }),
  )
  await decide(stage, ['webhook'], ...many)
  await decide(stage, ['mail', 'sns'])
  await dispatchDeliveries(byQueue())
  expect(stage.queued).toHaveLength(22)
  for (let at = 0; at < stage.queued.length; at += 1)
    await consumeDelivery(byQueue(), { id: stage.queued[at] })
  expect(stage.queued).toHaveLength(52)
  expect(await states()).toEqual({ 'webhook delivered': 50, 'mail delivered': 1, 'sns delivered': 1 })
})

test('a receiver that hangs keeps its own places only: the other channels are done meanwhile', async () => {
  await register('jane@buyer.example')
  let letGo = (): void => undefined
  const hangs = new Promise<Response>((resolve) => {
    letGo = () => resolve(new Response(null, { status: 204 }))
  })
  stage.answer.webhook = () => hangs
  await decide(stage, ['webhook', 'mail', 'sns'])
  const sweep = sweepDeliveries(stage.edge)
  await expect.poll(async () => (await states())['mail delivered'], { timeout: 30_000 }).toBe(1)
  await expect.poll(async () => (await states())['sns delivered'], { timeout: 30_000 }).toBe(1)
  expect((await states())['webhook waiting']).toBe(1)
  letGo()
  await sweep
  expect((await states())['webhook delivered']).toBe(1)
})

test('what a dead process left on its way, and what waits behind it, is due when a sweep takes it and no sooner', async () => {
  await decide(stage, ['sns'], decision(), decision({ key: 'granted:2' }))
  const [id = ''] = await ids()
  await claim(env.DB, id, stage.clock.business)
  const due = (await nextDelivery(env.DB, ['sns'])) ?? 0
  stage.clock.business = due - 1
  expect(await sweepDeliveries(stage.edge)).toEqual([])
  stage.clock.business = due
  expect(await sweepDeliveries(stage.edge)).toHaveLength(2)
  expect(await nextDelivery(env.DB, ['sns'])).toBe(null)
})

test('what was in vain for a day is parked, people are told once an hour and channel, and redelivered it goes again', async () => {
  stage.answer.webhook = () => new Response(null, { status: 500 })
  const two = [decision(), decision({ key: 'granted:2' })]
  await decide(stage, ['webhook'], ...two)
  for (let due = await nextDelivery(env.DB, ['webhook', 'sns']); due !== null;) {
    stage.clock.business = Math.max(due, stage.clock.business)
    await sweepDeliveries(stage.edge)
    due = await nextDelivery(env.DB, ['webhook', 'sns'])
  }
  expect(await states()).toEqual({ 'webhook parked': 2, 'sns delivered': 1 })
  expect(stage.clock.business - Date.parse('2026-11-21T14:30:00Z')).toBeLessThan(DAY_MS + 20 * MINUTE_MS)
  const notice = new URLSearchParams(stage.sent.find(({ to }) => to === 'sns')?.body).get('Message')
  expect(notice).toContain('npm run deliveries -- list --state parked')

  stage.answer.webhook = () => new Response(null, { status: 204 })
  const [id = ''] = await ids()
  await env.DB.batch(redeliverStatements(env.DB, { id }, stage.clock.business))
  await sweepDeliveries(stage.edge)
  expect(await states()).toEqual({ 'webhook parked': 1, 'webhook delivered': 1, 'sns delivered': 1 })
  expect(stage.sent.at(-1)?.headers.get('webhook-id')).toBe(id)
})

test('while its receiver fails, what waited a day is parked without an attempt each, and people are told once', async () => {
  stage.answer.webhook = () => new Response(null, { status: 503 })
  const many = Array.from({ length: 30 }, (_, i) => decision({ key: `granted:${i}` }))
  await decide(stage, ['webhook'], ...many)
  await sweepDeliveries(stage.edge)
  stage.later(DAY_MS)
  await sweepDeliveries(stage.edge)
  expect(await states()).toEqual({ 'webhook parked': 30, 'sns delivered': 1 })
  expect(stage.sent.filter(({ to }) => to === 'webhook')).toHaveLength(3)
})

test('after a day in which nothing ran, each is tried before it is given up', async () => {
  await decide(stage, ['webhook'])
  stage.later(3 * DAY_MS)
  await sweepDeliveries(stage.edge)
  expect(await states()).toEqual({ 'webhook delivered': 1 })
})

test('a channel that is taken down parks what waits for it', async () => {
  await decide(stage, ['webhook'])
  const { webhookUrl: _, ...settings } = stage.edge.settings
  await sweepDeliveries({ ...stage.edge, settings })
  expect(await states()).toEqual({ 'webhook parked': 1, 'sns delivered': 1 })
})

test('a success that comes after it was given up counts', async () => {
  await decide(stage, ['webhook'])
  stage.answer.webhook = async () => {
    await env.DB.prepare("UPDATE outbox SET state = 'parked', next_ms = NULL").run()
    return new Response(null, { status: 200 })
  }
  await sweepDeliveries(stage.edge)
  expect(await states()).toEqual({ 'webhook delivered': 1 })
})

test('an attempt that was overtaken writes no failure over the later one', async () => {
  await decide(stage, ['webhook'])
  const later = stage.clock.business + 5 * MINUTE_MS
  stage.answer.webhook = async () => {
    await env.DB.prepare('UPDATE outbox SET attempts = 2, next_ms = ?').bind(later).run()
    return new Response(null, { status: 500 })
  }
  await attemptDelivery(stage.edge, (await ids())[0] ?? '')
  expect((await rows())[0]).toMatchObject({ attempts: 2, next_ms: later, outcome: null })
})
