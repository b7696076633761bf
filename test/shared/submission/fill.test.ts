/** From events to calls: what Ledgers add up and the Submitter packs. The AWS sample makes one call a customer. */
import { expect, test } from 'vitest'
import { openNodeSql } from '../../../container/sql.ts'
import { hourOf, HOUR_MS } from '../../../shared/hour.ts'
import { openLedger } from '../../../shared/ledger/ledger.ts'
import type { FrozenRecord } from '../../../shared/submission/record.ts'
import { dimension, event, ids, orderOf, product, termsOf } from '../ledger/subject.ts'
import { answerAll, license, NOW, openEngine, REGION, run, subscription } from './support.ts'

const CUSTOMERS = 100
const METERS = ['calls', 'storage']

/** The records of one customer's hour with five events a dimension. */
function freezeHour(customer: number): FrozenRecord[] {
  const hour = NOW - HOUR_MS
  const sold = product(METERS.map((meter) => dimension({ meter }, { key: meter })))
  const sql = openNodeSql(':memory:')
  const ledger = openLedger(sql, { ...termsOf(sold), subscription: subscription(customer) })
  ledger.order(
    orderOf({
      subscription: subscription(customer),
      identities: [{ ...license(customer), fromHour: hourOf(0) }],
    }),
    hour,
  )
  for (const meter of METERS)
    for (let n = 1; n <= 5; n++) ledger.take(ids(event(hour, n, { meter })), hour + n)
  ledger.runDue(NOW)
  const offers = ledger.offers(100)
  sql.close()
  return offers
}

test('1 000 pending events of 100 customers and two dimensions are 200 records in 8 calls; the sample makes 100', () => {
  const frozen = Array.from({ length: CUSTOMERS }, (_, n) => freezeHour(n + 1)).flat()
  expect(frozen).toHaveLength(200)
  expect(frozen.every((record) => record.quantity === 15 && record.identity.region === REGION)).toBe(true)

  const { engine } = openEngine()
  engine.offer(frozen, NOW)
  const { calls } = run(engine, (call) => answerAll(call, 'Success'))
  expect(calls.map((call) => call.keys.length)).toEqual(Array.from({ length: 8 }, () => 25))
})
