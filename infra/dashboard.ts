/** The stack's dashboard as CloudWatch takes it: the alarms first, then what they watch, by what it is about. Pure. */
import { METRICS } from '../shared/stack.ts'
import { EVENTS_REGION } from './key.ts'

/** The physical names that AWS's own metrics are kept under; null: there is no usage queue. */
export interface Names {
  readonly rule: string
  readonly eventsQueue: string
  readonly eventsDeadLetters: string
  readonly pushDeadLetters: string
  readonly usageQueue: string | null
  readonly usageDeadLetters: string | null
}

export interface DashboardOf {
  readonly deployment: string
  readonly publicUrl: string
  readonly alarmArns: readonly string[]
  readonly names: Names
  readonly metered: boolean
  readonly trials: boolean
}

interface Widget {
  readonly type: 'text' | 'alarm' | 'metric'
  readonly width: number
  readonly height: number
  readonly x: number
  readonly y: number
  readonly properties: Readonly<Record<string, unknown>>
}

type Line = readonly string[]

/** Of 24 columns, in rows of 6. Source: CloudWatch, "Dashboard body structure and syntax" (2026-11-22). */
const COLUMNS = 24
const HEIGHT = 6

/** The body, JSON. */
export function dashboardBody(of: DashboardOf): string {
  const own = (...names: readonly string[]): Line[] =>
    names.map((name) => [METRICS.namespace, name, METRICS.dimension, of.deployment])
  const { names } = of
  const graphs = [
    graph('Heartbeat', 'Minimum', own(METRICS.heartbeat)),
    ...(of.metered
      ? [
          graph('Metering: failures within an hour', 'Maximum', own(METRICS.meteringErrors)),
          graph('Metering: what waits for a person, and what may come too late', 'Maximum', [
            ...own(METRICS.parkedRecords, METRICS.deadlinesInDanger),
          ]),
        ]
      : []),
    graph('Deliveries given up', 'Maximum', own(METRICS.parkedDeliveries)),
    graph('Churn and conversion, %', 'Maximum', [
      ...own(METRICS.churn),
      ...(of.trials ? own(METRICS.conversion) : []),
    ]),
    graph('Questions and problems within a day', 'Maximum', own(METRICS.support)),
    graph(
      'Queues: age of the oldest message, s',
      'Maximum',
      queues('ApproximateAgeOfOldestMessage', [names.eventsQueue, names.usageQueue]),
    ),
    graph(
      'Dead letters',
      'Maximum',
      queues('ApproximateNumberOfMessagesVisible', [
        names.eventsDeadLetters,
        names.pushDeadLetters,
        names.usageDeadLetters,
      ]),
    ),
    graph(
      'Events of AWS Marketplace',
      'Sum',
      [
        'TriggeredRules',
        'Invocations',
        'FailedInvocations',
        'InvocationsSentToDlq',
        'InvocationsFailedToBeSentToDlq',
      ].map((metric) => ['AWS/Events', metric, 'RuleName', names.rule]),
    ),
  ]
  const across = 3
  const widgets: Widget[] = [
    { type: 'text', x: 0, y: 0, width: COLUMNS / 2, height: HEIGHT, properties: { markdown: linksOf(of) } },
    {
      type: 'alarm',
      x: COLUMNS / 2,
      y: 0,
      width: COLUMNS / 2,
      height: HEIGHT,
      properties: { title: 'Alarms', alarms: of.alarmArns },
    },
    ...graphs.map((properties, at): Widget => ({
      type: 'metric',
      x: (at % across) * (COLUMNS / across),
      y: HEIGHT * (1 + Math.floor(at / across)),
      width: COLUMNS / across,
      height: HEIGHT,
      properties,
    })),
  ]
  return JSON.stringify({ start: '-P1D', widgets })
}

const graph = (title: string, stat: 'Minimum' | 'Maximum' | 'Sum', metrics: readonly Line[]) => ({
  title,
  view: 'timeSeries',
  region: EVENTS_REGION,
  stat,
  period: 300,
  metrics,
  yAxis: { left: { min: 0 } },
})

const queues = (metric: string, names: readonly (string | null)[]): Line[] =>
  names.flatMap((name) => (name === null ? [] : [['AWS/SQS', metric, 'QueueName', name]]))

const linksOf = ({ deployment, publicUrl, metered }: DashboardOf): string =>
  [
    `# Tollgate, ${deployment}`,
    `[The Worker](${publicUrl}/) · [its health](${publicUrl}/health) · [its API](${publicUrl}/docs)`,
    `[Queues](https://${EVENTS_REGION}.console.aws.amazon.com/sqs/v3/home?region=${EVENTS_REGION}) · [AWS Marketplace Management Portal](https://aws.amazon.com/marketplace/management/)`,
    'An alarm rang: each says whose move it is and what to do, and `docs/operate.md` has them all.',
    `\`npm run doctor\` · ${metered ? '`npm run ledger -- parked` · `npm run ledger -- backlog` · ' : ''}\`npm run deliveries -- list\``,
  ].join('\n\n')
