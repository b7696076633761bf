/** The status page over a real Ledger: each state in words, usage as it will be billed, everything escaped. */
import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Order } from '../../../shared/ledger/order.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import { createApp } from '../../../worker/app.ts'
import type { Edge } from '../../../worker/env.ts'
import { amountText, priceOf, quantityText } from '../../../worker/landing/money-text.ts'
import { runScheduled } from '../../../worker/scheduled.ts'
import { deprovisioned, ended, openMarketplace, updated } from '../lifecycle/marketplace.ts'
import { clockAt, edgeAt, migrate } from '../support.ts'
import { Browser, customer } from './browser.ts'

let market: ReturnType<typeof openMarketplace>
let edge: Edge
let buyer: Browser

beforeEach(async () => {
  await migrate()
  // The objects of the production entry know the system's clock only, so this one stands still at the present.
  edge = edgeAt(clockAt(new Date().toISOString()))
  market = openMarketplace()
  market.resolve = () => Response.json(customer())
  vi.stubGlobal('fetch', market.fetch)
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockReturnValue()
  buyer = new Browser(createApp(edge))
  await buyer.arrive('t')
  await buyer.register()
})

afterEach(async () => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  await reset()
})

const now = () => `${new Date(edge.clocks.business()).toISOString().slice(0, 19)}Z`

async function statusAfter(...events: string[]): Promise<string> {
  market.put(...events)
  await runScheduled(edge)
  return (await buyer.get('/subscription')).text()
}

async function use(quantity: bigint, id = 'e1'): Promise<void> {
  const row = await env.DB.prepare('SELECT id FROM subscriptions').first<{ id: SubscriptionId }>()
  if (!row) throw new Error('no subscription')
  const time = edge.clocks.business()
  const answers = await env.LEDGER.getByName(row.id).take([
    { source: 'test', id, meter: 'api_calls', time, kind: 'quantity', quantity },
  ])
  expect(answers).toEqual([{ result: 'counted' }])
}

test('active: ready to use, with what was used this month to the last decimal', async () => {
  await statusAfter(updated(now()))
  await use(1_234_500_000n)
  const html = await (await buyer.get('/subscription')).text()
  expect(html).toContain('Your subscription is active')
  expect(html).toContain('API calls')
  expect(html).toContain('1,234.5')
  expect(html).toContain('support@skillsmith.app')
})

/** The page's text, without its tags. */
const textOf = (html: string): string => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')

test('the page shows what the buyer’s own plan has, and what is included in words that are true of it', async () => {
  await statusAfter(updated(now()))
  await use(1_234_500_000n)
  const team = textOf(await (await buyer.get('/subscription')).text())
  expect(team).toContain('Included, still left 8,765.5 of 10,000 calls')
  expect(team).toContain('Included at any time 10 GB')
  expect(team).toContain('User of the Team plan')
  expect(team).not.toMatch(/Enterprise|still left 0/)

  await use(10_000_000_000n, 'e2')
  const spent = textOf(await (await buyer.get('/subscription')).text())
  expect(spent).toContain('Included 10,000 calls, all of it used')

  const { body } = (await env.DB.prepare('SELECT body FROM orders ORDER BY version DESC').first<{
    body: string
  }>()) ?? { body: '' }
  const order: Order = JSON.parse(body)
  const plans = [{ fromHour: order.activation ?? 0, plan: 'enterprise' }]
  const ledger = env.LEDGER.getByName(order.subscription)
  await ledger.order({ ...order, version: order.version + 1, plans })
  await env.DB.prepare("UPDATE subscriptions SET plan = 'enterprise'").run()
  const enterprise = textOf(await (await buyer.get('/subscription')).text())
  expect(enterprise).toContain('User of the Enterprise plan')
  expect(enterprise).toContain('As much as you use')
  expect(enterprise).not.toContain('User of the Team plan')
})

test('a page that shows no usage yet says so, and a pending one asks no Ledger', async () => {
  expect(await (await buyer.get('/subscription')).text()).not.toContain('Usage in')
  expect(await statusAfter(updated(now()))).toContain('Usage in')
})

test('ending and ended say what becomes of access and of the bill', async () => {
  expect(await statusAfter(updated(now()), ended(now()))).toContain('about to end')
  const html = await statusAfter(deprovisioned(now()))
  expect(html).toContain('Your subscription has ended')
  expect(html).toContain('subscribe on AWS Marketplace')
})

test('once access is over nothing is called left: what was included is told, and what is billed', async () => {
  await statusAfter(updated(now()))
  await use(1_234_500_000n)
  const over = textOf(await statusAfter(deprovisioned(now())))
  expect(over).toContain('Included 10,000 calls')
  expect(over).not.toContain('left')
})

test('a buyer whose license only his visit can tell is asked to come from AWS once more (money §10)', async () => {
  const before = await statusAfter(updated(now()))
  expect(before).not.toContain('Set up your account')
  const { body } = (await env.DB.prepare('SELECT body FROM orders ORDER BY version DESC').first<{
    body: string
  }>()) ?? { body: '' }
  const order: Order = JSON.parse(body)
  await env.LEDGER.getByName(order.subscription).order({
    ...order,
    version: order.version + 1,
    identities: [],
  })
  const html = await (await buyer.get('/subscription')).text()
  expect(html).toContain('press “Set up your account”')
  expect(html).toContain('what you use is counted and billed afterwards')
})

test('when usage cannot be read the page still stands and says so', async () => {
  await statusAfter(updated(now()))
  const broken = { getByName: () => ({ usage: () => Promise.reject(new Error('away')) }) }
  const app = createApp({
    ...edge,
    settings: { ...edge.settings, ledgers: Object.assign(Object.create(edge.settings.ledgers), broken) },
  })
  const other = new Browser(app)
  other.cookies = buyer.cookies
  const page = await other.get('/subscription')
  expect(page.status).toBe(200)
  expect(await page.text()).toContain('cannot be shown right now')
})

test('names from the config and values of the buyer are escaped wherever they stand', async () => {
  const evil = '"><script>alert(1)</script>'
  const seller = {
    ...edge.seller,
    branding: { ...edge.seller.branding, name: evil },
    seller: { ...edge.seller.seller, name: evil, support: evil },
    products: edge.seller.products.map((product) => ({ ...product, title: evil })),
    fields: edge.seller.fields.map((field) => ({ ...field, label: evil })),
  }
  const other = new Browser(createApp({ ...edge, seller }))
  other.cookies = buyer.cookies
  await env.DB.prepare('UPDATE contacts SET email = ?').bind(evil).run()
  const pages = [await other.get('/'), await other.get('/subscription')]
  await env.DB.exec('DELETE FROM contacts')
  pages.push(await other.get('/registration'), await other.register({ email: evil, company: '' }))
  for (const page of pages) {
    const html = await page.text()
    expect(html).not.toContain('<script')
    expect(html).toContain('&lt;script&gt;')
  }
})

test('quantities and dollars are exact text, never floats', () => {
  expect(['0', '999', '1000', '1234567.000001', 'unlimited'].map(quantityText)).toEqual([
    '0',
    '999',
    '1,000',
    '1,234,567.000001',
    'unlimited',
  ])
  expect(['0', '0.1', '25', '0.0001', '1234.5', '0.00000001'].map(priceOf)).toEqual([
    '$0.00',
    '$0.10',
    '$25.00',
    '$0.0001',
    '$1,234.50',
    '$0.00000001',
  ])
  expect(amountText('9007199254740993', '0.1')).toBe('$900,719,925,474,099.30')
})
