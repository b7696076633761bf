/** What a subscription has taken so far, as the oracle keeps it. Types and an empty one; pure. */
import type { EventSent } from '../history.ts'
import type { Timeline } from './timeline.ts'

/** One event that was counted, set aside, or voided later. */
export interface Use {
  readonly event: EventSent
  /** The Ledger's clock when it was taken. */
  readonly takenAt: number
  /** Null while no order had told a life. */
  life: number | null
  /** Its hour had frozen when it was taken. */
  readonly late: boolean
  /** Null: counted. */
  aside: AsideReason | null
  /** A person has decided on it. */
  decided: boolean
  /** The hour a person billed it in; null: its own. */
  billedIn: number | null
  /** The Ledger's clock when a person billed it: it is counted from then on. */
  billedAt: number | null
}

export type AsideReason = 'month-closed' | 'price-changed' | 'trial' | 'grace' | 'voided'

/** The words that are right for each event of one run of a call: more than one where money.md leaves it open. */
export interface Verdict {
  readonly call: number
  readonly words: readonly (readonly string[])[]
}

export interface Seen {
  readonly content: string
  readonly at: number
}

/** What a subscription has taken so far. */
export interface Intake {
  readonly line: Timeline
  readonly uses: Use[]
  readonly verdicts: Verdict[]
  readonly ids: Map<string, Seen>
  readonly sequences: Map<string, Seen>
  /** What a person had counted of a number's events while it was free, by number and id: its content. */
  readonly replayed: Map<string, string>
}

export const openIntake = (line: Timeline): Intake => ({
  line,
  uses: [],
  verdicts: [],
  ids: new Map(),
  sequences: new Map(),
  replayed: new Map(),
})
