/** Taking usage (money §1, §2, §5). */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DAY_MS, MINUTE_MS } from '../../../shared/hour.ts'
import { openLedger } from '../../../shared/ledger/ledger.ts'
import {
  after,
  at,
  dimension,
  dump,
  event,
  type Home,
  ids,
  openWith,
  orderOf,
  product,
  sequence,
  termsOf,
  word,
  words,
} from './subject.ts'

const NOW = at('2026-11-21T10:20')

export function takeSuite(home: Home): void {
  test('an event is counted once, however often it is sent (money §1, G.2 faults 1 and 21)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const sent = event('2026-11-21T10:05', 7)
      const answers = Array.from({ length: 100 }, () => word(ledger.take(ids(sent), NOW)))
      expect(answers).toEqual(['counted', ...Array<string>(99).fill('duplicate')])
      expect(ledger.usage(monthOf()).dimensions[0]?.counted).toBe('7')
      expect(ledger.audit()).toEqual([])
    }))

  test('the same id with another content is refused as conflict, also days later, also in one batch (money §1, G.3 row 23)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const sent = event('2026-11-21T10:05', 7)
      const other = { ...sent, quantity: 8_000_000n } as typeof sent
      expect(words(ledger.take(ids(sent, other, sent), NOW))).toEqual(['counted', 'conflict', 'duplicate'])
      expect(word(ledger.take(ids(other), NOW + 20 * DAY_MS))).toBe('conflict')
      expect(ledger.usage(monthOf()).dimensions[0]?.counted).toBe('7')
    }))

  test('the same id of another source is another event (money §1)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const sent = event('2026-11-21T10:05', 7)
      expect(words(ledger.take(ids(sent, { ...sent, source: 'key-2' }), NOW))).toEqual(['counted', 'counted'])
    }))

  test('a retry is a duplicate even when its event could not be counted now (money §1: looked up whatever the time)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const sent = event('2026-11-21T10:05', 7)
      ledger.take(ids(sent), NOW)
      ledger.order(
        orderOf({ version: 2, end: { at: NOW, takeUntil: after(NOW, 10), cause: 'deprovisioned' } }),
        NOW,
      )
      expect(word(ledger.take(ids(sent), after(NOW, 11)))).toBe('duplicate')
      expect(word(ledger.take(ids(event('2026-11-21T10:05', 1)), after(NOW, 11)))).toBe('ended')
    }))

  test('an id is known for 35 days from its receipt, and an event older than 34 days is refused (money §1)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const sent = event(NOW, 1)
      ledger.take(ids(sent), NOW)
      for (const days of [1, 30, 34, 35]) {
        ledger.runDue(NOW + days * DAY_MS)
        expect(word(ledger.take(ids(sent), NOW + days * DAY_MS))).toBe('duplicate')
      }
      ledger.runDue(NOW + 71 * DAY_MS)
      expect(sql.all('SELECT * FROM events')).toEqual([])
      expect(word(ledger.take(ids(sent), NOW + 71 * DAY_MS))).toBe('too-old')
    }))

  test.each([
    ['34 days ago to the millisecond', NOW - 34 * DAY_MS, 'counted'],
    ['one millisecond older than 34 days', NOW - 34 * DAY_MS - 1, 'too-old'],
    ['5 minutes ahead', NOW + 5 * MINUTE_MS, 'counted'],
    ['one millisecond more than 5 minutes ahead', NOW + 5 * MINUTE_MS + 1, 'ahead'],
    ['6 minutes ahead', NOW + 6 * MINUTE_MS, 'ahead'],
    ['beyond every calendar', 9e15, 'ahead'],
  ])('an event timed %s is answered as it should be (money §1, §5, G.3 rows 29 to 31)', (_, time, answer) =>
    home.use((sql) => {
      const start = at('2026-01-01T00:00')
      const ledger = openWith(sql, {}, {}, { activation: start, agreementStart: start })
      expect(word(ledger.take(ids(event(time, 1)), NOW))).toBe(answer)
      expect(ledger.audit()).toEqual([])
    }),
  )

  test('usage from before the agreement is refused, up to 5 minutes before it belongs to the activation’s hour (money §5)', () =>
    home.use((sql) => {
      const agreementStart = at('2026-11-21T08:30')
      const activation = at('2026-11-21T09:10:00.500')
      const ledger = openWith(sql, {}, {}, { agreementStart, activation })
      const answers = ledger.take(
        ids(event(agreementStart - 5 * MINUTE_MS, 3), event(agreementStart - 5 * MINUTE_MS - 1, 4)),
        NOW,
      )
      expect(words(answers)).toEqual(['counted', 'before-subscription'])
      ledger.runDue(at('2026-11-21T11:10'))
      const [record] = ledger.offers(10)
      expect([record?.hour, record?.timestamp, record?.quantity]).toEqual([
        at('2026-11-21T10:00'),
        at('2026-11-21T10:00'),
        3,
      ])
    }))

  test('usage from before the activation alone wakes the ledger for the activation’s hour (money §5, §7)', () =>
    home.use((sql) => {
      const activation = at('2026-11-21T10:10')
      const ledger = openWith(sql, {}, {}, { agreementStart: at('2026-11-21T08:30'), activation })
      ledger.take(ids(event('2026-11-21T09:00', 3)), at('2026-11-21T10:20'))
      expect(ledger.nextWake()).toBe(at('2026-11-21T11:10'))
      ledger.runDue(at('2026-11-21T11:10'))
      expect(ledger.offers(9).map((record) => [record.timestamp, record.quantity])).toEqual([[activation, 3]])
    }))

  test('usage without an order, and before activation is known, is counted and waits (money §5, §7)', () =>
    home.use((sql) => {
      const ledger = openLedger(sql, termsOf(product([dimension()])))
      expect(word(ledger.take(ids(event('2026-11-21T10:05', 2)), NOW))).toBe('counted')
      expect([ledger.status().waiting, ledger.nextWake()]).toEqual(['order', null])
      ledger.order(orderOf({ activation: null, agreementStart: null }), NOW)
      expect(word(ledger.take(ids(event('2026-11-21T10:06', 3)), NOW))).toBe('counted')
      expect(ledger.runDue(at('2026-11-21T20:00'))).toEqual({ nextWake: null })
      expect([ledger.status().waiting, ledger.offers(10)]).toEqual(['activation', []])

      ledger.order(orderOf({ version: 2, activation: at('2026-11-21T10:10:00.001') }), at('2026-11-21T20:00'))
      const [record] = ledger.offers(10)
      expect([record?.quantity, record?.timestamp]).toEqual([5, at('2026-11-21T10:10:01')])
      expect(ledger.audit()).toEqual([])
    }))

  test('a meter the product does not have is refused with those it has, and so is another measure (money §1)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const [meter, key] = ledger.take(
        ids(event(NOW, 1, { meter: 'Calls' }), {
          source: 'key-1',
          id: 'k',
          meter: 'calls',
          time: NOW,
          kind: 'key',
          key: 'ada',
        }),
        NOW,
      )
      expect(meter).toEqual({
        result: 'refused',
        code: 'unknown-meter',
        message: 'This product has no meter of that name. It has: calls. Correct the name and send it again.',
      })
      expect(key).toMatchObject({ code: 'wrong-measure' })
    }))

  test('refused usage is kept once an id, with its value and reason (money §1)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const sent = event(NOW, 5, { meter: 'cals' })
      ledger.take(ids(sent), NOW)
      ledger.take(ids(sent), NOW + 1000)
      expect(ledger.usage(monthOf()).refused).toEqual([
        {
          source: 'key-1',
          id: sent.id,
          reason: 'unknown-meter',
          meter: 'cals',
          hour: at('2026-11-21T10:00'),
          amount: '5',
          times: 2,
          lastMs: NOW + 1000,
        },
      ])
    }))

  test('a sequence is one batch: sent again it is a duplicate, with other content a conflict (money §1)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const batch = [event(NOW, 1), event(NOW, 2)]
      expect(words(ledger.take(sequence(5, batch), NOW))).toEqual(['counted', 'counted'])
      expect(words(ledger.take(sequence(5, batch), NOW))).toEqual(['duplicate', 'duplicate'])
      expect(words(ledger.take(sequence(5, batch.slice(1)), NOW))).toEqual(['conflict'])
      expect(words(ledger.take(sequence(4, batch), NOW))).toEqual(['counted', 'counted'])
      expect(words(ledger.take(sequence(5, batch, 'epoch-2'), NOW))).toEqual(['counted', 'counted'])
      expect(ledger.usage(monthOf()).dimensions[0]?.counted).toBe('9')
    }))

  test('if one event of a sequence is refused, none is stored and the number is free (money §1)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const good = event(NOW, 1)
      expect(words(ledger.take(sequence(1, [good, event(NOW, 2, { meter: 'x' })]), NOW))).toEqual([
        'batch-refused',
        'unknown-meter',
      ])
      expect(ledger.usage(monthOf()).dimensions[0]?.counted).toBe('0')
      expect(words(ledger.take(sequence(1, [good]), NOW))).toEqual(['counted'])
    }))

  test('a number below the oldest kept is refused as too old, never called a duplicate (money §1)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.take(sequence(7, [event(NOW, 1)]), NOW)
      const later = NOW + 71 * DAY_MS
      ledger.runDue(later)
      expect(word(ledger.take(sequence(7, [event(later, 1)]), later))).toBe('too-old')
      expect(word(ledger.take(sequence(8, [event(later, 1)]), later))).toBe('counted')
    }))

  test('amounts beyond 2^53 are added to the unit (money §2)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, { block: '1000000' })
      const most = { quantity: 999_999_999_999_999_999n } as Partial<ReturnType<typeof event>>
      for (let i = 0; i < 20; i += 1) ledger.take(ids(event(NOW, 0, most), event(NOW, 0, most)), NOW)
      expect(ledger.usage(monthOf()).dimensions[0]?.counted).toBe('39999999999999.99996')
      expect(ledger.audit()).toEqual([])
    }))

  test('ten thousand events of long ids go in at once (issue: at most 10 000 events)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const batch = Array.from({ length: 10_000 }, (_, i) =>
        event(NOW, 1, { id: `${'"\\'.repeat(100)}${i}` }),
      )
      expect(new Set(words(ledger.take(ids(...batch), NOW)))).toEqual(new Set(['counted']))
      expect(new Set(words(ledger.take(ids(...batch), NOW)))).toEqual(new Set(['duplicate']))
      expect(ledger.usage(monthOf()).dimensions[0]?.counted).toBe('10000')
    }))

  test('recall says what is known of an id and counts nothing (money §1, *Only an account is named*)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      const sent = event(NOW, 1)
      ledger.take(ids(sent), NOW)
      const before = dump(sql)
      expect(ledger.recall([sent, { ...sent, time: NOW + 1 }, event(NOW, 1)])).toEqual([
        'duplicate',
        'conflict',
        null,
      ])
      expect(dump(sql)).toEqual(before)
    }))

  test('time never goes back: a clock set back counts as the latest seen (money §5, G.2 fault 36)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.take(ids(event(NOW, 1)), NOW)
      expect(word(ledger.take(ids(event(NOW, 1)), NOW - 3 * DAY_MS))).toBe('counted')
      expect(ledger.audit()).toEqual([])
    }))

  test('however events are cut into batches, repeated and mixed, each is counted once (money §12)', () =>
    home.use((sql) => {
      let round = 0
      fc.assert(
        fc.property(
          fc.array(fc.record({ id: fc.nat(12), amount: fc.nat(50), minute: fc.nat(80) }), { maxLength: 30 }),
          fc.array(fc.nat(5), { maxLength: 8 }),
          (drawn, cuts) => {
            round += 1
            const meter = `m${round}`
            const terms = termsOf(product([dimension({ meter }, { key: meter })]), {}, meter)
            const ledger = openLedger(sql, terms)
            ledger.order(orderOf({ version: round }), NOW)
            const events = drawn.map((one) =>
              event(NOW - one.minute * MINUTE_MS, one.amount, { id: `${meter}-${one.id}`, meter }),
            )
            const counted = new Map<string, bigint>()
            for (const one of events)
              if (!counted.has(one.id) && one.kind === 'quantity') counted.set(one.id, one.quantity)
            for (const size of [...cuts, 30]) ledger.take(ids(...events.splice(0, size)), NOW)
            const total = [...counted.values()].reduce((sum, each) => sum + each, 0n) / 1_000_000n
            expect(ledger.usage(monthOf()).dimensions[0]?.counted).toBe(String(total))
          },
        ),
        { numRuns: home.runs },
      )
    }))
}

const monthOf = () => at('2026-11-01T00:00') as ReturnType<typeof import('../../../shared/hour.ts').monthOf>
