/** A Ledger whose storage was restored to an earlier point, against what the Submitter still holds (money §9). */
import { expect, test } from 'vitest'
import { monthOf } from '../../../shared/hour.ts'
import type { Ledger } from '../../../shared/ledger/ledger.ts'
import type { Sql } from '../../../shared/sql.ts'
import type { Settlement } from '../../../shared/submission/record.ts'
import type { Copy } from '../../../shared/submission/restore.ts'
import { answer, onRecord, seenOf, sentenceOf, signed, withResult, wordOf } from './repair.ts'
import { at, event, type Home, ids, openWith, recordsOf, settlement } from './subject.ts'

const CHECK = { id: 'check-1', who: 'operator', why: 'restored to 10:00' }
const NOON = at('2026-11-21T12:40')

const copyOf = (record: Copy['record'], result: Partial<Settlement> | null = null): Copy => ({
  record,
  flying: false,
  settlement: result === null ? null : settlement(record, result),
})

/** Copies the Submitter holds as billed. */
const held = (records: readonly Copy['record'][]): Copy[] => records.map((record) => copyOf(record, {}))

/** A whole check with these copies on one page. */
function check(ledger: Ledger, copies: readonly Copy[], now = NOON) {
  ledger.beginRestore(CHECK, now)
  const page = {
    from: '',
    to: '~',
    copies: copies.toSorted((a, b) => (a.record.key < b.record.key ? -1 : 1)),
  }
  const ended = ledger.compareCopies(page, now)
  return { ended, report: ledger.endRestore(CHECK, now) }
}

export function restoreSuite(home: Home): void {
  /** What the Submitter got from a ledger whose usage was `calls` in 10:00 and then 11:00. */
  const offered = (...calls: readonly number[]) =>
    home.use((sql) => {
      const ledger = openWith(sql)
      for (const [i, each] of calls.entries())
        ledger.take(ids(event(`2026-11-21T${10 + i}:30`, each)), at(`2026-11-21T${10 + i}:31`))
      ledger.runDue(at('2026-11-21T12:10'))
      return ledger.offers(9)
    })

  test('a record the Ledger no longer knows is adopted with its result; what was due for it is not billed again (money §9, G.2 fault 29)', async () => {
    const records = await offered(3, 4)
    await home.use((sql) => {
      const ledger = openWith(sql)
      ledger.take(ids(event('2026-11-21T10:30', 3), event('2026-11-21T11:30', 4)), at('2026-11-21T11:40'))
      const { report } = check(ledger, [
        ...records.slice(0, 1).map((record) => copyOf(record, {})),
        ...records.slice(1).map((record) => copyOf(record)),
      ])
      expect(report).toMatchObject({ done: true, compared: 2, adopted: records.map((record) => record.key) })
      ledger.runDue(at('2026-11-21T15:10'))
      expect(recordsOf(ledger)).toEqual([
        ['2026-11-21T10:00', 3, 'billed'],
        ['2026-11-21T11:00', 4, 'waiting'],
      ])
      expect([ledger.offers(9), ledger.audit()]).toEqual([[], []])
    })
  })

  test('late usage of another month that an adopted record held is not billed again: it is adopted with its lines (money §4, §9, §12)', async () => {
    /** Usage of October and November, taken on the 1st and in no record yet. */
    const begin = (sql: Sql) => {
      const october = { activation: at('2026-10-01T00:00'), agreementStart: at('2026-10-01T00:00') }
      const ledger = openWith(sql, { remainder: 'drop' }, {}, october)
      ledger.runDue(at('2026-11-01T07:30'))
      const late = [event('2026-10-31T20:00', 4), event('2026-11-01T07:30', 2)]
      ledger.take(ids(...late), at('2026-11-01T08:00'))
      return ledger
    }
    const records = await home.use((sql) => {
      const ledger = begin(sql)
      ledger.runDue(at('2026-11-01T09:10'))
      return ledger.offers(9)
    })
    await home.use((sql) => {
      const ledger = begin(sql)
      const { report } = check(ledger, held(records), at('2026-11-01T09:20'))
      expect(report.adopted).toEqual(records.map((record) => record.key))
      expect(ledger.records({ limit: 1 })[0]?.lines).toEqual([
        { kind: 'usage', period: at('2026-10-01T00:00'), units: 4 },
        { kind: 'usage', period: at('2026-11-01T00:00'), units: 2 },
      ])
      ledger.take(ids(event('2026-11-01T10:30', 1)), at('2026-11-01T10:31'))
      ledger.runDue(at('2026-11-01T12:10'))
      expect(recordsOf(ledger).map((row) => row[1])).toEqual([6, 1])
      expect(ledger.audit()).toEqual([])
    })
  })

  test.each([
    ['before the move was asked for', false],
    ['before the hour it was moved into', true],
  ])(
    'what was moved into an adopted record is not moved again, restored to %s (money §9, §12)',
    async (_, moved) => {
      const begin = (sql: Sql) => {
        const ledger = withResult(sql, null)
        const sent = ledger.offers(1)
        answer(ledger, { state: 'parked', reason: 'InvalidTag' }, at('2026-11-21T12:00'))
        const move = () => onRecord(ledger, 'move', at('2026-11-21T12:00'))
        return { ledger, sent, move }
      }
      const records = await home.use((sql) => {
        const { ledger, sent, move } = begin(sql)
        move()
        ledger.take(ids(event('2026-11-21T11:40', 2)), at('2026-11-21T12:01'))
        ledger.runDue(at('2026-11-21T13:10'))
        const parked = sent.map((record) =>
          copyOf(record, { state: 'parked', reason: 'InvalidTag', receipt: null }),
        )
        return [...parked, ...held(ledger.offers(9))]
      })
      await home.use((sql) => {
        const { ledger, move } = begin(sql)
        if (moved) move()
        ledger.take(ids(event('2026-11-21T11:40', 2)), at('2026-11-21T12:01'))
        check(ledger, records, at('2026-11-21T13:20'))
        ledger.runDue(at('2026-11-21T15:10'))
        expect(recordsOf(ledger)).toEqual([
          ['2026-11-21T10:00', 3, 'moved'],
          ['2026-11-21T11:00', 5, 'billed'],
        ])
        expect(ledger.records({ limit: 1 })[0]?.lines.map((line) => [line.kind, line.units])).toEqual([
          ['usage', 2],
          ['adjustment', 3],
        ])
        expect([ledger.status().open, ledger.audit()]).toEqual([false, []])
      })
    },
  )

  test('where the Submitter holds a record made of other lines, its lines stand: what was moved waits for another hour (money §9, §12)', async () => {
    const begin = (sql: Sql) => {
      const ledger = withResult(sql, { state: 'parked', reason: 'InvalidTag' })
      ledger.take(ids(event('2026-11-21T12:10', 2)), at('2026-11-21T12:41'))
      return ledger
    }
    const records = await home.use((sql) => {
      const ledger = begin(sql)
      ledger.runDue(at('2026-11-21T13:10'))
      return ledger.offers(9)
    })
    await home.use((sql) => {
      const ledger = begin(sql)
      onRecord(ledger, 'move', at('2026-11-21T12:45'))
      ledger.runDue(at('2026-11-21T13:10'))
      expect(recordsOf(ledger).map((row) => row[1])).toEqual([3, 5])
      const { report } = check(ledger, held(records), at('2026-11-21T13:20'))
      expect(report.corrected).toEqual(records.map((record) => record.key))
      ledger.take(ids(event('2026-11-21T13:30', 1)), at('2026-11-21T13:31'))
      ledger.runDue(at('2026-11-21T14:10'))
      expect([recordsOf(ledger).map((row) => row[1]), ledger.audit()]).toEqual([[3, 2, 4], []])
    })
  })

  test('units that went to AWS and are not due by the restored usage are owed, and later dues use them up (money §9, §12)', async () => {
    const records = await offered(3)
    await home.use((sql) => {
      const ledger = openWith(sql)
      ledger.take(ids(event('2026-11-21T10:30', 1)), at('2026-11-21T10:31'))
      const { report } = check(
        ledger,
        records.map((record) => copyOf(record, {})),
      )
      expect(report.sentence).toContain('More went to AWS than is due now: 2 api_calls of 2026-11')
      const month = monthOf(NOON)
      expect(ledger.usage(month).dimensions[0]).toMatchObject({ due: '1', frozen: '3', owed: '2', open: '0' })
      ledger.take(ids(event('2026-11-21T12:45', 5)), at('2026-11-21T12:46'))
      ledger.runDue(at('2026-11-21T13:10'))
      expect(recordsOf(ledger).map((row) => row[1])).toEqual([3, 3])
      expect([ledger.usage(month).dimensions[0]?.owed, ledger.audit()]).toEqual(['0', []])
    })
  })

  test.each([
    ['more', 5, { open: '0', owed: '2' }],
    ['less', 2, { open: '1', owed: '0' }],
  ])(
    'where AWS was sent %s than the Ledger froze anew, the Submitter’s stands (money §9)',
    async (_, sent, units) => {
      const [witness] = await offered(sent)
      await home.use((sql) => {
        const ledger = withResult(sql, null)
        if (witness === undefined) throw new Error('no record')
        const { report } = check(ledger, [copyOf(witness, {})])
        expect([report.done, report.corrected]).toEqual([true, [witness.key]])
        expect(recordsOf(ledger)[0]).toEqual(['2026-11-21T10:00', sent, 'billed'])
        expect(ledger.usage(monthOf(NOON)).dimensions[0]).toMatchObject(units)
        expect(ledger.audit()).toEqual([])
        expect(() => sql.all('UPDATE records SET quantity = 9')).toThrow(/never changes/)
      })
    },
  )

  test('from when a check is asked for until it is done nothing freezes and nothing is handed over (money §9)', () =>
    home.use((sql) => {
      const ledger = withResult(sql, null)
      ledger.take(ids(event('2026-11-21T12:30', 2)), at('2026-11-21T12:31'))
      ledger.beginRestore(CHECK, NOON)
      ledger.runDue(at('2026-11-21T13:30'))
      expect([ledger.offers(9), recordsOf(ledger).length, ledger.status().waiting]).toEqual([[], 1, 'hold'])
      const release = ledger.repair(signed({ kind: 'release', what: { kind: 'subscription' } }), NOON)
      expect(sentenceOf(release)).toMatch(/restore check is open/)

      ledger.compareCopies({ from: '', to: '~', copies: [] }, at('2026-11-21T13:31'))
      expect(ledger.endRestore(CHECK, at('2026-11-21T13:31')).done).toBe(true)
      ledger.runDue(at('2026-11-21T13:32'))
      expect([ledger.offers(9).length, ledger.status().waiting]).toEqual([2, null])
    }))

  test('a person’s own hold outlives the check (money §9)', () =>
    home.use((sql) => {
      const ledger = withResult(sql, null)
      ledger.repair(signed({ kind: 'hold', dimension: null }), NOON)
      check(ledger, [])
      expect(ledger.status().waiting).toBe('hold')
      ledger.repair(signed({ kind: 'release', what: { kind: 'subscription' } }), NOON)
      expect(ledger.status().waiting).toBe(null)
    }))

  test('a check that dies anywhere and is asked for again finds the same and is logged once (money §9)', async () => {
    const records = await offered(3, 4)
    await home.use((sql) => {
      const ledger = openWith(sql)
      ledger.take(ids(event('2026-11-21T10:30', 3)), at('2026-11-21T10:31'))
      const copies = records.map((record) => copyOf(record, {}))
      ledger.beginRestore(CHECK, NOON)
      ledger.compareCopies({ from: '', to: '~', copies }, NOON)
      const { report } = check(ledger, copies)
      expect(report.adopted.length).toBe(2)
      expect(check(ledger, copies).report).toEqual(report)
      expect(ledger.repairs({ limit: 9 }).rows).toMatchObject([{ kind: 'restore check', who: 'operator' }])
      expect([recordsOf(ledger).length, ledger.audit()]).toEqual([2, []])
    })
  })

  test('while a check is open, a result of an unknown record is neither acknowledged nor a reason to stop (money §9)', async () => {
    const records = await offered(3)
    await home.use((sql) => {
      const ledger = openWith(sql)
      const results = records.map((record) => settlement(record))
      ledger.beginRestore(CHECK, NOON)
      expect([ledger.settle(results, NOON), ledger.status().stopped]).toEqual([[], null])
      check(
        ledger,
        records.map((record) => copyOf(record)),
      )
      expect(ledger.settle(results, NOON).length).toBe(1)
      expect(recordsOf(ledger)[0]?.[2]).toBe('billed')
    })
  })

  test('copies of hours in which no subscription is known keep the check open: its order is missing (money §9)', async () => {
    const records = await offered(3)
    await home.use((sql) => {
      const ledger = openWith(sql, {}, {}, { activation: null })
      const { report } = check(
        ledger,
        records.map((record) => copyOf(record, {})),
      )
      expect([report.done, ledger.offers(9)]).toEqual([false, []])
      expect(report.sentence).toMatch(/Deliver its order again/)
    })
  })

  test('the Submitter restored: what it lost is offered again as maybe sent, what has ended here it is told to end (money §9)', () =>
    home.use((sql) => {
      const ledger = withResult(sql, null)
      const [first] = ledger.offers(1)
      answer(ledger, { state: 'parked', reason: 'InvalidTag' }, at('2026-11-21T12:00'))
      onRecord(ledger, 'move', at('2026-11-21T12:00'))
      ledger.runDue(at('2026-11-21T12:10'))
      ledger.handed(ledger.offers(9))
      expect(recordsOf(ledger).map((row) => row[2])).toEqual(['moved', 'waiting'])

      if (first === undefined) throw new Error('no record')
      const { ended, report } = check(ledger, [copyOf(first)])
      expect(ended).toMatchObject([{ key: first.key, state: 'parked', reason: 'moved' }])
      expect(report.offered.length).toBe(1)
      expect(ledger.offers(9)).toMatchObject([{ quantity: 3, unanswered: true }])
      expect(ledger.audit()).toEqual([])
    }))

  test('a retry that only one side remembers goes on in the later round (money §9)', () =>
    home.use((sql) => {
      const ledger = withResult(sql, null)
      const [first] = ledger.offers(1)
      if (first === undefined) throw new Error('no record')
      answer(ledger, { state: 'parked', reason: 'InvalidTag', attempt: 1 }, at('2026-11-21T12:00'))
      check(ledger, [copyOf({ ...first, round: 1 }, { attempt: 3 })])
      expect(recordsOf(ledger)).toEqual([['2026-11-21T10:00', 3, 'billed']])
      expect(seenOf(ledger).seen.state).toBe('billed')
    }))

  test('hours older than any copy stay held: they may have been billed before the restore (money §9)', () =>
    home.use((sql) => {
      const ledger = openWith(sql)
      ledger.repair(signed({ kind: 'hold', dimension: null }), at('2026-11-21T10:00'))
      ledger.take(ids(event('2026-11-21T10:30', 3)), at('2026-11-21T10:31'))
      ledger.repair(signed({ kind: 'release', what: { kind: 'subscription' } }), at('2026-11-21T10:32'))
      ledger.beginRestore(CHECK, at('2026-11-21T10:33'))
      const later = at('2026-11-24T11:00')
      const report = ledger.endRestore(CHECK, later)
      expect([report.done, ledger.status().waiting]).toEqual([true, 'hold'])
      expect(report.sentence).toMatch(/The subscription stays held/)
      const release = ledger.repair(signed({ kind: 'release', what: { kind: 'subscription' } }), later)
      expect([wordOf(release), ledger.status().waiting]).toEqual(['done', null])
    }))
}
