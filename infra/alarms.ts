/** The alarms of a stack as a table: what each watches, whom it wakes, what it means and what to do. Pure. */
import type { SellerConfig } from '../shared/seller.ts'
import { METRICS } from '../shared/stack.ts'
import type { Audience } from './settings.ts'

/** What a metric is about; the stack's own names and AWS's stand for it when the alarm is made (monitoring.ts). */
export type Source =
  /** Written by the Worker, with the deployment's name. */
  | 'deployment'
  | 'rule'
  | 'events-queue'
  | 'events-dead-letters'
  | 'push-dead-letters'
  | 'usage-queue'
  | 'usage-dead-letters'

export interface Watched {
  readonly source: Source
  readonly metric: string
  readonly statistic: 'Maximum' | 'Minimum' | 'Sum'
  readonly periodSeconds: number
}

export interface Alarm extends Watched {
  /** Ends the alarm's name. */
  readonly key: string
  readonly comparison: 'GreaterThanThreshold' | 'LessThanThreshold'
  readonly threshold: number
  /** So many periods in a row. */
  readonly periods: number
  /** What no data at all means. */
  readonly missing: 'breaching' | 'notBreaching'
  /** Whoever of them is named; nobody is, and `unheard` says who else. */
  readonly audiences: readonly Audience[]
  /** Absent: an audience that was left out wants to hear nothing. */
  readonly unheard?: 'techAdmin'
  /** What has happened, a sentence. */
  readonly means: string
  /** Whose move it is and what to do, a sentence or two. */
  readonly remedy: string
}

/** What decides which alarms there are, and where they ring. */
export interface Watching {
  readonly thresholds: SellerConfig['alarms']
  /** Usage is sent to AWS. */
  readonly metered: boolean
  /** A free trial is offered. */
  readonly trials: boolean
}

/** The Worker writes every five minutes: three values a period, so one that is lost changes nothing. */
const OWN_PERIOD = 900
const AWS_PERIOD = 300

/** A message waits a minute at most while all is well. */
const QUEUE_AGE_SECONDS = 900

const OPERATORS: readonly Audience[] = ['engineering', 'techAdmin']
const WOKEN: readonly Audience[] = ['onCall', 'engineering', 'techAdmin']

/** In the order in which the documentation has them. */
export function alarmsOf({ thresholds, metered, trials }: Watching): readonly Alarm[] {
  return [
    ...(metered ? meteringAlarms(thresholds) : []),
    heartbeat,
    ...deliveryAlarms(metered),
    ...businessAlarms(thresholds, trials),
  ]
}

const own = (metric: string) => ({
  source: 'deployment' as const,
  metric,
  statistic: 'Maximum' as const,
  periodSeconds: OWN_PERIOD,
  periods: 1,
  comparison: 'GreaterThanThreshold' as const,
  missing: 'notBreaching' as const,
})

/** Ten minutes without a heartbeat are a deploy; a quarter of an hour is not. */
const heartbeat: Alarm = {
  ...own(METRICS.heartbeat),
  key: 'heartbeat-missing',
  comparison: 'LessThanThreshold',
  threshold: 1,
  periodSeconds: AWS_PERIOD,
  periods: 3,
  missing: 'breaching',
  audiences: WOKEN,
  means: 'For 15 minutes no run of the Worker did all its work, or none could say so.',
  remedy:
    'Yours: look at /health and at the log for scheduled_failed and metrics_not_published, run npm run doctor, and roll back with npm run deploy if a deploy came before it. Events and usage wait in their queues for two weeks; AWS takes usage for 24 hours.',
}

const meteringAlarms = ({ meteringFailuresAnHour }: SellerConfig['alarms']): readonly Alarm[] => [
  {
    ...own(METRICS.meteringErrors),
    key: 'metering-errors',
    threshold: meteringFailuresAnHour,
    audiences: ['engineering', 'onCall'],
    unheard: 'techAdmin',
    means: `More than ${meteringFailuresAnHour} calls or records of metering failed within an hour.`,
    remedy:
      'Yours: npm run ledger -- backlog says what AWS answered. Correct credentials, access or the listing; what waits is sent again by itself, and AWS takes it for 24 hours.',
  },
  {
    ...own(METRICS.deadlinesInDanger),
    key: 'deadline-in-danger',
    // Throughout the period: an object that moves to another machine is away for a moment.
    statistic: 'Minimum',
    threshold: 0,
    audiences: WOKEN,
    means:
      'Half of the time in which AWS takes some usage is over, it will not be sent in time, or the Submitter that sends it does not answer.',
    remedy:
      'Yours, today: npm run ledger -- backlog and npm run ledger -- parked name it with its deadline. Release what a person holds, ask the buyer to set up his account where a license is missing, or ask AWS for a higher quota. The log says why a Submitter does not answer (submitter_unreachable).',
  },
  {
    ...own(METRICS.parkedRecords),
    key: 'parked-records',
    threshold: 0,
    audiences: OPERATORS,
    means: 'Records wait for a person: AWS refused them, may hold them already, or takes their hour no more.',
    remedy: 'Yours: npm run ledger -- parked has each with its value and the commands that are open to it.',
  },
]

const deliveryAlarms = (metered: boolean): readonly Alarm[] => [
  queueAge('events-queue', "AWS Marketplace's events have", 'access is granted and taken late.'),
  ...(metered ? [queueAge('usage-queue', 'usage reports have', 'usage is counted late.')] : []),
  deadLetters(
    'events-dead-letters',
    'Events could not be stored within a day, or not be delivered at all.',
    'Yours: read one in the SQS console without deleting it; correct what the log says of it, then start a redrive to the events queue there. Reconciliation brings what it can within the hour.',
  ),
  deadLetters(
    'push-dead-letters',
    'Events were not taken at the push door.',
    'Nothing is lost: the queue brought them a minute later. Yours: run npm run deploy if it was forgotten after a rotation of the push key, look at the log for what the door refused, then purge this queue.',
  ),
  ...(metered
    ? [
        deadLetters(
          'usage-dead-letters',
          'Usage reports could not be counted within a day.',
          'Yours: npm run ledger -- refused and the log say why. Correct it, then start a redrive to the usage queue in the SQS console, within the 24 hours in which AWS takes their hour.',
        ),
      ]
    : []),
  {
    ...ofRule('FailedInvocations'),
    key: 'rule-failed',
    means: 'EventBridge could not hand on an event of AWS Marketplace.',
    remedy:
      "Yours: npm run up puts the rule's targets and the queue's policy back. What was set aside is in the dead letters; reconciliation brings the state of purchases within the hour.",
  },
  {
    ...ofRule('InvocationsSentToDlq'),
    key: 'rule-set-aside',
    means: 'EventBridge gave an event up after a day of attempts and set it aside.',
    remedy:
      'Yours: the alarm of the dead letters that rings with it says which door was shut. Open it, then start a redrive to the events queue in the SQS console; what is in the push dead letters came by the queue and can be purged.',
  },
  {
    ...ofRule('InvocationsFailedToBeSentToDlq'),
    key: 'rule-lost',
    means: 'EventBridge gave an event up and could not even set it aside: it is lost.',
    remedy:
      "Yours: npm run up puts the dead letters' policy and key back. Reconciliation compares every purchase with AWS each hour; npm run reconciliations -- list shows what it put right.",
  },
  {
    ...own(METRICS.parkedDeliveries),
    key: 'parked-deliveries',
    threshold: 0,
    audiences: OPERATORS,
    means: 'Webhooks, notices or mails were given up after a day of attempts.',
    remedy:
      'Yours: npm run deliveries -- list --state parked says what each receiver answered. Correct the receiver, then npm run deliveries -- redeliver parked.',
  },
]

/** Messages that were received three times and not deleted do not count: the heartbeat says that. Source: SQS, "ApproximateAgeOfOldestMessage" (2026-11-22). */
const queueAge = (source: 'events-queue' | 'usage-queue', what: string, so: string): Alarm => ({
  key: `${source}-age`,
  source,
  metric: 'ApproximateAgeOfOldestMessage',
  statistic: 'Maximum',
  periodSeconds: AWS_PERIOD,
  periods: 3,
  comparison: 'GreaterThanThreshold',
  threshold: QUEUE_AGE_SECONDS,
  missing: 'notBreaching',
  audiences: OPERATORS,
  means: `For 15 minutes ${what} waited in their queue longer than 15 minutes: ${so}`,
  remedy:
    'Yours: the Worker does not read the queue, or not fast enough. Look at its log for scheduled_failed, and run npm run doctor: it tells a missing right from a Worker that is away. Nothing is lost for two weeks.',
})

const deadLetters = (
  source: 'events-dead-letters' | 'push-dead-letters' | 'usage-dead-letters',
  means: string,
  remedy: string,
): Alarm => ({
  key: source,
  source,
  metric: 'ApproximateNumberOfMessagesVisible',
  statistic: 'Maximum',
  periodSeconds: AWS_PERIOD,
  periods: 1,
  comparison: 'GreaterThanThreshold',
  threshold: 0,
  missing: 'notBreaching',
  audiences: OPERATORS,
  means,
  remedy,
})

const ofRule = (metric: string) => ({
  source: 'rule' as const,
  metric,
  statistic: 'Sum' as const,
  periodSeconds: AWS_PERIOD,
  periods: 1,
  comparison: 'GreaterThanThreshold' as const,
  threshold: 0,
  missing: 'notBreaching' as const,
  audiences: OPERATORS,
})

const businessAlarms = (thresholds: SellerConfig['alarms'], trials: boolean): readonly Alarm[] => [
  {
    ...own(METRICS.churn),
    key: 'churn',
    threshold: thresholds.churnPercentADay,
    audiences: ['productTeam'],
    means: `More than ${thresholds.churnPercentADay} % of the subscriptions that were paid for a day ago have ended since.`,
    remedy:
      "The product team's: npm run ledger -- list --state ended names them, npm run feedback -- list what they wrote. Of few subscriptions one is many percent.",
  },
  ...(trials
    ? [
        {
          ...own(METRICS.conversion),
          key: 'conversion',
          statistic: 'Minimum' as const,
          comparison: 'LessThanThreshold' as const,
          threshold: thresholds.conversionPercentAWeek,
          audiences: ['productTeam' as const],
          means: `Less than ${thresholds.conversionPercentAWeek} % of the trials that ended within a week were bought.`,
          remedy:
            "The product team's: npm run feedback -- list has what they wrote; the reminders before a trial's end are in seller.config.ts.",
        },
      ]
    : []),
  {
    ...own(METRICS.support),
    key: 'support',
    threshold: thresholds.supportTicketsADay,
    audiences: ['supportLead'],
    means: `More than ${thresholds.supportTicketsADay} questions and problems came within a day.`,
    remedy: "The support lead's: npm run feedback -- list has them with whom to answer.",
  },
]
