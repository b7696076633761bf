/**
 * Cron in the simulation. It comes by every minute in truth; here in the minutes in which only it can put something
 * right, and in some in which there is nothing to do, so that a seed is not made of runs that find nothing.
 */
import { HOUR_MS, MINUTE_MS, monthOf, nextMonth } from '../../../shared/hour.ts'
import type { Faults } from '../faults.ts'
import type { Random } from '../random.ts'
import type { Time } from './time.ts'
import type { Weather } from './weather.ts'

/** After trouble at these distances: at once, when a visit is due, when one failed, when a Ledger that was idle is. */
const AFTER_TROUBLE_MS = [2 * MINUTE_MS, 96 * MINUTE_MS, 104 * MINUTE_MS, 365 * MINUTE_MS]

/** What may fail and is tried again is tried in the next but one minute. */
const AGAIN_MS = 2 * MINUTE_MS

/** One that comes so soon after a wanted one does for it. */
const ENOUGH_MS = 5 * MINUTE_MS

export interface CronWorld {
  readonly time: Time
  readonly faults: Faults
  readonly random: Random
  readonly weather: Weather
  /** No cron is wanted after this. */
  readonly end: number
  /** False: a part of it failed, and is to be done again. */
  readonly run: () => Promise<boolean>
}

export interface Crons {
  /** Something has gone wrong that only cron or a visit may put right. */
  trouble(): void
  /** One at this true time, or as soon after as it runs. */
  at(when: number): void
}

export function openCrons({ time, faults, random, weather, end, run }: CronWorld): Crons {
  /** Minutes in which one will run. */
  const wanted = new Set<number>()

  function want(at: number, enough: number): void {
    const minute = Math.ceil(weather.cronFrom(at) / MINUTE_MS) * MINUTE_MS
    if (minute > end || [...wanted].some((other) => other >= minute && other <= minute + enough)) return
    wanted.add(minute)
    const late = faults.hit('cron-late') ? random.whole(0, 20 * MINUTE_MS) : random.whole(0, 3_000)
    time.at(minute + late, () => {
      wanted.delete(minute)
      come()
    })
    if (faults.hit('cron-twice')) time.at(minute + late + random.whole(0, 5_000), come)
  }

  function come(): void {
    void run().then((done) => done || want(time.now() + AGAIN_MS, 0))
  }

  return {
    trouble() {
      for (const distance of AFTER_TROUBLE_MS) want(time.now() + distance, Math.max(ENOUGH_MS, distance / 4))
    },
    at: (when) => want(when, 0),
  }
}

/** When cron is seen though nothing is wrong: a few times in a seed, and around each 1st. */
export function* quietCrons(from: number, until: number): Generator<number> {
  const step = until - from > 240 * HOUR_MS ? 240 * HOUR_MS : 30 * HOUR_MS
  for (let at = from; at < until; at += step) yield at
  for (let month = nextMonth(monthOf(from)); month < until; month = nextMonth(month))
    for (const hours of [-3.5, 0.2, 4]) if (month + hours * HOUR_MS > from) yield month + hours * HOUR_MS
}
