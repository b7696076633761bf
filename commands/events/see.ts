/** `list` and `show`: what AWS sent as a table, and one event with its text. */
import type { EventDetail, EventLine } from '../../shared/operator/wire.ts'
import { err, ok } from '../../shared/result.ts'
import { call, eachRow } from '../ledger/call.ts'
import { EXIT } from '../ledger/exit.ts'
import { timeText } from '../ledger/format.ts'
import { listOf, tableOf, type Column } from '../ledger/table.ts'
import type { EventCommand } from './main.ts'

const COLUMNS: readonly Column[] = [
  { head: 'EVENT' },
  { head: 'AT' },
  { head: 'KIND' },
  { head: 'STATE' },
  { head: 'SUBSCRIPTION' },
  { head: 'AGREEMENT' },
  { head: 'WHY' },
]

export const list: EventCommand = async ({ target, given, print }) => {
  const { state, subscription, agreement, limit } = given
  const rows: EventLine[] = []
  const query = { state, subscription, agreement, limit: String(Math.min(limit, 200)) }
  const failed = await eachRow<EventLine>(target, { path: '/events', query }, (row) => {
    rows.push(row)
    return rows.length < limit
  })
  if (failed) return err(failed)
  if (given.json) for (const row of rows) print(JSON.stringify(row))
  else if (rows.length === 0) print('No event is like that.')
  else for (const line of listOf(COLUMNS, rows.map(cellsOf), limit)) print(line)
  return ok(EXIT.done)
}

const cellsOf = (row: EventLine): string[] => [
  row.id,
  timeText(row.at),
  row.kind,
  row.state,
  row.subscription ?? '-',
  row.agreementId ?? '-',
  row.note ?? '-',
]

export const show: EventCommand = async ({ target, given, print }) => {
  const answer = await call<EventDetail>(target, { path: `/events/${encodeURIComponent(given.word)}` })
  if (!answer.ok) return answer
  const row = answer.value
  if (given.json) print(JSON.stringify(row))
  else {
    for (const line of tableOf(COLUMNS, [cellsOf(row)])) print(line)
    print(`Received ${timeText(row.receivedMs)}. AWS sent:`)
    print(row.body)
  }
  return ok(EXIT.done)
}
