/**
 * The checks that refuse a whole BatchMeterUsage batch, one function each, in no order of their own. Pure.
 * Source: facts §2.1–2.5 and §9.4 (2026-11-21).
 */
import { ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { Draft } from './draft.ts'
import { isoMillis } from './draft.ts'
import type { Check, Knobs } from './knobs.ts'
import { agreementOfCustomer, agreementOfLicense, licenseStart } from './licenses.ts'
import type { Agreement, MarketplaceProduct } from './model.ts'
import type { ApiRefusal } from './shape.ts'
import { refusal } from './shape.ts'
import type { Allocation, BatchRequest, UsageRecord } from './usage-records.ts'

const HOUR_MS = 3_600_000

/** A record with the agreement it is about; undefined: a legacy customer nobody knows. */
export interface Placed {
  readonly record: UsageRecord
  readonly agreement: Agreement | undefined
}

/** The batch in the knobs' order of checks; the first that fails refuses it all. */
export function checkBatch(draft: Draft, request: BatchRequest): Result<Placed[], ApiRefusal> {
  let placed: Result<Placed[], ApiRefusal> | undefined
  for (const check of draft.state.knobs.checks) {
    const failed = failureOf(check)
    if (failed !== undefined) return failed
  }
  return (placed ??= placeRecords(draft, request))

  function failureOf(check: Check): Result<never, ApiRefusal> | undefined {
    switch (check) {
      case 'timestamp':
        return badTimestamp(draft, request)
      case 'license':
        placed ??= placeRecords(draft, request)
        return placed.ok ? undefined : placed
      case 'dimension':
        placed ??= placeRecords(draft, request)
        return placed.ok ? badDimension(draft, request, placed.value) : placed
      case 'allocation':
        return badAllocation(request)
    }
  }
}

/**
 * 24 hours or more old, of a month that was closed at 06:00 UTC on the 1st, or in the future.
 * Source: API_BatchMeterUsage, facts §2.2: "one out-of-range record rejects the entire batch".
 */
function badTimestamp(draft: Draft, request: BatchRequest): Result<never, ApiRefusal> | undefined {
  const { business } = draft.times
  const today = new Date(business)
  const monthStart = Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), 1)
  const monthClosed = business >= monthStart + 6 * HOUR_MS
  const latest = business + draft.state.knobs.futureToleranceMs
  for (const { timestamp } of request.records) {
    const at = timestamp * 1000
    if (business - at < 24 * HOUR_MS && !(monthClosed && at < monthStart) && at <= latest) continue
    return refusal(
      'TimestampOutOfBoundsException',
      `The timestamp ${timestamp} is outside the window that is taken at ${isoMillis(business)}.`,
    )
  }
  return undefined
}

function placeRecords(draft: Draft, request: BatchRequest): Result<Placed[], ApiRefusal> {
  return request.productCode === undefined
    ? placeByLicense(draft, request.records)
    : placeByProduct(draft, request.productCode, request.records)
}

/** Source: API_BatchMeterUsage, "Ensure the LicenseArn is valid, matches the customer, and usage is within …". */
function placeByLicense(draft: Draft, records: readonly UsageRecord[]): Result<Placed[], ApiRefusal> {
  const placed: Placed[] = []
  for (const record of records) {
    const agreement = licensed(draft, record)
    if (!agreement.ok) return agreement
    if (placed.length > 0 && placed[0]?.agreement?.product !== agreement.value.product)
      return refusal('InvalidLicenseException', 'The licenses of one request must be of one product.')
    placed.push({ record, agreement: agreement.value })
  }
  return ok(placed)
}

function licensed(draft: Draft, record: UsageRecord): Result<Agreement, ApiRefusal> {
  const { licenseArn, account } = record
  if (licenseArn === undefined)
    return refusal(
      'InvalidProductCodeException',
      'A request needs a ProductCode, or each record a LicenseArn.',
    )
  if (record.customerIdentifier !== undefined)
    return refusal(
      'InvalidCustomerIdentifierException',
      'A record with a LicenseArn has no CustomerIdentifier.',
    )
  const agreement = agreementOfLicense(draft.state, licenseArn)
  if (agreement === undefined || agreement.customerIdentifier !== null)
    return refusal('InvalidLicenseException', `There is no license ${licenseArn} of this seller.`)
  if (agreement.account !== account)
    return refusal('InvalidLicenseException', `The license ${licenseArn} does not match the customer.`)
  const start = licenseStart(draft.state, licenseArn)
  return draft.state.knobs.activationPeriod === 'InvalidLicenseException' &&
    outsideLife(start, agreement.deprovisionedAt, record)
    ? refusal('InvalidLicenseException', `The usage is not within the activation period of ${licenseArn}.`)
    : ok(agreement)
}

/** In whole seconds, as the events tell the times. A license not yet active is another matter: CustomerNotSubscribed. */
const outsideLife = (start: number | null, end: number | null, { timestamp }: UsageRecord): boolean =>
  (start !== null && timestamp < Math.floor(start / 1000)) ||
  (end !== null && timestamp > Math.ceil(end / 1000))

function placeByProduct(
  draft: Draft,
  productCode: string,
  records: readonly UsageRecord[],
): Result<Placed[], ApiRefusal> {
  const product = draft.state.products.find((p) => p.code === productCode)
  if (product === undefined)
    return refusal(
      'InvalidProductCodeException',
      `The product code ${productCode} is not one of this seller's.`,
    )
  return product.integration === 'license'
    ? placeMixed(draft, product, records)
    : placeLegacy(draft, product, records)
}

/** ProductCode and LicenseArn in one request: refused, or, as AWS's page warns, billed beside the license's own. */
function placeMixed(
  draft: Draft,
  product: MarketplaceProduct,
  records: readonly UsageRecord[],
): Result<Placed[], ApiRefusal> {
  if (records.some((record) => record.licenseArn === undefined))
    return refusal('InvalidLicenseException', `Usage of ${product.code} is metered by LicenseArn.`)
  const mixing: Knobs['mixing'] = draft.state.knobs.mixing
  return mixing === 'billed_twice'
    ? placeByLicense(draft, records)
    : refusal(mixing, 'A request with a LicenseArn must not name a ProductCode.')
}

function placeLegacy(
  draft: Draft,
  product: MarketplaceProduct,
  records: readonly UsageRecord[],
): Result<Placed[], ApiRefusal> {
  const placed: Placed[] = []
  for (const record of records) {
    const { account, customerIdentifier: identifier, licenseArn } = record
    if (licenseArn !== undefined)
      return refusal(
        'InvalidLicenseException',
        `${product.code} is metered by ProductCode, without LicenseArn.`,
      )
    if (account === undefined && identifier === undefined)
      return refusal('InvalidCustomerIdentifierException', 'A record must name its customer.')
    const customer = {
      ...(account === undefined ? {} : { account }),
      ...(identifier === undefined ? {} : { identifier }),
    }
    placed.push({ record, agreement: agreementOfCustomer(draft.state, product.code, customer) })
  }
  return ok(placed)
}

/** Dimensions are case-sensitive; one that is unknown, not on offer or only bought ahead refuses the batch. */
function badDimension(
  draft: Draft,
  request: BatchRequest,
  placed: readonly Placed[],
): Result<never, ApiRefusal> | undefined {
  const key = placed[0]?.agreement?.product
  const product = draft.state.products.find((p) =>
    request.productCode === undefined ? p.key === key : p.code === request.productCode,
  )
  for (const { dimension } of request.records) {
    if (product?.dimensions.some((d) => d.key === dimension && d.metered && d.offered) === true) continue
    return refusal('InvalidUsageDimensionException', `The usage dimension ${dimension} is not defined.`)
  }
  return undefined
}

const TAG = /^[a-zA-Z0-9+ -=._:\\/@]+$/

/** Source: metering-for-usage, vendor-metered tagging (facts §2.5). */
export function badAllocation(request: {
  readonly records: readonly Pick<UsageRecord, 'allocations' | 'quantity'>[]
}): Result<never, ApiRefusal> | undefined {
  for (const { allocations, quantity } of request.records) {
    if (allocations === undefined) continue
    const keys = new Set<string>()
    const sets = new Set<string>()
    let sum = 0
    for (const allocation of allocations) {
      sum += allocation.quantity
      sets.add(tagSet(allocation))
      for (const tag of allocation.tags) {
        keys.add(tag.key)
        if (tag.key.length > 100 || tag.value.length > 256 || !TAG.test(tag.key) || !TAG.test(tag.value))
          return refusal('InvalidTagException', `The tag ${tag.key} is invalid.`)
      }
    }
    if (keys.size > 5) return refusal('InvalidTagException', 'The number of tags is greater than 5.')
    if (sets.size < allocations.length)
      return refusal('InvalidUsageAllocationsException', 'Two allocations have the same tags.')
    if (sum !== quantity)
      return refusal('InvalidUsageAllocationsException', `The allocations sum to ${sum}, not to ${quantity}.`)
  }
  return undefined
}

const tagSet = ({ tags }: Allocation): string =>
  JSON.stringify(tags.map((tag) => [tag.key, tag.value]).sort((a, b) => (String(a) < String(b) ? -1 : 1)))
