/**
 * Copies whose Ledger holds their result, kept narrow until 48 hours after their deadline (money §7 (5)): what all hours
 * of a key share is written once, in `sold`. Whoever asks for a key or a subscription finds them as copies. Synchronous.
 */
import type { Sql, SqlRow } from '../sql.ts'
import { type CopyRow, valueOf } from './copies.ts'

/** A key is what is sold to whom, and the hour: `identity|dimension|hour` (record.ts). */
interface KeyParts {
  readonly prefix: string
  readonly hour: number
}

/** A key in its parts; undefined for one that ends otherwise: its copy stays as it is. */
function partsOf(key: string): KeyParts | undefined {
  const at = key.lastIndexOf('|')
  const text = key.slice(at + 1)
  return at > 0 && /^[1-9]\d{0,15}$/.test(text) ? { prefix: key.slice(0, at), hour: Number(text) } : undefined
}

const NARROW = `select sold.prefix || '|' || confirmed.hour as key, sold.subscription, sold.product, sold.product_code,
    sold.kind, sold.identity, sold.license, sold.account, sold.dimension, sold.price, confirmed.hour,
    confirmed.timestamp, confirmed.quantity, confirmed.lines, confirmed.deadline, confirmed.final, confirmed.attempt,
    confirmed.unanswered, confirmed.round, confirmed.result, confirmed.reason, confirmed.receipt, confirmed.settled_ms`

/** The copy of a key, wherever it is. One that is confirmed is told by its `state`. */
export function readCopy(sql: Sql, key: string): CopyRow | undefined {
  const [copy] = sql.all<CopyRow>('select * from copies where key = ?', key)
  return copy ?? readConfirmed(sql, key)
}

function readConfirmed(sql: Sql, key: string): CopyRow | undefined {
  const parts = partsOf(key)
  if (parts === undefined) return undefined
  return sql
    .all<SqlRow>(
      `${NARROW} from sold join confirmed on confirmed.sold = sold.id where sold.prefix = ? and confirmed.hour = ?`,
      parts.prefix,
      parts.hour,
    )
    .map(copyOf)[0]
}

/** Confirmed copies of one subscription in the order of their keys, from behind `after`. */
export const confirmedOf = (sql: Sql, subscription: string, after: string, limit: number): CopyRow[] =>
  sql
    .all<SqlRow>(
      `${NARROW} from sold join confirmed on confirmed.sold = sold.id
       where sold.subscription = ? and sold.prefix || '|' || confirmed.hour > ? order by key limit ?`,
      subscription,
      after,
      limit,
    )
    .map(copyOf)

/** A confirmed key of this account's hour under another kind of identity (money §10). */
export const confirmedOtherwise = (
  sql: Sql,
  productCode: string,
  account: string,
  hour: number,
  kind: string,
): string | undefined =>
  sql.all<{ key: string }>(
    `select sold.prefix || '|' || confirmed.hour as key from sold join confirmed on confirmed.sold = sold.id
     where sold.product_code = ? and sold.account = ? and confirmed.hour = ? and sold.kind <> ? limit 1`,
    productCode,
    account,
    hour,
    kind,
  )[0]?.key

/** Keeps a settled copy as confirmed: narrow where its key allows it. */
export function keepConfirmed(sql: Sql, row: CopyRow): void {
  const parts = partsOf(row.key)
  if (parts === undefined || parts.hour !== row.hour) {
    sql.all(`update copies set state = 'confirmed' where key = ?`, row.key)
    return
  }
  sql.all(
    `insert into confirmed (sold, hour, timestamp, quantity, lines, deadline, final, attempt, unanswered, round, result, reason,
       receipt, settled_ms)
     select cast(? as integer), hour, timestamp, quantity, lines, deadline, final, attempt, unanswered, round, result, reason,
       receipt, settled_ms from copies where key = ?`,
    soldOf(sql, row, parts.prefix),
    row.key,
  )
  sql.all('delete from copies where key = ?', row.key)
}

/** Makes a narrow copy a whole one again, as it was when it was confirmed: its Ledger gives it back (money §9). */
export function widen(sql: Sql, row: CopyRow): void {
  if (sql.all('select 1 from copies where key = ?', row.key).length > 0) return
  sql.all(
    `insert into copies (key, subscription, product, product_code, kind, identity, license, account, dimension, hour,
       timestamp, quantity, lines, deadline, final, price, value, offered_ms, state, attempt, unanswered, round, result, reason,
       receipt, settled_ms)
     select sold.prefix || '|' || confirmed.hour, subscription, product, product_code, kind, identity, license, account,
       dimension, hour, timestamp, quantity, lines, deadline, final, price, ?, settled_ms, 'confirmed', attempt, unanswered, round,
       result, reason, receipt, settled_ms
     from sold join confirmed on confirmed.sold = sold.id where sold.prefix = ? and confirmed.hour = ?`,
    row.value,
    partsOf(row.key)?.prefix ?? '',
    row.hour,
  )
  // It was counted when it was offered first.
  sql.all(
    `update windows set offered = offered - 1, open = open - 1
       where product_code = ? and timestamp = ? and deadline = ? and final = ?`,
    row.product_code,
    row.timestamp,
    row.deadline,
    row.final,
  )
  sql.all(
    'delete from confirmed where hour = ? and sold in (select id from sold where prefix = ?)',
    row.hour,
    partsOf(row.key)?.prefix ?? '',
  )
}

/** So many kinds of record are looked through for old copies at a time; the next sweep goes on behind them. */
const SWEPT_MAX = 2_000

/** Deletes narrow copies whose deadline is not after `until`. Answers behind what to go on; 0: from the start. */
export function sweepConfirmed(sql: Sql, until: number, after: number): number {
  const ids = sql
    .all<{ id: number }>(`select id from sold where id > ? order by id limit ${SWEPT_MAX}`, after)
    .map(({ id }) => id)
  if (ids.length > 0)
    sql.all(
      `delete from confirmed where (sold, hour) in (
         select confirmed.sold, confirmed.hour from json_each(?) as swept cross join confirmed
           on confirmed.sold = swept.value and confirmed.hour < ? and confirmed.deadline <= ?)`,
      JSON.stringify(ids),
      until,
      until,
    )
  return ids.length < SWEPT_MAX ? 0 : (ids.at(-1) ?? 0)
}

/** What the record shares with those of its other hours; written down at the first. */
function soldOf(sql: Sql, row: CopyRow, prefix: string): number {
  const same = [prefix, row.subscription, row.product, row.product_code, row.identity, row.account, row.price]
  const [known] = sql.all<{ id: number }>(
    `select id from sold where prefix = ? and subscription = ? and product = ? and product_code = ? and identity = ?
       and account is ? and price = ?`,
    ...same,
  )
  if (known !== undefined) return known.id
  const [made] = sql.all<{ id: number }>(
    `insert into sold (prefix, subscription, product, product_code, identity, account, price, kind, license, dimension)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning id`,
    ...same,
    row.kind,
    row.license,
    row.dimension,
  )
  if (made === undefined) throw new Error('what is sold was not written')
  return made.id
}

/** A narrow row as the copy it was. */
const copyOf = (row: SqlRow): CopyRow => {
  const narrow = row as CopyRow
  return {
    ...narrow,
    value: valueOf(narrow.quantity, narrow.price),
    state: 'confirmed',
    place: 0,
    held: null,
    resume_ms: 0,
    pauses: 0,
    refusals: 0,
    party: null,
    late_tries: 0,
    not_subscribed_ms: null,
  }
}
