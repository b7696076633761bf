/** One call of a Ledger: brought up to its time, done in one transaction, and written where it stands. */
import type { Sql } from '../sql.ts'
import { advance, wakeOf } from './advance.ts'
import { Broken, sentenceOf } from './broken.ts'
import { readState, saveState, type State } from './state.ts'
import type { LedgerTerms } from './terms.ts'

/** What a call goes on with after it changed the state: up to the clock, or no further where freezing fails. */
export type Forward = (state: State) => State

export interface Calls {
  /** Where the ledger stands, as last committed. Read once: who opened the ledger is the only one who writes it. */
  readonly state: () => State
  /**
   * Brings the ledger up to `now`, lets `work` go on from there, and writes where it stands. An invariant that fails stops
   * the ledger, and `work` is done without freezing. Freezing that fails for another reason holds up nobody either, unless
   * `otherwise` is `throw`: `runDue` says what failed.
   */
  readonly at: <T>(
    now: number,
    work: (state: State, forward: Forward) => { readonly state: State; readonly answer: T },
    otherwise?: 'go on' | 'throw',
  ) => T
  /** A transaction at no time: it brings nothing forward. */
  readonly apart: <T>(work: (state: State) => T) => T
  /** Stops freezing for good. The first sentence stays. */
  readonly halt: (why: string) => void
}

export function openCalls(sql: Sql, terms: LedgerTerms): Calls {
  let known: State | undefined
  const state = (): State => (known ??= readState(sql))
  const halt = (why: string): void => {
    known = undefined
    sql.all('UPDATE ledger SET stopped = coalesce(stopped, ?), next_wake = NULL', why)
  }
  return {
    state,
    halt,

    apart(work) {
      const before = state()
      known = undefined
      return sql.transaction(() => work(before))
    },

    at(now, work, otherwise = 'go on') {
      let failed = false
      const freeze: Forward = (state) => {
        failed = true
        const forward = advance(sql, state, terms, state.clock)
        failed = false
        return forward
      }
      const run = (forward: Forward) =>
        sql.transaction(() => {
          const before = state()
          known = undefined
          const start = { ...before, clock: Math.max(before.clock, now), revision: before.revision + 1 }
          const { state: next, answer } = work(forward(start), forward)
          const nextWake = wakeOf(sql, next, terms.timing)
          const same = next === start && nextWake === before.nextWake
          if (!same) saveState(sql, { ...next, nextWake })
          return { answer, unchanged: same ? before : undefined }
        })
      const committed = <T>(done: { readonly answer: T; readonly unchanged: State | undefined }): T => {
        known = done.unchanged
        return done.answer
      }
      try {
        return committed(run(freeze))
      } catch (error) {
        if (error instanceof Broken) {
          halt(sentenceOf(error.finding))
          return committed(run(freeze))
        }
        if (!failed || otherwise === 'throw') throw error
        return committed(run((start) => start))
      }
    },
  }
}
