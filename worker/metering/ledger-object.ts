/** The Ledger as a Durable Object: its core in Cloudflare's home. No behaviour of its own. */
import { DurableObject } from 'cloudflare:workers'
import type { Clocks } from '../../shared/clock.ts'
import type { Month } from '../../shared/hour.ts'
import type { Accounts } from '../../shared/ledger/accounts.ts'
import type {
  Acknowledged,
  Batch,
  Finding,
  LedgerStatus,
  MonthUsage,
  RecordRow,
  RecordsPage,
} from '../../shared/ledger/ledger.ts'
import type { Order } from '../../shared/ledger/order.ts'
import type {
  ExportPage,
  Page,
  PageRequest,
  ParkedRow,
  RepairAct,
  RepairAnswer,
  RepairEntry,
  RestoreReport,
  Signed,
} from '../../shared/ledger/repair.ts'
import type { Ask, HandOver } from '../../shared/ledger/successor.ts'
import type { Settlement } from '../../shared/submission/record.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import type { EventAnswer, UsageEvent } from '../../shared/usage/event.ts'
import type { Spread } from './hand-over.ts'
import { keySecretOf } from './access.ts'
import { openLedgerCore, type LedgerCalls, type LedgerCore } from './ledger-core.ts'
import { objectHome } from './object-home.ts'
import { projectChanges } from './projection.ts'

export interface LedgerOptions extends Spread {
  readonly clocks: Clocks
}

export type LedgerClass = new (ctx: DurableObjectState, env: Env) => DurableObject<Env> & LedgerCalls

/** The class over its clocks and what is sold; the entry exports it under the name of the binding. */
export function ledgerObject(options: LedgerOptions): LedgerClass {
  return class LedgerObject extends DurableObject<Env> implements LedgerCalls {
    readonly #core: LedgerCore

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env)
      const home = {
        ...objectHome(ctx, options.clocks, env),
        keySecret: keySecretOf(env),
        submitter: (name: string) => env.SUBMITTER.getByName(name),
        ledger: (subscription: SubscriptionId) => env.LEDGER.getByName(subscription),
        readModel: projectChanges.bind(undefined, env.DB),
      }
      this.#core = openLedgerCore(home, options)
    }

    async take(events: Batch | readonly UsageEvent[]): Promise<EventAnswer[]> {
      return this.#core.take(events)
    }

    async recall(events: readonly UsageEvent[]): Promise<('duplicate' | 'conflict' | null)[]> {
      return this.#core.recall(events)
    }

    async order(order: Order): Promise<void> {
      return this.#core.order(order)
    }

    async giveMonth(successor: SubscriptionId, ask: Omit<Ask, 'predecessor'>): Promise<HandOver> {
      return this.#core.giveMonth(successor, ask)
    }

    async settle(settlements: readonly Settlement[]): Promise<Acknowledged[]> {
      return this.#core.settle(settlements)
    }

    async runDue(now?: number): Promise<number | null> {
      return this.#core.runDue(now)
    }

    async nextWake(): Promise<number | null> {
      return this.#core.nextWake()
    }

    async status(): Promise<LedgerStatus> {
      return this.#core.status()
    }

    async usage(month: Month): Promise<MonthUsage> {
      return this.#core.usage(month)
    }

    async records(page: RecordsPage): Promise<RecordRow[]> {
      return this.#core.records(page)
    }

    async audit(): Promise<Finding[]> {
      return this.#core.audit()
    }

    async accounts(): Promise<Accounts> {
      return this.#core.accounts()
    }

    async repair(act: RepairAct): Promise<RepairAnswer> {
      return this.#core.repair(act)
    }

    async parked(page: PageRequest): Promise<Page<ParkedRow>> {
      return this.#core.parked(page)
    }

    async repairs(page: PageRequest): Promise<Page<RepairEntry>> {
      return this.#core.repairs(page)
    }

    async exportAll(page: PageRequest): Promise<ExportPage> {
      return this.#core.exportAll(page)
    }

    async restoreCheck(signed: Signed): Promise<RestoreReport> {
      return this.#core.restoreCheck(signed)
    }

    override async alarm(): Promise<void> {
      return this.#core.alarm()
    }
  }
}
