/**
 * A write that a crash tore (G.2 fault 31): the write-ahead log and the rollback journal cut at every byte of what was
 * written last, and a database half overwritten. A real ledger is opened on what is left.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Journal, type NodeSql, openNodeSql } from '../../../container/sql.ts'
import { openLedger } from '../../../shared/ledger/ledger.ts'
import type { UsageEvent } from '../../../shared/usage/event.ts'
import { at, dimension, event, openWith, product, termsOf } from '../../shared/ledger/subject.ts'

const TERMS = termsOf(product([dimension()]))
const NOW = at('2026-11-02T10:30')
let scratch = ''
let path = ''

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'tollgate-torn-'))
  path = join(scratch, 'ledger.sqlite')
})

afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const open = (journal: Journal): NodeSql => openNodeSql(path, { journal, exclusive: true })
const batchOf = (name: string): UsageEvent[] =>
  [1, 2, 3].map((amount) => event(NOW, amount, { id: `${name}-${amount}` }))
const TAKEN = batchOf('acknowledged')
const LAST = batchOf('last')

interface Files {
  readonly database: Buffer
  /** The log or the journal. */
  readonly journal: Buffer
}

/** What the files are before the last take, and after it. Descriptors are closed behind each reading: nobody else locks. */
function takeTwice(journal: Journal, ending: string): { before: Files; after: Files } {
  const read = (): Files => ({ database: readFileSync(path), journal: readFileSync(path + ending) })
  for (const each of ['', '-wal', '-journal', '-shm']) rmSync(path + each, { force: true })
  writeFileSync(path, '')
  const sql = open(journal)
  const ledger = openWith(sql)
  ledger.take({ kind: 'ids', events: TAKEN }, NOW)
  const before = read()
  ledger.take({ kind: 'ids', events: LAST }, NOW)
  const after = read()
  sql.close()
  return { before, after }
}

/** Opens what a crash left: which of both batches are counted. `isAudited`: every invariant of money §12 is looked at too. */
function survivors(journal: Journal, ending: string, left: Files, isAudited: boolean): string {
  rmSync(`${path}-wal`, { force: true })
  rmSync(`${path}-journal`, { force: true })
  writeFileSync(path, left.database)
  writeFileSync(path + ending, left.journal)
  const sql = open(journal)
  try {
    const ids = new Set(sql.all<{ id: string }>('SELECT id FROM events').map(({ id }) => id))
    const found = [...TAKEN, ...LAST].map(({ id }) => (ids.has(id) ? '1' : '0'))
    if (isAudited) {
      const ledger = openLedger(sql, TERMS)
      expect(ledger.audit()).toEqual([])
      const taken = found.join('') === '111111' ? '12' : '6'
      expect(ledger.usage(at('2026-11-01T00:00') as never).dimensions[0]?.counted).toBe(taken)
    }
    return found.join('')
  } finally {
    sql.close()
  }
}

const BEFORE = '111000'
const AFTER = '111111'
/** Of cuts that differ by a byte, each is opened and some are audited: an audit reads everything. */
const AUDIT_EVERY = 64

test('the log cut at every byte of its last frame: all that was acknowledged is there once, nothing by halves (G.2 fault 31)', () => {
  const { before, after } = takeTwice('wal', '-wal')
  const end = after.journal.length
  const frame = 4096 + 24
  const seen = new Map<string, number>()
  for (let cut = end - frame; cut <= end; cut += 1) {
    const left = { database: after.database, journal: after.journal.subarray(0, cut) }
    const found = survivors('wal', '-wal', left, cut % AUDIT_EVERY === 0 || cut === end)
    seen.set(found, (seen.get(found) ?? 0) + 1)
  }
  expect(before.journal.length).toBeLessThan(end - frame)
  expect(Object.fromEntries(seen)).toEqual({ [BEFORE]: frame, [AFTER]: 1 })
})

test('the log cut within any frame of the last transaction, or with a sector of it unwritten', () => {
  const { before, after } = takeTwice('wal', '-wal')
  for (let cut = before.journal.length; cut < after.journal.length; cut += 515) {
    const left = { database: after.database, journal: after.journal.subarray(0, cut) }
    expect(survivors('wal', '-wal', left, false)).toBe(BEFORE)
  }
  for (let sector = before.journal.length; sector + 512 <= after.journal.length; sector += 512) {
    const journal = Buffer.from(after.journal)
    journal.fill(0, sector, sector + 512)
    if (journal.equals(after.journal)) continue
    expect(survivors('wal', '-wal', { database: after.database, journal }, false)).toBe(BEFORE)
  }
})

test('the journal cut at every byte of its last page: the write had not begun, so it is as before', () => {
  const { before, after } = takeTwice('delete', '-journal')
  const journal = hotJournal(after.journal, before.database)
  const seen = new Set<string>()
  for (let cut = journal.length - RECORD; cut <= journal.length; cut += 1) {
    const left = { database: before.database, journal: journal.subarray(0, cut) }
    seen.add(survivors('delete', '-journal', left, cut % AUDIT_EVERY === 0))
  }
  expect([...seen]).toEqual([BEFORE])
})

test('a database overwritten up to any sector is rolled back by its journal; with the journal ended it is as after', () => {
  const { before, after } = takeTwice('delete', '-journal')
  const journal = hotJournal(after.journal, before.database)
  for (let written = 0; written <= after.database.length; written += 512) {
    const database = Buffer.concat([after.database.subarray(0, written), before.database.subarray(written)])
    expect(survivors('delete', '-journal', { database, journal }, written % 4096 === 0)).toBe(BEFORE)
  }
  expect(survivors('delete', '-journal', after, true)).toBe(AFTER)
})

const PAGE = 4096
/** A page in a journal: its number, its content, its checksum. */
const RECORD = 4 + PAGE + 4

/**
 * The journal as it was before the commit, which zeroed its header: rebuilt from its records.
 * Source: sqlite.org/fileformat.html, "The Rollback Journal" (2026-11-21).
 */
function hotJournal(ended: Buffer, before: Buffer): Buffer {
  const sector = [512, 4096].find((size) => ended.readUInt32BE(size) > 0) ?? 512
  const sumOf = (from: number): number => {
    let sum = 0
    for (let i = PAGE - 200; i > 0; i -= 200) sum = (sum + (ended[from + 4 + i] ?? 0)) >>> 0
    return sum
  }
  const nonceOf = (from: number): number => (ended.readUInt32BE(from + 4 + PAGE) - sumOf(from)) >>> 0
  const nonce = nonceOf(sector)
  let count = 0
  while (sector + (count + 1) * RECORD <= ended.length && nonceOf(sector + count * RECORD) === nonce)
    count += 1
  const journal = Buffer.from(ended.subarray(0, sector + count * RECORD))
  Buffer.from('d9d505f920a163d7', 'hex').copy(journal)
  for (const [at, value] of [count, nonce, before.length / PAGE, sector, PAGE].entries())
    journal.writeUInt32BE(value, 8 + 4 * at)
  return journal
}
