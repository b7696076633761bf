/** Amounts never become numbers in the database: they are text, and nothing there adds them up (money §2). */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openNodeSql } from '../../../container/sql.ts'
import { layTables } from '../../../shared/ledger/tables.ts'
import { SUBSCRIPTION } from './subject.ts'

const LEDGER = join(import.meta.dirname, '../../../shared/ledger')
const AMOUNTS = [
  'amount',
  'counted',
  'covered',
  'dropped',
  'estimate',
  'frozen',
  'peak',
  'taken',
  'used',
  'value',
]

test('every column of an amount is TEXT (money §2)', () => {
  const sql = openNodeSql(':memory:')
  layTables(sql, SUBSCRIPTION)
  const columns = sql.all<{ place: string; type: string }>(
    `SELECT tables.name || '.' || columns.name AS place, columns.type FROM sqlite_master AS tables
     JOIN pragma_table_info(tables.name) AS columns
     WHERE tables.type = 'table' AND columns.name IN (SELECT value FROM json_each(?))`,
    JSON.stringify(AMOUNTS),
  )
  expect(columns.length).toBeGreaterThan(9)
  expect(columns.filter(({ type }) => type !== 'TEXT')).toEqual([])
  sql.close()
})

test('no statement of a Ledger sums, averages or casts an amount in SQL (money §2)', () => {
  const inSql = new RegExp(`\\b(sum|total|avg|cast)\\s*\\(\\s*(\\w+\\.)?(${AMOUNTS.join('|')})\\b`, 'i')
  const statements = readdirSync(LEDGER)
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => readFileSync(join(LEDGER, file), 'utf8').match(/`[^`]*`|'[^'\n]*'/g) ?? [])
    .filter((text) => /\b(SELECT|UPDATE|INSERT|DELETE)\b/.test(text))
  expect(statements.length).toBeGreaterThan(100)
  expect(statements.some((text) => text.includes('sum(units)'))).toBe(true)
  expect(statements.filter((text) => inSql.test(text))).toEqual([])
})
