/** `parked`: everything that is not simply billed, with its value and whose move it is: Ledgers, lanes and Submitters. */
import type { LedgerStatus } from '../../shared/ledger/ledger.ts'
import type { ParkedRow } from '../../shared/ledger/repair.ts'
import type { ParkedLine, SubscriptionDetail } from '../../shared/operator/wire.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import { amountOf, formatAmount } from '../../shared/amount.ts'
import { backlogLines } from './backlog.ts'
import { call, eachRow } from './call.ts'
import { EXIT, failure, type Failure } from './exit.ts'
import { countText, dollarText } from './format.ts'
import { cellsOf, PARKED_COLUMNS } from './parked-row.ts'
import { standingCells } from './standing.ts'
import { tableOf } from './table.ts'
import type { Target } from './target.ts'
import type { Command } from './work.ts'

export const showParked: Command = async ({ target, given, print }) => {
  const { product, state } = given.flags
  const table: string[][] = []
  let silent = 0
  let millionths = 0n
  const take = (id: string, row: ParkedRow): void => {
    if (row.kind === 'record') millionths += millionthsOf(row.dollars)
    if (given.json) print(JSON.stringify({ subscription: id, ...row }))
    else table.push(cellsOf(id, row))
  }

  const stand = (id: string, ledger: LedgerStatus): void => {
    const cells = standingCells(id, ledger)
    if (!given.json) table.push(...cells)
    else if (cells.length > 0) print(JSON.stringify({ subscription: id, kind: 'standing', ledger }))
  }

  if (given.subscription !== undefined) {
    const id = given.subscription
    const detail = await call<SubscriptionDetail>(target, { path: `/subscriptions/${id}` })
    if (!detail.ok) return detail
    if (detail.value.ledger !== null) stand(id, detail.value.ledger)
    const failed = await eachParked(target, id, (row) => take(id, row))
    if (failed) return err(failed)
  } else {
    const failed = await eachRow<ParkedLine>(
      target,
      { path: '/parked', query: { product, state } },
      async ({ id, parked, ledger }) => {
        if (ledger !== null) stand(id, ledger)
        if (parked === null) silent += 1
        else if (parked.next === null) for (const row of parked.rows) take(id, row)
        else await eachParked(target, id, (row) => take(id, row))
      },
    )
    if (failed) return err(failed)
  }

  if (!given.json) {
    for (const line of tableOf(PARKED_COLUMNS, table)) print(line)
    print(
      table.length === 0
        ? 'Nothing waits for a person.'
        : `For a person to look at: ${countText(table.length, 'thing')}${millionths === 0n ? '' : `, records worth ${dollarText(formatAmount(millionths))} among them`}.`,
    )
    if (given.subscription === undefined) {
      const backlog = await backlogLines(target)
      if (!backlog.ok) return backlog
      for (const line of backlog.value) print(line)
    }
  }
  if (silent === 0) return ok(EXIT.done)
  return err(
    failure(
      EXIT.unreachable,
      `${countText(silent, 'Ledger')} did not answer, what waits there is not shown: give the command again.`,
    ),
  )
}

/** Every parked row of one subscription, in the Ledger's order. */
export const eachParked = (
  target: Target,
  id: SubscriptionId,
  row: (row: ParkedRow) => void,
): Promise<Failure | undefined> => eachRow(target, { path: `/subscriptions/${id}/parked` }, row)

/** The rows of one kind of a subscription. */
export async function parkedRows<K extends ParkedRow['kind']>(
  target: Target,
  id: SubscriptionId,
  kind: K,
): Promise<Result<readonly Extract<ParkedRow, { kind: K }>[], Failure>> {
  const rows: Extract<ParkedRow, { kind: K }>[] = []
  const failed = await eachParked(target, id, (row) => {
    if (isOf(row, kind)) rows.push(row)
  })
  return failed ? err(failed) : ok(rows)
}

const isOf = <K extends ParkedRow['kind']>(row: ParkedRow, kind: K): row is Extract<ParkedRow, { kind: K }> =>
  row.kind === kind

/** Dollars of a record have up to 12 decimals; what is below a millionth is left out of a sum for people. */
const millionthsOf = (dollars: string): bigint => amountOf(dollars.replace(/(\.\d{6})\d+$/, '$1'))
