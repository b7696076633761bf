/** Quantities and dollars as a buyer reads them, exact. Decimal text in, text out; no floats. Pure. */

/** Places a price may have. Source: facts, prices of dimensions. */
const PLACES = 8

/** `1234567.5` as `1,234,567.5`; a word stays as it is. */
export function quantityText(decimal: string): string {
  const match = /^(\d+)(\.\d+)?$/.exec(decimal)
  return match ? `${(match[1] ?? '').replace(/\B(?=(\d{3})+$)/g, ',')}${match[2] ?? ''}` : decimal
}

/** A price of decimal text as dollars, with at least two places. */
export const priceOf = (price: string): string => dollars(units(price))

/** `quantity` (whole, as text) times `price`, in dollars. */
export const amountText = (quantity: string, price: string): string =>
  dollars(BigInt(quantity) * units(price))

const units = (decimal: string): bigint => {
  const [whole = '0', part = ''] = decimal.split('.')
  return BigInt(whole + part.padEnd(PLACES, '0').slice(0, PLACES))
}

function dollars(value: bigint): string {
  const digits = value.toString().padStart(PLACES + 1, '0')
  const part = digits.slice(-PLACES).replace(/0{1,6}$/, '')
  return `$${quantityText(digits.slice(0, -PLACES))}.${part}`
}
