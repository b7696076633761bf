/** Our rules about any stack, as code over its plan: encryption, nothing public, billing data kept, rights by name. Pure. */
import type { Statement } from '../../infra/policy.ts'
import { METRICS } from '../../shared/stack.ts'
import type { Inputs, Planned, Value } from '../support/resource-monitor.ts'

export interface Rule {
  readonly says: string
  /** The names of the resources that break it, each with why. */
  readonly broken: (plan: readonly Planned[]) => readonly string[]
}

export const RULES: readonly Rule[] = [
  {
    says: 'queues and topics are encrypted with a key of the stack, repositories with AES-256',
    broken: each((one) => {
      if (isA(one, QUEUE, TOPIC)) return isGiven(one.inputs['kmsMasterKeyId']) ? null : 'has no key'
      if (!isA(one, REPOSITORY)) return null
      return at(one.inputs, 'encryptionConfigurations', 0, 'encryptionType') === 'AES256'
        ? null
        : 'is not AES256'
    }),
  },
  {
    says: 'a key of the stack turns once a year',
    broken: each((one) =>
      isA(one, KEY) && one.inputs['enableKeyRotation'] !== true ? 'does not turn' : null,
    ),
  },
  {
    says: 'what is secret is secret in the plan too, and in no parameter as plain text',
    broken: each((one) => {
      const secret = (path: string) => one.secretInputs.some((input) => `${path}.`.startsWith(`${input}.`))
      if (isA(one, CONNECTION) && !secret('authParameters.apiKey.value')) return 'shows its key'
      if (isA(one, PARAMETER) && one.inputs['type'] !== 'SecureString' && !saysWhoBills(one))
        return 'is plain text'
      return isA(one, ACCESS_KEY) && !one.secretOutputs.includes('secret') ? 'shows its secret' : null
    }),
  },
  {
    says: 'who bills is never overwritten by who comes second',
    broken: each((one) => (isA(one, PARAMETER) && one.inputs['overwrite'] === true ? 'overwrites' : null)),
  },
  {
    says: 'nobody outside is let in: no open principal, no open port, no public registry, no public address by default',
    broken: each((one) => {
      const open = statementsOf(one).find((statement) => isOpen(statement))
      if (open !== undefined) return `${open.Sid} is for everybody`
      if (ingressOf(one).some((range) => range === '0.0.0.0/0' || range === '::/0')) return 'has an open port'
      if (one.type.startsWith('aws:ecrpublic/') || one.type.includes('FunctionUrl')) return 'is public'
      return one.inputs['mapPublicIpOnLaunch'] === true ? 'gives public addresses' : null
    }),
  },
  {
    says: "a queue and a topic take from AWS's services only for a source that is named",
    broken: each((one) => {
      if (!isA(one, QUEUE_POLICY, TOPIC_POLICY)) return null
      return named(statementsOf(one).find((statement) => isService(statement) && !hasSource(statement)))
    }),
  },
  {
    says: 'only ECS, EventBridge, the Worker, CI and named principals take on a role, each by a condition of its own',
    broken: each((one) => {
      if (!isA(one, ROLE)) return null
      return named(statementsOf(one).find((trust) => !(trust.Condition || isOfAws(trust))))
    }),
  },
  {
    says: 'what holds billing data, or says who bills, is protected; and but for the latter it outlives its stack',
    broken: each((one) => {
      const holds = isA(one, QUEUE, KEY, REPOSITORY)
      // Who bills is said by a name of which the account has one: it must be free for the next.
      const unsafe = holds ? !(one.protect && one.retainOnDelete) : isA(one, PARAMETER) && !one.protect
      return unsafe ? 'can be deleted' : null
    }),
  },
  {
    says: 'a queue keeps a message for the 14 days that SQS offers',
    broken: each((one) =>
      isA(one, QUEUE) && one.inputs['messageRetentionSeconds'] !== 1_209_600 ? 'forgets sooner' : null,
    ),
  },
  {
    says: 'a repository never replaces what a tag names, and scans each push',
    broken: each((one) => {
      if (!isA(one, REPOSITORY)) return null
      if (one.inputs['imageTagMutability'] !== 'IMMUTABLE') return 'lets tags move'
      if (one.inputs['forceDelete'] === true) return 'is deleted with its images'
      return at(one.inputs, 'imageScanningConfiguration', 'scanOnPush') === true ? null : 'does not scan'
    }),
  },
  {
    says: 'no lifecycle rule expires an image that has a tag',
    broken: each((one) => {
      if (!isA(one, LIFECYCLE)) return null
      const rules: readonly { selection: { tagStatus: string } }[] = parsed(one.inputs['policy'])?.rules ?? []
      return rules.every((rule) => rule.selection.tagStatus === 'untagged') ? null : 'expires versions'
    }),
  },
  {
    says: 'logs are kept for a time that was chosen',
    broken: each((one) =>
      isA(one, LOGS) && !(Number(one.inputs['retentionInDays']) > 0) ? 'has no retention' : null,
    ),
  },
  {
    says: 'no IAM document has a wildcard action, or says what is not meant',
    broken: each((one) => {
      const all = statementsOf(one)
      const wild = all.find(({ Action }) => [Action].flat().some((action) => /\*|\?/.test(action ?? '*')))
      if (wild !== undefined) return `${wild.Sid} has a wildcard action`
      return all.some((statement) => Object.keys(statement).some((key) => key.startsWith('Not')))
        ? 'says Not'
        : null
    }),
  },
  {
    says: 'a right on every resource is only where AWS knows none',
    broken: each((one) => {
      // In a key's policy the resource is the key itself.
      if (isA(one, KEY)) return null
      const wide = statementsOf(one).filter(({ Resource }) => [Resource].flat().includes('*'))
      return named(wide.find(({ Action }) => ![Action].flat().every((action) => HAS_NO_RESOURCE.has(action))))
    }),
  },
  {
    says: 'rights are ours, read here: no policy that AWS manages is attached',
    broken: each((one) => {
      const attached = [one.inputs['policyArn'], one.inputs['managedPolicyArns']].flat()
      return attached.some((arn) => typeof arn === 'string' && arn.includes(':iam::aws:'))
        ? "attaches a policy of AWS's"
        : null
    }),
  },
  {
    says: 'what EventBridge and SNS could not deliver is kept, and EventBridge is told for how long to try',
    broken: each((one) => {
      if (isA(one, TARGET)) {
        if (!isGiven(at(one.inputs, 'deadLetterConfig', 'arn'))) return 'has no dead-letter queue'
        const tried = ['maximumEventAgeInSeconds', 'maximumRetryAttempts'] as const
        return tried.every((limit) => isGiven(at(one.inputs, 'retryPolicy', limit)))
          ? null
          : 'has no retry policy'
      }
      const toQueue = isA(one, SUBSCRIPTION) && one.inputs['protocol'] === 'sqs'
      return toQueue && !isGiven(one.inputs['redrivePolicy']) ? 'has no dead-letter queue' : null
    }),
  },
  {
    says: 'a queue that somebody reads has a dead-letter queue, and a dead-letter queue has none',
    broken: (plan) => {
      const redriving = namesIn(plan, REDRIVE, 'queueUrl')
      const dead = [
        ...namesIn(plan, REDRIVE, 'redrivePolicy'),
        ...namesIn(plan, TARGET, 'deadLetterConfig'),
        ...namesIn(plan, SUBSCRIPTION, 'redrivePolicy'),
      ]
      return plan
        .filter((one) => isA(one, QUEUE) && dead.includes(one.name) === redriving.includes(one.name))
        .map(({ name }) => `${name} loses what cannot be read`)
    },
  },
  {
    says: "events, queues, mail and alarms are in us-east-1, whatever the stack's Region",
    broken: each((one) =>
      EVENTS_TYPES.some((type) => one.type.startsWith(type)) &&
      !isA(one, LOGS) &&
      one.inputs['region'] !== 'us-east-1'
        ? `is in ${JSON.stringify(one.inputs['region'] ?? "the stack's Region")}`
        : null,
    ),
  },
  {
    says: 'an alarm says what silence means, and tells somebody unless it is of business and its audience was left out',
    broken: each((one) => {
      if (!isA(one, ALARM)) return null
      if (!isGiven(one.inputs['treatMissingData'])) return 'does not say what silence means'
      const { alarmActions, metricName } = one.inputs
      if (BUSINESS.some((metric) => metric === metricName)) return null
      return Array.isArray(alarmActions) && alarmActions.length > 0 ? null : 'tells nobody'
    }),
  },
]

/** What no part of the software does wrong: a product team may not want to hear of it. */
const BUSINESS = [METRICS.churn, METRICS.conversion, METRICS.support]

const QUEUE = 'aws:sqs/queue:Queue'
const REDRIVE = 'aws:sqs/redrivePolicy:RedrivePolicy'
const QUEUE_POLICY = 'aws:sqs/queuePolicy:QueuePolicy'
const TOPIC = 'aws:sns/topic:Topic'
const TOPIC_POLICY = 'aws:sns/topicPolicy:TopicPolicy'
const SUBSCRIPTION = 'aws:sns/topicSubscription:TopicSubscription'
const KEY = 'aws:kms/key:Key'
const REPOSITORY = 'aws:ecr/repository:Repository'
const LIFECYCLE = 'aws:ecr/lifecyclePolicy:LifecyclePolicy'
const PARAMETER = 'aws:ssm/parameter:Parameter'
const LOGS = 'aws:cloudwatch/logGroup:LogGroup'
const ALARM = 'aws:cloudwatch/metricAlarm:MetricAlarm'
const TARGET = 'aws:cloudwatch/eventTarget:EventTarget'
const CONNECTION = 'aws:cloudwatch/eventConnection:EventConnection'
const ROLE = 'aws:iam/role:Role'
const ACCESS_KEY = 'aws:iam/accessKey:AccessKey'

/** What takes a Region of its own because AWS Marketplace's events are in one. */
const EVENTS_TYPES = ['aws:sqs/', 'aws:sns/', 'aws:cloudwatch/', 'aws:kms/', 'aws:sesv2/', 'aws:ssm/']

/** Actions that take no resource. Source: Service Authorization Reference, of each service (2026-11-21). */
const HAS_NO_RESOURCE = new Set([
  'aws-marketplace:BatchMeterUsage',
  'aws-marketplace:DescribeAgreement',
  'aws-marketplace:GetAgreementEntitlements',
  'aws-marketplace:GetAgreementTerms',
  'aws-marketplace:GetEntitlements',
  'aws-marketplace:ListChangeSets',
  'aws-marketplace:ListEntities',
  'aws-marketplace:MeterUsage',
  'aws-marketplace:RegisterUsage',
  'aws-marketplace:ResolveCustomer',
  'aws-marketplace:SearchAgreements',
  'cloudwatch:PutMetricData',
  'ecr:GetAuthorizationToken',
  'license-manager:CheckInLicense',
  'license-manager:CheckoutLicense',
  'license-manager:ExtendLicenseConsumption',
])

/** A rule that looks at one resource at a time. */
function each(why: (one: Planned) => string | null): Rule['broken'] {
  return (plan) =>
    plan.flatMap((one) => {
      const found = why(one)
      return found === null ? [] : [`${one.name} ${found}`]
    })
}

const isA = ({ type }: Planned, ...types: readonly string[]): boolean => types.includes(type)
/** Its value is the stack's name, which is no secret. */
const saysWhoBills = ({ inputs }: Planned): boolean =>
  /^"\/tollgate\/[^/]+\/live"$/.test(JSON.stringify(inputs['name']))
const isGiven = (value: Value | undefined): boolean => value !== undefined && value !== null && value !== ''

const isRecord = (value: Value | undefined): value is Inputs =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function at(inputs: Inputs, ...path: readonly (string | number)[]): Value | undefined {
  let value: Value | undefined = inputs
  for (const step of path) {
    if (Array.isArray(value)) value = value[Number(step)]
    else value = isRecord(value) ? value[step] : undefined
  }
  return value
}

/** The JSON that an input holds; null: it holds none. */
function parsed(input: Value | undefined) {
  if (typeof input !== 'string' || !input.startsWith('{')) return null
  return JSON.parse(input)
}

/** The statements of every document among the inputs, whatever the input is called. */
const statementsOf = ({ inputs }: Planned): readonly Statement[] =>
  Object.values(inputs).flatMap((input) => {
    const document = parsed(input)
    return Array.isArray(document?.Statement) ? document.Statement : []
  })

const named = (statement: Statement | undefined): string | null =>
  statement === undefined ? null : `${statement.Sid} goes too far`

const SOURCES = ['aws:SourceArn', 'aws:SourceAccount', 'aws:SourceOwner', 'aws:PrincipalOrgID']

const hasSource = ({ Condition }: Statement): boolean =>
  Object.values(Condition ?? {}).some((tests) => Object.keys(tests).some((key) => SOURCES.includes(key)))

const isOpen = (statement: Statement): boolean =>
  statement.Effect === 'Allow' &&
  statement.Principal !== undefined &&
  JSON.stringify(statement.Principal).includes('"*"') &&
  !hasSource(statement)

const isService = ({ Principal }: Statement): boolean => Principal !== undefined && 'Service' in Principal
/** Principals of AWS by their ARNs: the seller's own list. */
const isOfAws = ({ Principal }: Statement): boolean => Principal !== undefined && 'AWS' in Principal

/** Where a security group, or one rule of it, lets in from. */
function ingressOf({ type, inputs }: Planned): readonly Value[] {
  const inGroup = Array.isArray(inputs['ingress']) ? inputs['ingress'] : []
  const isRule = type.includes('IngressRule') || inputs['type'] === 'ingress'
  return [...inGroup, ...(isRule ? [inputs] : [])].flatMap((rule) =>
    ['cidrBlocks', 'ipv6CidrBlocks', 'cidrIpv4', 'cidrIpv6'].flatMap((key) =>
      isRecord(rule) ? [rule[key] ?? []].flat() : [],
    ),
  )
}

/** Of what the inputs of these resources are made. */
const namesIn = (plan: readonly Planned[], type: string, input: string): readonly string[] =>
  plan.filter((one) => isA(one, type)).flatMap(({ inputDependsOn }) => inputDependsOn[input] ?? [])
