/** How often what happened in the lives of tasks, and what a run must have seen to prove anything. Pure. */
import { type Choice, FAULT_NAMES } from './faults.ts'
import { SHAPES, VOLUMES } from './worlds/world.ts'

export interface Coverage {
  count(group: string, name: string, times?: number): void
  /** By group, then by name. */
  readonly groups: ReadonlyMap<string, ReadonlyMap<string, number>>
}

export type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>

export function openCoverage(): Coverage {
  const groups = new Map<string, Map<string, number>>()
  return {
    groups,
    count(group, name, times = 1) {
      let names = groups.get(group)
      if (names === undefined) groups.set(group, (names = new Map()))
      names.set(name, (names.get(name) ?? 0) + times)
    },
  }
}

export const countsOf = (coverage: Coverage): Counts =>
  Object.fromEntries([...coverage.groups].map(([group, names]) => [group, Object.fromEntries(names)]))

export function addCounts(coverage: Coverage, counts: Counts): void {
  for (const [group, names] of Object.entries(counts))
    for (const [name, times] of Object.entries(names)) coverage.count(group, name, times)
}

/** What has to have happened in a run of mixed faults, whatever else did. */
const WANTED: Readonly<Record<string, readonly string[]>> = {
  acts: ['crash', 'stop', 'deploy', 'restart', 'start'],
  'process ends': ['closed', 'killed', 'refused'],
  'door answers': ['counted', 'duplicate', 'refused', 'SpoolError'],
  'AWS answers': [
    'Success',
    'ThrottlingException',
    'InternalServiceErrorException',
    'unreachable',
    'not_sent',
    'unexpected_body',
    'unexpected_status',
    'AccessDeniedException',
    'SomethingNewException',
    'DuplicateRequestException',
  ],
  'record states': ['billed', 'doubtful', 'moved', 'waiting'],
  files: ['running', 'left', 'claimed', 'destroyed', 'copy'],
  successors: [
    'units adopted',
    'a record held in doubt',
    'units expired',
    'what a successor had taken over taken over',
    'an agent’s file gone on with',
  ],
}

/** From so many seeds on a run has to have seen everything. */
const PROVES_FROM = 500
const LEAST = 3

export interface Row {
  readonly group: string
  readonly name: string
  readonly times: number
  /** Fewer than this and the run proves nothing about it. */
  readonly least: number
}

/** Every name that was counted or had to be. */
export function tableOf(coverage: Coverage, seeds: number, choice: Choice): Row[] {
  const wanted = new Map<string, ReadonlySet<string>>([
    ['shapes', new Set(SHAPES)],
    ['volumes', new Set(VOLUMES)],
  ])
  if ('level' in choice && choice.level !== 'none') {
    for (const [group, names] of Object.entries(WANTED)) wanted.set(group, new Set(names))
    wanted.set('faults', new Set(FAULT_NAMES))
  }
  const least = seeds >= PROVES_FROM ? LEAST : 0
  return [...new Set([...wanted.keys(), ...coverage.groups.keys()])].flatMap((group) => {
    const counted = coverage.groups.get(group) ?? new Map<string, number>()
    const names = wanted.get(group) ?? new Set<string>()
    return [...new Set([...names, ...counted.keys()])].map((name) => ({
      group,
      name,
      times: counted.get(name) ?? 0,
      least: names.has(name) ? least : 0,
    }))
  })
}

export const missingOf = (rows: readonly Row[]): Row[] => rows.filter((row) => row.times < row.least)
