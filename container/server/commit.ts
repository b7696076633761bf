/** Usage of many senders at once: what they bring in one turn of the event loop shares one fsync. No disk of its own. */
import type { Batch } from '../../shared/ledger/ledger.ts'
import type { EventAnswer } from '../../shared/usage/event.ts'
import type { Naming, ReadNaming } from '../../shared/usage/naming.ts'
import type { Intake } from '../intake.ts'
import { type Commit, openCommit } from '../spool/commit.ts'

export interface Taking {
  readonly named: ReadNaming
  /** Resolves when the events are on disk; rejects with `SpoolError` when the disk does not take them. */
  take(batch: Batch, naming: Naming): Promise<readonly EventAnswer[]>
}

/** Subscriptions that are remembered; a container has one, a seller's own service as many as it has buyers. */
const REMEMBERED_MAX = 1_000

export function committing(intake: Intake, soon: (run: () => void) => void): Taking {
  const open = new Map<string, Commit>()
  return {
    named: intake.named,
    take(batch, naming) {
      const name = JSON.stringify(naming)
      let commit = open.get(name)
      if (commit === undefined) {
        // Who still waits in one that is forgotten is answered all the same.
        if (open.size >= REMEMBERED_MAX) open.clear()
        const takeAll = (batches: readonly Batch[]) => intake.takeAll(batches, naming)
        open.set(name, (commit = openCommit({ takeAll, soon })))
      }
      return commit.take(batch)
    },
  }
}
