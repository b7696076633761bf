/** How a buyer arrives: the marketplace's POST, its token, what it becomes. Design §5.1; G.3 rows 41, 44–46, 55. */
import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'
import { createApp } from '../../../worker/app.ts'
import { RESOLVES_OF_ADDRESS } from '../../../worker/identity/permits.ts'
import { awsError, edgeAt } from '../support.ts'
import { Browser, customer, licenseArn, PRODUCT_CODE } from './browser.ts'
import { countRows, useStage } from './stage.ts'

const stage = useStage()

test('a cross-site POST with a token is resolved at once and answered 303 to the form', async () => {
  const buyer = stage.browser()
  const response = await buyer.arrive('AbC+d/ef==')
  expect([response.status, response.headers.get('location')]).toEqual([303, '/registration'])
  expect(stage.wire.calls.map(({ target, body }) => [target, body])).toEqual([
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
  const buyer = stage.browser()
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
    const buyer = stage.browser(origin)
    await buyer.arrive('t')
    expect(buyer.setCookies).toEqual([
      expect.stringMatching(/^tollgate=reg_[^;]+; Path=\/; Max-Age=28800; HttpOnly; SameSite=Lax$/),
    ])
    expect((await buyer.get('/registration')).status).toBe(200)
  },
)

test('over http any other host is refused, whatever its name pretends (G.3 row 55)', async () => {
  for (const host of ['buy.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1']) {
    const response = await stage.browser(`http://${host}`).arrive('t')
    expect(response.status).toBe(403)
    expect(response.headers.getSetCookie()).toEqual([])
  }
  expect(stage.wire.calls).toEqual([])
})

test('over http the Host has to be this machine too: a local runtime takes the address from a header', async () => {
  for (const host of ['evil.example:4700', '127.0.0.1.evil.example', 'a b']) {
    const response = await stage.browser('http://localhost:4700').send('GET', '/', { headers: { host } })
    expect([host, response.status]).toEqual([host, 403])
  }
})

test('an https session does not open over http, nor the other way round', async () => {
  const secure = stage.browser()
  await secure.arrive('t')
  const plain = stage.browser('http://localhost:4700')
  plain.cookies = secure.cookies
  expect((await plain.get('/registration')).status).toBe(403)
})

test('the same token twice, the form twice, going back, and a fresh token next week make one of everything', async () => {
  const buyer = stage.browser()
  await buyer.arrive('t1')
  await buyer.register()
  await buyer.register({ email: 'other@example.com' })
  expect((await buyer.get('/registration')).headers.get('location')).toBe('/subscription')
  await buyer.arrive('t1')
  stage.clock.wall += 7 * 86_400_000
  stage.clock.business += 7 * 86_400_000
  const back = await buyer.arrive('t2')
  expect(back.headers.get('location')).toBe('/subscription')
  expect([
    await countRows('subscriptions'),
    await countRows('registrations'),
    await countRows('contacts'),
  ]).toEqual([1, 2, 1])
})

test('two POSTs of one purchase at the same time make one subscription', async () => {
  await Promise.all([1, 2, 3, 4].map((n) => stage.browser().arrive(`t${n}`)))
  expect([await countRows('subscriptions'), await countRows('registrations')]).toEqual([1, 4])
})

test('a second agreement of the same account is a second subscription', async () => {
  const buyer = stage.browser()
  await buyer.arrive('t1')
  await buyer.register()
  stage.resolve = () => Response.json(customer({ LicenseArn: licenseArn('b') }))
  const second = await buyer.arrive('t2')
  expect(second.headers.get('location')).toBe('/registration')
  expect(await countRows('subscriptions')).toBe(2)
})

test('three printed formats of one license are one subscription (facts, trap 9)', async () => {
  for (const [n, arn] of [
    licenseArn('a'),
    `aws:license-manager:us-east-1:123456789012:l-${'A'.repeat(32)}`,
    `arn:aws:license-manager::294406891311:license/l-${'a'.repeat(32)}`,
  ].entries()) {
    stage.resolve = () => Response.json(customer({ LicenseArn: arn }))
    await stage.browser().arrive(`t${n}`)
  }
  const rows = await env.DB.prepare('SELECT license_arn FROM subscriptions').all()
  expect(rows.results).toEqual([{ license_arn: licenseArn('a') }])
})

test('a buyer without a license is found by product and account, and gets the license with a later token', async () => {
  stage.resolve = () => Response.json(customer({ LicenseArn: undefined, CustomerIdentifier: 'X01' }))
  await stage.browser().arrive('t1')
  await stage.browser().arrive('t2')
  stage.resolve = () => Response.json(customer({ LicenseArn: licenseArn('c'), CustomerIdentifier: null }))
  await stage.browser().arrive('t3')
  const rows = await env.DB.prepare('SELECT license_arn, customer_identifier FROM subscriptions').all()
  expect(rows.results).toEqual([{ license_arn: licenseArn('c'), customer_identifier: 'X01' }])
})

test('an expired, an unknown and a foreign token get the same answer, to the byte, for the same work', async () => {
  const statements = [vi.spyOn(env.DB, 'prepare'), vi.spyOn(env.DB, 'batch')]
  const answers: (readonly [string, unknown])[] = []
  for (const answer of [
    () => awsError('ExpiredTokenException'),
    () => awsError('InvalidTokenException'),
    () => Response.json(customer({ ProductCode: 'zzzzzzzzzzzzzzzzzzzzzzzzz' })),
  ]) {
    stage.resolve = answer
    const callsBefore = stage.wire.calls.length
    const response = await stage.browser().arrive('t')
    const work = [stage.wire.calls.length - callsBefore, ...statements.map((spy) => spy.mock.calls.length)]
    answers.push([await response.text(), { status: response.status, headers: [...response.headers], work }])
  }
  const [[html, seen] = ['', null]] = answers
  expect(answers).toEqual([answers[0], answers[0], answers[0]])
  expect(seen).toMatchObject({ status: 400, work: [1, 0, 0] })
  expect(JSON.stringify(seen)).not.toContain('set-cookie')
  expect(html).toContain('Set up your account')
  expect([await countRows('subscriptions'), await countRows('registrations')]).toEqual([0, 0])
})

const arriveFrom = (address: string, app = createApp(edgeAt(stage.clock))) =>
  new Browser(app, 'https://buy.example').post(
    '/',
    { 'x-amzn-marketplace-token': 't' },
    { 'sec-fetch-site': 'cross-site', 'cf-connecting-ip': address },
  )

test('one address that comes too often gets 429 and what to do; AWS is not asked, and nobody else waits', async () => {
  for (let n = 0; n < RESOLVES_OF_ADDRESS.burst; n += 1)
    expect((await arriveFrom(`2001:db8:0:7::${n}`)).status).toBe(303)
  const asked = stage.wire.calls.length
  const refused = await arriveFrom('2001:db8:0:7:ffff::1')
  const page = await refused.text()
  expect([refused.status, stage.wire.calls.length]).toEqual([429, asked])
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(page).toContain('It is as good as before')
  expect(page).toContain('wait a minute')
  expect(refused.headers.getSetCookie()).toEqual([])
  expect((await arriveFrom('203.0.113.7')).status).toBe(303)
})

test('all addresses together ask AWS no more often than the one limit lets them', async () => {
  stage.resolve = () => awsError('InvalidTokenException')
  const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => arriveFrom(`203.0.113.${n}`)))
  const asked = answers.filter(({ status }) => status === 400).length
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(60 - asked)
  expect(asked).toBeLessThan(60)
  expect(stage.wire.calls).toHaveLength(asked)
})

test('while nobody can say whether AWS may be asked it is not asked, and the buyer may come again', async () => {
  const edge = edgeAt(stage.clock)
  const identities = new Proxy(env.IDENTITY, {
    get: () => () => {
      throw new Error('overloaded')
    },
  })
  const response = await arriveFrom(
    '203.0.113.7',
    createApp({ ...edge, settings: { ...edge.settings, identities } }),
  )
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '60'])
  expect(stage.wire.calls).toEqual([])
})

test.each([
  ['throttled', () => awsError('ThrottlingException')],
  ['broken', () => awsError('InternalServiceErrorException', 500)],
  ['closed to us', () => awsError('AccessDeniedException', 403)],
  ['unreachable', () => Promise.reject(new TypeError('Network connection lost.'))],
  ['a web page', () => new Response('<html>')],
  ['nameless', () => Response.json({ ProductCode: PRODUCT_CODE })],
] as const)(
  'when ResolveCustomer is %s the buyer gets 503, Retry-After and what to do (G.2 fault 27)',
  async (_name, answer) => {
    stage.resolve = answer
    const response = await stage.browser().arrive('t')
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
  const response = await stage.browser().post('/', fields, { 'sec-fetch-site': 'cross-site' })
  expect(response.status).toBe(400)
  expect(await response.text()).toContain('which subscription this is')
  expect(stage.wire.calls).toEqual([])
})

test('a token that was encoded twice is passed on as it is, for AWS to judge (G.3 row 41)', async () => {
  stage.resolve = () => awsError('InvalidTokenException')
  expect((await stage.browser().arrive('AbC%2Bd')).status).toBe(400)
  expect(stage.wire.calls[0]?.body).toEqual({ RegistrationToken: 'AbC%2Bd' })
})

test('two tokens in one form are 400 and never sent to AWS (G.3 row 45)', async () => {
  const response = await stage.browser().send('POST', '/', {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'x-amzn-marketplace-token=a&x-amzn-marketplace-token=b',
  })
  expect(response.status).toBe(400)
  expect(stage.wire.calls).toEqual([])
})

test.each([
  ['multipart (G.3 row 44)', 'multipart/form-data; boundary=x', 415],
  ['JSON', 'application/json', 415],
  ['text', 'text/plain', 415],
])('a POST as %s gets a page, not an error of ours', async (_name, type, status) => {
  const response = await stage.browser().send('POST', '/', { headers: { 'content-type': type }, body: '--x' })
  expect(response.status).toBe(status)
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
})

test('a form over 64 kB is 413 and never sent to AWS', async () => {
  const response = await stage.browser().arrive('t', { more: 'x'.repeat(70_000) })
  expect(response.status).toBe(413)
  expect(stage.wire.calls).toEqual([])
})

test.each(['free-trial', '<b>', 'a'.repeat(100), "' OR 1=1 --", '__proto__'])(
  'an offer type of %j is a hint at most (G.3 row 46)',
  async (offer) => {
    const response = await stage.browser().arrive('t', { 'x-amzn-marketplace-offer-type': offer })
    expect(response.status).toBe(303)
    const row = await env.DB.prepare('SELECT offer_type_hint AS hint FROM registrations').first()
    expect(row).toEqual({ hint: offer === 'free-trial' ? 'free-trial' : null })
  },
)

test('agreement ids and addresses the browser brings along are not believed', async () => {
  await stage.browser().arrive('t', {
    'x-amzn-marketplace-agreement-id': 'agmt-evil',
    'x-amzn-marketplace-product-id': 'prod-evil',
    'x-amzn-marketplace-fulfillment-url': 'https://evil.example',
  })
  expect(await env.DB.prepare('SELECT agreement_id FROM subscriptions').first()).toEqual({
    agreement_id: null,
  })
})
