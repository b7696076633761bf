/** docs/stack.md, docs/cost.md and docs/deploy.md against the plan, and what makes them: the picture, the prices, the sums. */
import { expect, test } from 'vitest'
import { files, textOf } from '../support/repository.ts'
import type { Planned } from '../support/resource-monitor.ts'
import { drawnStacks } from './drawn.ts'
import { componentOf, graphOf, kindOf, mermaidOf } from './graph.ts'
import { idleLines } from './idle-cost.ts'
import { stackPages } from './pages.ts'
import { PRICES } from './prices.ts'
import { KINDS } from './resources.ts'

const resource = (type: string, name: string, more: Partial<Planned> = {}): Planned => ({
  urn: `urn:pulumi:prod::tollgate::${type}::${name}`,
  type,
  name,
  custom: true,
  inputs: {},
  secretInputs: [],
  parent: null,
  protect: false,
  retainOnDelete: false,
  dependsOn: [],
  inputDependsOn: {},
  provider: '',
  version: '',
  importId: '',
  ignoreChanges: [],
  replaceOnChanges: [],
  deleteBeforeReplace: false,
  secretOutputs: [],
  ...more,
})

const ALARM = 'aws:cloudwatch/metricAlarm:MetricAlarm'
const QUEUE = 'aws:sqs/queue:Queue'

test('the pages are what the plan gives: run `node test/infra/pages.ts --write` after a change of it', async () => {
  const pages = await stackPages()
  expect(Object.fromEntries(Object.keys(pages).map((file) => [file, textOf(file)]))).toEqual(pages)
})

test('each resource that infra/ can make is said to cost something or nothing, and nothing else has a price', () => {
  const made = files
    .filter((file) => file.startsWith('infra/'))
    .flatMap((file) => [...textOf(file).matchAll(/new (?:aws\.(\w+)\.)?(\w+)\(/g)])
    .filter(([, service, name = '']) => service !== undefined || name === 'RandomPassword')
    .map(([, service, name = '']) => {
      const member = `${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`
      return service === undefined ? `random:index/${member}` : `aws:${service}/${member}`
    })
  expect([...new Set(made)].toSorted()).toEqual(Object.keys(KINDS).toSorted())
})

test('a type that nobody described is refused by its name', () => {
  expect(() => kindOf(resource('aws:s3/bucket:Bucket', 'new'))).toThrow(
    'new is of the type aws:s3/bucket:Bucket',
  )
})

test('each price is asked for by a stack, and names the page it is from', async () => {
  const { full } = await drawnStacks()
  const other = ['X86_64', 'ARM64'].flatMap((cpuArchitecture) => idleLines(serviceOf(cpuArchitecture)))
  const asked = [...idleLines(full), ...other].map(({ price }) => price)
  expect([...new Set(asked)].toSorted()).toEqual(Object.keys(PRICES).toSorted())
  expect(
    Object.values(PRICES).filter(({ page }) => !/^aws\.amazon\.com\/[\w-]+\/pricing$/.test(page)),
  ).toEqual([])
})

test('an alarm costs what it watches, beyond what an account has free', () => {
  const formula = [
    { id: 'a', metric: {} },
    { id: 'b', metric: {} },
    { id: 'c', expression: 'a/b' },
  ]
  const alarms = [
    ...Array.from({ length: 11 }, (_, at) => resource(ALARM, `alarm-${at}`)),
    resource(ALARM, 'of-two', { inputs: { metricQueries: formula } }),
  ]
  const [line] = idleLines(alarms)
  expect(line?.units).toBe(13)
  expect([line?.listed.toFixed(2), line?.paid.toFixed(2)]).toEqual(['1.30', '0.30'])
})

test('a service costs CPU, memory and an address for each task that always runs', () => {
  const lines = idleLines(serviceOf('ARM64'))
  expect(lines.map(({ price, units }) => [price, units])).toEqual([
    ['cpuArm', 2 * 730 * 0.5],
    ['memoryArm', 2 * 730],
    ['address', 2 * 730],
  ])
})

/** Two tasks of half a CPU and a GB. */
const serviceOf = (cpuArchitecture: string): Planned[] => [
  resource('aws:ecs/taskDefinition:TaskDefinition', 'task', {
    inputs: { cpu: '512', memory: '1024', runtimePlatform: { cpuArchitecture } },
  }),
  resource('aws:ecs/service:Service', 'service', {
    inputs: { desiredCount: 2, networkConfiguration: { assignPublicIp: true } },
    inputDependsOn: { taskDefinition: ['task'] },
  }),
]

test('an arrow is drawn where a resource refers to another, and nowhere else', () => {
  const plan = [
    resource(QUEUE, 'events'),
    resource(QUEUE, 'dead'),
    resource('aws:sqs/redrivePolicy:RedrivePolicy', 'redrive', {
      inputDependsOn: { queueUrl: ['events'], redrivePolicy: ['dead'] },
    }),
    resource(QUEUE, 'alone'),
  ]
  const { arrows } = graphOf(plan)
  expect(arrows).toEqual([{ from: 'r_events', to: 'r_dead', says: 'what nobody could read' }])
})

test('alarms of one component that tell the same people are one node with their number', () => {
  const alarm = (name: string, topic: string): Planned =>
    resource(ALARM, name, { parent: 'monitoring', inputDependsOn: { alarmActions: [topic] } })
  const plan = [alarm('a', 'on-call'), alarm('b', 'on-call'), alarm('c', 'support')]
  expect([...graphOf(plan).nodes.labels.values()]).toEqual(['2 CloudWatch alarms', 'c<br>CloudWatch alarm'])
})

test('a resource belongs to its outermost component', () => {
  const plan = [
    resource('tollgate:infra:Service', 'service', { custom: false }),
    resource('tollgate:infra:Network', 'service-network', { custom: false, parent: 'service' }),
    resource('aws:ec2/vpc:Vpc', 'service-network-vpc', { parent: 'service-network' }),
    resource('aws:kms/key:Key', 'key'),
  ]
  expect(plan.filter(({ custom }) => custom).map((one) => componentOf(one, plan))).toEqual(['service', ''])
})

test('the picture is mermaid: every line is of one of four forms, and every arrow joins what is drawn', async () => {
  const [first, ...lines] = mermaidOf((await drawnStacks()).full).split('\n')
  expect(first).toBe('flowchart LR')
  const forms = [
    /^ {2,4}(\w+)(?:\["[^"]+"\]|\(\[[^()[\]]+\]\))$/,
    /^ {2}subgraph (\w+) \[[\w-]+\]$/,
    /^ {2}end$/,
    /^ {2}(\w+) (?:-->|-- "[^"]+" -->) (\w+)$/,
  ]
  expect(lines.filter((line) => !forms.some((form) => form.test(line)))).toEqual([])
  const drawn = new Set(lines.flatMap((line) => forms[0]?.exec(line)?.[1] ?? []))
  const joined = lines.flatMap((line) => forms[3]?.exec(line)?.slice(1) ?? [])
  expect(joined.filter((id) => !drawn.has(id))).toEqual([])
  expect(joined.length).toBeGreaterThan(20)
})
