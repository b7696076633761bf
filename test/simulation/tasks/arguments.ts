/** The arguments of `npm run simulate -- --tasks`, read once. Pure. */
import { err, ok, type Result } from '../../../shared/result.ts'
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
  /** 1,000 tasks at once in place of seeds. */
  readonly boot: boolean
}

export const HELP = `npm run simulate -- --tasks [--seeds N] [--from S] [--faults mixed|none|light|heavy|one:<name>]
                    [--shape ${SHAPES.join('|')}] [--workers N] [--json]
npm run simulate -- --tasks --seed S [--faults …]    one seed again, exactly, with its trace
npm run simulate -- --tasks --boot                   1,000 tasks that start at once, against AWS's quotas
Faults: ${FAULT_NAMES.join(', ')}`

const DEFAULTS: Arguments = {
  seeds: 1_000,
  from: 1,
  seed: null,
  plan: { choice: { level: 'mixed' }, shape: null },
  workers: 2,
  json: false,
  boot: false,
}

/** The arguments, or what is wrong with them and what may be given. */
export function readArguments(given: readonly string[]): Result<Arguments, string> {
  let read = DEFAULTS
  for (let i = 0; i < given.length; i++) {
    const name = given[i] ?? ''
    const next = withoutValue(read, name) ?? withValue(read, name, given[++i] ?? '')
    if (next === undefined) return err(`${[name, given[i]].join(' ').trim()} is not understood.\n${HELP}`)
    read = next
  }
  return ok(read)
}

function withoutValue(read: Arguments, name: string): Arguments | undefined {
  if (name === '--json') return { ...read, json: true }
  return name === '--boot' ? { ...read, boot: true } : undefined
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
      return choice && { ...read, plan: { ...read.plan, choice } }
    }
    case '--shape': {
      const shape = SHAPES.find((known) => known === value)
      return shape && { ...read, plan: { ...read.plan, shape } }
    }
    default:
      return undefined
  }
}
