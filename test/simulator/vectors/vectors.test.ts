/** Negative vectors for JWT, SigV4 and webhooks: a good one is taken, none of these is (G.3 50 and 51; issue, Proof). */
import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { webhookDoor } from '../../../simulator/seller/webhooks.ts'
import { verify } from '../../../simulator/services/sigv4.ts'
import { proveIdentity } from '../../../simulator/services/web-identity.ts'
import { openSimulator } from '../simulator.ts'
import { goodToken, JWKS, NOW, TOKENS, trust } from './jwt.ts'
import { ENDPOINT, KEYS, REQUESTS, signed, TIMES } from './sigv4.ts'
import { SECRETS, webhook, WEBHOOKS, type Sent } from './webhooks.ts'

/** The issuer's documents on loopback. */
const issuer = createServer(({ url }, response) => {
  const discovery = { issuer: trust.issuer, jwks_uri: `${trust.issuer}/.well-known/jwks.json` }
  response.end(JSON.stringify(url === '/.well-known/openid-configuration' ? discovery : JWKS))
})
let at = ''
beforeAll(async () => {
  await new Promise<void>((listening) => issuer.listen(0, '127.0.0.1', listening))
  const address = issuer.address()
  at = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
})
afterAll(() => {
  issuer.close()
  issuer.closeAllConnections()
})

const prove = (token: string) =>
  proveIdentity(
    { RoleArn: trust.roleArn, RoleSessionName: 'tollgate', WebIdentityToken: token },
    { ...trust, at },
    () => NOW,
  )

test('there are at least a hundred, and no two have one name', () => {
  const names = [TOKENS, REQUESTS, WEBHOOKS].map((table) => new Set(table.map(([name]) => name)).size)
  expect(names).toEqual([TOKENS.length, REQUESTS.length, WEBHOOKS.length])
  expect(TOKENS.length + REQUESTS.length + WEBHOOKS.length).toBeGreaterThanOrEqual(100)
})

test('a token of the right form opens the role', async () => {
  expect(await prove(await goodToken())).toMatchObject({ ok: true })
})
test.each(TOKENS)('JWT: %s opens nothing', async (_, make) => {
  const proven = await prove(await make())
  expect(proven).toMatchObject({ ok: false })
  // IAM's own words for it, and no failure of ours.
  expect(proven.ok ? 0 : proven.error.status).toBeLessThan(500)
})

test('a request signed of the right form is taken, by a lasting key and by a session', async () => {
  for (const request of [
    await signed(),
    await signed({ id: 'ASIALIVE', token: 'session-token-of-the-role' }),
  ])
    expect(await verify(request, ENDPOINT, KEYS, TIMES)).toMatchObject({ ok: true })
})
test.each(REQUESTS)('SigV4: %s is refused', async (_, make) => {
  const known = await verify(await make(), ENDPOINT, KEYS, TIMES)
  expect(known).toMatchObject({ ok: false })
  expect([400, 403]).toContain(known.ok ? 0 : known.error.status)
})

async function receiver() {
  const { store } = await openSimulator()
  await store.run({ kind: 'set_receiver', change: { secrets: SECRETS } })
  const door = webhookDoor(store)
  return async ({ body, headers }: Sent): Promise<number | undefined> => {
    const init = { method: 'POST', body, headers: { ...headers, host: '127.0.0.1' } }
    return (await door(new Request('http://127.0.0.1/seller/webhooks', init)))?.status
  }
}
test('a webhook of the right form is believed, by either secret, and with a wrong signature beside the right one', async () => {
  const receive = await receiver()
  const [, second = ''] = SECRETS
  const both = webhook()
  const headers = { ...both.headers, 'webhook-signature': `v1,AAAA ${both.headers['webhook-signature']}` }
  expect([
    await receive(webhook()),
    await receive(webhook({ secret: second })),
    await receive({ ...both, headers }),
  ]).toEqual([204, 204, 204])
})
test('webhooks: none of these is believed', async () => {
  const receive = await receiver()
  const believed: string[] = []
  for (const [name, make] of WEBHOOKS) if ((await receive(make())) !== 401) believed.push(name)
  expect(believed).toEqual([])
})
