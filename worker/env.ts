/** Bindings and settings of the Worker, read once at the entry. Nothing below the entry reads an environment. */
import type { CallFailure } from '../shared/aws/failure.ts'
import type { Clocks } from '../shared/clock.ts'
import { err, ok, type Result } from '../shared/result.ts'
import type { EdgeView } from '../shared/seller/views.ts'
import type { Metering } from '../shared/stack.ts'
import { decodeBase64, isLoopbackHost } from './web.ts'

/** Credentials of AWS while they last. They sign calls and are nowhere else: in no log, error or page. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** How AWS is called: with the credentials of the moment, and where. Every caller is handed this (`edge.aws`). */
export interface AwsAccess {
  /** Those in force now; when there are none, a failure that says nothing was sent. */
  readonly credentials: () => Promise<Result<Credentials, CallFailure>>
  /** Every call goes here instead of to AWS's own hosts; absent in production. */
  readonly endpoint?: string
}

/** Who the Worker is to AWS (worker/identity/access.ts makes an `AwsAccess` of it): a role its identity takes on, or a lasting key. */
export type AwsSettings = ({ readonly role: Role } | { readonly keys: Credentials }) & {
  readonly endpoint?: string
}

/** The role, and what the tokens say that it trusts: IAM compares both to the letter. */
export interface Role {
  readonly arn: string
  /** PUBLIC_URL. */
  readonly issuer: string
  /** `worker:` and the name of the deployment. */
  readonly subject: string
}

export interface Settings {
  readonly db: D1Database
  readonly ledgers: Env['LEDGER']
  readonly submitters: Env['SUBMITTER']
  readonly audit: Env['AUDIT']
  readonly identities: Env['IDENTITY']
  /** `dry`: usage is counted and settled, and AWS is never told of it. */
  readonly metering: Metering
  /** Of what is deployed, Cloudflare's id; absent on one machine. */
  readonly version?: string
  /** At least 32 bytes. */
  readonly sessionSecret: Uint8Array<ArrayBuffer>
  /** For `openAws` alone: calls are made with `edge.aws`. */
  readonly aws: AwsSettings
  /** The Worker's own address, an origin; exactly this is the issuer of its tokens. Absent: it issues none, and nothing links to it. */
  readonly publicUrl?: string
  readonly eventsQueueUrl: string
  /** What EventBridge's API destination may send as its key, each in force; absent: events come by the queue alone. */
  readonly eventsPushKeys?: readonly string[]
  /** Topics of legacy products that are trusted beside AWS Marketplace's own. */
  readonly legacyTopics?: readonly string[]
  /** Where applications inside AWS report usage by SQS; absent: they do not. */
  readonly usageQueueUrl?: string
  /** SHA-256 of the operator's key, 64 hex digits; absent: the operator's routes answer nobody. */
  readonly operatorKeyHash?: string
  /** The same of the key by which a deploy looks at what it made (GET /v1/operator/check, nothing else); absent: there is none. */
  readonly deployKeyHash?: string
  /** Where the seller's application takes webhooks; absent: it takes none. */
  readonly webhookUrl?: string
  /** Whom the people who run this are told by; absent: nobody is told. */
  readonly techAdminTopicArn?: string
  /** The sender of mail to buyers; absent: no mail is sent. */
  readonly mailFrom?: string
  readonly mailConfigurationSet?: string
  /** Where the deployment's metrics go; absent: nowhere. */
  readonly metrics?: MetricsSettings
  /** Carries ids of deliveries to send now; absent: the clock alone sends them. */
  readonly deliveries?: Queue<DeliveryMessage>
}

export interface MetricsSettings {
  readonly namespace: string
  /** Tells the deployments of one account apart. */
  readonly deployment: string
}

/** What the queue of deliveries carries: which to send. All else stands in the outbox. */
export interface DeliveryMessage {
  readonly id: string
}

/** Names of what is not there and of what is there but unusable; never a value. */
export interface BadSettings {
  readonly missing: readonly string[]
  readonly malformed: readonly string[]
}

/** What every part of the Worker is given: its settings, what is sold, and its clocks. */
export interface Edge {
  readonly settings: Settings
  readonly seller: EdgeView
  readonly clocks: Clocks
  readonly aws: AwsAccess
  /** How long a receive may wait at the queue, in seconds: 0 asks and goes. */
  readonly queueWaitSeconds: number
  /** Waits in wall time, between calls that AWS counts by the second; absent: nobody counts. */
  readonly pause?: (ms: number) => Promise<void>
  /** Webhooks may go to this machine: in development only. */
  readonly localReceivers?: true
}

/** Without a queue the clock alone sends deliveries; a version has only what is deployed. */
type Bindings = Omit<Env, MayBeAbsent> & Partial<Pick<Env, MayBeAbsent>>
type MayBeAbsent = 'DELIVERIES' | 'CF_VERSION_METADATA'

/** Reads everything and names all that is missing or malformed together. A secret has no default. */
export function readSettings(env: Bindings): Result<Settings, BadSettings> {
  const all = env as Bindings & Readonly<Record<string, unknown>>
  const missing: string[] = []
  const malformed: string[] = []

  const optional = (name: string, fits: (text: string) => boolean): string | undefined => {
    const value = all[name]
    if (value === undefined || value === '') return undefined
    if (typeof value === 'string' && fits(value)) return value
    malformed.push(name)
    return ''
  }
  const required = (name: string, fits: (text: string) => boolean): string => {
    const value = optional(name, fits)
    if (value === undefined) missing.push(name)
    return value ?? ''
  }

  for (const name of ['DB', 'LEDGER', 'SUBMITTER', 'AUDIT', 'IDENTITY']) if (!all[name]) missing.push(name)
  const metering = required('METERING', isMetering)
  const secret = required('SESSION_SECRET', (text) => (decodeBase64(text)?.length ?? 0) >= 32)
  const roleArn = optional('AWS_ROLE_ARN', (text) =>
    /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/.test(text),
  )
  const publicUrl = (roleArn === undefined ? optional : required)('PUBLIC_URL', isPublicUrl)
  const deployment = optional('DEPLOYMENT', (text) => /^[\w-]{1,32}$/.test(text)) ?? 'production'
  // With a role there is no key to read, whatever is set.
  const key = roleArn === undefined ? required : () => ''
  const accessKeyId = key('AWS_ACCESS_KEY_ID', (text) => /^\w{16,128}$/.test(text))
  const secretAccessKey = key('AWS_SECRET_ACCESS_KEY', (text) => /^\S{16,}$/.test(text))
  const sessionToken =
    roleArn === undefined ? optional('AWS_SESSION_TOKEN', (text) => /^\S+$/.test(text)) : undefined
  const endpoint = optional('AWS_ENDPOINT', isEndpoint)
  const eventsQueueUrl = required('EVENTS_QUEUE_URL', isQueueUrl)
  const usageQueueUrl = optional('USAGE_QUEUE_URL', isQueueUrl)
  const eventsPushKeys = optional('EVENTS_PUSH_KEYS', (text) =>
    /^[!-+\--~]{16,512}(,[!-+\--~]{16,512})?$/.test(text),
  )
  const legacyTopics = optional('LEGACY_TOPIC_ARNS', (text) => text.split(',').every(isTopic))
  const operatorKeyHash = optional('OPERATOR_KEY_HASH', isSha256)
  const deployKeyHash = optional('DEPLOY_KEY_HASH', isSha256)
  const webhookUrl = optional('WEBHOOK_URL', isReceiver)
  const techAdminTopicArn = optional('TECH_ADMIN_TOPIC_ARN', isTopic)
  const mailFrom = optional('MAIL_FROM', isSender)
  const mailConfigurationSet = optional('MAIL_CONFIGURATION_SET', (text) => /^[\w-]{1,64}$/.test(text))
  const namespace = optional('METRICS_NAMESPACE', (text) =>
    /^(?!AWS\/)[\w.\-/#][\w.\-/#:]{0,254}$/.test(text),
  )
  if (missing.length > 0 || malformed.length > 0) return err({ missing, malformed })

  return ok({
    db: env.DB,
    ledgers: env.LEDGER,
    submitters: env.SUBMITTER,
    audit: env.AUDIT,
    identities: env.IDENTITY,
    metering: metering === 'live' ? 'live' : 'dry',
    ...(env.CF_VERSION_METADATA?.id ? { version: env.CF_VERSION_METADATA.id } : {}),
    sessionSecret: decodeBase64(secret) ?? new Uint8Array(),
    aws: {
      ...(roleArn === undefined
        ? { keys: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) } }
        : { role: { arn: roleArn, issuer: publicUrl ?? '', subject: `worker:${deployment}` } }),
      ...(endpoint === undefined ? {} : { endpoint: new URL(endpoint).origin }),
    },
    ...(publicUrl === undefined ? {} : { publicUrl }),
    eventsQueueUrl,
    ...(eventsPushKeys === undefined ? {} : { eventsPushKeys: eventsPushKeys.split(',') }),
    ...(legacyTopics === undefined ? {} : { legacyTopics: legacyTopics.split(',') }),
    ...(usageQueueUrl === undefined ? {} : { usageQueueUrl }),
    ...(operatorKeyHash === undefined ? {} : { operatorKeyHash }),
    ...(deployKeyHash === undefined ? {} : { deployKeyHash }),
    ...(webhookUrl === undefined ? {} : { webhookUrl }),
    ...(techAdminTopicArn === undefined ? {} : { techAdminTopicArn }),
    ...(mailFrom === undefined ? {} : { mailFrom }),
    ...(mailConfigurationSet === undefined ? {} : { mailConfigurationSet }),
    ...(namespace === undefined ? {} : { metrics: { namespace, deployment } }),
    ...(env.DELIVERIES === undefined ? {} : { deliveries: env.DELIVERIES }),
  })
}

/** The sentence for the log, for nobody outside: what is wrong, whose move it is, what to do. */
export function describeBadSettings(bad: BadSettings): string {
  const parts = [
    bad.missing.length > 0 ? `missing: ${bad.missing.join(', ')}` : '',
    bad.malformed.length > 0 ? `malformed: ${bad.malformed.join(', ')}` : '',
  ].filter((part) => part !== '')
  return `The Worker is not configured (${parts.join('; ')}). The seller has to set them as bindings or secrets and deploy again.`
}

const isMetering = (text: string): boolean => text === 'live' || text === 'dry'

const isSha256 = (text: string): boolean => /^[0-9a-f]{64}$/.test(text)

/** https anywhere, http to this machine only: credentials sign what goes there. */
function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))
}

/** An address webhooks may go to; whether it is a private one is asked at each delivery. No user or password in it. */
function isReceiver(text: string): boolean {
  if (!isEndpoint(text)) return false
  const { username, password, hash } = new URL(text)
  return username === '' && password === '' && hash === ''
}

/** `a@b.example` or `Name <a@b.example>`, one line of ASCII. */
const isSender = (text: string): boolean =>
  /^(?:[!-~ ]{1,100} <)?[!#-'*+\-/-9=?A-Z^-~]{1,64}@[A-Za-z0-9.-]{1,253}>?$/.test(text) &&
  text.includes('<') === text.endsWith('>')

const isTopic = (text: string): boolean => /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/.test(text)

/** An origin to the letter: IAM compares the issuer so, and finds the keys below it. */
const isPublicUrl = (text: string): boolean => isEndpoint(text) && new URL(text).origin === text

const isQueueUrl = (text: string): boolean =>
  isEndpoint(text) && /^\/\d{12}\/[\w-]{1,80}(\.fifo)?$/.test(new URL(text).pathname)
