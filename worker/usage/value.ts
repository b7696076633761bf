/** What an amount of usage is worth at the prices of `seller.config.ts`, before anything included. Pure. */
import { amountOf, readAmount, readPrice } from '../../shared/amount.ts'
import type { EdgeView } from '../../shared/seller/views.ts'

/**
 * Dollars as decimal text, cut off below 10⁻⁸; null when the product, the meter or the amount is not known, or where a
 * price asks for more than a sum. `meter` may be the name of a dimension: a shape taken over says its units.
 */
export function valueOf(
  seller: EdgeView,
  product: string | null,
  meter: string | null,
  amount: string | null,
): string | null {
  const read = readAmount(amount)
  const billed = seller.products
    .find((one) => one.key === product)
    ?.dimensions.filter(({ offered, metered }) => offered && metered)
  if (billed === undefined || meter === null || !read.ok) return null
  const own = billed.find(({ key }) => key === meter)
  if (own !== undefined) return dollars(read.value, own.price, '1')
  const summed = billed.filter(({ charge }) => charge?.kind === 'sum' && charge.meter === meter)
  const [first] = summed
  if (first?.charge?.kind !== 'sum') return null
  return dollars(read.value, first.price, first.charge.block ?? '1')
}

function dollars(millionths: bigint, price: string, block: string): string {
  const value = (millionths * (readPrice(price) ?? 0n)) / amountOf(block)
  const digits = value.toString().padStart(9, '0')
  const fraction = digits.slice(-8).replace(/0+$/, '')
  return `${digits.slice(0, -8)}${fraction === '' ? '' : `.${fraction}`}`
}
