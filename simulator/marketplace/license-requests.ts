/** The shapes of License Manager's requests. Pure. Source: service model 2018-08-01, facts §6.2 (2026-11-21). */
import { ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { ApiCall } from './commands.ts'
import type { Json } from './model.ts'
import type { ApiRefusal, JsonObject } from './shape.ts'
import { invalid, isObject, isTextOrAbsent, member, misshapen, refusal } from './shape.ts'

/** AWS Marketplace's own. Source: facts §6.1, "isn't a placeholder". */
export const KEY_FINGERPRINT = 'aws:294406891311:AWS/Marketplace:issuer-fingerprint'

const BASES = ['Bytes', 'Kilobytes', 'Megabytes', 'Gigabytes', 'Terabytes']
const BIT_BASES = ['Bits', 'Kilobits', 'Megabits', 'Gigabits', 'Terabits']
const RATES = ['Count', ...BASES, ...BIT_BASES]
const UNITS: ReadonlySet<string> = new Set([
  'None',
  'Seconds',
  'Microseconds',
  'Milliseconds',
  'Percent',
  ...RATES,
  ...RATES.map((base) => `${base}/Second`),
])

export interface AskedEntitlement {
  readonly name: string
  /** Null: `Unit: None`, an entitlement that is had or not. */
  readonly value: number | null
  readonly unit: string
}

export interface CheckoutRequest {
  readonly sku: string
  readonly type: 'PROVISIONAL' | 'PERPETUAL'
  readonly fingerprint: string
  readonly entitlements: readonly AskedEntitlement[]
  readonly clientToken: string
  readonly nodeId: string | undefined
}

const badValue = (message: string): Result<never, ApiRefusal> =>
  refusal('InvalidParameterValueException', message)

export function readObject({ input }: ApiCall): Result<JsonObject, ApiRefusal> {
  return isObject(input) ? ok(input) : misshapen('The request', 'a JSON object')
}

/** A required text. */
export function readText(input: JsonObject, name: string): Result<string, ApiRefusal> {
  const value = member(input, name)
  if (value === undefined) return invalid(name, 'Member must not be null')
  return typeof value === 'string' ? ok(value) : misshapen(name, 'a string')
}

export function readCheckout(call: ApiCall): Result<CheckoutRequest, ApiRefusal> {
  const object = readObject(call)
  if (!object.ok) return object
  const input = object.value
  const [sku, type, fingerprint, clientToken] = [
    'ProductSKU',
    'CheckoutType',
    'KeyFingerprint',
    'ClientToken',
  ].map((name) => readText(input, name)) as [Text, Text, Text, Text]
  if (!sku.ok) return sku
  if (!type.ok) return type
  if (!fingerprint.ok) return fingerprint
  if (!clientToken.ok) return clientToken
  if (type.value !== 'PROVISIONAL' && type.value !== 'PERPETUAL')
    return invalid('CheckoutType', 'Member must satisfy enum value set: [PROVISIONAL, PERPETUAL]')
  if (!/^\S{1,2048}$/.test(clientToken.value))
    return invalid('ClientToken', 'Member must satisfy regular expression pattern: \\S+')
  const nodeId = member(input, 'NodeId')
  const beneficiary = member(input, 'Beneficiary')
  if (!isTextOrAbsent(nodeId)) return misshapen('NodeId', 'a string')
  if (!isTextOrAbsent(beneficiary)) return misshapen('Beneficiary', 'a string')
  const list = member(input, 'Entitlements')
  if (list === undefined) return invalid('Entitlements', 'Member must not be null')
  if (!Array.isArray(list)) return misshapen('Entitlements', 'a list')
  if (list.length === 0) return badValue('Entitlements must not be empty.')
  const entitlements: AskedEntitlement[] = []
  for (const item of list) {
    const entitlement = readEntitlement(item)
    if (!entitlement.ok) return entitlement
    if (entitlements.some(({ name }) => name === entitlement.value.name))
      return badValue(`The entitlement ${entitlement.value.name} is named twice.`)
    entitlements.push(entitlement.value)
  }
  return ok({
    sku: sku.value,
    type: type.value,
    fingerprint: fingerprint.value,
    entitlements,
    clientToken: clientToken.value,
    nodeId,
  })
}

type Text = Result<string, ApiRefusal>

function readEntitlement(item: Json): Result<AskedEntitlement, ApiRefusal> {
  if (!isObject(item)) return misshapen('An entitlement', 'a JSON object')
  const name = readText(item, 'Name')
  if (!name.ok) return name
  const unit = readText(item, 'Unit')
  if (!unit.ok) return unit
  if (!UNITS.has(unit.value))
    return invalid('Unit', `Member must satisfy enum value set: [${[...UNITS].join(', ')}]`)
  const value = member(item, 'Value')
  if (!isTextOrAbsent(value)) return misshapen('Value', 'a string')
  if (unit.value === 'None')
    return value === undefined || value === ''
      ? ok({ name: name.value, unit: unit.value, value: null })
      : badValue(`The entitlement ${name.value} of Unit None has no Value.`)
  return value !== undefined && /^[1-9]\d{0,14}$/.test(value)
    ? ok({ name: name.value, unit: unit.value, value: Number(value) })
    : badValue(`The entitlement ${name.value} needs a Value, a whole number of at least 1.`)
}
