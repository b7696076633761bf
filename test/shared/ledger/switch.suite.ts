/** Switching an account over: the month's bill is the same with and without, and no hour has two kinds (money §10, §13). */
import { expect, test } from 'vitest'
import { type Hour, HOUR_MS, hourOf, MINUTE_MS } from '../../../shared/hour.ts'
import { type Ledger, openLedger } from '../../../shared/ledger/ledger.ts'
import type { Order } from '../../../shared/ledger/order.ts'
import type { Charge } from '../../../shared/seller.ts'
import type { EdgeIdentity } from '../../../shared/subscription.ts'
import {
  ACCOUNT,
  at,
  CODE,
  dimension,
  event,
  type Home,
  ids,
  LICENSE,
  orderOf,
  product,
  settlement,
  termsOf,
} from './subject.ts'

const START = at('2026-11-20T00:00')
const DAYS = 3

/** A generator of its own, so that a seed is the same life everywhere. */
function randomOf(seed: number): (below: number) => number {
  let state = seed + 1
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const license: EdgeIdentity = {
  kind: 'license',
  fromHour: 0 as Hour,
  region: 'us-east-1',
  licenseArn: LICENSE,
  account: ACCOUNT,
}
const BEFORE: readonly EdgeIdentity[] = [
  { kind: 'product-account', fromHour: 0 as Hour, region: 'us-east-1', productCode: CODE, account: ACCOUNT },
  {
    kind: 'product-customer',
    fromHour: 0 as Hour,
    region: 'us-east-1',
    productCode: CODE,
    customerIdentifier: 'X01EXAMPLEX',
  },
]

const CHARGES: readonly Extract<Charge, { kind: 'sum' }>[] = [
  { kind: 'sum', meter: 'calls' },
  { kind: 'sum', meter: 'calls', block: '7' },
  { kind: 'sum', meter: 'calls', block: '7', round: 'up' },
  { kind: 'sum', meter: 'calls', included: { amount: '50', per: 'month' } },
]

/** One life of three days, and a ledger that lived it: `orders` says when it learns what. */
function live(ledger: Ledger, seed: number, orders: readonly (readonly [at: number, order: Order])[]): void {
  const random = randomOf(seed)
  const left = [...orders]
  for (let now = START; now < START + (DAYS + 3) * 24 * HOUR_MS; now += HOUR_MS) {
    for (const [when, order] of left.splice(0, left.filter(([told]) => told <= now).length))
      ledger.order(order, Math.max(when, START))
    if (now < START + DAYS * 24 * HOUR_MS && random(3) > 0)
      ledger.take(ids(event(now + random(50) * MINUTE_MS, random(40))), now + 55 * MINUTE_MS)
    ledger.runDue(now + HOUR_MS + 15 * MINUTE_MS)
    const offered = ledger.offers(100)
    ledger.handed(offered)
    ledger.settle(
      offered.map((record) => settlement(record)),
      now + HOUR_MS + 20 * MINUTE_MS,
    )
  }
}

const billed = (ledger: Ledger): number =>
  ledger.records({ limit: 10_000, state: 'billed' }).reduce((sum, record) => sum + record.quantity, 0)

export function switchSuite(home: Home): void {
  test('the month’s bill is the same with and without a switch, whenever its license is learnt (money §10)', async () => {
    for (let seed = 0; seed < Math.max(4, home.runs / 10); seed++) {
      const random = randomOf(seed + 10_000)
      const charge = CHARGES[seed % CHARGES.length] ?? CHARGES[0]
      const first = BEFORE[random(BEFORE.length)]
      if (charge === undefined || first === undefined) throw new Error('there is one of each')
      const from = hourOf(START + random(DAYS * 24) * HOUR_MS)
      // From well before the hour of the switch until three days behind it.
      const learnt = from + (random(96) - 24) * HOUR_MS
      const kinds = [
        { fromHour: 0, kind: first.kind },
        { fromHour: from, kind: 'license' as const },
      ]
      const terms = termsOf(product([dimension(charge)]))
      const plain = await home.use((sql) => {
        const ledger = openLedger(sql, terms)
        live(ledger, seed, [[START, orderOf({ activation: START, identities: [license] })]])
        return billed(ledger)
      })
      await home.use((sql) => {
        const ledger = openLedger(sql, terms)
        const order = orderOf({ activation: START, kinds, identities: [first] })
        const identities = [first, { ...license, fromHour: from }]
        live(ledger, seed, [
          [START, order],
          [learnt, { ...order, version: 2, identities }],
        ])
        const records = ledger.records({ limit: 10_000 })
        expect([seed, billed(ledger)]).toEqual([seed, plain])
        expect(records.filter((one) => (one.identity.kind === 'license') !== one.hour >= from)).toEqual([])
        expect(ledger.audit()).toEqual([])
      })
    }
  })

  test('a Region that changes does so from an hour on: the hours before keep theirs, and the bill is the same (money §10)', () =>
    home.use((sql) => {
      const from = hourOf(START + 30 * HOUR_MS)
      const ledger = openLedger(sql, termsOf(product([dimension()])))
      const identities = [license, { ...license, fromHour: from, region: 'eu-west-1' }]
      live(ledger, 1, [
        [START, orderOf({ activation: START, identities: [license] })],
        [from - 12 * HOUR_MS, orderOf({ activation: START, version: 2, identities })],
      ])
      const records = ledger.records({ limit: 10_000 })
      expect(
        records.filter((one) => one.identity.region !== (one.hour < from ? 'us-east-1' : 'eu-west-1')),
      ).toEqual([])
      expect(new Set(records.map((one) => one.identity.region)).size).toBe(2)
      expect(ledger.audit()).toEqual([])
    }))

  test('an identity told from half past an hour on begins with the next full one: no hour has two (money §10, G.2 fault 26)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([dimension()])))
      const half = at('2026-11-21T10:30') as Hour
      const identities = [license, { ...license, fromHour: half, region: 'eu-west-1' }]
      ledger.order(orderOf({ identities }), at('2026-11-20T00:00'))
      for (const time of ['2026-11-21T10:15', '2026-11-21T10:45', '2026-11-21T11:15'])
        ledger.take(ids(event(time, 1)), at(time))
      ledger.runDue(at('2026-11-21T13:00'))
      expect(ledger.offers(10).map(({ identity, quantity }) => [identity.region, quantity])).toEqual([
        ['us-east-1', 2],
        ['eu-west-1', 1],
      ])
    }))
}
