/** The operator's routes to deliveries: what is shown, what goes out again, and that each act is in the log. */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hashOperatorKey, operatorKeyOf } from '../../../shared/operator/key.ts'
import type { DeliveryDetail, DeliveryLine } from '../../../shared/operator/wire.ts'
import { createApp } from '../../../worker/app.ts'
import { sweepDeliveries } from '../../../worker/deliveries/sweep.ts'
import {
  closeStage,
  decide,
  decision,
  makeSecret,
  openStage,
  rows,
  SUBSCRIPTION,
  VIEW,
  type Stage,
} from '../deliveries/stage.ts'

interface Answer<T> {
  readonly status: number
  readonly body: T
}

const KEY = operatorKeyOf('A'.repeat(43))
let stage: Stage
let ask: <T>(path: string, body?: object) => Promise<Answer<T>>

beforeEach(async () => {
  stage = await openStage()
  const operatorKeyHash = await hashOperatorKey(KEY)
  const app = createApp({ ...stage.edge, settings: { ...stage.edge.settings, operatorKeyHash } })
  ask = async (path, body) => {
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' }
    const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) }
    const response = await app.fetch(new Request(`https://tollgate.example/v1/operator${path}`, init))
    return { status: response.status, body: await response.json() }
  }
  await makeSecret(stage.edge)
})
afterEach(closeStage)

interface Page {
  readonly rows: readonly DeliveryLine[]
  readonly next: string | null
}
const signed = (id: string) => ({ id, who: 'ops', why: 'the receiver is repaired' })

/** One webhook that the receiver wants no more. */
async function park(): Promise<string> {
  stage.answer.webhook = () => new Response(null, { status: 410 })
  await decide(stage, ['webhook'])
  await sweepDeliveries(stage.edge)
  stage.answer.webhook = () => new Response(null, { status: 204 })
  return (await rows())[0]?.id ?? ''
}

test('deliveries are listed the newest first, page by page, by state, channel and subscription', async () => {
  for (let i = 0; i < 5; i += 1) {
    await decide(stage, ['webhook', 'mail'], decision({ key: `granted:${i}` }))
    stage.later(1_000)
  }
  const all = await ask<Page>('/deliveries')
  expect(all.body.rows.map((row) => row.createdMs)).toEqual(
    all.body.rows.map((row) => row.createdMs).sort((a, b) => b - a),
  )
  const seen: string[] = []
  for (let next: string | null = ''; next !== null;) {
    const page: Page = (await ask<Page>(`/deliveries?limit=3${next === '' ? '' : `&after=${next}`}`)).body
    seen.push(...page.rows.map((row) => row.id))
    next = page.next
  }
  expect(seen).toEqual(all.body.rows.map((row) => row.id))
  const mail = await ask<Page>(`/deliveries?channel=mail&state=waiting&subscription=${SUBSCRIPTION}`)
  expect(mail.body.rows).toHaveLength(5)
})

test.each(['state=lost', 'channel=fax', 'subscription=1', 'after=x', 'limit=0', 'other=1'])(
  '?%s is refused',
  async (query) => {
    expect((await ask(`/deliveries?${query}`)).status).toBe(400)
  },
)

test('one is shown with what it tells', async () => {
  const id = await park()
  const { body } = await ask<DeliveryDetail>(`/deliveries/${id}`)
  expect(body).toMatchObject({
    id,
    state: 'parked',
    outcome: 'answered 410: it wants no more webhooks',
    told: { subscription: VIEW, version: null, decision: { plan: 'team', why: 'active' } },
  })
  expect((await ask('/deliveries/dlv_0')).status).toBe(404)
})

test('what is parked goes out again under its id, once an act, and the act is in the log', async () => {
  const id = await park()
  for (let i = 0; i < 2; i += 1) {
    const done = await ask<{ sentence: string }>(`/deliveries/${id}/redeliver`, signed('redeliver-0001'))
    expect(done.body.sentence).toBe(`${id} goes out again, under the same id.`)
    await sweepDeliveries(stage.edge)
  }
  const webhooks = stage.sent.filter(({ to }) => to === 'webhook')
  expect(webhooks.map(({ headers }) => headers.get('webhook-id'))).toEqual([id, id])
  const log = await ask<{ rows: readonly { kind: string; subject: string }[] }>('/log')
  expect(log.body.rows.map(({ kind }) => kind)).toContain('redeliver')
})

test('all that is parked of a channel goes out again by one act', async () => {
  await park()
  const done = await ask('/deliveries/parked/webhook', signed('redeliver-0002'))
  expect(done.body).toMatchObject({ deliveries: 1, sentence: expect.stringContaining('1 parked') })
  expect((await ask('/deliveries/parked/fax', signed('redeliver-0003'))).status).toBe(400)
  expect((await ask('/deliveries/parked/all', signed('redeliver-0004'))).body).toMatchObject({
    deliveries: 0,
  })
})

test('what was skipped, or is not there, is not sent, and no act goes unsigned', async () => {
  const id = await park()
  await env.DB.prepare("UPDATE outbox SET state = 'skipped', outcome = 'a later change made it wrong'").run()
  expect((await ask(`/deliveries/${id}/redeliver`, signed('redeliver-0005'))).status).toBe(422)
  expect((await ask('/deliveries/dlv_0/redeliver', signed('redeliver-0006'))).status).toBe(404)
  expect((await ask(`/deliveries/${id}/redeliver`, {})).status).toBe(400)
  expect((await rows())[0]?.state).toBe('skipped')
})
