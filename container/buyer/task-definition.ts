/** The ECS task definition of a product, as `aws ecs register-task-definition --cli-input-json` takes it. Pure. */
import {
  AGENT_PORT,
  healthCommand,
  SPOOL,
  STOP_SECONDS,
  UID,
  type Architecture,
  type BuyerProduct,
} from './product.ts'

/** What only the buyer knows. In the files they are `${NAME}`. */
export interface TaskPlaces {
  readonly image: string
  readonly taskRole: string
  readonly executionRole: string
  readonly logGroup: string
  readonly region: string
  /** With an agent: the secret both sides hold, as ECS reads it. */
  readonly agentKey: string
  /** With an agent: its name in the cluster's network. */
  readonly agentHost: string
}

export const PLACES: TaskPlaces = {
  image: '${IMAGE}',
  taskRole: '${TASK_ROLE_ARN}',
  executionRole: '${EXECUTION_ROLE_ARN}',
  logGroup: '${LOG_GROUP}',
  region: '${LOG_REGION}',
  agentKey: '${AGENT_KEY_SECRET_ARN}',
  agentHost: '${AGENT_HOST}',
}

/** `agent`: the cluster's one agent; `task`: the application. */
export type Role = 'task' | 'agent'

export function taskDefinition(
  product: BuyerProduct,
  architecture: Architecture,
  role: Role = 'task',
  places: TaskPlaces = PLACES,
) {
  const name = role === 'agent' ? `${product.name}-agent` : product.name
  return {
    family: name,
    requiresCompatibilities: ['FARGATE', 'EC2'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    runtimePlatform: { operatingSystemFamily: 'LINUX', cpuArchitecture: architecture.ecs },
    taskRoleArn: places.taskRole,
    executionRoleArn: places.executionRole,
    containerDefinitions: [containerDefinition(product, name, role, places)],
    volumes: [{ name: 'spool' }],
  }
}

function containerDefinition(product: BuyerProduct, name: string, role: Role, places: TaskPlaces) {
  const environment = environmentOf(product, role, places)
  return {
    name,
    image: places.image,
    essential: true,
    // Without a command the image's entry point serves usage and status, and starts no application.
    ...(role === 'agent' ? { entryPoint: ['node', '/opt/tollgate/tollgate.mjs'] } : {}),
    portMappings: [{ containerPort: role === 'agent' ? AGENT_PORT : product.port, protocol: 'tcp' }],
    ...(environment.length === 0 ? {} : { environment }),
    ...(product.agent ? { secrets: [{ name: 'TOLLGATE_AGENT_KEY', valueFrom: places.agentKey }] } : {}),
    user: `${UID}:${UID}`,
    readonlyRootFilesystem: true,
    linuxParameters: { capabilities: { drop: ['ALL'] } },
    mountPoints: [{ sourceVolume: 'spool', containerPath: SPOOL, readOnly: false }],
    // ECS reads this one, never the image's.
    healthCheck: {
      command: ['CMD', ...(role === 'agent' ? healthCommand(product).slice(0, 2) : healthCommand(product))],
      interval: 30,
      timeout: 10,
      retries: 3,
      startPeriod: 60,
    },
    stopTimeout: STOP_SECONDS,
    logConfiguration: {
      logDriver: 'awslogs',
      options: {
        'awslogs-group': places.logGroup,
        'awslogs-region': places.region,
        'awslogs-stream-prefix': name,
      },
    },
  }
}

function environmentOf(product: BuyerProduct, role: Role, places: TaskPlaces) {
  const code = product.code === null ? [] : [{ name: 'AWS_MARKETPLACE_PRODUCT_CODE', value: product.code }]
  if (!product.agent) return code
  const agent = role === 'agent' ? 'listen' : `http://${places.agentHost}:${AGENT_PORT}`
  return [...code, { name: 'TOLLGATE_AGENT', value: agent }]
}
