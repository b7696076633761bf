/** The seller's own task in every pricing, as the plan has it; its task definition is the buyer's. */
import { expect, test } from 'vitest'
import { Service, type ServiceArgs } from '../../infra/fargate-service.ts'
import { buyerProducts } from '../../container/buyer/product.ts'
import { taskDefinition } from '../../container/buyer/task-definition.ts'
import type { ContainerPricing, ContainerProduct, SellerConfig } from '../../shared/seller.ts'
import { ofTwo, priced, PRICINGS, VERSION } from '../container/buyer/products.ts'
import {
  ACCOUNT,
  documentIn,
  listOf,
  planOf,
  REGION,
  resourceOf,
  textIn,
  type Planned,
} from '../support/plan.ts'
import { containerProduct, serviceSettings } from './container.ts'

const REPOSITORY = {
  url: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/prod/skillsmith`,
  arn: `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/prod/skillsmith`,
}
const LOGS = 'service-logs-1a2b3c4'
const SECRET = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:db-AbCdEf`
const PARAMETER = `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/skillsmith/mode`

const planService = (args: Partial<ServiceArgs> = {}) => {
  const product = args.product ?? containerProduct()
  return planOf(
    () =>
      new Service('service', {
        product,
        settings: serviceSettings(),
        repository: REPOSITORY,
        account: ACCOUNT,
        region: REGION,
        logDays: 90,
        ...args,
      }),
  )
}

const definitionIn = (plan: readonly Planned[]) => {
  const task = resourceOf(plan, 'service-task')
  return { ...task.inputs, containerDefinitions: JSON.parse(textIn(task, 'containerDefinitions')) }
}

test('a service is a network, a cluster, a task with two roles, and its scaling', async () => {
  const names = listOf(await planService()).filter((one) => !one.includes('service-network-'))
  expect(names).toEqual([
    'aws:appautoscaling/policy:Policy service-by-cpu',
    'aws:appautoscaling/target:Target service-tasks',
    'aws:cloudwatch/logGroup:LogGroup service-logs',
    'aws:ec2/securityGroup:SecurityGroup service-group',
    'aws:ecs/cluster:Cluster service-cluster',
    'aws:ecs/service:Service service-service',
    'aws:ecs/taskDefinition:TaskDefinition service-task',
    'aws:iam/role:Role service-execution-role',
    'aws:iam/role:Role service-task-role',
    'aws:iam/rolePolicy:RolePolicy service-custom-metering',
    'aws:iam/rolePolicy:RolePolicy service-execution',
    'tollgate:infra:Network service-network',
    'tollgate:infra:Service service',
  ])
})

test('what fails to start is rolled back, and the number of tasks is left to the scaling', async () => {
  const service = resourceOf(await planService(), 'service-service')

  expect(service.inputs).toEqual({
    cluster: `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/service-cluster-1a2b3c4`,
    taskDefinition: `arn:aws:ecs:${REGION}:${ACCOUNT}:task-definition/skillsmith:1`,
    launchType: 'FARGATE',
    desiredCount: 1,
    deploymentCircuitBreaker: { enable: true, rollback: true },
    deploymentMinimumHealthyPercent: 100,
    deploymentMaximumPercent: 200,
    enableEcsManagedTags: true,
    propagateTags: 'SERVICE',
    enableExecuteCommand: false,
    waitForSteadyState: true,
    networkConfiguration: {
      subnets: ['subnet-service-network-subnet-1', 'subnet-service-network-subnet-2'],
      securityGroups: ['sg-service-group'],
      assignPublicIp: true,
    },
  })
  expect(service.ignoreChanges).toEqual(['desiredCount'])
  expect(service.dependsOn).toEqual(
    expect.arrayContaining(['service-execution', 'service-custom-metering', 'service-network-out']),
  )
})

test('nobody can reach a task, and it goes out by HTTPS alone', async () => {
  expect(resourceOf(await planService(), 'service-group').inputs).toEqual({
    description: 'Out by HTTPS, nobody in',
    vpcId: 'vpc-service-network-vpc',
    ingress: [],
    egress: [{ protocol: 'tcp', fromPort: 443, toPort: 443, cidrBlocks: ['0.0.0.0/0'] }],
  })
})

test('subnets that are given are used as they are: no network is made, no public address taken', async () => {
  const network = { vpcId: 'vpc-0a1', subnetIds: ['subnet-0b1', 'subnet-0b2'] }
  const plan = await planService({ settings: serviceSettings({ network }) })

  expect(listOf(plan).filter((one) => /Network|aws:ec2/.test(one))).toEqual([
    'aws:ec2/securityGroup:SecurityGroup service-group',
  ])
  expect(resourceOf(plan, 'service-group').inputs).toMatchObject({ vpcId: 'vpc-0a1' })
  expect(resourceOf(plan, 'service-service').inputs).toMatchObject({
    networkConfiguration: { subnets: network.subnetIds, assignPublicIp: false },
  })
})

test('the number of tasks follows their CPU, between the two that were given', async () => {
  const plan = await planService({ settings: serviceSettings({ minTasks: 2, maxTasks: 8 }) })
  const scaled = {
    serviceNamespace: 'ecs',
    scalableDimension: 'ecs:service:DesiredCount',
    resourceId: 'service/service-cluster-1a2b3c4/service-service-1a2b3c4',
  }

  expect(resourceOf(plan, 'service-tasks').inputs).toEqual({ ...scaled, minCapacity: 2, maxCapacity: 8 })
  const policy = resourceOf(plan, 'service-by-cpu')
  expect(policy.inputs).toEqual({
    ...scaled,
    policyType: 'TargetTrackingScaling',
    targetTrackingScalingPolicyConfiguration: {
      predefinedMetricSpecification: { predefinedMetricType: 'ECSServiceAverageCPUUtilization' },
      targetValue: 60,
    },
  })
  expect(policy.dependsOn).toContain('service-tasks')
})

/** What differs from a buyer's: who runs it, where, on Fargate alone, and that a paid product is always named by its code. */
function asBuyers(config: SellerConfig, { key, code }: ContainerProduct, architecture: 'ARM64' | 'X86_64') {
  const product = buyerProducts(config, VERSION).find((product) => product.key === key)
  const { ecs, platform } = product?.architectures.find(({ ecs }) => ecs === architecture) ?? {}
  if (product === undefined || ecs === undefined || platform === undefined) throw new Error('no such product')
  const { containerDefinitions, family, volumes, ...rest } = taskDefinition(
    { ...product, code: product.actions.length > 0 ? code : null },
    { ecs, platform },
    'task',
    {
      image: `${REPOSITORY.url}:1.0.0`,
      taskRole: `arn:aws:iam::${ACCOUNT}:role/service-task-role-1a2b3c4`,
      executionRole: `arn:aws:iam::${ACCOUNT}:role/service-execution-role-1a2b3c4`,
      logGroup: LOGS,
      region: REGION,
      agentKey: '',
      agentHost: '',
    },
  )
  return { ...rest, containerDefinitions, family, volumes, requiresCompatibilities: ['FARGATE'] }
}

const TASKS = [
  ...PRICINGS.map((pricing) => [pricing, priced(pricing), 0] as const),
  ['the first of two products', ofTwo, 0] as const,
  ['the second of two products', ofTwo, 1] as const,
].flatMap(([name, config, index]) =>
  (['ARM64', 'X86_64'] as const).map((architecture) => [name, architecture, config, index] as const),
)

test.each(TASKS)(
  'the task of %s on %s is the one its buyers are given',
  async (_, architecture, config, index) => {
    const containers = config.products.filter((product) => product.kind === 'container')
    const product = containers[index]
    if (product === undefined) throw new Error('no such product')
    const plan = await planService({ product, settings: serviceSettings({ architecture }) })
    expect(definitionIn(plan)).toEqual(asBuyers(config, product, architecture))
  },
)

test.each([
  ['1.4.2', ':1.4.2'],
  [`sha256:${'a'.repeat(64)}`, `@sha256:${'a'.repeat(64)}`],
])('the image %s is named as ECR wants it', async (image, suffix) => {
  const { containerDefinitions } = definitionIn(await planService({ settings: serviceSettings({ image }) }))
  expect(containerDefinitions[0].image).toBe(`${REPOSITORY.url}${suffix}`)
})

test('secrets are named in the task by their ARNs, and read by ECS, never by the container', async () => {
  const plan = await planService({
    settings: serviceSettings({
      secrets: { MODE: PARAMETER, DB: `${SECRET}:url::`, DB_USER: `${SECRET}:user::` },
    }),
  })

  expect(definitionIn(plan).containerDefinitions[0].secrets).toEqual([
    { name: 'DB', valueFrom: `${SECRET}:url::` },
    { name: 'DB_USER', valueFrom: `${SECRET}:user::` },
    { name: 'MODE', valueFrom: PARAMETER },
  ])
  expect(documentIn(resourceOf(plan, 'service-execution')).Statement.slice(3)).toEqual([
    { Sid: 'Secrets', Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: [SECRET] },
    { Sid: 'Parameters', Effect: 'Allow', Action: 'ssm:GetParameters', Resource: [PARAMETER] },
  ])
})

test('ECS may pull the one repository and write the one log, and nothing else', async () => {
  const plan = await planService()

  const { Statement } = documentIn(resourceOf(plan, 'service-execution'))
  expect(Statement.map(({ Action, Resource }) => [Action, Resource])).toEqual([
    ['ecr:GetAuthorizationToken', '*'],
    [['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], REPOSITORY.arn],
    [['logs:CreateLogStream', 'logs:PutLogEvents'], `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${LOGS}:*`],
  ])
  expect(resourceOf(plan, 'service-logs').inputs).toEqual({ retentionInDays: 90 })
})

const CALLS: readonly (readonly [ContainerPricing, readonly string[]])[] = [
  ['hourly', ['aws-marketplace:RegisterUsage']],
  ['custom-metering', ['aws-marketplace:MeterUsage']],
  [
    'contract',
    [
      'license-manager:CheckInLicense',
      'license-manager:CheckoutLicense',
      'license-manager:ExtendLicenseConsumption',
    ],
  ],
  ['free', []],
  ['byol', []],
]

test.each(CALLS)('a task of pricing %s may call %j', async (pricing, actions) => {
  const plan = await planService({ product: containerProduct({ pricing }) })
  const granted = plan
    .filter((one) => one.type.endsWith(':RolePolicy') && textIn(one, 'role').startsWith('service-task-role'))
    .flatMap((right) => documentIn(right).Statement.flatMap(({ Action }) => Action))
  expect(granted).toEqual(actions)
})

test('in a preview of a first stack the task definition is unknown, and nothing fails', async () => {
  const plan = await planOf(
    () =>
      new Service('service', {
        product: containerProduct(),
        settings: serviceSettings(),
        repository: REPOSITORY,
        account: ACCOUNT,
        region: REGION,
        logDays: 90,
      }),
    { preview: true },
  )
  expect(resourceOf(plan, 'service-task').inputs['containerDefinitions']).toMatch(/unknown/)
})
