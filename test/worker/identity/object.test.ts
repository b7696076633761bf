/** The Identity object behind the Worker: what AWS reads of it, what it asks STS, and what its callers sign with. */
import { reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ok } from '../../../shared/result.ts'
import { createApp } from '../../../worker/app.ts'
import { openAws } from '../../../worker/identity/access.ts'
import type { AwsSettings, Edge } from '../../../worker/env.ts'
import { IDENTITY } from '../../../worker/identity/lender.ts'
import { identityObject, type IdentityCalls } from '../../../worker/identity/object.ts'
import { openAddressPermits, RESOLVES, RESOLVES_OF_ADDRESS } from '../../../worker/identity/permits.ts'
import { addressOf } from '../../../worker/web.ts'
import { readSession } from '../../../worker/identity/sts.ts'
import { decodeBase64 } from '../../../worker/web.ts'
import { clockAt, edgeAt, migrate } from '../support.ts'

const ISSUER = 'https://tollgate.example'
const ROLE = { arn: 'arn:aws:iam::111122223333:role/tollgate', issuer: ISSUER, subject: 'worker:test' }
const clock = clockAt('2026-11-21T12:00:00Z')
const T0 = clock.wall

beforeEach(async () => {
  clock.wall = T0
  await migrate()
})
afterEach(async () => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  await reset()
})

/** The object as a process of its own, with a role or without. */
const identity = <T>(
  work: (object: IdentityCalls) => Promise<T>,
  settings: AwsSettings = { role: ROLE },
): Promise<T> => {
  const Identity = identityObject({
    clocks: { business: () => 0, wall: () => clock.wall },
    pause: () => new Promise<void>(() => undefined),
    access: () => ok(settings),
  })
  return runInDurableObject(env.IDENTITY.getByName(IDENTITY), (_, state) => work(new Identity(state, env)))
}

const xml = (credentials: string) =>
  `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
   <Credentials>${credentials}</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`
const GOOD =
  xml(`<AccessKeyId>ASIAEXAMPLEEXAMPLE</AccessKeyId><SecretAccessKey>c2VjcmV0/+=c2VjcmV0</SecretAccessKey>
   <SessionToken>dG9rZW4/+=dG9rZW50b2tlbg==</SessionToken><Expiration>2026-11-21T13:00:00Z</Expiration>`)

/** STS at the wire; the forms it was sent. */
function sts(
  answer: () => Response,
): { readonly url: string; readonly form: URLSearchParams; readonly headers: Headers }[] {
  const calls: ReturnType<typeof sts> = []
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    calls.push({
      url,
      form: new URLSearchParams(typeof init.body === 'string' ? init.body : ''),
      headers: new Headers(init.headers),
    })
    return answer()
  })
  return calls
}

const partOf = (token: string, at: number): Record<string, unknown> =>
  JSON.parse(new TextDecoder().decode(decodeBase64(token.split('.')[at] ?? '')))

test('an exchange is one unsigned call with a five-minute token of exactly this issuer, subject and audience', async () => {
  const calls = sts(() => new Response(GOOD))
  const lent = await identity((object) => object.lend())
  expect(lent).toMatchObject({ ok: true, value: { credentials: { accessKeyId: 'ASIAEXAMPLEEXAMPLE' } } })
  const [call] = calls
  expect([calls.length, call?.url, call?.headers.get('authorization')]).toEqual([
    1,
    'https://sts.us-east-1.amazonaws.com/',
    null,
  ])
  const { WebIdentityToken: token = '', ...form } = Object.fromEntries(call?.form ?? [])
  expect(form).toEqual({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: ROLE.arn,
    RoleSessionName: 'tollgate',
    DurationSeconds: '3600',
  })
  expect(partOf(token, 1)).toEqual({
    iss: ISSUER,
    sub: 'worker:test',
    aud: 'sts.amazonaws.com',
    iat: T0 / 1000,
    exp: T0 / 1000 + 300,
    jti: expect.stringMatching(/^[0-9A-Za-z]{22}$/),
  })
  const keys = await identity((object) => object.publicKeys())
  expect(partOf(token, 0)).toEqual({ typ: 'JWT', alg: 'RS256', kid: keys[0]?.kid })
})

test('what was exchanged outlives its process, is lent to no other role, and is gone with the key it was made by', async () => {
  const calls = sts(() => new Response(GOOD))
  await identity((object) => object.lend())
  await identity((object) => object.lend())
  expect(calls).toHaveLength(1)
  await identity((object) => object.lend(), { role: { ...ROLE, arn: `${ROLE.arn}-2` } })
  expect(calls).toHaveLength(2)
  const [{ kid } = { kid: '' }] = await identity((object) => object.keyLines())
  await identity((object) => object.revoke(kid))
  await identity((object) => object.lend())
  expect(calls).toHaveLength(3)
})

test('without a role nobody is asked', async () => {
  const calls = sts(() => new Response(GOOD))
  const settings = { keys: { accessKeyId: 'a', secretAccessKey: 'b' } }
  expect([await identity((object) => object.lend(), settings), calls]).toEqual([
    { ok: false, error: expect.stringContaining('AWS_ROLE_ARN') },
    [],
  ])
})

test('a refusal of STS is told with its name, and no token is in it, nor in the log', async () => {
  const log = vi.spyOn(console, 'error').mockReturnValue()
  const calls = sts(
    () =>
      new Response(
        `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Not authorized: ${
          calls.at(-1)?.form.get('WebIdentityToken') ?? ''
        }</Message></Error></ErrorResponse>`,
        { status: 403 },
      ),
  )
  const lent = await identity((object) => object.lend())
  expect(lent).toEqual({ ok: false, error: '403 AccessDenied: Not authorized: …' })
  const token = calls[0]?.form.get('WebIdentityToken') ?? 'none'
  expect(token.length).toBeGreaterThan(400)
  for (const part of token.split('.')) expect(JSON.stringify([lent, log.mock.calls])).not.toContain(part)
})

test.each([
  ['HTML', '<html>Bad gateway</html>'],
  ['empty', ''],
  ['JSON', '{"AccessKeyId":"ASIAEXAMPLEEXAMPLE"}'],
  ['no secret', GOOD.replace(/<SecretAccessKey>.*<\/SecretAccessKey>/, '')],
  ['no token', GOOD.replace(/<SessionToken>.*<\/SessionToken>/, '')],
  ['no end', GOOD.replace(/<Expiration>.*<\/Expiration>/, '')],
  ['an end that is no time', GOOD.replace('2026-11-21T13:00:00Z', '2026-99-99T99:99:99Z')],
  ['a secret of two lines', GOOD.replace('c2VjcmV0/+=', 'c2Vj\ncmV0/+=')],
  ['markup in the key', GOOD.replace('ASIAEXAMPLE', 'ASIA<b>EXAMPLE')],
])('a 200 that is %s gives no credentials (G.3 row 56)', (_, body) => {
  expect(readSession(body)).toMatchObject({ ok: false, error: { kind: 'unexpected_body' } })
})

const edgeOf = (): Edge => {
  const edge = edgeAt(clock)
  return { ...edge, settings: { ...edge.settings, publicUrl: ISSUER } }
}

test('discovery names exactly PUBLIC_URL, and the list it points at has the public keys; both may be kept for an hour', async () => {
  const app = createApp(edgeOf())
  const discovery = await app.request(`${ISSUER}/.well-known/openid-configuration`)
  const { issuer, jwks_uri } = await discovery.json<{ issuer: string; jwks_uri: string }>()
  expect([issuer, jwks_uri]).toEqual([ISSUER, `${ISSUER}/.well-known/jwks.json`])
  const jwks = await app.request(jwks_uri)
  const { keys } = await jwks.json<{ keys: object[] }>()
  expect(keys).toEqual([
    { kty: 'RSA', use: 'sig', alg: 'RS256', kid: expect.any(String), n: expect.any(String), e: 'AQAB' },
  ])
  for (const answer of [discovery, jwks])
    expect([answer.status, answer.headers.get('cache-control'), answer.headers.get('content-type')]).toEqual([
      200,
      'public, max-age=3600',
      'application/json',
    ])
})

test('a Worker without PUBLIC_URL issues nothing', async () => {
  const app = createApp(edgeAt(clock))
  expect((await app.request(`${ISSUER}/.well-known/openid-configuration`)).status).toBe(404)
})

test('an isolate asks once for what is lent, and uses it to its end when the object does not answer (fault 27)', async () => {
  const log = vi.spyOn(console, 'error').mockReturnValue()
  let asked = 0
  const end = T0 + 3_600_000
  const credentials = { accessKeyId: 'ASIAEXAMPLEEXAMPLE', secretAccessKey: 's', sessionToken: 't' }
  const lenders = {
    getByName: () => ({
      lend: async () => {
        asked += 1
        if (asked > 1) throw new Error('the object is gone')
        return ok({ credentials, expiresMs: end })
      },
    }),
  }
  const { credentials: ask } = openAws({ role: ROLE }, lenders, () => clock.wall)
  expect([await ask(), await ask(), asked]).toEqual([ok(credentials), ok(credentials), 1])
  clock.wall = end - 1
  expect([await ask(), asked]).toEqual([ok(credentials), 2])
  clock.wall = end
  expect(await ask()).toEqual({
    ok: false,
    error: { kind: 'not_sent', message: 'the identity of this Worker does not answer' },
  })
  expect(String(log.mock.calls)).toContain('the object is gone')
})

test('an address that has used up its own permits takes none of the others’, and earns one in ten seconds', () => {
  const permits = openAddressPermits(RESOLVES_OF_ADDRESS, RESOLVES)
  const ask = (address: string | null, at = 0) => permits.take(address, at)
  const tries = RESOLVES_OF_ADDRESS.burst + 30
  const own = Array.from({ length: tries }, () => ask('203.0.113.7'))
  expect(own).toEqual([...Array(RESOLVES_OF_ADDRESS.burst).fill(0), ...Array(30).fill(10)])
  const rest = RESOLVES.burst - RESOLVES_OF_ADDRESS.burst
  expect(Array.from({ length: rest + 1 }, () => ask(null))).toEqual([...Array(rest).fill(0), 1])
  expect([ask('203.0.113.7', 9_999), ask('203.0.113.7', 10_000), ask('203.0.113.7', 10_001)]).toEqual([
    1, 0, 10,
  ])
})

test('remembering addresses has an end: the one that was quiet longest begins anew', () => {
  const permits = openAddressPermits({ perSecond: 0.001, burst: 1 }, { perSecond: 1e6, burst: 1e6 })
  for (let n = 0; n < 10_001; n += 1) expect(permits.take(`10.${n}`, 0)).toBe(0)
  expect(permits.take('10.10000', 0)).toBeGreaterThan(0)
  expect(permits.take('10.0', 0)).toBe(0)
})

test.each([
  [null, null],
  ['', null],
  ['127.0.0.1', null],
  ['::1', null],
  ['::ffff:127.0.0.1', null],
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['2001:db8:1:2::', '2001:db8:1:2'],
  ['2001::5:a:b:c:d', '2001:0:0:5'],
])('who comes from %s is limited by %s', (header, address) => {
  const headers = header === null ? {} : { 'cf-connecting-ip': header }
  expect(addressOf(new Request('https://buy.example/', { headers }))).toBe(address)
})

test('all isolates together may ask ResolveCustomer so often, and are told when to come again', async () => {
  const took = await identity(async (object) => {
    const granted: number[] = []
    for (let n = 0; n < RESOLVES.burst + 1; n++) granted.push(await object.permitResolve(null))
    clock.wall += 1_000
    for (let n = 0; n < RESOLVES.perSecond + 1; n++) granted.push(await object.permitResolve(null))
    return granted
  })
  expect(took).toEqual([...Array(RESOLVES.burst).fill(0), 1, ...Array(RESOLVES.perSecond).fill(0), 1])
})
