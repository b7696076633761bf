/**
 * What differs between environments: the stack's config under `tollgate:`, read once, all that is wrong named together.
 * Pulumi.yaml describes each key; what is empty there is not set.
 */
import { err, ok, type Result } from '../shared/result.ts'
import { STACK_NAME, STACK_NAME_RULE, type Metering } from '../shared/stack.ts'
import { choiceOf, ConfigReader, form, type Form } from './config-reader.ts'
import type { Parts } from './parts.ts'
import { serviceOf } from './service-config.ts'

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
  /** `owner/name` at GitHub, or `owner@id/name@id`. */
  readonly repository: string
  readonly environment: string
  /** The account's provider for GitHub when there is one already; null: it is made. */
  readonly providerArn: string | null
  /** Of the seller's repositories at AWS Marketplace; null: this seller has none yet. */
  readonly marketplacePrefix: string | null
}

/** The stack's config as Pulumi hands it over. */
export interface GivenConfig {
  /** `pulumi.getStack()`. */
  readonly stack: string
  /** Every key with its project, `tollgate:metering`, and its text; what is no text there is JSON. */
  readonly all: Readonly<Record<string, string>>
}

/** Either the settings or every mistake, a sentence or two each. */
export function readSettings(
  { stack, all }: GivenConfig,
  parts: Pick<Parts, 'saas' | 'containers'>,
): Result<StackSettings, readonly string[]> {
  const read = new ConfigReader('tollgate', all)
  if (!STACK.fits(stack)) {
    read.mistakes.push(
      `The stack's name: got '${stack}'. ${STACK.remedy} For example: pulumi stack init prod`,
    )
  }
  const settings: StackSettings = {
    stack,
    region: read.required('aws:region', REGION, 'us-east-1'),
    metering: read.choice('metering', ['dry', 'live']),
    publicUrl: publicUrlOf(read, stack, parts),
    edgeCredentials: read.choice('edgeCredentials', ['role', 'user']),
    cloudflareAccount: read.optional('cloudflareAccount', CLOUDFLARE_ACCOUNT, EXAMPLE_CLOUDFLARE_ACCOUNT),
    webhookUrl: read.optional('webhookUrl', HTTPS_URL, 'https://app.example.com/webhooks/tollgate'),
    mailFrom: read.optional('mailFrom', SENDER, 'billing@example.com'),
    pushKeyVersion: read.number('pushKeyVersion', 1, 1_000_000, 2),
    usageWriters: read.list('usageWriters', WRITER, 'arn:aws:iam::123456789012:role/application'),
    audiences: audiencesOf(read),
    logDays: read.numberOf('logDays', LOG_DAYS, 90),
    pullAccounts: read.list('pullAccounts', ACCOUNT, '210987654321'),
    adopt: {
      repositories: repositoriesOf(read, parts),
      eventsQueue: read.optional('adoptEventsQueue', QUEUE_URL, EXAMPLE_QUEUE_URL),
      usageQueue: read.optional('adoptUsageQueue', QUEUE_URL, EXAMPLE_QUEUE_URL),
    },
    service: serviceOf(read, parts.containers),
    publisher: publisherOf(read),
  }
  read.refuseUnknown()
  return read.mistakes.length === 0 ? ok(settings) : err(read.mistakes)
}

const STACK = form(STACK_NAME, `Give ${STACK_NAME_RULE}.`)
const REGION = form(/^[a-z]{2}(-[a-z]+)+-\d$/, 'Give an AWS Region.')
const ACCOUNT = form(/^\d{12}$/, 'Give the 12 digits of an AWS account.')
const CLOUDFLARE_ACCOUNT = form(
  /^[0-9a-f]{32}$/,
  'Give the 32 hexadecimal digits of an account at Cloudflare.',
)
const EXAMPLE_CLOUDFLARE_ACCOUNT = '0a1b2c3d4e5f60718293a4b5c6d7e8f9'
const EMAIL = form(/^[^\s@'",<>]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/i, 'Give an e-mail address.')
/** As the Worker takes it. */
const SENDER = form(
  /^([!-~ ]{1,100} <[\w.%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+>|[\w.%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)$/,
  'Give an e-mail address, alone or as Name <billing@example.com>.',
)
const WRITER = form(
  /^(\d{12}|arn:aws:iam::\d{12}:(root|(role|user)\/[\w+=,.@/-]+))$/,
  'Give the ARN of a role, or the 12 digits of an account, of which the application writes usage.',
)
const QUEUE_URL = form(
  /^https:\/\/sqs\.us-east-1\.amazonaws\.com\/\d{12}\/[\w-]{1,80}$/,
  'Give the URL of a standard queue in us-east-1.',
)
const EXAMPLE_QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/marketplace-events'
const REPOSITORY = form(/^[a-z0-9]+([._/-][a-z0-9]+)*$/, 'the name of the repository in ECR.')
/** Source: CloudWatch Logs, PutRetentionPolicy, retentionInDays (2026-11-21). */
const LOG_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]

const HTTPS_URL: Form = {
  fits: (text) => {
    const url = URL.parse(text)
    return url?.protocol === 'https:' && url.username === '' && url.hash === ''
  },
  remedy: 'Give an https address.',
}

/** IAM compares the issuer to the letter and takes no port. */
const ORIGIN: Form = {
  fits: (text) => {
    const url = URL.parse(text)
    return url?.protocol === 'https:' && url.origin === text && url.port === '' && url.hostname.includes('.')
  },
  remedy:
    "Give the Worker's own https address: its name alone, without a port, a path or a slash at the end.",
}

function publicUrlOf(read: ConfigReader, stack: string, { saas }: Pick<Parts, 'saas'>): string | null {
  const example = 'https://tollgate.example.com'
  // Nothing is sold at the edge: no Worker has an address.
  if (saas.length === 0) return read.optional('publicUrl', ORIGIN, example) && null
  const url = read.required('publicUrl', ORIGIN, example)
  // Cloudflare names it by the Worker, which `npm run deploy` calls so; a slip would make the provider anew.
  const [name, ...below] = url.split('.')
  if (url.endsWith('.workers.dev') && (name !== `https://tollgate-${stack}` || below.length !== 3)) {
    const remedy = `At workers.dev the Worker of this stack is tollgate-${stack}, below your account's subdomain.`
    read.wrong('publicUrl', url, remedy, `https://tollgate-${stack}.example.workers.dev`)
  }
  return url
}

function audiencesOf(read: ConfigReader): StackSettings['audiences'] {
  const of = (key: Audience, example: string) => read.optional(key, RECIPIENT, example)
  return {
    productTeam: of('productTeam', 'product@example.com'),
    engineering: of('engineering', 'engineering@example.com'),
    onCall: of('onCall', 'https://events.example.com/on-call'),
    supportLead: of('supportLead', 'support@example.com'),
    techAdmin: of('techAdmin', 'aws@example.com'),
  }
}

/** An alarm tells topics of its own Region only. Source: CloudWatch, PutMetricAlarm, AlarmActions (2026-11-22). */
const TOPIC = /^arn:aws:sns:us-east-1:\d{12}:[\w-]{1,256}$/
const RECIPIENT: Form = {
  fits: (text) => TOPIC.test(text) || EMAIL.fits(text) || HTTPS_URL.fits(text),
  remedy:
    'Give an e-mail address, an https address that takes messages of SNS, or the ARN of a topic in us-east-1.',
}

function repositoriesOf(
  read: ConfigReader,
  { containers }: Pick<Parts, 'containers'>,
): Readonly<Record<string, string>> {
  const keys = containers.map(({ key }) => key)
  return read.named('adoptRepositories', choiceOf(keys), REPOSITORY, `${keys[0] ?? 'container'}=skillsmith`)
}

function publisherOf(read: ConfigReader): PublisherSettings | null {
  const repository = read.optional('publisherRepository', GITHUB_REPOSITORY, 'example/application')
  const environment = read.required('publisherEnvironment', ENVIRONMENT, 'marketplace')
  const providerArn = read.optional('publisherProviderArn', PROVIDER, EXAMPLE_PROVIDER)
  const marketplacePrefix = read.optional('marketplacePrefix', PREFIX, 'example')
  if (repository === null && (providerArn ?? marketplacePrefix) !== null) {
    read.wrong('publisherRepository', null, GITHUB_REPOSITORY.remedy, 'example/application')
  }
  return repository === null ? null : { repository, environment, providerArn, marketplacePrefix }
}

/**
 * As the subject of its tokens has it: with ids where it was made, renamed or moved after 15 July 2026.
 * Source: GitHub, "OpenID Connect reference", Immutable subject claims (2026-11-22).
 */
const GITHUB_REPOSITORY = form(
  /^([\w.-]+\/[\w.-]+|[\w.-]+@\d+\/[\w.-]+@\d+)$/,
  'Give the repository at GitHub that publishes, as owner/name, or as owner@id/name@id where its tokens name ids.',
)
const ENVIRONMENT = form(/^[\w.-]{1,255}$/, 'Give the name of an environment of the repository at GitHub.')
const EXAMPLE_PROVIDER = 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com'
const PROVIDER = form(
  /^arn:aws:iam::\d{12}:oidc-provider\/token\.actions\.githubusercontent\.com$/,
  "Give the ARN of the account's provider for GitHub.",
)
const PREFIX = form(
  /^[a-z0-9][a-z0-9._-]{0,60}$/,
  "Give the name before the first slash of the seller's repositories at AWS Marketplace.",
)
