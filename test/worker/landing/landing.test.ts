/** The buyer's way in: token, session, form, status page. Design §5.1–5.2; G.3 rows 41–49, 54, 55. */
import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createApp } from '../../../worker/app.ts'
import { awsError, clockAt, edgeAt, migrate, standIn, type TestClock, type WireCall } from '../support.ts'
import { Browser, customer, licenseArn, PRODUCT_CODE } from './browser.ts'

const CSP =
  /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/

let clock: TestClock
let wire: ReturnType<typeof standIn>
let resolve: (call: WireCall) => Response | Promise<Response>
const logged: string[] = []

beforeEach(async () => {
  await migrate()
  clock = clockAt('2026-11-21T12:00:00Z')
  resolve = () => Response.json(customer())
  wire = standIn((call) => (call.target === 'ResolveCustomer' ? resolve(call) : Response.json({})))
  vi.stubGlobal('fetch', wire.fetch)
  logged.length = 0
  for (const level of ['info', 'warn', 'error', 'log'] as const) {
    vi.spyOn(console, level).mockImplementation((line: unknown) => void logged.push(String(line)))
  }
})

afterEach(async () => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  await reset()
})

const browser = (origin?: string) => new Browser(createApp(edgeAt(clock)), origin)

async function count(table: string): Promise<number> {
  const row = await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<{ n: number }>()
  return row?.n ?? -1
}

test('a cross-site POST with a token is resolved at once and answered 303 to the form', async () => {
  const buyer = browser()
  const response = await buyer.arrive('AbC+d/ef==')
  expect([response.status, response.headers.get('location')]).toEqual([303, '/registration'])
  expect(wire.calls.map(({ target, body }) => [target, body])).toEqual([
    ['ResolveCustomer', { RegistrationToken: 'AbC+d/ef==' }],
  ])

  const page = await buyer.get('/registration')
  const html = await page.text()
  expect(page.status).toBe(200)
  expect(html).toContain('•••• •••• 8901')
  expect(html).not.toContain('012345678901')
  expect(html).toContain('pay as you go')
  expect(html).toMatch(/<input\s+id="email"/)
})

test('over https the session cookie is __Host-, Secure, HttpOnly and Lax', async () => {
  const buyer = browser()
  await buyer.arrive('t')
  expect(buyer.setCookies).toEqual([
    expect.stringMatching(
      /^__Host-tollgate=reg_[0-9A-Za-z]{22}\.\d{10}\.[\w-]{43}; Path=\/; Max-Age=28800; HttpOnly; SameSite=Lax; Secure$/,
    ),
  ])
})

test.each(['http://localhost:4700', 'http://127.0.0.1:4700', 'http://[::1]:4700'])(
  'over http on %s the cookie has neither the prefix nor Secure, and works',
  async (origin) => {
    const buyer = browser(origin)
    await buyer.arrive('t')
    expect(buyer.setCookies).toEqual([
      expect.stringMatching(/^tollgate=reg_[^;]+; Path=\/; Max-Age=28800; HttpOnly; SameSite=Lax$/),
    ])
    expect((await buyer.get('/registration')).status).toBe(200)
  },
)

test('over http any other host is refused, whatever its name pretends (G.3 row 55)', async () => {
  for (const host of ['buy.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1']) {
    const response = await browser(`http://${host}`).arrive('t')
    expect(response.status).toBe(403)
    expect(response.headers.getSetCookie()).toEqual([])
  }
  expect(wire.calls).toEqual([])
})

test('an https session does not open over http, nor the other way round', async () => {
  const secure = browser()
  await secure.arrive('t')
  const plain = browser('http://localhost:4700')
  plain.cookies = secure.cookies
  expect((await plain.get('/registration')).status).toBe(403)
})

test('registering leads to the status page, which says that it is being set up and looks again', async () => {
  const buyer = browser()
  await buyer.arrive('t')
  const saved = await buyer.register()
  expect([saved.status, saved.headers.get('location')]).toEqual([303, '/subscription'])
  const page = await buyer.get('/subscription')
  expect(await page.text()).toContain('We are setting up your subscription')
  expect(page.headers.get('refresh')).toBe('15')
  expect(await env.DB.prepare('SELECT email, fields FROM contacts').first()).toEqual({
    email: 'buyer@example.com',
    fields: '{"name":"Sam Doe","company":"Example Ltd"}',
  })
})

test('"setting up" stops looking by itself after ten minutes and says what to do', async () => {
  const buyer = browser()
  await buyer.arrive('t')
  await buyer.register()
  clock.wall += 10 * 60_000
  const page = await buyer.get('/subscription')
  expect(page.headers.get('refresh')).toBeNull()
  expect(await page.text()).toContain('taking longer than usual')
})

test('the same token twice, the form twice, going back, and a fresh token next week make one of everything', async () => {
  const buyer = browser()
  await buyer.arrive('t1')
  await buyer.register()
  await buyer.register({ email: 'other@example.com' })
  expect((await buyer.get('/registration')).headers.get('location')).toBe('/subscription')
  await buyer.arrive('t1')
  clock.wall += 7 * 86_400_000
  clock.business += 7 * 86_400_000
  const back = await buyer.arrive('t2')
  expect(back.headers.get('location')).toBe('/subscription')
  expect([await count('subscriptions'), await count('registrations'), await count('contacts')]).toEqual([
    1, 2, 1,
  ])
})

test('two POSTs of one purchase at the same time make one subscription', async () => {
  await Promise.all([1, 2, 3, 4].map((n) => browser().arrive(`t${n}`)))
  expect([await count('subscriptions'), await count('registrations')]).toEqual([1, 4])
})

test('a second agreement of the same account is a second subscription', async () => {
  const buyer = browser()
  await buyer.arrive('t1')
  await buyer.register()
  resolve = () => Response.json(customer({ LicenseArn: licenseArn('b') }))
  const second = await buyer.arrive('t2')
  expect(second.headers.get('location')).toBe('/registration')
  expect(await count('subscriptions')).toBe(2)
})

test('three printed formats of one license are one subscription (facts, trap 9)', async () => {
  for (const [n, arn] of [
    licenseArn('a'),
    `aws:license-manager:us-east-1:123456789012:l-${'A'.repeat(32)}`,
    `arn:aws:license-manager::294406891311:license/l-${'a'.repeat(32)}`,
  ].entries()) {
    resolve = () => Response.json(customer({ LicenseArn: arn }))
    await browser().arrive(`t${n}`)
  }
  const rows = await env.DB.prepare('SELECT license_arn FROM subscriptions').all()
  expect(rows.results).toEqual([{ license_arn: licenseArn('a') }])
})

test('a buyer without a license is found by product and account, and gets the license with a later token', async () => {
  resolve = () => Response.json(customer({ LicenseArn: undefined, CustomerIdentifier: 'X01' }))
  await browser().arrive('t1')
  await browser().arrive('t2')
  resolve = () => Response.json(customer({ LicenseArn: licenseArn('c'), CustomerIdentifier: null }))
  await browser().arrive('t3')
  const rows = await env.DB.prepare('SELECT license_arn, customer_identifier FROM subscriptions').all()
  expect(rows.results).toEqual([{ license_arn: licenseArn('c'), customer_identifier: 'X01' }])
})

test('a form never changes the state of a subscription', async () => {
  const buyer = browser()
  await buyer.arrive('t')
  await env.DB.prepare("UPDATE subscriptions SET state = 'ended', version = 9").run()
  await buyer.register()
  expect(await env.DB.prepare('SELECT state, version FROM subscriptions').first()).toEqual({
    state: 'ended',
    version: 9,
  })
})

test('an expired, an unknown and a foreign token get the same answer, to the byte', async () => {
  const answers: [number, string][] = []
  for (const answer of [
    () => awsError('ExpiredTokenException'),
    () => awsError('InvalidTokenException'),
    () => Response.json(customer({ ProductCode: 'zzzzzzzzzzzzzzzzzzzzzzzzz' })),
  ]) {
    resolve = answer
    const response = await browser().arrive('t')
    answers.push([response.status, await response.text()])
    expect(response.headers.getSetCookie()).toEqual([])
  }
  const [[status, html] = [0, '']] = answers
  expect(answers).toEqual([answers[0], answers[0], answers[0]])
  expect(status).toBe(400)
  expect(html).toContain('Set up your account')
  expect([await count('subscriptions'), await count('registrations')]).toEqual([0, 0])
})

test.each([
  ['throttled', () => awsError('ThrottlingException')],
  ['broken', () => awsError('InternalServiceErrorException', 500)],
  ['closed to us', () => awsError('AccessDeniedException', 403)],
  ['unreachable', () => Promise.reject(new TypeError('Network connection lost.'))],
  ['a web page', () => new Response('<html>')],
  ['nameless', () => Response.json({ ProductCode: PRODUCT_CODE })],
] as const)(
  'when ResolveCustomer is %s the buyer gets 503, Retry-After and what to do',
  async (_name, answer) => {
    resolve = answer
    const response = await browser().arrive('t')
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '60'])
    expect(await response.text()).toContain('Nothing is lost')
  },
)

test.each([
  ['empty (G.3 row 41)', { 'x-amzn-marketplace-token': '' }],
  ['of 10 kB (G.3 row 41)', { 'x-amzn-marketplace-token': 'x'.repeat(10_240) }],
  ['with a newline (G.3 row 41)', { 'x-amzn-marketplace-token': 'ab\r\ncd' }],
  ['missing', { token: 't' }],
])('a token %s is 400 and never sent to AWS', async (_name, fields) => {
  const response = await browser().post('/', fields, { 'sec-fetch-site': 'cross-site' })
  expect(response.status).toBe(400)
  expect(await response.text()).toContain('which subscription this is')
  expect(wire.calls).toEqual([])
})

test('a token that was encoded twice is passed on as it is, for AWS to judge (G.3 row 41)', async () => {
  resolve = () => awsError('InvalidTokenException')
  expect((await browser().arrive('AbC%2Bd')).status).toBe(400)
  expect(wire.calls[0]?.body).toEqual({ RegistrationToken: 'AbC%2Bd' })
})

test('two tokens in one form are 400 and never sent to AWS (G.3 row 45)', async () => {
  const response = await browser().send('POST', '/', {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'x-amzn-marketplace-token=a&x-amzn-marketplace-token=b',
  })
  expect(response.status).toBe(400)
  expect(wire.calls).toEqual([])
})

test('a token in the query string is ignored, and the address is cleaned of it (G.3 row 42)', async () => {
  const buyer = browser()
  const posted = await buyer.post('/?x-amzn-marketplace-token=CANARY', {})
  expect(posted.status).toBe(400)
  const got = await buyer.get('/?x-amzn-marketplace-token=CANARY&next=https://evil.example')
  expect([got.status, got.headers.get('location')]).toEqual([303, '/'])
  expect(wire.calls).toEqual([])
})

test('without a token there is a friendly page with a way to get help (G.3 row 43)', async () => {
  const page = await browser().get('/')
  expect(page.status).toBe(200)
  const html = await page.text()
  expect(html).toContain('AWS Marketplace')
  expect(html).toContain('support@skillsmith.app')
})

test.each([
  ['multipart (G.3 row 44)', 'multipart/form-data; boundary=x', 415],
  ['JSON', 'application/json', 415],
  ['text', 'text/plain', 415],
])('a POST as %s gets a page, not an error of ours', async (_name, type, status) => {
  const response = await browser().send('POST', '/', { headers: { 'content-type': type }, body: '--x' })
  expect(response.status).toBe(status)
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
})

test('a form over 64 kB is 413 and never sent to AWS', async () => {
  const response = await browser().arrive('t', { more: 'x'.repeat(70_000) })
  expect(response.status).toBe(413)
  expect(wire.calls).toEqual([])
})

test.each(['free-trial', '<b>', 'a'.repeat(100), "' OR 1=1 --", '__proto__'])(
  'an offer type of %j is a hint at most (G.3 row 46)',
  async (offer) => {
    const response = await browser().arrive('t', { 'x-amzn-marketplace-offer-type': offer })
    expect(response.status).toBe(303)
    const row = await env.DB.prepare('SELECT offer_type_hint AS hint FROM registrations').first()
    expect(row).toEqual({ hint: offer === 'free-trial' ? 'free-trial' : null })
  },
)

test('agreement ids and addresses the browser brings along are not believed', async () => {
  await browser().arrive('t', {
    'x-amzn-marketplace-agreement-id': 'agmt-evil',
    'x-amzn-marketplace-product-id': 'prod-evil',
    'x-amzn-marketplace-fulfillment-url': 'https://evil.example',
  })
  expect(await env.DB.prepare('SELECT agreement_id FROM subscriptions').first()).toEqual({
    agreement_id: null,
  })
})

const wrongMails = [
  '<script>alert(1)</script>@example.com',
  'a@example.com\r\nBcc: b@example.com',
  `${'a'.repeat(320)}@example.com`,
  'nobody',
  'a@@example.com',
  'a@localhost',
  'a b@example.com',
]
test.each(wrongMails)(
  'the e-mail %j is refused, with what was typed kept and escaped (G.3 row 47)',
  async (email) => {
    const buyer = browser()
    await buyer.arrive('t')
    const response = await buyer.register({ email })
    const html = await response.text()
    expect(response.status).toBe(422)
    expect(html).toContain('aria-describedby="email-error"')
    expect(html).toContain('value="Sam Doe"')
    expect(html).not.toContain('<script')
    expect(await count('contacts')).toBe(0)
  },
)

test.each(['müller@exämple.example', '用户@例子.广告', "o'neill+aws@example.co.uk"])(
  'the e-mail %s is taken (G.3 row 47)',
  async (email) => {
    const buyer = browser()
    await buyer.arrive('t')
    expect((await buyer.register({ email })).status).toBe(303)
    expect(await env.DB.prepare('SELECT email FROM contacts').first()).toEqual({ email })
  },
)

test.each([
  ['SQL', "Robert'); DROP TABLE contacts;--"],
  ['template syntax', '${7*7} {{7*7}} <%= 7*7 %>'],
  ['right-to-left text', '\u202eevil\u202c شركة'],
])('a company name with %s is only text (G.3 row 48)', async (_name, company) => {
  const buyer = browser()
  await buyer.arrive('t')
  expect((await buyer.register({ company })).status).toBe(303)
  const row = await env.DB.prepare('SELECT fields FROM contacts').first<{ fields: string }>()
  expect(JSON.parse(row?.fields ?? '')).toEqual({ name: 'Sam Doe', company })
})

test('a company name of 1 MB is 413 and one of 201 characters is 422 (G.3 row 48)', async () => {
  const buyer = browser()
  await buyer.arrive('t')
  expect((await buyer.register({ company: 'x'.repeat(1_000_000) })).status).toBe(413)
  expect((await buyer.register({ company: 'x'.repeat(201) })).status).toBe(422)
  expect(await count('contacts')).toBe(0)
})

test('a form without its CSRF token, or with that of another session, is refused (G.3 row 49)', async () => {
  const mine = browser()
  await mine.arrive('t1')
  const other = browser()
  await other.arrive('t2')
  const page = await (await other.get('/registration')).text()
  const stolen = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
  for (const csrf of ['', 'x', stolen]) {
    const response = await mine.post('/registration', { _csrf: csrf, email: 'a@example.com' })
    expect(response.status).toBe(403)
  }
  expect(await count('contacts')).toBe(0)
})

test.each(['cross-site', 'same-site'])(
  'our own form sent %s is refused before anything is read',
  async (site) => {
    const buyer = browser()
    await buyer.arrive('t')
    const page = await (await buyer.get('/registration')).text()
    const csrf = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
    const fields = { _csrf: csrf, email: 'a@example.com', name: 'N', company: 'C' }
    expect((await buyer.post('/registration', fields, { 'sec-fetch-site': site })).status).toBe(403)
    expect(await count('contacts')).toBe(0)
  },
)

test('a session that was changed, is over, or signs another purpose opens nothing', async () => {
  const buyer = browser()
  await buyer.arrive('t')
  const [[name, value] = ['', '']] = buyer.cookies
  const [id = '', expires = '', mac = ''] = value.split('.')
  const page = await (await buyer.get('/registration')).text()
  const formMac = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
  const forged = [
    `${id}.${Number(expires) + 1}.${mac}`,
    `reg_${'0'.repeat(22)}.${expires}.${mac}`,
    `${id}.${expires}.${formMac}`,
    `${id}.${expires}.${'A'.repeat(43)}`,
    id,
    '',
  ]
  for (const cookie of forged) {
    buyer.cookies = new Map([[name, cookie]])
    expect((await buyer.get('/subscription')).status).toBe(403)
  }
  buyer.cookies = new Map([[name, value]])
  clock.wall += 8 * 3_600_000
  expect((await buyer.get('/registration')).status).toBe(403)
})

test('a session lives by wall time: moving business time does not end it (design §9)', async () => {
  const buyer = browser()
  await buyer.arrive('t')
  clock.business += 40 * 86_400_000
  expect((await buyer.get('/registration')).status).toBe(200)
})

test('every page has the exact policy, no store, no referrer, no script and nothing of another host', async () => {
  const buyer = browser()
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

test("the policy's hash is that of the style in the page", async () => {
  const page = await browser().get('/')
  const style = /<style>([^]*)<\/style>/.exec(await page.text())?.[1] ?? ''
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style))
  const hash = btoa(String.fromCharCode(...new Uint8Array(digest)))
  expect(page.headers.get('content-security-policy')).toContain(`'sha256-${hash}'`)
})

test('the token is nowhere but in the call to AWS: not in D1, an address, a cookie, a page or a log', async () => {
  const canary = 'CANARYtoken0123456789+/=='
  const buyer = browser()
  const seen: string[] = []
  for (const answer of [
    () => Response.json(customer()),
    () => awsError('ExpiredTokenException'),
    () => Response.json({ __type: 'ThrottlingException', message: `slow down, ${canary}` }, { status: 400 }),
    () => Promise.reject(new Error('lost')),
  ]) {
    resolve = answer
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
  expect([...seen, ...logged].filter((text) => text.includes('CANARY'))).toEqual([])
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
  const response = await browser().send(method, path)
  expect(response.status).toBeGreaterThanOrEqual(400)
  expect(response.status).toBeLessThan(500)
})

test('an unknown Origin never matters: the policy is Sec-Fetch-Site and the CSRF token', async () => {
  const buyer = browser()
  await buyer.arrive('t')
  const page = await (await buyer.get('/registration')).text()
  const csrf = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
  const fields = { _csrf: csrf, email: 'a@example.com', name: 'N', company: 'C' }
  expect((await buyer.post('/registration', fields, { origin: 'null' })).status).toBe(303)
})
