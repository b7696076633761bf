/** Amounts are exact (money §2). */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { amountOf, formatAmount, readAmount, readPrice } from '../../shared/amount.ts'

test.each([
  [0, 0n],
  [-0, 0n],
  [1.5, 1_500_000n],
  [0.1, 100_000n],
  [1e3, 1_000_000_000n],
  [1e12, 1_000_000_000_000_000_000n],
  [0.000001, 1n],
  [123456789.012345, 123_456_789_012_345n],
  ['1', 1_000_000n],
  ['0.000001', 1n],
  ['007', 7_000_000n],
  ['1000000000000', 1_000_000_000_000_000_000n],
  ['999999999999.999999', 999_999_999_999_999_999n],
])('%s is taken as its decimal (money §2; G.3 rows 13 to 16)', (sent, millionths) => {
  expect(readAmount(sent)).toEqual({ ok: true, value: millionths })
})

test.each([
  [-1, 'amount-out-of-range'],
  ['-1', 'amount-out-of-range'],
  [1_000_000_000_001, 'amount-out-of-range'],
  [2 ** 53 + 2, 'amount-out-of-range'],
  [1e21, 'amount-out-of-range'],
  ['1000000000000.000001', 'amount-out-of-range'],
  [0.300_000_000_000_000_04, 'too-precise'],
  [Number('123456789012.12345'), 'too-precise'],
  [1e-7, 'too-precise'],
  ['0.0000001', 'too-precise'],
  ['1.0000000', 'too-precise'],
  ['1e3', 'bad-amount'],
  ['', 'bad-amount'],
  ['.5', 'bad-amount'],
  ['5.', 'bad-amount'],
  ['1,5', 'bad-amount'],
  [' 1', 'bad-amount'],
  ['+1', 'bad-amount'],
  ['٣', 'bad-amount'],
  ['0'.repeat(41), 'bad-amount'],
  [Number.NaN, 'bad-amount'],
  [Number.POSITIVE_INFINITY, 'bad-amount'],
  [true, 'bad-amount'],
  [null, 'bad-amount'],
  [{}, 'bad-amount'],
])('%s is refused as %s (money §2; G.3 rows 12 to 19)', (sent, code) => {
  const read = readAmount(sent)
  expect(read.ok ? read.value : read.error.code).toBe(code)
})

test('an amount written out and read again is the same amount', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 18n }), (amount) => {
      expect(amountOf(formatAmount(amount))).toBe(amount)
      expect(readAmount(formatAmount(amount))).toEqual({ ok: true, value: amount })
    }),
  )
})

test('a negative difference is written with its sign, and a price has eight decimals', () => {
  expect([formatAmount(-1_500_000n), formatAmount(0n), formatAmount(-1n)]).toEqual(['-1.5', '0', '-0.000001'])
  expect([readPrice('0.00000001'), readPrice('69'), readPrice('0.000000001'), readPrice('1e3')]).toEqual([
    1n,
    6_900_000_000n,
    undefined,
    undefined,
  ])
})
