/** A license that renews or replaces another takes over the running month (money §4 *Successor*). */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HOUR_MS, MINUTE_MS, monthOf } from '../../../shared/hour.ts'
import { type Ledger, openLedger } from '../../../shared/ledger/ledger.ts'
import type { Order } from '../../../shared/ledger/order.ts'
import type { HandOver } from '../../../shared/ledger/successor.ts'
import type { DimensionTerms, LedgerTerms } from '../../../shared/ledger/terms.ts'
import type { Sql } from '../../../shared/sql.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import { bill, billed, keys, quantities, type Sent, values, walk } from './month.ts'
import {
  after,
  at,
  dimension,
  dump,
  event,
  type Home,
  ids,
  orderOf,
  product,
  SUBSCRIPTION,
  termsOf,
  word,
} from './subject.ts'

const OLD = SUBSCRIPTION as SubscriptionId
const NEW = 'sub_0000000000000000000002' as SubscriptionId
const OTHER = 'sub_0000000000000000000003' as SubscriptionId

const users: DimensionTerms = {
  key: 'users',
  price: '25.00',
  metered: true,
  charge: { kind: 'unique', meter: 'users' },
  allowances: {},
}
const storage: DimensionTerms = {
  key: 'storage',
  price: '0.50',
  metered: true,
  charge: { kind: 'time-weighted', meter: 'storage_gb' },
  allowances: {},
}
const sold = product([
  users,
  dimension({ block: '1000', included: { amount: '10000', per: 'month' } }, { key: 'calls' }),
  dimension({ meter: 'jobs', block: '1000' }, { key: 'jobs' }),
  storage,
])

const terms = (subscription: SubscriptionId, of = sold): LedgerTerms => ({ ...termsOf(of), subscription })

function open(sql: Sql, subscription: SubscriptionId, order: Partial<Order> = {}, of = sold): Ledger {
  const ledger = openLedger(sql, terms(subscription, of))
  const told = orderOf({ subscription, ...order })
  ledger.order(told, told.activation ?? at('2026-11-01T00:00'))
  return ledger
}

/** The old license until the 10th, 12:00. */
const before: readonly Sent[] = [
  ...keys([at('2026-11-03T10:20')], 'users', 'ada'),
  ...keys([at('2026-11-04T10:20')], 'users', 'ben'),
  ...quantities([at('2026-11-05T10:20')], 'calls', 9_400),
  ...quantities([at('2026-11-06T10:20')], 'jobs', 1_600),
]

const RENEWED = '2026-11-10T12:00'
const ASKED = at('2026-11-10T13:10')
const ask = { month: monthOf(at(RENEWED)), after: 0 }

/** What the old license's Ledger answers at ASKED, having billed two users and one thousand jobs. */
const given = (home: Home): Promise<HandOver> =>
  home.use((sql) => {
    const ledger = open(sql, OLD)
    walk(ledger, '2026-11-01T00:00', RENEWED, before)
    return ledger.giveMonth(NEW, ask, ASKED)
  })

const renewed = (sql: Sql, order: Partial<Order> = {}): Ledger =>
  open(sql, NEW, { activation: at(RENEWED), agreementStart: at(RENEWED), predecessor: OLD, ...order })

export function successorSuite(home: Home): void {
  test('keys, covered amounts and remainders of the running month pass to the successor: nobody is billed twice, nothing is included twice (money §4)', async () => {
    const answer = await given(home)
    expect(answer).toMatchObject({
      kind: 'page',
      month: at('2026-11-01T00:00'),
      covered: { calls: '9400000000' },
      next: null,
    })
    await home.use((sql) => {
      const ledger = renewed(sql)
      ledger.take(
        ids(
          ...[
            ...keys([at('2026-11-10T12:20')], 'users', 'ada'),
            ...keys([at('2026-11-10T12:20')], 'users', 'cleo'),
          ].map((each) => each.event),
        ),
        at('2026-11-10T12:30'),
      )
      ledger.runDue(ASKED)
      const asked = ledger.asks(ASKED)
      expect(asked).toEqual({ predecessor: OLD, ...ask })
      if (asked !== null) ledger.takeOver(asked, answer, ASKED)
      walk(ledger, '2026-11-10T13:00', '2026-12-01T04:00', [
        ...keys([at('2026-11-20T10:20')], 'users', 'ben'),
        ...quantities([at('2026-11-21T10:20')], 'calls', 1_600),
        ...quantities([at('2026-11-22T10:20')], 'jobs', 500),
      ])
      // Ada and Ben were billed before, Cleo was not. Calls: 600 of the 10 000 are left, so 1000 are beyond: one thousand.
      // Jobs: 600 were left over and 500 came: one thousand.
      expect(billed(ledger, '2026-11')).toEqual({ users: 1, calls: 1, jobs: 1 })
      expect(ledger.audit()).toEqual([])
    })
  })

  test('the month is the predecessor’s alone again in December: what is included is granted anew, users count anew (money §4)', async () => {
    const answer = await given(home)
    await home.use((sql) => {
      const ledger = renewed(sql)
      ledger.takeOver({ predecessor: OLD, ...ask }, answer, ASKED)
      walk(ledger, '2026-11-10T14:00', '2026-12-05T00:00', [
        ...keys([at('2026-12-02T10:20')], 'users', 'ada'),
        ...quantities([at('2026-12-02T10:20')], 'calls', 9_999),
      ])
      expect(billed(ledger, '2026-12')).toEqual({ users: 1 })
    })
  })

  test('the successor waits with its first hour until it has the answer, and is asked again and again until then (money §4)', async () => {
    const answer = await given(home)
    await home.use((sql) => {
      const ledger = renewed(sql)
      ledger.take(ids(event('2026-11-10T12:20', 3_000, { meter: 'jobs' })), at('2026-11-10T12:30'))
      expect([ledger.nextWake(), ledger.asks(ASKED - 1)]).toEqual([ASKED, null])
      ledger.runDue(ASKED)
      expect(ledger.status()).toMatchObject({ waiting: 'predecessor', frozenUntil: at(RENEWED), alone: null })
      expect(ledger.nextWake()).toBe(ASKED + MINUTE_MS)
      ledger.takeOver({ predecessor: OLD, ...ask }, { kind: 'not-yet', why: 'it rests' }, ASKED + MINUTE_MS)
      expect(ledger.asks(ASKED + MINUTE_MS)).toEqual({ predecessor: OLD, ...ask })
      ledger.takeOver({ predecessor: OLD, ...ask }, answer, ASKED + 2 * MINUTE_MS)
      expect(ledger.status()).toMatchObject({
        waiting: null,
        frozenUntil: at('2026-11-10T13:00'),
        alone: null,
      })
      expect(ledger.asks(ASKED + HOUR_MS)).toBe(null)
      expect(ledger.records({ limit: 9 }).map((record) => record.quantity)).toEqual([3])
    })
  })

  test('an answer that comes twice, late or for another question changes nothing (money §4: idempotent)', async () => {
    const answer = await given(home)
    await home.use((sql) => {
      const ledger = renewed(sql)
      ledger.takeOver({ predecessor: OTHER, ...ask }, answer, ASKED)
      expect(ledger.status().waiting).toBe('predecessor')
      ledger.takeOver({ predecessor: OLD, ...ask }, answer, ASKED)
      const once = dump(sql)
      ledger.takeOver({ predecessor: OLD, ...ask }, answer, ASKED)
      expect(dump(sql)).toEqual(once)
    })
  })

  test('a predecessor that says nothing until half of the first window is gone without, and the operator is told (money §4)', () =>
    home.use((sql) => {
      const ledger = renewed(sql)
      ledger.take(
        ids(...keys([at('2026-11-10T12:20')], 'users', 'ada').map((each) => each.event)),
        at('2026-11-10T12:30'),
      )
      const half = at('2026-11-11T00:00')
      ledger.runDue(half - 1)
      expect(ledger.status()).toMatchObject({ waiting: 'predecessor', alone: null })
      expect(ledger.nextWake()).toBe(half)
      ledger.runDue(half)
      const { waiting, alone } = ledger.status()
      expect([waiting, ledger.asks(half)]).toEqual([null, null])
      expect(alone).toBe(
        `Nothing of the running month was taken over: ${OLD} did not answer until 2026-11-11T00:00:00Z. Users may be billed twice and included amounts granted twice in that month: compare both with npm run ledger -- show, and correct what was billed by a billing adjustment.`,
      )
      expect(ledger.records({ limit: 9 })).toMatchObject([{ dimension: 'users', quantity: 1 }])
    }))

  test('in the last hour of a month the answer is asked for at 00:10 and waited for until 02:30, long before AWS closes the month (money §4, §5)', () =>
    home.use((sql) => {
      const ledger = renewed(sql, { activation: at('2026-11-30T23:00') })
      expect(ledger.nextWake()).toBe(at('2026-12-01T00:10'))
      ledger.runDue(at('2026-12-01T02:29'))
      expect(ledger.nextWake()).toBe(at('2026-12-01T02:30'))
      ledger.runDue(at('2026-12-01T02:30'))
      expect(ledger.status().alone).not.toBe(null)
    }))

  test('a successor that ends before it was answered goes on alone half an hour after its end (money §4, §6)', () =>
    home.use((sql) => {
      const ledger = renewed(sql)
      const end = {
        at: at('2026-11-10T12:40'),
        takeUntil: at('2026-11-10T12:50'),
        cause: 'deprovisioned' as const,
      }
      ledger.take(ids(event('2026-11-10T12:20', 3_000, { meter: 'jobs' })), at('2026-11-10T12:30'))
      ledger.order(
        orderOf({ subscription: NEW, version: 2, activation: at(RENEWED), predecessor: OLD, end }),
        end.at,
      )
      expect(ledger.nextWake()).toBe(end.takeUntil)
      ledger.runDue(at('2026-11-10T13:10') - 1)
      expect(ledger.records({ limit: 9 })).toEqual([])
      ledger.runDue(at('2026-11-10T13:10'))
      expect(ledger.records({ limit: 9 })).toMatchObject([{ dimension: 'jobs', quantity: 3, final: true }])
    }))

  test('without a link nothing is asked and nothing taken over (money §4)', () =>
    home.use((sql) => {
      const ledger = renewed(sql, { predecessor: null })
      walk(ledger, RENEWED, '2026-11-11T00:00', keys([at('2026-11-10T12:20')], 'users', 'ada'))
      expect([ledger.asks(at('2026-11-11T00:00')), ledger.status().alone]).toEqual([null, null])
      expect(billed(ledger, '2026-11')).toEqual({ users: 1 })
    }))

  test('a link a person confirms days later takes over too: what was billed twice by then is owed, and shown (money §4, §12)', async () => {
    const answer = await given(home)
    await home.use((sql) => {
      const ledger = renewed(sql, { predecessor: null })
      walk(ledger, RENEWED, '2026-11-14T00:00', keys([at('2026-11-10T12:20')], 'users', 'ada'))
      const told = at('2026-11-14T00:00')
      ledger.order(
        orderOf({ subscription: NEW, version: 2, activation: at(RENEWED), predecessor: OLD }),
        told,
      )
      expect(ledger.asks(told)).toEqual({ predecessor: OLD, ...ask })
      ledger.takeOver({ predecessor: OLD, ...ask }, answer, told + 1)
      const shown = ledger.usage(ask.month).dimensions.find((each) => each.dimension === 'users')
      expect(shown).toMatchObject({ due: '0', frozen: '1', owed: '1' })
      walk(ledger, '2026-11-14T01:00', '2026-11-15T00:00', keys([at('2026-11-14T02:20')], 'users', 'dan'))
      expect(billed(ledger, '2026-11')).toEqual({ users: 1 })
      expect(ledger.audit()).toEqual([])
    })
  })

  test('a link told behind the first hour holds up what is open until the month is taken over: nobody is billed twice (money §4)', async () => {
    const answer = await given(home)
    await home.use((sql) => {
      const ledger = renewed(sql, { predecessor: null })
      walk(ledger, RENEWED, '2026-11-14T00:00', quantities([at('2026-11-10T12:20')], 'jobs', 1_000))
      const [ben] = keys([at('2026-11-14T00:20')], 'users', 'ben')
      if (ben !== undefined) ledger.take(ids(ben.event), at('2026-11-14T00:21'))
      const link = { subscription: NEW, version: 2, activation: at(RENEWED), predecessor: OLD }
      ledger.order(orderOf(link), at('2026-11-14T01:05'))
      ledger.runDue(at('2026-11-14T01:11'))
      expect(ledger.status()).toMatchObject({ waiting: 'predecessor', frozenUntil: at('2026-11-14T00:00') })
      ledger.takeOver({ predecessor: OLD, ...ask }, answer, at('2026-11-14T01:12'))
      bill(ledger, at('2026-11-14T01:13'))
      expect(ledger.status()).toMatchObject({ waiting: null, frozenUntil: at('2026-11-14T01:00') })
      expect(billed(ledger, '2026-11')).toEqual({ jobs: 1 })
      expect(ledger.audit()).toEqual([])
    })
  })

  test('what a link told late makes due of hours already frozen is billed in the next, though nothing more is used (money §3, §4)', async () => {
    const answer = await given(home)
    await home.use((sql) => {
      const ledger = renewed(sql, { predecessor: null })
      walk(ledger, RENEWED, '2026-11-11T00:00', quantities([at('2026-11-10T12:20')], 'calls', 2_000))
      expect(billed(ledger, '2026-11')).toEqual({})
      const link = { subscription: NEW, version: 2, activation: at(RENEWED), predecessor: OLD }
      ledger.order(orderOf(link), at('2026-11-14T00:00'))
      ledger.takeOver({ predecessor: OLD, ...ask }, answer, at('2026-11-14T00:01'))
      expect(ledger.nextWake()).toBe(at('2026-11-14T00:10'))
      walk(ledger, '2026-11-14T01:00', '2026-11-14T03:00', [])
      expect(billed(ledger, '2026-11')).toEqual({ calls: 1 })
      expect(ledger.audit()).toEqual([])
    })
  })

  test('from the hand-over on the predecessor refuses the month’s usage as ended and keeps it; what it counted before is billed there (money §4)', () =>
    home.use((sql) => {
      const ledger = open(sql, OLD)
      ledger.take(ids(event('2026-11-10T12:30', 2_400, { meter: 'jobs' })), at('2026-11-10T12:40'))
      const answer = ledger.giveMonth(NEW, ask, at('2026-11-10T12:50'))
      expect(answer).toMatchObject({ left: { jobs: { amount: '400000000' } } })
      const late = event('2026-11-10T12:45', 700, { meter: 'jobs' })
      const [refused] = ledger.take(ids(late), at('2026-11-10T12:51'))
      expect(refused).toEqual({
        result: 'refused',
        code: 'ended',
        message: `The subscription was renewed or replaced by ${NEW}, which took over its month at 2026-11-10T12:50:00Z. Usage timed 2026-11-10T12:45:00Z is kept; report it for ${NEW}.`,
      })
      bill(ledger, at('2026-11-10T13:10'))
      expect(billed(ledger, '2026-11')).toEqual({ jobs: 2 })
      const [kept] = ledger.usage(ask.month).refused
      expect(kept).toMatchObject({ reason: 'ended', meter: 'jobs', amount: '700' })
      expect(ledger.usage(ask.month).dimensions.find((each) => each.dimension === 'jobs')).toMatchObject({
        residue: '0',
        open: '0',
      })
      expect(ledger.audit()).toEqual([])
      expect(
        word(ledger.take(ids(event('2026-12-03T10:00', 1, { meter: 'jobs' })), at('2026-12-03T10:01'))),
      ).toBe('ended')
    }))

  test('the same question is answered the same way for ever, another successor is told to whom the month went (money §4)', () =>
    home.use((sql) => {
      const ledger = open(sql, OLD)
      walk(ledger, '2026-11-01T00:00', RENEWED, before)
      const first = ledger.giveMonth(NEW, ask, ASKED)
      const rows = dump(sql)['given']
      expect(ledger.giveMonth(NEW, ask, ASKED + 5 * HOUR_MS)).toEqual(first)
      expect(ledger.giveMonth(OTHER, ask, ASKED + 5 * HOUR_MS)).toEqual({ kind: 'gone', to: NEW })
      expect(dump(sql)['given']).toEqual(rows)
      expect(() => sql.all("UPDATE given SET successor = 'x'")).toThrow('never changes')
    }))

  test('a month that went to another is not taken over: alone at once, and the operator is told to whom (money §4)', () =>
    home.use((sql) => {
      const ledger = renewed(sql)
      ledger.runDue(ASKED)
      ledger.takeOver({ predecessor: OLD, ...ask }, { kind: 'gone', to: OTHER }, ASKED)
      expect(ledger.status()).toMatchObject({
        waiting: null,
        alone: expect.stringContaining(`gave its month to ${OTHER}`),
      })
    }))

  test.each([
    ['no order yet', () => ({ activation: null })],
    ['a predecessor of its own it has not heard', () => ({ predecessor: OTHER, activation: at(RENEWED) })],
    ['an included amount that is unknown', () => ({ amounts: { prepaid: null } })],
  ] as const)('a predecessor with %s cannot say yet, and gives nothing away (money §4)', (_, more) =>
    home.use((sql) => {
      const of = product([dimension({}, { includedFrom: 'prepaid' })])
      const ledger = open(sql, OLD, { amounts: { prepaid: '5' }, ...more() }, of)
      ledger.take(ids(event('2026-11-10T12:20', 7)), at('2026-11-10T12:30'))
      expect(ledger.giveMonth(NEW, ask, ASKED)).toMatchObject({ kind: 'not-yet' })
      expect(dump(sql)['given']).toEqual([])
      expect(word(ledger.take(ids(event('2026-11-10T13:00', 7)), ASKED))).toBe('counted')
    }),
  )

  test('a chain in one month hands on what was handed over: keys, covered amounts and remainders of both (money §4)', async () => {
    const first = await given(home)
    const second = await home.use((sql) => {
      const ledger = renewed(sql)
      ledger.takeOver({ predecessor: OLD, ...ask }, first, ASKED)
      walk(ledger, '2026-11-10T14:00', '2026-11-15T00:00', [
        ...keys([at('2026-11-12T10:20')], 'users', 'cleo'),
        ...quantities([at('2026-11-12T10:20')], 'calls', 300),
        ...quantities([at('2026-11-12T10:20')], 'jobs', 150),
      ])
      return ledger.giveMonth(OTHER, ask, at('2026-11-15T00:10'))
    })
    expect(second).toMatchObject({
      covered: { calls: '9700000000' },
      left: { jobs: { amount: '750000000' } },
    })
    expect(second.kind === 'page' && second.keys.map((each) => each.hashes.length)).toEqual([3])
  })

  test('a trial’s keys and covered amounts are not taken over by the paid license that replaces it (money §4 Trial)', () =>
    home.use((sql) => {
      const trial = { endsAt: at('2026-11-15T00:00'), graceUntil: at('2026-11-15T00:00') }
      const ledger = open(sql, OLD, { trial })
      walk(ledger, '2026-11-01T00:00', RENEWED, before)
      expect(ledger.giveMonth(NEW, ask, ASKED)).toMatchObject({
        kind: 'page',
        covered: {},
        left: {},
        keys: [],
      })
    }))

  test('another price begins without the remainder of the old one (money §4: it never crosses a cut)', async () => {
    const answer = await given(home)
    await home.use((sql) => {
      const dearer = product([dimension({ meter: 'jobs', block: '1000' }, { key: 'jobs', price: '0.20' })])
      const order = { activation: at(RENEWED), predecessor: OLD }
      const ledger = open(sql, NEW, order, dearer)
      ledger.takeOver({ predecessor: OLD, ...ask }, answer, ASKED)
      walk(ledger, '2026-11-10T14:00', '2026-11-12T00:00', quantities([at('2026-11-11T10:20')], 'jobs', 500))
      expect(billed(ledger, '2026-11')).toEqual({})
      expect(ledger.audit()).toEqual([])
    })
  })

  test('what a gauge held ends with the hand-over and is billed once over both (money §2, §4)', async () => {
    const GB = 720
    const answer = await home.use((sql) => {
      const ledger = open(sql, OLD, { activation: at('2026-11-10T00:00') })
      walk(ledger, '2026-11-10T00:00', '2026-11-10T13:00', values([at('2026-11-10T00:00')], 'storage_gb', GB))
      const gave = ledger.giveMonth(NEW, ask, at('2026-11-10T13:30'))
      bill(ledger, at('2026-11-12T00:00'))
      // 720 GB for an hour are one of November's GB-months: 13 of them and a half, which goes to the successor.
      expect(billed(ledger, '2026-11')).toEqual({ storage: 13 })
      expect([ledger.nextWake(), ledger.audit()]).toEqual([null, []])
      return gave
    })
    await home.use((sql) => {
      const ledger = renewed(sql, { activation: at('2026-11-10T13:00') })
      ledger.takeOver({ predecessor: OLD, ...ask }, answer, at('2026-11-10T14:10'))
      walk(ledger, '2026-11-10T14:00', '2026-11-10T19:00', [
        ...values([at('2026-11-10T14:30')], 'storage_gb', GB),
        ...values([at('2026-11-10T16:00')], 'storage_gb', 0),
      ])
      expect(billed(ledger, '2026-11')).toEqual({ storage: 2 })
      expect(ledger.audit()).toEqual([])
    })
  })

  test('keys of more than one answer come page by page, and a page that is lost is asked for again (money §4)', async () => {
    const pages = await home.use((sql) => {
      const ledger = open(sql, OLD)
      for (let batch = 0; batch < 3; batch += 1) {
        const made = Array.from({ length: batch === 2 ? 5 : 10_000 }, (_, i) => {
          const { source, id } = event(0, 0)
          return {
            source,
            id,
            meter: 'users',
            time: at('2026-11-05T10:20'),
            kind: 'key' as const,
            key: `${batch}-${i}`,
          }
        })
        ledger.take(ids(...made), at('2026-11-05T10:30'))
      }
      const first = ledger.giveMonth(NEW, ask, ASKED)
      expect(first.kind === 'page' && first.next).toBe(20_000)
      return [first, ledger.giveMonth(NEW, { ...ask, after: 20_000 }, ASKED)]
    })
    await home.use((sql) => {
      const ledger = renewed(sql)
      const [first, second] = pages as [HandOver, HandOver]
      ledger.takeOver({ predecessor: OLD, ...ask }, first, ASKED)
      ledger.takeOver({ predecessor: OLD, ...ask }, first, ASKED)
      expect(ledger.status().waiting).toBe('predecessor')
      const asked = ledger.asks(ASKED)
      expect(asked).toEqual({ predecessor: OLD, month: ask.month, after: 20_000 })
      if (asked !== null) ledger.takeOver(asked, second, ASKED)
      expect(ledger.status().waiting).toBe(null)
      expect(sql.all('SELECT count(*) AS keys FROM unique_keys')).toEqual([{ keys: 20_005 }])
    })
  })

  test.each(['down', 'up'] as const)(
    'rounded %s, both bills together are what both used, late usage of the month before included (money §4, §12)',
    (round) => {
      const amounts = fc.array(fc.integer({ min: 0, max: 2_500 }), { minLength: 1, maxLength: 4 })
      return fc.assert(
        fc.asyncProperty(amounts, amounts, amounts, async (old, late, next) => {
          const of = product([dimension({ meter: 'jobs', block: '1000', round }, { key: 'jobs' })])
          const begins = at('2026-11-01T04:00')
          const units = (ledger: Ledger) =>
            ledger.records({ limit: 100 }).reduce((sum, record) => sum + record.quantity, 0)
          const report = (ledger: Ledger, all: readonly number[], time: number, arrives: number) => {
            for (const [i, amount] of all.entries()) {
              ledger.take(ids(event(time + i * HOUR_MS, amount, { meter: 'jobs' })), after(arrives, i))
            }
          }
          const [answer, oldUnits] = await home.use((sql): [HandOver, number] => {
            const ledger = open(sql, OLD, { activation: at('2026-10-20T00:00'), agreementStart: null }, of)
            report(ledger, old, at('2026-10-31T22:00'), at('2026-11-01T04:00'))
            const gave = ledger.giveMonth(NEW, ask, at('2026-11-01T05:00'))
            ledger.runDue(at('2026-11-01T05:10'))
            expect(ledger.audit()).toEqual([])
            report(ledger, late, at('2026-10-29T10:00'), at('2026-11-01T05:20'))
            ledger.runDue(at('2026-11-02T10:00'))
            expect(ledger.audit()).toEqual([])
            return [gave, units(ledger)]
          })
          const nextUnits = await home.use((sql) => {
            const ledger = open(sql, NEW, { activation: begins, agreementStart: null, predecessor: OLD }, of)
            ledger.takeOver({ predecessor: OLD, ...ask }, answer, at('2026-11-01T05:10'))
            report(ledger, next, at('2026-11-02T04:10'), at('2026-11-02T12:00'))
            ledger.runDue(at('2026-11-04T10:00'))
            expect(ledger.audit()).toEqual([])
            return units(ledger)
          })
          const sum = (all: readonly number[]) => all.reduce((total, each) => total + each, 0)
          const up = round === 'up' ? Math.ceil : Math.floor
          const first = up(sum(old) / 1000)
          const left = sum(old) - first * 1000
          expect(oldUnits).toBe(first + up(sum(late) / 1000))
          expect(nextUnits).toBe(up((left + sum(next)) / 1000) + 0)
        }),
        { numRuns: Math.min(home.runs, 40) },
      )
    },
  )
}
