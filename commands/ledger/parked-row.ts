/** What waits for a person, as one line each: what it is, what it is worth, whose move it is and which commands there are. */
import type { ParkedRow, RepairKind } from '../../shared/ledger/repair.ts'
import { dollarText, hourText, recordName, timeText } from './format.ts'
import type { Column } from './table.ts'

export const PARKED_COLUMNS: readonly Column[] = [
  { head: 'SUBSCRIPTION' },
  { head: 'WHAT' },
  { head: 'STATE' },
  { head: 'UNITS', number: true },
  { head: 'VALUE', number: true },
  { head: 'WHOSE MOVE, AND WHAT TO DO' },
]

/** Millionths of a dollar are enough: AWS's prices have up to 8 decimals, its bills two. */
export function cellsOf(subscription: string, row: ParkedRow): string[] {
  switch (row.kind) {
    case 'stopped':
      return [
        subscription,
        'the whole subscription',
        'stopped',
        '',
        '',
        `yours: ${row.sentence} ${AFTER_STOP}`,
      ]
    case 'hold':
      return [
        subscription,
        row.dimension ?? 'the whole subscription',
        'held',
        '',
        '',
        `yours: held by ${row.who} since ${timeText(row.since)} (${row.why}); release`,
      ]
    case 'record': {
      const { record, dollars } = row
      const reason = record.reason === null ? '' : `: ${record.reason}`
      return [
        subscription,
        recordName(record),
        row.holdUntil === null ? `${record.state}${reason}` : 'held as a spike',
        String(record.quantity),
        dollarText(dollars),
        moveOf(row),
      ]
    }
    case 'aside': {
      const { meter, hour, reason, amount } = row.aside
      return [
        subscription,
        `${meter}@${hourText(hour)}`,
        `set aside: ${reason}`,
        amount,
        '',
        row.open.length === 0 ? "nobody's: it is kept and shown, never billed" : `yours: ${actsOf(row.open)}`,
      ]
    }
    case 'refused':
      return [
        subscription,
        `${row.meter}@${hourText(row.hour)}`,
        `refused: ${row.reason}`,
        row.amount ?? '',
        '',
        `the sender's, or yours once the cause is gone: replay ${subscription} '${row.source}' '${row.event}'`,
      ]
  }
}

type ParkedRecord = Extract<ParkedRow, { kind: 'record' }>

/** Whose move it is, by state and reason (money §8, §9). */
function moveOf(row: ParkedRecord): string {
  const { record, holdUntil, open } = row
  const acts = open.length === 0 ? 'nothing is open to it' : actsOf(open)
  if (holdUntil !== null) return `yours until ${timeText(holdUntil)}, then it is sent as it is: ${acts}`
  switch (record.state) {
    case 'parked':
      return `yours: ${causeOf(record.reason)}; ${acts}`
    case 'doubtful':
      return `yours: AWS may hold it; find it in CloudTrail or the billing feed; ${acts}`
    case 'expired':
      return `yours: AWS takes this hour no more; ${acts}`
    case 'waiting':
    case 'billed':
    case 'moved':
    case 'written off':
      return acts
  }
}

function causeOf(reason: string | null): string {
  switch (reason) {
    case 'conflict':
      return 'somebody else wrote this hour at AWS; find out who in CloudTrail'
    case 'uncollectable':
      return "AWS says that the buyer is not subscribed; see the agreement's state at AWS"
    case 'ended':
      return 'the subscription ended before AWS took it; invoice it yourself or write it off'
    case 'not recorded':
      return 'AWS has no record of it'
    case null:
      return 'no reason is written down'
    default:
      return `AWS refuses it (${reason}); correct the cause`
  }
}

/** `retry, move or write-off`, as the commands are called. */
const actsOf = (acts: readonly RepairKind[]): string => {
  const names = acts.map((act) => act.replace(' ', '-'))
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} or ${last}`
}

const AFTER_STOP = 'Run audit; when it balances, release --stopped.'
