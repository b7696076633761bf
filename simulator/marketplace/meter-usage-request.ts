/** The shape of a MeterUsage request. Pure. Source: facts §2.9, the service model's constraints (2026-11-21). */
import { ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { Json } from './model.ts'
import type { ApiRefusal } from './shape.ts'
import { invalid, isObject, isTextOrAbsent, member, misshapen } from './shape.ts'
import type { Allocation } from './usage-records.ts'
import { readAllocations, readQuantity } from './usage-records.ts'

export interface MeterRequest {
  readonly productCode: string
  /** Epoch seconds, maybe with a fraction. */
  readonly timestamp: number
  readonly dimension: string
  readonly quantity: number
  readonly dryRun: boolean
  readonly clientToken: string | undefined
  readonly allocations: readonly Allocation[] | undefined
  /** As sent. */
  readonly source: { readonly [name: string]: Json }
}

export function readMeterRequest(input: Json): Result<MeterRequest, ApiRefusal> {
  if (!isObject(input)) return misshapen('The request', 'a JSON object')
  const productCode = readProductCode(input)
  if (!productCode.ok) return productCode
  const timestamp = member(input, 'Timestamp')
  if (timestamp === undefined) return invalid('timestamp', 'Member must not be null')
  if (typeof timestamp !== 'number') return misshapen('Timestamp', 'a number of epoch seconds')
  const dimension = member(input, 'UsageDimension')
  if (dimension === undefined) return invalid('usageDimension', 'Member must not be null')
  if (typeof dimension !== 'string') return misshapen('UsageDimension', 'a string')
  if (dimension.length < 1 || dimension.length > 255)
    return invalid('usageDimension', 'Member must have length between 1 and 255')
  const quantity = readQuantity(member(input, 'UsageQuantity') ?? 0, 'UsageQuantity')
  if (!quantity.ok) return quantity
  const dryRun = member(input, 'DryRun') ?? false
  if (typeof dryRun !== 'boolean') return misshapen('DryRun', 'true or false')
  const clientToken = member(input, 'ClientToken')
  if (!isTextOrAbsent(clientToken)) return misshapen('ClientToken', 'a string')
  if (clientToken !== undefined && (clientToken.length < 1 || clientToken.length > 64))
    return invalid('clientToken', 'Member must have length between 1 and 64')
  const allocations = readAllocations(member(input, 'UsageAllocations'))
  if (!allocations.ok) return allocations
  return ok({
    productCode: productCode.value,
    timestamp,
    dimension,
    quantity: quantity.value,
    dryRun,
    clientToken,
    allocations: allocations.value,
    source: input,
  })
}

/** ProductCode as MeterUsage and RegisterUsage take it. */
export function readProductCode(input: { readonly [name: string]: Json }): Result<string, ApiRefusal> {
  const code = member(input, 'ProductCode')
  if (code === undefined) return invalid('productCode', 'Member must not be null')
  if (typeof code !== 'string') return misshapen('ProductCode', 'a string')
  return /^[-a-zA-Z0-9/=:_.@]{1,255}$/.test(code)
    ? ok(code)
    : invalid('productCode', 'Member must satisfy regular expression pattern: ^[-a-zA-Z0-9/=:_.@]*$')
}
