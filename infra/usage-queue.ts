/** Where the seller's application inside AWS reports usage, without a key of Tollgate's: a queue, and who may write to it. */
import * as aws from '@pulumi/aws'
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi'
import { documentOf, textOf } from './document.ts'
import { usageWriter, writerTrust } from './policies.ts'
import { keptQueue } from './queue.ts'

export interface UsageQueueArgs {
  readonly key: aws.kms.Key
  /** ARNs of roles and 12-digit accounts that may take on the writer's role; empty: there is a policy alone. */
  readonly writers: readonly string[]
  /** A queue that exists already, in us-east-1; null: one is made. */
  readonly adoptQueueUrl: string | null
}

export class UsageQueue extends ComponentResource {
  readonly queueUrl: Output<string>
  readonly queueArn: Output<string>
  readonly queueName: Output<string>
  readonly deadLetterName: Output<string>
  /** To be attached to the role of an application in this account. */
  readonly writerPolicyArn: Output<string>
  /** Null: nobody was named who may take it on. */
  readonly writerRoleArn: Output<string> | null

  constructor(name: string, args: UsageQueueArgs, options?: ComponentResourceOptions) {
    super('tollgate:infra:UsageQueue', name, {}, options)
    const child = { parent: this }
    const { key, writers, adoptQueueUrl } = args
    const { queue, deadLetters } = keptQueue(name, { key, adoptQueueUrl, parent: this })

    const writer = new aws.iam.Policy(
      `${name}-writer`,
      {
        description: 'Reports usage to Tollgate',
        policy: documentOf({ queueArn: queue.arn, keyArn: key.arn }, usageWriter),
      },
      child,
    )
    this.writerRoleArn = writers.length === 0 ? null : writerRole(`${name}-writer`, writers, writer, this)

    this.queueUrl = queue.url
    this.queueArn = queue.arn
    this.queueName = queue.name
    this.deadLetterName = deadLetters.name
    this.writerPolicyArn = writer.arn
    this.registerOutputs({ queueUrl: this.queueUrl, writerPolicyArn: this.writerPolicyArn })
  }
}

/** For an application elsewhere: in another account, or one whose own role is not to be touched. */
function writerRole(
  name: string,
  principals: readonly string[],
  policy: aws.iam.Policy,
  parent: UsageQueue,
): Output<string> {
  const role = new aws.iam.Role(
    `${name}-role`,
    {
      description: 'Taken on by an application that reports usage',
      assumeRolePolicy: textOf(writerTrust({ principals })),
    },
    { parent },
  )
  new aws.iam.RolePolicyAttachment(
    `${name}-role-policy`,
    { role: role.name, policyArn: policy.arn },
    { parent },
  )
  return role.arn
}
