/** What is wrong for a while in a cluster: storms, outages, missing rights, clocks, disks. Drawn once a seed; windows of true time. */
import { HOUR_MS, MINUTE_MS, monthOf, nextMonth } from '../../../../shared/hour.ts'
import type { Random } from '../../random.ts'
import type { Time } from '../../runtime/time.ts'
import type { FaultName, Faults } from '../faults.ts'
import type { World } from '../worlds/world.ts'

export interface Window {
  readonly from: number
  readonly until: number
  readonly why: string
}

export interface Weather {
  /** AWS cannot be reached. */
  away(): boolean
  /** AWS's name for why it refuses every call; undefined: it does not. */
  refuses(): string | undefined
  withoutCredentials(): boolean
  /** The disk of this slot takes nothing. */
  diskFull(slot: number): boolean
  /** How far the clock of this slot's host is ahead of true time, in ms. */
  skewOf(slot: number): number
  /** Somebody else meters an hour of a task that runs then; null: nobody does. */
  readonly strangerAt: number | null
  /** A spool is copied then; null: none is. */
  readonly copiedAt: number | null
  /** An identical record under another token is answered DuplicateRequest. */
  readonly windows: readonly Window[]
  readonly clocksAgree: boolean
}

export function openWeather(time: Time, faults: Faults, random: Random, world: World): Weather {
  const { from, until } = world
  const someTime = (): number => random.whole(from, until)
  const window = (name: FaultName, longest: () => number): Window | null => {
    if (!faults.hit(name)) return null
    const begins = someTime()
    return { from: begins, until: begins + longest(), why: name }
  }
  const upTo = (least: number, most: number) => (): number => random.whole(least, most)
  const within = (frame: Window | null): boolean =>
    frame !== null && time.now() >= frame.from && time.now() < frame.until

  const storm = window('aws-storm', upTo(HOUR_MS, 5 * HOUR_MS))
  const outage = window('aws-outage', upTo(10 * MINUTE_MS, 8 * HOUR_MS))
  const first = nextMonth(monthOf(from))
  const monthEnd: Window | null =
    world.shape === 'month-end' && faults.hit('month-end-outage')
      ? { from: first - 2 * HOUR_MS, until: first + 4 * HOUR_MS, why: 'month-end-outage' }
      : null
  const denied = window('aws-denied', upTo(10 * MINUTE_MS, 4 * HOUR_MS))
  const blind = window('no-credentials', upTo(5 * MINUTE_MS, 3 * HOUR_MS))
  const full = window('disk-full', upTo(MINUTE_MS, 90 * MINUTE_MS))
  const fullOf = random.whole(0, world.slots.length - 1)
  const skewed = faults.hit('clock-skew')
  const skews = world.slots.map(() => (skewed ? random.whole(-10 * MINUTE_MS, 10 * MINUTE_MS) : 0))
  const agreeFrom = until + random.whole(0, 2 * HOUR_MS)
  const back = faults.hit('clock-back') ? someTime() : null
  const forward = faults.hit('clock-forward') ? someTime() : null
  const jumper = random.whole(0, world.slots.length - 1)
  // A person sets a host's clock in the end.
  const lasts = random.whole(10 * MINUTE_MS, 9 * HOUR_MS)
  const jumped = (at: number | null): boolean => at !== null && time.now() >= at && time.now() < at + lasts
  const windows = [storm, outage, monthEnd, denied, blind, full].filter((one) => one !== null)
  const jumps = [back, forward].filter((at) => at !== null)

  return {
    away: () => within(outage) || within(monthEnd),
    refuses: () =>
      within(storm) ? 'ThrottlingException' : within(denied) ? 'AccessDeniedException' : undefined,
    withoutCredentials: () => within(blind),
    diskFull: (slot) => within(full) && (world.volume === 'shared' || slot === fullOf),
    skewOf(slot) {
      const jump =
        slot === jumper ? (jumped(back) ? -2 * HOUR_MS : 0) + (jumped(forward) ? 7 * HOUR_MS : 0) : 0
      return (time.now() < agreeFrom ? (skews[slot] ?? 0) : 0) + jump
    },
    strangerAt: faults.hit('aws-conflict') ? someTime() : null,
    copiedAt: faults.hit('copied') ? someTime() : null,
    windows: [
      ...windows,
      ...(skewed ? [{ from, until: agreeFrom, why: 'clock-skew' }] : []),
      ...jumps.map((at) => ({ from: at, until: at + lasts, why: 'a clock jumped' })),
    ],
    clocksAgree: !skewed && jumps.length === 0,
  }
}
