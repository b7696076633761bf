/** SearchAgreements: filters, order and pages. Pure. Source: API_SearchAgreements, service model 2020-03-01. */
import { ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import { invalidRequest, pageOf, readAgreementCall, readPage } from './agreement-requests.ts'
import { agreementSummary, changedAt, endTimeBehavior, firstOf, resourceType } from './agreement-views.ts'
import type { ApiCall } from './commands.ts'
import type { Draft } from './draft.ts'
import type { Agreement, Json, State } from './model.ts'
import type { ApiRefusal, JsonObject } from './shape.ts'
import { isObject, isTextsOrAbsent, member, misshapen } from './shape.ts'

const FILTERS_MAX = 10

/** An open-ended agreement ends after every other. */
const endOf = (agreement: Agreement): number => agreement.endsAt ?? Number.POSITIVE_INFINITY

type Test = (agreement: Agreement, state: Readonly<State>) => boolean

const same =
  (of: (agreement: Agreement, state: Readonly<State>) => string | undefined) =>
  (value: string): Test =>
  (agreement, state) =>
    of(agreement, state) === value

const compared =
  (of: (agreement: Agreement) => number, isWanted: (at: number, value: number) => boolean) =>
  (value: string): Test | undefined => {
    const at = Date.parse(value)
    return Number.isNaN(at) ? undefined : (agreement) => isWanted(of(agreement), at)
  }

const before = (at: number, value: number): boolean => at < value
const after = (at: number, value: number): boolean => at > value

/** Each filter by its name; undefined from one: its value cannot be read. */
const FILTERS: { readonly [name: string]: (value: string) => Test | undefined } = {
  PartyType: () => () => true,
  AgreementType: () => () => true,
  ResourceIdentifier: same((agreement) => agreement.productId),
  ResourceType: same((agreement, state) => resourceType(state, agreement)),
  AcceptorAccountId: same((agreement) => agreement.account),
  OfferId: same((agreement) => agreement.offerId),
  OfferSetId: same(() => undefined),
  Status: same((agreement) => agreement.status),
  InitialAgreementId: same((agreement, state) => firstOf(state, agreement).id),
  LicenseArn: same((agreement) => agreement.licenseArn),
  EndTimeBehaviorType: same((agreement) => endTimeBehavior(agreement, 'type', 'reason')['type']),
  EndTimeBehaviorReasonCode: same((agreement) => endTimeBehavior(agreement, 'type', 'reason')['reason']),
  BeforeEndTime: compared(endOf, before),
  AfterEndTime: compared(endOf, after),
  BeforeStartTime: compared((agreement) => agreement.startsAt, before),
  AfterStartTime: compared((agreement) => agreement.startsAt, after),
  BeforeLastUpdateTime: compared(changedAt, before),
  AfterLastUpdateTime: compared(changedAt, after),
}

const SORTS: { readonly [name: string]: (agreement: Agreement) => number } = {
  EndTime: endOf,
  StartTime: (agreement) => agreement.startsAt,
  LastUpdateTime: changedAt,
}

/** The seller's agreements, all that pass every filter. */
export function searchAgreements(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  const input = readAgreementCall(call)
  if (!input.ok) return input
  const catalog = member(input.value, 'catalog') ?? 'AWSMarketplace'
  if (catalog !== 'AWSMarketplace')
    return invalidRequest('INVALID_CATALOG', 'catalog', 'The only catalog is AWSMarketplace.')
  const tests = readFilters(member(input.value, 'filters') ?? [])
  if (!tests.ok) return tests
  const order = readOrder(input.value)
  if (!order.ok) return order
  const page = readPage(input.value)
  if (!page.ok) return page

  const { state } = draft
  const isProposer = state.knobs.sellerRole === 'Proposer'
  const found = Object.values(state.agreements).filter(
    (agreement) => isProposer && tests.value.every((test) => test(agreement, state)),
  )
  found.sort(order.value)
  return ok(
    pageOf(
      'agreementViewSummaries',
      found.map((agreement) => agreementSummary(draft, agreement)),
      page.value,
    ),
  )
}

function readFilters(filters: Json): Result<Test[], ApiRefusal> {
  if (!Array.isArray(filters)) return misshapen('filters', 'a list')
  if (filters.length > FILTERS_MAX)
    return invalidRequest('INVALID_FILTERS', 'filters', `At most ${FILTERS_MAX} are taken.`)
  const given = new Map<string, string>()
  const tests: Test[] = []
  for (const filter of filters) {
    const read = readFilter(filter)
    if (!read.ok) return read
    const { name, value, test } = read.value
    if (given.has(name)) return invalidRequest('INVALID_FILTERS', name, 'Give each filter once.')
    given.set(name, value)
    tests.push(test)
  }
  const party = given.get('PartyType')
  if (party === undefined)
    return invalidRequest('MISSING_PARTY_TYPE', 'PartyType', 'Filter by PartyType: Proposer.')
  if (party !== 'Proposer')
    return invalidRequest('INVALID_PARTY_TYPE', 'PartyType', 'A seller is the Proposer.')
  const type = given.get('AgreementType')
  if (type === undefined)
    return invalidRequest('UNSUPPORTED_FILTERS', 'AgreementType', 'Filter by AgreementType.')
  return type === 'PurchaseAgreement'
    ? ok(tests)
    : invalidRequest('INVALID_AGREEMENT_TYPE', 'AgreementType', 'The only type is PurchaseAgreement.')
}

function readFilter(filter: Json): Result<{ name: string; value: string; test: Test }, ApiRefusal> {
  if (!isObject(filter)) return misshapen('A filter', 'a JSON object')
  const name = member(filter, 'name')
  const values = member(filter, 'values')
  if (name === undefined) return invalidRequest('MISSING_FILTER_NAME', 'filters', 'A filter has no name.')
  if (typeof name !== 'string') return misshapen('A filter’s name', 'a string')
  if (!isTextsOrAbsent(values)) return misshapen(`The values of ${name}`, 'a list of strings')
  const make = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined
  if (make === undefined)
    return invalidRequest('INVALID_FILTER_NAME', name, `Use one of ${Object.keys(FILTERS).join(', ')}.`)
  const [value, ...others] = values ?? []
  if (value === undefined) return invalidRequest('MISSING_FILTER_VALUES', name, 'A filter needs one value.')
  const test = others.length === 0 ? make(value) : undefined
  return test === undefined
    ? invalidRequest('INVALID_FILTER_VALUES', name, 'Give one value, and an instant as ISO 8601.')
    : ok({ name, value, test })
}

/** By EndTime, the earliest first, unless asked otherwise; by id where that is the same. */
function readOrder(input: JsonObject): Result<(a: Agreement, b: Agreement) => number, ApiRefusal> {
  const sort = member(input, 'sort') ?? {}
  if (!isObject(sort)) return misshapen('sort', 'a JSON object')
  const by = member(sort, 'sortBy') ?? 'EndTime'
  const order = member(sort, 'sortOrder') ?? 'ASCENDING'
  const key = typeof by === 'string' && Object.hasOwn(SORTS, by) ? SORTS[by] : undefined
  if (key === undefined)
    return invalidRequest('INVALID_SORT_BY', 'sortBy', `Use one of ${Object.keys(SORTS).join(', ')}.`)
  if (order !== 'ASCENDING' && order !== 'DESCENDING')
    return invalidRequest('INVALID_SORT_ORDER', 'sortOrder', 'Use ASCENDING or DESCENDING.')
  const sign = order === 'ASCENDING' ? 1 : -1
  return ok((a, b) => {
    const [left, right] = [key(a), key(b)]
    return sign * (left < right ? -1 : left > right ? 1 : a.id < b.id ? -1 : 1)
  })
}
