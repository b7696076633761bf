/** The storefront's container products: bought, run, stopped, and what their tasks cost. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { statementOf } from '../../../simulator/statement.ts'
import { BUYER, HOUR_MS, NOON } from '../market.ts'
import type { TestFront } from './front.ts'
import { openTestFront } from './front.ts'

let front: TestFront
beforeEach(async () => {
  front = await openTestFront()
})
afterEach(() => front.close())

const CHOICE = { account: BUYER, other: '', license: 'before' }

const state = () => front.marketplace.state
const tasks = () => Object.values(state().tasks)
const text = (page: string) => page.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')

async function run(product: string, launch = 'ecs') {
  const answer = await front.form(`/products/${product}/tasks`, {
    account: BUYER,
    launch,
    region: 'us-east-1',
  })
  expect(answer?.status).toBe(303)
  const id = tasks().at(-1)?.id ?? ''
  return id
}

const moveTo = (now: number) => front.marketplace.run({ kind: 'set_business_time', now })

/** A call under a task's own role, as AWS's door hands it on. */
function call(
  id: string,
  operation: 'MeterUsage' | 'RegisterUsage',
  input: { [name: string]: string | number },
) {
  const caller = { account: BUYER, region: 'us-east-1', task: id }
  return front.marketplace.run({ kind: 'api', operation, caller, input })
}

test.each(['metered', 'hourly', 'licensed', 'free', 'own'])(
  'the container product %s can be subscribed to, and the next page leads to its tasks and to nobody’s landing page',
  async (product) => {
    const bought = product === 'licensed' ? { 'quantity.seats': '10', term: 'month' } : {}
    const answer = await front.form(`/products/${product}`, { ...CHOICE, ...bought })
    expect(answer?.status).toBe(303)
    expect(Object.values(state().agreements)).toMatchObject([{ product, status: 'ACTIVE' }])
    const page = await front.page(answer?.headers.get('location') ?? '')
    expect(page).toContain(`href="/products/${product}#run">Run a task</a>`)
    expect(page).not.toContain('x-amzn-marketplace-token')
  },
)

test('a task is run from the product’s page, and shown with its state, exit code, reason and link', async () => {
  const id = await run('metered', 'eks')
  expect(tasks()).toMatchObject([{ launch: 'eks', product: 'metered', account: BUYER, region: 'us-east-1' }])
  expect(text(await front.page('/products/metered'))).toMatch(/EKS [0-9a-f]{8}.* pending – Stop Restart/)

  const url = 'http://127.0.0.1:3000/'
  await front.marketplace.run({ kind: 'task_reported', id, state: 'RUNNING', url })
  expect(await front.page('/products/metered')).toContain(`<a href="${url}">Open</a>`)

  const reason = 'not entitled: subscribe first'
  await front.marketplace.run({ kind: 'task_reported', id, state: 'STOPPED', exitCode: 77, reason })
  const page = text(await front.page('/products/metered'))
  expect(page).toMatch(/ stopped 77 not entitled: subscribe first /)
  expect(page).not.toContain(' Restart ')
})

test('a container’s license is there at once unless another time is chosen, and the page says what comes before it', async () => {
  const { license: _, ...unchosen } = CHOICE
  const bought = await front.form('/products/metered', unchosen)
  const now = text(await front.page(bought?.headers.get('location') ?? ''))
  const later = await front.form('/products/hourly', { ...CHOICE, license: 'soon' })
  const page = text(await front.page(later?.headers.get('location') ?? ''))
  expect([now, page]).toEqual([
    expect.stringContaining('its tasks start from now on.'),
    expect.stringMatching(/once the license below is active.*exit code 77.*comes in 10 seconds/),
  ])
})

test('an account that is none of the buyers and bought it can run it', async () => {
  const other = '000000000042'
  await front.form('/products/metered', { ...CHOICE, account: 'other', other })
  expect(await front.page('/products/metered')).toContain(`<option value="${other}">`)
  const sent = { account: other, launch: 'ecs', region: 'us-east-1' }
  const answer = await front.form('/products/metered/tasks', sent)
  expect([answer?.headers.get('location'), tasks()]).toMatchObject([
    '/products/metered#tasks',
    [{ account: other, state: 'PENDING' }],
  ])
})

test('stop asks who runs it to stop it, restart for a new container of the same task', async () => {
  const id = await run('metered')
  await front.marketplace.run({ kind: 'task_reported', id, state: 'RUNNING' })
  await front.form(`/products/metered/tasks/${id}/restart`, {})
  expect(tasks()).toMatchObject([{ state: 'PENDING', restarts: 1, desired: 'RUNNING' }])
  expect(text(await front.page('/products/metered'))).toContain(' restarted once ')
  await front.marketplace.run({ kind: 'task_reported', id, state: 'RUNNING' })
  await front.form(`/products/metered/tasks/${id}/stop`, {})
  expect(tasks()).toMatchObject([{ state: 'RUNNING', desired: 'STOPPED' }])
  expect(text(await front.page('/products/metered'))).toContain(' stopping ')
})

test('a form about a task that is not there comes back with the reason', async () => {
  const answer = await front.form('/products/metered/tasks/nothing/stop', {})
  expect(await front.page(answer?.headers.get('location') ?? '')).toContain('There is no task')
})

test('the bill shows each task’s MeterUsage records beside the subscriptions’', async () => {
  await front.form('/products/metered', CHOICE)
  const id = await run('metered')
  const usage = { ProductCode: 'metered'.padEnd(25, 'x'), Timestamp: NOON / 1000, UsageDimension: 'calls' }
  expect(await call(id, 'MeterUsage', { ...usage, UsageQuantity: 7 })).toMatchObject({ ok: true })
  expect(text(await front.page('/bill'))).toMatch(
    new RegExp(`metered task ${id.slice(0, 8)} calls 7 \\$0.001 \\$0.007`),
  )
  const refused = await call(id, 'MeterUsage', { ...usage, UsageQuantity: 8 })
  expect(refused).toMatchObject({ code: 'DuplicateRequestException' })
  expect(text(await front.page('/bill'))).toContain(' 8 DuplicateRequestException')
})

/** A registered task of `hourly`, started at `start` and over after `ms`. */
async function registered(start: number, ms: number) {
  await moveTo(start)
  await front.form('/products/hourly', CHOICE)
  const id = await run('hourly')
  const input = { ProductCode: 'hourly'.padEnd(25, 'x'), PublicKeyVersion: 1 }
  expect(await call(id, 'RegisterUsage', input)).toMatchObject({ ok: true })
  await front.marketplace.run({ kind: 'task_reported', id, state: 'RUNNING' })
  await moveTo(start + ms)
  return id
}

test.each([
  [1_000, 60, '0.006'],
  [60_000, 60, '0.006'],
  [61_000, 61, '0.0061'],
  [3 * HOUR_MS, 10_800, '1.08'],
])(
  'a task that ran %i ms is charged %i seconds, by the second and at least a minute',
  async (ms, seconds, dollars) => {
    const id = await registered(NOON, ms)
    expect(statementOf(state(), {}).tasks).toMatchObject([{ seconds, isRunning: true, price: '0.36' }])
    await front.marketplace.run({ kind: 'task_reported', id, state: 'STOPPED', exitCode: 0 })
    await moveTo(NOON + ms + HOUR_MS)
    expect(statementOf(state(), {})).toMatchObject({
      tasks: [{ seconds, isRunning: false }],
      taskDollars: expect.stringMatching(new RegExp(`^${dollars}0?$`)),
    })
    expect(text(await front.page('/bill'))).toContain('Task hours')
  },
)

test('a task across a month’s end is charged in both months, and each month’s bill has its part', async () => {
  await registered(Date.parse('2026-11-30T23:00:00Z'), 3 * HOUR_MS)
  const parts = (month?: string) =>
    statementOf(state(), month === undefined ? {} : { month: Date.parse(`${month}-01`) }).tasks.map(
      ({ seconds }) => seconds,
    )
  expect([parts(), parts('2026-11'), parts('2026-12')]).toEqual([[7_200, 3_600], [3_600], [7_200]])
})

test('a task that never registered costs nothing', async () => {
  await front.form('/products/hourly', CHOICE)
  await run('hourly')
  await moveTo(NOON + HOUR_MS)
  expect(statementOf(state(), {}).tasks).toEqual([])
})
