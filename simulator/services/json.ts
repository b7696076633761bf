/** AWS JSON 1.0 and 1.1: bodies in, answers and failures out. Pure. Source: facts §0.2, §0.3. */
import { err, ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { Json } from '../marketplace/model.ts'
import type { JsonService } from './catalog.ts'
import { AGREEMENT, CLOUDWATCH, LICENSE_MANAGER, METERING, originOf, readTarget, SQS } from './catalog.ts'
import type { Conversation } from './conversation.ts'
import type { WireFailure, WireReply, WireRequest } from './wire.ts'

/** A request with an X-Amz-Target; undefined: it has none. */
export function readJsonRequest({ headers, body }: WireRequest): Conversation | undefined {
  const target = headers['x-amz-target']
  if (target === undefined) return undefined
  const { service, operation } = readTarget(target)
  return {
    signedAs: service?.signedAs ?? METERING.signedAs,
    operation,
    asked: target,
    input: () => readJson(body),
    reply: (answer) => jsonReply(service ?? METERING, answer),
    failure: (failure, requestId) => jsonFailure(service, failure, requestId),
  }
}

/** The body as a value; an empty one is an empty object. */
export function readJson(body: Uint8Array): Result<Json, WireFailure> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body)
    return ok(text === '' ? {} : (JSON.parse(text) as Json))
  } catch {
    return err({ status: 400, code: 'SerializationException', message: 'The body is not JSON in UTF-8.' })
  }
}

/** A 200 in the service's own version of the protocol. */
const jsonReply = (service: JsonService, body: Json): WireReply => ({
  status: 200,
  headers: { 'content-type': `application/x-amz-json-${service.version}` },
  body: JSON.stringify(body),
})

/**
 * `{"__type":"<namespace>#<code>","message":…}`; SQS and CloudWatch name their failures the old way too, in `x-amzn-query-error`.
 * Without a service (an unknown target) it is told the way metering would.
 */
export function jsonFailure(
  service: JsonService | undefined,
  failure: WireFailure,
  requestId?: string,
): WireReply {
  const { version } = service ?? METERING
  const told = inWordsOf(service, failure, requestId)
  const { status, code, message, more = {} } = told
  // Its model has the member with a capital letter.
  const said = service === LICENSE_MANAGER ? { Message: message } : { message }
  return {
    status,
    headers: {
      'content-type': `application/x-amz-json-${version}`,
      ...(service === SQS || service === CLOUDWATCH ? { 'x-amzn-query-error': queryError(told) } : {}),
    },
    body: JSON.stringify({ __type: `${originOf(service ?? METERING, code)}#${code}`, ...said, ...more }),
  }
}

function inWordsOf(
  service: JsonService | undefined,
  failure: WireFailure,
  requestId: string | undefined,
): WireFailure {
  if (service === SQS) return renamed(failure, 'RequestThrottled', 'InternalError')
  if (service === CLOUDWATCH) return renamed(failure, 'ThrottlingException', 'InternalServiceFault')
  if (service === LICENSE_MANAGER)
    return renamed(failure, 'RateLimitExceededException', 'ServerInternalException')
  return service === AGREEMENT ? asAgreementFailure(failure, requestId) : failure
}

/** The agreement service has its own name for a failure of AWS's, and each exception its request id. */
const asAgreementFailure = (failure: WireFailure, requestId: string | undefined): WireFailure => ({
  ...failure,
  code: failure.code === 'InternalServiceErrorException' ? 'InternalServerException' : failure.code,
  more: { ...failure.more, ...(requestId === undefined ? {} : { requestId }) },
})

/** A service's own names for what others share. Source: SQS common errors; service models 2012-11-05, 2018-08-01. */
function renamed(failure: WireFailure, throttled: string, internal: string): WireFailure {
  switch (failure.code) {
    case 'ThrottlingException':
      return { ...failure, code: throttled }
    case 'InternalServiceErrorException':
      return { ...failure, code: internal }
    default:
      return failure
  }
}

/** The names a query client knew, where they differ from the JSON ones. */
const QUERY_CODES: { readonly [code: string]: string } = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  InvalidBatchEntryId: 'AWS.SimpleQueueService.InvalidBatchEntryId',
  MessageNotInflight: 'AWS.SimpleQueueService.MessageNotInflight',
  InvalidParameterValueException: 'InvalidParameterValue',
  InvalidParameterCombinationException: 'InvalidParameterCombination',
  MissingRequiredParameterException: 'MissingParameter',
  InternalServiceFault: 'InternalServiceError',
}

const queryError = ({ status, code }: WireFailure): string =>
  `${Object.hasOwn(QUERY_CODES, code) ? QUERY_CODES[code] : code};${status >= 500 ? 'Receiver' : 'Sender'}`
