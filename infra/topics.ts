/** Whom the stack tells, by audience: a topic of its own for each address that was given, or one that exists already. */
import * as aws from '@pulumi/aws'
import {
  ComponentResource,
  output,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from '@pulumi/pulumi'
import { documentOf } from './document.ts'
import { EVENTS_REGION } from './key.ts'
import { topicPolicy } from './policies.ts'
import type { Audience } from './settings.ts'

export interface TopicsArgs {
  readonly keyArn: Input<string>
  readonly account: string
  /** An e-mail address, an https address or the ARN of a topic in us-east-1; null: nobody is told. */
  readonly audiences: Readonly<Record<Audience, string | null>>
  /** The tech admin when the stack names none: somebody has to hear of what nobody else does. */
  readonly techAdminEmail: string
  /** True: SES tells the tech admin what came back. */
  readonly mail: boolean
}

/** Topics by audience; an audience that was left out has none. */
export type TopicArns = Readonly<Partial<Record<Audience, Output<string>>>> & {
  readonly techAdmin: Output<string>
}

const REGION = { region: EVENTS_REGION }

/**
 * Alarms reach topics of their own Region only, so all are in us-east-1. A topic that was given is used as it is: its
 * policy and its key have to take from this account's alarms, and from SES where mail is sent (docs/deploy.md). Whoever
 * was given by an address hears nothing until he has confirmed the message that SNS sends him.
 */
export class Topics extends ComponentResource {
  readonly arns: TopicArns
  /** By which the topics take from alarms and mail: there before anything sends to them. */
  readonly policies: readonly Resource[]

  constructor(name: string, args: TopicsArgs, options?: ComponentResourceOptions) {
    super('tollgate:infra:Topics', name, {}, options)
    const policies: Resource[] = []
    const arnOf = (audience: Audience, recipient: string): Output<string> => {
      if (recipient.startsWith('arn:')) return output(recipient)
      const made = ownTopic(`${name}-${NAMES[audience]}`, audience, recipient, args, this)
      policies.push(made.policy)
      return made.topic.arn
    }
    const { techAdmin, ...others } = args.audiences
    this.arns = {
      techAdmin: arnOf('techAdmin', techAdmin ?? args.techAdminEmail),
      ...Object.fromEntries(
        OTHERS.flatMap((audience) => {
          const recipient = others[audience]
          return recipient === null ? [] : [[audience, arnOf(audience, recipient)]]
        }),
      ),
    }
    this.policies = policies
    this.registerOutputs({ arns: this.arns })
  }
}

const OTHERS = ['productTeam', 'engineering', 'onCall', 'supportLead'] as const

const NAMES: Readonly<Record<Audience, string>> = {
  productTeam: 'product-team',
  engineering: 'engineering',
  onCall: 'on-call',
  supportLead: 'support-lead',
  techAdmin: 'tech-admin',
}

/** Encrypted under the stack's key; SNS signs what it sends with SHA-256. */
function ownTopic(
  name: string,
  audience: Audience,
  recipient: string,
  { keyArn, account, mail }: TopicsArgs,
  parent: Resource,
): { readonly topic: aws.sns.Topic; readonly policy: Resource } {
  const child = { parent }
  const topic = new aws.sns.Topic(
    name,
    { displayName: 'Tollgate', kmsMasterKeyId: keyArn, signatureVersion: 2, ...REGION },
    child,
  )
  const services =
    audience === 'techAdmin' && mail ? (['cloudwatch', 'ses'] as const) : (['cloudwatch'] as const)
  const policy = new aws.sns.TopicPolicy(
    `${name}-policy`,
    {
      arn: topic.arn,
      policy: documentOf({ topicArn: topic.arn, account, services }, topicPolicy),
      ...REGION,
    },
    child,
  )
  new aws.sns.TopicSubscription(
    `${name}-subscription`,
    {
      topic: topic.arn,
      protocol: recipient.startsWith('https:') ? 'https' : 'email',
      endpoint: recipient,
      ...REGION,
    },
    child,
  )
  return { topic, policy }
}
