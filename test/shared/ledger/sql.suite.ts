/** The SQL port: the same awkward calls have the same outcome in both homes (money §2; design §6; facts toolchain §12). */
import { expect, test } from 'vitest'
import type { Sql } from '../../../shared/sql.ts'
import type { Home } from './subject.ts'

const TABLE = 'CREATE TABLE t (n INTEGER, s TEXT, b BLOB) STRICT;'
const list = (count: number, of = '?'): string => Array<string>(count).fill(of).join(', ')
const compound = (count: number): string => Array<string>(count).fill('SELECT 1 AS one').join(' UNION ALL ')

/** What a caller could pass against the types, from JSON or a cast. */
const pass = (sql: Sql, text: string, ...params: readonly unknown[]): unknown =>
  Reflect.apply((...call: Parameters<Sql['all']>) => sql.all(...call), undefined, [text, ...params])

export function sqlSuite(home: Home): void {
  test.each<[string, unknown, unknown]>([
    ['an integer', 5, 5],
    ['a negative integer', -5, -5],
    ['zero and minus zero', -0, 0],
    ['the largest safe integer', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ['null', null, null],
  ])('%s goes in and comes out the same', (_, value, read) =>
    home.use((sql) => {
      sql.script(TABLE)
      pass(sql, 'INSERT INTO t (n) VALUES (?)', value)
      expect(sql.all('SELECT n FROM t').map((row) => Object.is(row['n'], read))).toEqual([true])
    }),
  )

  test.each<[string, unknown]>([
    ['an ASCII text', 'calls'],
    ['emoji and right-to-left override', '😀\u202e'],
    ['a text of exactly 1 000 000 bytes', 'x'.repeat(1_000_000)],
    ['bytes', Uint8Array.of(0, 255)],
  ])('%s goes in and comes out the same', (_, value) =>
    home.use((sql) => {
      sql.script(TABLE)
      pass(sql, `INSERT INTO t (${typeof value === 'string' ? 's' : 'b'}) VALUES (?)`, value)
      expect(sql.all('SELECT coalesce(s, b) AS v FROM t')).toEqual([{ v: value }])
    }),
  )

  test.each<[string, unknown]>([
    ['an integer beyond 2^53', 2 ** 53],
    ['a fraction', 0.5],
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a bigint', 1n],
    ['a boolean', true],
    ['undefined', undefined],
    ['a Date', new Date(0)],
    ['an object', {}],
    ['an array', [1]],
    ['an ArrayBuffer', new ArrayBuffer(2)],
    ['a lone surrogate', '\ud800'],
    ['a NUL character', 'a\0b'],
    ['a text above 1 MB', 'é'.repeat(500_001)],
  ])('%s is refused before it reaches either database', (_, value) =>
    home.use((sql) => {
      sql.script(TABLE)
      expect(() => pass(sql, 'INSERT INTO t (n) VALUES (?)', value)).toThrow()
      expect(sql.all('SELECT * FROM t')).toEqual([])
    }),
  )

  test.each<[string, string, unknown[]]>([
    ['too few parameters', 'SELECT ?, ?', [1]],
    ['too many parameters', 'SELECT ?', [1, 2]],
    ['numbered parameters', 'SELECT ?1', [1]],
    ['named parameters', 'SELECT :a', [1]],
    ['a second statement', 'DELETE FROM t; DELETE FROM t', []],
    ['a second statement behind a comment', 'DELETE FROM t; -- one\n DELETE FROM t', []],
    ['101 parameters', `SELECT ${list(101)}`, Array<number>(101).fill(1)],
    ['six SELECTs in a compound', compound(6), []],
    ['a statement above 100 KB', `SELECT '${'x'.repeat(100_000)}'`, []],
    ['a pattern above 50 bytes', 'SELECT 1 WHERE ? LIKE ?', ['a', 'x'.repeat(51)]],
    ['BEGIN', 'BEGIN', []],
    ['COMMIT', 'commit', []],
    ['SAVEPOINT', 'SAVEPOINT s', []],
    ['a temporary table', 'CREATE TEMP TABLE x (n INTEGER)', []],
    ['a name of Cloudflare’s', 'SELECT * FROM _cf_KV', []],
    ['a quoted name of Cloudflare’s', 'SELECT * FROM "_cf_KV"', []],
    ['a PRAGMA that is not open to both', 'PRAGMA journal_mode', []],
    ['ATTACH', "ATTACH 'x' AS y", []],
    ['a syntax error', 'SELEC 1', []],
    ['a fraction coming out', 'SELECT 0.5 AS f', []],
    ['an integer beyond 2^53 coming out', 'SELECT 9007199254740993 AS n', []],
    ['a text in an INTEGER column', "INSERT INTO t (n) VALUES ('x')", []],
    ['a sum beyond 2^63', 'SELECT sum(value) AS s FROM json_each(?)', ['[9223372036854775807,1]']],
  ])('%s is refused', (_, text, params) =>
    home.use((sql) => {
      sql.script(TABLE)
      expect(() => pass(sql, text, ...params)).toThrow()
    }),
  )

  test.each<[string, string, unknown[], unknown[]]>([
    ['100 parameters', `SELECT 1 AS one WHERE 1 IN (${list(100)})`, Array<number>(100).fill(1), [{ one: 1 }]],
    ['five SELECTs in a compound', compound(5), [], [1, 1, 1, 1, 1].map((one) => ({ one }))],
    ['a question mark in a text', "SELECT '?;:a' AS q", [], [{ q: '?;:a' }]],
    ['a doubled quote in a text', "SELECT 'it''s ?' AS q", [], [{ q: "it's ?" }]],
    ['a question mark in a comment', 'SELECT 1 AS one -- ? ; \n /* ? */', [], [{ one: 1 }]],
    ['a semicolon at the end', 'SELECT 1 AS one;', [], [{ one: 1 }]],
    [
      'a list of exact integers',
      'SELECT value AS v FROM json_each(?)',
      ['[9007199254740991,0]'],
      [{ v: 9007199254740991 }, { v: 0 }],
    ],
    [
      'a JSON escape',
      "SELECT value ->> 'a' AS v FROM json_each(?)",
      ['[{"a":"\\ud83d\\ude00\\""}]'],
      [{ v: '😀"' }],
    ],
    [
      'a list with a place in each item',
      'SELECT value ->> 1 AS v FROM json_each(?)',
      ['[["a",7]]'],
      [{ v: 7 }],
    ],
    ['RETURNING', 'INSERT INTO t (n) VALUES (1) RETURNING n', [], [{ n: 1 }]],
    ['no row', 'SELECT n FROM t', [], []],
    ['foreign keys are on', 'PRAGMA foreign_keys', [], [{ foreign_keys: 1 }]],
  ])('%s is answered alike', (_, text, params, rows) =>
    home.use((sql) => {
      sql.script(TABLE)
      expect(pass(sql, text, ...params)).toEqual(rows)
    }),
  )

  test('a transaction that throws leaves nothing, and one within it is undone alone', () =>
    home.use((sql) => {
      sql.script(TABLE)
      const insert = (n: number): unknown => sql.all('INSERT INTO t (n) VALUES (?)', n)
      expect(() =>
        sql.transaction(() => {
          insert(1)
          throw new Error('no')
        }),
      ).toThrow('no')
      sql.transaction(() => {
        insert(2)
        expect(() =>
          sql.transaction(() => {
            insert(3)
            throw new Error('inner')
          }),
        ).toThrow('inner')
        insert(4)
      })
      expect(sql.all('SELECT n FROM t')).toEqual([{ n: 2 }, { n: 4 }])
    }))

  test('a transaction whose function returns a promise is refused and leaves nothing (facts toolchain §12)', () =>
    home.use((sql) => {
      sql.script(TABLE)
      expect(() =>
        sql.transaction(() => {
          sql.all('INSERT INTO t (n) VALUES (1)')
          return Promise.resolve()
        }),
      ).toThrow(/synchronous/)
      expect(sql.all('SELECT n FROM t')).toEqual([])
    }))

  test.each([
    ['a transaction', 'CREATE TABLE a (n INTEGER); COMMIT;'],
    ['a temporary table', 'CREATE TEMPORARY TABLE a (n INTEGER);'],
    ['a name of Cloudflare’s', 'CREATE TABLE _cf_a (n INTEGER);'],
    ['a parameter', 'INSERT INTO t (n) VALUES (?);'],
  ])('a script with %s is refused', (_, script) =>
    home.use((sql) => {
      sql.script(TABLE)
      expect(() => sql.script(script)).toThrow()
    }),
  )
}
