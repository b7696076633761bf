/** What a stack consists of, part by part: exactly these resources, by type and name. */

/** Of every seller of SaaS. */
export const EDGE = [
  'aws:kms/key:Key key',
  'aws:kms/alias:Alias key-alias',
  'tollgate:infra:Notifications notifications',
  'aws:cloudwatch/eventRule:EventRule notifications-rule',
  'aws:cloudwatch/eventTarget:EventTarget notifications-queue-target',
  'aws:sqs/queue:Queue notifications-queue',
  'aws:sqs/queuePolicy:QueuePolicy notifications-queue-policy',
  'aws:sqs/redrivePolicy:RedrivePolicy notifications-redrive',
  'aws:sqs/queue:Queue notifications-dead-letters',
  'aws:sqs/queuePolicy:QueuePolicy notifications-dead-letters-policy',
  'aws:sqs/redriveAllowPolicy:RedriveAllowPolicy notifications-dead-letters-of',
  'random:index/randomPassword:RandomPassword notifications-push-key-1',
  'aws:cloudwatch/eventConnection:EventConnection notifications-push-connection',
  'aws:cloudwatch/eventApiDestination:EventApiDestination notifications-push-destination',
  'aws:cloudwatch/eventTarget:EventTarget notifications-push-target',
  'aws:iam/role:Role notifications-push-role',
  'aws:iam/rolePolicy:RolePolicy notifications-push-invoke',
  'aws:sqs/queue:Queue notifications-push-dead-letters',
  'aws:sqs/queuePolicy:QueuePolicy notifications-push-dead-letters-policy',
  'aws:sqs/redriveAllowPolicy:RedriveAllowPolicy notifications-push-dead-letters-of',
  'tollgate:infra:Topics topics',
  'aws:sns/topic:Topic topics-tech-admin',
  'aws:sns/topicPolicy:TopicPolicy topics-tech-admin-policy',
  'aws:sns/topicSubscription:TopicSubscription topics-tech-admin-subscription',
  'tollgate:infra:EdgeIdentity edge-identity',
  'tollgate:infra:Monitoring monitoring',
  'aws:cloudwatch/dashboard:Dashboard monitoring-dashboard',
  ...[
    'churn',
    'events-dead-letters',
    'events-queue-age',
    'heartbeat-missing',
    'parked-deliveries',
    'push-dead-letters',
    'rule-failed',
    'rule-lost',
    'rule-set-aside',
    'support',
  ].map(alarm),
]

/** A trial is offered. */
export const TRIAL = [alarm('conversion')]

/** The Worker takes on a role by its own tokens. */
export const ROLE = [
  'aws:iam/openIdConnectProvider:OpenIdConnectProvider edge-identity-provider',
  'aws:iam/role:Role edge-identity-role',
  ...['agreements', 'metrics', 'queues', 'topic'].map(edgeRight),
]

/** The Worker has a lasting key, of a subscription alone and dry. */
export const USER = [
  'aws:iam/user:User edge-identity-user',
  'aws:iam/accessKey:AccessKey edge-identity-access-key',
  ...['agreements', 'metrics', 'queues', 'topic'].flatMap((right) => [
    `aws:iam/policy:Policy edge-identity-${right}`,
    `aws:iam/userPolicyAttachment:UserPolicyAttachment edge-identity-${right}-given`,
  ]),
]

/** Something is metered. */
export const USAGE = [
  'tollgate:infra:UsageQueue usage-queue',
  'aws:sqs/queue:Queue usage-queue-queue',
  'aws:sqs/redrivePolicy:RedrivePolicy usage-queue-redrive',
  'aws:sqs/queue:Queue usage-queue-dead-letters',
  'aws:sqs/redriveAllowPolicy:RedriveAllowPolicy usage-queue-dead-letters-of',
  'aws:iam/policy:Policy usage-queue-writer',
  ...['deadline-in-danger', 'metering-errors', 'parked-records', 'usage-dead-letters', 'usage-queue-age'].map(
    alarm,
  ),
]

export const WRITERS = [
  'aws:iam/role:Role usage-queue-writer-role',
  'aws:iam/rolePolicyAttachment:RolePolicyAttachment usage-queue-writer-role-policy',
]

/** A contract is sold. */
export const ENTITLEMENTS = [edgeRight('entitlements')]

/** Live, and these products are metered. */
export const live = (...products: readonly string[]): readonly string[] => [
  edgeRight('metering'),
  ...products.map((key) => `aws:ssm/parameter:Parameter live-${key}`),
]

/** The topics at AWS Marketplace of a product that is, or was, of the legacy integration. */
export const legacy = (
  product: string,
  ...topics: readonly ('subscription' | 'entitlement')[]
): readonly string[] =>
  topics.map(
    (topic) => `aws:sns/topicSubscription:TopicSubscription notifications-legacy-${product}-${topic}`,
  )

export const MAIL = [
  'tollgate:infra:Mail mail',
  'aws:sesv2/emailIdentity:EmailIdentity mail-identity',
  'aws:sesv2/configurationSet:ConfigurationSet mail-set',
  'aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination mail-come-back',
  edgeRight('mail'),
]

/** Of the image `repository`. */
export const registry = (repository: string): readonly string[] => [
  `tollgate:infra:Registry registry-${repository}`,
  `aws:ecr/repository:Repository registry-${repository}-repository`,
  `aws:ecr/lifecyclePolicy:LifecyclePolicy registry-${repository}-lifecycle`,
]

/** A task of the seller's own; `right`: the policy of what its pricing calls. */
export const service = (right: string | null): readonly string[] => [
  'tollgate:infra:Service service',
  'aws:cloudwatch/logGroup:LogGroup service-logs',
  'aws:ecs/cluster:Cluster service-cluster',
  'aws:ecs/taskDefinition:TaskDefinition service-task',
  'aws:ecs/service:Service service-service',
  'aws:appautoscaling/target:Target service-tasks',
  'aws:appautoscaling/policy:Policy service-by-cpu',
  'aws:ec2/securityGroup:SecurityGroup service-group',
  'aws:iam/role:Role service-execution-role',
  'aws:iam/rolePolicy:RolePolicy service-execution',
  'aws:iam/role:Role service-task-role',
  ...(right === null ? [] : [`aws:iam/rolePolicy:RolePolicy service-${right}`]),
]

/** None was given. */
export const NETWORK = [
  'tollgate:infra:Network service-network',
  'aws:ec2/vpc:Vpc service-network-vpc',
  'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup service-network-default-group',
  'aws:ec2/internetGateway:InternetGateway service-network-gateway',
  'aws:ec2/routeTable:RouteTable service-network-routes',
  'aws:ec2/route:Route service-network-out',
  ...[1, 2].flatMap((zone) => [
    `aws:ec2/subnet:Subnet service-network-subnet-${zone}`,
    `aws:ec2/routeTableAssociation:RouteTableAssociation service-network-association-${zone}`,
  ]),
]

/** CI publishes `products`, and the images of `repositories`. */
export const publisher = (
  products: readonly string[],
  repositories: readonly string[],
): readonly string[] => [
  'tollgate:infra:Publisher publisher',
  'aws:iam/role:Role publisher-role',
  'aws:iam/rolePolicy:RolePolicy publisher-catalog',
  ...products.map((key) => `aws:iam/rolePolicy:RolePolicy publisher-catalog-${key}`),
  ...(repositories.length > 0 ? ['aws:iam/rolePolicy:RolePolicy publisher-login'] : []),
  ...repositories.map((key) => `aws:iam/rolePolicy:RolePolicy publisher-push-${key}`),
]

/** The account knew no provider for GitHub. */
export const GITHUB = ['aws:iam/openIdConnectProvider:OpenIdConnectProvider publisher-github']

function alarm(name: string): string {
  return `aws:cloudwatch/metricAlarm:MetricAlarm monitoring-${name}`
}

function edgeRight(right: string): string {
  return `aws:iam/rolePolicy:RolePolicy edge-identity-${right}`
}
