/**
 * The money core of one task: usage in, records out, each sent until AWS has said what became of it (money §11). Synchronous,
 * over the SQL port: what a function answers is on disk, and who kills the process between two of them loses and doubles
 * nothing. It knows no clock, no network and no folder.
 */
import { type MeterUsageResult, readMeterUsage } from '../../shared/aws/meter-usage.ts'
import { type Hour, HOUR_MS, hourFrom, hourOf, nextHour } from '../../shared/hour.ts'
import { type Batch, type Finding, type Ledger, openLedger } from '../../shared/ledger/ledger.ts'
import type { Order } from '../../shared/ledger/order.ts'
import { readState } from '../../shared/ledger/state.ts'
import { DEFAULT_TIMING, type DimensionTerms, type Timing } from '../../shared/ledger/terms.ts'
import { configId } from '../../shared/seller/views.ts'
import type { Sql } from '../../shared/sql.ts'
import { NOT_SUBSCRIBED_PAUSE_MS, resumeAt } from '../../shared/submission/pause.ts'
import type { FrozenRecord, Settlement } from '../../shared/submission/record.ts'
import { type Identity, identityKey, type SubscriptionId } from '../../shared/subscription.ts'
import type { EventAnswer } from '../../shared/usage/event.ts'
import { ADOPTED, type AdoptedRow, adoptOrphan } from './adopt.ts'
import { endOf, foreignEnding, isOwn, overdueEnding, successorEnding } from './endings.ts'
import type { Orphan } from './orphan.ts'
import { afterAnswer, afterStop, afterTrouble, isAway, type Lane, OPEN_LANE } from './schedule.ts'
import {
  abandonFlying,
  addSend,
  beginAttempt,
  type Call,
  dropSend,
  firstSend,
  flyingSend,
  foreignSends,
  hurrySends,
  nextOf,
  overdueSends,
  pauseSend,
  SENDS,
  sendOf,
  spreadOf,
  withinMonth,
} from './sends.ts'

/** Who this task is, and what is charged. */
export interface TaskTerms {
  /** The ECS task's ARN, or `pod/<uid>`. */
  readonly task: string
  readonly region: string
  readonly productCode: string
  /** When the task was made, epoch ms; null: the platform does not say. */
  readonly startedAt: number | null
  readonly dimensions: readonly DimensionTerms[]
  /** How long after its end an hour waits for late usage. */
  readonly latenessMs: number
  /**
   * A record of 0 for each dimension in each full hour in which it was not used. Whether AWS asks for it is not certain
   * (facts §2.9, "Test every dimension … send a metering record for each dimension"), so it is off by default.
   */
  readonly zeroRecords: boolean
  /** A new ledger's own id: `sub_` and 22 letters or digits that no other ledger has. */
  readonly newLedger: () => SubscriptionId
}

/** How many calls were made, and what they met, since the process began. */
export interface Attempts {
  readonly made: number
  readonly throttled: number
  readonly unanswered: number
}

export interface TaskCore {
  /** Counts a batch: on disk when it answers. */
  take(batch: Batch, now: number): EventAnswer[]
  /** Freezes what is due, puts records in line, and ends those that AWS takes no more. Idempotent. */
  runDue(now: number): void
  /** When `runDue` or `next` has something to do; null: not before something is counted. `now`: at once. */
  nextWake(now: number): number | null
  /**
   * The call to make now, its attempt stored; null: none may be made. One at a time: none while one is not answered.
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
  lane(): Lane
  attempts(): Attempts
  /** Every invariant of money §12 that does not hold, and of the line of sends. */
  audit(): Finding[]
}

/** The name under which a container's product stands in its own ledger: a container has one. */
const PRODUCT = 'container'

/** At its start + 4 h an hour freezes whatever the lateness: a third of AWS's window stays. */
const FREEZE_WITHIN_MS = 4 * HOUR_MS
const OFFERED_MAX = 500
const OVERDUE_MAX = 500

/** No 03:00 guard: the window of 6 h is the only one, and it is the same across a month's end. */
const timingOf = (terms: TaskTerms): Timing => ({
  ...DEFAULT_TIMING,
  latenessMs: terms.latenessMs,
  freezeWithinMs: FREEZE_WITHIN_MS,
  monthGuardMs: terms.latenessMs,
  spike: null,
})

/**
 * Opens the ledger file of a task, new or as a former process left it; what that one had on its way counts as unanswered.
 * A file of another task is gone on with under this one's identity from its next full hour (`metering: 'agent'`).
 */
export function openTaskCore(sql: Sql, terms: TaskTerms, now: number): TaskCore {
  sql.transaction(() => {
    sql.script(SENDS)
    sql.script(ADOPTED)
  })
  const subscription = ledgerIdIn(sql) ?? terms.newLedger()
  const ledger = openLedger(sql, {
    subscription,
    // The first one that a key came under stays in the ledger.
    keySecret: terms.newLedger(),
    config: configId(terms.dimensions),
    products: {
      [PRODUCT]: {
        code: terms.productCode,
        dimensions: terms.dimensions,
        plans: [],
        defaultPlan: null,
        heartbeat: terms.zeroRecords ? '*' : null,
      },
    },
    timing: timingOf(terms),
  })
  const started = Math.min(terms.startedAt ?? now, now)
  const identityFrom = (fromHour: Hour): Identity => ({
    kind: 'task',
    productCode: terms.productCode,
    region: terms.region,
    task: terms.task,
    startedAt: started,
    fromHour,
  })
  const identity = identityKey(identityFrom(hourOf(now)))
  const spreadMs = spreadOf(terms.task)
  let lane: Lane = OPEN_LANE
  let closing = false
  const count = { made: 0, throttled: 0, unanswered: 0 }

  /** The ledger's clock never goes back, and hours are those of its clock. */
  const at = (now: number): number => Math.max(now, readState(sql).clock)
  const orderOf = (): Order | null => readState(sql).order
  const settle = (settlement: Settlement, now: number): void => {
    ledger.settle([settlement], now)
    dropSend(sql, settlement.key)
  }

  sql.transaction(() => {
    abandonFlying(sql)
    const order = orderOf()
    const last = order?.identities.at(-1)
    if (order === null) {
      ledger.order(firstOrder(subscription, terms, identityFrom(hourFrom(now)), started), now)
    } else if (last === undefined || identityKey(last) !== identity) {
      goOn(order, now)
    }
  })

  /** The hours of the task before are its own: they are closed, and what AWS does not have of them is this task's or nobody's. */
  function goOn(order: Order, now: number): void {
    const clock = readState(sql).clock
    closeHour(order, clock)
    const { closedUntil: _closed, ...rest } = orderOf() ?? order
    ledger.order(
      { ...rest, version: rest.version + 1, identities: [identityFrom(hourFrom(at(now)))] },
      at(now),
    )
    for (const row of foreignSends(sql, identity)) settle(successorEnding(row, now), now)
    feed(now)
  }

  function closeHour(order: Order, clock: number): void {
    const hour = hourOf(clock)
    const inForce = order.identities.some((one) => one.fromHour <= hour)
    // AWS keeps one record of a task's hour: sending what there is of the first one cannot bill it twice.
    const identities = inForce
      ? order.identities
      : order.identities.map((one, i) => (i === 0 ? { ...one, fromHour: hour } : one))
    const closedUntil = nextHour(hour)
    if (inForce && order.closedUntil === closedUntil) return
    ledger.order({ ...order, version: order.version + 1, identities, closedUntil }, clock)
  }

  /** Puts what the ledger offers in line, once each. */
  function feed(now: number): void {
    for (;;) {
      const offers = ledger.offers(OFFERED_MAX)
      if (offers.length === 0) return
      sql.transaction(() => {
        for (const record of offers) {
          if (isOwn(record, identity)) addSend(sql, record, identity, turnOf(record, now))
          else ledger.settle([foreignEnding(record, now)], now)
        }
        ledger.handed(offers.filter((record) => isOwn(record, identity)))
      })
    }
  }

  /** The hour that ended is spread over five minutes; what is owed from before goes at once. */
  function turnOf(record: FrozenRecord, now: number): number {
    const isOwed = closing || now >= nextHour(record.hour) + terms.latenessMs + spreadMs
    return isOwed ? now : withinMonth(now, nextHour(record.hour) + terms.latenessMs + spreadMs)
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
      const waiting = nextOf(sql, isAway(lane))
      if (waiting !== null) {
        wakes.push(waiting.deadline)
        if (flyingSend(sql) === undefined) wakes.push(Math.max(waiting.resumeAt, lane.until))
      }
      return wakes.length === 0 ? null : Math.max(now, Math.min(...wakes))
    },

    next(now) {
      if (lane.until > now || flyingSend(sql) !== undefined) return null
      const row = firstSend(sql, now, isAway(lane))
      if (row === undefined || row.deadline <= now) return null
      const call = sql.transaction(() => beginAttempt(sql, row, now))
      count.made += 1
      return call
    },

    answered(call, result, now) {
      const row = sendOf(sql, call.key)
      if (row === undefined || row.flying === 0 || row.attempts !== call.attempt) return
      const outcome = readMeterUsage(result, row.unanswered === 1)
      switch (outcome.act) {
        case 'end':
          sql.transaction(() => settle({ ...endOf(row, now), ...outcome.ending }, now))
          lane = afterAnswer()
          return
        case 'again':
          count.throttled += 1
          lane = afterTrouble(lane, 'again', terms.task, now)
          pauseSend(sql, row, { resumeAt: withinMonth(now, lane.until), pauses: row.pauses })
          return
        case 'unanswered': {
          count.unanswered += 1
          lane = afterTrouble(lane, 'unanswered', terms.task, now)
          const pauses = row.pauses + 1
          const later = Math.max(lane.until, resumeAt(now, pauses, row.key, row.deadline))
          pauseSend(sql, row, { resumeAt: withinMonth(now, later), pauses, unanswered: true })
          return
        }
        case 'not-entitled': {
          const later = Math.min(now + NOT_SUBSCRIBED_PAUSE_MS, Math.max(now, row.deadline - 1))
          pauseSend(sql, row, { resumeAt: withinMonth(now, later), pauses: 0, notEntitled: now })
          lane = afterAnswer()
          return
        }
        case 'stop':
          lane = afterStop(lane, outcome, now)
          pauseSend(sql, row, { resumeAt: now, pauses: row.pauses })
          return
      }
    },

    close(now) {
      closing = true
      const order = orderOf()
      if (order !== null) closeHour(order, at(now))
      core.runDue(now)
      hurrySends(sql, now)
      lane = { ...lane, until: Math.min(lane.until, now) }
    },

    adopt: (orphan, now) => adoptOrphan(sql, ledger, terms.productCode, orphan, now),

    hold(why, now) {
      if (readState(sql).held) return
      ledger.repair({ kind: 'hold', dimension: null, id: `clock-hold-${now}`, who: 'clock', why }, now)
    },
    release(now) {
      if (!readState(sql).held) return
      const what = { kind: 'subscription' } as const
      ledger.repair(
        { kind: 'release', what, id: `clock-release-${now}`, who: 'clock', why: 'the clocks agree again' },
        now,
      )
    },

    lane: () => lane,
    attempts: () => ({ ...count }),
    audit: () => [...ledger.audit(), ...auditSends(sql)],
  }
  return core
}

/** A container's own order: no buyer is named, for AWS knows him by the role that signs. */
const firstOrder = (
  subscription: SubscriptionId,
  terms: TaskTerms,
  identity: Identity,
  activation: number,
): Order => ({
  subscription,
  version: 1,
  product: PRODUCT,
  productCode: terms.productCode,
  account: '',
  agreementStart: null,
  activation,
  life: 1,
  ending: null,
  end: null,
  identities: [identity],
  plans: [],
  trial: null,
  amounts: {},
  predecessor: null,
})

const ledgerIdIn = (sql: Sql): SubscriptionId | null => {
  const known = sql.all("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'ledger'")
  if (known.length === 0) return null
  return sql.all<{ subscription: SubscriptionId }>('SELECT subscription FROM ledger')[0]?.subscription ?? null
}

/** The line of sends and the ledger's waiting records are the same: nothing waits that nobody sends, and nothing else is sent. */
function auditSends(sql: Sql): Finding[] {
  const rows = sql.all<{ key: string; record: string | null; send: string | null }>(
    `SELECT coalesce(records.key, sends.key) AS key, records.state AS record, sends.key AS send
     FROM (SELECT key, state FROM records WHERE state = 'waiting' AND handed = 1) AS records
       FULL JOIN sends ON sends.key = records.key
     WHERE records.key IS NULL OR sends.key IS NULL ORDER BY 1 LIMIT 100`,
  )
  return rows.map((row) => ({
    rule: 'A record waits exactly while it is in the line of sends',
    subject: row.key,
    expected: row.record === null ? 'not in line' : 'in line',
    found: row.send === null ? 'not in line' : 'in line',
  }))
}
