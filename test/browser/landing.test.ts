/** The seller's pages in every state, in a real browser: accessible, small, alone on the wire, and closed to injected code. */
import type { Page, Response } from 'playwright-core'
import { expect } from 'vitest'
import { type Looks, openLooks } from '../support/accessibility.ts'
import { type Arrival, marketplaceAt, type MarketplaceClient } from '../support/marketplace.ts'
import { PERSON, PRODUCT, purchase } from '../support/purchase.ts'
import { openStage } from '../support/stage.ts'

let looks: Looks
let marketplace: MarketplaceClient
let account: string

const stage = await openStage(async ({ system, browser }) => {
  looks = await openLooks(browser)
  marketplace = marketplaceAt(system.storefront)
  account = (await marketplace.accounts())[0]?.account ?? ''
})
const { inBrowser } = stage

type Fields = Arrival['form']['fields']

/** Runs in the page. As text, for this is not the world the test's types describe. */
const SUBMIT = `(action, fields) => {
  const form = Object.assign(document.createElement('form'), { method: 'post', action })
  for (const field of fields) form.append(Object.assign(document.createElement('input'), field, { type: 'hidden' }))
  document.body.append(form)
  setTimeout(() => form.submit())
}`
const SEND_EMPTY = `setTimeout(() => { document.forms[0].noValidate = true; document.forms[0].requestSubmit() })`

/** The marketplace's cross-site form POST with these fields, from the storefront's own page; answers where it led. */
async function knock(page: Page, fields: Fields): Promise<Response> {
  await page.goto(stage.system.storefront)
  return led(page, `(${SUBMIT})(${JSON.stringify(stage.system.landing)}, ${JSON.stringify(fields)})`)
}

/** Where a script leads that leaves the page. Its own answer may be lost on the way. */
async function led(page: Page, script: string): Promise<Response> {
  const navigation = page.waitForNavigation()
  await page.evaluate(script).catch(() => undefined)
  const response = await navigation
  if (response === null) throw new Error('the form led nowhere')
  return response
}

const TOKEN = 'x-amzn-marketplace-token'
const subscribe = (product: string, licenseDelay: string) =>
  marketplace.subscribe({
    product,
    account,
    createdDelay: 'PT0S',
    licenseDelay,
    ...(product === 'contract' ? { bought: [{ dimension: 'team_users', quantity: 10 }], term: 'year' } : {}),
  })

interface State {
  /** What the page must say, so that the right page was looked at. */
  readonly says: RegExp
  readonly status: number
  /** The fields to knock with, made once for all looks. */
  readonly fields: () => Promise<Fields>
  /** What is done on the page before it is looked at. */
  readonly next?: (page: Page) => Promise<unknown>
}

const STATES: Readonly<Record<string, State>> = {
  'the form': {
    says: /e-mail/i,
    status: 200,
    fields: async () => (await subscribe(PRODUCT, 'PT1H')).form.fields,
  },
  'the form with errors': {
    says: /Please check what you entered/,
    status: 200,
    fields: async () => (await subscribe('contract', 'PT1H')).form.fields,
    next: (page) => led(page, SEND_EMPTY),
  },
  'an expired token': {
    says: /AWS did not confirm this registration/,
    status: 400,
    async fields() {
      const { form } = await subscribe(PRODUCT, 'PT1H')
      await marketplace.advance('PT5H')
      return form.fields
    },
  },
  'a product of somebody else': {
    says: /AWS did not confirm this registration/,
    status: 400,
    fields: async () => (await subscribe('container', 'PT0S')).form.fields,
  },
  'no token': { says: /could not tell which subscription/, status: 400, fields: async () => [] },
  'a token nobody made': {
    says: /AWS did not confirm this registration/,
    status: 400,
    fields: async () => [{ name: TOKEN, value: 'made-up' }],
  },
  'a subscription that is being set up': {
    says: /setting up/i,
    status: 200,
    fields: async () => {
      const { agreement } = await purchase(stage.system, { account, licenseDelay: 'PT3H' })
      return (await marketplace.visit(agreement.id)).form.fields
    },
  },
  'an active subscription with usage': {
    says: /\bactive\b/i,
    status: 200,
    async fields() {
      const { agreement, application } = await purchase(stage.system, { account })
      const time = await marketplace.business()
      await application.plain({ id: 'seen', meter: 'api_calls', quantity: 23_456, time })
      await marketplace.settle('hour')
      return (await marketplace.visit(agreement.id)).form.fields
    },
  },
  'a trial, with feedback that says nothing': {
    says: /trial is running.*40 left.*Nothing was sent/is,
    status: 200,
    async fields() {
      const { agreement, application } = await purchase(stage.system, { account, trial: true })
      const time = await marketplace.business()
      await application.plain({ id: 'tried', meter: 'api_calls', quantity: 960, time })
      return (await marketplace.visit(agreement.id)).form.fields
    },
    next: (page) => Promise.all([page.waitForNavigation(), page.evaluate(SEND_EMPTY)]),
  },
  'a subscription that has ended': {
    says: /\bended\b/i,
    status: 200,
    async fields() {
      const { agreement } = await purchase(stage.system, { account })
      const { form } = await marketplace.visit(agreement.id)
      await marketplace.cancel(agreement.id)
      await marketplace.advance('PT2H')
      return form.fields
    },
  },
}

inBrowser.each(Object.keys(STATES))(
  'axe finds nothing on the page for %s, at 320, 768 and 1280 px, light and dark',
  async (name) => {
    const state = STATES[name]
    if (state === undefined) throw new Error('unreachable')
    const fields = await state.fields()
    const findings = await looks.findings(async (page) => {
      expect((await knock(page, fields)).status()).toBe(state.status)
      await state.next?.(page)
      expect(await page.textContent('main')).toMatch(state.says)
    })
    expect(findings).toEqual([])
  },
)

inBrowser('axe finds nothing on the front page without a session', async () => {
  expect(await looks.findings((page) => page.goto(stage.system.landing))).toEqual([])
})

inBrowser(
  'a buyer comes back by a link in his mail, links his second purchase and signs out, without JavaScript; axe finds nothing on the way',
  async () => {
    const { landing } = stage.system
    await purchase(stage.system, { account: '888877776666' })
    const context = await stage.browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    /** What is wrong with an address in every look, as this browser would see it. */
    const findings = async (path: string, says: RegExp) => {
      const cookies = await context.cookies()
      return looks.findings(async (look) => {
        await look.context().addCookies(cookies)
        await look.goto(new URL(path, landing).href)
        expect(await look.textContent('main')).toMatch(says)
      })
    }

    await page.goto(landing)
    await page.click('a:has-text("Sign in")')
    await page.fill('#email', PERSON.email)
    const sent = page.waitForURL(/\/sign-in\/sent$/)
    await page.click('main form button')
    await sent
    let link: string | undefined
    await expect
      .poll(async () => {
        const [mail] = (await marketplace.mail()).filter(({ subject }) => subject.startsWith('Sign in'))
        return (link = /http\S+\/sign-in\?link=\w+/.exec(mail?.text ?? '')?.[0])
      })
      .toBeDefined()
    const found = await findings('/sign-in', /Send me a link/)
    await page.goto(link ?? '')
    await page.click('main form button')
    expect(await page.textContent('main')).toContain('Your subscriptions')

    const second = await marketplace.subscribe({ product: PRODUCT, account: '888877776666' })
    const fields = second.form.fields.map(
      ({ name, value }) => `<input type="hidden" name="${name}" value="${value}" />`,
    )
    await page.setContent(
      `<form method="post" action="${landing}/">${fields.join('')}<button>Go</button></form>`,
    )
    await page.click('button')
    for (const [name, value] of Object.entries(PERSON)) await page.fill(`input[name="${name}"]`, value)
    await page.click('main form button')
    const more = [
      ...(await findings('/workspace', /Link to this workspace/)),
      ...(await findings('/subscriptions', /Your subscriptions/)),
    ]
    await page.click('button:has-text("Link to this workspace")')
    await page.click('a:has-text("All your subscriptions")')
    const workspaces = await page.locator('dt:has-text("Workspace") + dd').allTextContents()
    expect(workspaces.slice(0, 2)).toEqual([expect.stringMatching(/^\w{6}$/), workspaces[0]])
    await page.click('button:has-text("Sign out")')
    await page.goto(`${landing}/subscriptions`)
    expect(page.url()).toBe(`${landing}/sign-in`)
    expect([...found, ...more]).toEqual([])
    await context.close()
  },
)

inBrowser('axe finds nothing on the API’s description, with some of its parts open', async () => {
  const findings = await looks.findings(async (page) => {
    await page.goto(`${stage.system.landing}/docs`)
    await page.evaluate(
      "[...document.querySelectorAll('details')].slice(0, 6).forEach((one) => { one.open = true })",
    )
    expect(await page.textContent('main')).toMatch(/GET \/v1\/subscriptions\/\{id\}\/entitlements/)
  })
  expect(findings).toEqual([])
})

inBrowser('a page is one request of at most 14 kB, and asks no other host', async () => {
  const { form } = await subscribe(PRODUCT, 'PT1H')
  const page = await stage.browser.newPage()
  await knock(page, form.fields)
  const requests: string[] = []
  page.on('request', (request) => requests.push(request.url()))
  const response = await page.goto(`${stage.system.landing}/registration`, { waitUntil: 'networkidle' })
  expect(requests).toEqual([`${stage.system.landing}/registration`])
  const sizes = await response?.request().sizes()
  expect((sizes?.responseBodySize ?? Infinity) + (sizes?.responseHeadersSize ?? 0)).toBeLessThanOrEqual(
    14_000,
  )
  await page.close()
})

inBrowser(
  'injected scripts, handlers and styles are blocked by the policy, whatever let them in',
  async () => {
    const page = await stage.browser.newPage()
    const refused: string[] = []
    page.on('console', (message) => refused.push(message.text()))
    const attack =
      '<script>document.title = "script"</script><img src="x" onerror="document.title = \'handler\'">' +
      '<style>main { outline: 7px solid red }</style><p id="styled" style="outline: 7px solid red">x</p>'
    await page.route(`${stage.system.landing}/`, async (route) => {
      const answer = await route.fetch()
      // Only the body is changed: the policy is the one the page travels under.
      await route.fulfill({
        response: answer,
        body: (await answer.text()).replace('</main>', `${attack}</main>`),
      })
    })
    await page.goto(`${stage.system.landing}/`)
    expect(await page.locator('#styled').count()).toBe(1)
    expect(await page.title()).not.toMatch(/script|handler/)
    const outlines = await page.evaluate<string[]>(
      "['main', '#styled'].map((at) => getComputedStyle(document.querySelector(at)).outlineWidth)",
    )
    expect(outlines).not.toContain('7px')
    expect(refused.filter((text) => text.includes('Content Security Policy')).length).toBeGreaterThanOrEqual(
      4,
    )
    await page.close()
  },
)
