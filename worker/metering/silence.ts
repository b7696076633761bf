/** What a person must hear of series that fell silent, each silence once (money §3 *time-weighted*). Kept in the object. */
import type { LedgerStatus } from '../../shared/ledger/ledger.ts'
import type { Sql } from '../../shared/sql.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import type { DangerAlarm } from './danger.ts'

export interface Silences {
  /** What was not told yet; from here on it is told. A series that spoke again and falls silent anew is told anew. */
  tell(silent: LedgerStatus['silent']): DangerAlarm[]
}

/** Opens what was told of `subscription`, making its table: a row a series that is silent. */
export function openSilences(sql: Sql, subscription: SubscriptionId): Silences {
  sql.script(
    `create table if not exists silences (meter text not null, series text not null, last_ms integer not null,
       primary key (meter, series)) strict, without rowid`,
  )
  return {
    tell(silent) {
      const told = sql.all<{ meter: string; series: string; last_ms: number }>('select * from silences')
      const isTold = (one: LedgerStatus['silent'][number]): boolean =>
        told.some((row) => row.meter === one.meter && row.series === one.series && row.last_ms === one.lastMs)
      const fresh = silent.filter((one) => !isTold(one))
      if (fresh.length === 0 && told.length === silent.length) return []
      sql.transaction(() => {
        sql.all('delete from silences')
        for (const { meter, series, lastMs } of silent)
          sql.all('insert into silences (meter, series, last_ms) values (?, ?, ?)', meter, series, lastMs)
      })
      return fresh.map(({ meter, series, lastMs }) => ({
        subject: `silent:${subscription}:${meter}:${series}`,
        message: `Series ${JSON.stringify(series)} of ${meter} of ${subscription} held a value and was last heard of at ${new Date(lastMs).toISOString()}: it counts 0 by now. Look after what reports it; if there is nothing left to measure, report 0.`,
      }))
    },
  }
}
