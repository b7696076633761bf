/** The smallest world that has everything a crash may hit: usage, freezing, sending, orders, an end, repairs. Pure. */
import { HOUR_MS, MINUTE_MS } from '../../../shared/hour.ts'
import type { UsageEvent } from '../../../shared/usage/event.ts'
import { openRandom } from '../random.ts'
import { drawSale, PRODUCT, REGIONS } from './sold.ts'
import { subscriptionOf } from './draw.ts'
import type { Report, World } from './world.ts'

/** One buyer, an hour and a half of usage under ids and under numbers, then the end. */
export function smallWorld(): World {
  const from = Date.UTC(2026, 2, 10, 10, 5)
  const sale = saleOfASum()
  const buyer = {
    slot: 0,
    subscription: subscriptionOf(0),
    account: '100000000001',
    region: REGIONS[0],
    product: PRODUCT,
    subscribeAt: from,
    licenseDelayMs: 72_000,
    identity: 'license' as const,
    switchOver: null,
    trial: null,
    end: { at: from + 100 * MINUTE_MS, status: 'CANCELLED' as const, deprovisionedAfterMs: 31_000 },
    amounts: {},
  }
  const meter = sale.first.products[0]?.dimensions[0]?.charge?.meter ?? ''
  const event = (id: string, time: number): UsageEvent => ({
    source: 'key-0',
    id,
    meter,
    time,
    kind: 'quantity',
    quantity: 7_000_000n,
  })
  const report = (i: number, after: number, batch: Report['batch']): Report => ({
    at: from + after,
    slot: 0,
    batch,
    events: [event(`e${i}-0`, from + after), event(`e${i}-1`, from + after - MINUTE_MS)],
  })
  return {
    seed: 1,
    shape: 'end',
    from,
    until: from + 2 * HOUR_MS,
    sold: [sale.first, sale.deployed],
    buyers: [buyer],
    reports: [
      report(0, 5 * MINUTE_MS, { kind: 'ids' }),
      report(1, 70 * MINUTE_MS, { kind: 'sequence', source: 'key-0', epoch: 'epoch-1', sequence: 1 }),
    ],
    changes: [],
    visits: [{ at: from + 110 * MINUTE_MS, slot: 0 }],
  }
}

/** The first sale drawn whose first dimension bills every few quantities: events that are refused would prove nothing. */
function saleOfASum(): ReturnType<typeof drawSale> {
  for (let draw = 1; draw <= 100; draw += 1) {
    const sale = drawSale(openRandom(draw, 'small world'), false)
    const [dimension] = sale.first.products[0]?.dimensions ?? []
    const charge = dimension?.charge
    if (dimension?.metered === true && charge?.kind === 'sum' && charge.included === undefined) return sale
  }
  throw new Error('no sale of a plain sum was drawn in a hundred')
}
