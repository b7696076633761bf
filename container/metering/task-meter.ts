/**
 * The meter of one task (money §11): drives its core, one call to AWS at a time, over a spool that may fail at any write. No
 * timer and no clock of its own; nothing it is asked rejects for what AWS, the disk or the network do.
 */
import type { MeterUsageRequest, MeterUsageResult } from '../../shared/aws/meter-usage.ts'
import { MINUTE_MS } from '../../shared/hour.ts'
import type { Batch } from '../../shared/ledger/ledger.ts'
import type { Result } from '../../shared/result.ts'
import type { Sql } from '../../shared/sql.ts'
import type { EventAnswer } from '../../shared/usage/event.ts'
import type { Pause } from '../time.ts'
import { alarmsOf, timeOf } from './alarms.ts'
import type { TaskCore } from './core.ts'
import { type Left, type Meter, type MeterStatus, SpoolError } from './meter.ts'
import type { Call } from './sends.ts'
import type { Skew } from './skew.ts'
import { readLeft, readMeterStatus } from './status.ts'

/** The disk under the core: `container/spool/spool.ts`, or a file that never fails. */
export interface MeterSpool {
  readonly folder: string
  status(): MeterStatus['spool']
  /** Throws `SpoolError` when the disk does not take it: nothing of it is trusted. */
  write<T>(work: (core: TaskCore, sql: Sql) => T): T
  read<T>(work: (core: TaskCore, sql: Sql) => T): T
  /** Asked before each call: alive on disk, and the folder still its own. */
  mayCall(): Result<null, string>
  close(): void
}

export interface MeterPorts {
  readonly task: string
  readonly spool: MeterSpool
  readonly skew: Skew
  /** One MeterUsage call with a timeout of its own; it never rejects. */
  readonly call: (request: MeterUsageRequest) => Promise<MeterUsageResult>
  /** Any call that makes AWS say its `Date` to `skew`, a dry run: asked while the clocks are apart and nothing else is sent. */
  readonly askTime: () => Promise<unknown>
  /** Claims what dead tasks left (money §11); answers a sentence for each. */
  readonly lookForOrphans: () => readonly string[]
  /** Of wall time. */
  readonly pause: Pause
}

/** How often AWS's time is asked for while the clocks are apart, and a disk that fails is tried. */
const LOOK_EVERY_MS = MINUTE_MS

/** How long a call waits that the spool does not allow now. */
const BLOCKED_MS = 3_000

/** Calls of one `runDue`: it comes back for the others, so that a long drain holds up nobody. */
const CALLS_AT_ONCE = 200

/** How long a call on its way may still be heard of when the process ends. */
const LAST_WORD_MS = 1_000

export function openTaskMeter(ports: MeterPorts): Meter {
  const { spool, skew } = ports
  let askAt = Number.NEGATIVE_INFINITY
  let isClosing = false
  let isShut = false
  let running: Promise<unknown> = Promise.resolve()
  let left: Left | null = null

  /** Nothing freezes while the clocks are apart, whoever moves the ledger on (money §5). */
  function heed(core: TaskCore, now: number): void {
    if (skew.verdict() === 'hold')
      core.hold(`The host's clock is ${skew.skewMs() ?? 0} ms behind AWS's: more than five minutes.`, now)
    else core.release(now)
  }

  /** Makes the calls that may be made, one at a time; `until` ends it in the midst of many. */
  async function send(said: string[], isOver: () => boolean): Promise<void> {
    for (let calls = 0; calls < CALLS_AT_ONCE && !isOver(); calls += 1) {
      if (!spool.mayCall().ok) return
      const call = spool.write((core) => core.next(skew.now()))
      if (call === null) return
      // The folder may have gone while its attempt was written: an attempt without a call only puts it in doubt.
      const result = spool.mayCall().ok ? await ports.call(call.request) : NOT_SENT
      spool.write((core) => {
        heed(core, skew.now())
        core.answered(call, result, skew.now())
      })
      said.push(sentenceOf(call, result))
    }
  }

  async function runDue(): Promise<readonly string[]> {
    const said: string[] = []
    try {
      if (skew.verdict() === 'hold' && skew.now() >= askAt) {
        askAt = skew.now() + LOOK_EVERY_MS
        await ports.askTime()
      }
      const now = skew.now()
      spool.write((core) => {
        heed(core, now)
        core.runDue(now)
      })
      await send(said, () => isClosing)
      spool.write((core) => core.runDue(skew.now()))
    } catch (error) {
      // An answer that comes after the end finds no file: its attempt is on disk, and in doubt.
      if (isShut) return said
      if (!(error instanceof SpoolError)) throw error
      said.push(error.message)
    }
    return said
  }

  /** What is taken over is sent by the next `runDue`, which it makes due. */
  function look(): readonly string[] {
    try {
      return isClosing ? [] : ports.lookForOrphans()
    } catch (error) {
      if (!(error instanceof SpoolError)) throw error
      return [error.message]
    }
  }

  /** One after the other: a run that is asked for during another waits for it. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = running.then(work, work)
    running = next.catch(() => undefined)
    return next
  }

  async function end(withinMs: number): Promise<Left> {
    let isOver = false
    const ended = new AbortController()
    const time = ports
      .pause(Math.max(0, withinMs - LAST_WORD_MS), ended.signal)
      .then(() => void (isOver = true))
      .then(() => ports.pause(LAST_WORD_MS, ended.signal))
    try {
      spool.write((core) => {
        heed(core, skew.now())
        core.close(skew.now())
      })
      await Promise.race([inTurn(() => flush(() => isOver)), time])
      isOver = true
      return spool.read((core, sql) => readLeft(sql, core, skew.now()))
    } catch (error) {
      if (!(error instanceof SpoolError)) throw error
      return { records: 0, units: {}, message: error.message }
    } finally {
      ended.abort()
      isShut = true
      spool.close()
    }
  }

  function takeAll(batches: readonly Batch[]): EventAnswer[][] {
    if (isClosing)
      throw new SpoolError(
        'The container is stopping and counts nothing more. Send it to the next one under the same id.',
      )
    return spool.write((core, sql) => {
      heed(core, skew.now())
      return sql.transaction(() => batches.map((batch) => core.take(batch, skew.now())))
    })
  }

  /** Sends until nothing is left, or the time is over; what AWS throttles is tried again after its pause. */
  async function flush(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await send([], isOver)
      const wake = spool.read((core) => core.nextWake(skew.now()))
      if (wake === null || wake - skew.now() > 30_000) return
      await ports.pause(Math.max(50, wake - skew.now()))
    }
  }

  return {
    name: 'meter',
    now: () => skew.now(),
    runDue: () => (isClosing ? Promise.resolve([]) : inTurn(runDue)),
    look: () => inTurn(() => Promise.resolve(look())),

    nextWake() {
      if (isClosing) return null
      const now = skew.now()
      try {
        const own = spool.read((core) => core.nextWake(now))
        // A record whose turn it is waits for the folder, which is looked at again in a while.
        const due = own === null || spool.mayCall().ok ? own : Math.max(own, now + BLOCKED_MS)
        const ask = skew.verdict() === 'hold' ? Math.max(askAt, now) : null
        const wakes = [due, ask].filter((at) => at !== null)
        return wakes.length === 0 ? null : skew.hostAt(Math.min(...wakes))
      } catch (error) {
        if (!(error instanceof SpoolError)) throw error
        return skew.hostAt(now + LOOK_EVERY_MS)
      }
    },

    take: (batch) => takeAll([batch])[0] ?? [],
    takeAll,

    async close(withinMs) {
      if (left !== null) return left
      isClosing = true
      left = await end(withinMs)
      return left
    },

    usage(month) {
      try {
        return spool.read((core) => core.ledger.usage(month))
      } catch (error) {
        if (!(error instanceof SpoolError)) throw error
        return null
      }
    },

    status() {
      const around = { task: ports.task, spool: spool.status(), skewMs: skew.skewMs() }
      try {
        return spool.read((core, sql) => ({
          ...around,
          ...readMeterStatus(sql, core, skew.now()),
          alarms: alarmsOf(sql, core, skew, skew.now()),
        }))
      } catch (error) {
        if (!(error instanceof SpoolError)) throw error
        return { ...around, ...NOTHING_KNOWN, alarms: [error.message] }
      }
    },
  }
}

const NOT_SENT: MeterUsageResult = {
  ok: false,
  error: { kind: 'not_sent', message: 'the folder is not its own' },
}

const NOTHING_KNOWN = {
  open: {},
  waiting: 0,
  oldestUnsentHour: null,
  windowOver: null,
  receipts: [],
  doubtful: [],
  expired: [],
  adopted: [],
  attempts: { made: 0, throttled: 0, unanswered: 0 },
} as const

function sentenceOf({ request }: Call, result: MeterUsageResult): string {
  const what = `${request.quantity} ${request.dimension} of ${timeOf(request.timestamp)}`
  if (result.ok) return `AWS took ${what}.`
  const { error } = result
  return `AWS did not take ${what}: ${error.kind === 'refused' ? error.name : error.kind}.`
}
