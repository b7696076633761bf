/** The read model behind a restore, of D1 or of a Ledger: told anew, in workerd and D1 (money §7 *Size*, §9, G.2 fault 29). */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MINUTE_MS } from '../../../shared/hour.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import { deliverOrders } from '../../../worker/metering/orders.ts'
import { awsError } from '../support.ts'
import {
  buy,
  closeStage,
  FREEZE,
  openAws,
  openStage,
  runLedger,
  runSubmitter,
  use,
  type Stage,
} from './stage.ts'

let stage: Stage
beforeEach(async () => {
  stage = await openStage()
})
afterEach(closeStage)

/** What D1 shows of every subscription. */
const shown = async () => ({
  days: (
    await env.DB.prepare(
      'SELECT subscription, dimension, counted, billed FROM usage_days ORDER BY 1, 2, day_ms',
    ).all()
  ).results,
  open: (await env.DB.prepare('SELECT key, state FROM open_records ORDER BY key').all()).results,
})

/** Two subscriptions, their read model written: 3 units of the first are billed, AWS has refused those of the second. */
async function openTwo(): Promise<SubscriptionId> {
  let refuses = false
  openAws((call, hold) => (refuses ? awsError('InvalidUsageDimensionException') : hold(call)))
  const [id, other] = [await buy(1), await buy(2)]
  await deliverOrders(stage.edge)
  await use(id, 13_000)
  await use(other, 12_000)
  stage.at(FREEZE)
  for (const each of [id, other]) {
    await runLedger(each)
    await runSubmitter()
    refuses = true
  }
  // What is frozen is given the time to be billed before it is written as open.
  stage.at(FREEZE + 50 * MINUTE_MS)
  for (const each of [id, other]) await runLedger(each)
  return id
}

/** Rows as they stood at another time: of the first subscription's day, one of a dimension, and its record as open. */
async function spoil(id: SubscriptionId, revision: number): Promise<void> {
  const [record] = await env.LEDGER.getByName(id).records({ limit: 1 })
  if (record === undefined) throw new Error('no record')
  await env.DB.batch([
    env.DB.prepare(
      "UPDATE usage_days SET counted = '1', billed = '0', revision = ?2 WHERE subscription = ?1",
    ).bind(id, revision),
    env.DB.prepare(
      "INSERT INTO usage_days (subscription, dimension, day_ms, counted, billed, revision) VALUES (?, 'gone', ?, '7', '7', ?)",
    ).bind(id, FREEZE - (FREEZE % 86_400_000), revision),
    env.DB.prepare(
      `INSERT INTO open_records (key, subscription, product, dimension, hour_ms, quantity, state, reason, deadline_ms, revision)
       VALUES (?1, ?2, 'subscription', ?3, ?4, 3, 'waiting', NULL, ?4, ?5)`,
    ).bind(record.key, id, record.dimension, record.hour, revision),
  ])
}

test('a read model that was set back shows what its Ledgers do once they audit; what is right is not written (G.2 fault 29)', async () => {
  const id = await openTwo()
  const right = await shown()
  expect([right.days.length > 1, right.open.length]).toEqual([true, 1])
  const revisions = () =>
    env.DB.prepare('SELECT revision FROM usage_days WHERE subscription <> ?').bind(id).all()
  const before = (await revisions()).results
  await spoil(id, 1)
  for (const each of await env.DB.prepare('SELECT id FROM subscriptions')
    .all<{ id: SubscriptionId }>()
    .then((all) => all.results)) {
    expect(await env.LEDGER.getByName(each.id).audit()).toEqual([])
    await runLedger(each.id)
  }
  expect(await shown()).toEqual(right)
  expect((await revisions()).results).toEqual(before)
})

test('behind the check of a Ledger that was set back its rows win, however new those in D1 are (money §9)', async () => {
  const id = await openTwo()
  const right = await shown()
  await spoil(id, 100_000)
  await env.LEDGER.getByName(id).audit()
  await runLedger(id)
  expect(await shown()).not.toEqual(right)
  const check = { id: crypto.randomUUID(), who: 'operator', why: 'restored' }
  expect((await env.LEDGER.getByName(id).restoreCheck(check)).done).toBe(true)
  await runLedger(id)
  expect(await shown()).toEqual(right)
  // What changes from here on is written as ever.
  await use(id, 1_000)
  await runLedger(id)
  expect((await shown()).days).not.toEqual(right.days)
})
