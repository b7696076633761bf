/** GET /v1/operator/check: what it looks at, what it says of a failure, and that the key of a deploy opens nothing else. */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { hashOperatorKey, operatorKeyOf } from '../../../shared/operator/key.ts'
import { err } from '../../../shared/result.ts'
import { createApp } from '../../../worker/app.ts'
import type { Edge, Settings } from '../../../worker/env.ts'
import { PATHS } from '../../../worker/openapi/document.ts'
import { closeOperator, KEY, openOperator, ORIGIN } from './stage.ts'

const DEPLOY = operatorKeyOf('D'.repeat(43))
const ROLE = 'arn:aws:sts::123456789012:assumed-role/tollgate-edge/tollgate'

const isUs = (account: string): string =>
  `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>${ROLE}</Arn><UserId>A</UserId><Account>${account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`

interface Asked {
  readonly url: string
  readonly body: string
  readonly headers: Headers
}
const asked: Asked[] = []
let edge: Edge

beforeEach(async () => {
  asked.length = 0
  ;({ edge } = await openOperator())
  edge = { ...edge, settings: { ...edge.settings, deployKeyHash: await hashOperatorKey(DEPLOY) } }
  sts(new Response(isUs(edge.seller.seller.account)))
  await env.DB.batch([
    env.DB.prepare('CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT UNIQUE)'),
    env.DB.prepare("INSERT INTO d1_migrations (name) VALUES ('0001_two.sql'), ('0000_one.sql')"),
  ])
})
afterEach(closeOperator)

function sts(answer: Response): void {
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init)
    asked.push({
      url: request.url,
      body: new TextDecoder().decode(await request.arrayBuffer()),
      headers: request.headers,
    })
    return answer
  })
}

async function check(over: Partial<Edge> = {}) {
  const app = createApp({ ...edge, ...over })
  const headers = { authorization: `Bearer ${DEPLOY}` }
  const response = await app.request(`${ORIGIN}/v1/operator/check`, { headers })
  const { checks } = await response.json<{ checks: { name: string; ok: boolean; detail: string }[] }>()
  return Object.fromEntries(checks.map(({ name, ok: good, detail }) => [name, [good, detail]]))
}

test('a Worker that can work says whom AWS takes it for, its last migration, and whether usage is billed', async () => {
  expect(await check()).toEqual({
    aws: [true, ROLE],
    database: [true, '0001_two.sql'],
    metering: [true, 'live'],
  })
  const [{ url, body, headers } = { url: '', body: '', headers: new Headers() }] = asked
  expect([asked.length, url, body]).toEqual([
    1,
    'https://sts.us-east-1.amazonaws.com/',
    'Action=GetCallerIdentity&Version=2011-06-15',
  ])
  expect(headers.get('authorization')).toMatch(
    /^AWS4-HMAC-SHA256 Credential=\w+\/\d+\/us-east-1\/sts\/aws4_request, /,
  )
  expect(await check({ settings: { ...edge.settings, metering: 'dry' } })).toMatchObject({
    metering: [true, 'dry'],
  })
})

test('credentials of another account are no good, and both accounts are named', async () => {
  sts(new Response(isUs('999988887777')))
  const { aws } = await check()
  expect(aws).toEqual([
    false,
    `${ROLE} is of account 999988887777; seller.config.ts says ${edge.seller.seller.account}`,
  ])
})

const xml = (code: string): string =>
  `<ErrorResponse><Error><Code>${code}</Code><Message>x-amz-security-token:SECRET</Message></Error></ErrorResponse>`

test.each([
  [() => new Response(xml('InvalidClientTokenId'), { status: 403 }), '403 InvalidClientTokenId'],
  [() => new Response('<html>Bad gateway</html>', { status: 502 }), 'status 502'],
  [() => new Response('<html></html>'), 'GetCallerIdentity: no account in the answer'],
])('what AWS says instead is said by its name, and nothing it repeats: %#', async (answer, said) => {
  sts(answer())
  expect((await check()).aws).toEqual([false, said])
})

test('an identity that STS does not take yet is told by AWS’s code', async () => {
  const said = '400 InvalidIdentityToken: Couldn’t retrieve verification key'
  const refused = async () => err({ kind: 'not_sent', message: said } as const)
  expect((await check({ aws: { credentials: refused } })).aws).toEqual([false, said])
  expect(asked).toEqual([])
})

test('a database without migrations, or one that does not answer, is no good', async () => {
  vi.spyOn(console, 'error').mockReturnValue()
  await env.DB.prepare('DELETE FROM d1_migrations').run()
  expect((await check()).database).toEqual([false, 'no migration is applied'])
  await env.DB.prepare('DROP TABLE d1_migrations').run()
  const gone = [false, 'it does not answer, or no migration is applied: the log says which']
  expect((await check()).database).toEqual(gone)
})

/** Every operator's route with something in the place of its parameters. */
const ROUTES = Object.entries(PATHS).flatMap(([path, methods]) =>
  path.startsWith('/v1/operator/') && path !== '/v1/operator/check'
    ? Object.keys(methods).map((method) => [method.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'x')] as const)
    : [],
)

test('the key of a deploy opens the check and no other route of the operator’s', async () => {
  const answers = async (settings: Settings, key: string) => {
    const app = createApp({ ...edge, settings })
    const ask = async (method: string, path: string) => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
      const body = method === 'GET' ? {} : { body: '{}' }
      return (await app.request(`${ORIGIN}${path}`, { method, headers, ...body })).status
    }
    const others = [['POST', '/v1/operator/check'] as const, ...ROUTES]
    const rest = new Set(await Promise.all(others.map(([method, path]) => ask(method, path))))
    return [await ask('GET', '/v1/operator/check'), [...rest]]
  }
  const { operatorKeyHash: _operator, ...withoutOperator } = edge.settings
  const { deployKeyHash: _deploy, ...withoutDeploy } = edge.settings
  expect(ROUTES.length).toBeGreaterThan(30)
  expect(await answers(edge.settings, DEPLOY)).toEqual([200, [401]])
  expect(await answers(withoutOperator, DEPLOY)).toEqual([200, [503]])
  expect(await answers(withoutDeploy, DEPLOY)).toEqual([401, [401]])
  const [withTheOperators] = await answers(withoutDeploy, KEY)
  expect(withTheOperators).toBe(200)
})
