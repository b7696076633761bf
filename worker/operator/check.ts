/** Whether this Worker can do its work where it stands: asked by a deploy and by `npm run doctor`. Changes nothing. */
import { describeFailure } from '../../shared/aws/failure.ts'
import { askWhoWeAre } from '../aws/sts.ts'
import type { Edge } from '../env.ts'
import { logLine, messageOf } from '../log.ts'
import { readBacklogs } from '../metering/backlogs.ts'

/** What was looked at. `detail` is for a person and holds no token, no key and no secret. */
export interface Check {
  readonly name: 'aws' | 'database' | 'metering'
  readonly ok: boolean
  readonly detail: string
}

export async function checkWorker(edge: Edge): Promise<readonly Check[]> {
  return Promise.all([checkAws(edge), checkDatabase(edge), checkMetering(edge)])
}

/** A signed call: AWS takes the Worker's identity, and it is one of the seller's account. */
async function checkAws({ aws, seller }: Edge): Promise<Check> {
  const caller = await askWhoWeAre(aws)
  if (!caller.ok) return { name: 'aws', ok: false, detail: describeFailure(caller.error) }
  const { account, arn } = caller.value
  const { account: expected } = seller.seller
  const ours = account === expected
  const detail = ours ? arn : `${arn} is of account ${account}; seller.config.ts says ${expected}`
  return { name: 'aws', ok: ours, detail }
}

/** The last migration, by name. Whoever deploys knows which it should be: the Worker does not hold them. */
async function checkDatabase({ settings }: Edge): Promise<Check> {
  try {
    const row = await settings.db
      .prepare('SELECT max(name) AS last FROM d1_migrations')
      .first<{ last: string | null }>()
    const last = row?.last ?? null
    return { name: 'database', ok: last !== null, detail: last ?? 'no migration is applied' }
  } catch (thrown) {
    logLine('error', 'check_failed', { part: 'database', error: messageOf(thrown) })
    return {
      name: 'database',
      ok: false,
      detail: 'it does not answer, or no migration is applied: the log says which',
    }
  }
}

/** How usage is billed; no good of a dry Worker that was live once: it neither sends nor settles. */
async function checkMetering(edge: Edge): Promise<Check> {
  const name = 'metering'
  const { metering } = edge.settings
  if (metering === 'live') return { name, ok: true, detail: metering }
  try {
    for (const { submitter, backlog } of await readBacklogs(edge))
      if (backlog?.silent !== undefined)
        return { name, ok: false, detail: `Submitter ${submitter}: ${backlog.silent}` }
    return { name, ok: true, detail: metering }
  } catch (thrown) {
    logLine('error', 'check_failed', { part: name, error: messageOf(thrown) })
    return { name, ok: false, detail: 'nobody knows what waits for AWS: the log says why' }
  }
}
