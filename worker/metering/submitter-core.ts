/** The Submitter's object without its home: sends, settles, visits. No rules of its own: `shared/submission` has them. */
import { MINUTE_MS, type Month } from '../../shared/hour.ts'
import { DEFAULT_TIMING, type Timing } from '../../shared/ledger/terms.ts'
import type { Backlog } from '../../shared/submission/backlog.ts'
import { heldHours } from '../../shared/submission/guard.ts'
import type { FrozenRecord, OfferAnswer } from '../../shared/submission/record.ts'
import { openSubmission } from '../../shared/submission/submission.ts'
import type { Sql } from '../../shared/sql.ts'
import { messageOf } from '../log.ts'
import { CONNECTIONS_MAX, eachOver, openConnections } from './connections.ts'
import type { SubmitterHome } from './ports.ts'
import { submitterRepairs, type SendingCalls } from './repair.ts'
import { openRunner, type Outcome } from './runner.ts'
import { openSender } from './sender.ts'
import { openSettler } from './settler.ts'
import { regionOf } from './terms.ts'

/** What can be asked of a Submitter from outside. What it answers is durable. */
export interface SubmitterCalls extends SendingCalls {
  offer(records: readonly FrozenRecord[]): Promise<OfferAnswer[]>
  /** The instant by which the month has to be frozen, as of now: 03:00 UTC on the 1st, or earlier (money §5). */
  guard(month: Month): Promise<number>
  /** Sends and settles what is due, at business time or `now` if that is later. Answers the next wake. */
  runDue(now?: number): Promise<number | null>
  nextWake(): Promise<number | null>
  /** Writes a subscription into the directory. Idempotent. */
  enlist(subscription: string): Promise<void>
  /** Wakes at most `limit` Ledgers nothing was heard of for long; around a month's end everyone once. Answers how many. */
  visit(limit: number): Promise<number>
  /** Subscriptions AWS calls not subscribed and nobody asked about since its last answer (money §8 row 4). */
  unsubscribed(): Promise<string[]>
  /** Somebody asks what became of these. */
  asked(subscriptions: readonly string[]): Promise<void>
  backlog(): Promise<Backlog>
}

export interface SubmitterCore extends SubmitterCalls {
  /** Runs what is due; never throws. */
  alarm(): Promise<void>
}

export interface Pace {
  /** Calls a second; AWS allows 10 for an account and Region. */
  readonly ratePerSecond: number
  /** How late usage may come: what is open at a month's end has to be sent before AWS closes it. */
  readonly timing?: Timing
}

/** Visits of one call around a month's end: an invocation may make 1 000 requests. Who got so many asks again at once. */
export const MONTH_END_VISITS_MAX = 900

/** Opens the object over its own database. Dropping it at any await and opening it again loses nothing. */
export function openSubmitterCore(home: SubmitterHome, pace: Pace): SubmitterCore {
  const { clocks } = home
  const region = regionOf(nameOf(home.sql, home.name))
  const engine = openSubmission(home.sql, {
    region,
    ratePerSecond: pace.ratePerSecond,
    heldHours: heldHours(pace.timing ?? DEFAULT_TIMING),
  })
  const settler = openSettler(home, engine)
  const sender = openSender(home, engine, settler, { region, intervalMs: 1_000 / pace.ratePerSecond })
  let lastAlarms = Number.NEGATIVE_INFINITY

  async function run(now: () => number): Promise<Outcome> {
    const connections = openConnections(CONNECTIONS_MAX)
    let failed = false
    try {
      engine.sweep(now())
      await sender.send(connections, now)
    } catch (thrown) {
      failed = true
      home.log('error', 'submitter_run_failed', { region, error: messageOf(thrown) })
    }
    // Results go to their Ledgers also when nothing can be sent.
    await settler.settleAll(connections, now)
    settler.tellEnded()
    raiseAlarms(now())
    if (failed) return 'failed'
    return engine.ready(now()) || engine.unsettled(1, now()).size > 0 ? 'more' : 'done'
  }

  /** Once a minute: it reads the whole backlog, and cron comes by each minute. */
  function raiseAlarms(now: number): void {
    if (now - lastAlarms < MINUTE_MS) return
    lastAlarms = now
    for (const { subject, message } of engine.alarms(now))
      home.log('error', 'metering_alarm', { subject, message })
  }

  /** Whether its Ledger has something open; undefined when it could not be reached. */
  async function visitOne(subscription: string): Promise<boolean | undefined> {
    try {
      return (await home.ledger(subscription).runDue()) !== null
    } catch (thrown) {
      home.log('error', 'visit_failed', { subscription, error: messageOf(thrown) })
      return undefined
    }
  }

  const runner = openRunner(home, { event: 'submitter', run, due: () => engine.nextWake() })

  return {
    ...submitterRepairs(
      home.sql,
      () => clocks.business(),
      () => runner.wake.advance(engine.nextWake()),
    ),
    runDue: (now) => runner.runDue(now),
    nextWake: () => runner.nextWake(),
    alarm: () => runner.alarm(),

    async offer(records) {
      await runner.wake.ready()
      const now = clocks.business()
      const answers = engine.offer(records, now)
      await runner.wake.advance(answers.some((answer) => answer.kind === 'taken') ? now : null)
      return answers
    },

    guard: async (month) => engine.guard(month, clocks.business()),

    async enlist(subscription) {
      engine.enlist(subscription, clocks.business())
    },

    async visit(limit) {
      const due = engine.visits(limit, MONTH_END_VISITS_MAX, clocks.business())
      await eachOver(openConnections(), due, async (subscription) => {
        const open = await visitOne(subscription)
        engine.visited(subscription, open, clocks.business())
      })
      return due.length
    },

    unsubscribed: async () => engine.unsubscribed(clocks.business()),

    async asked(subscriptions) {
      engine.asked(subscriptions, clocks.business())
    },

    backlog: async () => ({ ...engine.backlog(clocks.business()), ...home.standing?.() }),
  }
}

/** The object's own name; written down, for an object that an alarm wakes may not be told it. */
function nameOf(sql: Sql, told: string | undefined): string {
  sql.script(
    'create table if not exists object (id integer primary key check (id = 1), name text not null) strict',
  )
  const [known] = sql.all<{ name: string }>('select name from object')
  const name = known?.name ?? told
  if (name === undefined)
    throw new Error('a Submitter is named by its account and Region, this one has no name')
  if (known === undefined) sql.all('insert into object (id, name) values (1, ?)', name)
  return name
}
