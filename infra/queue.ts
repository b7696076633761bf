/** A queue in us-east-1 that keeps what it took for two weeks, and its dead letters: encrypted, and never deleted by an `up`. */
import * as aws from '@pulumi/aws'
import { jsonStringify, type Resource } from '@pulumi/pulumi'
import { EVENTS_REGION, KEPT } from './key.ts'

/** The longest that SQS has. Dead letters count from when they were first sent. */
const RETENTION_SECONDS = 14 * 86_400

/** How long what was received is one reader's: far longer than the Worker takes to store and delete ten messages. */
const HIDDEN_SECONDS = 120

/**
 * The Worker asks each minute, so a message comes again every two: a day in which nothing can be stored puts none aside.
 * What is put aside then is what no repetition helps; nobody may lose a day's usage to an outage.
 */
const RECEIVES_MAX = 720

/** The largest message of SQS; the Worker reads ten of them at once. Source: SQS, MaximumMessageSize (2026-11-21). */
const MESSAGE_BYTES_MAX = 1024 * 1024

/**
 * What an adopted queue keeps of its own: an import has to agree with AWS to the letter, so no `up` changes these.
 * Whoever adopts sets them once: the stack's key, and the numbers above (docs/deploy.md).
 */
const OWN = [
  'delaySeconds',
  'kmsDataKeyReusePeriodSeconds',
  'kmsMasterKeyId',
  'maxMessageSize',
  'messageRetentionSeconds',
  'receiveWaitTimeSeconds',
  'sqsManagedSseEnabled',
  'tags',
  'visibilityTimeoutSeconds',
]

export interface KeptQueueArgs {
  readonly key: aws.kms.Key
  /** The address of a queue that exists already and is taken over with its messages; null: one is made. */
  readonly adoptQueueUrl: string | null
  readonly parent: Resource
}

export interface KeptQueue {
  readonly queue: aws.sqs.Queue
  /** What was received too often; to be looked at by a person, and moved back by SQS itself. */
  readonly deadLetters: aws.sqs.Queue
}

/** `<name>-queue` and `<name>-dead-letters`. */
export function keptQueue(name: string, { key, adoptQueueUrl, parent }: KeptQueueArgs): KeptQueue {
  const child = { parent }
  const deadLetters = deadLetterQueue(`${name}-dead-letters`, key, parent)
  const queue = new aws.sqs.Queue(
    `${name}-queue`,
    {
      ...settingsOf(key),
      visibilityTimeoutSeconds: HIDDEN_SECONDS,
      ...(adoptQueueUrl === null ? {} : { name: queueNameIn(adoptQueueUrl) }),
    },
    { ...child, ...KEPT, ...(adoptQueueUrl === null ? {} : adopted(adoptQueueUrl)) },
  )
  // Resources of their own, so that an adopted queue gets them too.
  new aws.sqs.RedrivePolicy(
    `${name}-redrive`,
    {
      queueUrl: queue.url,
      redrivePolicy: jsonStringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: RECEIVES_MAX }),
      region: EVENTS_REGION,
    },
    child,
  )
  allowRedrive(`${name}-dead-letters-of`, deadLetters, queue, parent)
  return { queue, deadLetters }
}

/**
 * Without its Region behind it an id is looked for in the provider's, which is the stack's own.
 * Source: Pulumi, AWS provider, "Enhanced Region Support", import (2026-11-22).
 */
const adopted = (url: string) => ({ import: `${url}@${EVENTS_REGION}`, ignoreChanges: OWN })

/** Where AWS leaves what it could not deliver at all, or what was received too often. */
export const deadLetterQueue = (name: string, key: aws.kms.Key, parent: Resource): aws.sqs.Queue =>
  new aws.sqs.Queue(name, settingsOf(key), { parent, ...KEPT })

/** Which queue may put messages aside there; null: none may. */
export function allowRedrive(
  name: string,
  deadLetters: aws.sqs.Queue,
  source: aws.sqs.Queue | null,
  parent: Resource,
): void {
  const allowed =
    source === null
      ? { redrivePermission: 'denyAll' }
      : { redrivePermission: 'byQueue', sourceQueueArns: [source.arn] }
  new aws.sqs.RedriveAllowPolicy(
    name,
    { queueUrl: deadLetters.url, redriveAllowPolicy: jsonStringify(allowed), region: EVENTS_REGION },
    { parent },
  )
}

const settingsOf = (key: aws.kms.Key) => ({
  kmsMasterKeyId: key.arn,
  messageRetentionSeconds: RETENTION_SECONDS,
  maxMessageSize: MESSAGE_BYTES_MAX,
  region: EVENTS_REGION,
})

/** `https://sqs.us-east-1.amazonaws.com/<account>/<name>`. */
const queueNameIn = (url: string): string => new URL(url).pathname.split('/').at(-1) ?? ''
