/**
 * The stack's plan as a picture: an arrow is a reference from one resource to another, and which way things flow along it is
 * said once for each type. Pure; what it reads is the plan.
 */
import { METRICS } from '../../shared/stack.ts'
import type { Planned } from '../support/resource-monitor.ts'
import { KINDS, type Kind } from './resources.ts'

/**
 * An end of an arrow: the resource itself, what an input of it is made of, what it waits for beside (`dependsOn`), or somebody
 * outside of the stack by his id.
 */
type End = 'self' | 'awaited' | { readonly input: string } | { readonly outside: Outsider }

/** Who is drawn beside the stack. */
const OUTSIDERS = {
  marketplace: 'AWS Marketplace',
  worker: 'the Worker',
  application: 'your application',
  ci: 'CI at GitHub',
  people: 'people',
} as const
type Outsider = keyof typeof OUTSIDERS

interface Flow {
  readonly from: End
  readonly to: End
  readonly says?: string
  /** Absent: always. */
  readonly when?: (one: Planned) => boolean
}

const isOfGithub = ({ inputs: { url } }: Planned): boolean =>
  typeof url === 'string' && url.includes('.githubusercontent.com')

const isOfWorker = ({ inputs: { namespace } }: Planned): boolean => namespace === METRICS.namespace

const input = (name: string): End => ({ input: name })

/** Which way things flow, by type; what is not named here stands in the table alone. */
const FLOWS: Readonly<Record<string, readonly Flow[]>> = {
  'aws:cloudwatch/eventRule:EventRule': [{ from: { outside: 'marketplace' }, to: 'self', says: 'events' }],
  'aws:cloudwatch/eventTarget:EventTarget': [
    { from: input('rule'), to: input('arn') },
    { from: input('rule'), to: input('deadLetterConfig'), says: 'what fails' },
  ],
  'aws:cloudwatch/eventConnection:EventConnection': [
    { from: input('authParameters'), to: 'self', says: 'key' },
  ],
  'aws:cloudwatch/eventApiDestination:EventApiDestination': [
    { from: input('connectionArn'), to: 'self' },
    { from: 'self', to: { outside: 'worker' }, says: 'push' },
  ],
  'aws:sqs/redrivePolicy:RedrivePolicy': [
    { from: input('queueUrl'), to: input('redrivePolicy'), says: 'what nobody could read' },
  ],
  'aws:sns/topicSubscription:TopicSubscription': [
    { from: input('topic'), to: { outside: 'people' } },
    { from: { outside: 'marketplace' }, to: input('endpoint'), says: 'legacy topics' },
  ],
  'aws:cloudwatch/metricAlarm:MetricAlarm': [
    { from: { outside: 'worker' }, to: 'self', says: 'metrics', when: isOfWorker },
    { from: input('dimensions'), to: 'self' },
    { from: input('metricQueries'), to: 'self' },
    { from: 'self', to: input('alarmActions') },
  ],
  'aws:iam/role:Role': [{ from: input('assumeRolePolicy'), to: 'self', says: 'may take on' }],
  'aws:iam/rolePolicy:RolePolicy': [
    { from: input('role'), to: input('policy'), says: 'may use' },
    { from: 'awaited', to: input('role'), says: 'lets it meter' },
  ],
  'aws:iam/userPolicyAttachment:UserPolicyAttachment': [
    { from: input('user'), to: input('policyArn'), says: 'has' },
  ],
  'aws:iam/rolePolicyAttachment:RolePolicyAttachment': [
    { from: input('role'), to: input('policyArn'), says: 'has' },
  ],
  'aws:iam/policy:Policy': [
    { from: { outside: 'application' }, to: 'self', says: 'has' },
    { from: 'self', to: input('policy'), says: 'may write' },
  ],
  'aws:iam/openIdConnectProvider:OpenIdConnectProvider': [
    { from: { outside: 'ci' }, to: 'self', says: 'its tokens', when: isOfGithub },
    { from: { outside: 'worker' }, to: 'self', says: 'its tokens', when: (one) => !isOfGithub(one) },
  ],
  'aws:iam/user:User': [{ from: { outside: 'worker' }, to: 'self', says: 'its key' }],
  'aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination': [
    { from: input('configurationSetName'), to: input('eventDestination'), says: 'bounces' },
  ],
  'aws:ecs/service:Service': [
    { from: input('taskDefinition'), to: 'self' },
    { from: input('cluster'), to: 'self' },
    { from: input('networkConfiguration'), to: 'self' },
  ],
  'aws:ecs/taskDefinition:TaskDefinition': [
    { from: input('containerDefinitions'), to: 'self' },
    { from: input('taskRoleArn'), to: 'self' },
    { from: input('executionRoleArn'), to: 'self' },
  ],
  'aws:appautoscaling/policy:Policy': [{ from: 'self', to: input('resourceId'), says: 'scales' }],
}

/** Drawn as nodes of their own; all else is an arrow, or a line of the table. */
const NODES: ReadonlySet<string> = new Set([
  'aws:sqs/queue:Queue',
  'aws:cloudwatch/eventRule:EventRule',
  'aws:cloudwatch/eventApiDestination:EventApiDestination',
  'aws:iam/role:Role',
  'aws:iam/user:User',
  'aws:iam/policy:Policy',
  'aws:iam/openIdConnectProvider:OpenIdConnectProvider',
  'aws:sns/topic:Topic',
  'aws:sesv2/emailIdentity:EmailIdentity',
  'aws:sesv2/configurationSet:ConfigurationSet',
  'aws:ecr/repository:Repository',
  'aws:ecs/service:Service',
  'aws:ecs/taskDefinition:TaskDefinition',
  'aws:cloudwatch/metricAlarm:MetricAlarm',
  'aws:ssm/parameter:Parameter',
])

interface Arrow {
  readonly from: string
  readonly to: string
  readonly says: string
}

/** Many of a kind that tell the same people are one node. */
const ALARM = 'aws:cloudwatch/metricAlarm:MetricAlarm'

/** What the page draws: nodes by component, and arrows between them. Pure. */
export function graphOf(planned: readonly Planned[]): {
  readonly nodes: Nodes
  readonly arrows: readonly Arrow[]
} {
  const ids = new Map<string, string>()
  const labels = new Map<string, string>()
  const nodes = new Map<string, Set<string>>()
  const place = (component: string, id: string, label: string): void => {
    nodes.set(component, (nodes.get(component) ?? new Set()).add(id))
    labels.set(id, label)
  }
  for (const one of planned.filter(({ type }) => NODES.has(type)).toSorted(byName)) {
    const id = idOf(one)
    ids.set(one.name, id)
    const alike =
      one.type === ALARM ? planned.filter((other) => other.type === ALARM && idOf(other) === id) : []
    const title = kindOf(one).title
    place(
      componentOf(one, planned),
      id,
      alike.length > 1 ? `${alike.length} ${title}s` : `${shortName(one)}<br>${title}`,
    )
  }
  const arrows = new Map<string, Arrow>()
  for (const one of planned.toSorted(byName)) {
    const ends = (end: End): readonly string[] => {
      if (end === 'self') return ids.has(one.name) ? [ids.get(one.name) ?? ''] : []
      if (end === 'awaited') {
        const ofInputs = new Set(Object.values(one.inputDependsOn).flat())
        return one.dependsOn.filter((name) => !ofInputs.has(name)).flatMap((name) => ids.get(name) ?? [])
      }
      if ('outside' in end) return [end.outside]
      return (one.inputDependsOn[end.input] ?? []).flatMap((name) => ids.get(name) ?? [])
    }
    const flows = (FLOWS[one.type] ?? []).filter(({ when }) => when === undefined || when(one))
    for (const { from, to, says = '' } of flows)
      for (const start of ends(from))
        for (const end of ends(to))
          if (start !== end) arrows.set(`${start} ${end} ${says}`, { from: start, to: end, says })
  }
  return { nodes: { byComponent: nodes, labels }, arrows: [...arrows.values()] }
}

export interface Nodes {
  /** Ids by component, '' for what has none; in the order of names. */
  readonly byComponent: ReadonlyMap<string, ReadonlySet<string>>
  readonly labels: ReadonlyMap<string, string>
}

/** The picture in mermaid's words. */
export function mermaidOf(planned: readonly Planned[]): string {
  const { nodes, arrows } = graphOf(planned)
  const used = new Set(arrows.flatMap(({ from, to }) => [from, to]))
  const outsiders = Object.entries(OUTSIDERS).filter(([id]) => used.has(id))
  const lines = ['flowchart LR', ...outsiders.map(([id, title]) => `  ${id}([${title}])`)]
  for (const component of [...nodes.byComponent.keys()].toSorted()) {
    const ids = nodes.byComponent.get(component) ?? new Set()
    const drawn = [...ids].map((id) => `${id}["${nodes.labels.get(id) ?? id}"]`)
    lines.push(
      ...(component === ''
        ? drawn.map((one) => `  ${one}`)
        : [`  subgraph ${idFrom(component)} [${component}]`, ...drawn.map((one) => `    ${one}`), '  end']),
    )
  }
  lines.push(
    ...arrows.map(({ from, to, says }) => `  ${from} ${says === '' ? '-->' : `-- "${says}" -->`} ${to}`),
  )
  return lines.join('\n')
}

/** Pulumi registers in the order in which inputs become known, which is no order to read. */
export const byName = (a: Planned, b: Planned): number => (a.name < b.name ? -1 : 1)

/** The outermost component that a resource is in; '' for one of the stack itself. */
export function componentOf(one: Planned, planned: readonly Planned[]): string {
  let at = one
  for (;;) {
    const above = planned.find(({ custom, name }) => !custom && name === at.parent)
    if (above === undefined) return at === one && one.custom ? '' : at.name
    at = above
  }
}

/** @throws Error for a type that ./resources.ts does not know. */
export function kindOf({ type, name }: Planned): Kind {
  const kind = KINDS[type]
  if (kind === undefined)
    throw new Error(`${name} is of the type ${type}: say in test/infra/resources.ts what that is and costs`)
  return kind
}

const idFrom = (name: string): string => name.replaceAll(/[^a-z0-9]+/gi, '_')

function idOf(one: Planned): string {
  if (one.type !== ALARM) return `r_${idFrom(one.name)}`
  return `alarms_${idFrom([one.parent ?? '', ...(one.inputDependsOn['alarmActions'] ?? [])].join('_'))}`
}

/** Without what its component is called. */
const shortName = ({ name, parent }: Planned): string =>
  parent !== null && name.startsWith(`${parent}-`) ? name.slice(parent.length + 1) : name
