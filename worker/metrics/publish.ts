/** What each run of cron writes to CloudWatch, last of all. That it fails stops nothing: the next run says how things stand. */
import { describeFailure } from '../../shared/aws/failure.ts'
import { MINUTE_MS } from '../../shared/hour.ts'
import { METRICS } from '../../shared/stack.ts'
import { putMetricData, type Datum } from '../aws/cloudwatch.ts'
import type { Edge } from '../env.ts'
import { logLine, messageOf } from '../log.ts'
import { measure } from './measure.ts'

/** The heartbeat comes each minute, the rest this often: alarms look at 15 minutes. */
const MEASURED_EVERY_MS = 5 * MINUTE_MS

/** When this process measured last, business time. Each run of cron may have a process of its own, and then goes by the clock. */
const measured = new WeakMap<Edge['settings'], number>()

/** One call, or none where no namespace is set. `whole`: each part of this run of cron did what it does. Never throws. */
export async function publishMetrics(edge: Edge, whole: boolean): Promise<void> {
  const { metrics } = edge.settings
  if (metrics === undefined) return
  const heartbeat: Datum = { name: METRICS.heartbeat, unit: 'Count', value: whole ? 1 : 0 }
  const rest = isDue(edge) ? await tryMeasure(edge) : []
  const put = await putMetricData(edge.aws, metrics, [heartbeat, ...rest])
  if (!put.ok) logLine('warn', 'metrics_not_published', { error: describeFailure(put.error) })
}

function isDue({ settings, clocks }: Edge): boolean {
  const now = clocks.business()
  const last = measured.get(settings)
  const due = now % MEASURED_EVERY_MS < MINUTE_MS || (last !== undefined && now - last >= MEASURED_EVERY_MS)
  if (due) measured.set(settings, now)
  return due
}

/** Nothing when D1 does not answer: the heartbeat goes out all the same, and says 0 then. */
async function tryMeasure(edge: Edge): Promise<readonly Datum[]> {
  try {
    return await measure(edge)
  } catch (thrown) {
    logLine('error', 'metrics_not_measured', { error: messageOf(thrown) })
    return []
  }
}
