/** What `npm run audit:verify` finds: a row changed, taken out, put in, moved, or cut off the end (issue, *Audit log*). */
import { expect, test } from 'vitest'
import { openNodeSql } from '../../../container/sql.ts'
import { openAuditLog } from '../../../shared/operator/audit-log.ts'
import type { Sql } from '../../../shared/sql.ts'

const ACT = { kind: 'link', who: 'ada', why: 'asked', subject: 'sub_1' } as const

function five() {
  const sql = openNodeSql(':memory:')
  const log = openAuditLog(sql)
  for (let n = 1; n <= 5; n += 1) log.note({ ...ACT, id: `act-${n}-xxxx` }, `linked ${n}`, n)
  return { sql, log }
}

/** Whoever can write to the storage is not held by a trigger. */
function behindItsBack(sql: Sql, ...statements: readonly string[]): void {
  for (const { name } of sql.all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
    sql.script(`DROP TRIGGER ${name};`)
  for (const statement of statements) sql.all(statement)
}

const COLUMNS = 'at, who, why, kind, subject, sentence, value, act, before, hash'

test.each<[string, readonly string[], string]>([
  ['changed', ["UPDATE repairs SET who = 'eve' WHERE entry = 3"], 'entry 3'],
  [
    'changed with a hash of its own',
    ["UPDATE repairs SET who = 'eve', hash = 'x' WHERE entry = 3"],
    'entry 3',
  ],
  ['taken out of the middle', ['DELETE FROM repairs WHERE entry = 3'], 'entry 4'],
  [
    'taken out, the others moved up',
    ['DELETE FROM repairs WHERE entry = 3', 'UPDATE repairs SET entry = entry - 1 WHERE entry > 3'],
    'entry 3',
  ],
  [
    'moved',
    [
      'UPDATE repairs SET entry = 30 WHERE entry = 3',
      'UPDATE repairs SET entry = 3 WHERE entry = 4',
      'UPDATE repairs SET entry = 4 WHERE entry = 30',
    ],
    'entry 3',
  ],
  [
    'put in at the end',
    [
      `INSERT INTO repairs (entry, act_id, ${COLUMNS}) SELECT 6, 'act-6', ${COLUMNS} FROM repairs WHERE entry = 5`,
    ],
    'entry 6',
  ],
  ['cut off the end', ['DELETE FROM repairs WHERE entry = 5'], 'entry 5'],
  ['cut off, all of them', ['DELETE FROM repairs'], 'entry 5'],
])('a row that was %s is found', (_, statements, subject) => {
  const { sql, log } = five()
  expect(log.verify()).toEqual([])
  behindItsBack(sql, ...statements)
  expect(log.verify()).toMatchObject([{ subject }])
  expect(openAuditLog(sql).verify()).toMatchObject([{ subject }])
})

test.each([
  "UPDATE repairs SET who = 'eve'",
  'DELETE FROM repairs',
  'UPDATE head SET entry = 1',
  'DELETE FROM head',
])('the log itself takes no %s', (statement) => {
  const { sql, log } = five()
  expect(() => sql.all(statement)).toThrow(/never changes/)
  expect(log.verify()).toEqual([])
})

test('a log from before its end was kept goes on, and keeps it from then on', () => {
  const { sql } = five()
  behindItsBack(sql, 'DROP TABLE head')
  const log = openAuditLog(sql)
  expect(log.verify()).toEqual([])
  log.note({ ...ACT, id: 'act-6-xxxx' }, 'linked 6', 6)
  behindItsBack(sql, 'DELETE FROM repairs WHERE entry = 6')
  expect(log.verify()).toMatchObject([{ subject: 'entry 6' }])
})

test('what a version without the end wrote is no break, and what is cut off behind it is found (G.2 fault 28)', () => {
  const { sql } = five()
  const [end] = sql.all<{ entry: number; hash: string }>('SELECT entry, hash FROM head')
  openAuditLog(sql).note({ ...ACT, id: 'act-6-xxxx' }, 'linked 6', 6)
  behindItsBack(sql, `UPDATE head SET entry = ${end?.entry}, hash = '${end?.hash}'`)
  const log = openAuditLog(sql)
  expect(log.verify()).toEqual([])
  log.note({ ...ACT, id: 'act-7-xxxx' }, 'linked 7', 7)
  expect(log.verify()).toEqual([])
  behindItsBack(sql, 'DELETE FROM repairs WHERE entry > 5')
  log.note({ ...ACT, id: 'act-8-xxxx' }, 'linked 8', 8)
  log.note({ ...ACT, id: 'act-9-xxxx' }, 'linked 9', 9)
  log.note({ ...ACT, id: 'act-10-xxx' }, 'linked 10', 10)
  expect(log.verify()).toMatchObject([{ subject: 'entry 7' }])
})
