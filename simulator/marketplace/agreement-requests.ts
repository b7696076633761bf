/** What the requests of the agreement service have in common: an id, pages, AWS's reasons for a refusal. Pure. */
import { err, ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { ApiCall } from './commands.ts'
import { own } from './draft.ts'
import type { Draft } from './draft.ts'
import type { Agreement, Json } from './model.ts'
import type { ApiRefusal, JsonObject } from './shape.ts'
import { isObject, isTextOrAbsent, member, misshapen, refusal } from './shape.ts'

/** Source: service model, "maxResults", 1 to 50. */
const PAGE_MAX = 50

/** The agreement service is in one commercial Region only. Source: facts §7. */
const AGREEMENT_REGIONS: ReadonlySet<string> = new Set(['us-east-1', 'eusc-de-east-1'])

export interface Page {
  readonly start: number
  readonly size: number
}

/** A request of the right shape in a Region that has the service. */
export function readAgreementCall(call: ApiCall): Result<JsonObject, ApiRefusal> {
  if (!AGREEMENT_REGIONS.has(call.caller.region))
    return refusal('UnknownOperationException', `${call.operation} is not offered in ${call.caller.region}.`)
  return isObject(call.input) ? ok(call.input) : misshapen('The request', 'a JSON object')
}

/** The agreement a request names. A partner's agreement is not the seller's to see. */
export function findAgreement(draft: Draft, input: JsonObject): Result<Agreement, ApiRefusal> {
  const id = member(input, 'agreementId')
  if (id === undefined) return invalidRequest('MISSING_AGREEMENT_ID', 'agreementId', 'Name an agreement.')
  if (typeof id !== 'string') return misshapen('agreementId', 'a string')
  if (!/^[A-Za-z0-9_/-]{1,64}$/.test(id))
    return invalidRequest('INVALID_AGREEMENT_ID', 'agreementId', 'This is no agreement id.')
  const agreement = own(draft.state.agreements, id)
  if (agreement === undefined || draft.state.knobs.sellerRole !== 'Proposer')
    return err({
      code: 'ResourceNotFoundException',
      message: `The agreement ${id} does not exist.`,
      more: { resourceId: id, resourceType: 'Agreement' },
    })
  return ok(agreement)
}

/** Where a page begins and how long it is. */
export function readPage(input: JsonObject): Result<Page, ApiRefusal> {
  const size = member(input, 'maxResults') ?? PAGE_MAX
  const token = member(input, 'nextToken')
  if (typeof size !== 'number' || !Number.isInteger(size)) return misshapen('maxResults', 'a whole number')
  if (!isTextOrAbsent(token)) return misshapen('nextToken', 'a string')
  if (size < 1 || size > PAGE_MAX)
    return invalidRequest('INVALID_MAX_RESULTS', 'maxResults', `It must be from 1 to ${PAGE_MAX}.`)
  const start = token === undefined ? 0 : Number(/^page-(\d{1,9})$/.exec(token)?.[1] ?? Number.NaN)
  return Number.isNaN(start)
    ? invalidRequest('INVALID_NEXT_TOKEN', 'nextToken', 'It is not one of ours.')
    : ok({ start, size })
}

/** One page of a list under the service's own name for it, with a token when there is more. */
export function pageOf(name: string, all: readonly Json[], { start, size }: Page): Json {
  const end = start + size
  return { [name]: all.slice(start, end), ...(end < all.length ? { nextToken: `page-${end}` } : {}) }
}

/** ValidationException with the service's own reason and the field it is about. */
export const invalidRequest = (reason: string, name: string, message: string): Result<never, ApiRefusal> =>
  err({
    code: 'ValidationException',
    message: `${name}: ${message}`,
    more: { reason, fields: [{ name, message }] },
  })
