/** GetLicense, GetLicenseUsage and ListReceivedLicenses. Pure. Source: service model 2018-08-01, facts §6.2 (2026-11-21). */
import { ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { ApiCall } from './commands.ts'
import { isoSeconds } from './draft.ts'
import type { Draft } from './draft.ts'
import { LEASE_MINUTES } from './license-manager.ts'
import type { License } from './license-pool.ts'
import { licensesOf, poolsOf, usedOf, versionOf } from './license-pool.ts'
import { KEY_FINGERPRINT, readObject, readText } from './license-requests.ts'
import { licenseStart } from './licenses.ts'
import type { Json } from './model.ts'
import type { ApiRefusal, JsonObject } from './shape.ts'
import { invalid, isObject, isTextOrAbsent, isTextsOrAbsent, member, misshapen, refusal } from './shape.ts'

const PAGE_MAX = 100
const FILTERS = ['ProductSKU', 'Status', 'Fingerprint', 'IssuerName', 'Beneficiary'] as const

export function getLicense(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  const found = findLicense(draft, call)
  return found.ok ? ok({ License: licenseView(draft, found.value) }) : found
}

export function getLicenseUsage(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  const found = findLicense(draft, call)
  if (!found.ok) return found
  const usages = poolsOf(found.value).map(({ name, most }) => ({
    Name: name,
    ConsumedValue: String(most === null ? 0 : usedOf(draft, found.value, name)),
    ...(most === null ? {} : { MaxCount: String(most) }),
    Unit: most === null ? 'None' : 'Count',
  }))
  return ok({ LicenseUsage: { EntitlementUsages: usages } })
}

/** The licenses granted to the caller's account; every filter must hold. */
export function listReceivedLicenses(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  const object = readObject(call)
  if (!object.ok) return object
  const input = object.value
  const arns = member(input, 'LicenseArns')
  const size = member(input, 'MaxResults') ?? PAGE_MAX
  const token = member(input, 'NextToken')
  if (!isTextsOrAbsent(arns)) return misshapen('LicenseArns', 'a list of strings')
  if (!isTextOrAbsent(token)) return misshapen('NextToken', 'a string')
  if (typeof size !== 'number' || !Number.isInteger(size)) return misshapen('MaxResults', 'a whole number')
  if (size < 1 || size > PAGE_MAX) return invalid('MaxResults', `Member must be from 1 to ${PAGE_MAX}`)
  const start = token === undefined ? 0 : Number(/^page-(\d{1,9})$/.exec(token)?.[1] ?? Number.NaN)
  if (Number.isNaN(start)) return refusal('ValidationException', 'NextToken is not one of ours.')
  const filter = readFilters(input)
  if (!filter.ok) return filter

  const all = licensesOf(draft, call.caller.account)
    .filter(({ agreement }) => arns?.includes(agreement.licenseArn) ?? true)
    .filter((license) => filter.value.every(([name, values]) => values.includes(valueOf(license, name))))
    .map((license) => ({
      ...licenseView(draft, license),
      ReceivedMetadata: {
        ReceivedStatus: 'ACTIVE',
        AllowedOperations: [
          'CheckoutLicense',
          'CheckInLicense',
          'ExtendConsumptionLicense',
          'ListPurchasedLicenses',
        ],
      },
    }))
  const end = start + size
  return ok({ Licenses: all.slice(start, end), ...(end < all.length ? { NextToken: `page-${end}` } : {}) })
}

type Filters = (readonly [name: (typeof FILTERS)[number], values: readonly string[]])[]

function readFilters(input: JsonObject): Result<Filters, ApiRefusal> {
  const list = member(input, 'Filters') ?? []
  if (!Array.isArray(list)) return misshapen('Filters', 'a list')
  const filters: Filters = []
  for (const item of list) {
    if (!isObject(item)) return misshapen('A filter', 'a JSON object')
    const values = member(item, 'Values')
    const name = FILTERS.find((known) => known === member(item, 'Name'))
    if (!isTextsOrAbsent(values)) return misshapen('Values', 'a list of strings')
    if (name === undefined)
      return refusal('InvalidParameterValueException', `A filter is one of ${FILTERS.join(', ')}.`)
    filters.push([name, values ?? []])
  }
  return ok(filters)
}

function valueOf({ agreement, product }: License, name: (typeof FILTERS)[number]): string {
  switch (name) {
    case 'ProductSKU':
      return product.id
    case 'Status':
      return 'AVAILABLE'
    case 'Fingerprint':
      return KEY_FINGERPRINT
    case 'IssuerName':
      return ISSUER
    case 'Beneficiary':
      return agreement.account
  }
}

const ISSUER = 'AWS/Marketplace'

function findLicense(draft: Draft, call: ApiCall): Result<License, ApiRefusal> {
  const input = readObject(call)
  if (!input.ok) return input
  const arn = readText(input.value, 'LicenseArn')
  if (!arn.ok) return arn
  const license = licensesOf(draft, call.caller.account).find(
    ({ agreement }) => agreement.licenseArn === arn.value,
  )
  return license === undefined
    ? refusal('InvalidParameterValueException', `There is no license ${arn.value} in this account.`)
    : ok(license)
}

function licenseView(draft: Draft, license: License): { [name: string]: Json } {
  const { agreement, product } = license
  const begin = isoSeconds(licenseStart(draft.state, agreement.licenseArn) ?? agreement.startsAt)
  return {
    LicenseArn: agreement.licenseArn,
    LicenseName: product.title,
    ProductName: product.title,
    ProductSKU: product.id,
    Issuer: { Name: ISSUER, KeyFingerprint: KEY_FINGERPRINT },
    HomeRegion: 'us-east-1',
    Status: 'AVAILABLE',
    Validity: {
      Begin: begin,
      ...(agreement.endsAt === null ? {} : { End: isoSeconds(agreement.endsAt) }),
    },
    Beneficiary: agreement.account,
    Entitlements: poolsOf(license).map(({ name, most }) =>
      most === null
        ? { Name: name, Unit: 'None' }
        : { Name: name, MaxCount: most, Overage: false, Unit: 'Count', AllowCheckIn: true },
    ),
    ConsumptionConfiguration: {
      RenewType: 'None',
      ProvisionalConfiguration: { MaxTimeToLiveInMinutes: LEASE_MINUTES },
    },
    CreateTime: begin,
    Version: String(versionOf(draft.state, agreement.licenseArn)),
  }
}
