/**
 * How the container stands as CloudWatch metrics, in the embedded metric format: a JSON line that the log agent turns into
 * metrics. No call to AWS, no clock of its own. Off unless TOLLGATE_EMF=on.
 * Source: CloudWatch user guide, "Specification: Embedded metric format": _aws.Timestamp in ms, CloudWatchMetrics (2026-11-21).
 */
import { HOUR_MS, MINUTE_MS } from '../shared/hour.ts'
import type { Part } from './part.ts'
import type { RuntimeStatus } from './runtime.ts'

const NAMESPACE = 'Tollgate'
const EVERY_MS = MINUTE_MS

type Unit = 'Count' | 'Percent' | 'Seconds' | 'Milliseconds' | 'None'

/** A part that writes one line each minute of business time. */
export function createEmf(
  status: () => RuntimeStatus,
  write: (line: string) => void,
  startsAt: number,
): Part {
  let due = startsAt + EVERY_MS
  return {
    name: 'metrics',
    nextWake: () => due,
    runDue(now) {
      if (now < due) return Promise.resolve([])
      due = now + EVERY_MS
      write(`${emfLine(status(), now)}\n`)
      return Promise.resolve([])
    },
  }
}

/** The line, without its end. One dimension, the product's code: a metric a task would cost the buyer by the task. */
export function emfLine(status: RuntimeStatus, now: number): string {
  const metrics = metricsOf(status, now)
  return JSON.stringify({
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: NAMESPACE,
          Dimensions: [['Product']],
          Metrics: metrics.map(([Name, Unit]) => ({ Name, Unit })),
        },
      ],
    },
    Product: status.product?.code ?? 'edge',
    Task: status.platform?.task ?? '',
    ...Object.fromEntries(metrics.map(([name, , value]) => [name, value])),
  })
}

function metricsOf(
  { entitlement, meter, skewMs }: RuntimeStatus,
  now: number,
): readonly [string, Unit, number][] {
  const entitled: [string, Unit, number] = ['Entitled', 'None', entitlement.entitled ? 1 : 0]
  const skew: [string, Unit, number][] =
    skewMs === null ? [] : [['ClockSkew', 'Milliseconds', Math.abs(skewMs)]]
  if (meter === null) return [entitled, ...skew]
  const { oldestUnsentHour: oldest } = meter
  return [
    entitled,
    ['RecordsWaiting', 'Count', meter.waiting],
    [
      'OldestUnsentAge',
      'Seconds',
      oldest === null ? 0 : Math.max(0, Math.round((now - oldest - HOUR_MS) / 1_000)),
    ],
    ['WindowOver', 'Percent', Math.round((meter.windowOver ?? 0) * 100)],
    ['RecordsInDoubt', 'Count', meter.doubtful.length],
    ['UsageExpired', 'Count', meter.expired.length],
    ['CallsThrottled', 'Count', meter.attempts.throttled],
    ['CallsUnanswered', 'Count', meter.attempts.unanswered],
    ['SpoolHealthy', 'None', meter.spool.state === 'ok' ? 1 : 0],
    ['Alarms', 'Count', meter.alarms.length],
    ...skew,
  ]
}
