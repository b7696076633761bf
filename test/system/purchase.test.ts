/** From the storefront to the bill: purchases, usage in every form, closed hours, faults, the end. Black box, one system. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HOUR_MS } from '../../shared/hour.ts'
import { newBuyer } from '../support/buyer.ts'
import { marketplaceAt, type MarketplaceClient } from '../support/marketplace.ts'
import {
  callsReported,
  callsShown,
  METER,
  PERSON,
  PRODUCT,
  purchase,
  subscriptionOf,
  unitsBilled,
  unitsDue,
} from '../support/purchase.ts'
import { removeFolder, startSystem, type System } from '../support/system.ts'
import { applicationAt, type Report } from '../support/usage.ts'

let system: System
let marketplace: MarketplaceClient
let accounts: readonly string[]

beforeAll(async () => {
  system = await startSystem()
  marketplace = marketplaceAt(system.storefront)
  accounts = (await marketplace.accounts()).map(({ account }) => account)
})

afterAll(async () => {
  await system.stop()
  removeFolder(system.folder)
})

let made = 0
const report = (time: number, quantity: number | string): Report => ({
  id: `event-${(made += 1)}`,
  meter: METER,
  quantity,
  time,
})

const account = (n: number): string => accounts[n] ?? ''

const resultsOf = ({ body }: { body: unknown }): string[] =>
  (body as { results: { result: string }[] }).results.map(({ result }) => result)

test('a buyer subscribes, registers, waits, is active, and is billed to the unit what was reported', async () => {
  const buyer = newBuyer(system.landing)
  const arrival = await marketplace.subscribe({
    product: PRODUCT,
    account: account(0),
    createdDelay: 'PT5M',
    licenseDelay: 'PT10M',
  })
  const form = await buyer.arrive(arrival)
  expect([form.status, form.html.includes('name="email"')]).toEqual([200, true])
  expect((await buyer.register(PERSON)).text).toMatch(/setting up/i)

  await marketplace.advance('PT10M')
  expect((await buyer.get('/subscription')).text).toMatch(/\bactive\b/i)
  const subscription = await subscriptionOf(system, arrival.agreement)
  const application = applicationAt(system.landing, system.apiKey, subscription)

  const now = await marketplace.business()
  const [plain, event, ...rest] = [1, 2, 3, 4, 5, 6].map((n) => report(now, n * 2_345)) as [
    Report,
    Report,
    ...Report[],
  ]
  expect((await application.plain(plain)).status).toBe(200)
  expect((await application.cloudEvent(event)).status).toBe(200)
  expect(resultsOf(await application.batch(rest.slice(0, 2)))).toEqual(['counted', 'counted'])
  expect(resultsOf(await application.cloudEvents(rest))).toEqual(
    // The source of a CloudEvent is its own: the same ids from another sender are other events.
    ['counted', 'counted', 'counted', 'counted'],
  )
  expect(resultsOf(await application.cloudEvents(rest))).toEqual(Array(4).fill('duplicate'))

  const closed = await marketplace.settle('hour')
  expect(closed).toMatchObject({ settled: true, waiting: [] })
  const due = unitsDue([plain, event, ...rest.slice(0, 2), ...rest])
  const bought = { marketplace, agreement: arrival.agreement }
  expect(due).toBeGreaterThan(0)
  expect(await unitsBilled(bought)).toBe(due)
  const all = [plain, event, ...rest.slice(0, 2), ...rest]
  expect(await callsShown({ buyer })).toBe(callsReported(all, now))
  expect((await buyer.get('/subscription')).text).toContain(`${due} × $0.10`)

  // Closing the hour ran the Worker's cron at a full hour, which writes all its numbers.
  const sent = await (await fetch(`${system.storefront}/api/sent/metrics`)).json()
  expect(sent).toMatchObject({
    metrics: expect.arrayContaining([
      expect.objectContaining({
        namespace: 'Tollgate',
        name: 'Heartbeat',
        dimensions: { Deployment: 'local' },
      }),
      expect.objectContaining({ name: 'MeteringErrorCount' }),
    ]),
  })
})

test('License Updated before the registration makes no difference: active as soon as registered', async () => {
  const { registered, buyer } = await purchase(system, { account: account(1) })
  expect(registered.text).toMatch(/\bactive\b|setting up/i)
  expect((await buyer.get('/subscription')).text).toMatch(/\bactive\b/i)
})

test('a second agreement of the same account is a second subscription with a bill of its own', async () => {
  const first = await purchase(system, { account: account(2) })
  const second = await purchase(system, { account: account(2) })
  expect(second.subscription).not.toBe(first.subscription)

  const now = await marketplace.business()
  const [a, b] = [report(now, 21_000), report(now, 34_999)]
  expect((await first.application.plain(a)).status).toBe(200)
  expect((await second.application.plain(b)).status).toBe(200)
  await marketplace.settle('hour')
  expect(await unitsBilled(first)).toBe(unitsDue([a]))
  expect(await unitsBilled(second)).toBe(unitsDue([b]))
})

test.each([
  ['team_users', 'Team', 'beyond what the plan includes'],
  ['enterprise_users', 'Enterprise', 'never, for the plan includes all of them'],
])('a contract for %s gives the plan %s, and its calls are billed %s', async (dimension, plan) => {
  const bought = await purchase(system, {
    product: 'contract',
    account: account(1),
    bought: [{ dimension, quantity: 10 }],
    term: 'year',
  })
  const { text } = await bought.buyer.get('/subscription')
  expect(text).toMatch(/\bactive\b/i)
  expect(text).toContain(`Plan ${plan}`)
  const reports = [report(await marketplace.business(), 56_789)]
  await bought.application.batch(reports)
  expect((await marketplace.settle('hour')).settled).toBe(true)
  expect(await unitsBilled(bought)).toBe(plan === 'Team' ? unitsDue(reports) : 0)
})

test('coming back with a new token shows the same subscription, and a form never sets it back', async () => {
  const { buyer, agreement, subscription } = await purchase(system, { account: account(0) })
  const later = newBuyer(system.landing)
  const page = await later.arrive(await marketplace.visit(agreement.id))
  expect(page.text).toMatch(/\bactive\b/i)
  expect(await subscriptionOf(system, agreement)).toBe(subscription)
  await buyer.register(PERSON)
  expect((await buyer.get('/subscription')).text).toMatch(/\bactive\b/i)
})

test('several subscriptions over several hours: each bill is what was reported, late usage included', async () => {
  const bought = [
    await purchase(system, { account: account(0) }),
    await purchase(system, { account: account(1) }),
    await purchase(system, { account: account(2) }),
  ]
  const reports: Report[][] = bought.map(() => [])
  for (let hour = 0; hour < 4; hour += 1) {
    const now = await marketplace.business()
    for (const [at, { application }] of bought.entries()) {
      const batch = [report(now, 4_321 * (at + 1)), report(now - (hour > 0 ? HOUR_MS / 2 : 0), '789.5')]
      expect(resultsOf(await application.batch(batch))).toEqual(['counted', 'counted'])
      reports[at]?.push(...batch)
    }
    expect((await marketplace.settle('hour')).settled).toBe(true)
  }
  for (const [at, each] of bought.entries()) expect(await unitsBilled(each)).toBe(unitsDue(reports[at] ?? []))
})

test.each(['throttle', 'internal_error_before_commit', 'internal_error_after_commit', 'lost_reply'])(
  'AWS answering with %s three times changes nothing on the bill',
  async (kind) => {
    const bought = await purchase(system, { account: account(0) })
    const reports = [report(await marketplace.business(), 17_500)]
    await bought.application.batch(reports)
    await marketplace.fault({ kind, on: 'BatchMeterUsage', count: 3 })
    expect((await marketplace.settle('hour')).settled).toBe(true)
    expect(await marketplace.faults()).toEqual([])
    expect(await unitsBilled(bought)).toBe(unitsDue(reports))
  },
)

test('records handed back as unprocessed are sent again, and billed once', async () => {
  const bought = await purchase(system, { account: account(1) })
  const reports = [report(await marketplace.business(), 33_000)]
  await bought.application.batch(reports)
  await marketplace.fault({ kind: 'unprocessed', records: 'all', count: 2 })
  expect((await marketplace.settle('hour')).settled).toBe(true)
  expect(await marketplace.faults()).toEqual([])
  expect(await unitsBilled(bought)).toBe(unitsDue(reports))
})

test.each([
  { kind: 'event_duplicate' },
  { kind: 'event_reorder' },
  { kind: 'event_delay', delay: 'PT20M' },
  { kind: 'message_duplicate' },
])('with $kind on every event the subscription still becomes active, once, and ends', async (fault) => {
  await marketplace.fault({ ...fault, count: 5 })
  const bought = await purchase(system, { account: account(2) })
  await marketplace.advance('PT30M')
  expect((await bought.buyer.get('/subscription')).text).toMatch(/\bactive\b/i)
  const reports = [report(await marketplace.business(), 25_000)]
  await bought.application.batch(reports)
  await marketplace.cancel(bought.agreement.id)
  await marketplace.settle('hour')
  await marketplace.advance('PT1H')
  expect(await marketplace.faults()).not.toMatchObject([{ count: 5 }])
  await marketplace.clearFaults()
  expect((await bought.buyer.get('/subscription')).text).toMatch(/\bended\b/i)
  expect(await unitsBilled(bought)).toBe(unitsDue(reports))
})

test('cancelled: access ends, the current hour is billed, later usage is refused with the reason', async () => {
  const bought = await purchase(system, { account: account(0) })
  const now = await marketplace.business()
  const reports = [report(now, 48_000)]
  expect((await bought.application.plain(reports[0] ?? report(now, 0))).status).toBe(200)
  await marketplace.cancel(bought.agreement.id)
  await marketplace.advance('PT2H')

  const late = await bought.application.plain(report(await marketplace.business(), 1_000))
  expect(late).toMatchObject({ status: 410, body: { code: 'ended' } })
  expect((await bought.buyer.get('/subscription')).text).toMatch(/\bended\b/i)
  expect(await unitsBilled(bought)).toBe(unitsDue(reports))
})
