/** What a successor took over: all that nobody reported, nothing that AWS may hold (money §11). Pure. */
import type { LedgerShown, RecordShown, TaskHistory } from '../history.ts'
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
    const heirs = history.ledgers.filter(
      ({ fate, adopted, held, lapsed }) =>
        fate !== 'copy' && [...adopted, ...held, ...lapsed].some(({ file }) => file === ledger.file),
    )
    if (ledger.fate === 'claimed') return judgeHeir(history, ledger, heirs)
    if (heirs.length === 0) return judgeLeft(ledger)
    const [heir] = heirs
    return [
      {
        rule: ONCE,
        subject: ledger.file,
        expected: `nobody takes over what is ${ledger.fate}`,
        found: heir?.file ?? '',
      },
    ]
  })
}

function judgeHeir(history: TaskHistory, dead: LedgerShown, heirs: readonly LedgerShown[]): Discrepancy[] {
  const subject = `${dead.file} claimed by ${dead.claimedBy ?? 'nobody'}`
  // One that held nothing is claimed without a trace.
  if (heirs.length > 1)
    return [
      { rule: ONCE, subject, expected: 'one successor', found: heirs.map(({ file }) => file).join(', ') },
    ]
  const [heir] = heirs
  const of = <T extends { readonly file: string }>(rows: readonly T[] | undefined): T[] =>
    (rows ?? []).filter(({ file }) => file === dead.file)
  const adopted = of(heir?.adopted)
  const held = of(heir?.held)
  const lapsed = of(heir?.lapsed)
  const found: Discrepancy[] = []

  for (const dimension of history.dimensions) {
    const due =
      (dead.open[dimension] ?? 0) +
      sum(
        dead.records
          .filter((record) => record.dimension === dimension && owes(record))
          .map(({ quantity }) => quantity * UNIT),
      )
    const took = sum(adopted.map((one) => one.units[dimension] ?? 0))
    const keeps = sum(
      held.filter((one) => one.dimension === dimension).map(({ quantity }) => quantity * UNIT),
    )
    const gave = sum(lapsed.filter((one) => one.dimension === dimension).map(({ amount }) => amount))
    if (due !== took + keeps + gave)
      found.push({
        rule: WHOLE,
        subject: `${dimension} of ${subject}`,
        expected: units(due),
        found: `${units(took)} adopted, ${units(keeps)} held, ${units(gave)} expired`,
      })
  }

  const heldKeys = new Set(held.map(keyOf))
  const atAws = new Set(history.aws.records.map(keyOf))
  for (const record of dead.records) {
    if (!owes(record)) continue
    const inDoubt = record.unanswered || record.state === 'doubtful' || atAws.has(keyOf(record))
    if (inDoubt && !heldKeys.has(keyOf(record)))
      found.push({
        rule: NEVER,
        subject: `${keyOf(record)}, ${record.quantity}, ${record.state}`,
        expected: 'held',
        found: `not held by ${heir?.file ?? 'anybody'}`,
      })
  }

  const at = Math.min(dead.claimedAt ?? Number.POSITIVE_INFINITY, ...adopted.map((one) => one.at))
  for (const { dimension, hour, amount } of lapsed)
    if (hour !== null && hour > at - 6 * HOUR_MS + 15 * MINUTE_MS && history.calm)
      found.push({
        rule: FRESH,
        subject: `${dimension} of ${subject}`,
        expected: `${units(amount)} taken over`,
        found: `expired ${Math.round((at - hour) / MINUTE_MS)} minutes old`,
      })
  return found
}

/** So long a folder may lie there though somebody lives beside it: three minutes without a heartbeat, and the next look. */
const CLAIMED_WITHIN_MS = 15 * MINUTE_MS

function judgeLeft(ledger: LedgerShown): Discrepancy[] {
  if (ledger.fate !== 'left' || ledger.beside === 0) return []
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
