/** What every charge shares: amounts that are unknown, what is owed, left over or given away, and freezing that fails. */
import { expect, test } from 'vitest'
import { HOUR_MS, type Month } from '../../../shared/hour.ts'
import { keyedHash } from '../../../shared/ledger/keyed-hash.ts'
import { type DimensionUsage, type Ledger, openLedger } from '../../../shared/ledger/ledger.ts'
import type { DimensionTerms } from '../../../shared/ledger/terms.ts'
import type { Charge } from '../../../shared/seller.ts'
import type { Sql, SqlRow, SqlValue } from '../../../shared/sql.ts'
import type { UsageEvent } from '../../../shared/usage/event.ts'
import {
  at,
  dimension,
  event,
  type Home,
  ids,
  openWith,
  orderOf,
  product,
  recordsOf,
  termsOf,
  word,
} from './subject.ts'

let sent = 0
/** A value of `meter` in whole units. */
const value = (time: string, amount: number, series = 'db-1', meter = 'storage'): UsageEvent => {
  sent += 1
  const millionths = BigInt(amount) * 1_000_000n
  return {
    source: 'key-1',
    id: `value-${sent}`,
    meter,
    time: at(time),
    kind: 'value',
    value: millionths,
    series,
  }
}

const key = (time: string, text: string): UsageEvent => {
  sent += 1
  return { source: 'key-1', id: `key-${sent}`, meter: 'users', time: at(time), kind: 'key', key: text }
}

const charged = (charge: Charge, more: Partial<Omit<DimensionTerms, 'charge'>> = {}): DimensionTerms => ({
  key: `by_${charge.kind}`,
  price: '1.00',
  metered: true,
  allowances: {},
  ...more,
  charge,
})

/** Runs what is due ten minutes behind each hour, as the alarm does. */
function runUntil(ledger: Ledger, from: string, until: string): void {
  for (let now = at(from); now <= at(until); now += HOUR_MS) ledger.runDue(now)
}

const shown = (ledger: Ledger, month = '2026-11-01T00:00', place = 0): DimensionUsage =>
  ledger.usage(at(month) as Month).dimensions[place] as DimensionUsage

/** The port, failing at every statement that matches. */
const failing = (sql: Sql, matches: RegExp): Sql => ({
  ...sql,
  all: <R extends SqlRow>(text: string, ...params: readonly SqlValue[]): R[] => {
    if (matches.test(text)) throw new Error('the disk says no')
    return sql.all<R>(text, ...params)
  },
  transaction: <T>(work: () => T): T => sql.transaction(work),
})

const END = { at: at('2026-11-03T12:40'), takeUntil: at('2026-11-03T12:50'), cause: 'deprovisioned' } as const

export function chargesSuite(home: Home): void {
  test('a dimension whose amount was never known parks at half of its window and holds up no other (money §3)', () =>
    home.use((sql) => {
      const beyond = dimension({}, { key: 'beyond', includedFrom: 'seats' })
      const ledger = openLedger(sql, termsOf(product([beyond, dimension()])))
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      ledger.take(ids(event('2026-11-03T00:10', 30)), at('2026-11-03T00:11'))
      runUntil(ledger, '2026-11-03T01:10', '2026-11-03T11:10')
      expect(ledger.status().behind).toEqual([
        { dimension: 'beyond', waiting: 'amount', waitUntil: at('2026-11-03T12:00') },
      ])
      runUntil(ledger, '2026-11-03T12:00', '2026-11-04T12:00')
      expect(ledger.status().behind).toEqual([{ dimension: 'beyond', waiting: 'parked', waitUntil: null }])
      expect(ledger.records({ limit: 9 }).map((record) => record.dimension)).toEqual(['api_calls'])
      // What it waited for is not lost: it is billed in the earliest hour still open.
      ledger.order(orderOf({ version: 2, amounts: { seats: '10' } }), at('2026-11-04T13:00'))
      ledger.runDue(at('2026-11-04T14:10'))
      expect(shown(ledger)).toMatchObject({
        dimension: 'beyond',
        covered: '10',
        due: '20',
        frozen: '20',
        waiting: null,
      })
      expect(ledger.audit()).toEqual([])
    }))

  test('ended before any amount was known: its records are parked with their highest value, half-way to the last minute (money §3, §6)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([dimension({}, { includedFrom: 'seats' })])))
      ledger.order(orderOf(), at('2026-11-03T09:00'))
      ledger.take(ids(event('2026-11-03T12:10', 30)), at('2026-11-03T12:11'))
      ledger.order(orderOf({ version: 2, end: END }), END.at)
      ledger.runDue(END.takeUntil)
      expect(ledger.nextWake()).toBe(at('2026-11-03T13:10'))
      ledger.runDue(at('2026-11-03T13:09'))
      expect(ledger.records({ limit: 9 })).toEqual([])
      ledger.runDue(at('2026-11-03T13:10'))
      expect(ledger.records({ limit: 9 })).toMatchObject([
        { quantity: 30, state: 'parked', reason: 'amount-unknown', receipt: null },
      ])
      expect(ledger.offers(9)).toEqual([])
      expect(ledger.nextWake()).toBeNull()
      expect(ledger.audit()).toEqual([])
      // In a later life the amount is unknown again, not none.
      const again = { life: 2, activation: at('2026-11-04T10:00') }
      ledger.order(orderOf({ version: 3, ...again }), at('2026-11-04T10:00'))
      ledger.take(ids(event('2026-11-04T10:10', 7)), at('2026-11-04T10:11'))
      ledger.runDue(at('2026-11-04T11:10'))
      expect(ledger.status().behind).toMatchObject([{ dimension: 'api_calls', waiting: 'amount' }])
    }))

  test('a level from the contract waits while it is unknown and is taken off the value itself (money §3)', () =>
    home.use((sql) => {
      const storage = charged(
        { kind: 'max', meter: 'storage', window: 'hour' },
        { includedFrom: 'gigabytes' },
      )
      const ledger = openLedger(sql, termsOf(product([storage])))
      ledger.order(orderOf({ amounts: { gigabytes: '10' } }), at('2026-11-01T00:00'))
      ledger.take(
        ids(value('2026-11-03T00:10', 8), value('2026-11-03T00:20', 7, 'db-2')),
        at('2026-11-03T00:21'),
      )
      runUntil(ledger, '2026-11-03T01:10', '2026-11-03T01:10')
      ledger.order(orderOf({ version: 2, amounts: { gigabytes: null } }), at('2026-11-03T01:15'))
      ledger.take(ids(value('2026-11-03T02:10', 12)), at('2026-11-03T02:11'))
      runUntil(ledger, '2026-11-03T03:10', '2026-11-03T13:10')
      expect(recordsOf(ledger)).toEqual([['2026-11-03T00:00', 5, 'waiting']])
      ledger.runDue(at('2026-11-03T14:00'))
      expect(recordsOf(ledger)).toEqual([
        ['2026-11-03T00:00', 5, 'waiting'],
        ['2026-11-03T02:00', 2, 'waiting'],
      ])
      expect(sql.all('SELECT estimated FROM records ORDER BY hour')).toEqual([
        { estimated: 0 },
        { estimated: 1 },
      ])
      expect(shown(ledger)).toMatchObject({ counted: '27', covered: '20', due: '7' })
      expect(ledger.audit()).toEqual([])
    }))

  test('a late lower reading is owed, used up by later dues, and shown while it is not (money §12 *Units*)', () =>
    home.use((sql) => {
      // 720 GB for an hour of November are a unit.
      const storage = charged({ kind: 'time-weighted', meter: 'storage' })
      const ledger = openLedger(sql, termsOf(product([storage])))
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      ledger.take(ids(value('2026-11-03T00:00', 7200)), at('2026-11-03T00:01'))
      expect(ledger.status().open).toBe(true)
      runUntil(ledger, '2026-11-03T01:10', '2026-11-03T02:10')
      expect(recordsOf(ledger).map(([, units]) => units)).toEqual([10, 10])
      ledger.take(ids(value('2026-11-03T01:00', 720)), at('2026-11-03T02:20'))
      expect(shown(ledger)).toMatchObject({ due: '11', frozen: '20', open: '0', owed: '9' })
      runUntil(ledger, '2026-11-03T03:10', '2026-11-03T10:10')
      expect(shown(ledger)).toMatchObject({ due: '19', frozen: '20', owed: '1' })
      runUntil(ledger, '2026-11-03T11:10', '2026-11-03T13:10')
      expect(shown(ledger)).toMatchObject({ due: '22', frozen: '22', open: '0', owed: '0' })
      expect(ledger.audit()).toEqual([])
    }))

  test('the read model is told the day that a reading held on in, though its ledger next ran on the day after (money §7)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([charged({ kind: 'time-weighted', meter: 'storage' })])))
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      ledger.take(ids(value('2026-11-03T22:00', 720)), at('2026-11-03T22:01'))
      const { revision, clock } = ledger.changes(0)
      ledger.runDue(at('2026-11-04T05:00'))
      expect(ledger.changes(revision, clock).days.map(({ day }) => day)).toEqual([
        at('2026-11-03T00:00'),
        at('2026-11-04T00:00'),
      ])
    }))

  test('the read model is told the later days of a month whose highest came before them, but late (money §7)', () =>
    home.use((sql) => {
      const seats = charged({ kind: 'max', meter: 'storage', window: 'month' })
      const ledger = openLedger(sql, termsOf(product([seats])))
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      ledger.take(ids(value('2026-11-05T10:00', 5)), at('2026-11-05T10:01'))
      const { revision, days } = ledger.changes(0)
      expect(days).toMatchObject([{ day: at('2026-11-05T00:00'), counted: '5' }])
      ledger.take(ids(value('2026-11-03T10:00', 9)), at('2026-11-05T10:02'))
      expect(ledger.changes(revision).days).toMatchObject([
        { day: at('2026-11-03T00:00'), counted: '9' },
        { day: at('2026-11-05T00:00'), counted: '0' },
      ])
    }))

  test('a gauge above 0 wakes its ledger hourly, also when nothing is reported; one at 0 does not (money §7)', () =>
    home.use((sql) => {
      const storage = charged({ kind: 'time-weighted', meter: 'storage', holdForHours: 5 })
      const ledger = openLedger(sql, termsOf(product([storage])))
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      ledger.take(ids(value('2026-11-03T00:30', 7200)), at('2026-11-03T00:31'))
      const wakes: string[] = []
      for (let wake = ledger.nextWake(); wake !== null; wake = ledger.runDue(wake).nextWake)
        wakes.push(new Date(wake).toISOString().slice(11, 16))
      expect(wakes).toEqual(['01:10', '02:10', '03:10', '04:10', '05:10', '06:10'])
      expect(recordsOf(ledger).map(([, units]) => units)).toEqual([5, 10, 10, 10, 10, 5])
      // What held and fell silent is named; the alarm is the operator's (money §3).
      expect(ledger.status()).toMatchObject({
        open: false,
        silent: [{ meter: 'storage', series: 'db-1', lastMs: at('2026-11-03T00:30') }],
      })
      ledger.take(ids(value('2026-11-03T07:00', 0)), at('2026-11-03T07:01'))
      ledger.runDue(at('2026-11-03T08:10'))
      expect(ledger.status()).toMatchObject({ nextWake: null, silent: [] })
    }))

  test('the unit that was only begun at the end is residue, whole units without an hour are unbilled (money §3)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, { block: '1000' })
      ledger.take(ids(event('2026-11-03T12:10', 2_147_483_649_400n)), at('2026-11-03T12:11'))
      expect(shown(ledger)).toMatchObject({ residue: '0', unbilled: '0' })
      ledger.order(orderOf({ version: 2, end: END }), END.at)
      ledger.runDue(END.takeUntil)
      expect(recordsOf(ledger)).toEqual([['2026-11-03T12:00', 2_147_483_647, 'waiting']])
      expect(shown(ledger)).toMatchObject({
        due: '2147483649',
        frozen: '2147483647',
        open: '0',
        unbilled: '2',
        residue: '400',
      })
      expect(ledger.audit()).toEqual([])
    }))

  test('rounded up, the first unit opens a block, and what is paid ahead is used before another (money §3, §12)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, { block: '1000', round: 'up' })
      ledger.take(ids(event('2026-11-03T00:10', 1)), at('2026-11-03T00:11'))
      runUntil(ledger, '2026-11-03T01:10', '2026-11-03T01:10')
      ledger.take(ids(event('2026-11-03T01:20', 999), event('2026-11-03T02:20', 1)), at('2026-11-03T02:21'))
      runUntil(ledger, '2026-11-03T02:30', '2026-11-03T04:30')
      expect(recordsOf(ledger).map(([hour, units]) => [hour.slice(11), units])).toEqual([
        ['00:00', 1],
        ['02:00', 1],
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test('usage in our days of grace is kept as grace and never billed, before and behind the end (money §4 *Trial*)', () =>
    home.use((sql) => {
      const users = charged({ kind: 'unique', meter: 'users' })
      const ledger = openLedger(sql, termsOf(product([dimension(), users])))
      const trial = { endsAt: at('2026-11-03T10:00'), graceUntil: at('2026-11-05T00:00') }
      ledger.order(orderOf({ trial }), at('2026-11-01T00:00'))
      ledger.take(ids(event('2026-11-03T09:59', 5), event('2026-11-03T10:00', 6)), at('2026-11-03T10:01'))
      ledger.take(ids(key('2026-11-03T10:30', 'ann'), key('2026-11-03T11:30', 'ann')), at('2026-11-03T11:31'))
      runUntil(ledger, '2026-11-03T11:40', '2026-11-03T12:40')
      ledger.order(orderOf({ version: 2, trial, end: END }), END.at)
      ledger.runDue(at('2026-11-03T13:10'))
      const late = [
        event('2026-11-04T10:00', 7),
        key('2026-11-04T10:00', 'bob'),
        key('2026-11-04T11:00', 'bob'),
      ]
      expect(late.map((each) => word(ledger.take(ids(each), at('2026-11-04T11:01'))))).toEqual(
        late.map(() => 'counted'),
      )
      expect(word(ledger.take(ids(event('2026-11-05T00:00', 1)), at('2026-11-05T00:01')))).toBe('ended')
      expect(recordsOf(ledger)).toEqual([['2026-11-03T09:00', 5, 'waiting']])
      const aside = ledger.usage(at('2026-11-01T00:00') as Month).setAside
      expect(aside.map(({ meter, reason, amount }) => [meter, reason, amount])).toEqual([
        ['calls', 'grace', '6'],
        ['users', 'grace', '1'],
        ['calls', 'grace', '7'],
        ['users', 'grace', '1'],
      ])
      expect([shown(ledger).counted, shown(ledger, '2026-11-01T00:00', 1).counted]).toEqual(['5', '0'])
      expect(ledger.audit()).toEqual([])
    }))

  test('freezing that fails keeps no usage, order or result from being taken; runDue says what failed (money §1)', () =>
    home.use((sql) => {
      const terms = termsOf(product([dimension()]))
      const ledger = openLedger(sql, terms)
      ledger.order(orderOf(), at('2026-11-03T00:00'))
      ledger.take(ids(event('2026-11-03T00:10', 5)), at('2026-11-03T00:11'))
      const broken = openLedger(failing(sql, /INSERT INTO records/), terms)
      expect(word(broken.take(ids(event('2026-11-03T00:20', 6)), at('2026-11-03T01:30')))).toBe('counted')
      broken.order(orderOf({ version: 2, agreementStart: at('2026-11-02T00:00') }), at('2026-11-03T01:31'))
      expect(() => broken.runDue(at('2026-11-03T01:32'))).toThrow('the disk says no')
      expect(ledger.status()).toMatchObject({ orderVersion: 2, stopped: null })
      ledger.runDue(at('2026-11-03T01:33'))
      expect(recordsOf(ledger)).toEqual([['2026-11-03T00:00', 11, 'waiting']])
      expect(ledger.audit()).toEqual([])
    }))

  test('each charge says what a report must carry (money §1 *Event shapes*)', () =>
    home.use((sql) => {
      const sold = product([
        charged({ kind: 'unique', meter: 'users' }),
        charged({ kind: 'max', meter: 'storage', window: 'month' }),
        charged({ kind: 'time-weighted', meter: 'storage' }),
      ])
      const ledger = openLedger(sql, termsOf(sold))
      ledger.order(orderOf(), at('2026-11-01T00:00'))
      const wrong = [
        event('2026-11-03T00:10', 1, { meter: 'users' }),
        event('2026-11-03T00:10', 1, { meter: 'storage' }),
      ]
      expect(ledger.take(ids(...wrong), at('2026-11-03T00:11'))).toMatchObject([
        { code: 'wrong-measure', message: 'This meter counts each key once: send key, not quantity.' },
        {
          code: 'wrong-measure',
          message: 'This meter is measured by its highest value: send value, not quantity.',
        },
      ])
      expect(word(ledger.take(ids(value('2026-11-03T00:10', 3)), at('2026-11-03T00:11')))).toBe('counted')
      runUntil(ledger, '2026-11-03T01:10', '2026-11-03T01:10')
      expect(ledger.records({ limit: 9 }).map((record) => [record.dimension, record.quantity])).toEqual([
        ['by_max', 3],
      ])
      expect(ledger.audit()).toEqual([])
    }))

  test('a key is hashed by SHA-256 under its secret, cut to 128 bits (money §1)', async () => {
    const hash = keyedHash('a secret of the tests')
    for (const text of ['', 'ann@example.com', 'é'.repeat(128), 'x'.repeat(55), 'x'.repeat(56)]) {
      const secret = new TextEncoder().encode('a secret of the tests')
      const block = new Uint8Array(64)
      block.set(secret)
      block[secret.length] = 0x80
      new DataView(block.buffer).setUint32(60, secret.length * 8)
      const bytes = new Uint8Array([...block, ...new TextEncoder().encode(text)])
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
      const hex = Array.from(digest.slice(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('')
      expect(hash(text)).toBe(hex)
    }
    expect(keyedHash('another')('ann')).not.toBe(hash('ann'))
  })
}
