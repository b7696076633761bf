/** What time, alarms, clocks and deploys do: each fault by its number. */
import { expect, test } from 'vitest'
import { openNodeSql } from '../../../container/sql.ts'
import { HOUR_MS, hourOf, MINUTE_MS } from '../../../shared/hour.ts'
import { layTables } from '../../../shared/ledger/tables.ts'
import { subscriptionOf } from '../worlds/draw.ts'
import {
  always,
  dimensions,
  once,
  play,
  summed,
  TEN,
  told,
  unitsOf,
  used,
  within,
  type Seen,
} from './stage.ts'

const AT = TEN + 5 * MINUTE_MS
/** When half of them were accepted. */
const middle = (bill: Seen['bill']): number =>
  bill.map(({ acceptedAt }) => acceptedAt).sort((a, b) => a - b)[Math.floor(bill.length / 2)] ?? 0
/** One report in each of six hours. */
const sixHours = [0, 1, 2, 3, 4, 5].map((hour) => used(AT + hour * HOUR_MS))
const untilSix = { until: TEN + 6 * HOUR_MS, reports: sixHours }

test("G.2 fault 16: AWS away from 22:00 to 05:50 around the 1st: the last day's records go first and land before 06:00", async () => {
  const first = Date.UTC(2026, 3, 1)
  const from = first - 5 * HOUR_MS
  const many = dimensions(10)
  const away = within(first - 2 * HOUR_MS, first + 5 * HOUR_MS + 50 * MINUTE_MS)
  const seen = await play({
    from,
    until: first + 5 * HOUR_MS,
    dimensions: many,
    buyers: [{}, {}, {}],
    reports: [0, 1, 2].flatMap((slot) =>
      Array.from({ length: 9 }, (_, hour) => hour).flatMap((hour) =>
        many.map(({ key }) =>
          used(from + hour * HOUR_MS + MINUTE_MS, { slot, dimension: key, id: `${slot}-${hour}-${key}` }),
        ),
      ),
    ),
    weather: (time) => ({ away: () => away(0, time.now()) }),
  })
  expect(seen.wrong).toEqual([])
  const old = seen.bill.filter(({ hour }) => hour < first)
  const young = seen.bill.filter(({ hour }) => hour >= first)
  expect([old.length, young.length]).toEqual([3 * 10 * 5, 3 * 10 * 4])
  expect(old.every(({ acceptedAt }) => acceptedAt < first + 6 * HOUR_MS)).toBe(true)
  // Each record has a pause of its own; among those whose pause is over the last day's go first.
  expect(middle(old)).toBeLessThan(middle(young))
})

test.each([
  [
    'twice, and every alarm and every call too',
    { 'cron-twice': always, 'alarm-doubled': always, 'call-doubled': always },
  ],
  ['late, and no alarm ever fires', { 'cron-late': always, 'alarm-forgotten': always }],
])('G.2 fault 17: cron runs %s: each hour is billed once', async (_, faults) => {
  const seen = await play({ ...untilSix, faults })
  expect(seen.wrong).toEqual([])
  expect(seen.bill.map(({ hour }) => hour)).toEqual([0, 1, 2, 3, 4, 5].map((hour) => TEN + hour * HOUR_MS))
})

test('G.2 fault 17: no cron for 3 hours while alarms are forgotten: it is caught up with', async () => {
  const gone = { from: TEN + HOUR_MS, until: TEN + 4 * HOUR_MS }
  const seen = await play({
    ...untilSix,
    faults: { 'alarm-forgotten': within(gone.from, gone.until) },
    weather: () => ({ cronFrom: (at) => (at >= gone.from && at < gone.until ? gone.until : at) }),
  })
  expect(seen.wrong).toEqual([])
  expect(seen.when('cron').filter((at) => at >= gone.from && at < gone.until)).toEqual([])
  expect(seen.bill).toHaveLength(6)
})

test.each(['call-lost-before', 'call-lost-after'] as const)(
  'whichever call between objects is lost, each once with %s, the hour is billed once (money §7)',
  async (fault) => {
    let lost = 1
    for (let nth = 0; lost > 0 && nth < 60; nth++) {
      const seen = await play({
        reports: [used(AT)],
        faults: { [fault]: (occasion: number) => occasion === nth },
      })
      expect(seen.wrong, `call ${nth}`).toEqual([])
      expect(
        seen.bill.map(({ quantity }) => quantity),
        `call ${nth}`,
      ).toEqual([7])
      expect(
        seen.records.map(({ state }) => state),
        `call ${nth}`,
      ).toEqual(['billed'])
      lost = seen.faults.length
    }
  },
)

test.each([10, -10])(
  'G.2 fault 18: our clocks %i minutes off: every hour is a UTC hour, billed once, in time',
  async (minutes) => {
    const seen = await play({ ...untilSix, weather: () => ({ skewOf: () => minutes * MINUTE_MS }) })
    expect(seen.wrong).toEqual([])
    const counted = told(seen).filter((answers) => answers?.[0] === 'counted')
    expect(unitsOf(seen.bill)).toBe(7 * counted.length)
    expect(
      seen.bill.every(({ hour, timestamp }) => hour === hourOf(hour) && hourOf(timestamp) === hour),
    ).toBe(true)
  },
)

test('G.2 fault 18: clocks that differ by 20 minutes between Ledger and Submitter bill each hour once', async () => {
  const seen = await play({
    ...untilSix,
    weather: () => ({ skewOf: (party) => (party < 8 ? 10 : -10) * MINUTE_MS }),
  })
  expect(seen.wrong).toEqual([])
  expect(unitsOf(seen.bill)).toBe(7 * told(seen).filter((answers) => answers?.[0] === 'counted').length)
})

test.each(['read-model-unsure', 'read-model-down'] as const)(
  'G.2 fault 22: %s for two hours: written again until it shows what was billed, never twice',
  async (fault) => {
    const seen = await play({ ...untilSix, faults: { [fault]: within(TEN, TEN + 2 * HOUR_MS) } })
    expect(seen.wrong).toEqual([])
    expect(seen.faults.length).toBeGreaterThan(1)
    const shown = [...seen.days.values()].map(({ counted, billed }) => [counted, billed])
    expect(shown).toEqual([['42', '42']])
    expect(unitsOf(seen.bill)).toBe(42)
  },
)

test('G.2 fault 24: orders doubled, hours late and an older one after a newer: the last state wins', async () => {
  const seen = await play({
    ...untilSix,
    buyers: [
      { end: { at: TEN + 4 * HOUR_MS + 58 * MINUTE_MS, status: 'CANCELLED', deprovisionedAfterMs: 31_000 } },
    ],
    faults: { 'order-doubled': always, 'order-reordered': always, 'order-late': once },
  })
  expect(seen.wrong).toEqual([])
  expect(seen.faults.length).toBeGreaterThan(5)
  expect(told(seen).at(-1)).toEqual(['ended'])
  expect(unitsOf(seen.bill)).toBe(35)
})

test.each([
  ['at 14:58', TEN + 4 * HOUR_MS + 58 * MINUTE_MS],
  ['at 23:50 on the last day of a month', Date.UTC(2026, 2, 31, 23, 50)],
  ['at 05:55 on the 1st', Date.UTC(2026, 3, 1, 5, 55)],
])(
  'G.2 fault 25: a subscription that ends %s: its hours freeze early, go first, within the hour',
  async (_, at) => {
    const from = hourOf(at) - 2 * HOUR_MS
    const many = dimensions(30)
    const seen = await play({
      from,
      until: at + HOUR_MS,
      dimensions: many,
      buyers: [{ end: { at, status: 'CANCELLED', deprovisionedAfterMs: 31_000 } }, {}],
      reports: [0, 1].flatMap((slot) =>
        many.map(({ key }) => used(at - 5 * MINUTE_MS, { slot, dimension: key, id: `${slot}-${key}` })),
      ),
    })
    expect(seen.wrong).toEqual([])
    const [ended] = seen.history.aws.agreements
    const final = seen.bill.filter(({ account }) => account === ended?.account)
    expect(final).toHaveLength(30)
    expect(final.every(({ acceptedAt }) => acceptedAt < at + HOUR_MS)).toBe(true)
    expect(seen.bill).toHaveLength(60)
  },
)

test('G.2 fault 26: a license learnt at half past: the identity switches at the full hour, no hour has both', async () => {
  const fromHour = TEN + 3 * HOUR_MS
  const seen = await play({
    ...untilSix,
    reports: Array.from({ length: 36 }, (_, n) => used(TEN + n * 10 * MINUTE_MS + MINUTE_MS)),
    buyers: [{ identity: 'product-customer', switchOver: { fromHour, knownAt: fromHour - 30 * MINUTE_MS } }],
  })
  expect(seen.wrong).toEqual([])
  expect(seen.bill.map(({ hour, kind }) => [hour, kind])).toEqual(
    [0, 1, 2, 3, 4, 5].map((n) => [TEN + n * HOUR_MS, n < 3 ? 'product' : 'license']),
  )
  expect(unitsOf(seen.bill)).toBe(36 * 7)
})

test('G.2 fault 28: a deploy with a call to AWS under way: what was frozen keeps its config and goes again as it was', async () => {
  const deployAt = TEN + HOUR_MS + 30 * MINUTE_MS
  const seen = await play({
    ...untilSix,
    deployed: (sold) => ({
      ...sold,
      products: sold.products.map((product) => ({
        ...product,
        dimensions: [{ ...summed('calls'), price: '2' }],
      })),
    }),
    faults: { 'aws-reply-lost': within(TEN, deployAt + HOUR_MS / 2) },
    weather: () => ({ deployAt }),
  })
  expect(seen.wrong).toEqual([])
  expect(seen.when('a new config is deployed')).toEqual([deployAt])
  // A price is cut at the end of the hour in which the Ledger first ran under the new config: from 12:00 on or from 13:00.
  const configs = seen.history.deploys.map(({ config }) => config)
  const cut = seen.records.findIndex(({ config }) => config === configs[1])
  expect([2, 3]).toContain(cut)
  expect(seen.records.map(({ config }) => configs.indexOf(config))).toEqual(
    [0, 1, 2, 3, 4, 5].map((n) => (n < cut ? 0 : 1)),
  )
  const ofFirst = seen.history.aws.calls.filter(({ records }) => records[0]?.timestamp === TEN)
  expect(ofFirst.length).toBeGreaterThan(1)
  expect(new Set(ofFirst.map(({ records }) => JSON.stringify(records))).size).toBe(1)
  expect(unitsOf(seen.bill)).toBe(42)
})

test('G.2 fault 28: a Ledger that dies in its first run under a new config has met no change of price by that (money §4)', async () => {
  const deployAt = TEN + HOUR_MS
  const byTens = { ...summed('calls'), charge: { kind: 'sum', meter: 'm_calls', block: '10' } } as const
  const seen = await play({
    ...untilSix,
    dimensions: [byTens],
    deployed: (sold) => ({
      ...sold,
      products: sold.products.map((product) => ({ ...product, dimensions: [{ ...byTens, price: '2' }] })),
    }),
    faults: { 'crash-before-commit': within(deployAt, TEN + 2 * HOUR_MS) },
    weather: () => ({ deployAt }),
  })
  expect(seen.wrong).toEqual([])
  const deaths = seen.when('ledger 0 dies before its commit').filter((at) => at >= deployAt)
  expect(deaths.length).toBeGreaterThan(0)
  const [, second] = seen.history.deploys
  // 21 calls until 13:00 are two tens, and 21 behind it: nothing is rounded across the change.
  expect(
    seen.records.map(({ hour, quantity, config }) => [
      (hour - TEN) / HOUR_MS,
      quantity,
      config === second?.config,
    ]),
  ).toEqual([
    [1, 1, false],
    [2, 1, false],
    [4, 1, true],
    [5, 1, true],
  ])
})

test('G.2 fault 28: a program that was rolled back refuses the tables of a newer one and leaves them as they are', () => {
  const sql = openNodeSql(':memory:')
  const subscription = subscriptionOf(0)
  layTables(sql, subscription)
  const laid = sql.all<{ version: number }>('SELECT version FROM schema_version')[0]?.version ?? 0
  sql.all('UPDATE schema_version SET version = ?', laid + 1)
  expect(() => layTables(sql, subscription)).toThrow(
    `schema ${laid + 1}, this program ${laid}: deploy the one`,
  )
  expect(sql.all('SELECT version FROM schema_version')).toEqual([{ version: laid + 1 }])
  sql.all('UPDATE schema_version SET version = ?', laid)
  expect(() => layTables(sql, subscription)).not.toThrow()
})

test('G.2 fault 29: the read model goes back 6 hours: nothing is sent again, nothing is doubled', async () => {
  const seen = await play({
    reports: Array.from({ length: 12 }, (_, hour) => used(AT + hour * HOUR_MS)),
    until: TEN + 12 * HOUR_MS,
    weather: () => ({ restoreAt: TEN + 9 * HOUR_MS }),
  })
  expect(seen.wrong).toEqual([])
  expect(seen.history.aws.calls.flatMap(({ records }) => records)).toHaveLength(12)
  expect([...seen.days.values()].map(({ billed }) => billed)).toEqual(['84'])
})
