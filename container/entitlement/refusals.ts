/** What each failed call of a start means: not entitled, not here, wrongly set up, or ask again. The one table of it; pure. */
import { describeFailure, type CallFailure } from '../../shared/aws/failure.ts'
import type { Verdict } from './mode.ts'

export type NotYet = Exclude<Verdict, { readonly kind: 'entitled' }>

/** What the lines speak of. */
export interface Asked {
  /** `RegisterUsage`, as AWS names it. */
  readonly operation: string
  /** What the role needs: `aws-marketplace:RegisterUsage`. */
  readonly action: string
  readonly title: string
  readonly productCode: string
}

type Line = (asked: Asked, said: string) => NotYet

const notEntitled =
  (code: string): Line =>
  ({ title }) => ({
    kind: 'not-entitled',
    code,
    why: `This AWS account is not subscribed to ${title}: subscribe to it in AWS Marketplace with this account, and start the task again.`,
  })

const again =
  (code: string, because: string): Line =>
  ({ operation }, said) => ({ kind: 'again', code, why: `${operation}: ${because} (${said}).` })

const throttled = again('throttled', 'AWS takes no more calls from this account at the moment')
const failed = again('aws-failed', 'AWS could not answer')

const ofImage =
  (code: string, what: string): Line =>
  ({ operation }, said) => ({
    kind: 'misconfigured',
    code,
    why: `${operation}: ${what} (${said}). The image is wrong, not the task: tell its seller.`,
  })

const noRight: Line = ({ operation, action }, said) => ({
  kind: 'misconfigured',
  code: 'access-denied',
  why: `The role of this task may not call ${operation} (${said}): allow ${action} on all resources in its policy.`,
})

const elsewhere: Line = ({ operation }, said) => ({
  kind: 'not-supported',
  code: 'wrong-region',
  why: `${operation}: AWS does not take this call in this Region (${said}): remove AWS_REGION where it is set by hand, and run the task where AWS Marketplace meters containers.`,
})

const clockOff: Line = ({ operation }, said) => ({
  kind: 'again',
  code: 'clock-off',
  why: `${operation}: the clock of the host differs from AWS's (${said}). AWS's time is used from now on; set the host's clock by NTP.`,
})

/** Without the ending `Exception`, which AWS writes in some places and not in others. Source: facts, aws-runtime §2.9, §3, §6.2 (2026-11-21). */
const LINES: Readonly<Record<string, Line>> = {
  CustomerNotEntitled: notEntitled('not-entitled'),
  ResourceNotFound: notEntitled('no-license'),
  NoEntitlementsAllowed: ({ title }) => ({
    kind: 'not-entitled',
    code: 'no-entitlements',
    why: `This AWS account has bought nothing of ${title} that is free for this task: buy it in AWS Marketplace with this account, or stop a task that holds what was bought.`,
  }),
  EntitlementNotAllowed: notEntitled('no-entitlements'),

  PlatformNotSupported: ({ operation }, said) => ({
    kind: 'not-supported',
    code: 'platform-not-supported',
    why: `${operation}: AWS Marketplace does not serve this platform (${said}): run it as an ECS task with a task role (Fargate or EC2), or on EKS with a role for its service account (IRSA).`,
  }),
  InvalidRegion: elsewhere,
  InvalidEndpointRegion: elsewhere,
  DisabledApi: elsewhere,
  Redirect: elsewhere,
  OptInRequired: elsewhere,

  AccessDenied: noRight,
  Authorization: noRight,
  AuthorizationError: noRight,
  NotAuthorized: noRight,
  // What a dry run says in the place of DryRunOperation: AWS documents it for the role, and may mean the account.
  Unauthorized: ({ title, action }) => ({
    kind: 'not-entitled',
    code: 'unauthorized',
    why: `AWS does not let this task use ${title}: subscribe to it in AWS Marketplace with this account, and allow ${action} on all resources in the role's policy.`,
  }),
  UnauthorizedOperation: noRight,
  InvalidProductCode: ofImage('product-code', 'AWS does not know the product code in this image'),
  InvalidPublicKeyVersion: ofImage('public-key', 'AWS does not know the public key version in this image'),
  InvalidUsageDimension: ofImage('dimension', 'AWS does not know a dimension in this image'),
  InvalidUsageAllocations: ofImage('request', 'AWS does not take what this image asks'),
  InvalidTag: ofImage('request', 'AWS does not take what this image asks'),
  InvalidParameterValue: ofImage('request', 'AWS does not take what this image asks'),
  Validation: ofImage('request', 'AWS does not take what this image asks'),
  Serialization: ofImage('request', 'AWS does not take what this image asks'),
  UnsupportedDigitalSignatureMethod: ofImage('request', 'AWS does not take what this image asks'),

  Throttling: throttled,
  ThrottlingError: throttled,
  Throttled: throttled,
  TooManyRequests: throttled,
  RequestLimitExceeded: throttled,
  RateLimitExceeded: throttled,
  LimitExceeded: throttled,
  SlowDown: throttled,
  InternalServiceError: failed,
  InternalFailure: failed,
  ServerInternal: failed,
  ServiceUnavailable: failed,
  RequestTimeout: failed,

  ExpiredToken: again('credentials', 'the credentials of the role have ended, others are fetched'),
  TimestampOutOfBounds: clockOff,
  InvalidSignature: clockOff,
  SignatureDoesNotMatch: clockOff,
  RequestExpired: clockOff,
  RequestTimeTooSkewed: clockOff,
}

/** The verdict. A name nobody documented ends the start and is shown as AWS wrote it: a retry would not change it. */
export function verdictOf(failure: CallFailure, asked: Asked): NotYet {
  const said = describeFailure(failure)
  switch (failure.kind) {
    case 'not_sent':
      return again('credentials', "the role's credentials are not there yet")(asked, said)
    case 'unreachable':
      return again(
        'unreachable',
        'AWS cannot be reached; look at the route, the security group or the VPC endpoint of the subnet',
      )(asked, said)
    case 'unexpected_status':
    case 'unexpected_body':
      return again('unreachable', 'something between here and AWS answered in its place')(asked, said)
    case 'refused': {
      const line = lineOf(failure.name)
      if (line !== undefined) return line(asked, said)
      if (failure.status >= 500) return failed(asked, said)
      return {
        kind: 'misconfigured',
        code: 'refused',
        why: `${asked.operation}: AWS refused it for a reason this image does not know (${said}): show this line to the seller of ${asked.title}.`,
      }
    }
  }
}

function lineOf(name: string): Line | undefined {
  const bare = name.replace(/Exception$/, '')
  return Object.hasOwn(LINES, bare) ? LINES[bare] : undefined
}
