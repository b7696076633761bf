/**
 * What each type of resource is for, and what it costs while nobody uses it. A type that is missing here fails the tests of
 * docs/stack.md and docs/cost.md: a new resource cannot be forgotten.
 */
import type { Planned } from '../support/resource-monitor.ts'
import { HOURS_A_MONTH, type PriceKey } from './prices.ts'

/** So much of a priced thing in a month. */
export interface Share {
  readonly price: PriceKey
  readonly units: number
}

export interface Kind {
  /** As a person calls it. */
  readonly title: string
  readonly what: string
  /** Idle, in a month; absent: nothing. The whole plan is at hand for what stands in another resource. */
  readonly costs?: (of: Planned, planned: readonly Planned[]) => readonly Share[]
  /** What use costs beside, in AWS's unit and dollars; absent: nothing. */
  readonly byUse?: string
}

const once = (price: PriceKey) => (): readonly Share[] => [{ price, units: 1 }]

/** By Pulumi's type. */
export const KINDS: Readonly<Record<string, Kind>> = {
  'aws:kms/key:Key': {
    title: 'KMS key',
    what: 'encrypts queues and topics; rotated by AWS each year',
    costs: once('key'),
    byUse:
      '$0.03 for 10,000 requests, 20,000 a month free; each of its first two yearly rotations adds $1 a month',
  },
  'aws:kms/alias:Alias': { title: 'KMS alias', what: 'a name for the key that people can read' },
  'aws:sqs/queue:Queue': {
    title: 'SQS queue',
    what: 'keeps messages until they are taken',
    byUse: '$0.40 for a million requests, a million a month free',
  },
  'aws:sqs/queuePolicy:QueuePolicy': { title: 'queue policy', what: 'who may put messages there' },
  'aws:sqs/redrivePolicy:RedrivePolicy': {
    title: 'redrive policy',
    what: 'how often a message is received before it is put aside',
  },
  'aws:sqs/redriveAllowPolicy:RedriveAllowPolicy': {
    title: 'redrive permission',
    what: 'which queue may leave its dead letters there',
  },
  'aws:cloudwatch/eventRule:EventRule': { title: 'EventBridge rule', what: "takes AWS Marketplace's events" },
  'aws:cloudwatch/eventTarget:EventTarget': {
    title: 'EventBridge target',
    what: 'where the rule sends them, how often it tries',
  },
  'aws:cloudwatch/eventConnection:EventConnection': {
    title: 'EventBridge connection',
    what: 'holds the push key; its secret at Secrets Manager is included',
  },
  'aws:cloudwatch/eventApiDestination:EventApiDestination': {
    title: 'API destination',
    what: "the Worker's push door",
    byUse: '$0.20 for a million events',
  },
  'random:index/randomPassword:RandomPassword': {
    title: 'random password',
    what: "a version of the push key, in the stack's state, encrypted",
  },
  'aws:iam/role:Role': { title: 'IAM role', what: 'who may act' },
  'aws:iam/rolePolicy:RolePolicy': { title: 'IAM policy of a role', what: 'one right' },
  'aws:iam/policy:Policy': { title: 'IAM policy', what: 'one right, to be attached' },
  'aws:iam/rolePolicyAttachment:RolePolicyAttachment': {
    title: 'attached policy',
    what: 'gives a role a right',
  },
  'aws:iam/user:User': { title: 'IAM user', what: 'the Worker, where it cannot have a role' },
  'aws:iam/userPolicyAttachment:UserPolicyAttachment': {
    title: 'attached policy of a user',
    what: 'gives a user a right',
  },
  'aws:iam/accessKey:AccessKey': { title: 'access key', what: "the user's; rotate it" },
  'aws:iam/openIdConnectProvider:OpenIdConnectProvider': {
    title: 'OIDC provider',
    what: 'lets AWS check the tokens of this issuer',
  },
  'aws:sns/topic:Topic': {
    title: 'SNS topic',
    what: 'tells people',
    byUse: '$2 for 100,000 e-mails, 1,000 a month free',
  },
  'aws:sns/topicPolicy:TopicPolicy': { title: 'topic policy', what: 'who may write to the topic' },
  'aws:sns/topicSubscription:TopicSubscription': {
    title: 'SNS subscription',
    what: 'who hears of the topic',
  },
  'aws:sesv2/emailIdentity:EmailIdentity': {
    title: 'SES identity',
    what: "the sender's domain, proven by DKIM",
    byUse: '$0.10 for 1,000 mails',
  },
  'aws:sesv2/configurationSet:ConfigurationSet': {
    title: 'SES configuration set',
    what: 'names what is told of mails',
  },
  'aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination': {
    title: 'SES event destination',
    what: 'tells the tech admin of bounces and complaints',
  },
  'aws:ecr/repository:Repository': {
    title: 'ECR repository',
    what: "keeps a product's images; a tag never changes",
    byUse: '$0.10 a month for a GB of images',
  },
  'aws:ecr/lifecyclePolicy:LifecyclePolicy': { title: 'lifecycle policy', what: 'which images go, and when' },
  'aws:ecr/repositoryPolicy:RepositoryPolicy': { title: 'repository policy', what: 'who else may pull' },
  'aws:ec2/vpc:Vpc': { title: 'VPC', what: "the tasks' own network" },
  'aws:ec2/subnet:Subnet': { title: 'subnet', what: 'one zone of it' },
  'aws:ec2/internetGateway:InternetGateway': {
    title: 'internet gateway',
    what: 'the way out',
    byUse: '$0.09 for a GB that leaves AWS, 100 GB a month free',
  },
  'aws:ec2/routeTable:RouteTable': { title: 'route table', what: 'where packets go' },
  'aws:ec2/route:Route': { title: 'route', what: 'where packets go' },
  'aws:ec2/routeTableAssociation:RouteTableAssociation': {
    title: 'route of a subnet',
    what: 'which table it has',
  },
  'aws:ec2/securityGroup:SecurityGroup': {
    title: 'security group',
    what: 'which packets come in and go out',
  },
  'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup': {
    title: 'default security group',
    what: 'lets nothing in and nothing out, for nobody chose it',
  },
  'aws:ecs/cluster:Cluster': { title: 'ECS cluster', what: 'where the service runs' },
  'aws:ecs/taskDefinition:TaskDefinition': { title: 'task definition', what: 'what a task is made of' },
  'aws:ecs/service:Service': {
    title: 'Fargate service',
    what: 'keeps the tasks running',
    costs: tasks,
  },
  'aws:appautoscaling/target:Target': { title: 'scaling target', what: 'how many tasks there may be' },
  'aws:appautoscaling/policy:Policy': {
    title: 'scaling policy',
    what: 'when there are more',
    // AWS makes two alarms for it, for more and for fewer. Source: ECS, "Use a target metric to scale" (2026-11-22).
    costs: () => [{ price: 'alarm', units: 2 }],
  },
  'aws:cloudwatch/logGroup:LogGroup': {
    title: 'log group',
    what: "the tasks' log",
    byUse: '$0.50 for a GB written and $0.03 a month for a GB kept, 5 GB a month free',
  },
  'aws:cloudwatch/metricAlarm:MetricAlarm': {
    title: 'CloudWatch alarm',
    what: 'wakes people',
    costs: ({ inputs }) => [{ price: 'alarm', units: watchedOf(inputs) }],
  },
  'aws:cloudwatch/dashboard:Dashboard': {
    title: 'CloudWatch dashboard',
    what: 'all of it on one page',
    costs: once('dashboard'),
  },
  'aws:ssm/parameter:Parameter': {
    title: 'SSM parameter',
    what: 'says which stack meters the product; only one can make it',
  },
}

/** Metrics that an alarm looks at: each of a formula's counts. */
function watchedOf({ metricQueries }: Planned['inputs']): number {
  if (!Array.isArray(metricQueries)) return 1
  return metricQueries.filter((query: { readonly metric?: unknown }) => query.metric !== undefined).length
}

/** CPU, memory and an address for each task that is always there. */
function tasks(service: Planned, planned: readonly Planned[]): readonly Share[] {
  const named = service.inputDependsOn['taskDefinition'] ?? []
  const definition = planned.find(({ type, name }) => type.startsWith('aws:ecs/task') && named.includes(name))
  if (definition === undefined) throw new Error(`${service.name} runs no task definition of this plan`)
  const { cpu, memory, runtimePlatform } = definition.inputs as {
    readonly cpu: string
    readonly memory: string
    readonly runtimePlatform?: { readonly cpuArchitecture?: string }
  }
  const { desiredCount, networkConfiguration } = service.inputs as {
    readonly desiredCount: number
    readonly networkConfiguration?: { readonly assignPublicIp?: boolean }
  }
  const hours = desiredCount * HOURS_A_MONTH
  const arm = runtimePlatform?.cpuArchitecture === 'ARM64'
  return [
    { price: arm ? 'cpuArm' : 'cpuX86', units: (hours * Number(cpu)) / 1024 },
    { price: arm ? 'memoryArm' : 'memoryX86', units: (hours * Number(memory)) / 1024 },
    ...(networkConfiguration?.assignPublicIp === true ? [{ price: 'address', units: hours } as const] : []),
  ]
}
