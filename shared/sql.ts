/**
 * The SQL port of the money core: three functions, two homes (a Durable Object's SQLite and node:sqlite). No I/O of
 * its own. Both adapters call `checkCall`, so that what one home would take and the other not fails in both.
 */

/** What may be bound or read: a well-formed string, a safe integer, null, bytes. Nothing else passes the port. */
export type SqlValue = string | number | null | Uint8Array

export type SqlRow = Record<string, SqlValue>

export interface Sql {
  /** Runs one statement and answers its rows. Numbers go into INTEGER columns only, lists through `json_each`. */
  all<R extends SqlRow = SqlRow>(sql: string, ...params: readonly SqlValue[]): R[]
  /** Runs `fn` atomically. Throws if `fn` returns a promise: workerd would commit it half done. */
  transaction<T>(fn: () => T): T
  /** Runs a schema: several statements, no parameters. */
  script(sql: string): void
}
