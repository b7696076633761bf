/** A returning buyer signs in by a link in a mail: whose it is, how often, for how long, and that nobody learns more. Issue §7. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { createApp } from '../../../worker/app.ts'
import { sha256Hex } from '../../../shared/sha256.ts'
import { sweepSignIns } from '../../../worker/db/sign-ins.ts'
import { Browser } from '../landing/browser.ts'
import { askForLink, csrfOf, logOf, ORIGIN, register, signIn, tokenOf, useStage } from './stage.ts'

const MINUTE_MS = 60_000
const stage = useStage()

test('the front page leads a customer to signing in, and the mail goes to the address that was registered', async () => {
  await register(stage, stage.browser(), { digit: 'a', email: 'Buyer@Example.com' })
  const later = stage.browser()
  expect(await (await later.get('/')).text()).toContain('<a href="/sign-in">Sign in</a>')
  const { response, link } = await askForLink(stage, later, ' buyer@example.COM ')
  expect([response.status, response.headers.get('location')]).toEqual([303, '/sign-in/sent'])
  expect(stage.mails.at(-1)).toMatchObject({ to: 'Buyer@example.com', subject: 'Sign in to Skillsmith' })
  expect(stage.mails.at(-1)?.text).toContain('within 15 minutes, in the browser in which you asked for it')
  expect(link).toMatch(/^\/sign-in\?link=[0-9A-Za-z]{43}$/)
})

test('signed in, a person sees all that his address registered, in words, and opens the page of each', async () => {
  const first = await register(stage, stage.browser(), { digit: 'a' })
  const second = await register(stage, stage.browser(), { digit: 'b', account: '999988887777' })
  await register(stage, stage.browser(), { digit: 'c', email: 'other@example.com' })
  const later = stage.browser()
  expect((await signIn(stage, later)).headers.get('location')).toBe('/subscriptions')
  const html = await (await later.get('/subscriptions')).text()
  const links = [...html.matchAll(/href="\/subscriptions\/(sub_\w+)"/g)].map(([, id]) => id)
  expect(links).toEqual([second.subscription, first.subscription])
  expect(html.match(/Setting up/g)).toHaveLength(2)
  expect(html).not.toContain('012345678901')
  for (const [id, tail] of [
    [first.subscription, '8901'],
    [second.subscription, '7777'],
  ]) {
    const opened = await later.get(`/subscriptions/${id}`)
    expect([opened.status, opened.headers.get('location')]).toEqual([303, '/subscription'])
    expect(await (await later.get('/subscription')).text()).toContain(`•••• •••• ${tail}`)
  }
})

test('what another address registered is not there for a person who signed in', async () => {
  const foreign = await register(stage, stage.browser(), { digit: 'c', email: 'other@example.com' })
  await register(stage, stage.browser(), { digit: 'a' })
  const later = stage.browser()
  await signIn(stage, later)
  expect((await later.get(`/subscriptions/${foreign.subscription}`)).status).toBe(404)
})

test('a link is used once, in the browser that asked, and looking at it uses nothing up', async () => {
  await register(stage, stage.browser(), { digit: 'a' })
  const asker = stage.browser()
  const { link = '' } = await askForLink(stage, asker, 'buyer@example.com')
  const scanner = stage.browser()
  for (const method of ['GET', 'HEAD']) expect((await scanner.send(method, link)).status).toBe(403)
  expect((await scanner.post('/sign-in/link', { link: tokenOf(link) })).status).toBe(403)
  // A cookie of the right form is not the right one.
  scanner.cookies.set('__Host-tollgate-asked', 'A'.repeat(43))
  expect((await scanner.post('/sign-in/link', { link: tokenOf(link) })).status).toBe(403)

  for (let i = 0; i < 3; i += 1) expect((await asker.get(link)).status).toBe(200)
  const twin = stage.browser()
  twin.cookies = new Map(asker.cookies)
  const answers = await Promise.all(
    [asker, twin].map((one) => one.post('/sign-in/link', { link: tokenOf(link) })),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([303, 403]))
  expect((await twin.post('/sign-in/link', { link: tokenOf(link) })).status).toBe(403)
})

test('whoever asks twice may use either mail', async () => {
  await register(stage, stage.browser(), { digit: 'a' })
  const asker = stage.browser()
  const links = []
  for (let i = 0; i < 2; i += 1) links.push((await askForLink(stage, asker, 'buyer@example.com')).link ?? '')
  expect(new Set(links).size).toBe(2)
  for (const link of links) expect((await asker.get(link)).status).toBe(200)
})

test('a link is good for the last millisecond of 15 minutes of wall time, and not for the next', async () => {
  await register(stage, stage.browser(), { digit: 'a' })
  const asker = stage.browser()
  const { link = '' } = await askForLink(stage, asker, 'buyer@example.com')
  stage.clock.business += 40 * 86_400_000
  stage.clock.wall += 15 * MINUTE_MS - 1
  expect((await asker.get(link)).status).toBe(200)
  stage.clock.wall += 1
  expect((await asker.get(link)).status).toBe(403)
  expect((await asker.post('/sign-in/link', { link: tokenOf(link) })).status).toBe(403)
})

test('neither the link nor what binds it to its browser is in a table, the log or the audit log', async () => {
  await register(stage, stage.browser(), { digit: 'a' })
  const asker = stage.browser()
  const { link = '' } = await askForLink(stage, asker, 'buyer@example.com')
  const bound = asker.cookies.get('__Host-tollgate-asked') ?? ''
  await asker.post('/sign-in/link', { link: tokenOf(link) })
  const row = await env.DB.prepare('SELECT * FROM sign_ins').first()
  expect(row).toMatchObject({
    token_sha256: await sha256Hex(tokenOf(link)),
    browser_sha256: await sha256Hex(bound),
  })
  const log = await logOf(stage)
  expect(log.map(({ kind, subject }) => [kind, subject])).toEqual([
    ['register', expect.stringMatching(/^sub_/)],
    ['ask sign-in', '012345678901'],
    ['sign in', '012345678901'],
  ])
  const said = JSON.stringify([row, log, stage.logged])
  for (const secret of [tokenOf(link), bound]) expect(said).not.toContain(secret)
  expect(JSON.stringify([log, stage.logged])).not.toContain('buyer@example.com')
})

test('a known address and an unknown one get the same answer, and the mail goes out behind it', async () => {
  await register(stage, stage.browser(), { digit: 'a' })
  const app = createApp(stage.edge)
  const seen = []
  for (const email of ['buyer@example.com', 'nobody@example.com']) {
    const before = stage.mails.length
    const context = createExecutionContext()
    const body = new URLSearchParams({ email })
    const response = await app.fetch(new Request(`${ORIGIN}/sign-in`, { method: 'POST', body }), env, context)
    const early = stage.mails.length - before
    await waitOnExecutionContext(context)
    const headers = [...response.headers].map(([name, value]) => [name, value.replace(/=\w{43};/, '=;')])
    seen.push({ status: response.status, headers, body: await response.text(), early })
  }
  expect(seen[1]).toEqual(seen[0])
  expect(seen[0]?.early).toBe(0)
  expect(stage.mails.filter(({ subject }) => subject.startsWith('Sign in'))).toHaveLength(1)
})

test('a sixth link for one address is refused, the same for an address nobody has, until 15 minutes are over', async () => {
  await register(stage, stage.browser(), { digit: 'a' })
  for (const email of ['buyer@example.com', 'nobody@example.com']) {
    for (let i = 0; i < 5; i += 1) {
      expect((await askForLink(stage, stage.browser(), email)).response.status).toBe(303)
    }
    const { response } = await askForLink(stage, stage.browser(), email.toUpperCase())
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '900'])
    // Others may have asked in his name: he has another way in.
    expect(await response.text()).toContain('come through AWS Marketplace')
  }
  expect(stage.mails.filter(({ subject }) => subject.startsWith('Sign in'))).toHaveLength(5)
  stage.clock.wall += 15 * MINUTE_MS
  expect((await askForLink(stage, stage.browser(), 'buyer@example.com')).link).toBeDefined()
})

test('one place on the internet asks 30 times in 15 minutes and no more; an IPv6 customer is one place', async () => {
  const statuses: number[] = []
  for (let i = 0; i < 31; i += 1) {
    const headers = { 'cf-connecting-ip': `2001:db8:1:2::${i}` }
    statuses.push((await stage.browser().post('/sign-in', { email: `n${i}@example.com` }, headers)).status)
  }
  expect(statuses.filter((status) => status === 303)).toHaveLength(30)
  expect(statuses.at(-1)).toBe(429)
  const other = { 'cf-connecting-ip': '2001:db8:1:3::1' }
  expect((await stage.browser().post('/sign-in', { email: 'x@example.com' }, other)).status).toBe(303)
})

test('signing out ends the session for every copy of its cookie, and is in the audit log', async () => {
  await register(stage, stage.browser(), { digit: 'a' })
  const person = stage.browser()
  await signIn(stage, person)
  const copy = stage.browser()
  copy.cookies = new Map(person.cookies)
  expect((await person.post('/sign-out', { _csrf: 'forged' })).status).toBe(403)
  const csrf = await csrfOf(person, '/subscriptions')
  expect((await person.post('/sign-out', { _csrf: csrf }, { 'sec-fetch-site': 'cross-site' })).status).toBe(
    403,
  )
  expect((await person.post('/sign-out', { _csrf: csrf })).headers.get('location')).toBe('/')
  expect((await copy.get('/subscriptions')).headers.get('location')).toBe('/sign-in')
  expect((await logOf(stage)).at(-1)?.kind).toBe('sign out')
})

test('the session of a person and that of a purchase are never taken for each other', async () => {
  const buyer = stage.browser()
  await register(stage, buyer, { digit: 'a' })
  const person = stage.browser()
  await signIn(stage, person)
  const purchase = buyer.cookies.get('__Host-tollgate') ?? ''
  const signedIn = person.cookies.get('__Host-tollgate-person') ?? ''
  expect(signedIn).toMatch(/^sgn_/)
  const mixed = stage.browser()
  mixed.cookies = new Map([
    ['__Host-tollgate', signedIn],
    ['__Host-tollgate-person', purchase],
  ])
  expect((await mixed.get('/subscription')).status).toBe(403)
  expect((await mixed.get('/subscriptions')).headers.get('location')).toBe('/sign-in')
  stage.clock.wall += 8 * 3_600_000
  expect((await person.get('/subscriptions')).headers.get('location')).toBe('/sign-in')
})

test('asking from the page of another site is refused, and a wrong address is shown again, escaped', async () => {
  const browser = stage.browser()
  const cross = await browser.post('/sign-in', { email: 'a@example.com' }, { 'sec-fetch-site': 'cross-site' })
  expect(cross.status).toBe(403)
  const wrong = await browser.post('/sign-in', { email: '"><script>@example.com' })
  const html = await wrong.text()
  expect([wrong.status, html.includes('<script>')]).toEqual([422, false])
  expect(html).toContain('aria-describedby="email-error"')
})

test('under another name of ours, signing in begins at the name the link will have', async () => {
  const other = new Browser(createApp(stage.edge), 'https://other.example')
  const answer = await other.get('/sign-in')
  expect([answer.status, answer.headers.get('location')]).toEqual([303, `${ORIGIN}/sign-in`])
})

test('without a sender, or without an address of our own, nobody is promised a link', async () => {
  const { mailFrom: _from, ...settings } = stage.edge.settings
  stage.edge = { ...stage.edge, settings }
  expect((await stage.browser().get('/sign-in')).status).toBe(503)
  expect((await stage.browser().post('/sign-in', { email: 'a@example.com' })).status).toBe(503)
})

test('what was asked for is forgotten after a day', async () => {
  await askForLink(stage, stage.browser(), 'nobody@example.com')
  await sweepSignIns(env.DB, stage.clock.wall + 86_400_000)
  expect(await env.DB.prepare('SELECT count(*) AS n FROM sign_ins').first('n')).toBe(1)
  await sweepSignIns(env.DB, stage.clock.wall + 86_400_001)
  expect(await env.DB.prepare('SELECT count(*) AS n FROM sign_ins').first('n')).toBe(0)
})
