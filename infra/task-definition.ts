/** The container of a task of the seller's own, hardened as the one its buyers are given (docs/buyer/container). Pure. */
import type { ContainerProduct } from '../shared/seller.ts'
import { taskPolicy } from './policies.ts'

export interface TaskPlaces {
  readonly image: string
  readonly logGroup: string
  readonly region: string
}

export interface Task {
  readonly product: ContainerProduct
  /** Given as AWS_MARKETPLACE_PRODUCT_CODE; null: the image trusts one code and needs no such setting. */
  readonly code: string | null
  /** ARNs in Secrets Manager or Parameter Store, by the variable's name. */
  readonly secrets: Readonly<Record<string, string>>
}

/** The user of the image, and of every volume it writes. */
const UID = 65_532
const SPOOL = '/var/lib/tollgate'

/** Which code a task names: an image of several products cannot know. */
export const codeOf = (product: ContainerProduct, containers: readonly ContainerProduct[]): string | null =>
  containers.length > 1 && taskPolicy(product.pricing) !== null ? product.code : null

/** `volumes` of the task: what is counted and not yet sent; on Fargate the task's own disk. */
export const VOLUMES = [{ name: 'spool' }]

/** `containerDefinitions`, its one member. */
export const containerDefinition = ({ product, code, secrets }: Task, places: TaskPlaces) => ({
  name: product.image.repository,
  image: places.image,
  essential: true,
  portMappings: [{ containerPort: product.image.port, protocol: 'tcp' }],
  ...(code === null ? {} : { environment: [{ name: 'AWS_MARKETPLACE_PRODUCT_CODE', value: code }] }),
  ...(Object.keys(secrets).length === 0 ? {} : { secrets: namedSecrets(secrets) }),
  user: `${UID}:${UID}`,
  readonlyRootFilesystem: true,
  linuxParameters: { capabilities: { drop: ['ALL'] } },
  mountPoints: [{ sourceVolume: 'spool', containerPath: SPOOL, readOnly: false }],
  // ECS reads this one, never the image's.
  healthCheck: {
    command: [
      'CMD',
      'node',
      '/opt/tollgate/health.mjs',
      `http://127.0.0.1:${product.image.port}${product.image.healthPath}`,
    ],
    interval: 30,
    timeout: 10,
    retries: 3,
    startPeriod: 60,
  },
  stopTimeout: 30,
  logConfiguration: {
    logDriver: 'awslogs',
    options: {
      'awslogs-group': places.logGroup,
      'awslogs-region': places.region,
      'awslogs-stream-prefix': product.image.repository,
    },
  },
})

const namedSecrets = (secrets: Readonly<Record<string, string>>) =>
  Object.entries(secrets)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, valueFrom]) => ({ name, valueFrom }))

/** An image by its digest or by its tag. */
export const imageOf = (repositoryUrl: string, image: string): string =>
  `${repositoryUrl}${image.startsWith('sha256:') ? '@' : ':'}${image}`
