/** The audit's own sums over a Ledger's numbers (money §12): each equation holds, or is shown broken with both sides. */
import { expect, test } from 'vitest'
import { equationOfMeter, equationsOf } from '../../../commands/ledger/audit.ts'
import type { DimensionAccount } from '../../../shared/ledger/accounts.ts'

const ACCOUNT: DimensionAccount = {
  dimension: 'calls',
  metered: true,
  due: '100',
  usage: '97',
  open: '3',
  owed: '0',
  adjusted: '4',
  adjusting: '1',
  states: { billed: '90', parked: '6', moved: '5' },
}

test('books that balance are shown with all their numbers', () => {
  expect(equationsOf(ACCOUNT)).toEqual([
    { subject: 'calls', text: 'due 100 = frozen usage 97 + open 3 − owed 0', holds: true },
    { subject: 'calls', text: 'frozen 97 + moved in 4 = billed 90 + parked 6 + moved 5', holds: true },
    { subject: 'calls', text: 'moved out 5 = moved in 4 + on its way 1', holds: true },
  ])
})

test.each([
  [{ due: '101' }, 0],
  [{ open: '2' }, 0],
  [{ owed: '1' }, 0],
  [{ states: { billed: '91', parked: '6', moved: '5' } }, 1],
  [{ adjusting: '0' }, 2],
  [{ metered: false }, 0],
])('with %j exactly one equation is broken', (change, which) => {
  const broken = equationsOf({ ...ACCOUNT, ...change }).flatMap(({ holds }, at) => (holds ? [] : [at]))
  expect(broken).toEqual([which])
})

test('a meter balances to its last millionth', () => {
  const meter = {
    meter: 'gb',
    taken: '1000000000000.000003',
    counted: '1000000000000',
    setAside: { voided: '0.000001', grace: '0.000002' },
  }
  expect(equationOfMeter(meter)).toEqual({
    subject: 'gb',
    text: 'taken 1000000000000.000003 = counted 1000000000000 + voided 0.000001 + grace 0.000002',
    holds: true,
  })
  expect(equationOfMeter({ ...meter, taken: '1000000000000.000002' }).holds).toBe(false)
})
