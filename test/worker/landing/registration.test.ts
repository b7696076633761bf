/** The form and the session: who may send it, what may stand in it, what it changes. Design §5.1–5.2; G.3 rows 47–49. */
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { countRows, useStage } from './stage.ts'

const stage = useStage()

test('registering leads to the status page, which says that it is being set up and looks again', async () => {
  const buyer = stage.browser()
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
  const buyer = stage.browser()
  await buyer.arrive('t')
  await buyer.register()
  stage.clock.wall += 10 * 60_000
  const page = await buyer.get('/subscription')
  expect(page.headers.get('refresh')).toBeNull()
  expect(await page.text()).toContain('taking longer than usual')
})

test('a form never changes the state of a subscription', async () => {
  const buyer = stage.browser()
  await buyer.arrive('t')
  await buyer.register()
  await env.DB.prepare("UPDATE subscriptions SET state = 'ended', version = 9").run()
  await buyer.register()
  expect(await env.DB.prepare('SELECT state, version FROM subscriptions').first()).toEqual({
    state: 'ended',
    version: 9,
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
  'a@example.com?subject=x',
  'a@example.com/x',
  'a@example.com%0ABcc:b',
  'a@exa_mple.com',
  'a@-.com',
  '\u202ea@example.com',
  'a\u200b@example.com',
]

test.each(wrongMails)(
  'the e-mail %j is refused, with what was typed kept and escaped (G.3 row 47)',
  async (email) => {
    const buyer = stage.browser()
    await buyer.arrive('t')
    const response = await buyer.register({ email })
    const html = await response.text()
    expect(response.status).toBe(422)
    expect(html).toContain('aria-describedby="email-error"')
    expect(html).toContain('value="Sam Doe"')
    expect(html).not.toContain('<script')
    expect(await countRows('contacts')).toBe(0)
  },
)

test.each(['müller@exämple.example', '用户@例子.广告', "o'neill+aws@example.co.uk"])(
  'the e-mail %s is taken (G.3 row 47)',
  async (email) => {
    const buyer = stage.browser()
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
  const buyer = stage.browser()
  await buyer.arrive('t')
  expect((await buyer.register({ company })).status).toBe(303)
  const row = await env.DB.prepare('SELECT fields FROM contacts').first<{ fields: string }>()
  expect(JSON.parse(row?.fields ?? '')).toEqual({ name: 'Sam Doe', company })
})

test.each(['a\nb', 'a\u2028b', 'a\u2029b', 'a\u0000b'])(
  'a company name %j of more than one line is refused',
  async (company) => {
    const buyer = stage.browser()
    await buyer.arrive('t')
    expect((await buyer.register({ company })).status).toBe(422)
  },
)

test('a company name of 1 MB is 413 and one of 201 characters is 422 (G.3 row 48)', async () => {
  const buyer = stage.browser()
  await buyer.arrive('t')
  expect((await buyer.register({ company: 'x'.repeat(1_000_000) })).status).toBe(413)
  expect((await buyer.register({ company: 'x'.repeat(201) })).status).toBe(422)
  expect(await countRows('contacts')).toBe(0)
})

test('a form without its CSRF token, or with that of another session, is refused (G.3 row 49)', async () => {
  const mine = stage.browser()
  await mine.arrive('t1')
  const other = stage.browser()
  await other.arrive('t2')
  const page = await (await other.get('/registration')).text()
  const stolen = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
  for (const csrf of ['', 'x', stolen]) {
    const response = await mine.post('/registration', { _csrf: csrf, email: 'a@example.com' })
    expect(response.status).toBe(403)
  }
  expect(await countRows('contacts')).toBe(0)
})

test.each(['cross-site', 'same-site'])(
  'our own form sent %s is refused before anything is read',
  async (site) => {
    const buyer = stage.browser()
    await buyer.arrive('t')
    const page = await (await buyer.get('/registration')).text()
    const csrf = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
    const fields = { _csrf: csrf, email: 'a@example.com', name: 'N', company: 'C' }
    expect((await buyer.post('/registration', fields, { 'sec-fetch-site': site })).status).toBe(403)
    expect(await countRows('contacts')).toBe(0)
  },
)

test('a session that was changed, is over, or signs another purpose opens nothing', async () => {
  const buyer = stage.browser()
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
  stage.clock.wall += 8 * 3_600_000
  expect((await buyer.get('/registration')).status).toBe(403)
})

test('a session lives by wall time: moving business time does not end it (design §9)', async () => {
  const buyer = stage.browser()
  await buyer.arrive('t')
  stage.clock.business += 40 * 86_400_000
  expect((await buyer.get('/registration')).status).toBe(200)
})

test('an unknown Origin never matters: the policy is Sec-Fetch-Site and the CSRF token', async () => {
  const buyer = stage.browser()
  await buyer.arrive('t')
  const page = await (await buyer.get('/registration')).text()
  const csrf = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
  const fields = { _csrf: csrf, email: 'a@example.com', name: 'N', company: 'C' }
  expect((await buyer.post('/registration', fields, { origin: 'null' })).status).toBe(303)
})
