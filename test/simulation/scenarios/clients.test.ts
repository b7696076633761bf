/** What befalls a client's batch on its way to the Ledger, and the Ledger under it: each fault by its number. */
import { expect, test } from 'vitest'
import { HOUR_MS, MINUTE_MS } from '../../../shared/hour.ts'
import { always, once, onceFrom, play, TEN, told, unitsOf, used, within } from './stage.ts'

const AT = TEN + 5 * MINUTE_MS

test.each([
  ['ids', undefined],
  ['a number', 1],
])(
  'G.2 fault 1: the answer is lost after the commit; the same batch under %s is a duplicate',
  async (_, sequence) => {
    const seen = await play({ reports: [used(AT, { sequence })], faults: { 'client-answer-lost': once } })
    expect(seen.wrong).toEqual([])
    expect(told(seen)).toEqual([null, ['duplicate']])
    expect(unitsOf(seen.bill)).toBe(7)
  },
)

test.each([
  ['ids', undefined],
  ['a number', 1],
])('G.2 fault 2: of the same batch sent 100 times at once under %s one is counted', async (_, sequence) => {
  const seen = await play({ reports: Array.from({ length: 100 }, () => used(AT, { sequence, id: 'e' })) })
  expect(seen.wrong).toEqual([])
  const words = told(seen).map((answers) => answers?.[0])
  expect(words.filter((word) => word === 'counted')).toHaveLength(1)
  expect(words.filter((word) => word === 'duplicate')).toHaveLength(99)
  expect(unitsOf(seen.bill)).toBe(7)
})

test('G.2 fault 3: killed before the commit, the client gets an error and its retry is counted once', async () => {
  const seen = await play({ reports: [used(AT)], faults: { 'crash-before-commit': onceFrom(AT) } })
  expect(seen.wrong).toEqual([])
  expect(seen.when('ledger 0 dies before its commit')).toHaveLength(1)
  expect(told(seen)).toEqual([null, ['counted']])
  expect(seen.calls.map(({ ranAt }) => ranAt.length)).toEqual([0, 1])
})

test('G.2 fault 4: killed after the commit and before the reply, the retry is a duplicate', async () => {
  const seen = await play({ reports: [used(AT)], faults: { 'crash-after-commit': onceFrom(AT) } })
  expect(seen.wrong).toEqual([])
  expect(seen.when('ledger 0 dies after its commit')).toHaveLength(1)
  expect(told(seen)).toEqual([null, ['duplicate']])
  expect(unitsOf(seen.bill)).toBe(7)
})

test('G.2 fault 6: killed between freeze and first send, again and again, the record waits and is sent later', async () => {
  const frozen = TEN + HOUR_MS + 10 * MINUTE_MS
  const seen = await play({
    reports: [used(AT)],
    faults: { 'crash-after-commit': within(frozen, frozen + HOUR_MS) },
  })
  expect(seen.wrong).toEqual([])
  const [record] = seen.records
  const [call] = seen.history.aws.calls
  const deaths = seen.when('ledger 0 dies after its commit')
  expect(deaths.filter((at) => at > (record?.frozenAt ?? 0)).length).toBeGreaterThan(0)
  expect(record).toMatchObject({ state: 'billed', hour: TEN, quantity: 7 })
  expect(record?.frozenAt).toBeLessThan(frozen + HOUR_MS)
  expect(call?.at).toBeGreaterThanOrEqual(frozen + HOUR_MS)
})

test('G.2 fault 19: usage for a frozen hour goes to the earliest open one, and the frozen record stays', async () => {
  const late = TEN + 2 * HOUR_MS + 30 * MINUTE_MS
  const seen = await play({
    reports: [used(AT), used(late, { time: TEN + 50 * MINUTE_MS, quantity: 5 })],
  })
  expect(seen.wrong).toEqual([])
  expect(seen.bill.map(({ hour, quantity }) => [hour, quantity])).toEqual([
    [TEN, 7],
    [TEN + 2 * HOUR_MS, 5],
  ])
  // Provenance: the later hour's line names the period its usage is of.
  expect(seen.records.map(({ lines }) => lines.map(({ kind }) => kind))).toEqual([['usage'], ['usage']])
})

test('G.2 fault 20: usage too old or from before the subscription is refused with its reason, and kept', async () => {
  const seen = await play({
    reports: [
      used(AT, { time: TEN - 3 * HOUR_MS, quantity: 3 }),
      used(AT + 1, { time: TEN - 35 * 24 * HOUR_MS, quantity: 4 }),
      used(AT + 2, { quantity: 7 }),
    ],
  })
  expect(seen.wrong).toEqual([])
  expect(told(seen)).toEqual([['before-subscription'], ['too-old'], ['counted']])
  const kept = seen.history.subscriptions.flatMap(({ shown }) =>
    shown.months.flatMap(({ refused }) => refused),
  )
  expect(Object.fromEntries(kept.map(({ reason, amount }) => [reason, amount]))).toEqual({
    'before-subscription': '3',
    'too-old': '4',
  })
  expect(unitsOf(seen.bill)).toBe(7)
})

test('G.2 fault 21: a batch delivered 100 times, out of order and for a day, changes nothing', async () => {
  const batches = [1, 2, 3].flatMap((n) =>
    Array.from({ length: 100 }, (_, i) => {
      const at = TEN + ((i * 37 + n * 13) % 100) * 14 * MINUTE_MS + 5 * MINUTE_MS
      return used(at, { id: `e${n}`, quantity: n, time: TEN })
    }),
  )
  const seen = await play({ reports: batches, until: TEN + 25 * HOUR_MS })
  expect(seen.wrong).toEqual([])
  const words = told(seen).flatMap((answers) => answers ?? [])
  expect(words.filter((word) => word === 'counted')).toHaveLength(3)
  expect(words.filter((word) => word === 'duplicate')).toHaveLength(297)
  expect(unitsOf(seen.bill)).toBe(6)
})

test('G.2 fault 23: while storage is full nothing is counted and nothing lost: the client is told to come again', async () => {
  const full = within(TEN, TEN + HOUR_MS)
  const seen = await play({
    reports: [used(AT), used(AT + 2 * HOUR_MS, { quantity: 5 })],
    pool: (pool, now) => ({
      ...pool,
      ledger: (slot) => {
        const store = pool.ledger(slot)
        const refuse = (): void => {
          if (full(0, now())) throw new Error('database or disk is full')
        }
        return Object.create(store, {
          sql: {
            value: {
              ...store.sql,
              transaction: (work: () => unknown) => {
                refuse()
                return store.sql.transaction(work)
              },
            },
          },
        })
      },
    }),
  })
  expect(seen.wrong).toEqual([])
  const answers = told(seen)
  expect(answers.slice(0, -2).every((answer) => answer === null)).toBe(true)
  expect(answers.length).toBeGreaterThan(3)
  expect(unitsOf(seen.bill)).toBe(12)
})

test('G.2 fault 30: an object that moves before every call loses nothing and doubles nothing', async () => {
  const seen = await play({
    reports: Array.from({ length: 12 }, (_, n) => used(AT + n * 10 * MINUTE_MS)),
    faults: { evicted: always },
  })
  expect(seen.wrong).toEqual([])
  expect(seen.faults.filter((fault) => fault.startsWith('evicted')).length).toBeGreaterThan(12)
  expect(unitsOf(seen.bill)).toBe(84)
})
