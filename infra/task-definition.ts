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
  /** ARNs in Secrets Manager or Parameter Store, by the variable's name. */
  readonly secrets: Readonly<Record<string, string>>
}

/** The user of the image, and of every volume it writes. */
const UID = 65_532
const SPOOL = '/var/lib/tollgate'

/** `volumes` of the task: what is counted and not yet sent; on Fargate the task's own disk. */
export const VOLUMES = [{ name: 'spool' }]

/** `containerDefinitions`, its one member. */
export const containerDefinition = ({ product, secrets }: Task, places: TaskPlaces) => ({
  name: product.image.repository,
  image: places.image,
  essential: true,
  portMappings: [{ containerPort: product.image.port, protocol: 'tcp' }],
  ...environmentOf(product),
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

/** Named even where the image trusts this code alone, so that a product more changes nothing here. */
const environmentOf = ({ pricing, code }: ContainerProduct) =>
  taskPolicy(pricing) === null ? {} : { environment: [{ name: 'AWS_MARKETPLACE_PRODUCT_CODE', value: code }] }

const namedSecrets = (secrets: Readonly<Record<string, string>>) =>
  Object.entries(secrets)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, valueFrom]) => ({ name, valueFrom }))

/** An image by its digest or by its tag. */
export const imageOf = (repositoryUrl: string, image: string): string =>
  `${repositoryUrl}${image.startsWith('sha256:') ? '@' : ':'}${image}`
