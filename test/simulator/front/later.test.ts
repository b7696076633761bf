/** The storefront's pages of what comes after a purchase: its life, mail, messages. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Json } from '../../../simulator/marketplace/model.ts'
import { SELLER } from '../market.ts'
import type { TestFront } from './front.ts'
import { buyActive, openTestFront } from './front.ts'

let front: TestFront
beforeEach(async () => {
  front = await openTestFront()
})
afterEach(() => front.close())

const titles = (page: string): string[] =>
  [...page.matchAll(/<h3>\s*([^<]*?)\s*<\/h3>/g)].map(([, title = '']) => title)

const call = (operation: 'SendEmail' | 'Publish' | 'PutMetricData', input: Json) =>
  front.marketplace.run({ kind: 'api', operation, caller: { account: SELLER, region: 'us-east-1' }, input })

async function send(subject: string, body: { [name: string]: Json }) {
  const sent = await call('SendEmail', {
    FromEmailAddress: 'Skillsmith <hello@skillsmith.example>',
    Destination: { ToAddresses: ['buyer@example.com'] },
    Content: { Simple: { Subject: { Data: subject }, Body: body } },
  })
  return sent.ok ? (sent.body as { MessageId: string }).MessageId : sent.code
}

test('the page of an agreement’s life offers what fits it, by whose hand it happens', async () => {
  const { id } = await buyActive(front)
  const page = await front.page(`/agreements/${id}/life`)
  expect(titles(page)).toContain('End it and subscribe again at once')
  expect(titles(page)).not.toContain('Buy after the trial')
  expect(titles(page)).not.toContain('Renew it now')
  expect(await front.page('/agreements')).toContain(`/agreements/${id}/life`)
})

test('a trial is bought by its button, which leads to the set-up of the new agreement', async () => {
  const bought = await front.form('/products/usage', {
    account: '000011112222',
    other: '',
    license: 'before',
    trial: 'yes',
  })
  const trial = bought?.headers.get('location')?.split('/')[2] ?? ''
  const answer = await front.form(`/agreements/${trial}/life`, { choice: 'convert' })
  const paid = answer?.headers.get('location')?.split('/')[2] ?? ''
  expect(answer?.headers.get('location')).toBe(`/agreements/${paid}/set-up`)
  const { agreements } = front.marketplace.state
  expect([agreements[trial]?.status, agreements[paid]?.intent]).toEqual(['REPLACED', 'REPLACE'])
})

test('a contract is changed in the quantities chosen; what cannot be is said on the page', async () => {
  const bought = await front.form('/products/contract', {
    account: '000011112222',
    other: '',
    license: 'before',
    term: 'month',
    'quantity.users': '1',
  })
  const id = bought?.headers.get('location')?.split('/')[2] ?? ''
  await front.form(`/agreements/${id}/life`, { choice: 'amend', 'quantity.users': '10' })
  expect(front.marketplace.state.agreements[id]?.bought).toEqual([
    { dimension: 'users', quantity: 10, price: '25' },
  ])
  const answer = await front.form(`/agreements/${id}/life`, { choice: 'convert' })
  expect(await front.page(answer?.headers.get('location') ?? '')).toContain(
    'Only a free trial becomes a purchase',
  )
  expect((await front.form(`/agreements/${id}/life`, { choice: 'explode' }))?.status).toBe(404)
})

test('a purchase by the form may wait for its payment or start later', async () => {
  const contract = {
    account: '000011112222',
    other: '',
    license: 'before',
    term: 'month',
    'quantity.users': '1',
  }
  await front.form('/products/contract', { ...contract, payment: 'pending', later: 'yes' })
  const page = await front.page('/agreements')
  expect(page).toContain('payment pending')
  expect(page).toContain('21 Dec 2026')
})

test('a mail is read as its reader would: addresses, text with its links, the HTML in a frame that can do nothing', async () => {
  const id = await send('Your access is ready', {
    Text: { Data: 'Sign in: https://skillsmith.example/in?code=1&x=2.\n\n<script>alert(1)</script>' },
    Html: {
      Data: '<p style="color:red">Sign <a href="https://skillsmith.example/in">in</a></p><script>alert(1)</script>',
    },
  })
  expect(await front.page('/mail')).toContain(`<a href="/mail/${id}">Your access is ready</a>`)
  const page = await front.page(`/mail/${id}`)
  expect(page).toContain('Skillsmith &lt;hello@skillsmith.example&gt;')
  expect(page).toContain(
    '<div class="letter">Sign in: <a href="https://skillsmith.example/in?code=1&amp;x=2">',
  )
  expect(page).not.toContain('<script')
  expect(page).toMatch(/<iframe[^>]*title="The mail as HTML"[^>]*sandbox="allow-popups/)
  const html = await front.ask(`/mail/${id}/html`, { headers: { accept: 'text/html' } })
  expect(await html?.text()).toContain('<p style="color:red">')
  const policy = html?.headers.get('content-security-policy') ?? ''
  expect(policy).toMatch(/^default-src 'none'.*sandbox/)
  expect(policy).not.toMatch(/script|allow-same-origin/)
})

test('a mail without plain text says that some will see nothing; one that bounced says so', async () => {
  const id = await send('x', { Html: { Data: '<p>x</p>' } })
  expect(await front.page(`/mail/${id}`)).toContain('This mail has no plain text')
  expect((await front.ask('/mail/unknown', { headers: { accept: 'text/html' } }))?.status).toBe(404)
})

test('messages of the topic are shown with their subject, JSON with its lines broken', async () => {
  await call('Publish', {
    TopicArn: `arn:aws:sns:us-east-1:${SELLER}:tollgate-tech-admin`,
    Subject: 'Access was granted',
    Message: '{"type":"subscription.granted"}',
  })
  const page = await front.page('/messages')
  expect(page).toContain('Access was granted')
  expect(page).toContain('{\n  &quot;type&quot;: &quot;subscription.granted&quot;\n}')
  expect(page).toContain('No API destination is set up')
})

test('the last value of each metric is shown, and every kept one is answered to programs, the newest first', async () => {
  expect(await front.page('/metrics')).toContain('Nothing was written yet.')
  for (const Value of [1, 2.25])
    await call('PutMetricData', {
      Namespace: 'Tollgate',
      MetricData: [{ MetricName: 'ChurnRate', Value, Dimensions: [{ Name: 'Deployment', Value: 'blue' }] }],
    })
  const page = await front.page('/metrics')
  expect(page).toContain('Tollgate ChurnRate')
  expect(page).toContain('Deployment blue')
  expect(page).toContain('<td class="n">2.25</td>')
  const answer = await front.ask('/api/sent/metrics')
  expect(await answer?.json()).toMatchObject({
    metrics: [
      { namespace: 'Tollgate', dimensions: { Deployment: 'blue' }, points: [{ value: 2.25 }, { value: 1 }] },
    ],
  })
})

test('pushed events are shown, those on their way first', async () => {
  await front.marketplace.run({ kind: 'set_pushing', on: true })
  await buyActive(front)
  for (const { id } of front.marketplace.state.pushes.slice(0, 1))
    await front.marketplace.run({ kind: 'push_done', id, answer: { status: 503 } })
  const page = await front.page('/messages')
  expect(page).toContain('HTTP 503')
  expect(page).toContain('on its way')
})

test('a buried message is shown, and its button brings it back to its queue', async () => {
  const { marketplace } = front
  const grave = marketplace.state.queues['marketplace-events-dlq']
  const message = {
    id: 'm',
    body: '{}',
    sentAt: 0,
    visibleAt: 0,
    receives: 0,
    firstReceivedAt: null,
    receipt: null,
  }
  grave?.messages.push({ ...message, source: 'marketplace-events' })
  expect(await front.page('/messages')).toContain('Bring back: marketplace-events-dlq')
  await front.form('/messages/redrive', { queue: 'marketplace-events-dlq' })
  const { queues } = marketplace.state
  expect([queues['marketplace-events-dlq']?.messages, queues['marketplace-events']?.messages.length]).toEqual(
    [[], 1],
  )
  expect(await front.page('/messages')).not.toContain('Bring back')
})

test('a whole life is played by its button, and the page after it says what was done', async () => {
  expect(await front.page('/agreements')).toContain('href="/lives"')
  expect(titles(await front.page('/lives'))).toContain('A contract that runs out')
  const played = await front.form('/lives/contract-expires', { account: '000011112222' })
  const page = await front.page(played?.headers.get('location') ?? '')
  expect(page).toContain('Played to its end')
  expect(page).toContain('License Deprovisioned - Manufacturer')
  expect(Object.values(front.marketplace.state.agreements).map(({ status }) => status)).toEqual(['EXPIRED'])
  const refused = await front.form('/lives/contract-expires', { account: 'nobody' })
  expect(await front.page(refused?.headers.get('location') ?? '')).toContain('An AWS account is 12 digits')
  expect((await front.form('/lives/explode', { account: '000011112222' }))?.status).toBe(404)
})
