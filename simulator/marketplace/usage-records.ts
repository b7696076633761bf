/** The shape of a BatchMeterUsage request. Pure. Source: facts §2.1, the service model's constraints (2026-11-21). */
import { ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { Json } from './model.ts'
import type { ApiRefusal, JsonObject } from './shape.ts'
import { invalid, isObject, isTextOrAbsent, member, misshapen, refusal } from './shape.ts'

const RECORDS_MAX = 25
const QUANTITY_MAX = 2_147_483_647
const ALLOCATIONS_MAX = 2_500

/** "less than 1 MB"; the stricter reading of a megabyte. */
const BYTES_BELOW = 1_000_000

export interface Allocation {
  readonly quantity: number
  readonly tags: readonly { readonly key: string; readonly value: string }[]
}

export interface UsageRecord {
  /** As sent, to be echoed. */
  readonly source: JsonObject
  /** Epoch seconds, maybe with a fraction. */
  readonly timestamp: number
  readonly dimension: string
  readonly quantity: number
  readonly account: string | undefined
  readonly licenseArn: string | undefined
  readonly customerIdentifier: string | undefined
  readonly allocations: readonly Allocation[] | undefined
}

export interface BatchRequest {
  readonly productCode: string | undefined
  readonly records: readonly UsageRecord[]
}

/** Reads the request, or says in AWS's words why it is none. `bytes`: its size on the wire, where it came by one. */
export function readBatch(input: Json, bytes: number | undefined): Result<BatchRequest, ApiRefusal> {
  if (!isObject(input)) return misshapen('The request', 'a JSON object')
  if (bytes !== undefined && bytes >= BYTES_BELOW)
    return refusal('ValidationException', 'The request must be smaller than 1 MB.')
  const productCode = member(input, 'ProductCode')
  if (!isTextOrAbsent(productCode)) return misshapen('ProductCode', 'a string')
  const list = member(input, 'UsageRecords')
  if (list === undefined) return invalid('usageRecords', 'Member must not be null')
  if (!Array.isArray(list)) return misshapen('UsageRecords', 'a list')
  if (list.length > RECORDS_MAX)
    return invalid('usageRecords', `Member must have length less than or equal to ${RECORDS_MAX}`)

  const records: UsageRecord[] = []
  for (const item of list) {
    const record = readRecord(item)
    if (!record.ok) return record
    records.push(record.value)
  }
  return ok({ productCode: productCode === '' ? undefined : productCode, records })
}

function readRecord(item: Json): Result<UsageRecord, ApiRefusal> {
  if (!isObject(item)) return misshapen('A usage record', 'a JSON object')
  const timestamp = member(item, 'Timestamp')
  if (timestamp === undefined) return invalid('usageRecords.timestamp', 'Member must not be null')
  if (typeof timestamp !== 'number') return misshapen('Timestamp', 'a number of epoch seconds')
  const dimension = member(item, 'Dimension')
  if (dimension === undefined) return invalid('usageRecords.dimension', 'Member must not be null')
  if (typeof dimension !== 'string') return misshapen('Dimension', 'a string')
  if (dimension.length < 1 || dimension.length > 255)
    return invalid('usageRecords.dimension', 'Member must have length between 1 and 255')
  const quantity = readQuantity(member(item, 'Quantity') ?? 0, 'Quantity')
  if (!quantity.ok) return quantity

  const account = member(item, 'CustomerAWSAccountId')
  const licenseArn = member(item, 'LicenseArn')
  const customerIdentifier = member(item, 'CustomerIdentifier')
  if (!isTextOrAbsent(account)) return misshapen('CustomerAWSAccountId', 'a string')
  if (!isTextOrAbsent(licenseArn)) return misshapen('LicenseArn', 'a string')
  if (!isTextOrAbsent(customerIdentifier)) return misshapen('CustomerIdentifier', 'a string')
  if (account !== undefined && !/^[0-9]{1,255}$/.test(account))
    return invalid(
      'usageRecords.customerAWSAccountId',
      'Member must satisfy regular expression pattern: ^[0-9]+$',
    )
  const allocations = readAllocations(member(item, 'UsageAllocations'))
  if (!allocations.ok) return allocations
  return ok({
    source: item,
    timestamp,
    dimension,
    quantity: quantity.value,
    account,
    licenseArn,
    customerIdentifier: customerIdentifier === '' ? undefined : customerIdentifier,
    allocations: allocations.value,
  })
}

/** A whole number of units, as AWS takes it. */
export function readQuantity(value: Json, name: string): Result<number, ApiRefusal> {
  if (typeof value !== 'number' || !Number.isInteger(value)) return misshapen(name, 'a whole number')
  return value >= 0 && value <= QUANTITY_MAX
    ? ok(value)
    : invalid(name, `Member must have value between 0 and ${QUANTITY_MAX}`)
}

/** Undefined: there are none. */
export function readAllocations(value: Json | undefined): Result<Allocation[] | undefined, ApiRefusal> {
  if (value === undefined) return ok(undefined)
  if (!Array.isArray(value)) return misshapen('UsageAllocations', 'a list')
  if (value.length < 1 || value.length > ALLOCATIONS_MAX)
    return invalid('usageAllocations', `Member must have length between 1 and ${ALLOCATIONS_MAX}`)
  const allocations: Allocation[] = []
  for (const item of value) {
    if (!isObject(item)) return misshapen('An allocation', 'a JSON object')
    const allocated = member(item, 'AllocatedUsageQuantity')
    if (allocated === undefined) return invalid('allocatedUsageQuantity', 'Member must not be null')
    const quantity = readQuantity(allocated, 'AllocatedUsageQuantity')
    if (!quantity.ok) return quantity
    const tags = readTags(member(item, 'Tags'))
    if (!tags.ok) return tags
    allocations.push({ quantity: quantity.value, tags: tags.value })
  }
  return ok(allocations)
}

function readTags(value: Json | undefined): Result<Allocation['tags'], ApiRefusal> {
  if (value === undefined) return ok([])
  if (!Array.isArray(value)) return misshapen('Tags', 'a list')
  const tags: { key: string; value: string }[] = []
  for (const item of value) {
    if (!isObject(item)) return misshapen('A tag', 'a JSON object')
    const key = member(item, 'Key')
    const text = member(item, 'Value')
    if (typeof key !== 'string' || typeof text !== 'string')
      return refusal('InvalidTagException', 'A tag needs a Key and a Value, both strings.')
    tags.push({ key, value: text })
  }
  return tags.length >= 1 ? ok(tags) : invalid('tags', 'Member must have length between 1 and 5')
}
