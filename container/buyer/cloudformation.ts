/** The CloudFormation template of a product: roles, log group, task definition, service; the buyer brings cluster and network. Pure. */
import { AGENT_PORT, type BuyerProduct } from './product.ts'
import { taskDefinition, type Role } from './task-definition.ts'
import type { Plain } from './yaml.ts'

type Block = { readonly [name: string]: Plain | undefined }

const ref = (name: string): Block => ({ Ref: name })
const arn = (name: string): Block => ({ 'Fn::GetAtt': [name, 'Arn'] })
const sub = (text: string): Block => ({ 'Fn::Sub': text })
const either = (condition: string, yes: Plain, no: Plain): Block => ({ 'Fn::If': [condition, yes, no] })
const NOTHING = ref('AWS::NoValue')

/** The template. */
export function cloudFormation(product: BuyerProduct): Block {
  const roles: readonly Role[] = product.agent ? ['agent', 'task'] : ['task']
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `${product.title} on ECS with Fargate`,
    Parameters: parameters(product),
    Conditions: {
      KeepsSpool: { 'Fn::Not': [{ 'Fn::Equals': [ref('SpoolFileSystem'), ''] }] },
      HasTargetGroup: { 'Fn::Not': [{ 'Fn::Equals': [ref('TargetGroupArn'), ''] }] },
    },
    Resources: {
      LogGroup: {
        Type: 'AWS::Logs::LogGroup',
        Properties: { RetentionInDays: ref('LogRetentionDays') },
      },
      ExecutionRole: executionRole(product),
      TaskRole: taskRole(product),
      ...Object.assign({}, ...roles.map((role) => serving(product, role))),
    },
    Outputs: {
      TaskRoleArn: { Description: 'The role AWS Marketplace knows the tasks by', Value: arn('TaskRole') },
      LogGroup: { Description: 'Where the tasks say why they do not start', Value: ref('LogGroup') },
    },
  }
}

function parameters(product: BuyerProduct): Block {
  const text = { Type: 'String' }
  return {
    Image: { ...text, Description: "The image's address, as the product's page on AWS Marketplace gives it" },
    Cluster: { ...text, Description: 'Name or ARN of the ECS cluster' },
    Subnets: { Type: 'List<AWS::EC2::Subnet::Id>', Description: 'With a way to AWS: NAT or endpoints' },
    SecurityGroups: {
      Type: 'List<AWS::EC2::SecurityGroup::Id>',
      Description: `Must let HTTPS out${product.agent ? `, and port ${AGENT_PORT} between the tasks` : ''}`,
    },
    AssignPublicIp: { ...text, Default: 'DISABLED', AllowedValues: ['DISABLED', 'ENABLED'] },
    Architecture: {
      ...text,
      Default: product.architectures[0]?.ecs ?? 'X86_64',
      AllowedValues: product.architectures.map((one) => one.ecs),
    },
    Cpu: { ...text, Default: '256', AllowedValues: ['256', '512', '1024', '2048', '4096'] },
    Memory: { ...text, Default: '512', Description: 'MiB; must be one that Fargate offers for this Cpu' },
    DesiredCount: { Type: 'Number', Default: '1', MinValue: 0, Description: 'How many tasks run' },
    TargetGroupArn: {
      ...text,
      Default: '',
      Description: 'A load balancer target group of type ip; empty: none',
    },
    SpoolFileSystem: {
      ...text,
      Default: '',
      Description:
        "An EFS file system (fs-...) that keeps what is not yet metered when a task is lost; empty: the task's own disk",
    },
    SpoolAccessPoint: {
      ...text,
      Default: '',
      Description: 'Its access point (fsap-...), with user and group 65532; needed with SpoolFileSystem',
    },
    LogRetentionDays: { Type: 'Number', Default: '30' },
    ...(product.agent
      ? {
          AgentKeySecret: { ...text, Description: 'ARN of a Secrets Manager secret: 32 random characters' },
          AgentNamespace: { ...text, Description: 'ARN of a Cloud Map HTTP namespace for Service Connect' },
        }
      : {}),
  }
}

const assumedByTasks = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
}

/** Pulls the image and writes the log; never seen by what runs in the container. */
const executionRole = (product: BuyerProduct): Block => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: assumedByTasks,
    ManagedPolicyArns: [
      sub('arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy'),
    ],
    ...(product.agent
      ? { Policies: [policy('AgentKey', ['secretsmanager:GetSecretValue'], ref('AgentKeySecret'))] }
      : {}),
  },
})

/** What the container may do: what its pricing calls, and its own volume. */
const taskRole = (product: BuyerProduct): Block => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: assumedByTasks,
    Policies: [
      // AWS Marketplace's actions know no resource.
      ...(product.actions.length === 0 ? [] : [policy('Marketplace', product.actions, '*')]),
      either(
        'KeepsSpool',
        policy(
          'Spool',
          ['elasticfilesystem:ClientMount', 'elasticfilesystem:ClientWrite'],
          sub(
            'arn:${AWS::Partition}:elasticfilesystem:${AWS::Region}:${AWS::AccountId}:file-system/${SpoolFileSystem}',
          ),
        ),
        NOTHING,
      ),
    ],
  },
})

const policy = (name: string, actions: readonly string[], resource: Plain): Block => ({
  PolicyName: name,
  PolicyDocument: {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: actions, Resource: resource }],
  },
})

/** The task definition and the service of the application, or of the agent. */
function serving(product: BuyerProduct, role: Role): Block {
  const prefix = role === 'agent' ? 'Agent' : ''
  return {
    [`${prefix}TaskDefinition`]: {
      Type: 'AWS::ECS::TaskDefinition',
      Properties: definition(product, role),
    },
    [`${prefix}Service`]: service(product, role, `${prefix}TaskDefinition`),
  }
}

/** The same task definition as the file for `register-task-definition`, with references in place of what the buyer fills in. */
function definition(product: BuyerProduct, role: Role): Block {
  const made = taskDefinition(product, { platform: 'amd64', ecs: 'X86_64' }, role, {
    image: '\0Image',
    taskRole: '\0TaskRole.Arn',
    executionRole: '\0ExecutionRole.Arn',
    logGroup: '\0LogGroup',
    region: '\0AWS::Region',
    agentKey: '\0AgentKeySecret',
    agentHost: 'tollgate-agent',
  })
  return {
    ...capitalised(made, false),
    Cpu: role === 'agent' ? made.cpu : ref('Cpu'),
    Memory: role === 'agent' ? made.memory : ref('Memory'),
    RuntimePlatform: { OperatingSystemFamily: 'LINUX', CpuArchitecture: ref('Architecture') },
    ContainerDefinitions: made.containerDefinitions.map((one) => ({
      ...capitalised(one, false),
      ...(product.agent && role === 'agent'
        ? { PortMappings: [{ Name: 'agent', ContainerPort: AGENT_PORT, Protocol: 'tcp' }] }
        : {}),
      LogConfiguration: {
        LogDriver: one.logConfiguration.logDriver,
        Options: capitalised(one.logConfiguration.options, true),
      },
    })),
    Volumes: [
      {
        Name: 'spool',
        EFSVolumeConfiguration: either(
          'KeepsSpool',
          {
            FilesystemId: ref('SpoolFileSystem'),
            TransitEncryption: 'ENABLED',
            AuthorizationConfig: { AccessPointId: ref('SpoolAccessPoint'), IAM: 'ENABLED' },
          },
          NOTHING,
        ),
      },
    ],
  }
}

function service(product: BuyerProduct, role: Role, definition: string): Block {
  const agent = role === 'agent'
  return {
    Type: 'AWS::ECS::Service',
    Properties: {
      Cluster: ref('Cluster'),
      TaskDefinition: ref(definition),
      LaunchType: 'FARGATE',
      DesiredCount: agent ? 1 : ref('DesiredCount'),
      // There is never a second agent, not even for the time of an update.
      DeploymentConfiguration: {
        MinimumHealthyPercent: agent ? 0 : 100,
        MaximumPercent: agent ? 100 : 200,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      },
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          Subnets: ref('Subnets'),
          SecurityGroups: ref('SecurityGroups'),
          AssignPublicIp: ref('AssignPublicIp'),
        },
      },
      ...(agent
        ? {}
        : {
            LoadBalancers: either(
              'HasTargetGroup',
              [
                {
                  ContainerName: product.name,
                  ContainerPort: product.port,
                  TargetGroupArn: ref('TargetGroupArn'),
                },
              ],
              NOTHING,
            ),
          }),
      ...(product.agent ? { ServiceConnectConfiguration: connection(agent) } : {}),
      PropagateTags: 'SERVICE',
    },
  }
}

/** The agent's name in the cluster's network, for the tasks. */
const connection = (agent: boolean): Block => ({
  Enabled: true,
  Namespace: ref('AgentNamespace'),
  ...(agent
    ? { Services: [{ PortName: 'agent', ClientAliases: [{ DnsName: 'tollgate-agent', Port: AGENT_PORT }] }] }
    : {}),
})

/** ECS's names as CloudFormation writes them, and a text that begins with NUL as the reference it stands for. */
function capitalised(value: object, names: boolean): Block {
  return Object.fromEntries(
    Object.entries(value).map(([name, one]: [string, unknown]) => [
      names ? name : name.charAt(0).toUpperCase() + name.slice(1),
      converted(one, names),
    ]),
  )
}

function converted(value: unknown, names: boolean): Plain {
  if (Array.isArray(value)) return value.map((one: unknown) => converted(one, names))
  if (typeof value === 'object' && value !== null) return capitalised(value, names)
  if (typeof value === 'string' && value.startsWith('\0')) {
    const [target = '', attribute] = value.slice(1).split('.')
    return attribute === undefined ? ref(target) : arn(target)
  }
  return value as string | number | boolean
}
