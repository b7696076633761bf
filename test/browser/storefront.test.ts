/** The storefront as people meet it, in a real browser: accessible in every state, works without JavaScript. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Looks, openLooks } from '../support/accessibility.ts'
import { findBrowser, launchBrowser } from '../support/browser.ts'
import { marketplaceAt } from '../support/marketplace.ts'
import { PRODUCT } from '../support/purchase.ts'
import { removeFolder, startSystem, type System } from '../support/system.ts'

const found = await findBrowser()
let system: System
let browser: Browser
let looks: Looks

beforeAll(async () => {
  if (found === undefined) return
  ;[system, browser] = await Promise.all([startSystem(), launchBrowser(found)])
  looks = await openLooks(browser)
})

afterAll(async () => {
  await browser?.close()
  await system?.stop()
  if (system !== undefined) removeFolder(system.folder)
})

test.skipIf(found === undefined).each([
  ['the products', '/', 200],
  ['a contract', '/products/contract', 200],
  ['a subscription', '/products/subscription', 200],
  ['a container', '/products/container', 200],
  ['no agreements', '/agreements', 200],
  ['an empty bill', '/bill', 200],
  ['the faults', '/faults', 200],
  ['what is not there', '/products/nothing', 404],
])(
  'axe finds nothing on the page of %s, at 320, 768 and 1280 px, light and dark',
  async (_, path, status) => {
    const visit = async (page: Page) =>
      expect((await page.goto(system.storefront + path))?.status()).toBe(status)
    expect(await looks.findings(visit)).toEqual([])
  },
)

test.skipIf(found === undefined)(
  'axe finds nothing on the pages of a purchase, from set-up to the end',
  async () => {
    const marketplace = marketplaceAt(system.storefront)
    const [buyer] = await marketplace.accounts()
    const { agreement } = await marketplace.subscribe({ product: PRODUCT, account: buyer?.account ?? '' })
    await marketplace.fault({ kind: 'throttle', on: 'BatchMeterUsage', count: 1 })
    const pages = [
      `/agreements/${agreement.id}/set-up`,
      `/agreements/${agreement.id}/cancel`,
      '/agreements',
      '/faults',
    ]
    for (const path of pages)
      expect(await looks.findings((page) => page.goto(system.storefront + path))).toEqual([])

    await marketplace.cancel(agreement.id)
    expect(await looks.findings((page) => page.goto(`${system.storefront}/agreements`))).toEqual([])
  },
)
