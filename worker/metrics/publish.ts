/** What each run of cron writes to CloudWatch, last of all. That it fails stops nothing: the next run says how things stand. */
import { describeFailure } from '../../shared/aws/failure.ts'
import { MINUTE_MS } from '../../shared/hour.ts'
import { METRICS } from '../../shared/stack.ts'
import { putMetricData, type Datum } from '../aws/cloudwatch.ts'
import type { Edge } from '../env.ts'
import { logLine, messageOf } from '../log.ts'
import { measure } from './measure.ts'

/** The heartbeat comes each minute, the rest in each minute that this divides: alarms look at 15 minutes. */
const MEASURED_EVERY = 5

/** One call, or none where no namespace is set. `whole`: each part of this run of cron did what it does. Never throws. */
export async function publishMetrics(edge: Edge, whole: boolean): Promise<void> {
  const { metrics } = edge.settings
  if (metrics === undefined) return
  const minute = Math.floor(edge.clocks.business() / MINUTE_MS)
  const heartbeat: Datum = { name: METRICS.heartbeat, unit: 'Count', value: whole ? 1 : 0 }
  const rest = minute % MEASURED_EVERY === 0 ? await tryMeasure(edge) : []
  const put = await putMetricData(edge.aws, metrics, [heartbeat, ...rest])
  if (!put.ok) logLine('warn', 'metrics_not_published', { error: describeFailure(put.error) })
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
