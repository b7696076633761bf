/** The operator's routes to the inbox: what is shown, what applying again does, and that it is in the log. Design §5.3. */
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { hashOperatorKey, operatorKeyOf } from '../../../shared/operator/key.ts'
import type { EventDetail, EventLine } from '../../../shared/operator/wire.ts'
import { createApp } from '../../../worker/app.ts'
import type { Edge } from '../../../worker/env.ts'
import { customer, licenseArn } from '../landing/browser.ts'
import { created, ended, event, notification, updated } from '../lifecycle/marketplace.ts'
import { only, orders, rows, T, useStage } from '../lifecycle/stage.ts'

const KEY = operatorKeyOf('A'.repeat(43))
const stage = useStage()

async function ask<T>(path: string, body?: object, over: Partial<Edge> = {}) {
  const settings = { ...stage.edge.settings, operatorKeyHash: await hashOperatorKey(KEY) }
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' }
  const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) }
  const app = createApp({ ...stage.edge, settings, ...over })
  const response = await app.fetch(new Request(`https://tollgate.example/v1/operator${path}`, init))
  return { status: response.status, body: await response.json<T>() }
}

interface Page {
  readonly rows: readonly EventLine[]
  readonly next: string | null
}
interface Replayed {
  readonly sentence?: string
  readonly detail?: string
  readonly changed?: readonly string[]
}
const signed = (id: string) => ({ id, who: 'ops', why: 'the event was missed' })
const replay = (id: string, act: string) =>
  ask<Replayed>(`/events/${encodeURIComponent(id)}/replay`, signed(act))
const seen = ({ rows: lines }: Page) => lines.map(({ id, state, note }) => [id, state, note])

test('every event is listed, the last received first, with its state, and what fits nowhere says why', async () => {
  await stage.arrive()
  await stage.poll(created(T('14:20:00'), { id: 'first', agreement: 'agmt-0' }))
  await stage.poll(
    updated(T('14:21:00'), { id: 'grant' }),
    event('Vet Succeeded - Proposer', T('14:21:30'), { id: 'vet' }),
  )
  await env.DB.prepare(
    `UPDATE subscriptions SET detail = json_set(detail, '$.held', json('["grant"]'))`,
  ).run()
  const { body } = await ask<Page>('/events')
  expect(seen(body)).toEqual([
    ['vet', 'kept', 'of a kind that changes nothing'],
    ['grant', 'held', 'nothing was granted under its agreement, so it ends nothing'],
    ['first', 'waiting', 'no subscription is known by its license, agreement or customer yet'],
  ])
  const { id } = await only()
  expect(body.rows.map(({ subscription }) => subscription)).toEqual([null, id, null])
  for (const [query, ids] of [
    ['state=kept', ['vet']],
    ['state=held', ['grant']],
    ['state=applied', []],
    ['state=waiting', ['first']],
    [`subscription=${id}`, ['grant']],
    ['agreement=agmt-0', ['first']],
  ] as const)
    expect([query, (await ask<Page>(`/events?${query}`)).body.rows.map((row) => row.id)]).toEqual([
      query,
      ids,
    ])
})

test('pages follow each other without a gap, and one event is shown with what AWS sent', async () => {
  const bodies = Array.from({ length: 7 }, (_, at) => created(T(`14:2${at}:00`), { id: `event-${at}` }))
  await stage.poll(...bodies)
  const ids: string[] = []
  for (let next: string | null = ''; next !== null;) {
    const page: Page = (await ask<Page>(`/events?limit=3${next === '' ? '' : `&after=${next}`}`)).body
    ids.push(...page.rows.map((row) => row.id))
    next = page.next
  }
  expect(ids).toEqual([6, 5, 4, 3, 2, 1, 0].map((at) => `event-${at}`))
  const one = await ask<EventDetail>('/events/event-3')
  expect([one.body.body, one.body.agreementId]).toEqual([bodies[3], 'agmt-1'])
})

test.each(['state=lost', 'subscription=1', 'after=x', 'limit=0', 'other=1'])(
  '?%s is refused',
  async (query) => {
    expect((await ask(`/events?${query}`)).status).toBe(400)
  },
)

test('replaying an event that was applied changes nothing, however often, and each act is in the log', async () => {
  await stage.arrive()
  await stage.poll(updated(T('14:24:23'), { id: 'grant' }))
  const before = [await only(), await orders(), await rows('SELECT * FROM inbox')]
  for (const act of ['act-00001', 'act-00001', 'act-00002'])
    expect((await replay('grant', act)).body).toMatchObject({ changed: [] })
  expect([await only(), await orders(), await rows('SELECT * FROM inbox')]).toEqual(before)
  const { body } = await ask<{ rows: readonly { kind: string; subject: string; who: string }[] }>('/log')
  const acts = body.rows.filter(({ kind }) => kind === 'replay event')
  expect(acts.map(({ subject, who }) => [subject, who])).toEqual([1, 2, 3, 4].map(() => ['grant', 'ops']))
})

test('replaying applies what was stored and went no further', async () => {
  await stage.arrive()
  await stage.poll(updated(T('14:24:23'), { id: 'grant' }))
  await env.DB.batch(
    [
      "UPDATE inbox SET state = 'waiting'",
      "UPDATE subscriptions SET state = 'pending', detail = '{}', version = version + 1",
    ].map((sql) => env.DB.prepare(sql)),
  )
  expect((await replay('grant', 'act-00001')).body.sentence).toContain('changed')
  expect((await only()).state).toBe('active')
})

test('a kept event is read again by today’s rules: then a topic is trusted, and the purchase is granted', async () => {
  const topic = 'arn:aws:sns:us-east-1:123456789012:handed-on'
  const products = stage.edge.seller.products.map((one) => ({ ...one, integration: 'legacy' as const }))
  stage.edge = { ...stage.edge, seller: { ...stage.edge.seller, products } }
  stage.market.resolve = () => Response.json(customer({ LicenseArn: undefined, CustomerIdentifier: 'X01' }))
  await stage.arrive()
  await stage.poll(notification('subscribe-success', T('14:24:00'), { id: 'n', topic }))
  const refused = await replay('sns:n', 'act-00001')
  expect([refused.status, refused.body.detail]).toEqual([
    422,
    'Nothing was done: It is still from another topic, so it stays kept.',
  ])
  stage.edge = { ...stage.edge, settings: { ...stage.edge.settings, legacyTopics: [topic] } }
  expect((await replay('sns:n', 'act-00002')).body.changed).toHaveLength(1)
  expect((await only()).state).toBe('active')
})

test('an event nobody knows the purchase of goes on waiting, and one that is not there is 404', async () => {
  await stage.poll(ended(T('14:24:23'), { id: 'stray' }))
  expect((await replay('stray', 'act-00001')).body.sentence).toContain('It waits')
  expect((await replay('nothing', 'act-00002')).status).toBe(404)
  expect((await ask('/events/nothing')).status).toBe(404)
})

test('without the log nothing is replayed', async () => {
  await stage.arrive()
  await stage.poll(updated(T('14:24:23'), { id: 'other', license: licenseArn('b') }))
  const audit = { getByName: () => ({ begin: () => Promise.reject(new Error('no answer')) }) }
  const settings = { ...stage.edge.settings, operatorKeyHash: await hashOperatorKey(KEY) }
  const edge = {
    settings: new Proxy(settings, { get: (of, name) => (name === 'audit' ? audit : Reflect.get(of, name)) }),
  }
  expect((await ask('/events/other/replay', signed('act-00001'), edge)).status).toBe(503)
})
