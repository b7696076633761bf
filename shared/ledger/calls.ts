/** One call of a Ledger: brought up to its time, done in one transaction, and written where it stands. */
import type { Sql } from '../sql.ts'
import { advance, wakeOf } from './advance.ts'
import { Broken, sentenceOf } from './broken.ts'
import { readState, saveState, type State } from './state.ts'
import type { LedgerTerms } from './terms.ts'

/** What a call goes on with after it changed the state: up to the clock, or no further where freezing fails. */
export type Forward = (state: State) => State

export interface Calls {
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
  /** Stops freezing for good. The first sentence stays. */
  readonly halt: (why: string) => void
}

export function openCalls(sql: Sql, terms: LedgerTerms): Calls {
  const halt = (why: string): void => {
    sql.all('UPDATE ledger SET stopped = coalesce(stopped, ?), next_wake = NULL', why)
  }
  return {
    halt,

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
          const before = readState(sql)
          const start = { ...before, clock: Math.max(before.clock, now), revision: before.revision + 1 }
          const { state, answer } = work(forward(start), forward)
          const nextWake = wakeOf(sql, state, terms.timing)
          if (state !== start || nextWake !== before.nextWake) saveState(sql, { ...state, nextWake })
          return answer
        })
      try {
        return run(freeze)
      } catch (error) {
        if (error instanceof Broken) {
          halt(sentenceOf(error.finding))
          return run(freeze)
        }
        if (!failed || otherwise === 'throw') throw error
        return run((state) => state)
      }
    },
  }
}
