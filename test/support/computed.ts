/** What AWS would say of a resource that it made, by type: the outputs that our program reads. Made up, but of AWS's shape. */
import type { Inputs, Value } from './resource-monitor.ts'

/** Whose credentials the program runs with. */
export const ACCOUNT = '123456789012'
/** Where the stack is; what has a `region` of its own is there. */
export const REGION = 'eu-central-1'

export type Invokes = Readonly<Record<string, (args: Inputs) => Inputs>>

/** Answers to what the program asks AWS while it plans. */
export const INVOKES: Invokes = {
  'aws:index/getCallerIdentity:getCallerIdentity': () => ({
    id: ACCOUNT,
    accountId: ACCOUNT,
    arn: `arn:aws:iam::${ACCOUNT}:user/seller`,
    userId: 'AIDACKCEVSQ6C2EXAMPLE',
  }),
  'aws:index/getRegion:getRegion': ({ region }) => ({ id: region ?? REGION, region: region ?? REGION }),
  'aws:index/getPartition:getPartition': () => ({ id: 'aws', partition: 'aws', dnsSuffix: 'amazonaws.com' }),
  'aws:index/getAvailabilityZones:getAvailabilityZones': () => ({
    id: REGION,
    names: ['a', 'b', 'c'].map((zone) => `${REGION}${zone}`),
    zoneIds: ['euc1-az2', 'euc1-az3', 'euc1-az1'],
  }),
}

interface Made {
  readonly type: string
  readonly name: string
  readonly inputs: Inputs
}

export function computedOf(made: Made): Inputs {
  const own = text(made.inputs['name']) ?? `${made.name}-1a2b3c4`
  const region = text(made.inputs['region']) ?? REGION
  const service = serviceOf(made.type)
  return {
    id: own,
    name: own,
    region,
    arn: `arn:aws:${service}:${region}:${ACCOUNT}:${own}`,
    ...BY_TYPE[made.type]?.({ ...made, own, region }),
  }
}

const serviceOf = (type: string): string => type.split(':')[1]?.split('/')[0] ?? 'unknown'

interface Asked extends Made {
  /** Its physical name. */
  readonly own: string
  readonly region: string
}

const withArn = (arn: string): Inputs => ({ id: arn, arn })

const BY_TYPE: Readonly<Record<string, (of: Asked) => Inputs>> = {
  'random:index/randomPassword:RandomPassword': ({ name }) => ({ id: 'none', result: `${name}-result` }),
  'aws:kms/key:Key': ({ name, region }) => ({
    id: `${name}-key-id`,
    keyId: `${name}-key-id`,
    arn: `arn:aws:kms:${region}:${ACCOUNT}:key/${name}-key-id`,
  }),
  'aws:sqs/queue:Queue': ({ own, region }) => {
    const url = `https://sqs.${region}.amazonaws.com/${ACCOUNT}/${own}`
    return { id: url, url }
  },
  'aws:sns/topic:Topic': ({ own, region }) => withArn(`arn:aws:sns:${region}:${ACCOUNT}:${own}`),
  'aws:iam/role:Role': ({ own }) => ({ arn: `arn:aws:iam::${ACCOUNT}:role/${own}`, uniqueId: 'AROAEXAMPLE' }),
  'aws:iam/user:User': ({ own }) => ({ arn: `arn:aws:iam::${ACCOUNT}:user/${own}` }),
  'aws:iam/policy:Policy': ({ own }) => withArn(`arn:aws:iam::${ACCOUNT}:policy/${own}`),
  'aws:iam/accessKey:AccessKey': () => ({
    id: 'AKIAIOSFODNN7EXAMPLE',
    secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  }),
  'aws:iam/openIdConnectProvider:OpenIdConnectProvider': ({ inputs }) =>
    withArn(`arn:aws:iam::${ACCOUNT}:oidc-provider/${(text(inputs['url']) ?? '').replace('https://', '')}`),
  'aws:ecr/repository:Repository': ({ own, region }) => ({
    arn: `arn:aws:ecr:${region}:${ACCOUNT}:repository/${own}`,
    registryId: ACCOUNT,
    repositoryUrl: `${ACCOUNT}.dkr.ecr.${region}.amazonaws.com/${own}`,
  }),
  'aws:cloudwatch/eventRule:EventRule': ({ own, region }) => ({
    arn: `arn:aws:events:${region}:${ACCOUNT}:rule/${own}`,
  }),
  'aws:cloudwatch/eventConnection:EventConnection': ({ own, region }) => ({
    arn: `arn:aws:events:${region}:${ACCOUNT}:connection/${own}/1a2b3c4`,
  }),
  'aws:cloudwatch/eventApiDestination:EventApiDestination': ({ own, region }) => ({
    arn: `arn:aws:events:${region}:${ACCOUNT}:api-destination/${own}/1a2b3c4`,
  }),
  'aws:cloudwatch/logGroup:LogGroup': ({ own, region }) => ({
    arn: `arn:aws:logs:${region}:${ACCOUNT}:log-group:${own}`,
  }),
  'aws:cloudwatch/metricAlarm:MetricAlarm': ({ own, region }) => ({
    arn: `arn:aws:cloudwatch:${region}:${ACCOUNT}:alarm:${own}`,
  }),
  'aws:ssm/parameter:Parameter': ({ own, region }) => ({
    arn: `arn:aws:ssm:${region}:${ACCOUNT}:parameter${own}`,
    version: 1,
  }),
  'aws:ecs/cluster:Cluster': ({ own, region }) => withArn(`arn:aws:ecs:${region}:${ACCOUNT}:cluster/${own}`),
  'aws:ecs/taskDefinition:TaskDefinition': ({ inputs, name, region }) => {
    const family = text(inputs['family']) ?? name
    const arn = `arn:aws:ecs:${region}:${ACCOUNT}:task-definition/${family}`
    return { id: family, arn: `${arn}:1`, arnWithoutRevision: arn, revision: 1 }
  },
  'aws:ecs/service:Service': ({ own, region }) => withArn(`arn:aws:ecs:${region}:${ACCOUNT}:service/${own}`),
  'aws:ec2/vpc:Vpc': ({ name }) => ({ id: `vpc-${name}`, defaultSecurityGroupId: `sg-default-${name}` }),
  'aws:ec2/subnet:Subnet': ({ name }) => ({ id: `subnet-${name}` }),
  'aws:ec2/securityGroup:SecurityGroup': ({ name }) => ({ id: `sg-${name}` }),
  'aws:sesv2/emailIdentity:EmailIdentity': ({ inputs, region }) => ({
    id: text(inputs['emailIdentity']) ?? '',
    arn: `arn:aws:ses:${region}:${ACCOUNT}:identity/${text(inputs['emailIdentity'])}`,
    dkimSigningAttributes: { tokens: ['token1', 'token2', 'token3'], status: 'PENDING' },
  }),
  'aws:sesv2/configurationSet:ConfigurationSet': ({ inputs, own, region }) => {
    const set = text(inputs['configurationSetName']) ?? own
    return {
      id: set,
      configurationSetName: set,
      arn: `arn:aws:ses:${region}:${ACCOUNT}:configuration-set/${set}`,
    }
  },
}

const text = (value: Value | undefined): string | undefined => (typeof value === 'string' ? value : undefined)
