/**
 * How AWS Marketplace's events come: by a queue that is always on, and within a second by the Worker's push door. All of it
 * in us-east-1, where the events are, whatever the stack's Region. Source: facts, aws-runtime §5.5 (2026-11-21).
 */
import * as aws from '@pulumi/aws'
import {
  ComponentResource,
  jsonStringify,
  output,
  secret,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from '@pulumi/pulumi'
import { RandomPassword } from '@pulumi/random'
import { documentOf } from './document.ts'
import { EVENTS_REGION } from './key.ts'
import type { LegacyTopics } from './parts.ts'
import { deliveryPolicy, pushInvoke, pushTrust } from './policies.ts'
import { allowRedrive, deadLetterQueue, keptQueue, type KeptQueue } from './queue.ts'

export interface NotificationsArgs {
  readonly key: aws.kms.Key
  readonly account: string
  /** The Worker's origin. */
  readonly publicUrl: string
  /** Counts rotations; the key of this number is sent, and the one before it is taken too. */
  readonly pushKeyVersion: number
  readonly legacy: readonly LegacyTopics[]
  /** A queue that exists already, in us-east-1; null: one is made. */
  readonly adoptQueueUrl: string | null
}

/** Any event of the source: what the Worker does not know, it keeps. Source: facts, aws-runtime §5.3 (2026-11-21). */
const PATTERN = { source: ['aws.agreement-marketplace'] }

/** A day: the longest that EventBridge tries. Source: EventBridge, "Retry policy" (2026-11-21). */
const RETRY = { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 }

/** Letters and digits, for a comma parts two keys (worker/env.ts, EVENTS_PUSH_KEYS). */
const PUSH_KEY = { length: 48, special: false }

/** What is more waits at EventBridge; the queue has it anyway. */
const PUSHES_A_SECOND = 10

const REGION = { region: EVENTS_REGION }

export class Notifications extends ComponentResource {
  readonly queueUrl: Output<string>
  readonly queueArn: Output<string>
  readonly queueName: Output<string>
  /** `queue`: what the Worker could not store or AWS not deliver. `push`: what only the push missed. */
  readonly deadLetterNames: { readonly queue: Output<string>; readonly push: Output<string> }
  readonly ruleName: Output<string>
  /** Secret: the one that is sent first. */
  readonly pushKeys: Output<string[]>

  constructor(name: string, args: NotificationsArgs, options?: ComponentResourceOptions) {
    super('tollgate:infra:Notifications', name, {}, options)
    const { key, adoptQueueUrl } = args
    const kept = keptQueue(name, { key, adoptQueueUrl, parent: this })
    const rule = new aws.cloudwatch.EventRule(
      `${name}-rule`,
      {
        description: 'What AWS Marketplace says of purchases, to Tollgate',
        eventPattern: JSON.stringify(PATTERN),
        state: 'ENABLED',
        ...REGION,
      },
      { parent: this },
    )
    const toQueue = passOn(name, rule, kept, args.legacy, this)
    for (const topics of args.legacy) hear(name, topics, kept, toQueue, this)

    const keys = pushKeyVersions(args.pushKeyVersion).map(
      (version) => new RandomPassword(`${name}-push-key-${version}`, PUSH_KEY, { parent: this }).result,
    )
    const door = pushDoor(name, `${args.publicUrl}/v1/events/aws`, keys[0] ?? '', this)
    const pushDeadLetters = deadLetterQueue(`${name}-push-dead-letters`, key, this)
    push(name, { account: args.account, rule, door, deadLetters: pushDeadLetters, parent: this })

    this.queueUrl = kept.queue.url
    this.queueArn = kept.queue.arn
    this.queueName = kept.queue.name
    this.deadLetterNames = { queue: kept.deadLetters.name, push: pushDeadLetters.name }
    this.ruleName = rule.name
    this.pushKeys = secret(output(keys))
    this.registerOutputs({ queueUrl: this.queueUrl, ruleName: this.ruleName })
  }
}

/** The one that is sent, and the one before it, which AWS may still send while a rotation lasts. */
const pushKeyVersions = (version: number): readonly number[] => (version > 1 ? [version, version - 1] : [1])

/** Rule to queue. Answers the policies by which the queue and its dead letters take, from the rule and the topics. */
function passOn(
  name: string,
  rule: aws.cloudwatch.EventRule,
  { queue, deadLetters }: KeptQueue,
  legacy: readonly LegacyTopics[],
  parent: Resource,
): readonly Resource[] {
  const topicArns = legacy.flatMap(({ arns }) => arns)
  const taken = [
    takesFrom(`${name}-queue-policy`, queue, rule, topicArns, parent),
    takesFrom(`${name}-dead-letters-policy`, deadLetters, rule, topicArns, parent),
  ]
  // No role: EventBridge writes to a queue by the queue's own policy.
  const target = { rule: rule.name, arn: queue.arn, ...keeping(deadLetters) }
  new aws.cloudwatch.EventTarget(`${name}-queue-target`, target, { parent, dependsOn: taken })
  return taken
}

/** A legacy product's topics to the queue, in SNS's envelope: by it the Worker checks the topic's name. */
function hear(
  name: string,
  { product, arns }: LegacyTopics,
  { queue, deadLetters }: KeptQueue,
  taken: readonly Resource[],
  parent: Resource,
): void {
  for (const topic of arns)
    new aws.sns.TopicSubscription(
      `${name}-legacy-${product}-${kindOf(topic)}`,
      {
        topic,
        protocol: 'sqs',
        endpoint: queue.arn,
        rawMessageDelivery: false,
        redrivePolicy: jsonStringify({ deadLetterTargetArn: deadLetters.arn }),
        ...REGION,
      },
      { parent, dependsOn: [...taken] },
    )
}

const kindOf = (topicArn: string): 'subscription' | 'entitlement' =>
  topicArn.includes('-entitlement-notification-') ? 'entitlement' : 'subscription'

/** The Worker's door as EventBridge knows it: where it is, and the key that opens it. */
function pushDoor(
  name: string,
  invocationEndpoint: string,
  pushKey: Input<string>,
  parent: Resource,
): aws.cloudwatch.EventApiDestination {
  const connection = new aws.cloudwatch.EventConnection(
    `${name}-push-connection`,
    {
      description: "Opens the Worker's push door",
      authorizationType: 'API_KEY',
      authParameters: { apiKey: { key: 'x-api-key', value: secret(pushKey) } },
      ...REGION,
    },
    { parent },
  )
  return new aws.cloudwatch.EventApiDestination(
    `${name}-push-destination`,
    {
      description: "The Worker's push door",
      connectionArn: connection.arn,
      httpMethod: 'POST',
      invocationEndpoint,
      invocationRateLimitPerSecond: PUSHES_A_SECOND,
      ...REGION,
    },
    { parent },
  )
}

interface Push {
  readonly account: string
  readonly rule: aws.cloudwatch.EventRule
  readonly door: aws.cloudwatch.EventApiDestination
  readonly deadLetters: aws.sqs.Queue
  readonly parent: Resource
}

/** Rule to door, by a role that may do nothing else. */
function push(name: string, { account, rule, door, deadLetters, parent }: Push): void {
  const role = new aws.iam.Role(
    `${name}-push-role`,
    {
      description: "EventBridge, at the Worker's push door",
      assumeRolePolicy: documentOf({ account, ruleArn: rule.arn }, pushTrust),
    },
    { parent },
  )
  const policy = documentOf({ destinationArn: door.arn }, pushInvoke)
  const invoke = new aws.iam.RolePolicy(`${name}-push-invoke`, { role: role.name, policy }, { parent })
  allowRedrive(`${name}-push-dead-letters-of`, deadLetters, null, parent)
  const taken = takesFrom(`${name}-push-dead-letters-policy`, deadLetters, rule, [], parent)
  new aws.cloudwatch.EventTarget(
    `${name}-push-target`,
    { rule: rule.name, arn: door.arn, roleArn: role.arn, ...keeping(deadLetters) },
    { parent, dependsOn: [invoke, taken] },
  )
}

/** What a target is left with where it cannot deliver. */
const keeping = (deadLetters: aws.sqs.Queue) => ({
  deadLetterConfig: { arn: deadLetters.arn },
  retryPolicy: RETRY,
  ...REGION,
})

function takesFrom(
  name: string,
  queue: aws.sqs.Queue,
  rule: aws.cloudwatch.EventRule,
  topicArns: readonly string[],
  parent: Resource,
): Resource {
  const policy = documentOf({ queueArn: queue.arn, ruleArn: rule.arn, topicArns }, deliveryPolicy)
  return new aws.sqs.QueuePolicy(name, { queueUrl: queue.url, policy, ...REGION }, { parent })
}
