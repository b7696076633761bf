/** What waits at each Submitter, asked now. Reads only. */
import type { BacklogLine } from '../../shared/operator/wire.ts'
import type { Backlog } from '../../shared/submission/backlog.ts'
import type { Edge } from '../env.ts'
import { logLine, messageOf } from '../log.ts'
import { submitterNames } from './wake.ts'

/** One line for each; null for one that did not answer. */
export async function readBacklogs(edge: Edge): Promise<readonly BacklogLine[]> {
  const lines: BacklogLine[] = []
  for (const submitter of await submitterNames(edge)) {
    let backlog: Backlog | null = null
    try {
      backlog = await edge.settings.submitters.getByName(submitter).backlog()
    } catch (thrown) {
      logLine('error', 'submitter_unreachable', { submitter, error: messageOf(thrown) })
    }
    lines.push({ submitter, backlog })
  }
  return lines
}
