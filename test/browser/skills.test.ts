/** The sample application's pages in a real browser: accessible under every plan, and usable without JavaScript. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listenerOf } from '../../container/app/listener.ts'
import { type Looks, openLooks } from '../support/accessibility.ts'
import { findBrowser, launchBrowser } from '../support/browser.ts'
import { openService } from '../support/skills.ts'

const found = await findBrowser()
const inBrowser = found === undefined ? test.skip : test
const service = openService()
let server: Server
let browser: Browser
let looks: Looks
let url: string

beforeAll(async () => {
  if (found === undefined) return
  server = createServer(listenerOf(service))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  browser = await launchBrowser(found)
  looks = await openLooks(browser)
})
afterAll(async () => {
  await browser?.close()
  server?.closeAllConnections()
  server?.close()
})

const TEAM = { pricing: 'contract', plan: 'team', features: ['basic_analytics'] } as const

inBrowser.each([
  ['the catalogue', '/', {}],
  ['a search that finds nothing', '/?q=zebra', {}],
  ['a skill', '/skills/csv-cleaning', {}],
  ['analytics', '/analytics', {}],
  ['analytics that are not all in the plan', '/analytics', TEAM],
  ['a plan', '/plan', TEAM],
  ['a plan that ended', '/plan', { ...TEAM, plan: null, features: [], access: false }],
  ['nothing', '/skills/none', {}],
])('axe finds nothing on the page of %s', async (_, path, bought) => {
  service.buys({ pricing: 'custom-metering', plan: null, features: [], access: true, ...bought })
  expect(await looks.findings((page) => page.goto(url + path))).toEqual([])
})

inBrowser('without JavaScript a person searches, opens a skill, and is counted as one user', async () => {
  const before = service.reported.length
  const context = await browser.newContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(url)
  await page.getByLabel('Words').fill('invoices')
  await page.getByLabel('Category').selectOption('Finance')
  await page.getByRole('button', { name: 'Search' }).click()
  await page.getByRole('link', { name: 'Invoice matching' }).click()
  expect(await page.locator('h1').textContent()).toBe('Invoice matching')
  expect(service.reported.slice(before).map(({ meter }) => meter)).toEqual(['users'])
  await context.close()
})
