/** `list`: subscriptions with where their Ledgers stand. */
import type { SubscriptionLine } from '../../shared/operator/wire.ts'
import { err, ok } from '../../shared/result.ts'
import { eachRow } from './call.ts'
import { EXIT, failure } from './exit.ts'
import { countText, hourText, timeText } from './format.ts'
import { waitsFor } from './standing.ts'
import { tableOf, type Column } from './table.ts'
import type { Command } from './work.ts'

const COLUMNS: readonly Column[] = [
  { head: 'SUBSCRIPTION' },
  { head: 'PRODUCT' },
  { head: 'ACCOUNT' },
  { head: 'STATE' },
  { head: 'FROZEN UNTIL' },
  { head: 'OPEN UNITS' },
  { head: 'NEEDS A PERSON', number: true },
  { head: 'NEXT WAKE' },
  { head: 'WAITS FOR' },
]

/** So many rows stand in one table: columns are as wide as needed, and output begins before all is read. */
const TABLE_MAX = 200

export const listSubscriptions: Command = async ({ target, given, print }) => {
  const { product, state } = given.flags
  let silent = 0
  let count = 0
  let rows: string[][] = []
  const flush = (): void => {
    for (const line of tableOf(COLUMNS, rows)) print(line)
    rows = []
  }
  const failed = await eachRow<SubscriptionLine>(
    target,
    { path: '/subscriptions', query: { product, state } },
    (line) => {
      count += 1
      if (line.ledger === null) silent += 1
      if (given.json) return print(JSON.stringify(line))
      rows.push(cellsOf(line))
      if (rows.length === TABLE_MAX) flush()
    },
  )
  flush()
  if (failed) return err(failed)
  if (!given.json && count === 0) print('No subscription is like that.')
  if (silent === 0) return ok(EXIT.done)
  return err(
    failure(
      EXIT.unreachable,
      `${countText(silent, 'Ledger')} did not answer: give the command again; the Worker's log says why.`,
    ),
  )
}

function cellsOf(line: SubscriptionLine): string[] {
  const { id, product, account, state, ledger, records } = line
  const needed = (records.parked ?? 0) + (records.doubtful ?? 0) + (records.expired ?? 0)
  return [
    id,
    product,
    account,
    state,
    ledger === null ? 'no answer' : ledger.frozenUntil === null ? '-' : hourText(ledger.frozenUntil),
    openText(line),
    String(needed),
    timeText(ledger?.nextWake ?? null),
    ledger === null ? '' : waitsFor(ledger),
  ]
}

/** Units due and not frozen; usage that makes no whole unit yet is named too. */
function openText({ open, ledger }: SubscriptionLine): string {
  const units = Object.entries(open).map(([dimension, each]) => `${each} ${dimension}`)
  return units.length > 0 ? units.join(', ') : ledger?.open ? 'less than one' : '-'
}
