/** Holding a subscription or a dimension back, and letting it go on (money §9). While held nothing freezes; nothing is lost. */
import type { Sql, SqlRow } from '../sql.ts'
import type { Finding } from './ledger.ts'
import type { RepairAct } from './repair.ts'
import { findRecord, iso, refuse, valueOf, type Verdict } from './repair-record.ts'
import { restoreIsOpen } from './settle.ts'
import { readState, type State } from './state.ts'
import type { LedgerTerms } from './terms.ts'

/** A hold that is in force. `dimension` null: the whole subscription. */
export interface Hold extends SqlRow {
  dimension: string | null
  since: number
  who: string
  why: string
}

/** The holds in force, oldest first. */
export const readHolds = (sql: Sql): Hold[] =>
  sql.all<Hold>('SELECT dimension, since, who, why FROM holds WHERE released_at IS NULL ORDER BY id')

/** Judges a hold. Holding twice is refused: one release would not undo it. */
export function judgeHold(
  sql: Sql,
  state: State,
  terms: LedgerTerms,
  act: Extract<RepairAct, { kind: 'hold' }>,
  now: number,
): Verdict {
  const { dimension } = act
  const known = knownDimensions(sql, state, terms)
  if (dimension !== null && !known.has(dimension))
    return refuse(
      'not-found',
      `No dimension ${dimension} is sold to this subscription. It has: ${[...known].sort().join(', ')}.`,
    )
  const held = readHolds(sql).find((hold) => hold.dimension === dimension)
  if (held !== undefined)
    return refuse('changed', `It is held already, by ${held.who} since ${iso(held.since)}: ${held.why}`)
  return {
    subject: subjectOf(dimension),
    sentence: `${subjectOf(dimension)} is held: none of its hours freeze until it is released. What is frozen already goes on to AWS, and AWS's deadlines go on too.`,
    value: null,
    perform: () => {
      writeHold(sql, dimension, act, now)
      return { ...state, held: state.held || dimension === null }
    },
  }
}

export function writeHold(
  sql: Sql,
  dimension: string | null,
  by: { readonly who: string; readonly why: string },
  now: number,
): void {
  sql.all(
    'INSERT INTO holds (dimension, since, who, why) VALUES (?, ?, ?, ?)',
    dimension,
    now,
    by.who,
    by.why,
  )
}

/** Judges a release. `audit` is asked only for a Ledger that has stopped: it goes on when every invariant holds again. */
export function judgeRelease(
  sql: Sql,
  state: State,
  act: Extract<RepairAct, { kind: 'release' }>,
  audit: () => readonly Finding[],
  now: number,
): Verdict {
  const { what } = act
  switch (what.kind) {
    case 'subscription':
      return releaseHold(sql, state, null, now)
    case 'dimension':
      return releaseHold(sql, state, what.dimension, now)
    case 'stopped':
      return releaseStopped(sql, state, audit)
    case 'spike':
      return releaseSpike(sql, state, what.record)
  }
}

function releaseHold(sql: Sql, state: State, dimension: string | null, now: number): Verdict {
  const subject = subjectOf(dimension)
  if (!readHolds(sql).some((hold) => hold.dimension === dimension))
    return refuse('changed', `${subject} is not held. Nothing was done.`)
  if (dimension === null && restoreIsOpen(sql))
    return refuse('not-allowed', 'A restore check is open: it lets go of the subscription when it is done.')
  return {
    subject,
    sentence: `${subject} goes on: its hours that are due freeze now.`,
    value: null,
    perform: () => {
      sql.all('UPDATE holds SET released_at = ? WHERE dimension IS ? AND released_at IS NULL', now, dimension)
      // Its place stays behind until the next run, which is due at once.
      sql.all('UPDATE dimensions SET waiting = NULL, wait_until = ? WHERE dimension = ?', now, dimension)
      return { ...state, held: readState(sql).held }
    },
  }
}

function releaseStopped(sql: Sql, state: State, audit: () => readonly Finding[]): Verdict {
  if (state.stopped === null) return refuse('changed', 'The Ledger has not stopped. Nothing was done.')
  const [first, ...more] = audit()
  if (first !== undefined)
    return refuse(
      'not-allowed',
      `${first.rule} still does not hold for ${first.subject}: expected ${first.expected}, found ${first.found}${
        more.length === 0 ? '' : `, and ${more.length} more`
      }. The Ledger goes on only when every invariant holds; see npm run ledger -- audit.`,
    )
  return {
    subject: 'the stopped Ledger',
    sentence: `The Ledger goes on; every invariant holds. It had stopped: ${state.stopped}`,
    value: null,
    perform: () => {
      sql.all('UPDATE ledger SET stopped = NULL')
      return { ...state, stopped: null }
    },
  }
}

function releaseSpike(sql: Sql, state: State, key: string): Verdict {
  const record = findRecord(sql, key)
  if (record === undefined) return refuse('not-found', `This subscription has no record ${key}.`)
  if (record.state !== 'waiting' || record.hold_until === null)
    return refuse('changed', `${key} does not wait for a person: it is ${record.state}. Nothing was done.`)
  return {
    subject: key,
    sentence: `${record.quantity} ${record.dimension} of ${iso(record.hour)} goes to AWS now; by itself it would have gone at ${iso(record.hold_until)}.`,
    value: valueOf(record),
    perform: () => {
      sql.all('UPDATE records SET hold_until = NULL, revision = ? WHERE key = ?', state.revision, key)
      return state
    },
  }
}

const subjectOf = (dimension: string | null): string => dimension ?? 'the subscription'

/** Dimensions on sale, and those that were when hours were frozen. */
function knownDimensions(sql: Sql, state: State, terms: LedgerTerms): Set<string> {
  const product = state.order === null ? undefined : terms.products[state.order.product]
  const before = sql.all<{ prices: string }>('SELECT DISTINCT prices FROM periods')
  return new Set([
    ...(product?.dimensions ?? []).map((dimension) => dimension.key),
    ...before.flatMap((row) => Object.keys(JSON.parse(row.prices) as Record<string, string>)),
  ])
}
