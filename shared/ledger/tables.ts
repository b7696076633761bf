/** Opens the tables of one Ledger: lays them once, and refuses those of another subscription. No I/O of its own. */
import type { Sql } from '../sql.ts'
import type { SubscriptionId } from '../subscription.ts'
import { SCHEMA } from './schema.ts'

/** Of the tables in `schema.ts`; raised with each change of them. */
const SCHEMA_VERSION = 2

/** Lays the tables into an empty database, or refuses one of another version or subscription. */
export function layTables(sql: Sql, subscription: SubscriptionId): void {
  const known = sql.all("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'")
  if (known.length === 0) {
    sql.transaction(() => {
      sql.script(SCHEMA)
      sql.all('INSERT INTO schema_version (version) VALUES (?)', SCHEMA_VERSION)
      sql.all('INSERT INTO ledger (one, subscription) VALUES (1, ?)', subscription)
    })
    return
  }
  const version = sql.all<{ version: number }>('SELECT version FROM schema_version')[0]?.version
  if (version !== SCHEMA_VERSION)
    throw new Error(
      `This ledger has schema ${version}, this program ${SCHEMA_VERSION}: deploy the one it was made with`,
    )
  const owner = sql.all<{ subscription: string }>('SELECT subscription FROM ledger')[0]?.subscription
  if (owner !== subscription) throw new Error(`This ledger belongs to ${owner}, not to ${subscription}`)
}
