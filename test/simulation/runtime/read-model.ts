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
  let kept: Rows = { days: new Map(), records: new Map() }

  /** The highest revision of the days of a dimension. */
  const newestOf = (subscription: SubscriptionId, dimension: string): number =>
    Math.max(
      0,
      ...[...days].flatMap(([key, { revision }]) =>
        key.startsWith(`${subscription}|${dimension}|`) ? [revision] : [],
      ),
    )

  function apply(subscription: SubscriptionId, changes: Changes): void {
    const { revision, allFrom, days: changed, openRecords, closedKeys } = changes
    for (const { dimension, day, counted, billed } of changed) {
      const key = `${subscription}|${dimension}|${day}`
      const shown = days.get(key) ?? { counted: '0', billed: '0', revision: 0 }
      const right = shown.counted === counted && shown.billed === billed
      if (shown.revision <= revision && !(allFrom !== undefined && right))
        days.set(key, { counted, billed, revision })
    }
    for (const row of openRecords)
      if (
        newestOf(subscription, row.dimension) <= revision &&
        (records.get(row.key)?.revision ?? 0) <= revision
      )
        records.set(row.key, { row, revision })
    for (const key of closedKeys) if ((records.get(key)?.revision ?? 0) <= revision) records.delete(key)
    if (allFrom !== undefined) takeAway(subscription, changes, allFrom)
  }

  /** Of what is all there is the rest goes, unless a newer writer has written it since. */
  function takeAway(
    subscription: SubscriptionId,
    { revision, days: told, openRecords }: Changes,
    from: number,
  ): void {
    const known = new Set(told.map(({ dimension, day }) => `${subscription}|${dimension}|${day}`))
    for (const [key, row] of days)
      if (
        key.startsWith(`${subscription}|`) &&
        Number(key.split('|')[2]) >= from &&
        !known.has(key) &&
        row.revision <= revision
      )
        days.delete(key)
    const open = new Set(openRecords.map(({ key }) => key))
    for (const [key, each] of records)
      if (each.row.subscription === subscription && !open.has(key) && each.revision <= revision)
        records.delete(key)
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
