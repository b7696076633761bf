/** What `pulumi up` tells `npm run deploy` and `npm run doctor`: the stack's outputs. Types only. */

/** `live`: this environment calls BatchMeterUsage. `dry`: it does everything but that call. */
export type Metering = 'live' | 'dry'

/** The outputs of the whole stack. */
export interface StackOutputs {
  /** The stack's name; the Worker's DEPLOYMENT, and in the subject of its tokens. */
  readonly deployment: string
  /** The seller's AWS account, 12 digits. */
  readonly account: string
  readonly metering: Metering
  /** Null: nothing is sold as SaaS, so there is no Worker. */
  readonly edge: EdgeOutputs | null
  /** By product key: where the seller's own images go. */
  readonly repositories: Readonly<Record<string, string>>
  /** The role that pushes images to AWS Marketplace's registry and sends change sets; null: no CI was named. */
  readonly publisherRoleArn: string | null
}

/** All that the Worker's deployment needs of AWS. What is secret here is secret in the stack's state too. */
export interface EdgeOutputs {
  /** An origin: the Worker's own name, and the issuer of its tokens to the letter. */
  readonly publicUrl: string
  readonly credentials: EdgeCredentials
  readonly eventsQueueUrl: string
  /** Secret. What EventBridge sends as its key now, and the one before it while a rotation lasts. */
  readonly eventsPushKeys: readonly string[]
  /** Topics of legacy products. */
  readonly legacyTopicArns: readonly string[]
  /** Null: no product is metered. */
  readonly usageQueueUrl: string | null
  /** To be attached to the role of the seller's application; null: no product is metered. */
  readonly usageWriterPolicyArn: string | null
  readonly techAdminTopicArn: string
  /** Null: no mail is sent. */
  readonly mail: MailOutputs | null
  readonly webhookUrl: string | null
  /** Where the Worker's metrics go; null: there are no alarms to feed. */
  readonly metricsNamespace: string | null
  /** Who says that this stack may meter, by name; empty in a dry stack. */
  readonly liveParameters: readonly string[]
  /** Null: CLOUDFLARE_ACCOUNT_ID says it. */
  readonly cloudflareAccount: string | null
}

export type EdgeCredentials =
  | { readonly kind: 'role'; readonly roleArn: string; readonly providerArn: string }
  /** The secret access key is secret. */
  | { readonly kind: 'user'; readonly accessKeyId: string; readonly secretAccessKey: string }

export interface MailOutputs {
  readonly from: string
  readonly domain: string
  readonly configurationSet: string
  /** CNAMEs that prove the domain to SES. */
  readonly dnsRecords: readonly { readonly name: string; readonly value: string }[]
}

/** The Worker's metrics in CloudWatch: written by worker/metrics, watched by infra/alarms.ts. */
export const METRICS = {
  namespace: 'Tollgate',
  /** Its one dimension: the deployment. */
  dimension: 'Deployment',
  /** 1 each time the Worker's cron ran to its end. */
  heartbeat: 'Heartbeat',
  /** Records and calls that AWS refused or that found no answer, since the last time. */
  meteringErrors: 'MeteringErrorCount',
  /** Records that wait for a person: parked, doubtful or expired. */
  parkedRecords: 'ParkedRecords',
  /** Subscriptions and lines of which usage may miss AWS's window or the month. */
  deadlinesInDanger: 'DeadlinesInDanger',
  /** Deliveries that were given up. */
  parkedDeliveries: 'ParkedDeliveries',
  /** Percent of the subscriptions active 24 h ago that have ended since. */
  churn: 'ChurnRate',
  /** Percent of the trials that ended within 7 days that became paid; not written while none ended. */
  conversion: 'TrialConversionRate',
  /** Questions and bugs that came within 24 h. */
  support: 'SupportTicketCount',
} as const
