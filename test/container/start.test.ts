/** What a start decides before anything is asked: whose product, whose credentials, and what is refused by name (issue, Identity). */
import { expect, test } from 'vitest'
import { readStart } from '../../container/start.ts'
import type { ContainerProductView, ContainerView } from '../../shared/seller/views.ts'
import { METERED, productView, viewOf } from '../support/container-view.ts'

const METADATA = { ECS_CONTAINER_METADATA_URI_V4: 'http://169.254.170.2/v4/1' }
const ECS = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/1', ...METADATA }
const IRSA = { AWS_ROLE_ARN: 'arn:aws:iam::000011112222:role/r', AWS_WEB_IDENTITY_TOKEN_FILE: '/token' }
const KEY = 'k'.repeat(16)
const FREE = productView('free', 'free')
const HOURLY = productView('hourly', 'hourly')
const AGENT: ContainerProductView = { ...METERED, metering: 'agent' }

const all = (...products: ContainerProductView[]): ContainerView => ({ products, plans: [] })

function started(env: Record<string, string>, view: ContainerView = viewOf(METERED)): unknown {
  const start = readStart(env, view)
  if (!start.ok) return [start.error.exit, start.error.code]
  return { product: start.value.product?.key ?? null, source: start.value.source }
}

type Case<T> = readonly (readonly [what: string, env: Record<string, string>, expected: T])[]

const TAKEN: Case<object> = [
  [
    'the task role of ECS',
    ECS,
    {
      kind: 'ecs',
      url: 'http://169.254.170.2/v2/credentials/1',
      authorization: null,
      metadata: 'http://169.254.170.2/v4/1',
    },
  ],
  ['IRSA', IRSA, { kind: 'eks', roleArn: IRSA.AWS_ROLE_ARN, tokenFile: '/token' }],
  [
    'IRSA beside Pod Identity, which is not used',
    { ...IRSA, AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/v1/credentials' },
    { kind: 'eks', roleArn: IRSA.AWS_ROLE_ARN, tokenFile: '/token' },
  ],
]

test.each(TAKEN)('%s is taken (facts §3)', (_, env, source) => {
  expect(started(env)).toEqual({ product: 'metered', source })
})

const REFUSED: Case<string> = [
  ['none', {}, 'no-credentials'],
  ['those of the node', { AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://169.254.169.254' }, 'no-credentials'],
  ['a profile', { AWS_PROFILE: 'mine' }, 'no-credentials'],
  ['long-term keys, even beside a role', { ...ECS, AWS_ACCESS_KEY_ID: 'AKIA' }, 'static-keys'],
  ['long-term keys beside IRSA', { ...IRSA, AWS_SECRET_ACCESS_KEY: 's' }, 'static-keys'],
  [
    'Pod Identity by its address',
    { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/v1/credentials' },
    'pod-identity',
  ],
  [
    'Pod Identity over IPv6',
    { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://[fd00:ec2::23]/v1/credentials' },
    'pod-identity',
  ],
  [
    'Pod Identity by its token file',
    {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1/c',
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/t',
    },
    'pod-identity',
  ],
  [
    'an address that is no platform’s',
    { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'https://keys.example.com/' },
    'no-credentials',
  ],
  ...[
    'http://127.0.0.1@keys.example.com/',
    'http://localhost.example.com/',
    'http://3232235777/',
    'http://[::ffff:127.0.0.1]/',
    'file://localhost/keys',
    'localhost/keys',
  ].map(
    (address) =>
      [address, { ...METADATA, AWS_CONTAINER_CREDENTIALS_FULL_URI: address }, 'no-credentials'] as const,
  ),
  ...['@keys.example.com/', '.example.com/', ':80/', 'v2/credentials'].map(
    (path) =>
      [
        `${path} after the platform’s address`,
        { ...METADATA, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: path },
        'no-credentials',
      ] as const,
  ),
  [
    'a platform whose metadata is a file',
    { ...ECS, ECS_CONTAINER_METADATA_URI_V4: 'file:///metadata' },
    'no-metadata',
  ],
  ['half of IRSA', { AWS_ROLE_ARN: IRSA.AWS_ROLE_ARN }, 'half-irsa'],
  [
    'ECS without its metadata, as AgentCore would be',
    { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/c' },
    'no-metadata',
  ],
  ['AgentCore by its mark', { AWS_REGION: 'us-east-1', BEDROCK_AGENTCORE_RUNTIME: 'x' }, 'agentcore'],
]

test.each(REFUSED)('with credentials of %s it ends with 78', (_, env, code) => {
  expect(started(env)).toEqual([78, code])
})

const named = (product: ContainerProductView) => ({ ...ECS, AWS_MARKETPLACE_PRODUCT_CODE: product.code })

test('the environment chooses among the codes compiled in, and adds none (design §7)', () => {
  expect([
    started(named(HOURLY), all(METERED, HOURLY)),
    started(named(METERED), all(METERED, FREE)),
    started(ECS, all(METERED, FREE)),
    started(ECS, all(METERED, HOURLY)),
    started(named(productView('other', 'hourly')), all(METERED)),
    started(named(FREE), all(METERED, FREE)),
    started(ECS, all()),
  ]).toMatchObject([
    { product: 'hourly' },
    { product: 'metered' },
    { product: 'metered' },
    [78, 'no-code'],
    [78, 'unknown-code'],
    [78, 'free-code'],
    [78, 'no-product'],
  ])
})

test('a free product asks for no role, and a paid image is never the seller’s own service', () => {
  const edge = {
    TOLLGATE_TARGET: 'edge',
    TOLLGATE_EDGE_URL: 'https://edge.example.com',
    TOLLGATE_EDGE_KEY: KEY,
  }
  expect([started({}, all(FREE)), started(edge, all()), started(edge, all(METERED))]).toEqual([
    { product: 'free', source: null },
    { product: null, source: null },
    [78, 'edge-target'],
  ])
})

test('usage goes to an agent where the product is metered by one, and nowhere else', () => {
  const posts = { ...ECS, TOLLGATE_AGENT: 'http://mine:1', TOLLGATE_AGENT_KEY: KEY }
  expect([started(posts, all(METERED)), started(ECS, all(AGENT)), started(posts, all(AGENT))]).toMatchObject([
    [78, 'wrong-agent'],
    [78, 'wrong-agent'],
    { product: 'metered' },
  ])
})
