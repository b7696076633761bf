/** The storefront's pages and forms, over a real store; how they look and feel in a browser is tested in test/browser. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { err, ok } from '../../../shared/result.ts'
import type { TestFront } from './front.ts'
import { LANDING, ORIGIN, buyActive, openTestFront } from './front.ts'

let front: TestFront
beforeEach(async () => {
  front = await openTestFront()
})
afterEach(() => front.close())

const CHOICE = { account: '000011112222', other: '', license: 'soon' }

/** Subscribes by the form and answers the path of the page that follows. */
async function subscribe(fields: Record<string, string> = CHOICE, product = 'usage') {
  const answer = await front.form(`/products/${product}`, fields)
  expect(answer?.status).toBe(303)
  return answer?.headers.get('location') ?? ''
}

const inputs = (page: string): Record<string, string> =>
  Object.fromEntries(
    [...page.matchAll(/<input\s+type="hidden"\s+name="(x-amzn[^"]*)"\s+value="([^"]*)"/g)].map(
      ([, name = '', value = '']) => [name, value],
    ),
  )

test('the home page shows every product with its prices and what is not yet on offer', async () => {
  const page = await front.page('/')
  for (const text of ['Pay as you go', 'Contract with consumption', '$0.10 each', '$0.00000003 each'])
    expect(page).toContain(text)
  expect(page.match(/not yet on offer/g)).toHaveLength(1)
})

test('subscribing ends in a form that posts the token to the landing page, on another site (facts §1.2)', async () => {
  const path = await subscribe()
  expect(path).toMatch(/^\/agreements\/agmt-[a-z0-9]+\/set-up$/)

  const page = await front.page(path)

  expect(page).toContain(`<form method="post" action="${LANDING}">`)
  expect(page.replaceAll(/\s+/g, ' ')).toContain('License Updated comes in 10 seconds')
  const { 'x-amzn-marketplace-token': token, ...rest } = inputs(page)
  expect(Object.keys(front.marketplace.state.tokens)).toEqual([token])
  expect(rest).toEqual({})
  expect(new URL(LANDING).hostname).not.toBe(new URL(ORIGIN).hostname)
})

test('a trial says so in the form to the seller', async () => {
  const page = await front.page(await subscribe({ ...CHOICE, trial: 'yes' }))
  expect(inputs(page)['x-amzn-marketplace-offer-type']).toBe('free-trial')
})

test.each([
  ['soon', '2026-11-21T12:00:10.000Z'],
  ['aws', '2026-11-21T12:01:12.000Z'],
])('the license can be chosen to arrive %s', async (license, due) => {
  await subscribe({ ...CHOICE, license })
  const pending = front.marketplace.state.pending.filter(
    (each) => each.kind === 'happen' && each.happening.kind === 'license_updated',
  )
  expect(pending.map((each) => new Date(each.due).toISOString())).toEqual([due])
})

test('the license can be there before the buyer registers (facts §1.3)', async () => {
  const page = await front.page(await subscribe({ ...CHOICE, license: 'before' }))
  expect(page).toContain('<span class="tag">active</span>')
  expect(front.marketplace.state.pending).toEqual([])
})

test('any AWS account of 12 digits can buy, leading zeros and all', async () => {
  await subscribe({ ...CHOICE, account: 'other', other: '000000000042' })
  expect(Object.values(front.marketplace.state.agreements)).toMatchObject([{ account: '000000000042' }])
})

test('a contract is bought in the quantities and for the term that were chosen', async () => {
  await subscribe({ ...CHOICE, 'quantity.users': '10', term: 'year', autoRenew: 'yes' }, 'contract')
  expect(Object.values(front.marketplace.state.agreements)).toMatchObject([
    { bought: [{ dimension: 'users', quantity: 10 }], term: 'year', autoRenew: true },
  ])
})

test('a form that cannot be taken comes back with the reason and what was typed', async () => {
  const answer = await front.form('/products/usage', {
    ...CHOICE,
    account: 'other',
    other: '"><script>alert(1)</script>',
  })
  const page = (await answer?.text()) ?? ''
  expect(answer?.status).toBe(400)
  expect(page).toContain('An AWS account is 12 digits')
  expect(page).toContain('role="alert"')
  expect(page).toContain('&quot;&gt;&lt;script&gt;')
  expect(page).not.toContain('<script>')
})

test('the agreements page shows the license and what is on its way, and delivers it now', async () => {
  await subscribe()
  expect(await front.page('/agreements')).toContain('Deliver now: License Updated')

  const due = String(front.marketplace.state.pending.at(-1)?.due)
  const moved = await front.form('/time', { move: 'to', at: due, back: '/agreements' })

  expect(moved?.status).toBe(303)
  const page = await front.page(moved?.headers.get('location') ?? '')
  expect(page).toContain('The clock was moved')
  expect(page).toContain('License Updated - Manufacturer')
  expect(page).toContain('<span class="tag">active</span>')
  expect(new Date(front.marketplace.state.business).toISOString()).toBe('2026-11-21T12:00:10.000Z')
})

test('a time at which nothing is pending is no place to go', async () => {
  await front.form('/time', { move: 'to', at: '4102444800000', back: '/agreements' })
  expect(new Date(front.marketplace.state.business).toISOString()).toBe('2026-11-21T12:00:00.000Z')
})

test('Close this hour settles the hour and leads to the bill with what was done (design §9)', async () => {
  await subscribe()
  const closed = await front.form('/time', { move: 'close-hour', back: '/' })
  expect(closed?.headers.get('location')).toMatch(/^\/bill\?notice=\d+$/)
  const page = await front.page(closed?.headers.get('location') ?? '')
  expect(page).toContain('The hour 21 Nov 2026, 12:00–13:00 UTC is closed')
  expect(page).toContain('What was done (2)')
})

test('an hour that is not settled says what is waited for', async () => {
  const waiting = await openTestFront([
    {
      name: 'the Worker',
      setClock: async () => ok({ next: null }),
      step: async () => ok({ did: [], next: null }),
      settled: async () => ok({ settled: false, waiting: ['sub_1: a record has no answer'] }),
    },
  ])
  const closed = await waiting.form('/time', { move: 'close-hour', back: '/' })
  expect(await waiting.page(closed?.headers.get('location') ?? '')).toContain('sub_1: a record has no answer')
  await waiting.close()
})

test('a clock that cannot be moved says so on the page, and stays', async () => {
  const away = err({ kind: 'unreachable', participant: 'the Worker', detail: 'refused' } as const)
  const stopped = await openTestFront([
    {
      name: 'the Worker',
      setClock: async () => away,
      step: async () => away,
      settled: async () => away,
    },
  ])
  const moved = await stopped.form('/time', { move: 'PT1H', back: '/faults' })
  const page = await stopped.page(moved?.headers.get('location') ?? '')
  expect(page).toContain('The clock could not be moved')
  expect(page).toContain('the Worker could not be reached')
  expect(page).toContain('aria-current="page">Faults')
  await stopped.close()
})

test('the bill shows units, price and exact dollars with the receipt, and what was refused', async () => {
  const { account, licenseArn } = await buyActive(front)
  const sent = {
    Timestamp: Math.floor(front.wall() / 1000),
    CustomerAWSAccountId: account,
    LicenseArn: licenseArn,
  }
  await front.meter({ ...sent, Dimension: 'calls', Quantity: 12_345 })
  await front.meter({ ...sent, Dimension: 'calls', Quantity: 1 })
  const [receipt] = Object.values(front.marketplace.state.bill)

  const page = await front.page('/bill')

  for (const text of ['12,345', '$0.10', '$1,234.50', '12:00–13:00', receipt?.id ?? '-', 'DuplicateRecord'])
    expect(page).toContain(text)
  expect(await front.page('/bill?account=444455556666')).toContain('Nothing is billed yet')
})

test('cancelling asks first, then the events that end it are on their way', async () => {
  const agreement = await buyActive(front)
  expect(await front.page(`/agreements/${agreement.id}/cancel`)).toContain('Cancel this agreement?')
  expect(agreement.status).toBe('ACTIVE')

  const done = await front.form(`/agreements/${agreement.id}/cancel`, { by: 'buyer' })

  const page = await front.page(done?.headers.get('location') ?? '')
  expect(page).toContain('The agreement is cancelled')
  expect(page).toContain('License Deprovisioned')
  expect(page).not.toContain('Set up again')
})

test('setting up again brings a new token, as often as asked', async () => {
  const path = await subscribe()
  const first = inputs(await front.page(path))
  const again = await front.form(path.replace('set-up', 'visit'), {})
  expect(again?.headers.get('location')).toBe(path)
  expect(inputs(await front.page(path))['x-amzn-marketplace-token']).not.toBe(
    first['x-amzn-marketplace-token'],
  )
})

test('an expired token is not offered; the page asks for a new one', async () => {
  const path = await subscribe()
  await front.form('/time', { move: 'PT4H', back: '/' })
  const page = await front.page(path)
  expect(page).toContain('Get a new token')
  expect(inputs(page)).toEqual({})
})

test('faults are switched on and off by forms', async () => {
  await front.form('/faults', {
    family: 'call',
    on: 'BatchMeterUsage',
    kind: 'lost',
    count: '',
    chance: '30',
  })
  await front.form('/faults', {
    family: 'event',
    on: 'License Updated',
    kind: 'event_delay',
    minutes: '7',
    count: '2',
    chance: '100',
  })
  expect(front.marketplace.state.faults).toMatchObject([
    { kind: 'lost_reply', on: 'BatchMeterUsage', count: null, probability: 0.3 },
    { kind: 'event_delay', on: 'License Updated', delayMs: 420_000, count: 2, probability: 1 },
  ])
  const page = await front.page('/faults')
  expect(page).toContain('It comes 7 minutes later')
  expect(page).toContain('until switched off, by a chance of 30 %')

  await front.form('/faults/off', { id: front.marketplace.state.faults[0]?.id ?? '' })
  expect(front.marketplace.state.faults).toHaveLength(1)
  await front.form('/faults/off', {})
  expect(front.marketplace.state.faults).toEqual([])
})

test.each([
  { family: 'call', on: 'FlyToTheMoon', kind: 'lost', count: '1', chance: '100' },
  { family: 'call', on: '*', kind: 'lost', count: '1.5', chance: '100' },
  { family: 'event', on: '*', kind: 'event_delay', minutes: 'x', count: '1', chance: '100' },
  { family: 'call', on: '*', kind: 'lost', count: '1', chance: 'many' },
])('the fault form %j is refused with a sentence', async (fields) => {
  const answer = await front.form('/faults', fields)
  expect(await front.page(answer?.headers.get('location') ?? '')).toContain('That was not possible')
  expect(front.marketplace.state.faults).toEqual([])
})

test('a page that does not exist, a product and an agreement that are unknown: 404, still a page', async () => {
  for (const path of [
    '/nope',
    '/products/nope',
    '/agreements/agmt-nope/set-up',
    '/agreements/constructor/cancel',
  ]) {
    const answer = await front.ask(path, { headers: { accept: 'text/html' } })
    expect([path, answer?.status, answer?.headers.get('content-type')]).toEqual([
      path,
      404,
      'text/html; charset=UTF-8',
    ])
  }
})

test('a form of another site, or of no known site, changes nothing', async () => {
  const body = new URLSearchParams(CHOICE)
  const statuses = []
  for (const headers of [
    { 'sec-fetch-site': 'cross-site', origin: 'https://example.com' },
    { 'sec-fetch-site': 'same-site', origin: 'http://localhost:4700' },
    { origin: 'http://localhost:4700' },
    { origin: 'null' },
    { host: 'evil.example', 'sec-fetch-site': 'same-origin' },
    {},
  ]) {
    const answer = await front.ask('/products/usage', { method: 'POST', body, headers: { ...headers } })
    statuses.push(answer?.status)
  }
  expect(statuses).toEqual([403, 403, 403, 403, 403, 403])
  expect(front.marketplace.state.agreements).toEqual({})
})

test('a browser without Sec-Fetch-Site is known by its Origin', async () => {
  const answer = await front.ask('/products/usage', {
    method: 'POST',
    body: new URLSearchParams(CHOICE),
    headers: { origin: ORIGIN },
  })
  expect(answer?.status).toBe(303)
})

test('a page asked of localhost moves to 127.0.0.1: the landing page must be another site', async () => {
  const answer = await front.ask('http://localhost:4600/bill?month=2026-11')
  expect([answer?.status, answer?.headers.get('location')]).toEqual([
    307,
    'http://127.0.0.1:4600/bill?month=2026-11',
  ])
})

test('every page forbids what it does not need, and names the landing page as the one place forms may go', async () => {
  for (const path of ['/', '/products/usage', '/agreements', '/bill', '/faults', '/nope']) {
    const answer = await front.ask(path, { headers: { accept: 'text/html' } })
    const policy = answer?.headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]{44}'; img-src data:; frame-src 'self'; form-action 'self' http:\/\/localhost:4700; base-uri 'none'; frame-ancestors 'none'$/,
    )
    expect(answer?.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer?.headers.get('cache-control')).toBe('no-store')
  }
})

test("AWS's own calls are left to AWS's doors", async () => {
  expect(await front.ask('/', { method: 'POST', body: 'Action=GetCallerIdentity' })).toBeUndefined()
  expect(await front.ask('/123456789012/marketplace-events', { method: 'POST', body: '{}' })).toBeUndefined()
})
