/** The storefront as people meet it, in a real browser: accessible in every state, works without JavaScript. */
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2'
import { ListTopicsCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns'
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
  ['whole lives', '/lives', 200],
  ['no mail', '/mail', 200],
  ['no webhooks', '/webhooks', 200],
  ['no messages', '/messages', 200],
  ['the metrics', '/metrics', 200],
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

inBrowser(
  'axe finds nothing on the pages of what comes later: a life, mail, webhooks, messages',
  async () => {
    const { storefront } = stage.system
    const marketplace = marketplaceAt(storefront)
    const [buyer] = await marketplace.accounts()
    const account = buyer?.account ?? ''
    const bought = [{ dimension: 'team_users', quantity: 1 }]
    const contract = { product: 'contract', account, bought, term: 'month' as const }
    const { agreement } = await marketplace.subscribe(contract)
    const mail = await sendMail(storefront)
    await publish(storefront)
    for (let i = 0; i < 2; i += 1)
      await fetch(`${storefront}/seller/webhooks`, {
        method: 'POST',
        body: '{"type":"subscription.granted"}',
        headers: { 'webhook-id': 'msg_1' },
      })
    for (const path of [
      `/agreements/${agreement.id}/life`,
      '/mail',
      `/mail/${mail}`,
      '/webhooks',
      '/messages',
    ])
      expect(await looks.findings((page) => page.goto(storefront + path))).toEqual([])
  },
)

inBrowser('axe finds nothing on the page of a container with tasks, nor on the bill of them', async () => {
  const { storefront } = stage.system
  const marketplace = marketplaceAt(storefront)
  const [buyer] = await marketplace.accounts()
  const account = buyer?.account ?? ''
  await marketplace.subscribe({ product: 'container', account, licenseDelay: 'PT0S' })
  const post = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(storefront + path, { method: 'POST', headers, body: JSON.stringify(body) })
    return (await answer.json()) as { readonly id: string }
  }
  const states = [
    { state: 'RUNNING', url: `${storefront}/` },
    { state: 'STOPPED', exitCode: 77, reason: 'not-entitled: this account has no subscription' },
  ]
  for (const state of [undefined, ...states]) {
    const { id } = await post('/tasks', { account, launch: 'ecs', product: 'container' })
    if (state !== undefined) await post(`/tasks/${id}/state`, state)
  }
  for (const path of ['/products/container', '/bill'])
    expect(await looks.findings((page) => page.goto(storefront + path))).toEqual([])
})

inBrowser('a mail’s HTML is shown as it looks, and runs nothing', async () => {
  const { storefront } = stage.system
  const mail = await sendMail(storefront)
  const page = await stage.browser.newPage()
  await page.goto(`${storefront}/mail/${mail}`)
  const frame = page.frame({ url: `${storefront}/mail/${mail}/html` })
  expect(await frame?.textContent('p')).toBe('Your access is ready.')
  expect(await frame?.evaluate("getComputedStyle(document.querySelector('p')).color")).toBe('rgb(255, 0, 0)')
  expect(await frame?.locator('#ran').count()).toBe(0)
  await page.close()
})

const settings = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
})

const HTML =
  '<p style="color:rgb(255,0,0)">Your access is ready.</p>' +
  '<script>document.body.innerHTML += "<i id=ran></i>"</script>'

async function sendMail(endpoint: string): Promise<string> {
  const { MessageId } = await new SESv2Client(settings(endpoint)).send(
    new SendEmailCommand({
      FromEmailAddress: 'Skillsmith <hello@skillsmith.example>',
      Destination: { ToAddresses: ['buyer@example.com'] },
      Content: {
        Simple: {
          Subject: { Data: 'Your access is ready' },
          Body: { Text: { Data: 'See https://skillsmith.example/start' }, Html: { Data: HTML } },
        },
      },
    }),
  )
  return MessageId ?? ''
}

async function publish(endpoint: string): Promise<void> {
  const sns = new SNSClient(settings(endpoint))
  const { Topics = [] } = await sns.send(new ListTopicsCommand({}))
  await sns.send(new PublishCommand({ TopicArn: Topics[0]?.TopicArn, Message: '{"a":1}', Subject: 'Look' }))
}
