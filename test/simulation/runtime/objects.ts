/**
 * Durable Objects under virtual time: calls are messages that may be lost, doubled or slow; an object may die at any
 * await; nothing leaves it before what it wrote is durable; alarms fire at least once and are forgotten at last.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Sql } from '../../../shared/sql.ts'
import type { Alarm } from '../../../worker/metering/ports.ts'
import type { Faults } from '../faults.ts'
import type { Random } from '../random.ts'
import type { Store } from './store.ts'
import type { Time } from './time.ts'

/** What the platform needs of the world around it. */
export interface Platform {
  readonly time: Time
  readonly faults: Faults
  readonly random: Random
  /** Writes one line of the trace. */
  readonly note: (line: string) => void
  /** Something went wrong that only cron or a visit may put right. */
  readonly trouble: () => void
  /** Set while crash points are enumerated: asked at every one of them; true: die there. */
  readonly crashPoint: ((point: CrashPoint) => boolean) | null
}

/** Where an object may die: around something that it writes, or around messages that leave it. */
export interface CrashPoint {
  readonly object: string
  /** What it was asked to do, without numbers and names: `take`, `alarm`, `write off`. Of messages: what leaves. */
  readonly act: string
  readonly when: 'before' | 'after'
  readonly what: 'write' | 'message'
  /** What was written to, known after it; of messages none. */
  readonly tables: readonly string[]
  /** True time. */
  readonly at: number
}

/** Who sends: an object's instance holds what it sends until its writes are durable, the world sends at once. */
export interface Sender {
  /** `what`: it says of the message. */
  send(message: () => void, what?: string): void
  alive(): boolean
}

export const WORLD: Sender = { send: (message) => message(), alive: () => true }

/** What an instance is given by its platform. */
export interface Inside extends Sender {
  readonly sql: Sql
  readonly alarm: Alarm
  /** To be told when what is written in this step is durable: never, where the object dies before. */
  kept(tell: () => void): void
}

interface HostedCore {
  alarm(): Promise<void>
}

export interface VirtualObject<C> {
  readonly name: string
  /**
   * Calls the object; throws like a lost connection when the call or its answer is lost. `kept` is told each time what
   * the call wrote is durable.
   */
  call<T>(from: Sender, what: string, work: (core: C) => Promise<T>, kept?: () => void): Promise<T>
  /** Drops the instance between two calls, with nothing lost: a deploy, a move. */
  evict(): void
  /** Marks what the object is now: its storage and its alarm. */
  bookmark(): void
  /** Sets it back to the bookmark, as a restore from a point in time does: whoever waits for an answer gets none. */
  goBack(): void
  /** After each step: the writes become durable, then what was held back leaves. */
  settle(): void
  /** When the alarm is set for, true time. */
  alarmAt(): number | null
}

interface Message {
  readonly leave: () => void
  readonly what: string
}

interface Instance<C> extends Inside {
  readonly core: C
  readonly outbox: Message[]
  readonly calls: Set<(reason: Error) => void>
  /** To be told when what was written in this step is durable. */
  readonly unkept: (() => void)[]
  die(): void
  /** What was written is durable: so is the alarm that was set with it. */
  keep(): void
}

/** Runs of one alarm: once, and six times more. Source: seen (money §7). */
const ALARM_RUNS_MAX = 7

/** Thrown in whatever a dead instance still does: it ends there. */
class Crash extends Error {}

/** What a dead instance had begun and nobody waits for any more fails unheard, as it does when a process dies. */
process.on('unhandledRejection', (reason) => {
  if (!(reason instanceof Crash)) throw reason
})

export function openObject<C extends HostedCore>(
  platform: Platform,
  name: string,
  store: Store,
  skew: () => number,
  open: (inside: Inside) => C,
): VirtualObject<C> {
  const { time, faults, random, note } = platform
  let instance: Instance<C> | null = null
  let alarmAt: number | null = null
  let alarmNumber = 0

  const shortly = (): number => time.now() + random.whole(1, 20)

  function start(): Instance<C> {
    let alive = true
    let wanted: number | null | undefined
    const outbox: Message[] = []
    const unkept: (() => void)[] = []
    const calls = new Set<(reason: Error) => void>()
    const mustLive = (): void => {
      if (!alive) throw new Crash(`${name} is dead`)
    }
    const inside: Inside = {
      send(leave, what = 'a call') {
        mustLive()
        outbox.push({ leave, what })
      },
      alive: () => alive,
      kept: (tell) => void unkept.push(tell),
      sql: {
        all(sql, ...params) {
          mustLive()
          return store.sql.all(sql, ...params)
        },
        transaction(work) {
          mustLive()
          return store.sql.transaction(work)
        },
        script(sql) {
          mustLive()
          store.sql.script(sql)
        },
      },
      alarm: {
        async get() {
          mustLive()
          const at = wanted === undefined ? alarmAt : wanted
          return at === null ? null : at + skew()
        },
        async set(atMs) {
          mustLive()
          wanted = atMs - skew()
        },
        async delete() {
          mustLive()
          wanted = null
        },
        sync() {
          mustLive()
          return new Promise((resolve) => {
            const leave = (): void => time.at(time.now(), () => alive && resolve())
            outbox.push({ leave, what: 'the alarm' })
          })
        },
      },
    }
    const made: Instance<C> = {
      ...inside,
      core: open(inside),
      outbox,
      calls,
      unkept,
      keep() {
        if (wanted !== undefined && wanted !== alarmAt) setAlarm(wanted)
        wanted = undefined
        for (const tell of unkept.splice(0)) tell()
      },
      die() {
        alive = false
        for (const fail of calls) time.at(shortly(), () => fail(new Error(`${name} was reset`)))
        calls.clear()
      },
    }
    return made
  }

  function die(how: string): void {
    note(`${name} dies ${how}`)
    store.rollback()
    instance?.die()
    instance = null
  }

  function setAlarm(at: number | null): void {
    alarmAt = at
    alarmNumber += 1
    const number = alarmNumber
    if (at === null) return
    const late = faults.hit('alarm-late') ? random.whole(60_000, 900_000) : random.whole(0, 50)
    if (faults.hit('alarm-forgotten')) {
      time.at(at + late, () => {
        if (number !== alarmNumber) return
        note(`the alarm of ${name} is forgotten`)
        platform.trouble()
      })
      return
    }
    time.at(at + late, () => {
      if (number !== alarmNumber) return
      alarmAt = null
      fire(1)
      if (faults.hit('alarm-doubled')) fire(1)
    })
  }

  /** Runs the alarm; when the object dies under it, again after 2, 4, 8 … seconds, seven times in all. */
  function fire(run: number): void {
    deliver(
      'alarm',
      (core) => core.alarm(),
      () => {},
      () => {
        if (run < ALARM_RUNS_MAX) time.at(time.now() + 1_000 * 2 ** run, () => fire(run + 1))
        else platform.trouble()
      },
    )
  }

  function deliver<T>(
    what: string,
    work: (core: C) => Promise<T>,
    answered: (value: T) => void,
    failed: (reason: Error) => void,
    kept?: () => void,
  ): void {
    if (instance !== null && instance.calls.size === 0 && faults.hit('evicted')) evict()
    let there: Instance<C>
    try {
      there = instance ??= start()
    } catch (thrown) {
      if (!(thrown instanceof Crash)) throw thrown
      return failed(thrown)
    }
    note(`${name}: ${what}`)
    there.calls.add(failed)
    if (kept !== undefined) there.unkept.push(kept)
    const answer = (leave: () => void): void => {
      if (!there.alive()) return
      there.outbox.push({
        leave: () => void (there.calls.delete(failed) && leave()),
        what: `answer to ${actOf(what)}`,
      })
    }
    const begun = (): Promise<T> => work(there.core)
    const doing = platform.crashPoint === null ? begun() : ACT.run(actOf(what), begun)
    doing.then(
      (value) => answer(() => answered(value)),
      (reason: unknown) => answer(() => failed(reason instanceof Error ? reason : new Error(String(reason)))),
    )
  }

  function evict(): void {
    if (instance === null) return
    // Whatever it was waiting for never comes back to it; what it wrote is durable.
    instance.die()
    instance = null
  }

  let marked: number | null = null

  const crashesAt = (point: Omit<CrashPoint, 'object' | 'at'>): boolean =>
    platform.crashPoint?.({ object: name, at: time.now(), ...point }) ?? false

  store.onWrite =
    platform.crashPoint === null
      ? null
      : (when, tables) => {
          if (when === 'after') {
            store.commit()
            instance?.keep()
          }
          if (!crashesAt({ act: ACT.getStore() ?? 'start', when, what: 'write', tables })) return
          die(`${when} a write`)
          throw new Crash(name)
        }

  return {
    name,
    alarmAt: () => alarmAt,
    evict,

    bookmark() {
      store.bookmark()
      marked = alarmAt
    },
    goBack() {
      instance?.die()
      instance = null
      store.goBack()
      // Whether an alarm is set back with the storage is not known: both are tried.
      setAlarm(random.chance(0.5) ? marked : null)
      platform.trouble()
    },

    call: (from, what, work, kept) =>
      new Promise((resolve, reject) => {
        const back = (deed: () => void): void =>
          time.at(shortly(), () => {
            if (from.alive()) deed()
          })
        const lose = (how: string): void => {
          note(`the call ${what} to ${name} is lost ${how}`)
          back(() => reject(new Error(`the connection to ${name} was lost`)))
        }
        from.send(() => {
          if (faults.hit('call-lost-before')) return lose('on its way')
          const slow = faults.hit('call-slow') ? random.whole(1_000, 30_000) : random.whole(1, 20)
          const lost = faults.hit('call-lost-after')
          const run = (final: boolean): void =>
            deliver(
              what,
              work,
              (value) => {
                if (lost) lose('on its way back')
                else if (final) back(() => resolve(value))
              },
              (reason) => {
                if (final) back(() => reject(reason))
              },
              kept,
            )
          time.at(time.now() + slow, () => run(true))
          if (faults.hit('call-doubled')) {
            note(`the call ${what} to ${name} is doubled`)
            time.at(time.now() + slow + random.whole(0, 5_000), () => run(false))
          }
        }, `call of ${what}`)
      }),

    settle() {
      const now = instance
      if (now === null) return
      if (store.dirty()) {
        if (faults.hit('crash-before-commit')) return die('before its commit')
        store.commit()
        now.keep()
        if (faults.hit('crash-after-commit')) return die('after its commit')
      } else now.keep()
      if (now.outbox.length === 0) return
      const leaving = now.outbox.splice(0)
      const point = {
        act: [...new Set(leaving.map(({ what }) => actOf(what)))].sort().join(' and '),
        what: 'message',
        tables: [],
      } as const
      if (crashesAt({ ...point, when: 'before' })) return die('before a message leaves')
      for (const { leave } of leaving) leave()
      if (crashesAt({ ...point, when: 'after' })) die('after a message left')
    },
  }
}

/** What an object is doing, while crash points are enumerated. */
const ACT = new AsyncLocalStorage<string>()

/** `settle of 3` and `order 2` without what is theirs alone. */
const actOf = (what: string): string => what.replace(/(?<!^call) of .*| \d.*/, '')
