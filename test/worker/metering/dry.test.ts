/** METERING in workerd: a dry Worker's books run as a live one's, and AWS is told of nothing; then the same Worker goes live. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readBatchAnswer } from '../../../shared/aws/batch-meter-usage.ts'
import { HOUR_MS } from '../../../shared/hour.ts'
import type { FrozenRecord } from '../../../shared/submission/record.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import { answerDry } from '../../../worker/aws/metering.ts'
import { accessOf } from '../../../worker/metering/access.ts'
import { deliverOrders } from '../../../worker/metering/orders.ts'
import type { SubmitterCalls } from '../../../worker/metering/submitter-core.ts'
import { submitterObject } from '../../../worker/metering/submitter.ts'
import { seller } from '../../../worker/seller.ts'
import { checkWorker } from '../../../worker/operator/check.ts'
import { buy, clocks, closeStage, FREEZE, HOUR, openAws, openStage } from './stage.ts'
import { orderFor, runLedger, statesOf, SUBMITTER, use, type Stage } from './stage.ts'

let stage: Stage
beforeEach(async () => {
  stage = await openStage()
})
afterEach(closeStage)

const SETTINGS = {
  SESSION_SECRET: btoa('s'.repeat(32)),
  EVENTS_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/111122223333/events',
}
const KEYS = {
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}
const LIVE = { ...SETTINGS, ...KEYS, METERING: 'live' }
/** A role that nobody lends: the object that would is not there. */
const DRY = {
  ...SETTINGS,
  METERING: 'dry',
  PUBLIC_URL: 'https://tollgate.example',
  AWS_ROLE_ARN: 'arn:aws:iam::111122223333:role/tollgate',
  IDENTITY: { getByName: () => ({ lend: () => Promise.reject(new Error('no credentials')) }) },
}

/** The Submitter of the deployment's other Region. */
const EUROPE = SUBMITTER.replace(seller.region, 'eu-central-1')

/** A process of the Submitter with the settings of a deployment, read as production reads them. */
const deployed = <T>(
  settings: object,
  work: (submitter: SubmitterCalls, state: DurableObjectState) => Promise<T>,
  name = SUBMITTER,
): Promise<T> => {
  const Submitter = submitterObject({
    clocks,
    ratePerSecond: 9,
    pause: async () => undefined,
    access: (all) => accessOf(all, clocks.wall),
    siblings: async () => [SUBMITTER, EUROPE],
  })
  return runInDurableObject(env.SUBMITTER.getByName(name), (_object, state) =>
    work(new Submitter(state, Object.assign({}, env, settings)), state),
  )
}
/** It runs once. */
const runDeployed = (settings: object, name = SUBMITTER): Promise<number | null> =>
  deployed(settings, (submitter) => submitter.runDue(), name)

/** What the check of a deploy says of metering, asked of a Worker with these settings. */
async function checkDeployed(settings: object): Promise<object | undefined> {
  const submitters = new Proxy(env.SUBMITTER, {
    get: () => () => ({ backlog: () => deployed(settings, (submitter) => submitter.backlog()) }),
  })
  const edge = { ...stage.edge, settings: { ...stage.edge.settings, metering: 'dry' as const, submitters } }
  return (await checkWorker(edge)).find(({ name }) => name === 'metering')
}

/** Usage of the hour that begins at `hour`, frozen and offered when it is time. */
async function meter(id: SubscriptionId, calls: number, hour: number): Promise<void> {
  stage.at(hour + FREEZE - HOUR - 1)
  expect(await use(id, calls, hour + 1_000)).toEqual(['counted'])
  stage.at(hour + FREEZE - HOUR)
  await runLedger(id)
}

const receiptsOf = async (id: SubscriptionId): Promise<(string | null)[]> =>
  (await env.LEDGER.getByName(id).records({ limit: 100 })).map(({ receipt }) => receipt)

test('a dry Worker settles each record as AWS would, by the receipt `dry`; it calls nobody and needs no credentials', async () => {
  const aws = openAws()
  const ids = [await buy(1), await buy(2)]
  await deliverOrders(stage.edge)
  for (const id of ids) await meter(id, 13_000, HOUR)
  await runDeployed(DRY)
  for (const id of ids) {
    expect([await statesOf(id), await receiptsOf(id)]).toEqual([['3 billed'], ['dry']])
    expect(await env.LEDGER.getByName(id).audit()).toEqual([])
  }
  expect(aws.calls).toEqual([])
})

test('gone live, what was settled dry stays settled, what was open is sent to AWS once, and no receipt is `dry` any more', async () => {
  const aws = openAws()
  const id = await buy(1)
  await deliverOrders(stage.edge)
  await meter(id, 13_000, HOUR)
  await runDeployed(DRY)
  // Frozen and offered while it was dry, and not answered yet; 700 calls more are open.
  await meter(id, 2_700, HOUR + HOUR_MS)
  await runDeployed(LIVE)
  await meter(id, 1_300, HOUR + 2 * HOUR_MS)
  await runDeployed(LIVE)
  expect(await statesOf(id)).toEqual(['2 billed', '2 billed', '3 billed'])
  expect(await receiptsOf(id)).toEqual(['id-1', 'id-0', 'dry'])
  const told = aws.calls.flatMap(({ body }) => body['UsageRecords'])
  expect(told).toMatchObject([
    { Timestamp: (HOUR + HOUR_MS) / 1_000, Quantity: 2 },
    { Timestamp: (HOUR + 2 * HOUR_MS) / 1_000, Quantity: 2 },
  ])
  expect(await env.LEDGER.getByName(id).audit()).toEqual([])
})

test('a Worker that has billed at AWS settles nothing dry: what waits is sent once it is live again', async () => {
  const aws = openAws()
  const id = await buy(1)
  await deliverOrders(stage.edge)
  await meter(id, 13_000, HOUR)
  await runDeployed(LIVE)
  await meter(id, 2_700, HOUR + HOUR_MS)
  await runDeployed(DRY)
  expect([await statesOf(id), await receiptsOf(id)]).toEqual([
    ['2 waiting', '3 billed'],
    [null, 'id-0'],
  ])
  expect(await checkDeployed(DRY)).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/^Submitter \d{12}:us-east-1: This deployment has billed at AWS/),
  })
  await runDeployed(LIVE)
  expect([await statesOf(id), aws.calls.length]).toEqual([['2 billed', '3 billed'], 2])
})

test.each([
  ['settles nothing dry while a Submitter of another Region has billed at AWS', LIVE, ['3 waiting']],
  ['settles dry where no Region has', DRY, ['3 billed']],
])('a Submitter that never called AWS %s', async (_name, american, states) => {
  openAws()
  const id = await buy(1)
  const identities = orderFor(2).identities.map((one) => ({ ...one, region: 'eu-central-1' }))
  const there = await buy(2, { identities })
  await deliverOrders(stage.edge)
  for (const each of [id, there]) await meter(each, 13_000, HOUR)
  await runDeployed(american)
  expect(await statesOf(id)).toEqual(['3 billed'])
  for (const _again of [1, 2]) await runDeployed(DRY, EUROPE)
  expect(await statesOf(there)).toEqual(states)
})

test('a Submitter that called AWS before it could be dry settles nothing dry either', async () => {
  openAws()
  const id = await buy(1)
  await deliverOrders(stage.edge)
  await meter(id, 13_000, HOUR)
  await runDeployed(LIVE)
  await deployed(LIVE, async (_submitter, { storage }) => {
    storage.sql.exec('drop table live')
    storage.sql.exec('delete from attempts')
  })
  await meter(id, 2_700, HOUR + HOUR_MS)
  await runDeployed(DRY)
  expect(await statesOf(id)).toEqual(['2 waiting', '3 billed'])
})

test.each([{}, { METERING: 'Live' }])(
  'with %j in the place of METERING nothing is sent and nothing is settled',
  async (metering) => {
    const aws = openAws()
    const id = await buy(1)
    await deliverOrders(stage.edge)
    await meter(id, 13_000, HOUR)
    await runDeployed({ ...SETTINGS, ...KEYS, ...metering })
    expect([await statesOf(id), await receiptsOf(id), aws.calls]).toEqual([['3 waiting'], [null], []])
  },
)

const record = (identity: FrozenRecord['identity']): FrozenRecord => ({
  key: identity.kind,
  subscription: 'sub_0000000000000000000001',
  product: 'subscription',
  productCode: 'code',
  identity,
  dimension: 'api_calls_1k',
  hour: HOUR,
  timestamp: HOUR,
  quantity: 0,
  deadline: HOUR + 24 * HOUR_MS,
  final: false,
  price: '100000',
})
const OF = { fromHour: HOUR, region: 'us-east-1' }

test.each<FrozenRecord['identity']>([
  { ...OF, kind: 'license', licenseArn: 'arn:aws:license-manager::1:license:l-1', account: '000000000001' },
  { ...OF, kind: 'product-account', productCode: 'code', account: '000000000001' },
  { ...OF, kind: 'product-customer', productCode: 'code', customerIdentifier: 'c1' },
])('the dry answer to a record of identity $kind is read as a Success, a quantity of 0 too', (identity) => {
  const sent = [record(identity)]
  const read = readBatchAnswer(sent, answerDry(sent))
  expect(read.ok && [...read.value]).toEqual([[identity.kind, { kind: 'success', receipt: 'dry' }]])
})
