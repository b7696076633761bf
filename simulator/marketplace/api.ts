/** A call of an AWS API: who may, the faults that hit it, the quota, the operation. Pure. */
import { err } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import { searchAgreements } from './agreement-search.ts'
import { describeAgreement, getAgreementEntitlements, getAgreementTerms } from './agreement-terms.ts'
import type { ApiAnswer, ApiCall } from './commands.ts'
import type { Draft } from './draft.ts'
import { getEntitlements } from './entitlements.ts'
import { takeFault } from './faults.ts'
import { checkInLicense, checkoutLicense, extendConsumption } from './license-manager.ts'
import { getLicense, getLicenseUsage, listReceivedLicenses } from './license-views.ts'
import { sendEmail } from './mail.ts'
import { putMetricData } from './metrics.ts'
import { batchMeterUsage } from './metering.ts'
import { meterUsage } from './meter-usage.ts'
import type { Json } from './model.ts'
import { listMessageMoveTasks, setQueueAttributes, startMessageMoveTask } from './queue-redrive.ts'
import { getQueueAttributes, getQueueUrl } from './queue-attributes.ts'
import {
  changeMessageVisibility,
  deleteMessage,
  deleteMessageBatch,
  receiveMessage,
  sendMessage,
  sendMessageBatch,
} from './queues.ts'
import type { ApiOperation } from './operations.ts'
import { registerUsage } from './register-usage.ts'
import { withinQuota } from './quotas.ts'
import { resolveCustomer } from './resolve.ts'
import { assumeRole } from './sessions.ts'
import type { ApiRefusal } from './shape.ts'
import { getCredentials, getMetadata } from './task-platform.ts'
import { createTopic, listTopics, publish } from './topics.ts'

const INTERNAL: ApiRefusal & { status: 500 } = {
  status: 500,
  code: 'InternalServiceErrorException',
  message: 'An internal error has occurred. Retry your request.',
}

/** Where the licenses of AWS Marketplace are at home. */
const HOME = { Location: 'https://license-manager.us-east-1.amazonaws.com' }

/** Exceptions whose model says another status than 400. Source: service models of SES and SNS (2026-11-21). */
const STATUSES: { readonly [code: string]: number } = {
  InternalServiceErrorException: 500,
  ServerInternalException: 500,
  TooManyRequestsException: 429,
  Throttled: 429,
  NotFoundException: 404,
  NotFound: 404,
  AuthorizationError: 403,
  KMSAccessDenied: 400,
}

/**
 * Faults before the operation leave everything undone; those after it find it done. The quota comes first: what it
 * refuses draws no chance and need not be kept, and a journal without those calls replays to the same state.
 */
export function callApi(draft: Draft, call: ApiCall): ApiAnswer {
  const { operation, caller } = call
  if (!withinQuota(draft, operation, caller)) return throttled()
  if (takeFault(draft, 'throttle', operation) !== undefined) return throttled()
  const refused = takeFault(draft, 'refused', operation)
  if (refused !== undefined)
    return {
      ok: false,
      status: refused.status ?? STATUSES[refused.code] ?? 400,
      code: refused.code,
      message: 'Refused by a fault that was switched on.',
      ...(refused.code === 'RedirectException' ? { more: HOME } : {}),
      reply: 'sent',
    }
  if (takeFault(draft, 'internal_error_before_commit', operation) !== undefined)
    return { ok: false, ...INTERNAL, reply: 'sent' }

  const done = forSellerOnly(draft, call)
  const reply = takeFault(draft, 'lost_reply', operation) === undefined ? 'sent' : 'cut'
  if (!done.ok) return { ok: false, status: 400, ...done.error, reply }
  return takeFault(draft, 'internal_error_after_commit', operation) === undefined
    ? { ok: true, body: done.value, reply }
    : { ok: false, ...INTERNAL, reply }
}

const throttled = (): ApiAnswer => ({
  ok: false,
  status: 400,
  code: 'ThrottlingException',
  message: 'Rate exceeded',
  reply: 'sent',
})

/** Who one is, and becoming someone, is for everybody. */
const FOR_ALL: ReadonlySet<ApiOperation> = new Set(['GetCallerIdentity', 'AssumeRoleWithWebIdentity'])

/** A buyer's task calls these with its own role, and so does the seller's own for a test. Source: facts §5 (seller), §9.4. */
const FOR_TASKS: ReadonlySet<ApiOperation> = new Set([
  'MeterUsage',
  'RegisterUsage',
  'CheckoutLicense',
  'ExtendLicenseConsumption',
  'CheckInLicense',
  'GetLicense',
  'GetLicenseUsage',
  'ListReceivedLicenses',
  'EcsCredentials',
  'EcsMetadata',
  'InstanceMetadata',
])

/** Buyers have no business with the seller's APIs and queues. Source: facts §9.4, identity. */
function forSellerOnly(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  const { operation, caller } = call
  return FOR_ALL.has(operation) || FOR_TASKS.has(operation) || caller.account === draft.state.sellerAccount
    ? operate(draft, call)
    : err({
        code: 'AccessDeniedException',
        message: `The account ${caller.account} is not authorized to perform ${operation}: it is not the seller's.`,
      })
}

function operate(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  switch (call.operation) {
    case 'ResolveCustomer':
      return resolveCustomer(draft, call)
    case 'BatchMeterUsage':
      return batchMeterUsage(draft, call)
    case 'MeterUsage':
      return meterUsage(draft, call)
    case 'RegisterUsage':
      return registerUsage(draft, call)
    case 'GetEntitlements':
      return getEntitlements(draft, call)
    case 'CheckoutLicense':
      return checkoutLicense(draft, call)
    case 'ExtendLicenseConsumption':
      return extendConsumption(draft, call)
    case 'CheckInLicense':
      return checkInLicense(draft, call)
    case 'GetLicense':
      return getLicense(draft, call)
    case 'GetLicenseUsage':
      return getLicenseUsage(draft, call)
    case 'ListReceivedLicenses':
      return listReceivedLicenses(draft, call)
    case 'SearchAgreements':
      return searchAgreements(draft, call)
    case 'DescribeAgreement':
      return describeAgreement(draft, call)
    case 'GetAgreementTerms':
      return getAgreementTerms(draft, call)
    case 'GetAgreementEntitlements':
      return getAgreementEntitlements(draft, call)
    case 'SendMessage':
      return sendMessage(draft, call)
    case 'SendMessageBatch':
      return sendMessageBatch(draft, call)
    case 'ReceiveMessage':
      return receiveMessage(draft, call)
    case 'DeleteMessage':
      return deleteMessage(draft, call)
    case 'DeleteMessageBatch':
      return deleteMessageBatch(draft, call)
    case 'ChangeMessageVisibility':
      return changeMessageVisibility(draft, call)
    case 'GetQueueAttributes':
      return getQueueAttributes(draft, call)
    case 'GetQueueUrl':
      return getQueueUrl(draft, call)
    case 'SetQueueAttributes':
      return setQueueAttributes(draft, call)
    case 'StartMessageMoveTask':
      return startMessageMoveTask(draft, call)
    case 'ListMessageMoveTasks':
      return listMessageMoveTasks(draft, call)
    case 'GetCallerIdentity':
      return { ok: true, value: { Account: call.caller.account, Arn: call.caller.arn ?? '' } }
    case 'AssumeRoleWithWebIdentity':
      return assumeRole(draft, call)
    case 'EcsCredentials':
    case 'InstanceMetadata':
      return getCredentials(draft, call)
    case 'EcsMetadata':
      return getMetadata(draft, call)
    case 'SendEmail':
      return sendEmail(draft, call)
    case 'Publish':
      return publish(draft, call)
    case 'CreateTopic':
      return createTopic(draft, call)
    case 'ListTopics':
      return listTopics(draft, call)
    case 'PutMetricData':
      return putMetricData(draft, call)
  }
}
