/** What a copy is worth, and that only a settled one has a result. */
import { expect, test } from 'vitest'
import { type CopyRow, settlementOf, valueOf } from '../../../shared/submission/copies.ts'
import { NOW, openEngine, record } from './support.ts'

test.each([
  [3, '1', 3_000_000n],
  [3, '1.5', 4_500_000n],
  [1, '0.000001', 1n],
  [2, '12.345678', 24_691_356n],
  [2_147_483_647, '99999999999999999999', 2_147_483_647n * 99_999_999_999_999_999_999n * 1_000_000n],
])(
  '%d units at %s millionths are worth it exactly, in 40 digits (money §7 *Order*)',
  (units, price, value) => {
    expect(valueOf(units, price)).toBe(String(value).padStart(40, '0'))
  },
)

test.each(['', 'x1', '1x', '1.', '1.1234567', '-1', '1e3'])('a price of “%s” is none: worth 0', (price) => {
  expect(valueOf(7, price)).toBe('0'.repeat(40))
})

test('a copy that waits has no result to tell, nor has one without its time', () => {
  const { sql, engine } = openEngine()
  engine.offer([record(1)], NOW)
  const [row] = sql.all<CopyRow>('select * from copies')
  if (row === undefined) throw new Error('one is offered')
  expect(() => settlementOf(row)).toThrow(`${row.key} is not settled`)
  expect(() => settlementOf({ ...row, result: 'billed' })).toThrow('is not settled')
  expect(() => settlementOf({ ...row, settled_ms: NOW })).toThrow('is not settled')
})
