/** What is due, frozen, open and owed always balance, whatever was frozen before (money §12 *Units*). */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { balanceOf } from '../../../shared/ledger/charge.ts'
import { priceOf, pricesOf } from '../../../shared/ledger/price.ts'
import { dimension, product } from './subject.ts'

const units = fc.bigInt({ min: 0n, max: 20n })
const run = fc.array(fc.record({ due: units, frozen: units }), { minLength: 1, maxLength: 4 })
const total = (all: readonly bigint[]) => all.reduce((sum, one) => sum + one, 0n)

test.each(['carry', 'drop', 'up'] as const)(
  'Σ due = frozen + open − owed, both at least 0 and in one period never both above 0: remainder %s (money §12)',
  (remainder) => {
    const price = priceOf(pricesOf(product([dimension({ remainder })]), null)['api_calls'] ?? '')
    fc.assert(
      fc.property(run, (periods) => {
        const dues = periods.map(({ due }) => due)
        const frozen = periods.map((period) => period.frozen)
        const { open, owed } = balanceOf(price, dues, frozen)
        expect(total(dues)).toBe(total(frozen) + total(open) - owed)
        expect([owed >= 0n, open.every((one) => one >= 0n)]).toEqual([true, true])
        // A period is open for no more than is due of it; where periods carry, one sum is open or owed.
        for (const [at, { due, frozen: gone }] of periods.entries()) {
          const one = open[at] ?? 0n
          expect(one === 0n || due > gone).toBe(true)
          expect(one <= (due > gone ? due - gone : 0n)).toBe(true)
        }
        if (remainder === 'carry' || periods.length === 1) expect(total(open) > 0n && owed > 0n).toBe(false)
      }),
      { numRuns: 1_000 },
    )
  },
)
