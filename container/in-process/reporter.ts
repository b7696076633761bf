/**
 * Counts and events of an application on their way to where they are kept: numbered batches, each sent again under its own
 * number until it is answered, so nothing counts twice. Given its sink, clock and timer.
 */
import { HOUR_MS, hourOf } from '../../shared/hour.ts'
import type { Batch } from '../../shared/ledger/ledger.ts'
import type { UsageEvent } from '../../shared/usage/event.ts'
import type { Wrong } from '../usage-wire.ts'
import type { RefusedUsage } from './api.ts'
import type { Drained } from './counters.ts'

/** What became of a batch. `again`: it is not certain that it was kept; the same goes again. */
export type Sent =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly wrong: readonly Wrong[] }
  | { readonly kind: 'again'; readonly why: string; readonly afterMs: number }

/** Keeps a batch. Answers at once where it can: then nothing is lost when the process exits. Never throws or rejects. */
export type Sink = (batch: Batch) => Sent | Promise<Sent>

export interface ReporterPorts {
  readonly sink: Sink
  readonly drain: () => readonly Drained[]
  /** Business time. */
  readonly now: () => number
  /** Calls once after ms of wall time; answers how to call it off. Keeps no process alive. */
  readonly later: (ms: number, call: () => void) => () => void
  readonly random: () => number
  readonly source: string
  /** At least 16 random characters, of this start alone. */
  readonly epoch: string
  readonly onRefused: (refused: readonly RefusedUsage[]) => void
  readonly onAgain: (why: string, pauseMs: number) => void
  readonly everyMs: number
  readonly bufferMax: number
}

export interface Reporter {
  /** Takes an event into the buffer: under its id where it has one, else under the number of its batch. False: it is full. */
  report(event: UsageEvent, hasId: boolean): boolean
  /** Sends what waits; resolves when all of it has an answer, or with why not. */
  flush(): Promise<string | null>
  /** As far as it goes without waiting: for the end of the process. */
  flushNow(): void
  /** Events and batches without an answer. */
  waiting(): number
  stop(): void
}

/** Events that one batch may have: their JSON stays below what a request may carry. */
const BATCH_MAX = 1_000
const PAUSE_MAX_MS = 30_000
/** A clock that moved further between two batches was set, not late. */
const JUMP_MS = 10_000

export function openReporter(ports: ReporterPorts): Reporter {
  const { sink, now, everyMs } = ports
  let [sequence, tries, since, stopped] = [0, 0, now(), false]
  let pending: Batch | null = null
  let numbered: UsageEvent[] = []
  let named: UsageEvent[] = []
  let running: Promise<string | null> | null = null
  let cancel = (): void => undefined

  const batchOf = (events: readonly UsageEvent[]): Batch => ({
    kind: 'sequence',
    source: ports.source,
    epoch: ports.epoch,
    sequence: sequence++,
    events,
  })

  /** What was counted since the last batch, in the hour in which that began. */
  function counts(): UsageEvent[] {
    const present = now()
    const time = stampOf(since, present)
    since = present
    return ports.drain().flatMap(({ meter, quantities }) =>
      quantities.map((quantity, at) => ({
        kind: 'quantity' as const,
        source: ports.source,
        id: `${meter}:${at}`,
        meter,
        time,
        quantity: BigInt(quantity) * 1_000_000n,
      })),
    )
  }

  /** The next batch, its content fixed from now on; null: nothing waits. */
  function next(): Batch | null {
    if (pending !== null) return pending
    if (named.length > 0) pending = { kind: 'ids', events: named.splice(0, BATCH_MAX) }
    else {
      numbered.push(...counts())
      if (numbered.length > 0) pending = batchOf(numbered.splice(0, BATCH_MAX))
    }
    return pending
  }

  /** True: go on with the next one. */
  function settle(batch: Batch, sent: Sent): boolean {
    if (sent.kind === 'again') return false
    pending = null
    tries = 0
    if (sent.kind === 'taken') return true
    const { events } = batch
    const wrong = new Set(sent.wrong.map(({ at }) => at))
    const good = events.filter((_, at) => !wrong.has(at))
    // Under ids the others were taken; a number is all or nothing, and is free again.
    if (batch.kind === 'sequence' && good.length > 0) pending = batchOf(good)
    ports.onRefused(
      sent.wrong.map(({ at, code, message }) => ({ meter: events[at]?.meter ?? '', code, message })),
    )
    return true
  }

  async function run(): Promise<string | null> {
    for (let batch = next(); batch !== null; batch = next()) {
      const sent = await sink(batch)
      if (!settle(batch, sent)) return sent.kind === 'again' ? again(sent.why, sent.afterMs) : null
    }
    plan(everyMs)
    return null
  }

  function again(why: string, afterMs: number): string {
    tries += 1
    const pauseMs = Math.min(PAUSE_MAX_MS, 250 * 2 ** tries) * (0.5 + ports.random() / 2)
    ports.onAgain(why, Math.max(afterMs, pauseMs))
    plan(Math.max(afterMs, pauseMs))
    return why
  }

  /** Also at the end of the hour, so that what is counted belongs to the hour it was counted in. */
  function plan(ms: number): void {
    cancel()
    if (!stopped) cancel = ports.later(Math.min(ms, HOUR_MS - (now() % HOUR_MS)), () => void flush())
  }

  const flush = (): Promise<string | null> =>
    (running ??= run().finally(() => {
      running = null
    }))

  plan(everyMs)
  return {
    report(event, hasId) {
      if (numbered.length + named.length >= ports.bufferMax) return false
      if (hasId) named.push(event)
      else numbered.push(event)
      return true
    },
    // One more round: what came while the last was under way.
    flush: async () => (running === null ? flush() : ((await running) ?? flush())),
    flushNow() {
      for (let batch = next(); batch !== null; batch = next()) {
        const sent = sink(batch)
        if (sent instanceof Promise || !settle(batch, sent)) return
      }
    },
    waiting: () => (pending?.events.length ?? 0) + numbered.length + named.length,
    stop() {
      stopped = true
      cancel()
    },
  }
}

/**
 * When what was counted from `since` until `present` was used: now, or the last millisecond of the hour it began in. At a
 * clock that was set, now.
 */
function stampOf(since: number, present: number): number {
  if (present < since || present - since > JUMP_MS) return present
  return Math.min(present, hourOf(since) + HOUR_MS - 1)
}
