/** Doing what a person asks of a Ledger (money §9): judged, done and written to the audit log in one transaction. */
import { err, ok } from '../result.ts'
import type { Sql } from '../sql.ts'
import type { LetGo } from '../submission/let-go.ts'
import { auditLedger } from './audit.ts'
import type { RepairAct, RepairAnswer } from './repair.ts'
import { judgeAside } from './repair-aside.ts'
import { judgeHold, judgeRelease } from './repair-hold.ts'
import { entryOf, textOfAct, verifyRepairs, writeEntry } from './repair-log.ts'
import { judgeRecord, type Verdict } from './repair-record.ts'
import { judgeReplay, judgeVoid } from './repair-usage.ts'
import type { State } from './state.ts'
import type { LedgerTerms } from './terms.ts'

export interface Acted {
  readonly state: State
  readonly answer: RepairAnswer
}

/**
 * Does one act inside the caller's transaction, or answers why not and writes nothing. `state` is up to `now`. An act
 * whose id was done before is answered as it was then. `released`: what the Submitter has let go, for acts on records.
 */
export function repairLedger(
  sql: Sql,
  state: State,
  terms: LedgerTerms,
  act: RepairAct,
  released: readonly LetGo[],
  now: number,
): Acted {
  const text = textOfAct(act)
  const done = entryOf(sql, act.id)
  if (done !== undefined) {
    const { act: was, ...repaired } = done
    return { state, answer: was === text ? ok(repaired) : err(OTHER_ACT) }
  }
  if (act.id === '' || act.who.trim() === '' || act.why.trim() === '') return { state, answer: err(UNSIGNED) }
  const verdict = judge(sql, state, terms, act, released, now)
  if ('refused' in verdict) return { state, answer: err(verdict.refused) }
  const { subject, sentence, value } = verdict
  const after = verdict.perform()
  const { id, who, why, kind } = act
  const entry = { id, who, why, kind, at: now, subject, sentence, value, act: text }
  return {
    // A state of its own, also where the act changed nothing in it: its revision has to be written for the read model.
    state: { ...after },
    answer: ok({ sentence, value, ...writeEntry(sql, terms.subscription, entry) }),
  }
}

const OTHER_ACT = {
  kind: 'not-allowed',
  sentence: 'Another act was done under this id. Every act has an id of its own.',
} as const
const UNSIGNED = {
  kind: 'not-allowed',
  sentence: 'An act says who does it and why; both are kept in the audit log.',
} as const

function judge(
  sql: Sql,
  state: State,
  terms: LedgerTerms,
  act: RepairAct,
  released: readonly LetGo[],
  now: number,
): Verdict {
  switch (act.kind) {
    case 'retry':
    case 'move':
    case 'write off':
    case 'evidence':
      return judgeRecord(sql, state, act, released, now)
    case 'hold':
      return judgeHold(sql, state, terms, act, now)
    case 'release':
      return judgeRelease(
        sql,
        state,
        act,
        () => [...auditLedger(sql, state), ...verifyRepairs(sql, terms.subscription)],
        now,
      )
    case 'void':
      return judgeVoid(sql, state, terms, act)
    case 'bill aside':
    case 'drop aside':
      return judgeAside(sql, state, act)
    case 'replay':
      return judgeReplay(sql, state, terms, act, now)
  }
}
