/** `refused`: usage the doors refused, with its value; and `replay`, which gives refused usage once more. */
import type { RefusedLine } from '../../shared/operator/wire.ts'
import { amountOf, formatAmount } from '../../shared/amount.ts'
import { err, ok } from '../../shared/result.ts'
import { eachRow } from './call.ts'
import { EXIT } from './exit.ts'
import { countText, dollarText } from './format.ts'
import { give, giveTo } from './sign.ts'
import { tableOf, type Column } from './table.ts'
import type { Command } from './work.ts'

const COLUMNS: readonly Column[] = [
  { head: 'NUMBER', number: true },
  { head: 'LAST' },
  { head: 'DOOR' },
  { head: 'SOURCE' },
  { head: 'ID' },
  { head: 'METER' },
  { head: 'AMOUNT', number: true },
  { head: 'VALUE', number: true },
  { head: 'TIMES', number: true },
  { head: 'WHY, AND WHOSE MOVE' },
]

export const showRefused: Command = async ({ target, given, print }) => {
  const rows: string[][] = []
  let millionths = 0n
  const failed = await eachRow<RefusedLine>(target, { path: '/refused' }, (line) => {
    if (given.json) return print(JSON.stringify(line))
    if (line.value !== null) millionths += amountOf(line.value.replace(/(\.\d{6})\d+$/, '$1'))
    rows.push(cellsOf(line))
  })
  if (failed) return err(failed)
  if (given.json) return ok(EXIT.done)
  for (const line of tableOf(COLUMNS, rows)) print(line)
  print(
    rows.length === 0
      ? 'No door has refused usage that is not counted since. What a Ledger refused stands in `parked`.'
      : `${countText(rows.length, 'refusal')}, worth ${dollarText(formatAmount(millionths))} as far as it can be told.`,
  )
  return ok(EXIT.done)
}

const cellsOf = (line: RefusedLine): string[] => [
  String(line.number),
  line.last.slice(0, 19).replace('T', ' '),
  line.door,
  line.source,
  line.id,
  line.meter ?? '-',
  line.amount ?? '-',
  line.value === null ? '-' : dollarText(line.value),
  String(line.times),
  `${line.reason}: ${line.message} ${line.replayable ? `Yours, once the cause is gone: replay ${line.number}` : "The sender's: it has the event."}`,
]

/** What a door refused by its number, what a Ledger refused by subscription, source and event. */
export const replay: Command = async (work) => {
  const [first = '', event = ''] = work.given.words
  return work.given.subscription === undefined
    ? giveTo(work, `/refused/${first}/replay`)
    : give(work, { kind: 'replay', source: first, event })
}
