/** One seed of task life: the cluster is drawn, time runs to its end, and what happened is written down. */
import { mkdtempSync, rmSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MeterStatus } from '../../../../container/metering/meter.ts'
import { HOUR_MS, MINUTE_MS } from '../../../../shared/hour.ts'
import { openRandom } from '../../random.ts'
import { openLoop } from '../../runtime/time.ts'
import { openFaults, type Choice, type Faults } from '../faults.ts'
import type { Adopted, LedgerShown, TaskHistory } from '../history.ts'
import type { World } from '../worlds/world.ts'
import { openAws } from './aws.ts'
import { type Cluster, openCluster, type OpenMeter } from './cluster.ts'
import { COPIED } from './disks.ts'
import { untoldIn } from './told.ts'
import { watchHost } from './host.ts'
import type { CrashPoint } from './process.ts'
import { allFolders, type FileShown, readFile } from './show.ts'
import { openWeather } from './weather.ts'

/** How long after the last thing that goes wrong a seed goes on, so that what can be reported is. */
const DRAIN_MS = 9 * HOUR_MS

export interface SeedOptions {
  readonly choice: Choice
  /** Faults left out though they were drawn, as `name#occasion`. */
  readonly without?: ReadonlySet<string>
  /** Reports left out, by their place in the world. */
  readonly withoutReports?: ReadonlySet<number>
  readonly trace?: ((at: number, line: string) => void) | undefined
  readonly crashPoint?: ((point: CrashPoint) => boolean) | undefined
  /** Whether who dies comes back in the same task; absent: as it is drawn. */
  readonly sameTask?: boolean | undefined
  /** Called each time something of a kind happened, for the table. */
  readonly saw?: ((group: string, name: string) => void) | undefined
}

export interface SeedRun {
  readonly history: TaskHistory
  readonly faults: readonly string[]
}

/** A disk in memory, where there is one: nothing of a seed has to outlive it. */
const DISK = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

export async function runSeed(openMeter: OpenMeter, world: World, options: SeedOptions): Promise<SeedRun> {
  watchHost()
  const folder = mkdtempSync(join(DISK, 'tollgate-lives-'))
  try {
    return await live(folder, openMeter, world, options)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function live(
  folder: string,
  openMeter: OpenMeter,
  world: World,
  options: SeedOptions,
): Promise<SeedRun> {
  const loop = openLoop(world.from - MINUTE_MS)
  const faults: Faults = openFaults(world.seed, options.choice, options.without ?? new Set())
  const random = openRandom(world.seed, 'tasks runtime')
  const note = (line: string): void => options.trace?.(loop.now(), line)
  const saw = (group: string, name: string): void => options.saw?.(group, name)
  const weather = openWeather(loop, faults, random, world)
  let broken: Error | null = null
  const fail = (thrown: unknown): void => {
    broken ??= thrown instanceof Error ? thrown : new Error(String(thrown))
  }
  const host = {
    sameTask: options.sameTask ?? null,
    fail,
    time: loop,
    faults,
    random,
    weather,
    note,
    crashPoint: options.crashPoint ?? null,
  }
  const aws = openAws({
    seed: world.seed,
    time: loop,
    faults,
    random,
    weather,
    dimensions: world.dimensions,
    note,
    saw: (answer) => saw('AWS answers', answer),
  })
  const reports = world.reports.filter((_, place) => options.withoutReports?.has(place) !== true)
  const cluster = openCluster({ host, world: { ...world, reports }, aws, folder, openMeter, saw })
  cluster.begin()
  const acts = world.slots.flatMap((slot) =>
    slot.acts.map(({ at, afterMs }) => at + (afterMs === Number.POSITIVE_INFINITY ? 0 : afterMs)),
  )
  const last = Math.max(world.until, ...acts, ...weather.windows.map(({ until }) => until))
  loop.at(last + HOUR_MS, () => faults.stop())
  const until = last + HOUR_MS + DRAIN_MS
  await loop.run(until, () => {
    if (broken !== null) throw broken
  })
  const statuses = cluster.running().map(({ process, caller, meter, root }) => ({
    file: caller().file,
    root,
    since: process.startedAt,
    status: process.step('show', () => meter.status()) ?? null,
  }))
  for (const { process } of cluster.running()) {
    const life = cluster.lives.find((one) => one.startedAt === process.startedAt && one.endedAt === null)
    process.die('the seed ends', 'meant')
    if (life !== undefined) Object.assign(life, { end: null, endedAt: null })
  }
  return {
    history: {
      seed: world.seed,
      shape: world.shape,
      metering: world.metering,
      dimensions: world.dimensions,
      calm:
        faults.happened().length === 0 && cluster.lives.every(({ end }) => end === null || end === 'closed'),
      clocksAgree: weather.clocksAgree,
      disksFailed: faults.happened().some((name) => name.startsWith('disk-')),
      usage: cluster.usage,
      processes: cluster.lives,
      aws: { records: recordsOf(aws), calls: aws.calls },
      troubles: weather.windows,
      ledgers: ledgersOf(world, cluster, statuses, loop.now()),
      endedAt: loop.now(),
    },
    faults: faults.happened(),
  }
}

const recordsOf = (aws: ReturnType<typeof openAws>): TaskHistory['aws']['records'] =>
  Object.values(aws.state.bill).map((record) => ({
    task: record.task ?? '',
    dimension: record.dimension,
    hour: record.hour,
    quantity: record.quantity,
    acceptedAt: record.acceptedAt,
    stranger: aws.strangers.has(record.id),
  }))

interface Status {
  readonly file: string
  readonly root: string
  readonly since: number
  readonly status: MeterStatus | null
}

/**
 * What a copy held is shown in doubt, from successor to successor, beside what the original held: here it is left out, for a
 * copy's units are nobody's.
 */
function withoutCopies(shown: FileShown, byLedger: ReadonlyMap<string | null, FileShown>): Adopted[] {
  return shown.adopted
    .filter(({ copy }) => !copy)
    .map(({ copy: _copy, ...row }) => {
      const dead = byLedger.get(row.file)
      const copied = dead === undefined ? [] : copiedIn(dead, byLedger)
      return {
        ...row,
        held: without(
          row.held,
          copied.flatMap(({ held }) => held),
        ),
        lapsed: without(
          row.lapsed,
          copied.flatMap(({ lapsed }) => lapsed),
        ),
      }
    })
}

/** Every copy that a file, or one it took over, has a row of. */
const copiedIn = (shown: FileShown, byLedger: ReadonlyMap<string | null, FileShown>): FileShown['adopted'] =>
  shown.adopted.flatMap((row) => {
    const dead = byLedger.get(row.file)
    return row.copy ? [row] : dead === undefined ? [] : copiedIn(dead, byLedger)
  })

/** `from` without one of each in `some`. */
function without<T>(from: readonly T[], some: readonly T[]): T[] {
  const left = [...from]
  for (const one of some) {
    const at = left.findIndex((each) => JSON.stringify(each) === JSON.stringify(one))
    if (at !== -1) left.splice(at, 1)
  }
  return left
}

/** As a seed names the copies it makes, and as the container names what it puts aside. */
const IS_COPY = new RegExp(`${COPIED}($|\\.)|\\.copy-`)

function ledgersOf(
  world: World,
  cluster: Cluster,
  statuses: readonly Status[],
  endedAt: number,
): LedgerShown[] {
  const found: {
    readonly shown: FileShown
    readonly root: string
    readonly kept: boolean
    readonly copy: boolean
  }[] = []
  for (const { root, kept } of cluster.disks())
    for (const path of allFolders(root)) {
      const shown = readFile(path, world.dimensions)
      const copy = path.split('/').some((name) => IS_COPY.test(name))
      if (shown !== null)
        found.push({ shown: copy ? { ...shown, file: `a copy of ${shown.file}` } : shown, root, kept, copy })
    }
  const fileOf = new Map(found.filter(({ copy }) => !copy).map(({ shown }) => [shown.ledger, shown.file]))
  const heirs = new Map(
    found
      .filter(({ copy }) => !copy)
      .flatMap(({ shown }) =>
        shown.adopted
          .filter((row) => !row.copy)
          .map((row) => [fileOf.get(row.file), { by: shown.file, at: row.at }] as const),
      ),
  )
  const byLedger = new Map(found.filter(({ copy }) => !copy).map(({ shown }) => [shown.ledger, shown]))
  return found.map(({ shown, root, kept, copy }) => {
    const { folder: _, ledger: __, ...rest } = shown
    const heir = heirs.get(shown.file)
    const running = statuses.some(({ file }) => file === shown.file)
    const fate = copy
      ? 'copy'
      : heir !== undefined
        ? 'claimed'
        : running
          ? 'running'
          : kept
            ? 'left'
            : 'destroyed'
    const ended = Math.max(
      0,
      ...cluster.lives.filter(({ file }) => file === shown.file).map((life) => life.endedAt ?? 0),
    )
    const beside = Math.max(
      0,
      ...statuses.filter((one) => one.root === root).map(({ since }) => endedAt - Math.max(since, ended)),
    )
    return {
      ...rest,
      fate,
      claimedBy: heir?.by ?? null,
      claimedAt: heir?.at ?? null,
      beside,
      adopted: withoutCopies(shown, byLedger).map((row) => ({
        ...row,
        file: fileOf.get(row.file) ?? row.file,
      })),
      untold: statuses.flatMap(({ file, status }) =>
        !copy && file === shown.file && status !== null ? untoldIn(status, shown, world.dimensions) : [],
      ),
    }
  })
}
