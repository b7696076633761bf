/** What `pulumi up`, `npm run deploy`, `npm run doctor` and the Worker agree on: a stack's name, its outputs, its metrics. No logic. */

/** `live`: this environment calls BatchMeterUsage. `dry`: it does everything but that call. */
export type Metering = 'live' | 'dry'

/**
 * A stack's name: of a Worker, a database, a queue and repositories, and in the subject of the Worker's tokens. Two hyphens in
 * a row stand in no repository's name. Source: ECR, CreateRepository, repositoryName (2026-11-22).
 */
export const STACK_NAME = /^(?=.{1,32}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/
/** The same for people, after "give" or "is not". */
export const STACK_NAME_RULE =
  '1 to 32 small letters, digits and hyphens: a letter first, and no hyphen last or beside another'

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
  /** To be taken on by an application elsewhere; null: the stack's config names nobody who may. */
  readonly usageWriterRoleArn: string | null
  readonly techAdminTopicArn: string
  /** Null: no mail is sent. */
  readonly mail: MailOutputs | null
  readonly webhookUrl: string | null
  /** Where the Worker's metrics go, and the alarms look. */
  readonly metricsNamespace: string
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
  /** Each minute: 1 when every part of the Worker's cron did its work, 0 when one failed. The others come every 5 minutes. */
  heartbeat: 'Heartbeat',
  /** Calls that AWS refused or left unanswered, and records that ended unbilled, within the last hour. */
  meteringErrors: 'MeteringErrorCount',
  /** Records that wait for a person now: parked, doubtful or expired; 10 000 at most are counted. */
  parkedRecords: 'ParkedRecords',
  /**
   * Records of whose time at AWS half is over, that will not make it at the present rate, or that wait in a Worker which is
   * dry and has billed at AWS; subscriptions whose usage is held up and of which people were told within 24 h that half of
   * the time or more is over; and each Submitter that does not answer, for nothing is known of what waits there.
   */
  deadlinesInDanger: 'DeadlinesInDanger',
  /** Deliveries that were given up and wait for a person now; 10 000 at most are counted. */
  parkedDeliveries: 'ParkedDeliveries',
  /**
   * Percent of the subscriptions active and paid for 24 h ago that ended since, without another in their place. A trial
   * is not paid for until it is bought. Not written while there was none.
   */
  churn: 'ChurnRate',
  /** Percent of the trials whose time ended within 7 days that were bought; not written while none ended. */
  conversion: 'TrialConversionRate',
  /** Questions and problems that buyers sent within 24 h; 10 000 at most are counted. */
  support: 'SupportTicketCount',
} as const
