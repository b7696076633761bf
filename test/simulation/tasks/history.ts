/**
 * What happened in one seed of task life, as plain data: what the runtime writes down and the oracle judges. Types only,
 * and none of `shared/ledger` or `container`. Times are epoch ms of true time, AWS's; amounts are whole millionths.
 */

export interface TaskHistory {
  readonly seed: number
  readonly shape: string
  readonly metering: 'task' | 'agent'
  readonly dimensions: readonly string[]
  /** True: nothing went wrong in it but what every cluster does: tasks start and are stopped in time. */
  readonly calm: boolean
  /** True: the hosts' clocks were AWS's. */
  readonly clocksAgree: boolean
  /** True: a disk refused a write, so that a file was opened anew in the midst of a call. */
  readonly disksFailed: boolean
  readonly usage: readonly UsageTold[]
  readonly processes: readonly ProcessLife[]
  readonly aws: {
    readonly records: readonly MeteredRecord[]
    readonly calls: readonly MeterCall[]
  }
  /** When something kept a hand from AWS or from its disk, whatever it was. */
  readonly troubles: readonly { readonly from: number; readonly until: number; readonly why: string }[]
  /** Every ledger file that there ever was, as it was last. */
  readonly ledgers: readonly LedgerShown[]
  readonly endedAt: number
}

/** One event as an application sent it to one ledger, however often it sent it. */
export interface UsageTold {
  /** The ledger file it was sent to. */
  readonly file: string
  readonly dimension: string
  readonly amount: number
  /** As the event says it. */
  readonly time: number
  readonly sentAt: number
  /** True once what counted it was on disk: it was acknowledged, or the process died before it could say so. */
  readonly kept: boolean
  /** What the application was told last; null: nothing. */
  readonly told: 'counted' | 'duplicate' | 'refused' | null
}

/** One run of the container's process. */
export interface ProcessLife {
  readonly file: string
  readonly task: string
  readonly startedAt: number
  readonly endedAt: number | null
  /** When SIGTERM came; null: it did not. */
  readonly stoppedAt: number | null
  /** `closed`: it stopped in time and said what it left. `killed`: it said nothing. null: it runs. */
  readonly end: 'closed' | 'killed' | 'refused' | null
  /** What `close` said is left, by dimension, millionths; null: it said nothing. */
  readonly left: Readonly<Record<string, number>> | null
  /** The same as its file held it at that moment; null: it said nothing. */
  readonly leftInFile: Readonly<Record<string, number>> | null
}

/** A record as AWS keeps it. */
export interface MeteredRecord {
  readonly task: string
  readonly dimension: string
  readonly hour: number
  readonly quantity: number
  readonly acceptedAt: number
  /** Another program of the task's role wrote it, not we. */
  readonly stranger: boolean
}

/** A MeterUsage call that our side made, whether it reached AWS or not. */
export interface MeterCall {
  readonly at: number
  /** Who signed it. */
  readonly task: string
  readonly file: string
  readonly dimension: string
  readonly timestamp: number
  readonly quantity: number
  readonly token: string
  /** AWS's word; null: our side heard nothing it could read. */
  readonly answer: string | null
}

/** What one ledger file holds at the end of the seed. */
export interface LedgerShown {
  readonly file: string
  /** Who wrote to it last. */
  readonly task: string
  /**
   * `running`: its process lives. `left`: its process is over, and nobody took it over. `claimed`: another took it over.
   * `destroyed`: its disk went with its task; shown is what was on it. `copy`: somebody copied it.
   */
  readonly fate: 'running' | 'left' | 'claimed' | 'destroyed' | 'copy'
  readonly claimedBy: string | null
  readonly claimedAt: number | null
  /** For how long, up to the end and without a break, another process lived on its volume while it was dead; ms. */
  readonly beside: number
  /** Usage counted that is in no record yet, by dimension, millionths: fractions of a unit too. */
  readonly open: Readonly<Record<string, number>>
  readonly records: readonly RecordShown[]
  /** Usage counted that no hour may bill any more, by dimension, millionths, and shown so. */
  readonly aside: Readonly<Record<string, number>>
  /** One for each dead ledger it took over. */
  readonly adopted: readonly Adopted[]
  /** Invariants that the ledger itself finds broken; empty: none. */
  readonly findings: readonly string[]
  /** Where `status` says something else than the file holds; empty: nowhere. */
  readonly untold: readonly string[]
}

/** What became of what a dead task left, with what that one itself had of those before it. */
export interface Adopted {
  /** The dead ledger file. */
  readonly file: string
  readonly at: number
  /** Counted anew, millionths by dimension. */
  readonly units: Readonly<Record<string, number>>
  /** Records that AWS may hold: no task may report them again. */
  readonly held: readonly Held[]
  /** What nobody may report any more, millionths. */
  readonly lapsed: readonly { readonly dimension: string; readonly amount: number }[]
}

export interface Held {
  readonly task: string
  readonly dimension: string
  readonly hour: number
  readonly quantity: number
}

export interface RecordShown {
  readonly task: string
  readonly dimension: string
  readonly hour: number
  readonly quantity: number
  readonly state: 'waiting' | 'billed' | 'doubtful' | 'parked' | 'expired' | 'moved' | 'written off'
  readonly reason: string | null
  readonly unanswered: boolean
}
