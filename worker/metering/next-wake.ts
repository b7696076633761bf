/** An object's next wake: in business time while its process lives, and as its real alarm (design §9). */
import { MINUTE_MS } from '../../shared/hour.ts'
import type { Home } from './ports.ts'

/** After a run that died, the object wakes this much later by itself. */
const GUARD_MS = MINUTE_MS

export interface NextWake {
  /** When there is something to do, epoch ms of business time; null: never by itself. */
  read(): number | null
  /** Learns what the alarm is set to, where this process does not know. Await it before the work that `advance` follows. */
  ready(): Promise<void>
  /** Keeps the wake and arms the alarm for it. Writes nothing when nothing changes. */
  store(due: number | null): Promise<void>
  /** Keeps an earlier wake only: what the object already waits for stays. */
  advance(due: number | null): Promise<void>
  /**
   * Arms an alarm a minute ahead, in a commit of its own. Call it before the work: whatever the work throws, or wherever
   * the object dies, it wakes again (money §7 *Alarms*).
   */
  guard(): Promise<void>
}

/**
 * The wake of one object. Only its alarm is stored: a row beside it would be written as often. `due` says from what is
 * stored when there is something to do, for a process that has set no wake yet.
 */
export function openNextWake(
  { alarm, clocks }: Pick<Home, 'alarm' | 'clocks'>,
  due: (now: number) => number | null,
): NextWake {
  /** What this process has set, in business time; undefined: nothing yet. */
  let known: number | null | undefined
  /** When the alarm is set for, wall time; undefined: this process does not know. */
  let armed: number | null | undefined

  // Business time is ahead of or behind the wall only where it is moved by hand; the alarm is then a second chance.
  const wallOf = (at: number): number => clocks.wall() + Math.max(0, at - clocks.business())

  async function store(next: number | null): Promise<void> {
    known = next
    const at = next === null ? null : wallOf(next)
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
    read: () => (known === undefined ? due(clocks.business()) : known),
    async ready() {
      if (armed === undefined) armed = await alarm.get()
    },
    store,
    async advance(next) {
      if (next === null) return
      const waits =
        known === undefined
          ? armed !== undefined && armed !== null && armed <= wallOf(next)
          : known !== null && known <= next
      if (!waits) await store(next)
    },
    async guard() {
      armed = clocks.wall() + GUARD_MS
      await alarm.set(armed)
      await alarm.sync()
    },
  }
}
