/** Taking copies from Ledgers (money §7 (2)): each key once, with one quantity for ever. Synchronous. */
import type { Sql } from '../sql.ts'
import type { Identity } from '../subscription.ts'
import { confirmedOtherwise, readCopy } from './confirmed.ts'
import { licenseOf, settlementOf, valueOf, type CopyRow } from './copies.ts'
import { giveBack, roundLetGo } from './let-go.ts'
import type { FrozenRecord, OfferAnswer } from './record.ts'

/** Stores what is new and answers each record. Idempotent; what it answers is written when it returns. */
export function takeOffers(
  sql: Sql,
  region: string,
  records: readonly FrozenRecord[],
  now: number,
): OfferAnswer[] {
  return sql.transaction(() => records.map((record) => takeOffer(sql, region, record, now)))
}

function takeOffer(sql: Sql, region: string, record: FrozenRecord, now: number): OfferAnswer {
  const { key, identity } = record
  const held = readCopy(sql, key)
  if (held !== undefined) return repeatOffer(sql, held, record, now)
  const gone = roundLetGo(sql, key)
  if (gone !== undefined && gone >= (record.round ?? 0)) return { key, kind: 'let go', round: gone }

  if (identity.kind === 'task')
    return { key, kind: 'refused', reason: 'only its own task may meter what a container used' }
  // AWS keeps apart what is sent through two Regions: the same usage there would be billed twice (facts §2.3).
  if (identity.region !== region)
    return {
      key,
      kind: 'refused',
      reason: `the record is for ${identity.region}, this Submitter for ${region}`,
    }
  const account = record.account ?? accountOf(identity)
  const mixed = mixedWith(sql, record, account)
  if (mixed !== undefined) return { key, kind: 'refused', reason: mixed }

  sql.all(
    `insert into copies (key, subscription, product, product_code, kind, identity, license, account, dimension, hour,
       timestamp, quantity, lines, deadline, final, price, value, offered_ms, round, unanswered, state)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting')`,
    key,
    record.subscription,
    record.product,
    record.productCode,
    identity.kind,
    JSON.stringify(identity),
    licenseOf(identity),
    account,
    record.dimension,
    record.hour,
    record.timestamp,
    record.quantity,
    record.lines === undefined ? null : JSON.stringify(record.lines),
    record.deadline,
    record.final ? 1 : 0,
    record.price,
    valueOf(record.quantity, record.price),
    now,
    record.round ?? 0,
    record.unanswered === true ? 1 : 0,
  )
  sql.all(
    `insert into lanes (product_code, kinds) values (?, ?) on conflict do update
       set kinds = kinds || ' ' || excluded.kinds where instr(lanes.kinds, excluded.kinds) = 0`,
    record.productCode,
    identity.kind,
  )
  return { key, kind: 'taken' }
}

function repeatOffer(sql: Sql, held: CopyRow, record: FrozenRecord, now: number): OfferAnswer {
  const { key } = record
  const same =
    held.quantity === record.quantity &&
    held.timestamp === record.timestamp &&
    held.dimension === record.dimension &&
    held.subscription === record.subscription &&
    held.product_code === record.productCode &&
    sameIdentity(JSON.parse(held.identity) as Identity, record.identity)
  if (!same) return { key, kind: 'differs', quantity: held.quantity }
  if ((record.round ?? 0) > held.round) giveBack(sql, held, record, now)
  else if (held.result !== null) return { key, kind: 'settled', settlement: settlementOf(held) }

  // An end only tightens: the earlier deadline stays, and a final record stays final, in whatever order offers come.
  const deadline = Math.min(held.deadline, record.deadline)
  const final = Math.max(held.final, record.final ? 1 : 0)
  if (deadline !== held.deadline || final !== held.final)
    sql.all(
      'update copies set deadline = ?, final = ?, resume_ms = ? where key = ?',
      deadline,
      final,
      Math.min(held.resume_ms, deadline),
      key,
    )
  return { key, kind: 'taken' }
}

/** Both kinds for one customer in one hour is what AWS bills twice, also across two subscriptions (money §10). */
function mixedWith(sql: Sql, record: FrozenRecord, account: string | null): string | undefined {
  if (account === null) return undefined
  const [other] = sql.all<{ key: string }>(
    'select key from copies where product_code = ? and account = ? and hour = ? and kind <> ? limit 1',
    record.productCode,
    account,
    record.hour,
    record.identity.kind,
  )
  const key =
    other?.key ?? confirmedOtherwise(sql, record.productCode, account, record.hour, record.identity.kind)
  return key && `this hour of the account was already reported under another kind of identity: ${key}`
}

const accountOf = (identity: Identity): string | null =>
  identity.kind === 'license' || identity.kind === 'product-account' ? identity.account : null

function sameIdentity(a: Identity, b: Identity): boolean {
  return (
    a.kind === b.kind &&
    a.region === b.region &&
    licenseOf(a) === licenseOf(b) &&
    accountOf(a) === accountOf(b)
  )
}
