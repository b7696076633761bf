/** How often everything that can happen did happen, and what a run must have seen to prove anything. Pure. */
import { wantedDraws } from './drawn.ts'
import { FAULT_NAMES, type Choice } from './faults.ts'
import { CHARGE_KINDS } from './worlds/sold.ts'
import { SHAPES } from './worlds/world.ts'

export interface Coverage {
  count(group: Group, name: string, times?: number): void
  /** By group, then by name. */
  readonly groups: ReadonlyMap<Group, ReadonlyMap<string, number>>
}

export type Group =
  | 'shapes'
  | 'charge kinds'
  | 'faults'
  | 'AWS answers'
  | 'door answers'
  | 'record states'
  | 'draws'
  | 'repairs'
  | 'operator answers'
  | 'crash points'
  | 'logged'

export type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>

export function openCoverage(): Coverage {
  const groups = new Map<Group, Map<string, number>>()
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
    for (const [name, times] of Object.entries(names)) coverage.count(group as Group, name, times)
}

/** From so many seeds on a run has to have seen everything. */
const PROVES_FROM = 10_000
const LEAST = 100
const LEAST_OF_A_SHAPE = 1_000
const LEAST_OF_A_DRAW = 10

const AWS_ANSWERS = [
  'Success',
  'DuplicateRecord',
  'CustomerNotSubscribed',
  'UnprocessedRecords',
  'ThrottlingException',
  'InvalidUsageDimensionException',
  'InvalidLicenseException',
  'TimestampOutOfBoundsException',
  'ValidationException',
  'InvalidTagException',
  'InvalidUsageAllocationsException',
  'AccessDeniedException',
  'DisabledApiException',
  'SomethingNewException',
  '500',
  'no answer',
  'no connection',
  'a 200 nobody can read',
  'an answer that fits no record',
]
const STATES = ['billed', 'doubtful', 'parked', 'expired', 'moved', 'written off']

export interface Row {
  readonly group: Group
  readonly name: string
  readonly times: number
  /** Fewer than this and the run proves nothing about it. */
  readonly least: number
}

/** Every name that was counted or had to be. */
export function tableOf(
  coverage: Coverage,
  seeds: number,
  choice: Choice,
  repairs: readonly string[],
): Row[] {
  const wanted = new Map<Group, ReadonlyMap<string, number>>()
  const want = (group: Group, names: readonly string[], least: number): void => {
    wanted.set(group, new Map(names.map((name) => [name, seeds >= PROVES_FROM ? least : 0])))
  }
  const all = 'level' in choice && choice.level !== 'none'
  want('shapes', SHAPES, LEAST_OF_A_SHAPE)
  want('charge kinds', CHARGE_KINDS, LEAST)
  want('faults', 'one' in choice ? [choice.one] : all ? FAULT_NAMES : [], LEAST)
  want('AWS answers', all ? AWS_ANSWERS : ['Success'], LEAST)
  want('record states', all ? STATES : ['billed'], LEAST)
  want('repairs', all ? repairs : [], LEAST)
  want('draws', all ? wantedDraws() : [], LEAST_OF_A_DRAW)

  const groups = new Set([...wanted.keys(), ...coverage.groups.keys()])
  return [...groups].flatMap((group) => {
    const counted = coverage.groups.get(group) ?? new Map<string, number>()
    const least = wanted.get(group) ?? new Map<string, number>()
    return [...new Set([...least.keys(), ...counted.keys()])].map((name) => ({
      group,
      name,
      times: counted.get(name) ?? 0,
      least: least.get(name) ?? 0,
    }))
  })
}

export const missingOf = (rows: readonly Row[]): Row[] => rows.filter((row) => row.times < row.least)
