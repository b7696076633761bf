/** The services behind the doors: what they are called on the wire, which protocol they speak, what they can do. */
import type { ApiOperation } from '../marketplace/operations.ts'

/** How a service is spoken to. Source: facts §0.1. */
export interface JsonService {
  /** The prefix of X-Amz-Target. */
  readonly target: string
  /** The service of the credential scope. */
  readonly signedAs: string
  readonly version: '1.0' | '1.1'
  /** What stands before `#` in an error's `__type`. */
  readonly namespace: string
  readonly operations: readonly ApiOperation[]
}

export const METERING: JsonService = {
  target: 'AWSMPMeteringService',
  signedAs: 'aws-marketplace',
  version: '1.1',
  namespace: 'com.amazonaws.marketplacemetering',
  operations: ['ResolveCustomer', 'BatchMeterUsage', 'MeterUsage', 'RegisterUsage'],
}

export const ENTITLEMENT: JsonService = {
  target: 'AWSMPEntitlementService',
  signedAs: 'aws-marketplace',
  version: '1.1',
  namespace: 'com.amazonaws.marketplaceentitlementservice',
  operations: ['GetEntitlements'],
}

export const AGREEMENT: JsonService = {
  target: 'AWSMPCommerceService_v20200301',
  signedAs: 'aws-marketplace',
  version: '1.0',
  namespace: 'com.amazonaws.marketplaceagreement',
  operations: ['SearchAgreements', 'DescribeAgreement', 'GetAgreementTerms', 'GetAgreementEntitlements'],
}

export const LICENSE_MANAGER: JsonService = {
  target: 'AWSLicenseManager',
  signedAs: 'license-manager',
  version: '1.1',
  namespace: 'com.amazonaws.licensemanager',
  operations: [
    'CheckoutLicense',
    'ExtendLicenseConsumption',
    'CheckInLicense',
    'GetLicense',
    'GetLicenseUsage',
    'ListReceivedLicenses',
  ],
}

export const SQS: JsonService = {
  target: 'AmazonSQS',
  signedAs: 'sqs',
  version: '1.0',
  namespace: 'com.amazonaws.sqs',
  operations: [
    'SendMessage',
    'SendMessageBatch',
    'ReceiveMessage',
    'DeleteMessage',
    'DeleteMessageBatch',
    'ChangeMessageVisibility',
    'GetQueueAttributes',
    'GetQueueUrl',
    'SetQueueAttributes',
    'StartMessageMoveTask',
    'ListMessageMoveTasks',
  ],
}

export const CLOUDWATCH: JsonService = {
  target: 'GraniteServiceVersion20100801',
  signedAs: 'monitoring',
  version: '1.0',
  namespace: 'com.amazonaws.cloudwatch',
  operations: ['PutMetricData'],
}

const SERVICES = [METERING, ENTITLEMENT, AGREEMENT, LICENSE_MANAGER, SQS, CLOUDWATCH]

/** The service and the operation of an X-Amz-Target, whatever the path: the JS SDK posts SQS to the queue's URL. */
export function readTarget(target: string): {
  readonly service: JsonService | undefined
  readonly operation: ApiOperation | undefined
} {
  const dot = target.indexOf('.')
  const service = SERVICES.find((one) => one.target === target.slice(0, dot))
  return { service, operation: service?.operations.find((name) => name === target.slice(dot + 1)) }
}

/** Names that come from AWS's front, not from a service's own model. */
const COMMON = new Set([
  'AccessDeniedException',
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'RequestEntityTooLargeException',
  'SerializationException',
  'UnknownOperationException',
  'UnrecognizedClientException',
  'ValidationException',
])

/** What stands before `#` in the `__type` of a failure. */
export const originOf = ({ namespace }: JsonService, code: string): string =>
  COMMON.has(code) ? 'com.amazon.coral.service' : namespace
