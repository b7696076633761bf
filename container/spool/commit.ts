/**
 * Group commit: what many callers bring in one turn of the event loop is written with one fsync, and answered after it. No
 * disk of its own.
 */
import type { Batch } from '../../shared/ledger/ledger.ts'
import type { EventAnswer, UsageEvent } from '../../shared/usage/event.ts'
import { SpoolError } from '../metering/meter.ts'

/** The most events of one take (money §1), and of one commit: a commit stays far below a second. */
const TAKE_MAX = 10_000

export interface CommitOptions {
  /** Takes batches in one transaction, answers in their order; throws when nothing of them is counted. */
  takeAll(batches: readonly Batch[]): readonly (readonly EventAnswer[])[]
  /** Runs it when the event loop has read what was sent meanwhile: `setImmediate`. */
  soon(run: () => void): void
}

export interface Commit {
  /** Resolves when the events are on disk; rejects with what `takeAll` threw, and nothing of this batch is counted. */
  take(batch: Batch): Promise<EventAnswer[]>
}

interface Waiting {
  readonly batch: Batch
  readonly resolve: (answers: EventAnswer[]) => void
  readonly reject: (cause: unknown) => void
}

export function openCommit(options: CommitOptions): Commit {
  let waiting: Waiting[] = []

  function commit(): void {
    const now = waiting.splice(0, countUpTo(waiting))
    if (waiting.length > 0) options.soon(commit)
    try {
      deliver(now)
    } catch (error) {
      // A disk that fails refuses all of them; what else is wrong with one is not the others' fault.
      if (error instanceof SpoolError || now.length === 1) for (const one of now) one.reject(error)
      else for (const one of now) deliverAlone(one)
    }
  }

  function deliver(group: readonly Waiting[]): void {
    const { batches, whose } = merge(group)
    const answers = options.takeAll(batches)
    for (const [at, own] of answers.entries()) {
      let from = 0
      for (const one of whose[at] ?? []) {
        const until = from + one.batch.events.length
        one.resolve(own.slice(from, until))
        from = until
      }
    }
  }

  function deliverAlone(one: Waiting): void {
    try {
      deliver([one])
    } catch (error) {
      one.reject(error)
    }
  }

  return {
    take(batch) {
      return new Promise((resolve, reject) => {
        waiting.push({ batch, resolve, reject })
        if (waiting.length === 1) options.soon(commit)
      })
    },
  }
}

/** How many of those who wait fit into one commit; at least one. */
function countUpTo(waiting: readonly Waiting[]): number {
  let events = 0
  const over = waiting.findIndex(({ batch }) => (events += batch.events.length) > TAKE_MAX)
  return over === -1 ? waiting.length : Math.max(1, over)
}

/** Events with ids of their own make one batch, in the order they came; a numbered batch is one for itself (money §1). */
function merge(group: readonly Waiting[]): { batches: Batch[]; whose: Waiting[][] } {
  const batches: Batch[] = []
  const whose: Waiting[][] = []
  const events: UsageEvent[] = []
  const withIds: Waiting[] = []
  for (const one of group) {
    if (one.batch.kind === 'sequence') {
      batches.push(one.batch)
      whose.push([one])
    } else {
      for (const event of one.batch.events) events.push(event)
      withIds.push(one)
    }
  }
  if (withIds.length > 0) {
    batches.push({ kind: 'ids', events })
    whose.push(withIds)
  }
  return { batches, whose }
}
