/** What a buyer is given is valid by the schemas of AWS, Kubernetes and Helm, asks for what the pricing needs, and is not stale. */
import { parse, parseAllDocuments } from 'yaml'
import { describe, expect, test } from 'vitest'
import { artefacts } from '../../../container/buyer/artefacts.ts'
import { INSTRUCTIONS_MAX } from '../../../container/buyer/instructions.ts'
import config from '../../../seller.config.ts'
import type { SellerConfig } from '../../../shared/seller.ts'
import { files, textOf } from '../../support/repository.ts'
import { render } from './helm.ts'
import { PRICINGS, priced, SHAPES, VERSION, withAgent } from './products.ts'
import {
  checkChartFile,
  checkObject,
  checkResource,
  checkTaskDefinition,
  checkTemplate,
  checkValues,
} from './schemas.ts'
import { fillIn, type Template } from './stack.ts'

const FOLDER = 'docs/buyer/'
const ROLE = 'arn:aws:iam::111122223333:role/skillsmith'
const manifest: { readonly version: string } = JSON.parse(textOf('package.json'))

/** Files of all products whose path ends so, in order of path. */
const ending = (made: Readonly<Record<string, string>>, end: string): string[] =>
  Object.entries(made)
    .filter(([path]) => path.endsWith(end))
    .map(([, text]) => text)

/** Both YAML versions: CloudFormation and Helm read 1.1. */
function read(text: string): unknown {
  const value: unknown = parse(text, { version: '1.1' })
  expect(parse(text, { version: '1.2' })).toEqual(value)
  return value
}

interface Values {
  image: { registry: string }
  serviceAccount: { roleArn: string }
  spool: { existingClaim: string }
  agent?: { keySecret: string }
  env: unknown[]
}

interface Rendered {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly annotations?: object }
  readonly spec?: { readonly replicas?: number; readonly template?: { readonly spec: PodSpec } }
}

interface PodSpec {
  readonly securityContext: object
  readonly containers: readonly { readonly env?: readonly { name: string; value?: string }[] }[]
  readonly volumes?: readonly object[]
}

/** A chart as a buyer installs it: the least that has to be given, then what `change` says. */
function install(made: Readonly<Record<string, string>>, change?: (values: Values) => void) {
  const values = read(ending(made, 'chart/values.yaml')[0] ?? '') as Values
  values.image.registry = '709825985650.dkr.ecr.us-east-1.amazonaws.com/skillsmith-inc'
  values.serviceAccount.roleArn = ROLE
  if (values.agent) values.agent.keySecret = 'agent-key'
  change?.(values)
  const wrong = checkValues(JSON.parse(ending(made, 'chart/values.schema.json')[0] ?? ''), values)
  const templates = Object.keys(made).filter((path) => path.includes('/chart/templates/'))
  const first = templates[0]?.split('/')[0] ?? ''
  const objects = templates
    .filter((path) => path.startsWith(`${first}/`))
    .flatMap((path) =>
      parseAllDocuments(render(made[path] ?? '', { name: 'skills', values }), { version: '1.1' }),
    )
    .map((document) => {
      // A key that stands twice is one of them.
      if (document.errors[0]) throw document.errors[0]
      return document.toJS() as Rendered | null
    })
    .filter((object) => object !== null)
  return { wrong, objects }
}

const parameters = {
  Image: '709825985650.dkr.ecr.us-east-1.amazonaws.com/x/skillsmith:1.4.2',
  Cluster: 'main',
  Subnets: 'subnet-0a,subnet-0b',
  SecurityGroups: 'sg-0a',
  AgentKeySecret: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:agent',
  AgentNamespace: 'arn:aws:servicediscovery:us-east-1:111122223333:namespace/ns-a',
}
const KEPT = { SpoolFileSystem: 'fs-0a', SpoolAccessPoint: 'fsap-0a', TargetGroupArn: 'arn:aws:x' }

const stackOf = (made: Readonly<Record<string, string>>, more: Readonly<Record<string, string>> = {}) =>
  fillIn(read(ending(made, 'cloudformation.yaml')[0] ?? '') as Template, { ...parameters, ...more })

test('the committed files are what the config gives: run `npm run buyer` after a change of it', () => {
  const made = artefacts(config, manifest.version)
  const committed = files.filter((file) => file.startsWith(FOLDER))
  expect(Object.fromEntries(committed.map((file) => [file.slice(FOLDER.length), textOf(file)]))).toEqual(made)
})

describe.each(SHAPES)('%s', (_, shape: SellerConfig) => {
  const made = artefacts(shape, VERSION)

  test('ECS takes each task definition, once its places are filled in (RegisterTaskDefinition)', () => {
    const definitions = Object.entries(made).filter(([path]) => path.includes('task-definition.'))
    expect(definitions.length).toBeGreaterThanOrEqual(2)
    expect(definitions.flatMap(([, text]) => checkTaskDefinition(JSON.parse(text)))).toEqual([])
  })

  test.each([{}, KEPT])('CloudFormation takes the template and each of its resources, with %o', (more) => {
    expect(checkTemplate(read(ending(made, 'cloudformation.yaml')[0] ?? ''))).toEqual([])
    const wrong = stackOf(made, more).map(({ name, type, properties }) => ({
      name,
      wrong: checkResource(type, properties),
    }))
    expect(wrong.filter((one) => one.wrong.length > 0)).toEqual([])
  })

  test('Kubernetes takes each object of the chart, with its defaults and with all that can be set', () => {
    const full = (values: Values): void => {
      values.spool.existingClaim = 'spool'
      values.env = [{ name: 'TOLLGATE_LOG_LEVEL', value: 'debug' }]
      Object.assign(values, {
        nodeSelector: { 'kubernetes.io/arch': 'arm64' },
        tolerations: [{ key: 'only', operator: 'Exists' }],
        affinity: { nodeAffinity: {} },
        topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway' }],
        podAnnotations: { team: 'platform' },
      })
    }
    for (const { wrong, objects } of [install(made), install(made, full)]) {
      expect([...wrong, ...objects.flatMap(checkObject)]).toEqual([])
      expect(objects.length).toBeGreaterThanOrEqual(3)
    }
  })

  test('Helm takes Chart.yaml, whose name is the last part of its repository', () => {
    for (const text of ending(made, 'Chart.yaml')) {
      const chart = read(text) as { readonly name: string; readonly version: string }
      expect([checkChartFile(chart), chart.name, chart.version]).toEqual([[], 'skillsmith', VERSION])
    }
  })

  test(`the usage instructions have at most ${INSTRUCTIONS_MAX} characters`, () => {
    for (const text of ending(made, 'usage-instructions.txt'))
      expect(text.length).toBeLessThanOrEqual(INSTRUCTIONS_MAX)
  })

  test('no artefact brings a key or a Pod Identity (facts, aws-seller §5.1)', () => {
    const forbidden =
      /AWS_ACCESS_KEY_ID|AWS_SECRET|PodIdentityAssociation|pods\.eks\.amazonaws\.com|AKIA[A-Z0-9]/
    expect(
      Object.entries(made)
        .filter(([, text]) => forbidden.test(text))
        .map(([path]) => path),
    ).toEqual([])
  })
})

/** What each pricing calls (facts, aws-runtime §6.4, aws-seller §5.1). */
const ALLOWED = {
  hourly: ['aws-marketplace:RegisterUsage'],
  'custom-metering': ['aws-marketplace:MeterUsage'],
  contract: [
    'license-manager:CheckoutLicense',
    'license-manager:ExtendLicenseConsumption',
    'license-manager:CheckInLicense',
  ],
  free: [],
  byol: [],
} as const

test.each(PRICINGS)('the task role of %s may do what that pricing calls, and nothing else', (pricing) => {
  interface RoleProperties {
    readonly Policies: readonly {
      readonly PolicyDocument: { readonly Statement: readonly { Action: string[] }[] }
    }[]
  }
  const role = stackOf(artefacts(priced(pricing), VERSION)).find(({ name }) => name === 'TaskRole')
  const properties = role?.properties as RoleProperties | undefined
  const actions = properties?.Policies.flatMap(({ PolicyDocument }) =>
    PolicyDocument.Statement.flatMap((one) => one.Action),
  )
  expect(actions).toEqual(ALLOWED[pricing])
})

test('the roles together allow each call that the container makes, and no other', () => {
  const calls = files
    .filter((file) => file.startsWith('container/aws/'))
    .flatMap((file) => [...textOf(file).matchAll(/new (\w+)Command\(/g)].map(([, name = '']) => name))
  const allowed = PRICINGS.flatMap((pricing) => ALLOWED[pricing]).map((action) => action.split(':')[1] ?? '')
  expect([...new Set(calls)].toSorted()).toEqual(allowed.toSorted())
})

test('without a role the chart is refused before a pod is, where the pricing needs one', () => {
  const none = (values: Values): void => {
    values.serviceAccount.roleArn = ''
  }
  const refused = PRICINGS.filter(
    (pricing) => install(artefacts(priced(pricing), VERSION), none).wrong.length > 0,
  )
  expect(refused).toEqual(['hourly', 'custom-metering', 'contract'])
})

test('a key in place of the role is refused by the chart', () => {
  const { wrong } = install(artefacts(config, VERSION), (values) => {
    values.env = [{ name: 'AWS_ACCESS_KEY_ID', value: 'x' }]
  })
  expect(wrong).toHaveLength(1)
})

test('the pods carry the role by their service account, run as nobody in particular, and cannot write but to the spool', () => {
  const { objects } = install(artefacts(config, VERSION))
  const account = objects.find(({ kind }) => kind === 'ServiceAccount')
  expect(account?.metadata.annotations).toEqual({ 'eks.amazonaws.com/role-arn': ROLE })
  const pod = objects.find(({ kind }) => kind === 'Deployment')?.spec?.template?.spec
  expect(pod).toMatchObject({
    serviceAccountName: 'skillsmith',
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 30,
    securityContext: { runAsNonRoot: true, runAsUser: 65_532, fsGroup: 65_532 },
    containers: [
      {
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [{ name: 'spool', mountPath: '/var/lib/tollgate' }],
        livenessProbe: {
          exec: { command: ['node', '/opt/tollgate/health.mjs', 'http://127.0.0.1:3000/health'] },
        },
      },
    ],
    volumes: [{ name: 'spool', emptyDir: { sizeLimit: '1Gi' } }],
  })
})

test('with an agent there is one of it, with a volume of its own, and every task posts to it', () => {
  const made = artefacts(withAgent, VERSION)
  const { objects } = install(made)
  const set = objects.find(({ kind }) => kind === 'StatefulSet')
  expect(set?.spec).toMatchObject({ replicas: 1, volumeClaimTemplates: [{ metadata: { name: 'spool' } }] })
  const agentOf = (kind: string): string | undefined =>
    objects
      .find((one) => one.kind === kind)
      ?.spec?.template?.spec.containers[0]?.env?.find(({ name }) => name === 'TOLLGATE_AGENT')?.value
  expect([agentOf('StatefulSet'), agentOf('Deployment')]).toEqual(['listen', 'http://skills-agent:4780'])
  const services = stackOf(made).filter(({ type }) => type === 'AWS::ECS::Service')
  expect(services.map(({ properties }) => properties)).toMatchObject([
    { DesiredCount: 1, DeploymentConfiguration: { MinimumHealthyPercent: 0, MaximumPercent: 100 } },
    { DeploymentConfiguration: { MinimumHealthyPercent: 100, MaximumPercent: 200 } },
  ])
})

test('the schemas notice a misspelt field, in each of the four worlds', () => {
  const made = artefacts(config, VERSION)
  const task = JSON.parse(ending(made, 'task-definition.amd64.json')[0] ?? '')
  task.containerDefinitions[0].readOnlyRootFilesystem = true
  const deployment = install(made).objects.find(({ kind }) => kind === 'Deployment')
  const misspelt = {
    ...deployment,
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    spec: { ...deployment?.spec, replica: 1 },
  }
  expect([
    checkTaskDefinition(task).length,
    checkResource('AWS::ECS::Service', { Clusters: 'main' }).length,
    checkObject(misspelt).length,
    checkChartFile({ apiVersion: 'v2', name: 'x', version: '1.0.0', appversion: '1' }).length,
  ]).toEqual([1, 1, 1, 1])
})
