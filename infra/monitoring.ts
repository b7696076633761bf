/** Alarms and the dashboard of a stack, in us-east-1: there the queues, the rule and the Worker's metrics are. */
import * as aws from '@pulumi/aws'
import {
  all,
  ComponentResource,
  output,
  type ComponentResourceOptions,
  type Input,
  type Output,
} from '@pulumi/pulumi'
import type { SellerConfig } from '../shared/seller.ts'
import { METRICS } from '../shared/stack.ts'
import { alarmsOf, type Alarm, type Source } from './alarms.ts'
import { dashboardBody, type Names } from './dashboard.ts'
import { EVENTS_REGION } from './key.ts'
import type { Audience } from './settings.ts'

export interface MonitoringArgs {
  /** The deployment: the one dimension of its metrics. */
  readonly stack: string
  /** The Worker's origin. */
  readonly publicUrl: string
  readonly thresholds: SellerConfig['alarms']
  readonly metered: boolean
  readonly trials: boolean
  /** By audience; one that was left out is not told. */
  readonly topics: Readonly<Partial<Record<Audience, Input<string>>>>
  /** AWS's own names of what is watched. */
  readonly names: { readonly [name in keyof Names]: Input<Names[name]> }
}

export class Monitoring extends ComponentResource {
  readonly dashboardName: Output<string>

  constructor(name: string, args: MonitoringArgs, options?: ComponentResourceOptions) {
    super('tollgate:infra:Monitoring', name, {}, options)
    const { stack, publicUrl, metered, trials } = args
    const names = output(args.names)
    const alarms = alarmsOf(args).map(
      (alarm) =>
        new aws.cloudwatch.MetricAlarm(`${name}-${alarm.key}`, inputsOf(alarm, args, names), {
          parent: this,
        }),
    )
    const dashboard = new aws.cloudwatch.Dashboard(
      `${name}-dashboard`,
      {
        dashboardName: `tollgate-${stack}`,
        dashboardBody: all([names, all(alarms.map(({ arn }) => arn))]).apply(([known, alarmArns]) =>
          dashboardBody({ deployment: stack, publicUrl, metered, trials, names: known, alarmArns }),
        ),
        region: EVENTS_REGION,
      },
      { parent: this },
    )
    this.dashboardName = dashboard.dashboardName
    this.registerOutputs({ dashboardName: this.dashboardName })
  }
}

/** Whoever hears that it rings hears that it is over. */
function inputsOf(
  alarm: Alarm,
  { stack, topics }: Pick<MonitoringArgs, 'stack' | 'topics'>,
  names: Output<Names>,
): aws.cloudwatch.MetricAlarmArgs {
  const topicsOf = (audiences: readonly Audience[]) => audiences.flatMap((audience) => topics[audience] ?? [])
  const named = topicsOf(alarm.audiences)
  const told = named.length > 0 || alarm.unheard === undefined ? named : topicsOf([alarm.unheard])
  // Two audiences may share a topic; CloudWatch takes each once.
  const actions = output(told).apply((arns) => [...new Set(arns)])
  return {
    alarmDescription: `Tollgate, ${stack}: ${alarm.means} ${alarm.remedy}`,
    namespace: NAMESPACES[alarm.source],
    metricName: alarm.metric,
    dimensions: dimensionsOf(alarm.source, stack, names),
    statistic: alarm.statistic,
    period: alarm.periodSeconds,
    evaluationPeriods: alarm.periods,
    comparisonOperator: alarm.comparison,
    threshold: alarm.threshold,
    treatMissingData: alarm.missing,
    ...(told.length === 0 ? {} : { alarmActions: actions, okActions: actions }),
    region: EVENTS_REGION,
  }
}

const NAMESPACES: Readonly<Record<Source, string>> = {
  deployment: METRICS.namespace,
  rule: 'AWS/Events',
  'events-queue': 'AWS/SQS',
  'events-dead-letters': 'AWS/SQS',
  'push-dead-letters': 'AWS/SQS',
  'usage-queue': 'AWS/SQS',
  'usage-dead-letters': 'AWS/SQS',
}

function dimensionsOf(source: Source, stack: string, names: Output<Names>): Record<string, Input<string>> {
  const queue = (pick: (known: Names) => string | null) => ({
    QueueName: names.apply((known) => pick(known) ?? ''),
  })
  switch (source) {
    case 'deployment':
      return { [METRICS.dimension]: stack }
    case 'rule':
      return { RuleName: names.rule }
    case 'events-queue':
      return queue(({ eventsQueue }) => eventsQueue)
    case 'events-dead-letters':
      return queue(({ eventsDeadLetters }) => eventsDeadLetters)
    case 'push-dead-letters':
      return queue(({ pushDeadLetters }) => pushDeadLetters)
    case 'usage-queue':
      return queue(({ usageQueue }) => usageQueue)
    case 'usage-dead-letters':
      return queue(({ usageDeadLetters }) => usageDeadLetters)
  }
}
