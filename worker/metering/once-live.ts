/** Whether a deployment has ever billed at AWS, as one Submitter knows. None settles dry then: what waits would be lost to the seller. */
import type { Sql } from '../../shared/sql.ts'

export interface OnceLive {
  /** From here on there may be a call to AWS, or was one from another Region. Idempotent. */
  mark(atMs: number): void
  isMarked(): boolean
}

/** Opens it in the object's own database, behind the Submitter's tables. Attempts from before there was this table were calls. */
export function openOnceLive(sql: Sql): OnceLive {
  if (sql.all("select 1 from sqlite_master where name = 'live'").length === 0) {
    sql.script('create table live (id integer primary key check (id = 1), since_ms integer not null) strict')
    sql.all("insert into live select 1, 0 from sqlite_sequence where name = 'attempts' and seq > 0")
  }
  return {
    mark(atMs) {
      sql.all('insert or ignore into live (id, since_ms) values (1, ?)', atMs)
    },
    isMarked: () => sql.all('select id from live').length > 0,
  }
}
