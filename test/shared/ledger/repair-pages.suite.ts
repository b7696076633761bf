/** What waits for a person, and what is exported, in pages (money §9). */
import { expect, test } from 'vitest'
import type { ParkedRow, RepairWork } from '../../../shared/ledger/repair.ts'
import { answer, signed, withAside } from './repair.ts'
import { at, event, type Home, ids } from './subject.ts'

const HOLD: RepairWork = { kind: 'hold', dimension: null }

export function repairPagesSuite(home: Home): void {
  test('what waits for a person comes in pages of any size, each row once (style: keyset)', () =>
    home.use((sql) => {
      const ledger = withAside(sql)
      ledger.take(
        ids(
          event('2026-11-21T10:40', 1, { source: 'key-9' }),
          event('2026-11-21T13:00', 1, { meter: 'none' }),
        ),
        at('2026-11-21T13:16'),
      )
      ledger.take(ids(event('2026-11-21T13:10', 3)), at('2026-11-21T13:16'))
      ledger.runDue(at('2026-11-21T14:10'))
      answer(ledger, { state: 'parked', reason: 'InvalidTag' }, at('2026-11-21T14:20'))
      ledger.repair(signed({ kind: 'hold', dimension: 'api_calls' }), at('2026-11-21T14:30'))
      const all = ledger.parked({ limit: 200 })
      expect(all.rows.map((row) => row.kind)).toEqual(['hold', 'record', 'aside', 'aside', 'refused'])
      expect(all.next).toBe(null)
      for (const limit of [1, 2, 3]) {
        const seen: ParkedRow[] = []
        let after: string | null = ''
        while (after !== null) {
          const page = ledger.parked(after === '' ? { limit } : { limit, after })
          seen.push(...page.rows)
          after = page.next
        }
        expect(seen).toEqual(all.rows)
      }
    }))

  test('an export holds every row of every table once, whatever the size of its pages (issue: export)', () =>
    home.use((sql) => {
      const ledger = withAside(sql)
      ledger.repair(signed(HOLD), at('2026-11-21T13:30'))
      const tables = sql
        .all<{ name: string }>(
          "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 1) <> '_'",
        )
        .map((row) => row.name)
      const rows = tables.reduce(
        (sum, name) => sum + (sql.all<{ n: number }>(`SELECT count(*) AS n FROM ${name}`)[0]?.n ?? 0),
        0,
      )
      for (const limit of [1, 7, 200]) {
        const lines: string[] = []
        let after: string | null = ''
        while (after !== null) {
          const page = ledger.exportAll(after === '' ? { limit } : { limit, after })
          lines.push(...page.rows)
          after = page.next
        }
        expect([lines.length, new Set(lines).size]).toEqual([rows, rows])
        expect(lines.every((line) => 'table' in JSON.parse(line) && 'row' in JSON.parse(line))).toBe(true)
      }
    }))
}
