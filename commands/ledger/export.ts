/** `export`: everything there is of one or all subscriptions as JSON lines, page by page, for an accountant or a restore. */
import { member, objectOf } from '../../shared/aws/json.ts'
import type { ExportPage } from '../../shared/ledger/repair.ts'
import type { SubscriptionDetail } from '../../shared/operator/wire.ts'
import { err, ok } from '../../shared/result.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import { call, eachRow, type OnRow } from './call.ts'
import { eachSubscription } from './each.ts'
import { EXIT, type Failure } from './exit.ts'
import { countText } from './format.ts'
import type { Target } from './target.ts'
import type { Command } from './work.ts'

/** Each line is `{"subscription":…,"table":…,"row":{…}}`; the first of a subscription is what D1 has, the last says so. */
export const exportAll: Command = async ({ target, given, print, note }) => {
  let rows = 0
  let subscriptions = 0
  const one = async (id: SubscriptionId): Promise<Failure | undefined> => {
    const detail = await call<SubscriptionDetail>(target, { path: `/subscriptions/${id}` })
    if (!detail.ok) return detail.error
    const line = (table: string, row: object): void => print(JSON.stringify({ subscription: id, table, row }))
    line('subscription', detail.value)
    const revisions: number[] = []
    let after: string | undefined
    do {
      const page = await call<ExportPage>(target, { path: `/subscriptions/${id}/export`, query: { after } })
      if (!page.ok) return page.error
      for (const row of page.value.rows) print(`{"subscription":"${id}",${row.slice(1)}`)
      rows += page.value.rows.length
      revisions.push(page.value.revision)
      after = page.value.next ?? undefined
    } while (after !== undefined)
    // Pages are not one instant: an accountant sees whether the books moved while they were read.
    line('end', { revision: revisions.at(-1) ?? null, moved: new Set(revisions).size > 1 })
    subscriptions += 1
    return undefined
  }

  const failed = await eachSubscription(target, given, one)
  if (failed) return err(failed)
  note(`${countText(rows, 'row')} of ${countText(subscriptions, 'subscription')}.`)
  return ok(EXIT.done)
}

/** The rows of one table of a Ledger. */
export function rowsOfTable<T extends object>(
  target: Target,
  id: SubscriptionId,
  table: string,
  row: OnRow<T>,
): Promise<Failure | undefined> {
  const path = `/subscriptions/${id}/export`
  return eachRow<string>(target, { path, query: { table } }, (line) => {
    const read = objectOf(JSON.parse(line))
    if (member(read, 'table') !== table) return false
    return row(member(read, 'row') as T)
  })
}
