/** The whole way in a real browser with JavaScript off: storefront, cross-site POST, registration, usage, the bill. */
import { expect } from 'vitest'
import { marketplaceAt } from '../support/marketplace.ts'
import { METER, PERSON, PRODUCT, subscriptionOf, unitsDue } from '../support/purchase.ts'
import { openStage } from '../support/stage.ts'
import { applicationAt } from '../support/usage.ts'

const stage = await openStage()

stage.inBrowser(
  'a person subscribes, registers, uses, closes the hour and reads the bill, without JavaScript',
  async () => {
    const { system, browser } = stage
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    const marketplace = marketplaceAt(system.storefront)

    await page.goto(system.storefront)
    await page.click(`a[href="/products/${PRODUCT}"]`)
    await page.click('main form button')
    expect(await page.textContent('h1')).toBe('You are subscribed')

    const posted = page.waitForRequest((request) => request.url() === `${system.landing}/`)
    const followed = page.waitForRequest((request) => request.url().startsWith(`${system.landing}/r`))
    await page.click('main form button')
    const post = await posted
    expect(post.method()).toBe('POST')
    expect(post.postData()).toContain('x-amzn-marketplace-token=')
    expect((await post.allHeaders())['sec-fetch-site']).toBe('cross-site')
    expect((await post.response())?.status()).toBe(303)
    // Lax arrives after the 303; Strict would not.
    const sent = await (await followed).allHeaders()
    expect(sent['cookie']).toMatch(/^tollgate=/)
    const [cookie] = await context.cookies(system.landing)
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' })
    expect(page.url()).not.toContain('token')

    for (const [name, value] of Object.entries(PERSON)) await page.fill(`input[name="${name}"]`, value)
    await page.click('main form button')
    expect(await page.textContent('main')).toMatch(/setting up|active/i)
    await marketplace.advance('PT15M')
    await page.goto(`${system.landing}/subscription`)
    expect(await page.textContent('main')).toMatch(/\bactive\b/i)

    const [agreement] = await marketplace.agreements()
    if (agreement === undefined) throw new Error('there is no agreement')
    const subscription = await subscriptionOf(system, agreement)
    const report = { id: 'one', meter: METER, quantity: 57_900, time: await marketplace.business() }
    await applicationAt(system.landing, system.apiKey, subscription).plain(report)

    await page.goto(system.storefront)
    await page.click('button:has-text("Close this hour")')
    await page.waitForLoadState()
    await page.goto(`${system.storefront}/bill`)
    const due = unitsDue([report])
    expect(await page.textContent('main')).toMatch(new RegExp(`\\b${due}\\b`))
    await page.goto(`${system.landing}/subscription`)
    expect(await page.textContent('main')).toMatch(new RegExp(`\\b${due}\\b`))
    await context.close()
  },
)
