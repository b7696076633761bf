/** How the seller's AWS account is asked: a client of each service in us-east-1, and why an answer is missing. Reads only. */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { IAMClient } from '@aws-sdk/client-iam'
import { SESv2Client } from '@aws-sdk/client-sesv2'
import { SNSClient } from '@aws-sdk/client-sns'
import { SQSClient } from '@aws-sdk/client-sqs'
import { SSMClient } from '@aws-sdk/client-ssm'
import { STSClient } from '@aws-sdk/client-sts'
import { ok } from '../../../shared/result.ts'
import { unseen, type Seen } from '../check.ts'

/** Marketplace's events are of this Region only, and the stack's queues, rules and alarms with them. */
export const REGION = 'us-east-1'

/** Where AWS is and whose credentials sign, where the environment is not to say it. */
export interface AwsPlace {
  readonly endpoint: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

/** The clients, by the SDK's own chain of credentials where no `place` is given; an answer that takes longer is none. */
export function openAws(place?: AwsPlace) {
  const options = {
    ...place,
    region: REGION,
    maxAttempts: 2,
    requestHandler: { requestTimeout: 10_000, connectionTimeout: 5_000 },
  }
  return {
    sts: new STSClient(options),
    // The URL's own host would be asked in place of AWS_ENDPOINT_URL.
    sqs: new SQSClient({ ...options, useQueueUrlAsEndpoint: false }),
    events: new EventBridgeClient(options),
    iam: new IAMClient(options),
    ses: new SESv2Client(options),
    ssm: new SSMClient(options),
    sns: new SNSClient(options),
    metrics: new CloudWatchClient(options),
  }
}

export type Aws = ReturnType<typeof openAws>

/** AWS's exceptions for what does not exist. */
const MISSING = new Set([
  'NoSuchEntity',
  'NoSuchEntityException',
  'NotFoundException',
  'ParameterNotFound',
  'QueueDoesNotExist',
  'AWS.SimpleQueueService.NonExistentQueue',
  'ResourceNotFoundException',
])

/** What AWS answers to `action`; null: it says that there is no such thing. */
export async function ask<T>(action: string, call: () => Promise<T>): Promise<Seen<T | null>> {
  try {
    return ok(await call())
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause
    return MISSING.has(cause.name) ? ok(null) : unseenOf(action, cause)
  }
}

function unseenOf(action: string, cause: Error): Seen<never> {
  const { name } = cause
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError')
    return unseen(
      `there are no AWS credentials here (${cause.message.slice(0, 200)})`,
      'set AWS_PROFILE, or sign in with `aws sso login`, and run the doctor again',
    )
  if (/AccessDenied|AuthorizationError|NotAuthorized|UnauthorizedOperation/.test(name))
    return unseen(
      `these AWS credentials may not ${action}`,
      `run the doctor with credentials that may, such as those of \`pulumi up\``,
    )
  if (
    /ExpiredToken|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature/.test(name)
  )
    return unseen(
      `AWS does not take these credentials (${name})`,
      'sign in again, as with `aws sso login`, and see that this machine’s clock is right',
    )
  return unseen(
    `AWS did not answer ${action} (${codeOf(cause)})`,
    'run the doctor again; if it stays, see health.aws.amazon.com and this machine’s network',
  )
}

function codeOf(cause: Error): string {
  const code = 'code' in cause ? cause.code : undefined
  return typeof code === 'string' ? code : cause.name
}
