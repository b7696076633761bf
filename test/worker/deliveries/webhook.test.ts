/** The webhook on the wire (facts F.1 "Webhook forgery/replay"; G.3 row 51 is the receiver's side). */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Webhook } from 'standardwebhooks'
import { sweepDeliveries } from '../../../worker/deliveries/sweep.ts'
import {
  closeStage,
  decide,
  decision,
  makeSecret,
  openStage,
  register,
  rows,
  VIEW,
  type Stage,
} from './stage.ts'

let stage: Stage
beforeEach(async () => {
  stage = await openStage()
})
afterEach(closeStage)

test('a webhook is signed by every secret in force, each of which verifies it in workerd, and by no other', async () => {
  const secrets = [await makeSecret(stage.edge, 'whs_1'), await makeSecret(stage.edge, 'whs_2')]
  stage.clock.wall = Date.now()
  await decide(stage, ['webhook'])
  await sweepDeliveries(stage.edge)
  const [sent] = stage.sent
  const headers = Object.fromEntries(sent?.headers ?? [])
  expect(headers['webhook-signature']?.split(' ')).toHaveLength(2)
  for (const secret of secrets) {
    expect(new Webhook(secret).verify(sent?.body ?? '', headers)).toEqual({
      type: 'subscription.granted',
      timestamp: '2026-11-21T14:29:00.000Z',
      data: { version: null, subscription: VIEW, decision: { why: 'active', plan: 'team' } },
    })
  }
  const other = new Webhook(`whsec_${btoa('x'.repeat(32))}`)
  expect(() => other.verify(sent?.body ?? '', headers)).toThrow('No matching signature')
  expect((await rows()).map((row) => [row.id, row.state])).toEqual([[headers['webhook-id'], 'delivered']])
})

test('the signature is of wall time, however far business time has been moved', async () => {
  await makeSecret(stage.edge)
  await decide(stage, ['webhook'])
  stage.later(40 * 86_400_000)
  await sweepDeliveries(stage.edge)
  expect(stage.sent[0]?.headers.get('webhook-timestamp')).toBe(String(stage.clock.wall / 1_000))
})

test('every attempt has the same id and the same body', async () => {
  await makeSecret(stage.edge)
  stage.answer.webhook = () => new Response(null, { status: stage.sent.length < 3 ? 500 : 200 })
  await decide(stage, ['webhook'])
  for (let i = 0; i < 3; i += 1) {
    await sweepDeliveries(stage.edge)
    stage.later(20 * 60_000)
  }
  expect(stage.sent).toHaveLength(3)
  expect(new Set(stage.sent.map((sent) => `${sent.headers.get('webhook-id')} ${sent.body}`)).size).toBe(1)
})

test('who registered stands in that one webhook, read when it is sent', async () => {
  await makeSecret(stage.edge)
  await register('jane@buyer.example', { name: 'Jane' })
  await decide(stage, ['webhook'], decision({ kind: 'registration.completed' }), decision())
  await sweepDeliveries(stage.edge)
  const contacts = stage.sent.map((sent) => JSON.parse(sent.body).data.contact)
  expect(contacts).toHaveLength(2)
  expect(contacts).toContainEqual({ email: 'jane@buyer.example', fields: { name: 'Jane' } })
  expect(JSON.stringify(await rows())).not.toContain('jane')
})

test.each<[number, Record<string, string>, string, string]>([
  [200, {}, 'delivered', 'answered 200'],
  [204, {}, 'delivered', 'answered 204'],
  [301, { location: 'https://elsewhere.example/' }, 'waiting', 'answered 301: redirects are not followed'],
  [307, { location: 'http://169.254.169.254/' }, 'waiting', 'answered 307: redirects are not followed'],
  [400, {}, 'waiting', 'answered 400'],
  [401, {}, 'waiting', 'answered 401'],
  [404, {}, 'waiting', 'answered 404'],
  [410, {}, 'parked', 'answered 410: it wants no more webhooks'],
  [429, { 'retry-after': '7200' }, 'waiting', 'answered 429'],
  [500, {}, 'waiting', 'answered 500'],
  [503, { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }, 'waiting', 'answered 503'],
])('an answer %i with %o makes it %s, after one request', async (status, headers, state, outcome) => {
  await makeSecret(stage.edge)
  stage.answer.webhook = () => new Response(null, { status, headers })
  await decide(stage, ['webhook'])
  await sweepDeliveries(stage.edge)
  expect(stage.sent).toHaveLength(1)
  const [row] = await rows()
  expect([row?.state, row?.outcome]).toEqual([state, outcome])
  if (status === 429) expect(row?.next_ms).toBe(stage.clock.business + 7_200_000)
})

test('a receiver that hangs is left after ten seconds', async () => {
  await makeSecret(stage.edge)
  const bounds: number[] = []
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    bounds.push(ms)
    return AbortSignal.abort(new DOMException('over', 'TimeoutError'))
  })
  stage.answer.webhook = () => Promise.reject(new Error('aborted'))
  await decide(stage, ['webhook'])
  await sweepDeliveries(stage.edge)
  expect(bounds).toEqual([10_000])
  expect((await rows())[0]?.outcome).toBe('no answer within 10 s')
})

test('an answer without end is taken by its status; nothing of it is read', async () => {
  await makeSecret(stage.edge)
  const seen = { pulled: 0, isCancelled: false }
  stage.answer.webhook = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          seen.pulled += 1
          controller.enqueue(new Uint8Array(65_536))
        },
        cancel() {
          seen.isCancelled = true
        },
      }),
    )
  await decide(stage, ['webhook'])
  await sweepDeliveries(stage.edge)
  expect((await rows())[0]).toMatchObject({ state: 'delivered', outcome: 'answered 200' })
  expect(seen.isCancelled).toBe(true)
  expect(seen.pulled).toBeLessThan(3)
})

test('nothing is sent unsigned', async () => {
  await decide(stage, ['webhook'])
  await sweepDeliveries(stage.edge)
  expect(stage.sent).toEqual([])
  expect((await rows())[0]).toMatchObject({
    state: 'waiting',
    outcome: expect.stringContaining('npm run keys'),
  })
})

test('no secret, no address and no answer of a receiver stands in a log or in the outbox', async () => {
  const secret = await makeSecret(stage.edge)
  await register('jane@buyer.example', { name: 'Jane' })
  stage.answer.webhook = () => new Response('canary-answer', { status: 500, statusText: 'canary-status' })
  stage.answer.mail = () => Response.json({ message: 'canary-mail jane@buyer.example' }, { status: 400 })
  stage.answer.sns = () => Promise.reject(new Error('canary-network https://app.seller.example/hooks'))
  await decide(stage, ['webhook', 'sns', 'mail'])
  await sweepDeliveries(stage.edge)
  expect(stage.sent).toHaveLength(3)
  const said = stage.log.join('\n') + JSON.stringify(await rows())
  expect(stage.log).toHaveLength(3)
  for (const canary of [secret, secret.slice(6), 'jane', 'canary', 'app.seller.example', 'AKIDEXAMPLE'])
    expect(said).not.toContain(canary)
})
