/** The storefront as people meet it, in a real browser: accessible in every state, works without JavaScript. */
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { type Looks, openLooks } from '../support/accessibility.ts'
import { marketplaceAt } from '../support/marketplace.ts'
import { PRODUCT } from '../support/purchase.ts'
import { openStage } from '../support/stage.ts'

let looks: Looks
const stage = await openStage(async ({ browser }) => {
  looks = await openLooks(browser)
})
const { inBrowser } = stage

inBrowser.each([
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
      expect((await page.goto(stage.system.storefront + path))?.status()).toBe(status)
    expect(await looks.findings(visit)).toEqual([])
  },
)

inBrowser('axe finds nothing on the pages of a purchase, from set-up to the end', async () => {
  const marketplace = marketplaceAt(stage.system.storefront)
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
    expect(await looks.findings((page) => page.goto(stage.system.storefront + path))).toEqual([])

  await marketplace.cancel(agreement.id)
  expect(await looks.findings((page) => page.goto(`${stage.system.storefront}/agreements`))).toEqual([])
})
