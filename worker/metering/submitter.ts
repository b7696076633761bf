/** The Submitter as a Durable Object: one AWS account and Region. Makes the calls `shared/submission` has planned, at its pace. */
import { DurableObject } from 'cloudflare:workers'
import type { Clocks } from '../../shared/clock.ts'
import { MINUTE_MS } from '../../shared/hour.ts'
import type { Acknowledged } from '../../shared/ledger/ledger.ts'
import type { Result } from '../../shared/result.ts'
import type { Backlog } from '../../shared/submission/backlog.ts'
import type { Call } from '../../shared/submission/plan.ts'
import type { FrozenRecord, OfferAnswer, Settlement } from '../../shared/submission/record.ts'
import type { Sql } from '../../shared/sql.ts'
import { openSubmission, type Submission } from '../../shared/submission/submission.ts'
import { batchMeterUsage } from '../aws/metering.ts'
import type { AwsAccess } from '../env.ts'
import { logLine, messageOf } from '../log.ts'
import { CONNECTIONS_MAX, eachOver, openConnections, type Connections } from './connections.ts'
import { openNextWake, type NextWake } from './next-wake.ts'
import { openObjectSql } from './sql.ts'
import { regionOf } from './terms.ts'

export interface SubmitterOptions {
  readonly clocks: Clocks
  /** Calls a second; AWS allows 10 for an account and Region. */
  readonly ratePerSecond: number
  /** Waits in wall time: AWS's quota does not know ours. */
  readonly pause: (ms: number) => Promise<void>
  /** The credentials of the moment, or a sentence why there are none: then nothing is sent and nothing is lost. */
  readonly access: (env: Env) => Result<AwsAccess, string>
}

/** What can be asked of a Submitter from outside. What it answers is durable. */
export interface SubmitterCalls {
  offer(records: readonly FrozenRecord[]): Promise<OfferAnswer[]>
  /** Sends and settles what is due, at business time or `now` if that is later. Answers the next wake. */
  runDue(now?: number): Promise<number | null>
  nextWake(): Promise<number | null>
  /** Writes a subscription into the directory. Idempotent. */
  enlist(subscription: string): Promise<void>
  /** Wakes at most `limit` Ledgers nothing was heard of for long; around a month's end everyone once. Answers how many. */
  visit(limit: number): Promise<number>
  backlog(): Promise<Backlog>
}

export type SubmitterClass = new (ctx: DurableObjectState, env: Env) => DurableObject<Env> & SubmitterCalls

/** What is needed of a Ledger here. */
interface LedgerCalls {
  settle(settlements: readonly Settlement[]): Promise<Acknowledged[]>
  runDue(): Promise<number | null>
}

/** Calls to AWS in one run, about half a minute; then the alarm begins the next. */
const CALLS_MAX = 300

/** Ledgers asked in one round of settling, rounds in one run, and visits in one cron around a month's end. */
const SETTLE_MAX = 60
const ROUNDS_MAX = 50
const MONTH_END_VISITS_MAX = 900

/** When a run failed, the next one comes this much later; one that has more to do goes on at once. */
const AGAIN_MS = MINUTE_MS
const BREATH_MS = 1_000

/** The class over its clocks and pace; the entry exports it under the name of the binding. */
export function submitterObject(options: SubmitterOptions): SubmitterClass {
  const intervalMs = 1_000 / options.ratePerSecond

  return class SubmitterObject extends DurableObject<Env> implements SubmitterCalls {
    readonly #wake: NextWake
    readonly #engine: Submission
    readonly #region: string
    /** Attempts whose answer this process waits for. Any other open attempt belongs to a process that has died. */
    readonly #live = new Set<number>()
    #running: Promise<void> | undefined
    #lastCall = Number.NEGATIVE_INFINITY
    #lastAlarms = Number.NEGATIVE_INFINITY

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env)
      const sql = openObjectSql(ctx.storage)
      this.#region = regionOf(nameOf(ctx, sql))
      this.#engine = openSubmission(sql, { region: this.#region, ratePerSecond: options.ratePerSecond })
      this.#wake = openNextWake(ctx.storage, sql, options.clocks)
    }

    async offer(records: readonly FrozenRecord[]): Promise<OfferAnswer[]> {
      const now = options.clocks.business()
      const answers = this.#engine.offer(records, now)
      await this.#wake.advance(answers.some((answer) => answer.kind === 'taken') ? now : null)
      return answers
    }

    async runDue(now?: number): Promise<number | null> {
      this.#running ??= this.#run(now ?? 0).finally(() => {
        this.#running = undefined
      })
      await this.#running
      return this.#wake.read()
    }

    async nextWake(): Promise<number | null> {
      return this.#wake.read()
    }

    async enlist(subscription: string): Promise<void> {
      this.#engine.enlist(subscription, options.clocks.business())
    }

    async visit(limit: number): Promise<number> {
      const due = this.#engine.visits(limit, MONTH_END_VISITS_MAX, options.clocks.business())
      await eachOver(openConnections(), due, async (subscription) => {
        const open = await this.#visitOne(subscription)
        this.#engine.visited(subscription, open, options.clocks.business())
      })
      return due.length
    }

    async backlog(): Promise<Backlog> {
      return this.#engine.backlog(options.clocks.business())
    }

    override async alarm(): Promise<void> {
      // Cloudflare forgets an alarm that throws seven times (facts: seen); this one never throws.
      try {
        await this.runDue()
      } catch (thrown) {
        logLine('error', 'submitter_alarm_failed', { region: this.#region, error: messageOf(thrown) })
      }
    }

    async #run(given: number): Promise<void> {
      await this.#wake.guard()
      const now = (): number => Math.max(given, options.clocks.business())
      const connections = openConnections(CONNECTIONS_MAX)
      let failed = false
      try {
        this.#engine.abandon([...this.#live], now())
        this.#engine.sweep(now())
        await this.#send(connections, now)
      } catch (thrown) {
        failed = true
        logLine('error', 'submitter_run_failed', { region: this.#region, error: messageOf(thrown) })
      }
      // Results go to their Ledgers also when nothing can be sent.
      for (let round = 0; round < ROUNDS_MAX && (await this.#settle(connections, now)); round++);
      this.#raiseAlarms(now())
      const due = this.#engine.nextWake()
      const breath = now() + (failed ? AGAIN_MS : BREATH_MS)
      await this.#wake.store(failed || (due !== null && due <= now() && !this.#more(now())) ? breath : due)
    }

    /** Makes the calls that may go, one every interval, until there is none or the run's share is used up. */
    async #send(connections: Connections, now: () => number): Promise<void> {
      if (!this.#engine.ready(now())) return
      const access = options.access(this.env)
      if (!access.ok) throw new Error(access.error)
      const flying = new Set<Promise<void>>()
      let settling = Promise.resolve()
      for (let made = 0; made < CALLS_MAX;) {
        if (!this.#engine.ready(now())) {
          // What is in flight may come back with something to send at once: the other half of a batch.
          if (flying.size === 0) break
          await Promise.race(flying)
          continue
        }
        await this.#turn()
        made += 1
        const started = Promise.withResolvers<void>()
        const work = connections(async () => {
          // A place first, the attempt after it: a stored attempt never waits for a connection.
          this.#lastCall = options.clocks.wall()
          const call = this.#next(now())
          started.resolve()
          if (call !== undefined) await this.#call(access.value, call, now)
        }).finally(() => {
          flying.delete(work)
          settling = settling.then(async () => void (await this.#settle(connections, now)))
        })
        flying.add(work)
        await Promise.race([started.promise, work])
      }
      await Promise.all(flying)
      await settling
    }

    #next(now: number): Call | undefined {
      const call = this.#engine.next(now)
      if (call !== undefined) this.#live.add(call.attempt)
      return call
    }

    /**
     * One call. Its attempt is stored, and Cloudflare lets nothing leave the object before what is stored is durable
     * (output gate). Whatever goes wrong in here leaves the attempt open: the next run counts it as unanswered.
     */
    async #call(access: AwsAccess, call: Call, now: () => number): Promise<void> {
      try {
        const answer = await batchMeterUsage(access, this.#region, call.records)
        this.#engine.answered(call.attempt, answer, now())
        if (!answer.ok) logLine('warn', 'metering_call_failed', { attempt: call.attempt, ...answer.error })
      } catch (thrown) {
        logLine('error', 'metering_answer_lost', { attempt: call.attempt, error: messageOf(thrown) })
      } finally {
        this.#live.delete(call.attempt)
      }
    }

    /** Waits until the next call may go. The quota is the account's, so the pace goes on from run to run. */
    async #turn(): Promise<void> {
      const wait = this.#lastCall + intervalMs - options.clocks.wall()
      if (wait > 0) await options.pause(Math.ceil(wait))
    }

    /** Brings one round of results to their Ledgers. False: there was none. */
    async #settle(connections: Connections, now: () => number): Promise<boolean> {
      const unsettled = [...this.#engine.unsettled(SETTLE_MAX, now())]
      await eachOver(connections, unsettled, ([subscription, results]) =>
        this.#settleOne(subscription, results, now),
      )
      return unsettled.length > 0
    }

    /** Only what the Ledger acknowledges is confirmed; a call that is lost on either way is made again. */
    async #settleOne(subscription: string, results: readonly Settlement[], now: () => number): Promise<void> {
      try {
        const acknowledged = await this.#ledger(subscription).settle(results)
        this.#engine.confirmed(subscription, acknowledged)
        if (acknowledged.length < results.length)
          throw new Error('the Ledger did not acknowledge every result')
      } catch (thrown) {
        this.#engine.delayed(subscription, now())
        logLine('error', 'settle_failed', { subscription, error: messageOf(thrown) })
      }
    }

    async #visitOne(subscription: string): Promise<boolean | undefined> {
      try {
        return (await this.#ledger(subscription).runDue()) !== null
      } catch (thrown) {
        logLine('error', 'visit_failed', { subscription, error: messageOf(thrown) })
        return undefined
      }
    }

    /** Once a minute: it reads the whole backlog, and cron comes by each minute. */
    #raiseAlarms(now: number): void {
      if (now - this.#lastAlarms < MINUTE_MS) return
      this.#lastAlarms = now
      for (const { subject, message } of this.#engine.alarms(now))
        logLine('error', 'metering_alarm', { subject, message })
    }

    /** True when the run ended because its share was used up. */
    #more(now: number): boolean {
      return this.#engine.ready(now) || this.#engine.unsettled(1, now).size > 0
    }

    #ledger(subscription: string): LedgerCalls {
      return this.env.LEDGER.getByName(subscription)
    }
  }
}

/** The object's own name; written down, for an object that an alarm wakes may not be told it. */
function nameOf(ctx: DurableObjectState, sql: Sql): string {
  sql.script(
    'create table if not exists object (id integer primary key check (id = 1), name text not null) strict',
  )
  const [known] = sql.all<{ name: string }>('select name from object')
  const name = known?.name ?? ctx.id.name
  if (name === undefined)
    throw new Error('a Submitter is named by its account and Region, this one has no name')
  if (known === undefined) sql.all('insert into object (id, name) values (1, ?)', name)
  return name
}
