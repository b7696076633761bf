/**
 * Usage on its way to the edge or to an agent, on the task's disk: what was taken and has no answer yet, and what was refused.
 * Whatever identifies a report (id, or epoch and sequence) is its sender's, so sending a row twice counts nothing twice.
 */
import type { Sql } from '../../shared/sql.ts'

const SCHEMA = `CREATE TABLE IF NOT EXISTS outbox (
  number INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('ids', 'sequence')),
  events INTEGER NOT NULL,
  body TEXT NOT NULL,
  taken_at INTEGER NOT NULL,
  due INTEGER NOT NULL,
  tries INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS outbox_refused (
  number INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  event TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS outbox_adopted (folder TEXT PRIMARY KEY, task TEXT NOT NULL, at INTEGER NOT NULL) STRICT;`

/** What is kept to be sent. `ids`: a JSON array of events. `sequence`: one JSON body. Times are epoch ms of business time. */
export interface Row {
  readonly number: number
  readonly kind: 'ids' | 'sequence'
  readonly events: number
  readonly body: string
  readonly taken_at: number
  readonly due: number
  readonly tries: number
}

/** Usage that the edge will never take as it is. `event`: the JSON that was sent. */
export interface RefusedRow {
  readonly at: number
  readonly code: string
  readonly message: string
  readonly event: string
}

export interface OutboxStatus {
  readonly batches: number
  readonly events: number
  readonly oldestAt: number | null
  readonly refused: number
  /** The last 10, the newest first. */
  readonly lastRefused: readonly RefusedRow[]
  readonly adopted: readonly { readonly task: string; readonly at: number }[]
}

export interface Outbox {
  put(rows: readonly Pick<Row, 'kind' | 'events' | 'body'>[], now: number): void
  /** What goes in one request: one sequence, or events with ids up to `eventsMax` and `bytesMax`. Empty: nothing is due. */
  next(now: number, eventsMax: number, bytesMax: number): readonly Row[]
  /** When the first that waits may go; null: nothing waits. */
  nextDue(): number | null
  /** These have an answer: they go, what is refused is kept, and `again` waits until it is due. One transaction. */
  settle(done: Settled, now: number): void
  status(): OutboxStatus
}

export interface Settled {
  readonly rows: readonly Row[]
  readonly refused: readonly Omit<RefusedRow, 'at'>[]
  /** What of them is to be sent once more; null: nothing. */
  readonly again: { readonly events: number; readonly body: string; readonly due: number } | null
}

/** Lays the tables where they are missing. */
export function openOutbox(sql: Sql): Outbox {
  sql.script(SCHEMA)
  return {
    put: (rows, now) =>
      sql.transaction(() =>
        rows.forEach((row) => insert(sql, { ...row, taken_at: now, due: now, tries: 0 })),
      ),

    next(now, eventsMax, bytesMax) {
      const due = sql.all<{ number: number; kind: string; events: number; bytes: number }>(
        'SELECT number, kind, events, octet_length(body) AS bytes FROM outbox WHERE due <= ? ORDER BY number LIMIT 1000',
        now,
      )
      let [events, bytes] = [0, 0]
      const over = due.findIndex((row, at) => {
        events += row.events
        bytes += row.bytes
        const alone = due[0]?.kind !== 'ids' || row.kind !== 'ids'
        return at > 0 && (alone || events > eventsMax || bytes > bytesMax)
      })
      const numbers = due.slice(0, over === -1 ? due.length : over).map(({ number }) => number)
      if (numbers.length === 0) return []
      return sql
        .all<{ [column in keyof Row]: Row[column] }>(
          'SELECT * FROM outbox WHERE number IN (SELECT value FROM json_each(?)) ORDER BY number',
          JSON.stringify(numbers),
        )
        .map((row) => ({ ...row }))
    },

    nextDue: () => sql.all<{ due: number | null }>('SELECT min(due) AS due FROM outbox')[0]?.due ?? null,

    settle({ rows, refused, again }, now) {
      sql.transaction(() => {
        const [first] = rows
        if (again !== null && first !== undefined) {
          const { kind, taken_at } = first
          insert(sql, { kind, taken_at, ...again, tries: Math.max(...rows.map((row) => row.tries)) + 1 })
        }
        sql.all(
          'DELETE FROM outbox WHERE number IN (SELECT value FROM json_each(?))',
          JSON.stringify(rows.map(({ number }) => number)),
        )
        for (const one of refused) keep(sql, { at: now, ...one })
      })
    },

    status() {
      const [waiting] = sql.all<{ batches: number; events: number; oldest: number | null }>(
        'SELECT count(*) AS batches, coalesce(sum(events), 0) AS events, min(taken_at) AS oldest FROM outbox',
      )
      const [refused] = sql.all<{ count: number }>('SELECT count(*) AS count FROM outbox_refused')
      return {
        batches: waiting?.batches ?? 0,
        events: waiting?.events ?? 0,
        oldestAt: waiting?.oldest ?? null,
        refused: refused?.count ?? 0,
        lastRefused: readRefused(sql, 'ORDER BY number DESC LIMIT 10'),
        adopted: sql
          .all<{ task: string; at: number }>('SELECT task, at FROM outbox_adopted ORDER BY at, task')
          .map((row) => ({ ...row })),
      }
    },
  }
}

function insert(sql: Sql, row: Omit<Row, 'number'>): void {
  sql.all(
    'INSERT INTO outbox (kind, events, body, taken_at, due, tries) VALUES (?, ?, ?, ?, ?, ?)',
    row.kind,
    row.events,
    row.body,
    row.taken_at,
    row.due,
    row.tries,
  )
}

function keep(sql: Sql, { at, code, message, event }: RefusedRow): void {
  sql.all(
    'INSERT INTO outbox_refused (at, code, message, event) VALUES (?, ?, ?, ?)',
    at,
    code,
    message,
    event,
  )
}

const readRefused = (sql: Sql, order: 'ORDER BY number' | 'ORDER BY number DESC LIMIT 10'): RefusedRow[] =>
  sql
    .all<{ [column in keyof RefusedRow]: RefusedRow[column] }>(
      `SELECT at, code, message, event FROM outbox_refused ${order}`,
    )
    .map((row) => ({ ...row }))

/** Takes over what a task that died left unsent, in one transaction; the same folder again changes nothing. */
export function adoptOutbox(
  own: Sql,
  dead: { readonly folder: string; readonly identity: string; readonly sql: Sql },
  now: number,
): void {
  openOutbox(dead.sql)
  const rows = dead.sql.all<Pick<Row, 'kind' | 'events' | 'body' | 'taken_at'>>(
    'SELECT kind, events, body, taken_at FROM outbox ORDER BY number',
  )
  const refused = readRefused(dead.sql, 'ORDER BY number')
  own.transaction(() => {
    if (hasAdoptedOutbox(own, dead.folder)) return
    own.all('INSERT INTO outbox_adopted VALUES (?, ?, ?)', dead.folder, dead.identity, now)
    for (const row of rows) insert(own, { ...row, due: now, tries: 0 })
    for (const one of refused) keep(own, one)
  })
}

export const hasAdoptedOutbox = (sql: Sql, folder: string): boolean =>
  sql.all('SELECT 1 FROM outbox_adopted WHERE folder = ?', folder).length > 0
