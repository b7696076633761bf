/**
 * What each failure of a call to AWS means: try again, halve, stop, or wake someone. The one table of the house; pure.
 * It decides nothing about a record's state: `shared/submission` does, knowing what came before (money §8).
 */
import type { CallFailure } from './failure.ts'

/** What a row-7 exception can be about: three of the same within a minute stop that alone (money §8 row 8). */
export type Scope = 'dimension' | 'license'

export type Decision =
  /** AWS did nothing and says so: the identical request again, after a pause. */
  | { readonly act: 'again' }
  /** Whether AWS acted is unknown: the identical request again, and the record remembers it. */
  | { readonly act: 'unanswered' }
  /** Something in the call is wrong and sinks all of it: halve until it is alone. */
  | { readonly act: 'halve'; readonly scopes: readonly Scope[] }
  /** The input of a single-input call is wrong (a token, a filter): ask its giver, a retry changes nothing. */
  | { readonly act: 'refuse' }
  /** We may not call, or AWS says something new: stop the lane and wake someone. Nothing is halved or parked. */
  | { readonly act: 'stop' }

const AGAIN: Decision = { act: 'again' }
const UNANSWERED: Decision = { act: 'unanswered' }
const REFUSE: Decision = { act: 'refuse' }
const STOP: Decision = { act: 'stop' }
const halve = (...scopes: Scope[]): Decision => ({ act: 'halve', scopes })

/**
 * Every exception documented for ResolveCustomer, BatchMeterUsage, MeterUsage, GetEntitlements, SES's SendEmail, SNS's Publish, and
 * AWS's common ones, without the ending `Exception`, which AWS writes in some places and not in others.
 * Source: API_BatchMeterUsage, API_MeterUsage, API_ResolveCustomer, API_GetEntitlements, API_SendEmail, API_Publish, CommonErrors (2026-11-21); money §8 rows 5–9.
 */
const DECISIONS: Readonly<Record<string, Decision>> = {
  Throttling: AGAIN,
  ThrottlingError: AGAIN,
  Throttled: AGAIN,
  TooManyRequests: AGAIN,
  RequestLimitExceeded: AGAIN,
  RequestThrottled: AGAIN,
  LimitExceeded: AGAIN,
  SlowDown: AGAIN,

  InternalServiceError: UNANSWERED,
  InternalFailure: UNANSWERED,
  InternalServerError: UNANSWERED,
  InternalServer: UNANSWERED,
  ServiceUnavailable: UNANSWERED,
  RequestTimeout: UNANSWERED,

  InvalidUsageDimension: halve('dimension'),
  InvalidTag: halve('dimension'),
  InvalidUsageAllocations: halve('dimension'),
  InvalidLicense: halve('license'),
  InvalidCustomerIdentifier: halve('license'),
  CustomerNotEntitled: halve('license'),
  DuplicateRequest: halve('dimension'),
  IdempotencyConflict: halve('dimension'),
  TimestampOutOfBounds: halve('dimension', 'license'),
  Validation: halve('dimension', 'license'),

  InvalidToken: REFUSE,
  ExpiredToken: REFUSE,
  InvalidParameter: REFUSE,
  InvalidParameterValue: REFUSE,
  ParameterValueInvalid: REFUSE,
  BadRequest: REFUSE,
  MessageRejected: REFUSE,

  AccessDenied: STOP,
  AccountSuspended: STOP,
  AuthorizationError: STOP,
  DisabledApi: STOP,
  IncompleteSignature: STOP,
  InvalidAction: STOP,
  InvalidClientTokenId: STOP,
  InvalidEndpointRegion: STOP,
  InvalidProductCode: STOP,
  InvalidRegion: STOP,
  InvalidSignature: STOP,
  MailFromDomainNotVerified: STOP,
  MissingAuthenticationToken: STOP,
  NotAuthorized: STOP,
  NotFound: STOP,
  OptInRequired: STOP,
  RequestExpired: STOP,
  SendingPaused: STOP,
  Serialization: STOP,
  SignatureDoesNotMatch: STOP,
  UnknownOperation: STOP,
  UnrecognizedClient: STOP,
}

/** The decision about a failed call. A name the table does not hold wakes someone. */
export function decide(failure: CallFailure): Decision {
  switch (failure.kind) {
    case 'not_sent':
      return AGAIN
    case 'unreachable':
    case 'unexpected_status':
    case 'unexpected_body':
      return UNANSWERED
    case 'refused':
      // A 5xx with any name may come from behind the commit.
      if (failure.status >= 500) return UNANSWERED
      return lookUp(failure.name)
  }
}

function lookUp(name: string): Decision {
  const bare = name.replace(/Exception$/, '')
  return Object.hasOwn(DECISIONS, bare) ? (DECISIONS[bare] ?? STOP) : STOP
}

/** True for AWS's way to say that a record's time is over, however it ends the name. */
export const isOutOfBounds = (name: string): boolean =>
  name === 'TimestampOutOfBoundsException' || name === 'TimestampOutOfBounds'
