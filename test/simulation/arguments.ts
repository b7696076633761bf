/** The arguments of `npm run simulate`, read once. Pure. */
import { err, ok, type Result } from '../../shared/result.ts'
import { FAULT_NAMES, readChoice } from './faults.ts'
import type { Plan } from './judged.ts'
import { SHAPES } from './worlds/world.ts'

export interface Arguments {
  readonly seeds: number
  readonly from: number
  /** This seed alone, with its trace. */
  readonly seed: number | null
  readonly plan: Plan
  readonly workers: number
  readonly json: boolean
  readonly crashPoints: boolean
  /** `sample`: the model of AWS's sample beside ours, in a world both can live in. */
  readonly impl: 'ours' | 'sample'
  /** `--faults` was given. */
  readonly faultsGiven: boolean
}

export const HELP = `npm run simulate -- [--seeds N] [--from S] [--faults mixed|none|light|heavy|one:<name>] [--shape ${SHAPES.join('|')}]
                    [--workers N] [--json]      many seeds, judged, with a table of what happened how often
npm run simulate -- --seed S [--faults …]       one seed again, exactly, with its trace
npm run simulate -- --impl sample [--seeds N]    a model of AWS's sample beside ours, under the same faults and seeds
npm run simulate -- --tasks [--seeds N] …       the lives of a cluster's tasks, from start to successor (--tasks --help)
npm run simulate -- --crash-points              small lives and every act of repair, killed at each of their writes and messages in turn
Faults: ${FAULT_NAMES.join(', ')}`

const DEFAULTS: Arguments = {
  seeds: 1_000,
  from: 1,
  seed: null,
  plan: { choice: { level: 'mixed' }, shape: null },
  workers: 2,
  json: false,
  crashPoints: false,
  impl: 'ours',
  faultsGiven: false,
}

/** The arguments, or what is wrong with them and what may be given. */
export function readArguments(given: readonly string[]): Result<Arguments, string> {
  let read = DEFAULTS
  for (let i = 0; i < given.length; i++) {
    const name = given[i] ?? ''
    if (name === '--json') read = { ...read, json: true }
    else if (name === '--crash-points') read = { ...read, crashPoints: true }
    else {
      const next = withValue(read, name, given[++i] ?? '')
      if (next === undefined) return err(`${[name, given[i]].join(' ').trim()} is not understood.\n${HELP}`)
      read = next
    }
  }
  return ok(read)
}

function withValue(read: Arguments, name: string, value: string): Arguments | undefined {
  const whole = /^\d{1,12}$/.test(value) ? Number(value) : undefined
  switch (name) {
    case '--seeds':
      return whole === undefined ? undefined : { ...read, seeds: whole }
    case '--from':
      return whole === undefined ? undefined : { ...read, from: whole }
    case '--seed':
      return whole === undefined ? undefined : { ...read, seed: whole }
    case '--workers':
      return whole === undefined || whole < 1 || whole > 64 ? undefined : { ...read, workers: whole }
    case '--faults': {
      const choice = readChoice(value)
      return choice && { ...read, plan: { ...read.plan, choice }, faultsGiven: true }
    }
    case '--impl':
      return value === 'ours' || value === 'sample' ? { ...read, impl: value } : undefined
    case '--shape': {
      const shape = SHAPES.find((known) => known === value)
      return shape && { ...read, plan: { ...read.plan, shape } }
    }
    default:
      return undefined
  }
}
