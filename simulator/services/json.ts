/** AWS JSON 1.0 and 1.1: bodies in, answers and failures out. Pure. Source: facts §0.2, §0.3. */
import { err, ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { Json } from '../marketplace/model.ts'
import type { JsonService } from './catalog.ts'
import { METERING, SQS } from './catalog.ts'
import type { WireFailure, WireReply } from './wire.ts'

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
export const jsonReply = (service: JsonService, body: Json): WireReply => ({
  status: 200,
  headers: { 'content-type': `application/x-amz-json-${service.version}` },
  body: JSON.stringify(body),
})

/** Names that come from AWS's front, not from a service's own model. */
const COMMON = new Set([
  'AccessDeniedException',
  'IncompleteSignatureException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'RequestEntityTooLargeException',
  'SerializationException',
  'UnknownOperationException',
  'UnrecognizedClientException',
  'ValidationException',
])

/**
 * `{"__type":"<namespace>#<code>","message":…}`; SQS names its own failures the old way too, in `x-amzn-query-error`.
 * Without a service (an unknown target) it is told the way metering would.
 */
export function jsonFailure(service: JsonService | undefined, failure: WireFailure): WireReply {
  const { version, namespace } = service ?? METERING
  const told = service === SQS ? asQueueFailure(failure) : failure
  const { status, code, message } = told
  const origin = COMMON.has(code) ? 'com.amazon.coral.service' : namespace
  return {
    status,
    headers: {
      'content-type': `application/x-amz-json-${version}`,
      ...(service === SQS ? { 'x-amzn-query-error': queryError(told) } : {}),
    },
    body: JSON.stringify({ __type: `${origin}#${code}`, message }),
  }
}

/** SQS has names of its own for what other services share. Source: SQS common errors, service model 2012-11-05. */
function asQueueFailure(failure: WireFailure): WireFailure {
  switch (failure.code) {
    case 'ThrottlingException':
      return { ...failure, code: 'RequestThrottled' }
    case 'InternalServiceErrorException':
      return { ...failure, code: 'InternalError' }
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
}

const queryError = ({ status, code }: WireFailure): string =>
  `${Object.hasOwn(QUERY_CODES, code) ? QUERY_CODES[code] : code};${status >= 500 ? 'Receiver' : 'Sender'}`
