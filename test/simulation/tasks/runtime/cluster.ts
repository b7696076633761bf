/**
 * A buyer's cluster: places that hold one task at a time, their disks, what their applications report, who is started,
 * stopped, killed and replaced. It runs the container's own meter; nothing of it is stood in for but AWS, the clock and death.
 */
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Left, Meter } from '../../../../container/metering/meter.ts'
import { HOUR_MS, hourOf, MINUTE_MS } from '../../../../shared/hour.ts'
import type { Batch } from '../../../../shared/ledger/ledger.ts'
import type { EventAnswer } from '../../../../shared/usage/event.ts'
import type { ProcessLife, UsageTold } from '../history.ts'
import type { Act, Report, World } from '../worlds/world.ts'
import type { Asked, Aws, Caller, Reply } from './aws.ts'
import { COPIED, fileOfTask, foldersOf } from './disks.ts'
import { type Host, openProcess, type Process } from './process.ts'
import { countedIn, leftIn, millionths } from './show.ts'

/** What ECS and Kubernetes give between SIGTERM and SIGKILL, and what the container takes of it. */
const KILL_MS = 30_000
const STOP_MS = 25_000
/** How often an application sends again what got no answer. */
const RESEND_MS = 20_000
/** A loop that has nothing to do runs all the same. */
const IDLE_MS = 2 * HOUR_MS
/** Nothing is sent later than so long after the last usage. */
const LATEST_MS = 3 * HOUR_MS

interface Task {
  readonly id: string
  readonly task: string
  readonly startedAt: number
}

interface Place {
  readonly number: number
  task: Task | null
  process: Running | null
  /** One that has not come to its meter yet. */
  starting: Process | null
  /** Each of its starts and stops has a number: one that was overtaken is not done. */
  plan: number
}

export interface Running extends Opened {
  readonly process: Process
  readonly caller: () => Caller
  readonly root: string
  readonly life: { -readonly [K in keyof ProcessLife]: ProcessLife[K] }
  stopping: boolean
  /** When its loop runs next, true time; null: it runs now. */
  runsAt: number | null
}

/** Opens the container's meter for one process; null: it refused to start, or died of it. */
export type OpenMeter = (of: {
  readonly process: Process
  readonly root: string
  readonly task: Task
  readonly send: (asked: Asked) => Promise<Reply>
  readonly dryRun: (asked: Asked) => Promise<Reply>
  readonly pause: (ms: number) => Promise<void>
}) => Promise<Opened | null>

/** `due`: when it has something to do but for looking at its siblings, by its own clock; null: nothing. */
export interface Opened {
  readonly meter: Meter
  readonly due: () => number | null
}

export interface Cluster {
  /** Plans everything; then time runs. */
  begin(): void
  /** What was told, by ledger file. */
  readonly usage: UsageTold[]
  readonly lives: ProcessLife[]
  running(): readonly Running[]
  /** Folders of disks, and whether they are there at the end. */
  disks(): readonly { readonly root: string; readonly kept: boolean }[]
  /** Folders that somebody copied, by path of the copy. */
  readonly copies: readonly string[]
}

export interface ClusterWorld {
  readonly host: Host
  readonly world: World
  readonly aws: Aws
  readonly folder: string
  readonly openMeter: OpenMeter
  readonly saw: (group: string, name: string) => void
}

export function openCluster(of: ClusterWorld): Cluster {
  const { host, world, aws, openMeter } = of
  const { time, faults, random, weather, note } = host
  const places: Place[] = world.slots.map((_, number) => ({
    number,
    task: null,
    process: null,
    starting: null,
    plan: 0,
  }))
  const usage: UsageTold[] = []
  const lives: ProcessLife[] = []
  const copies: string[] = []
  const roots = new Map<string, boolean>()
  let processes = 0
  let batches = 0

  /** The disk a process of this place gets, as its volume is. */
  function rootFor(place: Place, task: Task): string {
    processes += 1
    const name = {
      shared: 'shared',
      slot: `slot-${place.number}`,
      task: `task-${task.id}`,
      none: `process-${processes}`,
    }[world.volume]
    const root = join(of.folder, name)
    mkdirSync(root, { recursive: true })
    roots.set(root, true)
    return root
  }

  const keepRoot = (root: string, kept: boolean): void => {
    if (world.volume === 'task' || world.volume === 'none') roots.set(root, kept)
  }

  async function start(place: Place, fresh: boolean): Promise<void> {
    if (place.process !== null || place.starting !== null) return
    if (fresh || place.task === null) place.task = aws.run(random.chance(0.5) ? 'ecs' : 'eks')
    const task = place.task
    const root = rootFor(place, task)
    const process = openProcess(host, `task ${place.number}.${processes}`, place.number)
    place.starting = process
    note(`${process.name} starts as ${task.task} on ${root}`)
    tickAll()
    let file = ''
    const caller = (): Caller => ({
      id: task.id,
      task: task.task,
      file: (file = fileOfTask(root, task.task) ?? file),
    })
    const life: Running['life'] = {
      file: '',
      task: task.task,
      startedAt: time.now(),
      endedAt: null,
      stoppedAt: null,
      end: null,
      left: null,
      leftInFile: null,
    }
    lives.push(life)
    process.onEnd(() => {
      life.endedAt = time.now()
      life.end ??= 'killed'
      if (life.file === '') life.file = fileOfTask(root, task.task) ?? ''
      of.saw('process ends', life.end)
      // Who was refused left nothing.
      if (life.end !== 'refused') lookOften((beside) => beside.root === root)
      if (world.volume === 'none') keepRoot(root, false)
      const wasStarting = place.starting === process
      if (wasStarting) place.starting = null
      if (place.process?.process === process) place.process = null
      // Who dies of itself comes back as its platform brings it.
      if (life.end === 'killed' && life.stoppedAt === null && !process.isMeant()) comeBack(place, drawPause())
    })
    const send = (asked: Asked): Promise<Reply> =>
      new Promise((resolve) => {
        process.pass('before', 'a call')
        if (faults.hit('killed-before-call')) return process.die('killed before a call')
        if (faults.hit('killed-in-call'))
          time.at(time.now() + random.whole(1, 400), () => process.die('killed in a call'))
        aws.meter(caller(), asked, {
          reply: (reply) => {
            if (!process.alive()) return
            tickAll()
            process.step('answer', () => process.pass('before', 'an answer'))
            if (faults.hit('killed-after-call')) process.die('killed with an answer on its way')
            if (process.alive()) resolve(reply)
          },
        })
      })
    const pause = (ms: number): Promise<void> =>
      new Promise((resolve) =>
        time.at(time.now() + Math.ceil(ms), () => {
          if (!process.alive()) return
          tickAll()
          resolve()
        }),
      )
    const dryRun = (asked: Asked): Promise<Reply> =>
      new Promise((resolve) => aws.dryRun(caller(), asked, (reply) => process.alive() && resolve(reply)))
    const opened = await process.task('start', () => openMeter({ process, root, task, send, dryRun, pause }))
    if (!process.alive()) return
    place.starting = null
    if (opened === undefined || opened === null) {
      life.end = 'refused'
      process.die('it refused to start', 'meant')
      comeBack(place, random.whole(60_000, 300_000))
      return
    }
    life.file = caller().file
    place.process = { process, caller, ...opened, root, life, stopping: false, runsAt: null }
    drive(place.process)
    lookOften((self) => self.process === process)
  }

  const drawPause = (): number => random.whole(2_000, 90_000)

  /** What the container's loop does: the meter runs when it is due, and each minute it looks at its siblings. */
  function drive(running: Running): void {
    const { process } = running
    const wake = process.step('run', running.due)
    if (!process.alive() || running.stopping) return
    const due = wake === null || wake === undefined ? IDLE_MS : wake - process.now()
    runAt(running, time.now() + Math.min(Math.max(due, 1_000), IDLE_MS))
  }

  /** Of two plans the earlier one holds. */
  function runAt(running: Running, at: number): void {
    if (running.runsAt !== null && running.runsAt <= at) return
    running.runsAt = at
    time.at(at, () => {
      if (running.runsAt === at) void runSafely(running)
    })
  }

  async function run(running: Running): Promise<void> {
    if (!running.process.alive() || running.stopping || running.runsAt === null) return
    running.runsAt = null
    tickAll()
    await running.process.task('run', async () => {
      await running.meter.look?.()
      await running.meter.runDue(running.process.now())
    })
    if (running.process.alive() && !running.stopping) drive(running)
  }

  /**
   * Looks that find nothing new are left out: who came, and who lives beside one that ended, looks at these times. A sign of
   * life that stands still at two of them has stood still for three minutes.
   */
  function lookOften(looks: (running: Running) => boolean): void {
    for (const afterMs of [15_000, 210_000, 420_000])
      time.at(time.now() + afterMs + random.whole(0, 5_000), () => {
        for (const { process: running } of places)
          if (running !== null && looks(running) && running.runsAt !== null)
            // Now and then several look at the same moment.
            runAt(running, time.now() + (random.chance(0.3) ? 0 : random.whole(0, 20_000)))
      })
  }

  /** Every timer of every living process: nobody is silent because time jumped. */
  function tickAll(): void {
    for (const { process } of places) process?.process.tick()
  }

  function report(place: Place, told: Report): void {
    batches += 1
    const number = batches
    const late = faults.hit('sent-late') ? random.whole(10 * MINUTE_MS, LATEST_MS) : 0
    // By the clock of the host that the usage happened on.
    const skew = weather.skewOf(place.number)
    const at = time.now()
    const events = told.events.map((event, i) => ({
      source: 'app',
      id: `e${number}-${i}`,
      meter: `m_${event.dimension}`,
      time: at + skew - event.agoMs,
      kind: 'quantity' as const,
      quantity: BigInt(event.amount),
    }))
    const batch: Batch =
      told.by === 'ids'
        ? { kind: 'ids', events }
        : { kind: 'sequence', source: 'app', epoch: `epoch-${place.number}`, sequence: number, events }
    const entries = new Map<string, { -readonly [K in keyof UsageTold]: UsageTold[K] }[]>()

    const entriesOf = (file: string): { -readonly [K in keyof UsageTold]: UsageTold[K] }[] => {
      const made = told.events.map(({ dimension, amount }, i) => ({
        file,
        dimension,
        amount,
        time: events[i]?.time ?? 0,
        sentAt: at,
        kept: false,
        told: null,
      }))
      entries.set(file, made)
      usage.push(...made)
      return made
    }

    const bound = place.process
    const send = (tries: number): void => {
      // An application dies with its container; what posts to an agent does not.
      const running = world.metering === 'agent' ? place.process : bound
      if (time.now() > world.until + LATEST_MS) return
      const again = (): void =>
        time.at(time.now() + RESEND_MS * Math.min(tries + 1, 30), () => send(tries + 1))
      if (running === null || running === undefined || !running.process.alive() || running.stopping) {
        if (world.metering === 'agent') again()
        return
      }
      const { file } = running.caller()
      const mine = entries.get(file) ?? entriesOf(file)
      // What nobody was told of is known to the disk alone.
      const ask = (): void => {
        const counted = countedIn(running.root, file, batch)
        for (const [i, one] of mine.entries()) if (one.told === null) one.kept = counted[i] === true
      }
      let answers: readonly EventAnswer[] | undefined
      try {
        answers = running.process.step('take', () => running.meter.take(batch))
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'SpoolError') throw error
        note(`the disk does not take batch ${number}`)
        of.saw('door answers', 'SpoolError')
        running.process.onEnd(ask)
        again()
        return
      }
      if (answers === undefined) return ask()
      for (const [i, answer] of answers.entries()) {
        const one = mine[i]
        if (one === undefined) continue
        of.saw('door answers', answer.result)
        if (answer.result === 'again') continue
        one.told = answer.result
        one.kept = answer.result !== 'refused'
      }
      note(`batch ${number} at ${running.process.name}: ${answers.map((one) => one.result).join(', ')}`)
      if (faults.hit('answer-lost')) again()
      else wakeAfterTake(running)
    }
    if (bound !== null || world.metering === 'agent') time.at(at + late, () => send(0))
  }

  /** The loop sleeps until its next wake; usage may bring that nearer. */
  function wakeAfterTake(running: Running): void {
    const wake = running.process.step('take', running.due)
    if (wake !== null && wake !== undefined && running.process.alive() && running.runsAt !== null)
      runAt(running, time.now() + Math.max(1_000, wake - running.process.now()))
  }

  async function stop(place: Place, then: () => void): Promise<void> {
    place.starting?.die('SIGTERM before it had started', 'meant')
    const running = place.process
    if (running === null || running.stopping) return then()
    running.stopping = true
    const { process, meter, life } = running
    life.stoppedAt = time.now()
    note(`${process.name} gets SIGTERM`)
    const within = faults.hit('killed-in-stop') ? random.whole(0, 12_000) : KILL_MS
    time.at(time.now() + within, () => {
      if (process.alive()) process.die('SIGKILL at the end of its stop timeout', 'meant')
    })
    process.onEnd(() => {
      place.process = null
      time.at(time.now() + 1, then)
    })
    tickAll()
    const left = await process.task('stop', () => meter.close(STOP_MS))
    if (!process.alive() || left === undefined) return
    // A disk that cannot be read at the end says so in place of a number.
    life.left = left.message !== null && Object.keys(left.units).length === 0 ? null : millionthsOf(left)
    life.end = 'closed'
    process.die('it ended in order', 'meant')
    life.leftInFile = leftIn(running.root, life.file, world.dimensions)
  }

  /** After a crash: the same task's container again, or another task, as it comes. */
  function comeBack(place: Place, afterMs: number): void {
    if (afterMs === Number.POSITIVE_INFINITY) return
    const plan = ++place.plan
    const sameTask = host.sameTask ?? faults.hit('restarted-in-task')
    if (!sameTask && place.task !== null) endTask(place)
    time.at(time.now() + afterMs, () => {
      if (place.plan === plan) void startSafely(place, !sameTask)
    })
  }

  /** The task is over: a disk of its own goes with it. */
  function endTask(place: Place): void {
    if (world.volume !== 'task' || place.task === null) return
    keepRoot(join(of.folder, `task-${place.task.id}`), false)
  }

  const startSafely = (place: Place, fresh: boolean): Promise<void> => start(place, fresh).catch(host.fail)
  const runSafely = (running: Running): Promise<void> => run(running).catch(host.fail)
  const stopSafely = (place: Place, then: () => void): Promise<void> => stop(place, then).catch(host.fail)

  function act(place: Place, what: Act): void {
    of.saw('acts', what.kind)
    switch (what.kind) {
      case 'crash': {
        const dying = place.process?.process ?? place.starting
        if (dying === null) return
        dying.die('killed out of nowhere', 'meant')
        if (what.afterMs === Number.POSITIVE_INFINITY) endTask(place)
        return comeBack(place, what.afterMs)
      }
      case 'stop':
        place.plan += 1
        return void stopSafely(place, () => endTask(place))
      case 'deploy':
      case 'restart': {
        const plan = ++place.plan
        const fresh = what.kind === 'deploy'
        return void stopSafely(place, () => {
          if (fresh) endTask(place)
          time.at(time.now() + what.afterMs, () => {
            if (place.plan === plan) void startSafely(place, fresh)
          })
        })
      }
      case 'start':
        place.plan += 1
        return void startSafely(place, true)
    }
  }

  function copySpool(): void {
    const running = places.map(({ process }) => process).filter((one) => one !== null)
    const roots = [...new Set(running.map(({ root }) => root))]
    const root = roots[random.whole(0, roots.length - 1)]
    if (root === undefined) return
    const folders = foldersOf(root)
    const folder = folders[random.whole(0, folders.length - 1)]
    if (folder === undefined) return
    const target = `${folder.slice(0, -COPIED.length)}${COPIED}`
    note(`${folder} is copied to ${target}`)
    // A copy of a file that is being written is a copy all the same.
    cpSync(folder, target, { recursive: true })
    copies.push(target)
  }

  function strange(): void {
    const running = places.map(({ process }) => process).find((one) => one !== null)
    const [dimension] = world.dimensions
    if (running === undefined || dimension === undefined) return
    aws.meterAsStranger(running.caller(), dimension, hourOf(time.now()), random.whole(1, 5))
  }

  return {
    begin() {
      for (const [i, slot] of world.slots.entries()) {
        const place = places[i]
        if (place === undefined) continue
        time.at(slot.startAt, () => void startSafely(place, true))
        for (const one of slot.acts) time.at(one.at, () => act(place, one))
      }
      for (const told of world.reports)
        time.at(told.at, () => {
          const place = places[told.slot]
          if (place !== undefined) report(place, told)
        })
      if (weather.copiedAt !== null) time.at(weather.copiedAt, copySpool)
      if (weather.strangerAt !== null) time.at(weather.strangerAt, strange)
    },
    usage,
    lives,
    copies,
    running: () => places.flatMap(({ process }) => process ?? []),
    disks: () => [...roots].map(([root, kept]) => ({ root, kept })),
  }
}

const millionthsOf = ({ units }: Left): Record<string, number> =>
  Object.fromEntries(Object.entries(units).map(([dimension, text]) => [dimension, millionths(text)]))
