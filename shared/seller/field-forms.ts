/** Forms that several fields of `seller.config.ts` share, each with its remedy and an example. Pure. */
import { decimal, dictionary, either, integer, isRecord, oneOf, pattern, record } from './shape.ts'

export const NAME = /^[a-z][a-z0-9_-]{0,39}$/
/** Source: facts, aws-seller §4.2: at most 100 characters, `^[A-Za-z0-9_.-]+$` (2026-11-21). */
const DIMENSION_KEY = /^[A-Za-z0-9_.-]{1,100}$/

export const key = pattern(NAME, "Give a short name of lower-case letters, digits, - and _. Example: 'team'.")
export const dimensionKey = pattern(
  DIMENSION_KEY,
  "Give the dimension's API name: at most 100 letters, digits, _ . and -. Example: 'api_calls_1k'.",
)
export const email = pattern(
  /^[^\s@]+@[^\s@]+\.[^\s@]+$/,
  "Give an e-mail address. Example: 'support@example.com'.",
)
export const https = pattern(
  /^https:\/\/[^\s/]+(\/\S*)?$/,
  "Give an https address. Example: 'https://example.com'.",
)
export const amountPer = record(
  {
    amount: decimal(6, "amount: '10000'"),
    per: oneOf(['month', 'term'], "Example: { amount: '10000', per: 'month' }."),
  },
  "Give an amount and what it is for. Example: { amount: '10000', per: 'month' }.",
)
export const level = record({ level: decimal(6, "level: '10'") }, "Give a level. Example: { level: '10' }.")
const limit = either((value) =>
  value === 'unlimited'
    ? () => undefined
    : integer(0, 1_000_000_000, "Example: users: 50, or users: 'unlimited'."),
)
export const limits = dictionary(NAME, limit, 'Give a limit for a meter by its name. Example: { users: 50 }.')

const ALLOWANCE = "Give { amount: '10000', per: 'month' }, { level: '10' } or 'unlimited'."
const allowance = either((value) => {
  if (value === 'unlimited') return () => undefined
  return isRecord(value) && 'level' in value ? level : either(() => amountPer)
})
export const allowances = dictionary(DIMENSION_KEY, allowance, ALLOWANCE)
