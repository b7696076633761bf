/** What a Ledger tells: the Submitter after a restore, a person of a record's worth, and the audit of what was broken (money §9, §12). */
import { expect, test } from 'vitest'
import { type Ledger, openLedger } from '../../../shared/ledger/ledger.ts'
import type { Sql } from '../../../shared/sql.ts'
import type { FrozenRecord, Settlement } from '../../../shared/submission/record.ts'
import type { UsageEvent } from '../../../shared/usage/event.ts'
import { answer, onRecord, sentenceOf, withResult } from './repair.ts'
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
  settlement,
  termsOf,
} from './subject.ts'

const CHECK = { id: 'check-1', who: 'operator', why: 'restored to 10:00' }
const NOON = at('2026-11-21T12:40')
const LATER = at('2026-11-24T12:40')

/** A check against one copy that waits at the Submitter. */
function check(ledger: Ledger, record: FrozenRecord, now = NOON) {
  ledger.beginRestore(CHECK, now)
  const copies = [{ record, flying: false, settlement: null }]
  const ended = ledger.compareCopies({ from: '', to: '~', copies }, now)
  return { ended, report: ledger.endRestore(CHECK, now) }
}

export function toldSuite(home: Home): void {
  /** A ledger of one record that ended so, and the record as it was offered. */
  const ended = (sql: Sql, result: Partial<Settlement>): readonly [Ledger, FrozenRecord] => {
    const ledger = withResult(sql, null)
    const [record] = ledger.offers(1)
    if (record === undefined) throw new Error('one record is due')
    answer(ledger, { attempt: 4, ...result }, at('2026-11-21T12:00'))
    return [ledger, record]
  }

  test.each<[string, Partial<Settlement>]>([
    ['billed', { state: 'billed', receipt: 'r-1' }],
    ['parked', { state: 'parked', reason: 'InvalidTag' }],
    ['doubtful', { state: 'doubtful', reason: 'conflict', unanswered: true }],
  ])(
    'a copy that still waits is ended as its record ended here: %s (money §9 `restore-check`)',
    (_, result) =>
      home.use((sql) => {
        const [ledger, record] = ended(sql, result)
        const told = {
          attempt: 4,
          at: at('2026-11-21T12:00'),
          reason: null,
          receipt: null,
          unanswered: false,
        }
        expect(check(ledger, record).ended).toEqual([{ key: record.key, ...told, ...result }])
      }),
  )

  test('a record written off here is told to be parked: it is never sent, and nobody calls it billed (money §9)', () =>
    home.use((sql) => {
      const [ledger, record] = ended(sql, { state: 'parked', reason: 'InvalidTag' })
      onRecord(ledger, 'write off', NOON)
      expect(check(ledger, record).ended).toMatchObject([
        { key: record.key, attempt: 4, state: 'parked', reason: 'written off' },
      ])
    }))

  test('a record given back here goes again in its round, though the copy is of the round before (money §9)', () =>
    home.use((sql) => {
      const [ledger, record] = ended(sql, { state: 'parked', reason: 'InvalidTag' })
      onRecord(ledger, 'retry', NOON)
      ledger.handed(ledger.offers(1))
      expect(ledger.offers(1)).toEqual([])
      const { report } = check(ledger, record)
      expect(report).toMatchObject({ done: true, offered: [record.key] })
      expect(report.sentence).toBe('1 copies compared: 1 offered again.')
      expect(ledger.offers(1)).toMatchObject([{ key: record.key, round: 1 }])
    }))

  test('a record that waits here and there is told no end, is not offered again and is sent once (money §9)', () =>
    home.use((sql) => {
      const ledger = withResult(sql, null)
      const [record] = ledger.offers(1)
      if (record === undefined) throw new Error('one record is due')
      expect(check(ledger, record).ended).toEqual([])
      expect(ledger.offers(1)).toEqual([])
      const [entry] = ledger.repairs({ limit: 1 }).rows
      expect(entry).toMatchObject({ who: CHECK.who, why: CHECK.why, kind: 'restore check' })
      ledger.settle([settlement(record)], NOON)
      expect(recordsOf(ledger)).toEqual([['2026-11-21T10:00', 3, 'billed']])
    }))

  test('copies of hours no life is known for hold everything until their order came, and are adopted then (money §9)', async () => {
    const records = await home.use((sql) => withResult(sql, null).offers(1))
    await home.use((sql) => {
      const [record] = records
      if (record === undefined) throw new Error('one record is due')
      const ledger = openLedger(sql, termsOf(product([dimension()])))
      const waiting = check(ledger, record).report
      expect([waiting.done, waiting.adopted]).toEqual([false, []])
      expect(waiting.sentence).toContain('The Submitter has 1 records of hours in which this Ledger knows no')
      ledger.order(orderOf(), NOON)
      expect(check(ledger, record).report).toMatchObject({ done: true, adopted: [record.key] })
    })
  })

  test('a check that is over is told again as it ended, and of none it is said that none is open (money §9)', () =>
    home.use((sql) => {
      const [ledger, record] = ended(sql, { state: 'billed', receipt: 'r-1' })
      expect(ledger.endRestore(CHECK, NOON)).toMatchObject({
        done: true,
        sentence: 'No restore check is open.',
      })
      const { report } = check(ledger, record)
      expect(report.sentence).toBe('1 copies compared: nothing differed.')
      expect(ledger.endRestore(CHECK, NOON)).toEqual(report)
    }))

  test('hours older than any copy stay held after a check, and it says from which on (money §9)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.take(ids(event('2026-11-21T10:30', 3)), at('2026-11-21T10:31'))
      ledger.beginRestore(CHECK, LATER)
      ledger.compareCopies({ from: '', to: '~', copies: [] }, LATER)
      expect(ledger.endRestore(CHECK, LATER).sentence).toContain(
        'Hours from 2026-11-21T10:00:00Z on are older than any copy',
      )
      expect(ledger.status().waiting).toBe('hold')
    }))

  test('a mark of the round before fades with a Success, and with nothing else (money §8)', () =>
    home.use((sql) => {
      const [ledger] = ended(sql, { state: 'doubtful', reason: 'conflict', unanswered: true })
      onRecord(ledger, 'retry', NOON)
      answer(ledger, { state: 'billed', receipt: 'r-2', attempt: 5 }, NOON)
      expect(sql.all('SELECT state, unanswered FROM records')).toEqual([{ state: 'billed', unanswered: 0 }])
    }))

  test('what a record is worth is said to the last decimal, and zeros are left out at the end only (money §9)', () =>
    home.use((sql) => {
      const sold = product([{ ...dimension(), price: '1.00100301' }])
      const ledger = openLedger(sql, termsOf(sold))
      ledger.order(orderOf(), at('2026-11-20T00:00'))
      ledger.take(ids(event('2026-11-21T10:30', 10)), at('2026-11-21T10:31'))
      ledger.runDue(at('2026-11-21T11:10'))
      answer(ledger, { state: 'parked', reason: 'InvalidTag' }, at('2026-11-21T12:00'))
      expect(sentenceOf(onRecord(ledger, 'write off', NOON))).toContain('($10.0100301)')
    }))

  test.each<[string, string, object]>([
    [
      'usage that was taken and is nowhere',
      "UPDATE usage SET counted = '0'",
      { subject: 'calls', expected: '3', found: '0' },
    ],
    [
      'usage of a meter that was never taken',
      "UPDATE usage SET meter = 'bytes'",
      { subject: 'bytes', expected: '0', found: '3' },
    ],
    ['a result without a receipt', 'DELETE FROM receipts', { expected: 'true', found: 'false' }],
  ])('the audit finds %s (money §12)', (_, damage, finding) =>
    home.use((sql) => {
      const [ledger] = ended(sql, { state: 'billed', receipt: 'r-1' })
      expect(ledger.audit()).toEqual([])
      for (const { name } of sql.all<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'trigger'",
      ))
        sql.script(`DROP TRIGGER ${name}`)
      sql.script(damage)
      expect(ledger.audit()).toContainEqual(expect.objectContaining(finding))
    }),
  )

  test('an amount of another dimension takes nothing off a level (money §3 `includedFrom`)', () =>
    home.use((sql) => {
      const seats = {
        ...dimension({}, { key: 'beyond', includedFrom: 'seats' }),
        charge: { kind: 'max', meter: 'users', window: 'hour' },
      } as const
      const ledger = openLedger(
        sql,
        termsOf(product([seats, dimension({}, { includedFrom: 'tokens_prepaid' })])),
      )
      ledger.order(orderOf({ amounts: { seats: '2', tokens_prepaid: '100' } }), at('2026-11-01T00:00'))
      const peak: UsageEvent = {
        source: 'key-1',
        id: 'peak-1',
        meter: 'users',
        time: at('2026-11-21T10:30'),
        kind: 'value',
        value: 5_000_000n,
        series: 's',
      }
      ledger.take(ids(peak), at('2026-11-21T10:31'))
      ledger.runDue(at('2026-11-21T11:10'))
      expect(ledger.records({ limit: 9 }).map((row) => [row.dimension, row.quantity])).toEqual([
        ['beyond', 3],
      ])
    }))

  test('a block of 0 is refused before anything is charged by it', () =>
    home.use((sql) => {
      expect(() => openWith(sql, { block: '0' })).toThrow('a block of 0 is no amount')
    }))
}
