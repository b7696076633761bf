/** The Helm chart of a product: what it is, its values, and the schema Helm holds them against. Templates are beside it. Pure. */
import { serviceTemplate, workloadTemplate, agentTemplate, accountTemplate } from './chart-templates.ts'
import type { BuyerProduct } from './product.ts'
import { toYaml } from './yaml.ts'

/** The chart's files by path. */
export function chart(product: BuyerProduct): Readonly<Record<string, string>> {
  return {
    'Chart.yaml': toYaml(chartFile(product)),
    'values.yaml': valuesFile(product),
    'values.schema.json': `${JSON.stringify(valuesSchema(product), null, 2)}\n`,
    'templates/service-account.yaml': accountTemplate(product),
    'templates/deployment.yaml': workloadTemplate(product),
    'templates/network.yaml': serviceTemplate(product),
    ...(product.agent ? { 'templates/agent.yaml': agentTemplate(product) } : {}),
  }
}

const chartFile = (product: BuyerProduct) => ({
  apiVersion: 'v2',
  // AWS Marketplace takes a chart whose name is the last part of its repository.
  name: product.name,
  type: 'application',
  version: product.version,
  appVersion: product.version,
  kubeVersion: '>=1.29.0-0',
  description: product.summary,
  home: product.website,
  maintainers: [{ name: product.vendor, email: product.support }],
})

/** The values as a person edits them. */
function valuesFile(product: BuyerProduct): string {
  const needsRole = product.actions.length > 0
  const texts = [
    `# The image: AWS Marketplace shows its registry and repository on the product's page.
image:
  registry: ""
  repository: ${product.name}
  tag: "${product.version}"
  pullPolicy: IfNotPresent

replicas: 1
`,
    `# The pods' service account. roleArn: an IAM role that trusts this account by the cluster's OIDC provider (IRSA)${
      needsRole
        ? ` and may call
# ${product.actions.join(', ')}. Without it no pod starts.`
        : '; this product needs none.'
    }
serviceAccount:
  create: true
  name: ${product.name}
  roleArn: ""
`,
    `# What is counted and not yet metered. Empty: the pod's own disk, which outlives a container and not the pod. A claim that
# many pods may write (EFS) lets a new pod report what a lost one had not.
spool:
  existingClaim: ""
  sizeLimit: 1Gi
`,
    product.agent
      ? `# The one agent that reports the usage of all pods. keySecret: a Secret of this namespace whose "key" holds 32 random
# characters.
agent:
  keySecret: ""
  storage: 1Gi
  storageClassName: ""
`
      : '',
    `# Settings of the container, as env entries: - name: TOLLGATE_LOG_LEVEL, value: "debug".
env: []

service:
  type: ClusterIP
  port: 80

resources:
  requests:
    cpu: 250m
    memory: 256Mi
  limits:
    memory: 512Mi

nodeSelector: {}
tolerations: []
affinity: {}
topologySpreadConstraints: []
podAnnotations: {}
`,
  ]
  return texts.filter((text) => text !== '').join('\n')
}

const text = { type: 'string' }
const named = { type: 'string', minLength: 1 }
const anyObject = { type: 'object' }

/** Helm refuses values that do not fit it: a missing role is told before a pod refuses to start. */
const valuesSchema = (product: BuyerProduct) => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  required: ['image', 'serviceAccount', ...(product.agent ? ['agent'] : [])],
  properties: {
    image: {
      type: 'object',
      required: ['registry', 'repository', 'tag'],
      properties: {
        registry: named,
        repository: named,
        tag: { type: 'string', minLength: 1, not: { const: 'latest' } },
        pullPolicy: { enum: ['Always', 'IfNotPresent', 'Never'] },
      },
      additionalProperties: false,
    },
    replicas: { type: 'integer', minimum: 0 },
    serviceAccount: {
      type: 'object',
      required: ['create', 'name', 'roleArn'],
      properties: {
        create: { type: 'boolean' },
        name: named,
        roleArn:
          product.actions.length > 0
            ? { type: 'string', pattern: '^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$' }
            : text,
      },
      additionalProperties: false,
    },
    spool: {
      type: 'object',
      properties: { existingClaim: text, sizeLimit: text },
      additionalProperties: false,
    },
    ...(product.agent
      ? {
          agent: {
            type: 'object',
            required: ['keySecret'],
            properties: { keySecret: named, storage: text, storageClassName: text },
            additionalProperties: false,
          },
        }
      : {}),
    env: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name'],
        // The platform gives the identity; a key in its place is refused at start.
        properties: { name: { type: 'string', not: { pattern: '^AWS_(ACCESS|SECRET|SESSION)' } } },
      },
    },
    service: {
      type: 'object',
      properties: { type: text, port: { type: 'integer', minimum: 1, maximum: 65535 } },
      additionalProperties: false,
    },
    resources: anyObject,
    nodeSelector: anyObject,
    tolerations: { type: 'array' },
    affinity: anyObject,
    topologySpreadConstraints: { type: 'array' },
    podAnnotations: anyObject,
    global: anyObject,
  },
  additionalProperties: false,
})
