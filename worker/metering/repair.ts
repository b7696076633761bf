/** What a person does to a Ledger's object (money §9): it asks its Submitter to let go first. No rules of its own. */
import type { Ledger } from '../../shared/ledger/ledger.ts'
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
import { err } from '../../shared/result.ts'
import type { EdgeView } from '../../shared/seller/views.ts'
import { letGo, type Asked, type LetGo } from '../../shared/submission/let-go.ts'
import type { Settlement } from '../../shared/submission/record.ts'
import { copiesOf, endCopies, holdSending, type CopiesPage } from '../../shared/submission/restore.ts'
import type { Sql } from '../../shared/sql.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import { messageOf } from '../log.ts'
import { submitterName } from './terms.ts'

/** What a person can ask of a Ledger's object. What it answers is durable; the same act sent again is done once. */
export interface RepairCalls {
  repair(act: RepairAct): Promise<RepairAnswer>
  parked(page: PageRequest): Promise<Page<ParkedRow>>
  repairs(page: PageRequest): Promise<Page<RepairEntry>>
  exportAll(page: PageRequest): Promise<ExportPage>
  /** Opens a check after a restore, or goes on with it; until it answers `done` nothing is handed over. */
  restoreCheck(signed: Signed): Promise<RestoreReport>
}

/** What a Ledger asks of a Submitter for a person. Each call may be lost before or after it ran: it throws. */
export interface WitnessCalls {
  letGo(asked: readonly Asked[]): Promise<LetGo[]>
  copiesOf(subscription: SubscriptionId, after: string, limit: number): Promise<CopiesPage>
  endCopies(subscription: SubscriptionId, settlements: readonly Settlement[]): Promise<void>
}

/** What a person can ask of a Submitter besides. */
export interface SendingCalls extends WitnessCalls {
  /** While held nothing is sent; results still go to their Ledgers. For a restore of the Submitter itself. */
  holdSending(held: boolean): Promise<void>
}

export interface RepairHome {
  readonly open: () => { readonly subscription: SubscriptionId; readonly ledger: Ledger }
  readonly submitter: (name: string) => WitnessCalls
  readonly seller: EdgeView
  readonly now: () => number
  /** Called when a Ledger has been compared after it was set back. */
  readonly compared: () => void
  /** Called when something may have become due. */
  readonly wake: () => Promise<void>
}

/** Copies in one page of a check. */
const COPIES_MAX = 200

/** A Region's keys begin with its name and a bar, and end before the character behind the bar. */
const firstKeyOf = (region: string): string => `${region}|`
const lastKeyOf = (region: string): string => `${region}}`

/** The calls over a Ledger that is opened when it is first needed. */
export function ledgerRepairs(home: RepairHome): RepairCalls {
  const { open, now } = home
  const submitterIn = (region: string): WitnessCalls => home.submitter(submitterName(home.seller, region))

  /** Asks the Submitter only when nothing else is in the way: what it lets go it never sends in that round. */
  async function repair(act: RepairAct): Promise<RepairAnswer> {
    const { ledger } = open()
    const first = ledger.repair(act, now())
    const where = 'record' in act ? ledger.whereOf(act.record) : undefined
    if (first.ok || first.error.kind !== 'in-flight' || where === undefined) return first
    let released: LetGo[]
    try {
      released = await submitterIn(where.region).letGo([where.asked])
    } catch (thrown) {
      return err({
        kind: 'in-flight',
        sentence: `The Submitter of ${where.region} could not be reached (${messageOf(thrown)}), so nobody knows whether a call is on its way. Nothing was done; ask again in a minute.`,
      })
    }
    return ledger.repair(act, now(), released)
  }

  /** Every page of one Region's copies. Dying in between begins it anew: a page compared twice changes nothing. */
  async function compareRegion(region: string): Promise<void> {
    const { ledger, subscription } = open()
    const submitter = submitterIn(region)
    let from = firstKeyOf(region)
    for (;;) {
      const { copies, next } = await submitter.copiesOf(subscription, from, COPIES_MAX)
      const to = next ?? lastKeyOf(region)
      const ended = ledger.compareCopies({ from, to, copies }, now())
      if (ended.length > 0) await submitter.endCopies(subscription, ended)
      if (next === null) return
      from = next
    }
  }

  return {
    async repair(act) {
      const answer = await repair(act)
      await home.wake()
      return answer
    },
    async restoreCheck(signed) {
      const { ledger } = open()
      ledger.beginRestore(signed, now())
      // A Ledger set back to before its first order knows no Region.
      const regions = new Set([...ledger.regions(), home.seller.region])
      for (const region of regions) await compareRegion(region)
      const report = ledger.endRestore(signed, now())
      if (report.done) home.compared()
      await home.wake()
      return report
    },
    parked: async (page) => open().ledger.parked(page),
    repairs: async (page) => open().ledger.repairs(page),
    exportAll: async (page) => open().ledger.exportAll(page),
  }
}

/** The Submitter's half, over its database. `wake` is called when what was held may go. */
export const submitterRepairs = (sql: Sql, now: () => number, wake: () => Promise<void>): SendingCalls => ({
  letGo: async (asked) => letGo(sql, asked, now()),
  copiesOf: async (subscription, after, limit) => copiesOf(sql, subscription, after, limit),
  endCopies: async (subscription, settlements) => endCopies(sql, subscription, settlements),
  async holdSending(held) {
    holdSending(sql, held)
    await wake()
  },
})
