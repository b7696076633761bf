/** What the spool's tests share: a volume in a temporary folder, a clock moved by hand, and the smallest core that counts once. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { About, Spool, SpoolClock } from '../../../container/spool/spool.ts'
import { openSpool } from '../../../container/spool/spool.ts'
import { choosePlace, type Place } from '../../../container/spool/place.ts'
import type { Journal } from '../../../container/sql.ts'
import type { Sql } from '../../../shared/sql.ts'

export const CODE = 'skillsmithcodeskillsmith1'

/** A new volume, removed when the test is over. */
export function newVolume(journal?: Journal): Place {
  const root = mkdtempSync(join(tmpdir(), 'tollgate-spool-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const chosen = choosePlace([root])
  if (!chosen.ok) throw new Error(chosen.error.why)
  return { ...chosen.value, journal: journal ?? chosen.value.journal }
}

export interface HandClock extends SpoolClock {
  /** Lets so many milliseconds pass, and what is due by timer run. */
  pass(ms: number): void
  /** Lets them pass as for a process that was stopped: no timer runs. */
  stall(ms: number): void
}

export function handClock(): HandClock {
  let now = 1_000
  const timers = new Set<{ readonly ms: number; readonly run: () => void; at: number }>()
  return {
    monotonicMs: () => now,
    wallMs: () => Date.parse('2026-11-21T00:00:00Z') + now,
    every(ms, run) {
      const timer = { ms, run, at: now + ms }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    stall: (ms) => void (now += ms),
    pass(ms) {
      const until = now + ms
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)
        if (next === undefined) break
        now = Math.max(now, next.at)
        next.at += next.ms
        next.run()
      }
      now = until
    },
  }
}

export interface Core {
  readonly sql: Sql
  readonly about: About
  /** Counts units under an id, once. False: it was counted before. */
  count(id: string, units: number): boolean
  /** What is counted, by id. */
  counted(): Record<string, number>
}

/** Everything it knows is in its file, as a ledger's. */
export function buildCore(sql: Sql, about: About): Core {
  sql.script('CREATE TABLE IF NOT EXISTS counts (id TEXT PRIMARY KEY, units INTEGER NOT NULL) STRICT')
  sql.script('CREATE TABLE IF NOT EXISTS adopted (folder TEXT PRIMARY KEY) STRICT')
  return {
    sql,
    about,
    count: (id, units) =>
      sql.transaction(
        () =>
          sql.all('INSERT INTO counts VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING id', id, units)
            .length === 1,
      ),
    counted: () => readCounts(sql),
  }
}

export const readCounts = (sql: Sql): Record<string, number> =>
  Object.fromEntries(
    sql
      .all<{ id: string; units: number }>('SELECT id, units FROM counts ORDER BY id')
      .map(({ id, units }) => [id, units]),
  )

/** A task's spool, closed when the test is over. */
export function openTask(place: Place, identity: string, clock: SpoolClock): Spool<Core> {
  const opened = openSpool({ place, productCode: CODE, identity, clock, build: buildCore })
  if (!opened.ok) throw new Error(opened.error.why)
  onTestFinished(() => opened.value.close())
  return opened.value
}

export const count = (spool: Spool<Core>, id: string, units = 1): boolean =>
  spool.write((core) => core.count(id, units))

export const counted = (spool: Spool<Core>): Record<string, number> => spool.read((core) => core.counted())
