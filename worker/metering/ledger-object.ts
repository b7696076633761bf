/** The Ledger as a Durable Object: one subscription's usage and records. No rules of its own: `shared/ledger` has them. */
import { DurableObject } from 'cloudflare:workers'
import type { Clocks } from '../../shared/clock.ts'
import { MINUTE_MS, type Month } from '../../shared/hour.ts'
import {
  openLedger,
  type Acknowledged,
  type Batch,
  type Finding,
  type Ledger,
  type LedgerStatus,
  type MonthUsage,
  type RecordRow,
  type RecordsPage,
} from '../../shared/ledger/ledger.ts'
import type { Order } from '../../shared/ledger/order.ts'
import type { Sql } from '../../shared/sql.ts'
import type { Settlement } from '../../shared/submission/record.ts'
import { isSubscriptionId, type SubscriptionId } from '../../shared/subscription.ts'
import type { EventAnswer, UsageEvent } from '../../shared/usage/event.ts'
import { logLine, messageOf } from '../log.ts'
import { handOver, offerTimes, type Spread } from './hand-over.ts'
import { openNextWake, type NextWake } from './next-wake.ts'
import { projectChanges } from './projection.ts'
import { openObjectSql } from './sql.ts'
import { ledgerTermsOf } from './terms.ts'

export interface LedgerOptions extends Spread {
  readonly clocks: Clocks
}

/** What can be asked of a Ledger from outside. What it answers is durable. */
export interface LedgerCalls {
  take(events: Batch | readonly UsageEvent[]): Promise<EventAnswer[]>
  recall(events: readonly UsageEvent[]): Promise<('duplicate' | 'conflict' | null)[]>
  order(order: Order): Promise<void>
  settle(settlements: readonly Settlement[]): Promise<Acknowledged[]>
  /** Does what is due at business time, or `now` if that is later; what fails is done again. Answers the next wake. */
  runDue(now?: number): Promise<number | null>
  nextWake(): Promise<number | null>
  status(): Promise<LedgerStatus>
  usage(month: Month): Promise<MonthUsage>
  records(page: RecordsPage): Promise<RecordRow[]>
  audit(): Promise<Finding[]>
}

export type LedgerClass = new (ctx: DurableObjectState, env: Env) => DurableObject<Env> & LedgerCalls

/** When a run failed, the next one comes this much later. */
const AGAIN_MS = MINUTE_MS

/** What came up during a run is done in the same run, so often at most; then a second later. */
const PASSES_MAX = 3
const BREATH_MS = 1_000

/** The class over its clocks and what is sold; the entry exports it under the name of the binding. */
export function ledgerObject(options: LedgerOptions): LedgerClass {
  return class LedgerObject extends DurableObject<Env> implements LedgerCalls {
    readonly #sql: Sql
    readonly #wake: NextWake
    #opened: { readonly subscription: SubscriptionId; readonly ledger: Ledger } | undefined
    #running: Promise<void> | undefined

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env)
      this.#sql = openObjectSql(ctx.storage)
      this.#sql.script(`
        create table if not exists object (id integer primary key check (id = 1), subscription text not null) strict;
        create table if not exists projected (id integer primary key check (id = 1), revision integer not null) strict;`)
      this.#sql.all('insert into projected (id, revision) values (1, 0) on conflict do nothing')
      this.#wake = openNextWake(ctx.storage, this.#sql, options.clocks)
    }

    async take(events: Batch | readonly UsageEvent[]): Promise<EventAnswer[]> {
      const { ledger } = this.#open()
      const batch: Batch = 'kind' in events ? events : { kind: 'ids', events }
      const answers = ledger.take(batch, options.clocks.business())
      await this.#wake.advance(ledger.nextWake())
      return answers
    }

    async recall(events: readonly UsageEvent[]): Promise<('duplicate' | 'conflict' | null)[]> {
      return this.#open().ledger.recall(events)
    }

    async order(order: Order): Promise<void> {
      const { ledger, subscription } = this.#open()
      if (order.subscription !== subscription)
        throw new Error(`an order for ${order.subscription} came to ${subscription}`)
      ledger.order(order, options.clocks.business())
      await this.#wake.advance(this.#due(options.clocks.business()))
    }

    async settle(settlements: readonly Settlement[]): Promise<Acknowledged[]> {
      const { ledger } = this.#open()
      const acknowledged = ledger.settle(settlements, options.clocks.business())
      // The read model learns of it by a run of its own: the Submitter does not wait for D1.
      await this.#wake.advance(this.#due(options.clocks.business()))
      return acknowledged
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

    async status(): Promise<LedgerStatus> {
      return this.#open().ledger.status()
    }

    async usage(month: Month): Promise<MonthUsage> {
      return this.#open().ledger.usage(month)
    }

    async records(page: RecordsPage): Promise<RecordRow[]> {
      return this.#open().ledger.records(page)
    }

    async audit(): Promise<Finding[]> {
      return this.#open().ledger.audit()
    }

    override async alarm(): Promise<void> {
      // Cloudflare forgets an alarm that throws seven times (facts: seen); this one never throws.
      try {
        await this.runDue()
      } catch (thrown) {
        logLine('error', 'ledger_alarm_failed', { object: this.ctx.id.toString(), error: messageOf(thrown) })
      }
    }

    async #run(given: number): Promise<void> {
      await this.#wake.guard()
      const { ledger, subscription } = this.#open()
      const now = (): number => Math.max(given, options.clocks.business())
      /** False: it failed, was logged, and is done again in a minute. The other parts are tried all the same. */
      const part = async (name: string, work: () => Promise<void> | void): Promise<boolean> => {
        try {
          await work()
          return true
        } catch (thrown) {
          logLine('error', 'ledger_run_failed', { subscription, part: name, error: messageOf(thrown) })
          return false
        }
      }
      for (let pass = 0; pass < PASSES_MAX; pass++) {
        const done = [
          await part('freeze', () => void ledger.runDue(now())),
          await part('hand over', () => handOver(ledger, this.env.SUBMITTER, options, subscription, now())),
          await part('projection', () => this.#project(ledger, subscription)),
        ]
        if (done.includes(false)) return this.#wake.store(now() + AGAIN_MS)
        const due = this.#due(now())
        if (due === null || due > now()) return this.#wake.store(due)
      }
      await this.#wake.store(now() + BREATH_MS)
    }

    async #project(ledger: Ledger, subscription: SubscriptionId): Promise<void> {
      const since = this.#projected()
      const changes = ledger.changes(since)
      if (changes.revision === since) return
      await projectChanges(this.env.DB, subscription, changes)
      // Stored after D1 has it: dying in between writes the same rows again, and their revision guards them.
      this.#sql.all('update projected set revision = ?', changes.revision)
    }

    #projected(): number {
      return this.#sql.all<{ revision: number }>('select revision from projected')[0]?.revision ?? 0
    }

    /** The earliest of: what the engine waits for, offers to make, changes D1 does not have. */
    #due(now: number): number | null {
      const { ledger, subscription } = this.#open()
      const wakes = [
        ledger.nextWake(),
        ...offerTimes(ledger, subscription, options, now),
        ledger.status().revision > this.#projected() ? now : null,
      ].filter((wake) => wake !== null)
      return wakes.length === 0 ? null : Math.min(...wakes)
    }

    /** The engine; opened at the first use, for an object learns its name with its first call. */
    #open(): { readonly subscription: SubscriptionId; readonly ledger: Ledger } {
      if (this.#opened !== undefined) return this.#opened
      const [known] = this.#sql.all<{ subscription: string }>('select subscription from object')
      // An object that an alarm wakes may not be told its own name.
      const name = known?.subscription ?? this.ctx.id.name
      if (name === undefined || !isSubscriptionId(name))
        throw new Error(`${name} is no subscription: a Ledger is named by one`)
      if (known === undefined) this.#sql.all('insert into object (id, subscription) values (1, ?)', name)
      this.#opened = {
        subscription: name,
        ledger: openLedger(this.#sql, ledgerTermsOf(options.seller, name)),
      }
      return this.#opened
    }
  }
}
