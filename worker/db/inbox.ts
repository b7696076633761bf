/** The inbox in D1: every event AWS sent, once by its id, stored before it is applied. */
import { drizzle } from 'drizzle-orm/d1'
import type { Arrived } from '../lifecycle/event.ts'
import { inbox } from './schema.ts'

/** Stores events in one batch. One that is there already stays as it is. Answers how many were new. */
export async function keepEvents(db: D1Database, events: readonly Arrived[], now: number): Promise<number> {
  const orm = drizzle(db)
  const inserts = events.map(({ note, ...event }) =>
    orm
      .insert(inbox)
      .values({ ...event, note, receivedMs: now, state: note === null ? 'waiting' : 'kept' })
      .onConflictDoNothing(),
  )
  const [first, ...rest] = inserts
  if (!first) return 0
  const results = await orm.batch([first, ...rest])
  return results.reduce((sum, result) => sum + result.meta.changes, 0)
}
