/** The audit log as a Durable Object: one for the deployment (design §5). No behaviour of its own. */
import { DurableObject } from 'cloudflare:workers'
import type { Clocks } from '../../shared/clock.ts'
import type { Finding } from '../../shared/ledger/ledger.ts'
import type { Page, PageRequest, RepairEntry } from '../../shared/ledger/repair.ts'
import {
  type AuditLog,
  type Begun,
  type Ended,
  type Logged,
  openAuditLog,
  type OperatorAct,
} from '../../shared/operator/audit-log.ts'
import { openObjectSql } from '../metering/sql.ts'

export interface AuditCalls {
  begin(act: OperatorAct): Promise<Begun>
  end(act: OperatorAct, ended: Ended): Promise<Logged>
  entries(page: PageRequest): Promise<Page<RepairEntry>>
  note(act: OperatorAct, sentence: string): Promise<boolean>
  verify(): Promise<Verified>
}

/** Empty findings: every row is as it was written. */
export interface Verified {
  readonly findings: Finding[]
  readonly last: { readonly entry: number; readonly hash: string } | null
}

export type AuditClass = new (ctx: DurableObjectState, env: Env) => DurableObject<Env> & AuditCalls

/** The name of the only one. */
export const AUDIT = 'operator'

/** The class over its clock; the entry exports it under the name of the binding. */
export function auditObject({ clocks }: { readonly clocks: Clocks }): AuditClass {
  return class AuditObject extends DurableObject<Env> implements AuditCalls {
    readonly #log: AuditLog

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env)
      this.#log = openAuditLog(openObjectSql(ctx.storage))
    }

    async begin(act: OperatorAct): Promise<Begun> {
      return this.#log.begin(act, clocks.business())
    }

    async end(act: OperatorAct, ended: Ended): Promise<Logged> {
      return this.#log.end(act, ended, clocks.business())
    }

    async entries(page: PageRequest): Promise<Page<RepairEntry>> {
      return this.#log.entries(page)
    }

    async note(act: OperatorAct, sentence: string): Promise<boolean> {
      return this.#log.note(act, sentence, clocks.business())
    }

    async verify(): Promise<Verified> {
      return { findings: this.#log.verify(), last: this.#log.last() }
    }
  }
}
