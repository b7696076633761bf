/** GetEntitlements: what contracts entitle to, as of their last License Updated. Pure. Source: facts §4 (2026-11-21). */
import { ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { ApiCall } from './commands.ts'
import { own } from './draft.ts'
import type { Draft } from './draft.ts'
import type { Agreement, Json } from './model.ts'
import { ENTITLEMENT_REGIONS } from './regions.ts'
import { noCustomerIdentifier } from './resolve.ts'
import type { ApiRefusal } from './shape.ts'
import { isObject, isTextOrAbsent, isTextsOrAbsent, member, misshapen, refusal } from './shape.ts'

const PAGE_MAX = 25
const FILTERS = ['CUSTOMER_IDENTIFIER', 'DIMENSION', 'CUSTOMER_AWS_ACCOUNT_ID', 'LICENSE_ARN'] as const

type Filter = { readonly [K in (typeof FILTERS)[number]]?: readonly string[] | undefined }

/** Values of one filter are united, filters intersected; an empty list is an answer, not an error. */
export function getEntitlements(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  if (!ENTITLEMENT_REGIONS.has(call.caller.region))
    return refusal('UnknownOperationException', `GetEntitlements is not offered in ${call.caller.region}.`)
  const asked = readRequest(call.input)
  if (!asked.ok) return asked
  const { productCode, filter, size, start, isNext } = asked.value
  if (!draft.state.products.some((product) => product.code === productCode))
    return refusal(
      'InvalidParameterException',
      `The product code ${productCode} is not one of this seller's.`,
    )

  const all: Json[] = []
  for (const agreement of candidates(draft, filter))
    if (agreement.productCode === productCode && matches(agreement, filter))
      all.push(...entitlementsOf(draft, agreement, filter.DIMENSION))
  if (draft.state.knobs.emptyPage === 'first' && !isNext) return ok({ Entitlements: [], NextToken: 'page-0' })
  const end = start + size
  const page = { Entitlements: all.slice(start, end) }
  return ok(end < all.length ? { ...page, NextToken: `page-${end}` } : page)
}

interface Asked {
  readonly productCode: string
  readonly filter: Filter
  readonly size: number
  readonly start: number
  /** Whether it goes on after an earlier page. */
  readonly isNext: boolean
}

function readRequest(input: Json): Result<Asked, ApiRefusal> {
  if (!isObject(input)) return misshapen('The request', 'a JSON object')
  const productCode = member(input, 'ProductCode')
  const size = member(input, 'MaxResults') ?? PAGE_MAX
  const token = member(input, 'NextToken')
  if (!isTextOrAbsent(productCode)) return misshapen('ProductCode', 'a string')
  if (!isTextOrAbsent(token)) return misshapen('NextToken', 'a string')
  if (typeof size !== 'number' || !Number.isInteger(size)) return misshapen('MaxResults', 'a whole number')
  if (productCode === undefined || productCode.length < 1 || productCode.length > 255)
    return refusal('InvalidParameterException', 'ProductCode must have 1 to 255 characters.')
  if (size < 1 || size > PAGE_MAX)
    return refusal('InvalidParameterException', `MaxResults must be from 1 to ${PAGE_MAX}.`)
  const start = token === undefined ? 0 : Number(/^page-(\d{1,9})$/.exec(token)?.[1] ?? Number.NaN)
  if (Number.isNaN(start)) return refusal('InvalidParameterException', 'NextToken is not one of ours.')
  const filter = readFilter(member(input, 'Filter'))
  return filter.ok
    ? ok({ productCode, filter: filter.value, size, start, isNext: token !== undefined })
    : filter
}

function readFilter(value: Json | undefined): Result<Filter, ApiRefusal> {
  if (value === undefined) return ok({})
  if (!isObject(value)) return misshapen('Filter', 'a JSON object')
  for (const name of Object.keys(value))
    if (!FILTERS.some((known) => known === name))
      return refusal('InvalidParameterException', `There is no filter ${name}. Use ${FILTERS.join(', ')}.`)
  const filter: { [K in (typeof FILTERS)[number]]?: readonly string[] | undefined } = {}
  for (const name of FILTERS) {
    const values = member(value, name)
    if (!isTextsOrAbsent(values)) return misshapen(`Filter.${name}`, 'a list of strings')
    if (values?.length === 0)
      return refusal('InvalidParameterException', `The filter ${name} needs at least one value.`)
    filter[name] = values
  }
  return filter.CUSTOMER_IDENTIFIER !== undefined && filter.CUSTOMER_AWS_ACCOUNT_ID !== undefined
    ? refusal(
        'InvalidParameterException',
        'CUSTOMER_IDENTIFIER and CUSTOMER_AWS_ACCOUNT_ID exclude each other.',
      )
    : ok(filter)
}

/** By license or account where the filter names them, else every agreement; in the order of acceptance. */
function candidates(draft: Draft, filter: Filter): Agreement[] {
  const { state } = draft
  const tables = filter.LICENSE_ARN === undefined ? state.accounts : state.licenses
  const keys = filter.LICENSE_ARN ?? filter.CUSTOMER_AWS_ACCOUNT_ID
  const ids =
    keys === undefined
      ? Object.keys(state.agreements)
      : [...new Set(keys)].flatMap((key) => own(tables, key) ?? [])
  return ids.flatMap((id) => own(state.agreements, id) ?? [])
}

const matches = (agreement: Agreement, filter: Filter): boolean =>
  (filter.LICENSE_ARN?.includes(agreement.licenseArn) ?? true) &&
  (filter.CUSTOMER_AWS_ACCOUNT_ID?.includes(agreement.account) ?? true) &&
  (filter.CUSTOMER_IDENTIFIER?.includes(agreement.customerIdentifier ?? '') ?? true)

const entitlementsOf = (draft: Draft, agreement: Agreement, dimensions: Filter['DIMENSION']): Json[] =>
  agreement.entitled
    .filter(({ dimension }) => dimensions?.includes(dimension) ?? true)
    .map(({ dimension, quantity }) => ({
      ProductCode: agreement.productCode,
      Dimension: dimension,
      CustomerAWSAccountId: agreement.account,
      ...(agreement.customerIdentifier === null
        ? { LicenseArn: agreement.licenseArn, ...noCustomerIdentifier(draft) }
        : { CustomerIdentifier: agreement.customerIdentifier }),
      Value: { IntegerValue: quantity },
      ...(agreement.endsAt === null ? {} : { ExpirationDate: agreement.endsAt / 1000 }),
    }))
