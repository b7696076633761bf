/** How often what happened in the lives of tasks, and what a run must have seen to prove anything. Pure. */
import { type Choice, FAULT_NAMES } from './faults.ts'
import type { Row, Tally } from '../tally.ts'
import { SHAPES, VOLUMES } from './worlds/world.ts'

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

/** Every name that was counted or had to be. */
export function tableOf(coverage: Tally, seeds: number, choice: Choice): Row[] {
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
