/** `log`: acts that are no one subscription's, from the operator's audit log; those of a subscription stand in `show`. */
import type { RepairEntry } from '../../shared/ledger/repair.ts'
import { err, ok } from '../../shared/result.ts'
import { eachRow } from './call.ts'
import { EXIT } from './exit.ts'
import { timeText } from './format.ts'
import { tableOf, type Column } from './table.ts'
import type { Command } from './work.ts'

const COLUMNS: readonly Column[] = [
  { head: 'ENTRY', number: true },
  { head: 'AT' },
  { head: 'WHO' },
  { head: 'WHAT' },
  { head: 'OF' },
  { head: 'CAME TO' },
  { head: 'WHY' },
]

export const showLog: Command = async ({ target, given, print }) => {
  const rows: string[][] = []
  const failed = await eachRow<RepairEntry>(target, { path: '/log' }, (row) => {
    if (given.json) return print(JSON.stringify(row))
    const { entry, at, who, kind, subject, sentence, why } = row
    rows.push([String(entry), timeText(at), who, kind, subject, sentence, why])
  })
  if (failed) return err(failed)
  if (given.json) return ok(EXIT.done)
  for (const line of tableOf(COLUMNS, rows)) print(line)
  if (rows.length === 0) print('The audit log is empty: nobody has done anything that it keeps.')
  return ok(EXIT.done)
}
