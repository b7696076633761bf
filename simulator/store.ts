/**
 * The marketplace on disk: each command that changed it is written to a journal and committed before its answer goes
 * out. Opening replays the journal, for the machine is deterministic. A snapshot takes the journal's place when that has
 * outgrown it, so a command costs the same however long the bill is. No HTTP.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../shared/clock.ts'
import { err, ok } from '../shared/result.ts'
import type { Result } from '../shared/result.ts'
import type { Marketplace } from './host.ts'
import type { Answers, Command, CommandKind, CommandOf } from './marketplace/commands.ts'
import { apply, newState } from './marketplace/machine.ts'
import type { State } from './marketplace/model.ts'
import { completeState } from './marketplace/upgrade.ts'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS snapshot (
    id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS journal (
    sequence INTEGER PRIMARY KEY, business_ms INTEGER NOT NULL, wall_ms INTEGER NOT NULL, command TEXT NOT NULL
  ) STRICT;`

/** A journal shorter than this is never worth a snapshot. */
const SNAPSHOT_LEAST_CHARS = 4_000_000

export interface StoreOptions {
  /** Is made when it does not exist. */
  readonly folder: string
  readonly wall: Clock
  /** For a new marketplace only: what its ids are drawn from. */
  readonly seed: number
  /** Called when a change could not be written: the state in memory is ahead of the disk, and the process must end. */
  readonly onLost: (cause: unknown) => void
}

export interface Store extends Marketplace {
  /** Commits what is under way and lets the folder go. */
  close(): Promise<void>
}

/** Opens the folder's marketplace, or says in one sentence why it cannot be had. One process at a time. */
export function openStore(options: StoreOptions): Result<Store, string> {
  try {
    mkdirSync(options.folder, { recursive: true })
    const db = new DatabaseSync(join(options.folder, 'marketplace.db'))
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    db.exec(`BEGIN EXCLUSIVE; ${SCHEMA}; COMMIT`)
    const read = readState(db, options)
    return read.ok ? ok(startStore(db, read.value, options)) : read
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return /locked|busy/i.test(reason)
      ? err(`another simulator uses ${options.folder}: end it, or give another --state`)
      : err(`the simulator's state in ${options.folder} cannot be used (${reason}): give another --state`)
  }
}

interface Kept {
  readonly state: State
  readonly snapshotChars: number
  readonly journalChars: number
}

function readState(db: DatabaseSync, { wall, seed, folder }: StoreOptions): Result<Kept, string> {
  const snapshot = db.prepare('SELECT state FROM snapshot').get()?.['state']
  const fresh = typeof snapshot !== 'string'
  const kept = fresh ? newState(seed, wall()) : (JSON.parse(snapshot) as State)
  if (kept.version !== newState(0, 0).version)
    return err(`${folder} was written by another version of the simulator: start with --fresh`)
  const state = completeState(kept)
  if (fresh) db.prepare('INSERT INTO snapshot VALUES (1, ?)').run(JSON.stringify(state))

  let journalChars = 0
  for (const row of db.prepare('SELECT * FROM journal ORDER BY sequence').iterate()) {
    const text = String(row['command'])
    const times = { business: Number(row['business_ms']), wall: Number(row['wall_ms']) }
    apply(state, JSON.parse(text) as Command, times)
    journalChars += text.length
  }
  return ok({ state, snapshotChars: fresh ? 0 : snapshot.length, journalChars })
}

function startStore(db: DatabaseSync, kept: Kept, { wall, onLost }: StoreOptions): Store {
  const { state } = kept
  let { snapshotChars, journalChars } = kept
  const insert = db.prepare('INSERT INTO journal (business_ms, wall_ms, command) VALUES (?, ?, ?)')
  const listeners = new Set<() => void>()
  let waiting: { readonly business: number; readonly wall: number; readonly text: string }[] = []
  let committed: Promise<void> | undefined

  function commit(): void {
    const entries = waiting
    waiting = []
    committed = undefined
    db.exec('BEGIN')
    for (const entry of entries) {
      insert.run(entry.business, entry.wall, entry.text)
      journalChars += entry.text.length
    }
    if (journalChars > Math.max(SNAPSHOT_LEAST_CHARS, snapshotChars)) snapshot()
    db.exec('COMMIT')
  }

  function snapshot(): void {
    const text = JSON.stringify({ ...state, quotas: {}, metrics: {} })
    db.prepare('UPDATE snapshot SET state = ?').run(text)
    db.exec('DELETE FROM journal')
    snapshotChars = text.length
    journalChars = 0
  }

  /** One commit for all that came in during one turn of the event loop. */
  const nextCommit = (): Promise<void> =>
    new Promise((resolve) => {
      setImmediate(() => {
        try {
          commit()
        } catch (cause) {
          return onLost(cause)
        }
        resolve()
        for (const listen of listeners) listen()
      })
    })

  return {
    state,
    async run<K extends CommandKind>(command: CommandOf<K>): Promise<Answers[K]> {
      const times = { business: state.business, wall: wall() }
      const text = JSON.stringify(command)
      const { answer, changed } = apply(state, command, times)
      if (changed) {
        waiting.push({ ...times, text })
        committed ??= nextCommit()
      }
      // What changed nothing may still tell of a change that is not on disk yet.
      await committed
      return answer
    },
    onChange(listen) {
      listeners.add(listen)
      return () => listeners.delete(listen)
    },
    async close() {
      await committed
      db.close()
    },
  }
}
