/** SQS: take messages from a queue and delete those that are stored. A message not deleted comes again. */
import type { CallFailure } from '../../shared/aws/failure.ts'
import { objectOf, textMember } from '../../shared/aws/json.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { AwsAccess } from '../env.ts'
import { callAws, isObject, MARKETPLACE_REGION } from './client.ts'

/** Source: API_ReceiveMessage and API_DeleteMessageBatch, "up to 10" (2026-11-21). */
const BATCH_MAX = 10

/**
 * Ten of the largest messages SQS takes, escaped, and what stands around them: one that is not read would come again for
 * ever. Source: SQS, MaximumMessageSize up to 1048576 (2026-11-21).
 */
const RECEIVE_BODY_MAX = 24 * 1024 * 1024

const TIMEOUT_MS = 10_000

export interface QueueMessage {
  readonly id: string
  /** Deletes this message as long as it was not received again. */
  readonly receipt: string
  readonly body: string
  /** When it was put into the queue, epoch ms; null: not told. */
  readonly sentMs: number | null
}

/**
 * Up to ten messages, waiting up to `waitSeconds` for the first; empty when there is none. Nobody else gets them for
 * `hiddenSeconds`; absent: for as long as the queue says.
 */
export async function receiveMessages(
  aws: AwsAccess,
  queueUrl: string,
  waitSeconds: number,
  hiddenSeconds?: number,
): Promise<Result<readonly QueueMessage[], CallFailure>> {
  const answer = await callSqs(aws, queueUrl, 'ReceiveMessage', {
    MaxNumberOfMessages: BATCH_MAX,
    WaitTimeSeconds: waitSeconds,
    MessageSystemAttributeNames: ['SentTimestamp'],
    ...(hiddenSeconds === undefined ? {} : { VisibilityTimeout: hiddenSeconds }),
  })
  if (!answer.ok) return answer

  const list: unknown = answer.value['Messages'] ?? []
  if (!Array.isArray(list)) return err({ kind: 'unexpected_body', message: 'Messages is not a list' })
  const messages: QueueMessage[] = []
  for (const item of list) {
    if (!isObject(item)) continue
    const { MessageId: id, ReceiptHandle: receipt, Body: body } = item
    if (typeof id === 'string' && typeof receipt === 'string' && typeof body === 'string') {
      const sent = textMember(objectOf(item['Attributes']), 'SentTimestamp') ?? ''
      messages.push({ id, receipt, body, sentMs: /^\d{13}$/.test(sent) ? Number(sent) : null })
    }
  }
  return ok(messages)
}

/** Deletes up to ten messages. What the queue would not delete comes again, and is known by its event id then. */
export async function deleteMessages(
  aws: AwsAccess,
  queueUrl: string,
  messages: readonly QueueMessage[],
): Promise<Result<null, CallFailure>> {
  if (messages.length === 0) return ok(null)
  const entries = messages
    .slice(0, BATCH_MAX)
    .map((message, at) => ({ Id: String(at), ReceiptHandle: message.receipt }))
  const answer = await callSqs(aws, queueUrl, 'DeleteMessageBatch', { Entries: entries })
  return answer.ok ? ok(null) : answer
}

/** The queue's own host and Region stand in its address: `https://sqs.<region>.amazonaws.com/<account>/<name>`. */
function callSqs(aws: AwsAccess, queueUrl: string, operation: string, input: object) {
  const host = new URL(queueUrl).host
  return callAws(aws, {
    service: 'sqs',
    region: /^sqs\.([a-z0-9-]+)\.amazonaws\.com$/.exec(host)?.[1] ?? MARKETPLACE_REGION,
    host,
    target: `AmazonSQS.${operation}`,
    json: '1.0',
    body: { QueueUrl: queueUrl, ...input },
    timeoutMs: TIMEOUT_MS,
    bodyMax: RECEIVE_BODY_MAX,
  })
}
