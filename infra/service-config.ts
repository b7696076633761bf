/** The config of the seller's own task on Fargate: keys `service…`, and which of Fargate's sizes go together. */
import type { ContainerProduct } from '../shared/seller.ts'
import { choiceOf, form, type ConfigReader } from './config-reader.ts'
import type { ServiceSettings } from './settings.ts'

/** Null: the seller runs no task of its own. */
export function serviceOf(
  read: ConfigReader,
  containers: readonly ContainerProduct[],
): ServiceSettings | null {
  const keys = containers.map(({ key }) => key)
  const product = read.optional('serviceProduct', choiceOf(keys), keys[0] ?? 'container')
  const image = read.optional('serviceImage', IMAGE, '1.0.0')
  const settings = {
    architecture: read.choice('serviceArchitecture', ['X86_64', 'ARM64']),
    ...sizeOf(read),
    ...tasksOf(read),
    network: networkOf(read),
    secrets: read.named('serviceSecrets', VARIABLE, SECRET, EXAMPLE_SECRET),
  }
  if (product === null && image === null) {
    if (settings.network !== null || Object.keys(settings.secrets).length > 0)
      read.wrong('serviceProduct', null, WHICH, keys[0] ?? 'container')
    return null
  }
  if (product === null) read.wrong('serviceProduct', null, WHICH, keys[0] ?? 'container')
  if (image === null) read.wrong('serviceImage', null, IMAGE.remedy, '1.0.0')
  const sold = containers.find(({ key }) => key === product)
  if (sold) checkAgainst(read, sold, settings.architecture)
  return { product: product ?? '', image: image ?? '', ...settings }
}

const WHICH = 'Give the key of the container product that is to run.'
const IMAGE = form(
  /^(sha256:[0-9a-f]{64}|\w[\w.-]{0,127})$/,
  "Give the digest or the tag of an image that was pushed to the product's repository.",
)
const VARIABLE = form(/^[A-Z_][A-Z0-9_]{0,99}$/, 'an environment variable in capitals.')
const SECRET = form(
  /^arn:aws:(secretsmanager:[a-z0-9-]+:\d{12}:secret:.+|ssm:[a-z0-9-]+:\d{12}:parameter\/.+)$/,
  'the ARN of a secret in Secrets Manager or of a parameter in SSM.',
)
const EXAMPLE_SECRET = 'DATABASE_URL=arn:aws:secretsmanager:eu-central-1:123456789012:secret:database-AbCdEf'

/** MiB by CPU units: first, last, step. Source: ECS, "Task definition parameters for Fargate", Task size (2026-11-21). */
const SIZES: Readonly<Record<string, readonly [first: number, last: number, step: number]>> = {
  256: [512, 2048, 512],
  512: [1024, 4096, 1024],
  1024: [2048, 8192, 1024],
  2048: [4096, 16_384, 1024],
  4096: [8192, 30_720, 1024],
  8192: [16_384, 61_440, 4096],
  16384: [32_768, 122_880, 8192],
}

function sizeOf(read: ConfigReader): Pick<ServiceSettings, 'cpu' | 'memory'> {
  const cpu = read.required('serviceCpu', choiceOf(Object.keys(SIZES)), '256')
  const memory = read.required('serviceMemory', MIB, '512')
  const size = SIZES[cpu]
  if (size === undefined || memory === '') return { cpu, memory }
  const [first, last, step] = size
  const amount = Number(memory)
  // 256 CPU units go with 512, 1024 and 2048 MiB, not with 1536.
  const isStep = (amount - first) % step === 0 && !(cpu === '256' && amount === 1536)
  if (amount < first || amount > last || !isStep) {
    const steps = cpu === '256' ? '512, 1024 or 2048' : `${first} to ${last} in steps of ${step}`
    read.wrong('serviceMemory', memory, `With ${cpu} CPU units Fargate takes ${steps} MiB.`, `${first}`)
  }
  return { cpu, memory }
}

const MIB = form(/^\d{3,6}$/, 'Give MiB.')

function tasksOf(read: ConfigReader): Pick<ServiceSettings, 'minTasks' | 'maxTasks'> {
  // Of no task there is no CPU by which the scaling would ever start another.
  const minTasks = read.number('serviceMinTasks', 1, 1000, 1)
  const maxTasks = read.number('serviceMaxTasks', 1, 1000, 4)
  if (maxTasks < minTasks) {
    read.wrong('serviceMaxTasks', `${maxTasks}`, `It is below serviceMinTasks, ${minTasks}.`, `${minTasks}`)
  }
  return { minTasks, maxTasks }
}

function networkOf(read: ConfigReader): ServiceSettings['network'] {
  const vpcId = read.optional(
    'serviceVpc',
    form(/^vpc-[0-9a-f]{8,17}$/, 'Give the id of a VPC.'),
    EXAMPLE_VPC,
  )
  const subnetIds = read.list('serviceSubnets', form(/^subnet-[0-9a-f]{8,17}$/, SUBNETS), EXAMPLE_SUBNET)
  if (vpcId === null && subnetIds.length > 0) {
    read.wrong('serviceVpc', null, 'Give the VPC of the subnets in serviceSubnets.', EXAMPLE_VPC)
  }
  if (vpcId !== null && subnetIds.length < 2) {
    read.wrong(
      'serviceSubnets',
      subnetIds[0] ?? null,
      SUBNETS,
      EXAMPLE_SUBNET,
      "--type string --path 'tollgate:serviceSubnets[1]'",
    )
  }
  return vpcId === null ? null : { vpcId, subnetIds }
}

const EXAMPLE_VPC = 'vpc-0a1b2c3d4e5f60718'
const EXAMPLE_SUBNET = 'subnet-0a1b2c3d4e5f60718'
const SUBNETS =
  'Give the ids of at least two subnets, in two zones, that lead out by NAT or endpoints: tasks there get no public address.'

function checkAgainst(read: ConfigReader, product: ContainerProduct, architecture: string): void {
  const platform = architecture === 'ARM64' ? 'linux/arm64' : 'linux/amd64'
  if (!product.image.platforms.includes(platform)) {
    const other = architecture === 'ARM64' ? 'X86_64' : 'ARM64'
    read.wrong('serviceArchitecture', architecture, `The image of ${product.key} has no ${platform}.`, other)
  }
  if (product.metering === 'agent') {
    const remedy = `Its tasks need the agent beside them, which this service does not run; start it by the buyer's own CloudFormation.`
    read.wrong('serviceProduct', product.key, remedy, "''")
  }
}
