/** Whom alarms and the Worker tell: a topic for each audience that is named. In us-east-1, where the alarms are. */
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
  /** An e-mail address, an https address or the ARN of a topic that exists; null: nobody. */
  readonly audiences: Readonly<Record<Audience, string | null>>
  /** Who the tech admin is where the stack names nobody. */
  readonly techAdminEmail: string
  readonly keyArn: Input<string>
  readonly account: string
}

type Arns = Readonly<Partial<Record<Audience, Output<string>>>>

const REGION = { region: EVENTS_REGION }

export class Topics extends ComponentResource {
  /** By audience; an audience that was left out has none. */
  readonly arns: Arns & { readonly techAdmin: Output<string> }
  /** By which the topics take from CloudWatch and SES. */
  readonly policies: readonly Resource[]

  constructor(name: string, args: TopicsArgs, options?: ComponentResourceOptions) {
    super('tollgate:infra:Topics', name, {}, options)
    const policies: Resource[] = []
    const arnOf = (audience: Audience, recipient: string): Output<string> => {
      if (recipient.startsWith('arn:')) return output(recipient)
      const of = `${name}-${KEBAB[audience]}`
      const topic = new aws.sns.Topic(of, { kmsMasterKeyId: args.keyArn, ...REGION }, { parent: this })
      const services = audience === 'techAdmin' ? (['cloudwatch', 'ses'] as const) : (['cloudwatch'] as const)
      const policy = documentOf({ topicArn: topic.arn }, ({ topicArn }) =>
        topicPolicy({ topicArn, account: args.account, services }),
      )
      policies.push(
        new aws.sns.TopicPolicy(`${of}-policy`, { arn: topic.arn, policy, ...REGION }, { parent: this }),
      )
      const protocol = recipient.startsWith('https:') ? 'https' : 'email'
      new aws.sns.TopicSubscription(
        `${of}-recipient`,
        { topic: topic.arn, protocol, endpoint: recipient, ...REGION },
        { parent: this },
      )
      return topic.arn
    }

    const { techAdmin, ...others } = args.audiences
    this.arns = {
      ...mapNamed(others, arnOf),
      techAdmin: arnOf('techAdmin', techAdmin ?? args.techAdminEmail),
    }
    this.policies = policies
    this.registerOutputs({ arns: this.arns })
  }
}

const KEBAB: Readonly<Record<Audience, string>> = {
  productTeam: 'product-team',
  engineering: 'engineering',
  onCall: 'on-call',
  supportLead: 'support-lead',
  techAdmin: 'tech-admin',
}

function mapNamed(
  recipients: Readonly<Record<Exclude<Audience, 'techAdmin'>, string | null>>,
  arnOf: (audience: Audience, recipient: string) => Output<string>,
): Arns {
  const audiences = ['productTeam', 'engineering', 'onCall', 'supportLead'] as const
  return Object.fromEntries(
    audiences.flatMap((audience) => {
      const recipient = recipients[audience]
      return recipient === null ? [] : [[audience, arnOf(audience, recipient)]]
    }),
  )
}
