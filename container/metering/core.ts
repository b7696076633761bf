/**
 * The money core of one task: usage in, records out, each sent until AWS has said what became of it (money §11). Synchronous,
 * over the SQL port: what a function answers is on disk, and who kills the process between two of them loses and doubles
 * nothing. It knows no clock, no network and no folder.
 */
import { type MeterUsageResult, readMeterUsage } from '../../shared/aws/meter-usage.ts'
import { hourOf, nextHour } from '../../shared/hour.ts'
import { type Batch, type Finding, type Ledger, openLedger } from '../../shared/ledger/ledger.ts'
import type { Order } from '../../shared/ledger/order.ts'
import { readState } from '../../shared/ledger/state.ts'
import type { Sql } from '../../shared/sql.ts'
import { NOT_SUBSCRIBED_PAUSE_MS, resumeAt } from '../../shared/submission/pause.ts'
import type { FrozenRecord, Settlement } from '../../shared/submission/record.ts'
import { identityKey, type SubscriptionId } from '../../shared/subscription.ts'
import type { EventAnswer } from '../../shared/usage/event.ts'
import { ADOPTED, type AdoptedRow, adoptOrphan } from './adopt.ts'
import { endOf, foreignEnding, isOwn, overdueEnding, successorEnding } from './endings.ts'
import type { Orphan } from './orphan.ts'
import { afterAnswer, afterStop, afterTrouble, isAway, type Lane, OPEN_LANE } from './schedule.ts'
import {
  abandonFlying,
  addSend,
  auditSends,
  beginAttempt,
  type Call,
  dropSend,
  ENDED,
  firstSend,
  flyingSend,
  foreignSends,
  hurrySends,
  nextOf,
  overdueSends,
  pauseSend,
  SENDS,
  sendOf,
  type SendRow,
  spreadOf,
  withinMonth,
} from './sends.ts'
import {
  closedOrder,
  firstOrder,
  identityOf,
  ledgerTermsOf,
  successorOrder,
  type TaskTerms,
} from './task-terms.ts'

/** What a process remembers of its calls and no file holds: it outlives a core that is opened anew after a fault of the disk. */
export interface Memory {
  lane: Lane
  closing: boolean
  /** How many calls were made, and what they met, since the process began. */
  readonly attempts: { made: number; throttled: number; unanswered: number }
}

export const newMemory = (): Memory => ({
  lane: OPEN_LANE,
  closing: false,
  attempts: { made: 0, throttled: 0, unanswered: 0 },
})

export interface TaskCore {
  /** Counts a batch: on disk when it answers. */
  take(batch: Batch, now: number): EventAnswer[]
  /** Freezes what is due, puts records in line, and ends those that AWS takes no more. Idempotent. */
  runDue(now: number): void
  /** When `runDue` or `next` has something to do, never before `now`; null: not before something is counted. */
  nextWake(now: number): number | null
  /**
   * The call to make now, its attempt stored; null: none may be made. One at a time: none while one is not answered. Call
   * `runDue` first.
   */
  next(now: number): Call | null
  /** Writes what a call gave. What comes for an attempt that is not on its way changes nothing. */
  answered(call: Call, result: MeterUsageResult, now: number): void
  /** Closes the hour in progress and lets nothing wait for its turn: the process is about to end. */
  close(now: number): void
  /** Takes over what a dead task left, once for its ledger, however often it is asked. */
  adopt(orphan: Orphan, now: number): AdoptedRow
  /** Nothing freezes while AWS's clock and the host's are too far apart (money §5). */
  hold(why: string, now: number): void
  release(now: number): void
  readonly ledger: Ledger
  readonly identity: string
  readonly memory: Memory
  /** Every invariant of money §12 that does not hold, and of the line of sends. */
  audit(): Finding[]
}

const OFFERED_MAX = 500
const OVERDUE_MAX = 500

/**
 * Opens the ledger file of a task, new or as a former process left it; what that one had on its way counts as unanswered.
 * A file of another task is gone on with under this one's identity from its next full hour (`metering: 'agent'`).
 */
export function openTaskCore(sql: Sql, terms: TaskTerms, now: number, memory = newMemory()): TaskCore {
  sql.transaction(() => {
    sql.script(SENDS)
    sql.script(ADOPTED)
  })
  const subscription = ledgerIdIn(sql) ?? terms.newLedger()
  const ledger = openLedger(sql, ledgerTermsOf(terms, subscription))
  sql.script(ENDED)
  const identity = identityKey(identityOf(terms, now))
  const spreadMs = spreadOf(terms.task)

  const orderIn = (): Order | null => readState(sql).order
  const settle = (settlement: Settlement, now: number): void => {
    ledger.settle([settlement], now)
    dropSend(sql, settlement.key)
  }
  const closeHour = (order: Order, clock: number): void => {
    const closed = closedOrder(order, hourOf(clock))
    if (closed !== null) ledger.order(closed, clock)
  }

  sql.transaction(() => {
    abandonFlying(sql)
    const order = orderIn()
    const last = order?.identities.at(-1)
    if (order === null) ledger.order(firstOrder(subscription, identityOf(terms, now)), now)
    else if (last === undefined || identityKey(last) !== identity) goOn(order)
  })

  /** The hours of the task before are its own: they are closed, and what AWS does not have of them is this task's or nobody's. */
  function goOn(order: Order): void {
    const { clock } = readState(sql)
    closeHour(order, clock)
    const from = Math.max(now, clock)
    ledger.order(successorOrder(orderIn() ?? order, identityOf(terms, from)), from)
    for (const row of foreignSends(sql, identity)) settle(successorEnding(row, from), from)
    feed(from)
  }

  /** Puts what the ledger offers in line, once each. */
  function feed(now: number): void {
    for (;;) {
      const offers = ledger.offers(OFFERED_MAX)
      if (offers.length === 0) return
      sql.transaction(() => {
        const own = offers.filter((record) => isOwn(record, identity))
        for (const record of own) addSend(sql, record, identity, turnOf(record, now))
        ledger.handed(own)
        const others = offers.filter((record) => !isOwn(record, identity))
        if (others.length > 0)
          ledger.settle(
            others.map((record) => foreignEnding(record, now)),
            now,
          )
      })
    }
  }

  /** The hour that ended is spread over five minutes; what is owed from before goes at once. */
  function turnOf(record: FrozenRecord, now: number): number {
    const turn = nextHour(record.hour) + terms.latenessMs + spreadMs
    return memory.closing || now >= turn ? now : withinMonth(now, turn)
  }

  function expire(now: number): void {
    for (;;) {
      const rows = overdueSends(sql, now, OVERDUE_MAX)
      if (rows.length === 0) return
      sql.transaction(() => {
        for (const row of rows) settle(overdueEnding(row, now), now)
      })
    }
  }

  /** The record stays in line, and so do the calls after it, for as long as what AWS said asks for. */
  function again(
    row: SendRow,
    outcome: Exclude<ReturnType<typeof readMeterUsage>, { act: 'end' }>,
    now: number,
  ): void {
    switch (outcome.act) {
      case 'again':
        memory.attempts.throttled += 1
        memory.lane = afterTrouble(memory.lane, 'again', terms.task, now)
        return pauseSend(sql, row, { resumeAt: now, pauses: row.pauses })
      case 'unanswered': {
        memory.attempts.unanswered += 1
        memory.lane = afterTrouble(memory.lane, 'unanswered', terms.task, now)
        const pauses = row.pauses + 1
        const later = withinMonth(now, resumeAt(now, pauses, row.key, row.deadline))
        return pauseSend(sql, row, { resumeAt: later, pauses, unanswered: true })
      }
      case 'not-entitled': {
        memory.lane = afterAnswer()
        const last = now < row.deadline - 1 ? row.deadline - 1 : row.deadline
        const later = Math.min(now + NOT_SUBSCRIBED_PAUSE_MS, last)
        return pauseSend(sql, row, { resumeAt: withinMonth(now, later), pauses: 0, notEntitled: now })
      }
      case 'stop':
        memory.lane = afterStop(memory.lane, outcome, now)
        return pauseSend(sql, row, { resumeAt: now, pauses: row.pauses })
    }
  }

  const core: TaskCore = {
    ledger,
    identity,
    take: (batch, now) => ledger.take(batch, now),

    runDue(now) {
      ledger.runDue(now)
      feed(now)
      expire(now)
    },

    nextWake(now) {
      const wakes: number[] = []
      const own = ledger.nextWake()
      if (own !== null) wakes.push(own)
      const waiting = nextOf(sql, isAway(memory.lane))
      if (waiting !== null) {
        wakes.push(waiting.deadline)
        if (flyingSend(sql) === undefined) wakes.push(Math.max(waiting.resumeAt, memory.lane.until))
      }
      return wakes.length === 0 ? null : Math.max(now, Math.min(...wakes))
    },

    next(now) {
      if (memory.lane.until > now || flyingSend(sql) !== undefined) return null
      const row = firstSend(sql, now, isAway(memory.lane))
      if (row === undefined || row.deadline <= now) return null
      const call = sql.transaction(() => beginAttempt(sql, row, now))
      memory.attempts.made += 1
      return call
    },

    answered(call, result, now) {
      const row = sendOf(sql, call.key)
      if (row === undefined || row.attempts !== call.attempt) return
      // Given up when the file was opened anew, and heard of after all: a receipt is a receipt.
      if (row.flying === 0 && !result.ok) return
      const outcome = readMeterUsage(result, row.unanswered === 1)
      if (outcome.act !== 'end') return again(row, outcome, now)
      sql.transaction(() => settle({ ...endOf(row, now), ...outcome.ending }, now))
      memory.lane = afterAnswer()
    },

    close(now) {
      memory.closing = true
      const { order, clock } = readState(sql)
      const hour = hourOf(Math.max(now, clock))
      // The one hour that another ledger of this task may have sent: the same quantity again would be the same record.
      const isShared = order?.identities.every(({ fromHour }) => fromHour > hour) && terms.hadLedger?.()
      if (order !== null && isShared !== true) closeHour(order, hour)
      core.runDue(now)
      hurrySends(sql, now)
      memory.lane = { ...memory.lane, until: Math.min(memory.lane.until, now) }
    },

    adopt: (orphan, now) => adoptOrphan(sql, ledger, terms.productCode, orphan, now),

    hold(why, now) {
      if (readState(sql).held) return
      ledger.repair({ kind: 'hold', dimension: null, id: `clock-hold-${now}`, who: 'clock', why }, now)
    },
    release(now) {
      if (!readState(sql).held) return
      const act = { id: `clock-release-${now}`, who: 'clock', why: 'the clocks agree again' }
      ledger.repair({ ...act, kind: 'release', what: { kind: 'subscription' } }, now)
    },

    memory,
    audit: () => [...ledger.audit(), ...auditSends(sql)],
  }
  return core
}

function ledgerIdIn(sql: Sql): SubscriptionId | null {
  const known = sql.all("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'ledger'")
  if (known.length === 0) return null
  return sql.all<{ subscription: SubscriptionId }>('SELECT subscription FROM ledger')[0]?.subscription ?? null
}
