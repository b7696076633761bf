/** The deployment's numbers at an instant, each under its name in CloudWatch (shared/stack.ts says what each is). Reads only. */
import type { Backlog } from '../../shared/submission/backlog.ts'
import type { BacklogLine } from '../../shared/operator/wire.ts'
import { isMetered } from '../../shared/seller/metered.ts'
import { METRICS } from '../../shared/stack.ts'
import type { Datum } from '../aws/cloudwatch.ts'
import { countForMetrics, type Counted } from '../db/metrics.ts'
import type { Edge } from '../env.ts'
import { readBacklogs } from '../metering/backlogs.ts'

/** All but the heartbeat. Eight statements of D1 and one call to each Submitter; no Ledger is asked. */
export async function measure(edge: Edge): Promise<readonly Datum[]> {
  const counted = await countForMetrics(edge.settings.db, edge.clocks.business())
  return [
    ...(edge.seller.products.some(isMetered) ? meteringData(counted, await readBacklogs(edge)) : []),
    { name: METRICS.parkedDeliveries, unit: 'Count', value: counted.parkedDeliveries },
    ...percent(METRICS.churn, counted.churned, counted.paying),
    ...percent(METRICS.conversion, counted.converted, counted.trialsOver),
    { name: METRICS.support, unit: 'Count', value: counted.tickets },
  ]
}

/** A Submitter that does not answer is in danger itself: nothing is known of what waits there. */
function meteringData(counted: Counted, lines: readonly BacklogLine[]): Datum[] {
  const backlogs = lines.flatMap(({ backlog }) => (backlog === null ? [] : [backlog]))
  const sum = (of: (backlog: Backlog) => number): number =>
    backlogs.reduce((total, backlog) => total + of(backlog), 0)
  const silent = lines.length - backlogs.length
  return [
    { name: METRICS.meteringErrors, unit: 'Count', value: sum(({ failures }) => failures) },
    { name: METRICS.parkedRecords, unit: 'Count', value: counted.parkedRecords },
    { name: METRICS.deadlinesInDanger, unit: 'Count', value: counted.heldUp + silent + sum(recordsInDanger) },
  ]
}

/**
 * Half of their time or more is over, or they will not make it at the present rate: a record may be both, and counts once.
 * All of them where nothing is sent, whatever waits.
 */
const recordsInDanger = ({ danger, lost, waiting, silent }: Backlog): number =>
  silent === undefined
    ? Math.max(
        danger.reduce((total, { records }) => total + records, 0),
        lost.records,
      )
    : waiting

/** Of nothing there is no share, and nothing is written. */
const percent = (name: string, part: number, whole: number): Datum[] =>
  whole === 0 ? [] : [{ name, unit: 'Percent', value: (100 * part) / whole }]
