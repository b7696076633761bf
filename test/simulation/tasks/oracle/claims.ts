/** What a successor took over: all that nobody reported, nothing that AWS may hold (money §11). Pure. */
import type { Adopted, LedgerShown, RecordShown, TaskHistory } from '../history.ts'
import { type Discrepancy, HOUR_MS, keyOf, MINUTE_MS, sum, UNIT, units } from './finding.ts'

const WHOLE = 'A claimed ledger is taken over whole: adopted, held or expired (money §11)'
const NEVER = 'What AWS may hold is held, never reported again (money §11 (a))'
const FRESH = 'What is at most 6 h old is taken over, not given up (money §11 (b))'
const ONCE = 'A folder has one successor (money §11)'
const SOMEBODY = 'A dead task’s folder is claimed by who lives beside it (money §11)'

/** What a claimed ledger owes its successor. */
const owes = ({ state }: RecordShown): boolean =>
  state === 'waiting' || state === 'doubtful' || state === 'parked' || state === 'expired'

export function judgeClaims(history: TaskHistory): Discrepancy[] {
  return history.ledgers.flatMap((ledger) => {
    const rows = history.ledgers
      .filter(({ fate }) => fate !== 'copy')
      .flatMap((heir) =>
        heir.adopted.filter(({ file }) => file === ledger.file).map((row) => ({ heir, row })),
      )
    if (ledger.fate === 'copy') return []
    const [first] = rows
    if (rows.length > 1)
      return [
        {
          rule: ONCE,
          subject: ledger.file,
          expected: 'one successor',
          found: rows.map(({ heir }) => heir.file).join(', '),
        },
      ]
    if (first === undefined) return judgeLeft(ledger)
    return ledger.fate === 'claimed'
      ? judgeHeir(history, ledger, first.heir, first.row)
      : [
          {
            rule: ONCE,
            subject: ledger.file,
            expected: `nobody takes over what is ${ledger.fate}`,
            found: first.heir.file,
          },
        ]
  })
}

function judgeHeir(history: TaskHistory, dead: LedgerShown, heir: LedgerShown, row: Adopted): Discrepancy[] {
  const subject = `${dead.file} claimed by ${heir.file}`
  const found: Discrepancy[] = []
  const former = dead.adopted.flatMap(({ held }) => held)
  const gone = dead.adopted.flatMap(({ lapsed }) => lapsed)
  for (const dimension of history.dimensions) {
    const of = <T extends { readonly dimension: string }>(rows: readonly T[]): T[] =>
      rows.filter((one) => one.dimension === dimension)
    const quantities = (rows: readonly { readonly quantity: number }[]): number =>
      sum(rows.map(({ quantity }) => quantity * UNIT))
    const amounts = (rows: readonly { readonly amount: number }[]): number =>
      sum(rows.map(({ amount }) => amount))
    const due =
      (dead.open[dimension] ?? 0) +
      (dead.aside[dimension] ?? 0) +
      quantities(of(dead.records).filter(owes)) +
      quantities(of(former)) +
      amounts(of(gone))
    const took = row.units[dimension] ?? 0
    const keeps = quantities(of(row.held))
    const gave = amounts(of(row.lapsed))
    if (due !== took + keeps + gave)
      found.push({
        rule: WHOLE,
        subject: `${dimension} of ${subject}`,
        expected: units(due),
        found: `${units(took)} adopted, ${units(keeps)} held, ${units(gave)} expired`,
      })
  }

  const held = new Set(row.held.map(keyOf))
  const atAws = new Set(history.aws.records.filter(({ stranger }) => !stranger).map(keyOf))
  for (const record of [
    ...dead.records.filter(owes),
    ...former.map((one) => ({ ...one, state: 'held', unanswered: true })),
  ]) {
    const inDoubt = record.unanswered || record.state === 'doubtful' || atAws.has(keyOf(record))
    if (inDoubt && !held.has(keyOf(record)))
      found.push({
        rule: NEVER,
        subject: `${keyOf(record)}, ${record.quantity}, ${record.state}`,
        expected: 'held',
        found: `not held by ${heir.file}`,
      })
  }

  const late =
    sum(row.lapsed.map(({ amount }) => amount)) -
    sum(gone.map(({ amount }) => amount)) -
    sum(
      dead.records
        .filter(({ state }) => state === 'parked' || state === 'expired')
        .map(({ quantity }) => quantity * UNIT),
    ) -
    sum(Object.values(dead.aside))
  if (late > 0 && troubledFor(history, dead.file, row.at) < 4 * HOUR_MS)
    found.push({ rule: FRESH, subject, expected: `${units(late)} taken over`, found: 'expired' })
  return found
}

/** For how long, before it was taken over, a file had no process or something stood between it and AWS. */
function troubledFor(history: TaskHistory, file: string, until: number): number {
  const lives = history.processes
    .filter((life) => life.file === file)
    .sort((a, b) => a.startedAt - b.startedAt)
  const gaps = lives.map((life, i) => ({
    from: life.endedAt ?? until,
    until: lives[i + 1]?.startedAt ?? until,
  }))
  return sum([...history.troubles, ...gaps].map((one) => Math.max(0, Math.min(until, one.until) - one.from)))
}

/** So long a folder may lie there though somebody lives beside it: three minutes without a heartbeat, and the next look. */
const CLAIMED_WITHIN_MS = 15 * MINUTE_MS

function judgeLeft(ledger: LedgerShown): Discrepancy[] {
  // One that holds nothing is put away without a word.
  const holds =
    Object.values(ledger.open).some((amount) => amount > 0) ||
    ledger.records.some(owes) ||
    ledger.adopted.some(({ held }) => held.length > 0)
  if (ledger.fate !== 'left' || !holds) return []
  return ledger.beside < CLAIMED_WITHIN_MS
    ? []
    : [
        {
          rule: SOMEBODY,
          subject: ledger.file,
          expected: 'claimed',
          found: `left though another lived beside it for the last ${Math.round(ledger.beside / MINUTE_MS)} minutes`,
        },
      ]
}
