/** One run of a container's process: alive until it is killed or ends, with a clock, a disk and a timer of its host. */
import type { SpoolClock } from '../../../../container/spool/spool.ts'
import type { Random } from '../../random.ts'
import type { Time } from '../../runtime/time.ts'
import type { Faults } from '../faults.ts'
import { closeAll, Death, type HostedProcess, runAs } from './host.ts'
import type { Weather } from './weather.ts'

/** Where a process may die: around a write to its disk, or around a call of AWS. */
export interface CrashPoint {
  readonly process: string
  /** What it was doing: `take`, `run`, `stop`, `start`, `look`. */
  readonly act: string
  readonly when: 'before' | 'after'
  readonly what: string
  /** True time. */
  readonly at: number
}

export interface Host {
  readonly time: Time
  readonly faults: Faults
  readonly random: Random
  readonly weather: Weather
  readonly note: (line: string) => void
  /** Whether who dies comes back in the same task; null: as it is drawn. */
  readonly sameTask: boolean | null
  /** A fault of our own: the seed is over. */
  readonly fail: (thrown: unknown) => void
  /** Set while crash points are enumerated: asked at every one of them; true: die there. */
  readonly crashPoint: ((point: CrashPoint) => boolean) | null
}

export interface Process extends HostedProcess {
  readonly slot: number
  readonly startedAt: number
  /** Its host's clock, epoch ms. */
  now(): number
  readonly clock: SpoolClock
  /** Runs `work` as this process; undefined: it died of it. What a dead one is asked is not done. */
  step<T>(act: string, work: () => T): T | undefined
  /** The same across awaits: resolves with undefined when it dies, and whatever it still waits for is dropped. */
  task<T>(act: string, work: () => Promise<T>): Promise<T | undefined>
  /** What its timers would have done by now. */
  tick(): void
  /** A crash point that is no write: `a call`. */
  pass(when: 'before' | 'after', what: string): void
  /** SIGKILL, out of memory, or the end of the process. `meant`: by who also says what comes after it. */
  die(why: string, meant?: 'meant'): void
  isMeant(): boolean
  onEnd(tell: () => void): void
}

export function openProcess(host: Host, name: string, slot: number): Process {
  const { time, faults, weather } = host
  const startedAt = time.now()
  const timers = new Set<() => void>()
  const ends: (() => void)[] = []
  let alive = true
  let act = 'start'
  let meant = false

  const now = (): number => time.now() + weather.skewOf(slot)

  const death = (why: string): Death => {
    process.die(why)
    return new Death(`${name}: ${why}`)
  }

  const dieMaybe = (when: 'before' | 'after', what: string): void => {
    if (host.crashPoint?.({ process: name, act, when, what, at: time.now() }) === true)
      throw death(`killed ${when} ${what} of ${act}`)
  }

  const process: Process = {
    name,
    slot,
    startedAt,
    now,
    clock: {
      // As `performance.now`: with a fraction.
      monotonicMs: () => time.now() - startedAt + 0.25,
      wallMs: now,
      every(_ms, run) {
        timers.add(run)
        return () => void timers.delete(run)
      },
    },
    alive: () => alive,

    atWrite(when, what) {
      dieMaybe(when, what)
      if (faults.hit(when === 'before' ? 'killed-before-write' : 'killed-after-write'))
        throw death(`killed ${when} ${what} of ${act}`)
    },

    refuses(what) {
      if (weather.diskFull(slot)) return 'full'
      return what === 'a commit' && faults.hit('disk-unsure') ? 'unsure' : null
    },

    step(doing, work) {
      if (!alive) return undefined
      act = doing
      try {
        return runAs(process, work)
      } catch (error) {
        // What a dead process trips over is nobody's.
        if (alive && !(error instanceof Death)) throw error
        return undefined
      }
    },

    async task(doing, work) {
      if (!alive) return undefined
      act = doing
      const ended = new Promise<undefined>((resolve) => ends.push(() => resolve(undefined)))
      const done = runAs(process, work).catch((error: unknown) => {
        if (alive && !(error instanceof Death)) throw error
        return undefined
      })
      return await Promise.race([done, ended])
    },

    tick() {
      for (const timer of timers) if (alive) process.step(act, timer)
    },

    pass(when, what) {
      dieMaybe(when, what)
    },

    isMeant: () => meant,

    die(why, how) {
      if (!alive) return
      alive = false
      meant = how === 'meant'
      host.note(`${name} ends: ${why}`)
      closeAll(process)
      for (const tell of ends.splice(0)) tell()
    },

    onEnd: (tell) => void ends.push(tell),
  }
  return process
}
