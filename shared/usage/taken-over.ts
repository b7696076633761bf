/**
 * Shapes of usage taken over from other systems, as JSON or as DynamoDB's JSON (money §1). Pure. Such a record has no id:
 * its system's primary key stands in for one. What it says is in units of a dimension, as that system sent it to AWS.
 */
import { amountOf, formatAmount, readAmount } from '../amount.ts'
import { err, ok, type Result } from '../result.ts'
import type { EdgeProduct } from '../seller/views.ts'
import type { UsageEvent } from './event.ts'
import { type NamedEvent, type Naming, readAccount } from './naming.ts'
import { refused, type Refusal } from './refusal.ts'
import { given, quoted, readText } from './text.ts'
import { readEpochText } from './time.ts'

/** The field by which both shapes are known; its number is read as text. */
export const TAKEN_OVER_TIME = 'create_timestamp'

/** The two shapes; the name is the source of its events. */
const OF_ACCOUNT = 'metering-record'
const OF_CUSTOMER = 'dimension-usage'

/** Dimensions that one record may name. Source: AWS Marketplace seller guide, up to 200 dimensions a product (2026-11-21). */
const DIMENSIONS_MAX = 200

const UNIT = amountOf('1')

/** One dimension's usage of a record: `record` is the record with that dimension alone, in plain JSON. */
export interface TakenOver {
  readonly record: object
  readonly read: Result<NamedEvent, Refusal>
}

export const isTakenOver = (raw: Record<string, unknown>): boolean => Object.hasOwn(raw, TAKEN_OVER_TIME)

/** The usage of one record, one a dimension; a record that cannot be read is one refusal. */
export function readTakenOver(raw: Record<string, unknown>): readonly TakenOver[] {
  const record = Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, plainOf(value)]))
  const read = readRecord(record)
  return read.ok ? read.value : [{ record, read }]
}

function readRecord(record: Record<string, unknown>): Result<TakenOver[], Refusal> {
  const pending = record['metering_pending']
  if (pending !== 'true' && pending !== true) {
    return refused(
      'already-metered',
      'metering_pending is not "true": the system this record comes from has metered it, or will not. It is not counted.',
    )
  }
  const named = readNamed(record)
  if (!named.ok) return named
  const stamp = record[TAKEN_OVER_TIME]
  const time = readEpochText(typeof stamp === 'string' ? stamp : '')
  if (!time.ok) return time
  const used = readUsed(record)
  if (!used.ok) return used
  const { source, naming, key } = named.value
  return ok(
    [...used.value].map(([dimension, quantity]): TakenOver => {
      const id = readText('the primary key', `${key}|${String(stamp)}|${dimension}`, 'bad-id')
      const event = { kind: 'quantity', source, meter: dimension, time: time.value } as const
      return {
        record: alone(record, dimension, quantity),
        read: !id.ok
          ? id
          : quantity.ok
            ? ok({ event: { ...event, id: id.value, quantity: quantity.value }, naming, takenOver: true })
            : quantity,
      }
    }),
  )
}

/** Whose usage it is, and the first parts of the record's primary key. */
function readNamed(
  record: Record<string, unknown>,
): Result<{ source: string; naming: Naming; key: string }, Refusal> {
  const account = record['customerAWSAccountId'] ?? record['customerAWSAccountID']
  const { productCode, customerIdentifier: customer } = record
  if (given(account) && given(customer)) {
    return refused(
      'subscription-twice',
      'The record names customerAWSAccountId and customerIdentifier. Send the one that is its key.',
    )
  }
  if (given(account)) {
    const naming = readAccount(account, productCode)
    return naming.ok
      ? ok({ source: OF_ACCOUNT, naming: naming.value, key: `${String(account)}|${String(productCode)}` })
      : naming
  }
  if (!given(customer)) {
    return refused(
      'subscription-missing',
      'The record names no buyer. It needs customerAWSAccountId and productCode, or customerIdentifier.',
    )
  }
  const name = readText('customerIdentifier', customer, 'bad-account')
  if (!name.ok) return name
  if (!given(productCode)) {
    const naming = { kind: 'customer', customer: name.value, product: null } as const
    return ok({ source: OF_CUSTOMER, naming, key: `${name.value}|` })
  }
  const code = readText('productCode', productCode, 'bad-product')
  if (!code.ok) return code
  const naming = { kind: 'customer', customer: name.value, product: code.value } as const
  return ok({ source: OF_CUSTOMER, naming, key: `${name.value}|${code.value}` })
}

/** What was used, by dimension. A dimension that a record names twice is added up, as its system did. */
function readUsed(record: Record<string, unknown>): Result<Map<string, Result<bigint, Refusal>>, Refusal> {
  const list = record['dimension_usage'] ?? [{ dimension: record['dimension'], value: record['quantity'] }]
  if (!Array.isArray(list) || list.length === 0 || list.length > DIMENSIONS_MAX) {
    return refused(
      'amount-missing',
      `dimension_usage is not a list of 1 to ${DIMENSIONS_MAX} of { dimension, value }. Correct it and send it again.`,
    )
  }
  const used = new Map<string, Result<bigint, Refusal>>()
  for (const entry of list as readonly unknown[]) {
    const { dimension, value } = (typeof entry === 'object' && entry !== null ? entry : {}) as {
      readonly dimension?: unknown
      readonly value?: unknown
    }
    const name = readText('dimension', dimension, 'bad-meter')
    if (!name.ok) return name
    const amount = readAmount(value)
    const before = used.get(name.value) ?? ok(0n)
    if (!amount.ok) {
      used.set(name.value, err({ code: amount.error.code, message: `quantity ${amount.error.message}` }))
    } else if (before.ok) used.set(name.value, ok(before.value + amount.value))
  }
  return ok(used)
}

/** The record as if it named this dimension only, so that it can be sent again by itself. */
function alone(
  record: Record<string, unknown>,
  dimension: string,
  quantity: Result<bigint, Refusal>,
): Record<string, unknown> {
  if (!Array.isArray(record['dimension_usage'])) return record
  const own = record['dimension_usage'].filter(
    (entry: unknown) =>
      typeof entry === 'object' && entry !== null && Reflect.get(entry, 'dimension') === dimension,
  )
  const usage = quantity.ok ? [{ dimension, value: formatAmount(quantity.value) }] : own
  return { ...record, dimension_usage: usage }
}

/**
 * The event as its meter's: `quantity` units of the dimension are `quantity × block` of the meter, which the charge makes
 * the same units again. Included amounts are taken off as from all usage of that meter. Refused unless the dimension is
 * on offer, metered, a plain sum, and the only one its meter feeds, and unless the usage is of the take-over hour or later.
 */
export function meterOf(event: UsageEvent, product: EdgeProduct): Result<UsageEvent, Refusal> {
  if (event.kind !== 'quantity') return ok(event)
  const billed = product.dimensions.filter(({ offered, metered, charge }) => offered && metered && charge)
  const dimension = billed.find(({ key }) => key === event.meter)
  const charge = dimension?.charge
  if (dimension === undefined || charge === undefined) {
    return refused(
      'unknown-dimension',
      `This product bills no dimension ${quoted(event.meter)}. It bills: ${billed.map(({ key }) => key).join(', ')}. Correct the name, or put the dimension on offer.`,
    )
  }
  const feeds = billed.filter((other) => other.charge?.meter === charge.meter)
  if (charge.kind !== 'sum' || feeds.length > 1) {
    return refused(
      'dimension-not-summed',
      `Units of the dimension ${quoted(dimension.key)} cannot be counted on its meter: it is not a sum, or other dimensions are charged by the same meter. Report the meter ${quoted(charge.meter)} itself.`,
    )
  }
  const { takeOverFrom } = product
  if (takeOverFrom === null || event.time < takeOverFrom) {
    const since = takeOverFrom === null ? 'no hour is set' : `it is ${new Date(takeOverFrom).toISOString()}`
    return refused(
      'before-take-over',
      `The usage is from before the hour at which the old system was stopped (takeOver of this product in seller.config.ts: ${since}). That system metered it; it is not counted here.`,
    )
  }
  const scaled = event.quantity * amountOf(charge.block ?? '1')
  if (scaled % UNIT !== 0n) {
    return refused(
      'too-precise',
      `quantity ${formatAmount(event.quantity)} of ${quoted(dimension.key)} is no exact amount of its meter. Round it.`,
    )
  }
  return ok({ ...event, meter: charge.meter, quantity: scaled / UNIT })
}

/** DynamoDB's JSON of a value as plain JSON, numbers as their text; anything else as it is. */
function plainOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const [member, ...others] = Object.entries(value)
  if (member === undefined || others.length > 0) return value
  const [type, held] = member as [string, unknown]
  switch (type) {
    case 'S':
    case 'N':
    case 'BOOL':
      return held
    case 'NULL':
      return null
    case 'L':
      return Array.isArray(held) ? held.map(plainOf) : value
    case 'M':
      return typeof held === 'object' && held !== null
        ? Object.fromEntries(Object.entries(held).map(([name, inner]) => [name, plainOf(inner)]))
        : value
    default:
      return value
  }
}
