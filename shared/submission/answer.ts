/** What AWS's answer to one call does to its records (money §8): the rows of the table, one function each. Synchronous. */
import { readBatchAnswer, type RecordAnswer } from '../aws/batch-meter-usage.ts'
import { decide, type Decision } from '../aws/decide.ts'
import type { CallFailure } from '../aws/failure.ts'
import type { Result } from '../result.ts'
import type { Sql, SqlRow } from '../sql.ts'
import { recordOf, type CopyRow } from './copies.ts'
import * as moves from './settle.ts'
import { countRefusal, delayProbe, openLane, openStop, stopLane, stopsHolding } from './stops.ts'

interface Attempt extends SqlRow {
  readonly attempt: number
  readonly product_code: string
  readonly keys: string
  readonly probe: string | null
  readonly made_ms: number
}

/**
 * Stores an answer and moves the records by it. `answer` is the body of a 200, not trusted, or why there is none. A
 * second answer to one attempt changes nothing: it was given up and its records have gone on.
 */
export function takeAnswer(
  sql: Sql,
  attempt: number,
  answer: Result<unknown, CallFailure>,
  now: number,
): void {
  sql.transaction(() => {
    const open = openAttempts(sql).find((row) => row.attempt === attempt)
    if (open !== undefined) applyAnswer(sql, open, answer, now)
  })
}

/**
 * Gives up every stored attempt that nobody waits for any more: its process died between storing and answer, so AWS may
 * hold the records. `live` names the attempts that are being made in this process.
 */
export function abandonAttempts(sql: Sql, live: readonly number[], now: number): void {
  sql.transaction(() => {
    for (const open of openAttempts(sql)) {
      if (live.includes(open.attempt)) continue
      const message = 'the process ended before an answer came'
      applyAnswer(sql, open, { ok: false, error: { kind: 'unreachable', cause: 'network', message } }, now)
    }
  })
}

/** What an attempt came to, for the rate at present: a call that was taken or halved was not in vain. */
const OUTCOME = {
  again: 'again',
  unanswered: 'unanswered',
  halve: 'halved',
  refuse: 'stopped',
  stop: 'stopped',
} as const satisfies Record<Decision['act'], string>

const openAttempts = (sql: Sql): Attempt[] =>
  sql.all<Attempt>(
    'select attempt, product_code, keys, probe, made_ms from attempts where answered_ms is null',
  )

function applyAnswer(sql: Sql, attempt: Attempt, answer: Result<unknown, CallFailure>, now: number): void {
  const rows = sql.all<CopyRow>(
    `select copies.* from json_each(?) as sent join copies on copies.key = sent.value
       where copies.state = 'flying' and copies.attempt = ? order by sent.key`,
    attempt.keys,
    attempt.attempt,
  )
  const read = answer.ok ? readBatchAnswer(rows.map(recordOf), answer.value) : answer
  // Of a Success the copy keeps all: its attempt and its receipt.
  const left = read.ok
    ? Object.fromEntries([...read.value].filter(([, told]) => told.kind !== 'success'))
    : null
  sql.all(
    'update attempts set answered_ms = ?, outcome = ?, answers = ?, keys = ? where attempt = ?',
    now,
    read.ok ? 'taken' : OUTCOME[decide(read.error).act],
    JSON.stringify(read.ok ? left : read.error),
    left === null ? attempt.keys : JSON.stringify(Object.keys(left)),
    attempt.attempt,
  )
  if (read.ok) return applyRecordAnswers(sql, attempt, rows, read.value, now)
  applyFailure(sql, attempt, rows, read.error, decide(read.error), now)
}

/** The call was taken as a whole: whatever was stopped is open again, and each record has its own answer. */
function applyRecordAnswers(
  sql: Sql,
  attempt: Attempt,
  rows: readonly CopyRow[],
  answers: ReadonlyMap<string, RecordAnswer>,
  now: number,
): void {
  const seed = rows[0]?.key ?? ''
  const heard = rows.some((row) => answers.get(row.key)?.kind !== 'unanswered')
  if (attempt.probe === 'lane' && heard) openLane(sql, attempt.product_code)
  for (const row of rows) {
    if (attempt.probe === 'stop' && heard) for (const stop of stopsHolding(sql, row)) openStop(sql, stop)
    const answer = answers.get(row.key) ?? { kind: 'unanswered', why: 'not read' }
    const late = isLate(attempt, rows, row)
    switch (answer.kind) {
      case 'success':
        moves.settle(sql, row.key, { state: 'billed', reason: null, receipt: answer.receipt }, now)
        break
      case 'duplicate':
        moves.settle(sql, row.key, moves.duplicateEnding(row, answer.receipt), now)
        break
      case 'not-subscribed':
        moves.pauseNotSubscribed(sql, row, late, now)
        break
      case 'unprocessed':
        moves.pause(sql, row, seed, now)
        break
      case 'unanswered':
        moves.markUnanswered(sql, row, seed, late, now)
    }
  }
}

function applyFailure(
  sql: Sql,
  attempt: Attempt,
  rows: readonly CopyRow[],
  failure: CallFailure,
  decision: Decision,
  now: number,
): void {
  const name = failure.kind === 'refused' ? failure.name : failure.kind
  const seed = rows[0]?.key ?? ''
  switch (decision.act) {
    case 'again':
      for (const row of rows) moves.pause(sql, row, seed, now)
      return
    case 'unanswered':
      for (const row of rows) moves.markUnanswered(sql, row, seed, isLate(attempt, rows, row), now)
      return
    case 'halve':
      // A refusal over a record's content is an answer to whether we may call: the lane is open.
      if (attempt.probe === 'lane') openLane(sql, attempt.product_code)
      return refuse(sql, attempt, rows, decision, name, now)
    case 'refuse':
    case 'stop':
      stopLane(sql, attempt.product_code, name, failure.kind === 'refused' ? failure.message : '', now)
      for (const row of rows) moves.putBack(sql, row)
  }
}

function refuse(
  sql: Sql,
  attempt: Attempt,
  rows: readonly CopyRow[],
  decision: Extract<Decision, { act: 'halve' }>,
  name: string,
  now: number,
): void {
  const [only, second] = rows
  if (only === undefined) return
  if (second !== undefined) {
    const middle = Math.ceil(rows.length / 2)
    for (const half of [rows.slice(0, middle), rows.slice(middle)]) {
      const party = newParty(sql)
      for (const row of half) moves.regroup(sql, row, party, isLate(attempt, rows, row), now)
    }
    return
  }
  // The stop was refused, not this record: it waits for the next probe, or for its deadline.
  const holding = attempt.probe === 'stop' ? stopsHolding(sql, only) : []
  for (const stop of holding) delayProbe(sql, stop, now)
  if (holding.some((stop) => stop.reason === name))
    return moves.regroup(sql, only, null, isLate(attempt, rows, only), now)

  moves.settle(sql, only.key, moves.refusedEnding(only, name), now)
  countRefusal(sql, only, decision.scopes, name, now)
}

/** True for the try after its deadline that a final record has alone: in a batch an end overtook it (money §6 (4)). */
const isLate = (attempt: Attempt, rows: readonly CopyRow[], row: CopyRow): boolean =>
  rows.length === 1 && attempt.made_ms >= row.deadline

function newParty(sql: Sql): number {
  const [row] = sql.all<{ parties: number }>('update pace set parties = parties + 1 returning parties')
  if (row === undefined) throw new Error('the pace row is missing')
  return row.parties
}
