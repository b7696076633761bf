/** What differs between environments: the stack's config under `tollgate:`, read once, all that is wrong named together. */
import type { Metering } from '../shared/stack.ts'

export interface StackSettings {
  /** The stack's name: the Worker's DEPLOYMENT. */
  readonly stack: string
  /** Where repositories and services are; queues, rules and alarms are in us-east-1 whatever it says. */
  readonly region: string
  readonly metering: Metering
  /** The Worker's own origin; null: nothing is sold as SaaS. */
  readonly publicUrl: string | null
  /** How the Worker signs: a role that its own tokens take on, or a user's lasting key. */
  readonly edgeCredentials: 'role' | 'user'
  readonly cloudflareAccount: string | null
  readonly webhookUrl: string | null
  readonly mailFrom: string | null
  /** Counts rotations of the key that EventBridge sends; 1 at first. */
  readonly pushKeyVersion: number
  /** Roles and accounts of the seller's application that may take on the writer's role. */
  readonly usageWriters: readonly string[]
  /** Whom each audience's alarms go to: an e-mail address, an https address or a topic's ARN; null: nobody. */
  readonly audiences: Readonly<Record<Audience, string | null>>
  /** Days that logs are kept: one of CloudWatch's own numbers. */
  readonly logDays: number
  /** Accounts of the seller's that may pull images, beside this one. */
  readonly pullAccounts: readonly string[]
  /** What exists already and is taken over: repository name by product key, queue URL. */
  readonly adopt: {
    readonly repositories: Readonly<Record<string, string>>
    readonly eventsQueue: string | null
    readonly usageQueue: string | null
  }
  /** Null: the seller runs no task of its own container. */
  readonly service: ServiceSettings | null
  /** Null: nobody publishes from CI. */
  readonly publisher: PublisherSettings | null
}

/** Who alarms are for. `techAdmin` is told by the Worker too, and of bounces. */
export type Audience = 'productTeam' | 'engineering' | 'onCall' | 'supportLead' | 'techAdmin'

export interface ServiceSettings {
  /** Product key of the container; the image is of its repository. */
  readonly product: string
  /** `sha256:…` or a tag; tags are immutable. */
  readonly image: string
  readonly architecture: 'X86_64' | 'ARM64'
  /** Fargate's own numbers, as text: CPU units and MiB. */
  readonly cpu: string
  readonly memory: string
  readonly minTasks: number
  readonly maxTasks: number
  /** Given subnets and their VPC; null: a VPC is made. */
  readonly network: { readonly vpcId: string; readonly subnetIds: readonly string[] } | null
  /** Environment variables of the task from Secrets Manager or SSM, by name: ARNs. */
  readonly secrets: Readonly<Record<string, string>>
}

export interface PublisherSettings {
  /** `owner/name` at GitHub. */
  readonly repository: string
  readonly environment: string
  /** The account's provider for GitHub when there is one already; null: it is made. */
  readonly providerArn: string | null
  /** Of the seller's repositories at AWS Marketplace; null: this seller has none yet. */
  readonly marketplacePrefix: string | null
}
