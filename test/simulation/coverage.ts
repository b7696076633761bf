/** How often everything that can happen did happen, and what a run must have seen to prove anything. Pure. */
import { wantedDraws } from './drawn.ts'
import { FAULT_NAMES, type Choice } from './faults.ts'
import { openTally, type Row, type Tally } from './tally.ts'
import { CHARGE_KINDS } from './worlds/sold.ts'
import { SHAPES } from './worlds/world.ts'

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

export type Coverage = Tally<Group>

export const openCoverage = (): Coverage => openTally<Group>()

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
