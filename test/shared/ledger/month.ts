/** What the suites of whole months share: Skillsmith's own terms, a walk hour by hour, and the bill AWS would make. */
import seller from '../../../seller.config.ts'
import { HOUR_MS, MINUTE_MS } from '../../../shared/hour.ts'
import { type Ledger, openLedger } from '../../../shared/ledger/ledger.ts'
import type { Order } from '../../../shared/ledger/order.ts'
import type { LedgerTerms } from '../../../shared/ledger/terms.ts'
import { edgeView, ledgerTerms } from '../../../shared/seller/views.ts'
import type { Sql } from '../../../shared/sql.ts'
import type { UsageEvent } from '../../../shared/usage/event.ts'
import {
  at,
  event,
  ids,
  orderOf,
  settlement,
  SUBSCRIPTION,
  termsOf,
  product as anyProduct,
} from './subject.ts'

/** Everything in `seller.config.ts` with every dimension on offer. */
export function skillsmith(): LedgerTerms {
  const products = seller.products.map((product) => ({
    ...product,
    dimensions: product.dimensions.map((dimension) => ({ ...dimension, offered: true })),
  }))
  const told = ledgerTerms(edgeView({ ...seller, products }))
  return { ...termsOf(anyProduct([])), ...told, subscription: SUBSCRIPTION }
}

/** A Ledger of one of Skillsmith's products, active from `from` on. */
export function openMonth(sql: Sql, product: string, from: string, order: Partial<Order> = {}): Ledger {
  const ledger = openLedger(sql, skillsmith())
  const told = { product, agreementStart: at(from), activation: at(from), ...order }
  ledger.order(orderOf(told), at(from))
  return ledger
}

/** How long a walk may take where the machine is busy: up to 1500 calls of a Ledger. */
export const WALK_MS = 60_000

/** An event and when it reaches us. */
export interface Sent {
  readonly at: number
  readonly event: UsageEvent
}

/** Reported five minutes before it arrives. */
export const sent = (time: number | string, made: UsageEvent): Sent => ({
  at: (typeof time === 'string' ? at(time) : time) + 5 * MINUTE_MS,
  event: made,
})

/** `amount` of `meter` at each of these times. */
export const quantities = (times: readonly number[], meter: string, amount: number): Sent[] =>
  times.map((time) => sent(time, event(time, amount, { meter })))

export const values = (times: readonly number[], meter: string, amount: number, series = 'db-1'): Sent[] =>
  times.map((time) => {
    const { source, id } = event(time, 0)
    return sent(time, { source, id, meter, time, kind: 'value', value: BigInt(amount) * 1_000_000n, series })
  })

export const keys = (times: readonly number[], meter: string, key: string): Sent[] =>
  times.map((time) => {
    const { source, id } = event(time, 0)
    return sent(time, { source, id, meter, time, kind: 'key', key })
  })

/** These hours of each day of [first, last] of a month, at 20 minutes past. */
export function timesOf(month: string, first: number, last: number, hours: readonly number[]): number[] {
  const times: number[] = []
  for (let day = first; day <= last; day += 1)
    for (const hour of hours) times.push(at(`${month}-01T00:20`) + ((day - 1) * 24 + hour) * HOUR_MS)
  return times
}

/**
 * Takes what is sent and runs what is due ten minutes after each hour's end, where the ledger asked to be woken; whatever
 * freezes is billed at once, as AWS would.
 */
export function walk(ledger: Ledger, from: string, until: string, all: readonly Sent[]): void {
  const waiting = all.toSorted((a, b) => a.at - b.at)
  let next = 0
  for (let hour = at(from); hour < at(until); hour += HOUR_MS) {
    const due = hour + 10 * MINUTE_MS
    for (const end of [due, hour + HOUR_MS]) {
      const batch: UsageEvent[] = []
      const first = waiting[next]
      while (next < waiting.length && (waiting[next]?.at ?? end) < end) {
        batch.push((waiting[next] as Sent).event)
        next += 1
      }
      if (first !== undefined && batch.length > 0) {
        const answers = ledger.take(ids(...batch), Math.max(...batch.map(({ time }) => time), first.at))
        const bad = answers.find((answer) => answer.result !== 'counted')
        if (bad !== undefined) throw new Error(JSON.stringify(bad))
      }
      if (end === due && (ledger.nextWake() ?? Number.POSITIVE_INFINITY) <= due) bill(ledger, due)
    }
  }
}

/** Freezes what is due and has AWS bill it. */
export function bill(ledger: Ledger, now: number): void {
  ledger.runDue(now)
  const offers = ledger.offers(1000)
  if (offers.length === 0) return
  ledger.handed(offers)
  ledger.settle(
    offers.map((record) => settlement(record, { at: now })),
    now,
  )
}

/** Units AWS billed by dimension in the hours of a calendar month; dimensions without any are left out. */
export function billed(ledger: Ledger, month: string): Record<string, number> {
  const units: Record<string, number> = {}
  for (const record of ledger.records({ limit: 100_000 })) {
    if (record.state !== 'billed' || !new Date(record.hour).toISOString().startsWith(month)) continue
    units[record.dimension] = (units[record.dimension] ?? 0) + record.quantity
  }
  return units
}
