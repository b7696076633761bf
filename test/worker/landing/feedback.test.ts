/** What a buyer writes on his status page: kept once, bounded, shown to him and to the seller, never run. */
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { hashOperatorKey, operatorKeyOf } from '../../../shared/operator/key.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import { createApp } from '../../../worker/app.ts'
import { keepFeedback } from '../../../worker/db/feedback.ts'
import { eraseStatements } from '../../../worker/db/personal.ts'
import { edgeAt } from '../support.ts'
import { Browser } from './browser.ts'
import { countRows, useStage } from './stage.ts'

const stage = useStage()
const OPERATOR = operatorKeyOf('A'.repeat(43))

async function registered(): Promise<Browser> {
  const browser = stage.browser()
  await browser.arrive('t')
  await browser.register()
  return browser
}

/** Sends the form with the token of its page. */
async function write(browser: Browser, over: Readonly<Record<string, string>> = {}): Promise<Response> {
  const page = await (await browser.get('/subscription')).text()
  const csrf = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
  return browser.post('/feedback', {
    _csrf: csrf,
    kind: 'idea',
    score: '9',
    message: 'Dark mode\r\nplease',
    ...over,
  })
}

test('what was written is kept with kind, score and words, is shown back as received, and the seller reads it', async () => {
  const browser = await registered()
  const answer = await write(browser)
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/subscription#received'])
  const page = await (await browser.get('/subscription')).text()
  expect(page).toContain('What we have received from you')
  expect(page).toContain('Dark mode\nplease')
  expect(page).toMatch(/November 21, 2026 at 12:00.PM UTC · Something is missing · 9 of 10/)

  const edge = edgeAt(stage.clock)
  const app = createApp({
    ...edge,
    settings: { ...edge.settings, operatorKeyHash: await hashOperatorKey(OPERATOR) },
  })
  const list = async (query = '', key = OPERATOR) =>
    app.request(`https://buy.example/v1/operator/feedback${query}`, {
      headers: { authorization: `Bearer ${key}` },
    })
  const subscription = await env.DB.prepare('SELECT id FROM subscriptions').first<string>('id')
  const row = {
    number: 1,
    subscription,
    product: 'subscription',
    kind: 'idea',
    score: 9,
    message: 'Dark mode\nplease',
    at: stage.clock.business,
    email: 'buyer@example.com',
  }
  expect(await (await list()).json()).toEqual({ rows: [row], next: null })
  expect(await (await list('?limit=1')).json()).toEqual({ rows: [row], next: '1' })
  expect(await (await list('?after=1')).json()).toEqual({ rows: [], next: null })
  expect([(await list('?after=x')).status, (await list('', 'tg_x')).status]).toEqual([400, 401])
})

test.each([
  ['no words', { message: ' \r\n ' }, 'Write a sentence or two.'],
  ['2,001 characters', { message: 'a'.repeat(2_001) }, 'Use at most 2000 characters.'],
  ['a control character', { message: 'a\u0000b' }, 'Use ordinary characters.'],
  ['no kind', { kind: 'toString' }, 'Choose what it is about.'],
  ['a score of 11', { score: '11' }, 'Choose a number from 0 to 10, or none.'],
])('%s is 422 with what to do, and nothing is kept', async (_, over, sentence) => {
  const browser = await registered()
  const answer = await write(browser, over)
  expect(answer.status).toBe(422)
  expect(await answer.text()).toContain(sentence)
  expect(await countRows('feedback')).toBe(0)
})

test('2,000 characters are kept, whatever ends their lines', async () => {
  expect((await write(await registered(), { message: 'a\r\n'.repeat(999) + 'bc' })).status).toBe(303)
  expect(await countRows('feedback')).toBe(1)
})

test('an hour takes five, the sixth is told what to do and keeps its words; the next hour takes it', async () => {
  const browser = await registered()
  for (let n = 0; n < 5; n += 1) expect((await write(browser, { message: `message ${n}` })).status).toBe(303)
  const sixth = await write(browser, { message: 'one more' })
  expect([sixth.status, sixth.headers.get('retry-after')]).toEqual([429, '3600'])
  const text = await sixth.text()
  expect(text).toContain('Try again in an hour')
  expect(text).toContain('one more</textarea')
  stage.clock.business += 3_600_000
  expect((await write(browser, { message: 'one more' })).status).toBe(303)
  expect(await countRows('feedback')).toBe(6)
})

test('of twelve sent at once five are kept, and whoever is told that his came is among them', async () => {
  const browser = await registered()
  const page = await (await browser.get('/subscription')).text()
  const csrf = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      browser.post('/feedback', { _csrf: csrf, kind: 'idea', score: '', message: `message ${n}` }),
    ),
  )
  const statuses = answers.map(({ status }) => status)
  expect([await countRows('feedback'), statuses.filter((one) => one === 303).length]).toEqual([5, 5])
  expect(statuses.filter((one) => one === 429)).toHaveLength(7)
})

test('what comes while its buyer is erased is not kept behind him', async () => {
  await registered()
  const id = await env.DB.prepare('SELECT id FROM subscriptions').first<SubscriptionId>('id')
  if (id === null) throw new Error('nobody registered')
  await env.DB.batch([...eraseStatements(env.DB, [id], stage.clock.business)])
  const words = { kind: 'idea', score: null, message: 'my name is …' } as const
  expect(await keepFeedback(env.DB, id, words, stage.clock.business)).toBe(false)
  expect(await countRows('feedback')).toBe(0)
})

test('the same words sent twice, as by going back, are there once', async () => {
  const browser = await registered()
  await write(browser)
  expect((await write(browser)).status).toBe(303)
  expect(await countRows('feedback')).toBe(1)
})

test('a form of another site, without its token, or of another visit changes nothing', async () => {
  const browser = await registered()
  const fields = { kind: 'idea', message: 'x' }
  const other = await registered()
  const page = await (await other.get('/subscription')).text()
  const csrf = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
  stage.clock.wall += 60_000
  await browser.arrive('another')
  const statuses = [
    await browser.post('/feedback', fields),
    await browser.post('/feedback', { ...fields, _csrf: csrf }),
    await browser.post('/feedback', { ...fields, _csrf: csrf }, { 'sec-fetch-site': 'cross-site' }),
    await stage.browser().post('/feedback', fields),
    await browser.get('/feedback'),
  ].map(({ status }) => status)
  expect(statuses).toEqual([403, 403, 403, 403, 405])
  expect(await countRows('feedback')).toBe(0)
})

test('words are text wherever they are shown', async () => {
  const browser = await registered()
  await write(browser, { message: '</textarea><script>alert(1)</script>' })
  const refused = await (
    await write(browser, { message: '</textarea><script>alert(1)</script>', score: 'x' })
  ).text()
  for (const page of [refused, await (await browser.get('/subscription')).text()]) {
    expect(page).not.toContain('<script')
    expect(page).toContain('&lt;/textarea&gt;&lt;script&gt;')
  }
})
