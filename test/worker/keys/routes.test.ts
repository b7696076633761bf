/** Keys over the operator's routes: a secret is seen once, works until its end, and every act is in the audit log. */
import { env } from 'cloudflare:workers'
import { afterEach, expect, test } from 'vitest'
import type { Page, RepairEntry } from '../../../shared/ledger/repair.ts'
import type { KeyDone, KeyRow } from '../../../shared/operator/wire.ts'
import { createApp } from '../../../worker/app.ts'
import { IN_FORCE_MAX, webhookSecretsInForce } from '../../../worker/keys/webhook-secrets.ts'
import { closeOperator, openOperator, ORIGIN, type OperatorStage } from '../operator/stage.ts'

afterEach(closeOperator)

let acts = 0
const signed = (id = `act-${++acts}-keys`) => ({ id, who: 'ada', why: 'ticket 7' })

const make = async (stage: OperatorStage, query = 'kind=api&name=billing') =>
  (await stage.post<KeyDone>(`/keys/create?${query}`, signed())).body

const list = async (stage: OperatorStage) => (await stage.get<Page<KeyRow>>('/keys')).body.rows

const isTaken = async ({ edge }: OperatorStage, text = '', later = 0): Promise<boolean> => {
  const clocks = { ...edge.clocks, wall: () => edge.clocks.wall() + later }
  const headers = { authorization: `Bearer ${text}` }
  return (
    (await createApp({ ...edge, clocks }).request(`${ORIGIN}/v1/subscriptions`, { headers })).status === 200
  )
}

test('an API key is shown once, kept as a hash, taken from then on, and ends with its next use when it is revoked', async () => {
  const stage = await openOperator()
  const { key = '', secret = '' } = await make(stage, 'kind=api&name=billing&product=contract')
  expect([key, secret]).toEqual([expect.stringMatching(/^key_/), expect.stringMatching(/^tg_[\w-]{43}$/)])
  expect(await isTaken(stage, secret)).toBe(true)
  const { results } = await env.DB.prepare('SELECT * FROM api_keys').all()
  const everywhere = JSON.stringify([results, await list(stage), (await stage.get('/log')).body])
  expect(everywhere).not.toContain(secret.slice(3))
  expect((await stage.post(`/keys/${key}/revoke`, signed())).status).toBe(200)
  expect(await isTaken(stage, secret)).toBe(false)
  expect((await list(stage)).find(({ id }) => id === key)).toMatchObject({
    name: 'billing',
    endsMs: expect.any(Number),
  })
})

test('a rotated key and its successor are both taken for a day, then the successor alone', async () => {
  const stage = await openOperator()
  const old = await make(stage)
  const { body: next } = await stage.post<KeyDone>(`/keys/${old.key}/rotate`, signed())
  expect([await isTaken(stage, old.secret), await isTaken(stage, next.secret)]).toEqual([true, true])
  const day = 86_400_000
  expect(await isTaken(stage, old.secret, day - 1)).toBe(true)
  expect([await isTaken(stage, old.secret, day), await isTaken(stage, next.secret, day)]).toEqual([
    false,
    true,
  ])
})

test('an act given again makes no second key and shows no secret again', async () => {
  const stage = await openOperator()
  const [first, again] = [signed('act-same-key'), signed('act-same-key')]
  const { body: made } = await stage.post<KeyDone>('/keys/create?kind=api&name=billing', first)
  const { body: same } = await stage.post<KeyDone>('/keys/create?kind=api&name=billing', again)
  expect([same.key, same.secret, (await list(stage)).filter(({ name }) => name === 'billing')]).toEqual([
    made.key,
    undefined,
    [expect.objectContaining({ id: made.key })],
  ])
})

test('a webhook secret signs from its making to its end, beside the others, and no more than five do', async () => {
  const stage = await openOperator()
  const made: KeyDone[] = []
  for (let n = 0; n < IN_FORCE_MAX; n++) made.push(await make(stage, 'kind=webhook&name=app'))
  expect(await webhookSecretsInForce(stage.edge)).toHaveLength(IN_FORCE_MAX)
  const more = await stage.post<{ code: string }>('/keys/create?kind=webhook&name=app', signed())
  expect([more.status, more.body.code]).toEqual([422, 'not-allowed'])
  await stage.post(`/keys/${made[0]?.key}/revoke`, signed())
  const left = await webhookSecretsInForce(stage.edge)
  expect(left.toSorted()).toEqual(
    made
      .slice(1)
      .map(({ secret = '' }) => secret)
      .toSorted(),
  )
})

test('the signing key of the identity is rotated and revoked by the same routes', async () => {
  const stage = await openOperator()
  const edge = { ...stage.edge, settings: { ...stage.edge.settings, publicUrl: ORIGIN } }
  const jwks = async () => {
    const answer = await createApp(edge).request(`${ORIGIN}/.well-known/jwks.json`)
    return (await answer.json<{ keys: { kid: string }[] }>()).keys.map(({ kid }) => kid)
  }
  const [first = ''] = await jwks()
  const { body } = await stage.post<KeyDone>('/keys/identity/rotate', signed())
  expect(await jwks()).toEqual([body.key, first])
  expect((await stage.post(`/keys/${first}/revoke`, signed())).status).toBe(200)
  expect(await jwks()).toEqual([body.key])
})

test('every act is in the audit log with who, why and which key', async () => {
  const stage = await openOperator()
  const { key } = await make(stage)
  await stage.post(`/keys/${key}/rotate`, signed())
  await stage.post(`/keys/${key}/revoke`, signed())
  const { rows } = (await stage.get<Page<RepairEntry>>('/log')).body
  expect(rows.map(({ kind, who, why }) => [kind, who, why])).toEqual(
    ['create key', 'create key', 'rotate key', 'rotate key', 'revoke key', 'revoke key'].map((kind) => [
      kind,
      'ada',
      'ticket 7',
    ]),
  )
})

test.each([
  ['/keys/create?kind=root&name=x', 400],
  ['/keys/create?kind=api', 400],
  ['/keys/create?kind=api&name=%3Cscript%3E', 400],
  ['/keys/create?kind=api&name=x&product=unknown', 400],
  ['/keys/create?kind=webhook&name=x&product=contract', 400],
  ['/keys/create?kind=api&name=x&admin=1', 400],
  ['/keys/key_unknown/revoke', 404],
  ['/keys/whs_unknown/rotate', 404],
  [`/keys/${'A'.repeat(43)}/revoke`, 404],
  ["/keys/key_'%20OR%201=1/revoke", 400],
  ['/keys/key_x/rotate?overlapHours=721', 400],
  ['/keys/key_x/rotate?overlapHours=-1', 400],
])('POST %s is refused with %i and makes and ends nothing', async (path, status) => {
  const stage = await openOperator()
  const before = await list(stage)
  expect((await stage.post(path, signed())).status).toBe(status)
  expect(await list(stage)).toEqual(before)
})

test('without who and why nothing is made', async () => {
  const stage = await openOperator()
  expect((await stage.post('/keys/create?kind=api&name=x', { id: 'act-12345' })).status).toBe(400)
  expect((await list(stage)).filter(({ name }) => name === 'x')).toEqual([])
})
