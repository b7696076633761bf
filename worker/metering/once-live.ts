/** Whether a Submitter has ever billed at AWS. One that has settles nothing dry: what waits would be lost to the seller. */
import type { Sql } from '../../shared/sql.ts'

export interface OnceLive {
  /** From here on there may be a call to AWS. Idempotent. */
  mark(atMs: number): void
  isMarked(): boolean
}

/** Opens it in the object's own database, making its table. */
export function openOnceLive(sql: Sql): OnceLive {
  sql.script(
    'create table if not exists live (id integer primary key check (id = 1), since_ms integer not null) strict',
  )
  return {
    mark(atMs) {
      sql.all('insert or ignore into live (id, since_ms) values (1, ?)', atMs)
    },
    isMarked: () => sql.all('select id from live').length > 0,
  }
}
