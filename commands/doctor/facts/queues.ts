/** What SQS and CloudWatch say of one queue. Reads only: no message is received. */
import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs'
import { MINUTE_MS } from '../../../shared/hour.ts'
import { ok } from '../../../shared/result.ts'
import type { Seen } from '../check.ts'
import { ask, REGION, type Aws } from './aws.ts'

export interface QueueFacts {
  readonly arn: string
  /** How many wait, about. */
  readonly waiting: number
  /** Its own or AWS's key in KMS; null: none. */
  readonly kmsKey: string | null
  /** Encrypted with a key of SQS's own. */
  readonly sqsManaged: boolean
  /** Null: nothing is set aside. */
  readonly deadLetterArn: string | null
  /** The queue's policy as text; empty: nobody but the account. */
  readonly policy: string
}

/** Null: there is no such queue. */
export async function fetchQueue({ sqs }: Aws, url: string): Promise<Seen<QueueFacts | null>> {
  const answer = await ask('sqs:GetQueueAttributes', () =>
    sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] })),
  )
  if (!answer.ok || answer.value === null) return answer.ok ? ok(null) : answer
  const of: Readonly<Record<string, string>> = answer.value.Attributes ?? {}
  return ok({
    arn: of['QueueArn'] ?? '',
    waiting: Number(of['ApproximateNumberOfMessages'] ?? 0),
    kmsKey: of['KmsMasterKeyId'] ?? null,
    sqsManaged: of['SqsManagedSseEnabled'] === 'true',
    deadLetterArn: deadLetterOf(of['RedrivePolicy']),
    policy: of['Policy'] ?? '',
  })
}

function deadLetterOf(policy: string | undefined): string | null {
  try {
    const { deadLetterTargetArn: arn }: { deadLetterTargetArn?: unknown } = JSON.parse(policy ?? '{}')
    return typeof arn === 'string' ? arn : null
  } catch {
    return null
  }
}

/** Where a queue is asked by its ARN. */
export function urlOfQueue(arn: string): string {
  const [, , , region = REGION, account = '', name = ''] = arn.split(':')
  return `https://sqs.${region}.amazonaws.com/${account}/${name}`
}

/** The ARN of a queue by where it is asked. */
export function arnOfQueue(url: string): string {
  const [account = '', name = ''] = new URL(url).pathname.slice(1).split('/')
  return `arn:aws:sqs:${REGION}:${account}:${name}`
}

/** How old the oldest message was within the last quarter of an hour, in seconds; null: SQS wrote nothing of it. */
export async function fetchOldest({ metrics }: Aws, name: string, now: number): Promise<Seen<number | null>> {
  const Metric = {
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateAgeOfOldestMessage',
    Dimensions: [{ Name: 'QueueName', Value: name }],
  }
  const answer = await ask('cloudwatch:GetMetricData', () =>
    metrics.send(
      new GetMetricDataCommand({
        StartTime: new Date(now - 15 * MINUTE_MS),
        EndTime: new Date(now),
        MetricDataQueries: [{ Id: 'oldest', MetricStat: { Metric, Period: 60, Stat: 'Maximum' } }],
      }),
    ),
  )
  if (!answer.ok) return answer
  // Newest first.
  return ok(answer.value?.MetricDataResults?.[0]?.Values?.[0] ?? null)
}
