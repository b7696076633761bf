/** The read model under virtual time: rows by revision, as worker/metering/projection.ts writes them, and what D1 does wrong. */
import type { Changes } from '../../../shared/ledger/changes.ts'
import type { RecordRow } from '../../../shared/ledger/ledger.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import type { Faults } from '../faults.ts'
import type { Sender } from './objects.ts'
import type { Random } from '../random.ts'
import type { Time } from './time.ts'

interface Rows {
  readonly days: ReadonlyMap<
    string,
    { readonly counted: string; readonly billed: string; readonly revision: number }
  >
  readonly records: ReadonlyMap<string, { readonly row: RecordRow; readonly revision: number }>
}

export interface ReadModel {
  write(from: Sender, subscription: SubscriptionId, changes: Changes): Promise<void>
  /** `subscription|dimension|day` to what it shows. */
  days(): Rows['days']
  records(): Rows['records']
  /** Back to what it was at the last snapshot. */
  restore(): void
  snapshot(): void
}

export function openReadModel(time: Time, faults: Faults, random: Random): ReadModel {
  let days = new Map<string, { counted: string; billed: string; revision: number }>()
  let records = new Map<string, { row: RecordRow; revision: number }>()
  /** By subscription and dimension: the highest revision of its days. */
  const newest = new Map<string, number>()
  let kept: Rows = { days: new Map(), records: new Map() }

  function apply(
    subscription: SubscriptionId,
    { revision, days: changed, openRecords, closedKeys }: Changes,
  ): void {
    for (const day of changed) {
      const key = `${subscription}|${day.dimension}|${day.day}`
      if ((days.get(key)?.revision ?? 0) <= revision)
        days.set(key, { counted: day.counted, billed: day.billed, revision })
      const of = `${subscription}|${day.dimension}`
      newest.set(of, Math.max(newest.get(of) ?? 0, revision))
    }
    for (const row of openRecords)
      if (
        (newest.get(`${subscription}|${row.dimension}`) ?? 0) <= revision &&
        (records.get(row.key)?.revision ?? 0) <= revision
      )
        records.set(row.key, { row, revision })
    for (const key of closedKeys) if ((records.get(key)?.revision ?? 0) <= revision) records.delete(key)
  }

  return {
    write: (from, subscription, changes) =>
      new Promise((resolve, reject) => {
        const back = (deed: () => void): void =>
          time.at(time.now() + random.whole(1, 30), () => {
            if (from.alive()) deed()
          })
        from.send(() => {
          if (faults.hit('read-model-down')) return back(() => reject(new Error('D1 is overloaded')))
          time.at(time.now() + random.whole(1, 30), () => {
            apply(subscription, changes)
            if (faults.hit('read-model-unsure')) back(() => reject(new Error('D1 timed out')))
            else back(resolve)
          })
        }, 'call of the read model')
      }),
    days: () => days,
    records: () => records,
    snapshot() {
      kept = { days: new Map(days), records: new Map(records) }
    },
    restore() {
      days = new Map(kept.days)
      records = new Map(kept.records)
    },
  }
}
