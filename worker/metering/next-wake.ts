/** An object's next wake: in a table of its own, in business time, and as a real alarm (design §9). */
import { MINUTE_MS } from '../../shared/hour.ts'
import type { Home } from './ports.ts'

/** After a run that died, the object wakes this much later by itself. */
const GUARD_MS = MINUTE_MS

export interface NextWake {
  /** When there is something to do, epoch ms of business time; null: never by itself. */
  read(): number | null
  /** Stores the wake and arms the alarm for it. Writes nothing when nothing changes. */
  store(due: number | null): Promise<void>
  /** Stores an earlier wake only: what the object already waits for stays. */
  advance(due: number | null): Promise<void>
  /**
   * Arms an alarm a minute ahead, in a commit of its own. Call it before the work: whatever the work throws, or wherever
   * the object dies, it wakes again (money §7 *Alarms*).
   */
  guard(): Promise<void>
}

/** The wake of one object, in the object's own storage; makes its table. */
export function openNextWake({ sql, alarm, clocks }: Pick<Home, 'sql' | 'alarm' | 'clocks'>): NextWake {
  sql.script(
    'create table if not exists next_wake (id integer primary key check (id = 1), due_ms integer) strict',
  )
  sql.all('insert into next_wake (id, due_ms) values (1, null) on conflict do nothing')
  /** When the alarm is set for, wall time; undefined: this process has not set it. */
  let armed: number | null | undefined

  const read = (): number | null =>
    sql.all<{ due_ms: number | null }>('select due_ms from next_wake')[0]?.due_ms ?? null

  async function store(due: number | null): Promise<void> {
    if (due !== read()) sql.all('update next_wake set due_ms = ?', due)
    // Business time is ahead of or behind the wall only where it is moved by hand; the alarm is then a second chance.
    const at = due === null ? null : clocks.wall() + Math.max(0, due - clocks.business())
    if (
      armed !== undefined &&
      at !== null &&
      armed !== null &&
      Math.abs(at - armed) < 5 &&
      armed > clocks.wall()
    )
      return
    if (armed === null && at === null) return
    armed = at
    await (at === null ? alarm.delete() : alarm.set(at))
  }

  return {
    read,
    store,
    async advance(due) {
      const known = read()
      if (due !== null && (known === null || due < known)) await store(due)
    },
    async guard() {
      armed = clocks.wall() + GUARD_MS
      await alarm.set(armed)
      await alarm.sync()
    },
  }
}
