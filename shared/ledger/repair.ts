/** What a person may do to a Ledger, and what it answers (money §9). Types only: `repair-acts.ts` does it. */
import type { OperatorWork } from '../operator/audit-log.ts'
import type { Result } from '../result.ts'
import type { RecordState, Settlement } from '../submission/record.ts'
import type { Asked, LetGo } from '../submission/let-go.ts'
import type { Copy } from '../submission/restore.ts'
import type { AsideReason, RecordRow } from './ledger.ts'

/** Who acts, and why. `id` is made by the caller: the same act sent again is answered again and done once. */
export interface Signed {
  readonly id: string
  readonly who: string
  readonly why: string
}

/** A record as the operator saw it: both fields of its `RecordRow`. It changed since if either differs. */
export interface SeenRecord {
  readonly state: RecordState
  readonly settledAt: number | null
}

/** Usage set aside, named as `ParkedRow` shows it. `amount`: what was seen undecided, decimal text in the meter's unit. */
export interface SeenAside {
  readonly hour: number
  readonly meter: string
  readonly life: number
  readonly source: string
  readonly reason: AsideReason
  readonly amount: string
}

/** An act, before it is signed. */
export type RepairWork =
  /** The identical record goes to AWS again, while its window is open. */
  | { readonly kind: 'retry'; readonly record: string; readonly seen: SeenRecord }
  /** Its units become one adjustment line of the earliest open hour. */
  | { readonly kind: 'move'; readonly record: string; readonly seen: SeenRecord }
  /** It is never billed. Of a waiting record: only while it is held back as a spike. */
  | { readonly kind: 'write off'; readonly record: string; readonly seen: SeenRecord }
  /** What AWS itself says of a `conflict` or `doubtful` record. `evidence`: the event's or line's own id. */
  | {
      readonly kind: 'evidence'
      readonly record: string
      readonly seen: SeenRecord
      readonly from: 'cloudtrail' | 'billing-feed'
      readonly evidence: string
      readonly says: 'billed' | 'not recorded'
    }
  /** Nothing freezes, of the subscription (null) or of one dimension. */
  | { readonly kind: 'hold'; readonly dimension: string | null }
  | { readonly kind: 'release'; readonly what: Released }
  /** Takes a source's usage out of hours not yet frozen: from `from` to before `to`, both full hours. */
  | { readonly kind: 'void'; readonly source: string; readonly from: number; readonly to: number }
  /** Usage set aside is charged in the earliest open hour, or never. */
  | { readonly kind: 'bill aside'; readonly aside: SeenAside }
  | { readonly kind: 'drop aside'; readonly aside: SeenAside }
  /** Refused usage is taken as if it came now. */
  | { readonly kind: 'replay'; readonly source: string; readonly event: string }

/** What is let go on. `stopped`: only once every invariant holds again. `spike`: one waiting record. */
export type Released =
  | { readonly kind: 'subscription' }
  | { readonly kind: 'dimension'; readonly dimension: string }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'spike'; readonly record: string }

export type RepairAct = Signed & RepairWork

export type RepairKind = RepairAct['kind']

/** What an act was about. `amount` in whole units of a dimension or in a meter's unit; dollars are decimal text. */
export interface RepairValue {
  readonly amount: string
  readonly of: string
  readonly dollars: string | null
}

export interface Repaired {
  /** What was done, for a person. */
  readonly sentence: string
  readonly value: RepairValue | null
  /** Its row in the audit log and that row's hash: keep it, and no later change of the log goes unnoticed. */
  readonly entry: number
  readonly hash: string
}

/** `changed`: no longer as the operator saw it. `in-flight`: the Submitter has not let it go; nothing was done. */
export interface RepairRefusal {
  readonly kind: 'changed' | 'not-allowed' | 'not-found' | 'in-flight'
  readonly sentence: string
}

export type RepairAnswer = Result<Repaired, RepairRefusal>

/** One page. `next` is the `after` of the next page; null: this was the last. */
export interface Page<Row> {
  readonly rows: readonly Row[]
  readonly next: string | null
}

export interface PageRequest {
  /** 1 to 200. */
  readonly limit: number
  /** The `next` of the page before; not a text to be made by hand. */
  readonly after?: string
}

/** What waits for a person, in this order: holds, records, usage set aside, refused usage. */
export type ParkedRow =
  | { readonly kind: 'stopped'; readonly sentence: string }
  | {
      readonly kind: 'hold'
      readonly dimension: string | null
      readonly since: number
      readonly who: string
      readonly why: string
    }
  | {
      readonly kind: 'record'
      readonly record: RecordRow
      /** A spike: it waits until then, and is sent. Null: it waits for a person alone. */
      readonly holdUntil: number | null
      /** Some attempt was never answered: AWS may hold it. */
      readonly unanswered: boolean
      readonly dollars: string
      /** The acts that are open to it now. */
      readonly open: readonly RepairKind[]
    }
  | { readonly kind: 'aside'; readonly aside: SeenAside; readonly open: readonly RepairKind[] }
  | {
      readonly kind: 'refused'
      readonly source: string
      readonly event: string
      readonly reason: string
      readonly meter: string
      readonly hour: number
      readonly amount: string | null
      readonly times: number
      readonly lastMs: number
    }

/** One row of the audit log, oldest first. */
export interface RepairEntry {
  readonly entry: number
  readonly at: number
  readonly who: string
  readonly why: string
  readonly kind: RepairKind | 'restore check' | OperatorWork['kind']
  /** The record's key, or what else it was about. */
  readonly subject: string
  readonly sentence: string
  readonly value: RepairValue | null
  /** The whole act as it was given. */
  readonly act: string
  readonly before: string
  readonly hash: string
}

/** Rows as JSON lines `{"table":…,"row":{…}}`, bytes as hex. Pages are not one instant: `revision` tells if it moved. */
export interface ExportPage extends Page<string> {
  readonly revision: number
}

/** Copies of one Submitter in the order of their keys, and the keys they speak for: behind `from`, up to `to`. */
export interface ComparedPage {
  readonly from: string
  readonly to: string
  readonly copies: readonly Copy[]
}

/** What a restore check found and did. Units are whole units of each dimension. */
export interface RestoreReport {
  /** False: it goes on when it is asked for again, and nothing is handed over until then. */
  readonly done: boolean
  readonly sentence: string
  readonly compared: number
  /** Records the Ledger did not know; records whose quantity was the Submitter's; results it did not know. */
  readonly adopted: readonly string[]
  readonly corrected: readonly string[]
  readonly settled: readonly string[]
  /** Records the Submitter did not have: offered again. */
  readonly offered: readonly string[]
}

/** The part of a Ledger that a person works with. */
export interface Repairs {
  /**
   * Does an act, once per id, in one transaction with its row in the audit log; or answers why not. Acts on records ask
   * for what the Submitter has let go: without it they are answered `in-flight` when nothing else is in the way.
   */
  repair(act: RepairAct, now: number, released?: readonly LetGo[]): RepairAnswer
  /** Where a record has to be let go before an act on it: its Region and round; undefined: there is no such record. */
  whereOf(record: string): { readonly region: string; readonly asked: Asked } | undefined
  /** Opens a check after a restore: nothing freezes and nothing is handed over until `endRestore` says it is done. */
  beginRestore(signed: Signed, now: number): void
  /** Takes the Submitter's word for one page of its copies. Answers what it must end before anything is sent. */
  compareCopies(page: ComparedPage, now: number): Settlement[]
  /** Ends the check when every page was compared and every invariant holds. */
  endRestore(signed: Signed, now: number): RestoreReport
  /** The Regions this subscription was ever known in: those whose Submitters may hold copies. */
  regions(): string[]
  /** What waits for a person. */
  parked(page: PageRequest): Page<ParkedRow>
  /** The audit log, oldest first. */
  repairs(page: PageRequest): Page<RepairEntry>
  /** Every row this Ledger holds. */
  exportAll(page: PageRequest): ExportPage
}
