/**
 * Crash points of a task's life, all of them: each small life is run once to number its writes, to files and ledgers, and its
 * calls, and then once for each with a death exactly before or after it; who died comes back in its task, or another does.
 */
import { HOUR_MS, MINUTE_MS } from '../../../shared/hour.ts'
import { judgeSeed, type Plan } from './judged.ts'
import type { CrashPoint } from './runtime/process.ts'
import type { Act, World } from './worlds/world.ts'

export interface CrashReport {
  /** How many points are of this kind, as `labelOf` says it. */
  readonly kinds: ReadonlyMap<string, number>
  /** How many runs died. */
  readonly runs: number
  readonly failed: readonly {
    readonly life: string
    readonly point: number
    readonly label: string
    readonly wrong: readonly string[]
  }[]
}

interface Life {
  readonly name: string
  readonly world: World
}

const PLAN: Plan = { choice: { level: 'none' }, shape: null }

/** 2026-11-09T10:20Z: the hour in progress is not the task's first full one. */
const FROM = Date.UTC(2026, 10, 9, 10, 20)

const minutes = (count: number): number => FROM + count * MINUTE_MS

const act = (minute: number, kind: Act['kind'], afterMs = 20_000): Act => ({
  at: minutes(minute),
  kind,
  afterMs,
})

function lifeOf(name: string, slots: readonly (readonly Act[])[], more: Partial<World> = {}): Life {
  const report = (minute: number, slot: number, units: number): World['reports'][number] => ({
    at: minutes(minute),
    slot,
    by: minute % 2 === 0 ? 'ids' : 'sequence',
    events: [{ dimension: 'calls', amount: units * 1_000_000, agoMs: 1_000 }],
  })
  const world: World = {
    seed: 1,
    shape: 'hours',
    metering: 'task',
    volume: 'shared',
    from: FROM,
    until: FROM + 3 * HOUR_MS,
    dimensions: ['calls'],
    slots: slots.map((acts, slot) => ({ startAt: minutes(slot), acts })),
    reports: slots
      .flatMap((_, slot) => [report(10, slot, 3), report(45, slot, 4), report(101, slot, 5)])
      .sort((a, b) => a.at - b.at),
    ...more,
  }
  return { name, world }
}

export const crashLives = (): Life[] => [
  lifeOf('start, hours, SIGTERM', [[act(115, 'stop', Number.POSITIVE_INFINITY)]]),
  lifeOf('a successor claims', [[act(105, 'crash', Number.POSITIVE_INFINITY)], []]),
  lifeOf('a successor claims what was closed', [[act(105, 'stop', Number.POSITIVE_INFINITY)], []]),
  lifeOf('stopped and started in its task', [[act(70, 'restart')]], { volume: 'slot' }),
  lifeOf('an agent is replaced', [[act(70, 'deploy')]], {
    metering: 'agent',
    volume: 'slot',
    shape: 'agent',
  }),
  lifeOf('an agent dies', [[act(70, 'crash')]], { metering: 'agent', volume: 'slot', shape: 'agent' }),
]

/** `each`: every point, or the first one of each kind. */
export async function crashTasks(
  each: 'point' | 'kind',
  lives: readonly Life[] = crashLives(),
): Promise<CrashReport> {
  const kinds = new Map<string, number>()
  const failed: CrashReport['failed'][number][] = []
  let runs = 0
  for (const { name, world } of lives) {
    const met: CrashPoint[] = []
    const calm = await judgeSeed(world, PLAN, null, { crashPoint: (point) => met.push(point) < 0 })
    if (calm.wrong.length > 0) failed.push({ life: name, point: -1, label: 'no crash', wrong: calm.wrong })
    const here = new Map<string, number>()
    for (const [point, label] of met.map(labelOf).entries()) {
      const times = (kinds.get(label) ?? 0) + 1
      const inLife = (here.get(label) ?? 0) + 1
      kinds.set(label, times)
      here.set(label, inLife)
      if (each === 'kind' ? times > 1 : label.endsWith(SIGN) && inLife > SIGNS_MAX) continue
      // Of many points of a kind every other one is followed by the same task.
      for (const sameTask of each === 'kind' ? [true, false] : [inLife % 2 === 1]) {
        runs += 1
        let count = 0
        const { wrong } = await judgeSeed(world, PLAN, null, {
          sameTask,
          crashPoint: () => count++ === point,
        })
        const told = count > point ? wrong : ['the run never came to this point: it does not repeat itself']
        if (told.length > 0) failed.push({ life: name, point, label, wrong: told })
      }
    }
  }
  return { kinds, runs, failed }
}

/** The same is written every few seconds: so many of a life are enough. */
const SIGN = 'a sign of life'
const SIGNS_MAX = 6

/** `task: start, before a commit`. */
const labelOf = ({ act: doing, when, what }: CrashPoint): string => `task: ${doing}, ${when} ${what}`
