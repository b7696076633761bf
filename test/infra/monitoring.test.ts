/** Alarms and the dashboard, as the plan has them: what AWS would accept of it is not proven here. */
import { expect, test } from 'vitest'
import { alarmsOf } from '../../infra/alarms.ts'
import { Monitoring, type MonitoringArgs } from '../../infra/monitoring.ts'
import type { Audience } from '../../infra/settings.ts'
import { METRICS } from '../../shared/stack.ts'
import { ACCOUNT, listOf, planOf, resourceOf, textIn, type Planned } from '../support/plan.ts'
import { textOf } from '../support/repository.ts'

const THRESHOLDS = {
  churnPercentADay: 5,
  meteringFailuresAnHour: 10,
  conversionPercentAWeek: 10,
  supportTicketsADay: 100,
}
const EVERYTHING = { thresholds: THRESHOLDS, metered: true, trials: true }
const topicArn = (name: string): string => `arn:aws:sns:us-east-1:${ACCOUNT}:${name}`

const planMonitoring = (args: Partial<MonitoringArgs> = {}): Promise<readonly Planned[]> =>
  planOf(
    () =>
      new Monitoring('monitoring', {
        stack: 'prod',
        publicUrl: 'https://tollgate.example.com',
        ...EVERYTHING,
        topics: {
          productTeam: topicArn('product'),
          engineering: topicArn('engineering'),
          onCall: topicArn('on-call'),
          supportLead: topicArn('support'),
          techAdmin: topicArn('admin'),
        },
        names: {
          rule: 'the-rule',
          eventsQueue: 'events',
          eventsDeadLetters: 'events-dead',
          pushDeadLetters: 'push-dead',
          usageQueue: 'usage',
          usageDeadLetters: 'usage-dead',
        },
        ...args,
      }),
  )

const alarmsIn = (plan: readonly Planned[]): readonly Planned[] =>
  plan.filter(({ type }) => type === 'aws:cloudwatch/metricAlarm:MetricAlarm')

const METERING = [
  'metering-errors',
  'deadline-in-danger',
  'parked-records',
  'usage-queue-age',
  'usage-dead-letters',
]
const ALWAYS = [
  'heartbeat-missing',
  'events-queue-age',
  'events-dead-letters',
  'push-dead-letters',
  'rule-failed',
  'rule-set-aside',
  'rule-lost',
  'parked-deliveries',
  'churn',
  'support',
]

test.each([
  [false, false, ALWAYS],
  [true, false, [...ALWAYS, ...METERING]],
  [false, true, [...ALWAYS, 'conversion']],
  [true, true, [...ALWAYS, ...METERING, 'conversion']],
])(
  'metered %s, trials %s: the alarms are these, and the dashboard draws what they watch',
  async (metered, trials, expected) => {
    const usage = metered ? {} : { usageQueue: null, usageDeadLetters: null }
    const plan = await planMonitoring({
      metered,
      trials,
      names: {
        rule: 'r',
        eventsQueue: 'e',
        eventsDeadLetters: 'ed',
        pushDeadLetters: 'pd',
        usageQueue: 'u',
        usageDeadLetters: 'ud',
        ...usage,
      },
    })
    expect(
      alarmsIn(plan)
        .map(({ name }) => name.replace('monitoring-', ''))
        .toSorted(),
    ).toEqual(expected.toSorted())
    expect(listOf(plan).filter((line) => !line.includes('metricAlarm'))).toEqual([
      'aws:cloudwatch/dashboard:Dashboard monitoring-dashboard',
      'tollgate:infra:Monitoring monitoring',
    ])
    const body = textIn(resourceOf(plan, 'monitoring-dashboard'), 'dashboardBody')
    const drawn = Object.values(METRICS).filter((metric) => body.includes(`["Tollgate","${metric}"`))
    const watched = alarmsIn(plan).filter(({ inputs }) => inputs['namespace'] === METRICS.namespace)
    expect(drawn.toSorted()).toEqual(watched.map((alarm) => textIn(alarm, 'metricName')).toSorted())
  },
)

/** What seller.config.ts says, to the letter. */
test.each([
  ['churn', METRICS.churn, 'GreaterThanThreshold', 5, ['product']],
  ['metering-errors', METRICS.meteringErrors, 'GreaterThanThreshold', 10, ['engineering', 'on-call']],
  ['conversion', METRICS.conversion, 'LessThanThreshold', 10, ['product']],
  ['support', METRICS.support, 'GreaterThanThreshold', 100, ['support']],
])('the alarm %s watches %s, %s %i, and tells %j', async (key, metric, comparison, threshold, told) => {
  const alarm = resourceOf(await planMonitoring(), `monitoring-${key}`)
  expect(alarm).toMatchObject({
    parent: 'monitoring',
    inputs: {
      namespace: 'Tollgate',
      metricName: metric,
      dimensions: { Deployment: 'prod' },
      comparisonOperator: comparison,
      threshold,
      evaluationPeriods: 1,
      treatMissingData: 'notBreaching',
      alarmActions: told.map(topicArn),
      okActions: told.map(topicArn),
      region: 'us-east-1',
    },
  })
})

test('only a heartbeat that is missing rings by itself; it rings when the Worker says 0, too', async () => {
  const plan = await planMonitoring()
  expect(resourceOf(plan, 'monitoring-heartbeat-missing').inputs).toMatchObject({
    metricName: 'Heartbeat',
    statistic: 'Maximum',
    comparisonOperator: 'LessThanThreshold',
    threshold: 1,
    period: 300,
    evaluationPeriods: 3,
    treatMissingData: 'breaching',
    alarmActions: ['on-call', 'engineering', 'admin'].map(topicArn),
  })
  const others = alarmsIn(plan).filter(({ name }) => name !== 'monitoring-heartbeat-missing')
  expect(new Set(others.map(({ inputs }) => inputs['treatMissingData']))).toEqual(new Set(['notBreaching']))
})

test('what AWS itself counts is watched under the names of this stack’s rule and queues', async () => {
  const plan = await planMonitoring()
  const watched = alarmsIn(plan)
    .filter(({ inputs }) => inputs['namespace'] !== 'Tollgate')
    .map(({ name, inputs }) => [
      name.replace('monitoring-', ''),
      inputs['namespace'],
      inputs['metricName'],
      inputs['dimensions'],
    ])
  expect(watched).toEqual([
    ['events-queue-age', 'AWS/SQS', 'ApproximateAgeOfOldestMessage', { QueueName: 'events' }],
    ['usage-queue-age', 'AWS/SQS', 'ApproximateAgeOfOldestMessage', { QueueName: 'usage' }],
    ['events-dead-letters', 'AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName: 'events-dead' }],
    ['push-dead-letters', 'AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName: 'push-dead' }],
    ['usage-dead-letters', 'AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName: 'usage-dead' }],
    ['rule-failed', 'AWS/Events', 'FailedInvocations', { RuleName: 'the-rule' }],
    ['rule-set-aside', 'AWS/Events', 'InvocationsSentToDlq', { RuleName: 'the-rule' }],
    ['rule-lost', 'AWS/Events', 'InvocationsFailedToBeSentToDlq', { RuleName: 'the-rule' }],
  ])
})

test('an audience that was left out leaves its alarms in the console, without anybody told; a topic of two is told once', async () => {
  const plan = await planMonitoring({
    topics: { engineering: topicArn('all'), onCall: topicArn('all'), techAdmin: topicArn('admin') },
  })
  const actions = (key: string) => resourceOf(plan, `monitoring-${key}`).inputs['alarmActions']
  expect(actions('churn')).toBeUndefined()
  expect(actions('metering-errors')).toEqual([topicArn('all')])
  expect(actions('deadline-in-danger')).toEqual([topicArn('all'), topicArn('admin')])
})

test('failures of metering reach the tech admin when both who are meant to hear of them are left out', async () => {
  const plan = await planMonitoring({ topics: { techAdmin: topicArn('admin') } })
  const unheard = alarmsIn(plan).filter(({ inputs }) => inputs['alarmActions'] === undefined)
  expect(unheard.map(({ name }) => name).toSorted()).toEqual([
    'monitoring-churn',
    'monitoring-conversion',
    'monitoring-support',
  ])
  expect(resourceOf(plan, 'monitoring-metering-errors').inputs['alarmActions']).toEqual([topicArn('admin')])
})

test('each metric of the Worker has an alarm, and no alarm waits for one that is never written', () => {
  const watched = alarmsOf(EVERYTHING).flatMap(({ source, metric }) =>
    source === 'deployment' ? [metric] : [],
  )
  const { namespace: _, dimension: __, ...written } = METRICS
  expect(watched.toSorted()).toEqual(Object.values(written).toSorted())
})

/** Source: CloudWatch, PutMetricAlarm, "Period" and "EvaluationPeriods"; "AlarmDescription", 1024 characters (2026-11-22). */
test.each(alarmsOf(EVERYTHING))(
  'CloudWatch can look at $key: its time, its numbers, its words',
  async (alarm) => {
    const { periodSeconds, periods, audiences, threshold, means, remedy } = alarm
    expect(periodSeconds % 60).toBe(0)
    expect(periodSeconds).toBeLessThanOrEqual(86_400)
    expect(periodSeconds * periods).toBeLessThanOrEqual(periodSeconds >= 3_600 ? 7 * 86_400 : 86_400)
    expect(Number.isFinite(threshold)).toBe(true)
    expect(audiences.length).toBeGreaterThan(0)
    expect(`Tollgate, ${'x'.repeat(32)}: ${means} ${remedy}`.length).toBeLessThanOrEqual(1_024)
    expect(means).toMatch(/^[A-Z].*\.$/)
    expect(remedy).toMatch(/\b(Yours|The product team's|The support lead's)\b.*\.$/)
    const scripts = Object.keys((JSON.parse(textOf('package.json')) as { scripts: object }).scripts)
    for (const [, script] of remedy.matchAll(/npm run ([a-z-]+)/g))
      expect([...scripts, 'up']).toContain(script)
  },
)

test('the dashboard has every alarm, and each metric that is watched, in us-east-1 and without overlap', async () => {
  const plan = await planMonitoring()
  const dashboard = resourceOf(plan, 'monitoring-dashboard')
  expect(dashboard).toMatchObject({
    parent: 'monitoring',
    inputs: { dashboardName: 'tollgate-prod', region: 'us-east-1' },
  })
  const body = JSON.parse(textIn(dashboard, 'dashboardBody')) as {
    readonly widgets: readonly {
      readonly type: string
      readonly x: number
      readonly y: number
      readonly width: number
      readonly properties: {
        readonly alarms?: readonly string[]
        readonly metrics?: readonly (readonly string[])[]
        readonly region?: string
        readonly markdown?: string
      }
    }[]
  }
  const [text, alarms, ...graphs] = body.widgets
  expect(text?.properties.markdown).toContain('(https://tollgate.example.com/health)')
  expect(alarms?.properties.alarms?.toSorted()).toEqual(
    alarmsIn(plan)
      .map(({ name }) => `arn:aws:cloudwatch:us-east-1:${ACCOUNT}:alarm:${name}-1a2b3c4`)
      .toSorted(),
  )
  const drawn = graphs.flatMap(({ properties }) => properties.metrics ?? []).map((line) => line.join(' '))
  const watched = alarmsIn(plan).map((alarm) => {
    const [place = []] = Object.entries(alarm.inputs['dimensions'] ?? {})
    return [textIn(alarm, 'namespace'), textIn(alarm, 'metricName'), ...place].join(' ')
  })
  expect(watched.filter((line) => !drawn.includes(line))).toEqual([])
  expect(graphs.every(({ properties }) => properties.region === 'us-east-1')).toBe(true)
  const places = body.widgets.map(({ x, y }) => `${x} ${y}`)
  expect(new Set(places).size).toBe(places.length)
  expect(body.widgets.every(({ x, width }) => x + width <= 24)).toBe(true)
})

const NAMES: Readonly<Record<Audience, string>> = {
  productTeam: 'product team',
  engineering: 'engineering',
  onCall: 'on-call',
  supportLead: 'support lead',
  techAdmin: 'tech admin',
}

test('docs/operate.md has a row for each alarm, with the same words', () => {
  const section =
    textOf('docs/operate.md').split('\n## An alarm rang: what now?\n')[1]?.split('\n## ')[0] ?? ''
  const rows = section.split('\n').filter((line) => line.startsWith('| `'))
  expect(rows.map((row) => row.replaceAll('`', ''))).toEqual(
    alarmsOf(EVERYTHING).map(
      ({ key, audiences, means, remedy }) =>
        `| ${key} | ${audiences.map((audience) => NAMES[audience]).join(', ')} | ${means} | ${remedy} |`,
    ),
  )
})
