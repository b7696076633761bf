/** What every page promises: its policy, nothing from elsewhere, no token anywhere. Design §5.1; G.3 rows 42, 43, 54. */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { openWorker } from '../../../worker/entry.ts'
import { awsError, edgeAt } from '../support.ts'
import { customer } from './browser.ts'
import { useStage } from './stage.ts'

const CSP =
  /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/

const stage = useStage()

test('a token in the query string is ignored, and the address is cleaned of it (G.3 row 42)', async () => {
  const buyer = stage.browser()
  const posted = await buyer.post('/?x-amzn-marketplace-token=CANARY', {})
  expect(posted.status).toBe(400)
  const got = await buyer.get('/?x-amzn-marketplace-token=CANARY&next=https://evil.example')
  expect([got.status, got.headers.get('location')]).toEqual([303, '/'])
  expect(stage.wire.calls).toEqual([])
})

test('without a token there is a friendly page with a way to get help (G.3 row 43)', async () => {
  const page = await stage.browser().get('/')
  expect(page.status).toBe(200)
  const html = await page.text()
  expect(html).toContain('AWS Marketplace')
  expect(html).toContain('support@skillsmith.app')
})

test('every page has the exact policy, no store, no referrer, no script and nothing of another host', async () => {
  const buyer = stage.browser()
  const pages = [await buyer.get('/'), await buyer.get('/nothing'), await buyer.get('/subscription')]
  await buyer.arrive('t')
  pages.push(await buyer.get('/registration'), await buyer.register({ email: 'x' }))
  await buyer.register()
  pages.push(await buyer.get('/subscription'))
  for (const page of pages) {
    expect(page.headers.get('content-security-policy')).toMatch(CSP)
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
    expect(page.headers.get('x-content-type-options')).toBe('nosniff')
    const html = await page.text()
    expect(new TextEncoder().encode(html).byteLength).toBeLessThanOrEqual(14 * 1024)
    expect(html).not.toMatch(/<script|<img|<link|\bsrc=|\bon\w+=|style=|https?:\/\//)
  }
})

test('what is no page has a policy too: redirects, problems, health and what is not set up', async () => {
  const buyer = stage.browser()
  const accept = { headers: { accept: 'application/json' } }
  const answers = [
    await buyer.get('/?x-amzn-marketplace-token=t'),
    await buyer.arrive('t'),
    await buyer.get('/health'),
    await buyer.send('GET', '/nothing', accept),
    await buyer.send('GET', '/v1/usage', accept),
    await buyer.send('GET', '/v1/records', accept),
    await openWorker({ clocks: edgeAt(stage.clock).clocks, queueWaitSeconds: 0 }).fetch(
      new Request('https://buy.example/'),
      env,
      createExecutionContext(),
    ),
  ]
  expect(answers.map(({ status }) => status)).toEqual([303, 303, 200, 404, 405, 401, 503])
  for (const { headers } of answers) {
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'")
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000')
  }
})

test.each([
  ['/', 'GET, HEAD, POST'],
  ['/registration', 'GET, HEAD, POST'],
  ['/subscription', 'GET, HEAD'],
])('another method on %s is 405 and names those that are allowed', async (path, allowed) => {
  const response = await stage.browser().send('DELETE', path)
  expect([response.status, response.headers.get('allow')]).toEqual([405, allowed])
})

test("the policy's hash is that of the style in the page", async () => {
  const page = await stage.browser().get('/')
  const style = /<style>([^]*)<\/style>/.exec(await page.text())?.[1] ?? ''
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style))
  const hash = btoa(String.fromCharCode(...new Uint8Array(digest)))
  expect(page.headers.get('content-security-policy')).toContain(`'sha256-${hash}'`)
})

test('the token is nowhere but in the call to AWS: not in D1, an address, a cookie, a page or a log', async () => {
  const canary = 'CANARYtoken0123456789+/=='
  const buyer = stage.browser()
  const seen: string[] = []
  for (const answer of [
    () => Response.json(customer()),
    () => awsError('ExpiredTokenException'),
    () => Response.json({ __type: 'ThrottlingException', message: `slow down, ${canary}` }, { status: 400 }),
    () => Promise.reject(new Error('lost')),
  ]) {
    stage.resolve = answer
    const response = await buyer.arrive(canary)
    seen.push(JSON.stringify([...response.headers]), await response.text())
  }
  const tables = await env.DB.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '_cf%'",
  ).all<{
    name: string
  }>()
  for (const { name } of tables.results) {
    seen.push(JSON.stringify((await env.DB.prepare(`SELECT * FROM "${name}"`).all()).results))
  }
  expect([...seen, ...stage.logged].filter((text) => text.includes('CANARY'))).toEqual([])
  expect(seen.join()).toMatch(/[0-9a-f]{64}/)
})

test.each([
  ['GET', '/..%2f..%2fetc/passwd'],
  ['GET', '//evil.example/'],
  ['GET', '/registration%00'],
  ['GET', `/${'x'.repeat(17 * 1024)}`],
  ['PUT', '/'],
  ['DELETE', '/registration'],
  ['OPTIONS', '/'],
])('%s %.40s is refused without an error of ours (G.3 row 54)', async (method, path) => {
  const response = await stage.browser().send(method, path)
  expect(response.status).toBeGreaterThanOrEqual(400)
  expect(response.status).toBeLessThan(500)
})
