/** The yardstick: what node:sqlite does on this machine when it only inserts a row an event, a transaction a thousand. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const BATCH = 1000

export interface InsertLoop {
  /** Inserts so many events and answers the milliseconds it took. */
  run(events: number): number
  close(): void
}

/** On disk with a write-ahead log, as a Durable Object's database is. */
export function openInsertLoop(): InsertLoop {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-insert-'))
  const db = new DatabaseSync(join(folder, 'events.sqlite'))
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  db.exec(
    'CREATE TABLE events (source TEXT, id TEXT, meter TEXT, time INTEGER, amount TEXT, PRIMARY KEY (source, id)) STRICT, WITHOUT ROWID',
  )
  const insert = db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?)')
  let made = 0

  return {
    run(events) {
      const start = performance.now()
      for (let done = 0; done < events; done += BATCH) {
        db.exec('BEGIN')
        for (let at = 0; at < BATCH; at++) {
          made += 1
          insert.run('key_bench', `event-${made}`, 'api_calls', 1_763_720_100_000, '1000000')
        }
        db.exec('COMMIT')
      }
      return performance.now() - start
    },
    close() {
      db.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
