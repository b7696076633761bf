/** Amounts of usage and prices: exact decimals as `bigint`, never a float (money §2). Pure. */
import { err, ok, type Result } from './result.ts'

/** One of the meter's unit, in millionths: what every amount inside is counted in. */
const UNIT = 1_000_000n

/** The largest amount one event may carry: 10¹² of the meter's unit. */
const AMOUNT_MAX = 1_000_000_000_000n * UNIT

/** Why a value is no amount. `code` is stable; `message` continues a sentence that begins with the field's name. */
export interface AmountFault {
  readonly code: 'bad-amount' | 'amount-out-of-range' | 'too-precise'
  readonly message: string
}

const DECIMALS = 6
const SIGNIFICANT_MAX = 15
const TEXT_MAX = 40

/**
 * The millionths of an amount as it was sent: a JSON number, taken as its shortest decimal, or a decimal text. From 0 to
 * 10¹², at most 6 decimals; a number may have 15 significant digits, for beyond that it is no longer what was meant.
 */
export function readAmount(value: unknown): Result<bigint, AmountFault> {
  if (typeof value === 'number') return readNumber(value)
  if (typeof value === 'string') return readText(value)
  return bad('is neither a number nor a decimal text. Send 12.5 or "12.5".')
}

/** The millionths of a decimal text that was checked before, such as one of `seller.config.ts`. Throws if it is none. */
export function amountOf(text: string): bigint {
  const amount = scaled(text, DECIMALS)
  if (amount === undefined) throw new Error(`"${text}" is not a decimal with at most ${DECIMALS} decimals`)
  return amount
}

/** The shortest decimal text of an amount in millionths: 1500000n is "1.5". */
export function formatAmount(millionths: bigint): string {
  const sign = millionths < 0n ? '-' : ''
  const digits = (millionths < 0n ? -millionths : millionths).toString().padStart(DECIMALS + 1, '0')
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, '')
  return `${sign}${digits.slice(0, -DECIMALS)}${fraction === '' ? '' : `.${fraction}`}`
}

/** The 10⁻⁸ dollars of a price, a decimal text with at most 8 decimals; undefined when it is none. */
export const readPrice = (text: string): bigint | undefined => scaled(text, 8)

function readNumber(value: number): Result<bigint, AmountFault> {
  if (!Number.isFinite(value)) return bad('is not a finite number. Send 12.5 or "12.5".')
  if (value < 0) return outOfRange('is negative')
  const text = String(value)
  if (value > 1e12) return outOfRange(`is more than 1000000000000`)
  if (text.includes('e') || significant(text) > SIGNIFICANT_MAX) {
    return err({
      code: 'too-precise',
      message: `is ${text}: more than ${SIGNIFICANT_MAX} significant digits or ${DECIMALS} decimals, so a computed value, not a measured one. Round it, or send it as a decimal text.`,
    })
  }
  return readText(text)
}

function readText(text: string): Result<bigint, AmountFault> {
  if (text.length > TEXT_MAX)
    return bad(`is a text of more than ${TEXT_MAX} characters. Send 12.5 or "12.5".`)
  if (/^-\d+(?:\.\d+)?$/.test(text)) return outOfRange('is negative')
  if (!/^\d+(?:\.\d+)?$/.test(text)) {
    return bad('is not a decimal text: digits and one point, no sign, no exponent. Send 12.5 or "12.5".')
  }
  const amount = scaled(text, DECIMALS)
  if (amount === undefined) {
    return err({
      code: 'too-precise',
      message: `has more than ${DECIMALS} decimals. Round it to ${DECIMALS}.`,
    })
  }
  return amount > AMOUNT_MAX ? outOfRange('is more than 1000000000000') : ok(amount)
}

function scaled(text: string, decimals: number): bigint | undefined {
  const parts = /^(\d+)(?:\.(\d+))?$/.exec(text)
  const fraction = parts?.[2] ?? ''
  if (parts === null || fraction.length > decimals) return undefined
  return BigInt(parts[1] + fraction.padEnd(decimals, '0'))
}

const significant = (text: string): number =>
  text.replace('.', '').replace(/^0+/, '').replace(/0+$/, '').length

const bad = (message: string): Result<never, AmountFault> => err({ code: 'bad-amount', message })

const outOfRange = (what: string): Result<never, AmountFault> =>
  err({ code: 'amount-out-of-range', message: `${what}. An event reports from 0 to 1000000000000.` })
