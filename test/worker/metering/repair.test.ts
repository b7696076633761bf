/** Acts of a person on the live objects in workerd, with calls between them lost, and a restore checked (money §9). */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MINUTE_MS } from '../../../shared/hour.ts'
import type { RepairAct, RepairWork } from '../../../shared/ledger/repair.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import { ledgerObject } from '../../../worker/metering/ledger-object.ts'
import { deliverOrders } from '../../../worker/metering/orders.ts'
import { seller } from '../../../worker/seller.ts'
import { awsError } from '../support.ts'
import {
  buy,
  clocks,
  closeStage,
  faulty,
  FREEZE,
  openAws,
  openStage,
  runLedger,
  runSubmitter,
  statesOf,
  SUBMITTER,
  use,
  type Fault,
  type Stage,
} from './stage.ts'

let stage: Stage
beforeEach(async () => {
  stage = await openStage()
})
afterEach(closeStage)

const signed = (work: RepairWork): RepairAct => ({
  id: crypto.randomUUID(),
  who: 'operator',
  why: 'ticket 7',
  ...work,
})

async function onlyRecord(id: SubscriptionId) {
  const [row] = await env.LEDGER.getByName(id).records({ limit: 1 })
  if (row === undefined) throw new Error('no record')
  return { record: row.key, seen: { state: row.state, settledAt: row.settledAt } }
}

/** Does an act in a process whose calls to the Submitter are lost as `faults` say. */
const actWith = (id: SubscriptionId, act: RepairAct, faults: Fault[]) => {
  const Ledger = ledgerObject({ clocks, seller, spreadMs: 0 })
  const SUBMITTER = faulty(env.SUBMITTER, 'letGo', faults)
  return runInDurableObject(env.LEDGER.getByName(id), (_object, state) =>
    new Ledger(state, { ...env, SUBMITTER }).repair(act),
  )
}

/** A subscription with one record of 3 units that AWS refused, until it is told to take it. */
async function withParked(): Promise<{ id: SubscriptionId; takes: () => void; total: () => number }> {
  let refuses = true
  const aws = openAws((call, hold) => (refuses ? awsError('InvalidUsageDimensionException') : hold(call)))
  const id = await buy(1)
  await deliverOrders(stage.edge)
  await use(id, 12_500)
  stage.at(FREEZE)
  await runLedger(id)
  await runSubmitter()
  const takes = (): void => {
    refuses = false
  }
  return { id, takes, total: aws.total }
}

test.each([
  ['answered', []],
  ['lost before it ran', ['lost before']],
  ['lost after it ran', ['lost after']],
] as const)(
  'a retry whose letting go is %s goes to AWS once, however often it is asked for',
  async (_, faults) => {
    const { id, takes, total } = await withParked()
    expect(await statesOf(id)).toEqual(['2 parked InvalidUsageDimensionException'])
    takes()
    const act = signed({ kind: 'retry', ...(await onlyRecord(id)) })
    const first = await actWith(id, act, [...faults])
    expect(first.ok ? 'done' : first.error.kind).toBe(faults.length === 0 ? 'done' : 'in-flight')
    const again = await env.LEDGER.getByName(id).repair(act)
    expect(await env.LEDGER.getByName(id).repair(act)).toEqual(again)
    stage.at(FREEZE + 5 * MINUTE_MS)
    await runLedger(id)
    await runSubmitter()
    expect([await statesOf(id), total(), await env.LEDGER.getByName(id).audit()]).toEqual([
      ['2 billed'],
      2,
      [],
    ])
    expect((await env.LEDGER.getByName(id).repairs({ limit: 9 })).rows.length).toBe(1)
  },
)

test('a record that waits at the Submitter again is not let go (money §9)', async () => {
  const { id } = await withParked()
  const retry = signed({ kind: 'retry', ...(await onlyRecord(id)) })
  await env.LEDGER.getByName(id).repair(retry)
  await runLedger(id)
  const { record } = await onlyRecord(id)
  const [held] = await env.SUBMITTER.getByName(SUBMITTER).letGo([{ key: record, round: 1 }])
  expect(held?.answer).toBe('in-flight')
})

test('a check compares every copy through the live objects, is done once and answered the same again (money §9)', async () => {
  const { id, takes, total } = await withParked()
  const page = await env.SUBMITTER.getByName(SUBMITTER).copiesOf(id, '', 10)
  expect(page.copies.map((copy) => copy.settlement?.state)).toEqual(['parked'])
  takes()
  const check = { id: crypto.randomUUID(), who: 'operator', why: 'restored' }
  const report = await env.LEDGER.getByName(id).restoreCheck(check)
  expect([report.done, report.compared, report.adopted]).toEqual([true, 1, []])
  expect(await env.LEDGER.getByName(id).restoreCheck(check)).toEqual(report)
  expect([total(), (await env.LEDGER.getByName(id).parked({ limit: 9 })).rows.length]).toEqual([0, 1])
})

test('while a Submitter’s sending is held it makes no call, and goes on when it is let (money §9)', async () => {
  const aws = openAws()
  const id = await buy(1)
  await deliverOrders(stage.edge)
  await use(id, 12_500)
  stage.at(FREEZE)
  await runLedger(id)
  const submitter = env.SUBMITTER.getByName(SUBMITTER)
  await submitter.holdSending(true)
  await runSubmitter()
  expect([aws.total(), await statesOf(id)]).toEqual([0, ['2 waiting']])
  await submitter.holdSending(false)
  await runSubmitter()
  expect([aws.total(), await statesOf(id)]).toEqual([2, ['2 billed']])
})
