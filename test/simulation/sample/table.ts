/**
 * The sample's usage table, as its README and handlers describe it: one row for a customer and millisecond, written by the
 * application with `metering_pending`, and no id of the event. Pure.
 */
import type { UsageEvent } from '../../../shared/usage/event.ts'

export interface Row {
  /** Its key: the customer and `create_timestamp`, epoch ms. */
  readonly customer: string
  readonly createTimestamp: number
  readonly dimension: string
  readonly value: number
  pending: boolean
  /** Written back by the consumer; null before. */
  failed: boolean | null
}

export interface Table {
  /** What the application does with one event: a put, which replaces a row of the same key. */
  put(customer: string, event: UsageEvent): void
  /** Rows that are pending, of one Query page at most. */
  pending(): Row[]
  rows(): readonly Row[]
}

/** One page of a Query is 1 MB: about 7 500 rows of this size; the job reads no second page. Source: facts of the peers, §5.3. */
const PAGE_ROWS = 7_500

export function openTable(): Table {
  const rows = new Map<string, Row>()
  return {
    put(customer, event) {
      if (event.kind !== 'quantity') throw new Error('the sample sums quantities only')
      rows.set(`${customer}|${event.time}`, {
        customer,
        createTimestamp: event.time,
        dimension: event.meter,
        value: Number(event.quantity / 1_000_000n),
        pending: true,
        failed: null,
      })
    },
    pending: () =>
      [...rows.values()]
        .filter((row) => row.pending)
        .sort((a, b) => a.createTimestamp - b.createTimestamp)
        .slice(0, PAGE_ROWS),
    rows: () => [...rows.values()],
  }
}
