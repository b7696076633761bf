/** What a deployment refuses before it changes anything: another's stack, and whatever would take usage from billing. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { droppedBetween, readSold, soldOf } from '../../../commands/deploy/sold.ts'
import config from '../../../seller.config.ts'
import type { SellerConfig } from '../../../shared/seller.ts'
import { runningOf } from '../../support/cloudflare/state.ts'
import { type Changed, type Deployment, openDeployment } from '../../support/deployment.ts'

const KEY = `tgo_${'k'.repeat(43)}`

let one: Deployment

beforeEach(async () => {
  one = await openDeployment()
})
afterEach(() => one.close())

/** The deploy is refused with these words, and writes nothing. */
async function expectRefused(changed: Changed, words: RegExp): Promise<void> {
  const writes = one.cloudflare.writes().length
  const { failed } = await one.run(changed)
  expect(failed?.sentence).toMatch(words)
  expect(failed?.exit).toBe(1)
  expect(one.cloudflare.writes()).toHaveLength(writes)
}

/** The example without one metered dimension of its first product. */
const without = (dimension: string): SellerConfig => ({
  ...config,
  products: config.products.map((product, at) =>
    at === 0
      ? { ...product, dimensions: product.dimensions.filter(({ key }) => key !== dimension) }
      : product,
  ),
})

const line = (id: string, open: Readonly<Record<string, string>>) => ({
  id,
  product: 'contract',
  ledger: {},
  open,
})
const books = (id: string, dimension: string, states: Readonly<Record<string, string>>) => ({
  id,
  findings: [],
  accounts: { dimensions: [{ dimension, metered: true, open: '0', states }], meters: [] },
})

/** What the running Worker says of its subscriptions and its backlog. */
function answerOperator(subscriptions: readonly object[], audit: readonly object[]): void {
  const pages: Readonly<Record<string, readonly object[]>> = {
    '/v1/operator/subscriptions': subscriptions,
    '/v1/operator/audit': audit,
  }
  one.host.answers = (path) => {
    const rows = pages[path]
    return rows && { status: 200, body: { rows, next: null } }
  }
}

test("outputs of another stack, or of another seller's account, deploy nothing", async () => {
  await expectRefused({ outputs: { deployment: 'beta' } }, /^The outputs are of the stack beta, not of prod/)
  await expectRefused(
    { outputs: { account: '999999999999' } },
    /^The stack is in the AWS account 999999999999 and seller\.config\.ts sells from 123456789012/,
  )
  expect(one.cloudflare.calls).toEqual([])
})

test("a Worker of the same name that is not this stack's is never written over", async () => {
  await one.run()
  const [version] = one.cloudflare.state.versions
  one.cloudflare.state.versions[0] = {
    id: version?.id ?? '',
    bindings: [],
    script: '',
    compatibilityDate: '',
    compatibilityFlags: [],
    classes: [],
  }
  await expectRefused({}, /has a Worker tollgate-prod that is not this stack's: its DEPLOYMENT is not set/)
})

test('a Worker that is gone goes on with the secret that was put in its place by hand', async () => {
  await one.run()
  const { state } = one.cloudflare
  const [version] = state.versions
  if (version === undefined) throw new Error('no version was uploaded')
  // What `wrangler secret put` makes where there is no Worker.
  state.versions[0] = {
    ...version,
    bindings: [{ type: 'secret_text', name: 'SESSION_SECRET', text: 'kept' }],
  }
  expect((await one.run()).failed).toBeUndefined()
  expect(runningOf(state)?.bindings.find(({ name }) => name === 'SESSION_SECRET')?.text).toBe('kept')
})

test('a dropped dimension is refused without an operator key, and with one names whose usage it is', async () => {
  await one.run()
  const seller = without('api_calls_1k')
  await expectRefused(
    { seller },
    /^This deploy drops contract\/api_calls_1k \(meter api_calls\)\. .* set TOLLGATE_OPERATOR_KEY/,
  )
  answerOperator(
    [line('sub_a', { api_calls_1k: '7', storage_gb_month: '2' }), line('sub_b', {})],
    [
      books('sub_a', 'storage_gb_month', { waiting: '9' }),
      books('sub_b', 'api_calls_1k', { waiting: '3', billed: '5' }),
    ],
  )
  await expectRefused(
    { seller, operatorKey: KEY },
    /not billed yet:\n {2}sub_a {2}api_calls_1k {2}open 7, frozen and not billed 0\n {2}sub_b {2}api_calls_1k {2}open 0, frozen and not billed 3\nYours:/,
  )
})

test('where the running version does not say what it sells, that is said', async () => {
  await one.run()
  const [version] = one.cloudflare.state.versions
  if (version === undefined) throw new Error('no version was uploaded')
  one.cloudflare.state.versions[0] = {
    ...version,
    bindings: version.bindings.filter(({ name }) => name !== 'SOLD'),
  }
  await one.run({ given: { dryRun: true } })
  expect(one.lines.join('\n')).toContain('what this deploy drops cannot be told')
})

test('a dropped dimension with nothing open or frozen is deployed, and then it is not asked for again', async () => {
  await one.run()
  const seller = without('api_calls_1k')
  answerOperator([line('sub_a', {})], [books('sub_a', 'api_calls_1k', { billed: '5', 'written off': '1' })])
  expect((await one.run({ seller, operatorKey: KEY })).failed).toBeUndefined()
  expect((await one.run({ seller })).failed).toBeUndefined()
})

test('a Ledger that does not answer is never taken for one with nothing open', async () => {
  await one.run()
  answerOperator([{ ...line('sub_a', {}), ledger: null }], [])
  await expectRefused(
    { seller: without('api_calls_1k'), operatorKey: KEY },
    /does not say whether usage of it is open: 1 of its Ledgers did not answer/,
  )
})

test('a deployment that was live never becomes dry, whoever asks', async () => {
  await one.run({ outputs: { metering: 'live' } })
  answerOperator([], [])
  await expectRefused({ operatorKey: KEY }, /^The running version is live and the stack is now dry\./)
})

test('a Worker that is gone while its subscriptions are not is made anew only when that is known', async () => {
  await one.run()
  const { state } = one.cloudflare
  state.worker = undefined
  expect((await one.run({ given: { dryRun: true } })).failed).toBeUndefined()
  one.host.database.exec(
    "INSERT INTO subscriptions (id, product, product_code, account, created_ms, updated_ms) VALUES ('sub_a', 'contract', 'c', '1', 0, 0)",
  )
  await expectRefused(
    {},
    /^The database tollgate-prod holds 1 subscriptions, and the Worker tollgate-prod is gone, with their Ledgers\./,
  )
  expect((await one.run({ given: { newSessionSecret: true } })).failed).toBeUndefined()
})

test('a database that does not say what it holds is never taken for an empty one', async () => {
  await one.run()
  one.cloudflare.state.worker = undefined
  one.cloudflare.fail({
    method: 'POST',
    path: /\/query$/,
    how: { status: 400, code: 7500, message: 'D1 DB is overloaded' },
  })
  const { failed } = await one.run({ given: { dryRun: true } })
  expect(failed).toMatchObject({
    exit: 3,
    sentence: expect.stringMatching(/^Cloudflare refused to count the subscriptions .*D1 DB is overloaded/),
  })
})

test('what is sold is told apart by product, metered dimension and meter', () => {
  const sold = soldOf(config)
  expect(sold['contract']).toEqual({ api_calls_1k: 'api_calls', storage_gb_month: 'storage_gb' })
  expect(readSold(JSON.stringify(sold))).toEqual(sold)
  const products = config.products.map((product) => ({
    ...product,
    dimensions: product.dimensions.map((dimension) => ({ ...dimension, offered: false })),
  }))
  expect(soldOf({ ...config, products })['contract']).toEqual({})
  expect(droppedBetween(sold, sold)).toEqual([])
  expect(
    droppedBetween(sold, { ...sold, contract: { api_calls_1k: 'calls', storage_gb_month: 'storage_gb' } }),
  ).toEqual([{ product: 'contract', dimension: 'api_calls_1k', meter: 'api_calls' }])
  expect(droppedBetween({ gone: { a: 'm' } }, {})).toEqual([{ product: 'gone', dimension: 'a', meter: 'm' }])
  expect([undefined, '', '[]', '{"a":1}', '{"a":{"b":1}}'].map(readSold)).toEqual(Array(5).fill(undefined))
})
