/** `list` and `show`: deliveries as a table, and one with what it tells. */
import type { DeliveryDetail, DeliveryLine } from '../../shared/operator/wire.ts'
import { err, ok } from '../../shared/result.ts'
import { call, eachRow } from '../ledger/call.ts'
import { EXIT } from '../ledger/exit.ts'
import { timeText } from '../ledger/format.ts'
import { listOf, tableOf, type Column } from '../ledger/table.ts'
import type { DeliveryCommand } from './main.ts'

const COLUMNS: readonly Column[] = [
  { head: 'DELIVERY' },
  { head: 'CREATED' },
  { head: 'CHANNEL' },
  { head: 'KIND' },
  { head: 'SUBSCRIPTION' },
  { head: 'STATE' },
  { head: 'TRIES', number: true },
  { head: 'NEXT' },
  { head: 'LAST OUTCOME' },
]

export const list: DeliveryCommand = async ({ target, given, print }) => {
  const { state, channel, subscription, limit } = given
  const rows: DeliveryLine[] = []
  const query = { state, channel, subscription, limit: String(Math.min(limit, 200)) }
  const failed = await eachRow<DeliveryLine>(target, { path: '/deliveries', query }, (row) => {
    rows.push(row)
    return rows.length < limit
  })
  if (failed) return err(failed)
  if (given.json) for (const row of rows) print(JSON.stringify(row))
  else if (rows.length === 0) print('No delivery is like that.')
  else for (const line of listOf(COLUMNS, rows.map(cellsOf), limit)) print(line)
  return ok(EXIT.done)
}

const cellsOf = (row: DeliveryLine): string[] => [
  row.id,
  timeText(row.createdMs),
  row.channel,
  row.kind,
  row.subscription ?? '-',
  row.state,
  String(row.attempts),
  timeText(row.nextMs),
  row.outcome ?? '-',
]

export const show: DeliveryCommand = async ({ target, given, print }) => {
  const answer = await call<DeliveryDetail>(target, { path: `/deliveries/${given.word}` })
  if (!answer.ok) return answer
  const row = answer.value
  if (given.json) print(JSON.stringify(row))
  else {
    for (const line of tableOf(COLUMNS, [cellsOf(row)])) print(line)
    print(`Decided ${timeText(row.at)}, over ${timeText(row.settledMs)}. It tells:`)
    print(JSON.stringify(row.told, null, 2))
  }
  return ok(EXIT.done)
}
