/** Faults on demand: setting, clearing, and asking whether one hits. Pure; chance comes from the state's generator. */
import { err, ok } from '../../shared/result.ts'
import type { Answers, CommandOf } from './commands.ts'
import type { Draft } from './draft.ts'
import type { Fault, FaultKind } from './fault.ts'
import { OPERATIONS } from './operations.ts'
import { chance, drawName } from './random.ts'

/** The first fault of this kind that hits `target` now, with one of its count used up; undefined: none. */
export function takeFault<K extends FaultKind['kind']>(
  draft: Draft,
  kind: K,
  target: string,
): Extract<Fault, { kind: K }> | undefined {
  const { faults } = draft.state
  for (let i = 0; i < faults.length; i++) {
    const fault = faults[i]
    if (fault === undefined || fault.kind !== kind || !aims(fault, target)) continue
    if (fault.probability < 1) draft.changed = true
    if (!chance(draft.state, fault.probability)) continue
    if (fault.count !== null) {
      draft.changed = true
      fault.count -= 1
      if (fault.count === 0) faults.splice(i, 1)
    }
    return fault as Extract<Fault, { kind: K }>
  }
  return undefined
}

/** An event may be named with or without its role: `License Updated` is `License Updated - Manufacturer` too. */
const aims = (fault: Fault, target: string): boolean =>
  fault.on === '*' || fault.on === target || target.startsWith(`${fault.on} - `)

/** Switches a fault on: `count` times, or until switched off when only a probability is given; once when neither is. */
export function setFault(draft: Draft, command: CommandOf<'set_fault'>): Answers['set_fault'] {
  const { fault, on, probability = 1 } = command
  const count = command.count ?? (command.probability === undefined ? 1 : null)
  const wrong =
    badProbability(probability) ??
    (count === null ? undefined : badWhole('count', count, 1)) ??
    badFault(fault) ??
    badTarget(fault, on)
  if (wrong !== undefined) return err({ kind: 'bad_input', message: wrong })

  const id = `fault-${drawName(draft.state, 8)}`
  draft.state.faults.push({ ...fault, id, on, count, probability })
  draft.changed = true
  return ok({ id })
}

/** Switches off the fault of that id, or all without one. */
export function clearFaults(draft: Draft, command: CommandOf<'clear_faults'>): Answers['clear_faults'] {
  const { state } = draft
  const kept = command.id === undefined ? [] : state.faults.filter((fault) => fault.id !== command.id)
  const cleared = state.faults.length - kept.length
  if (cleared > 0) {
    state.faults = kept
    draft.changed = true
  }
  return { cleared }
}

const badProbability = (probability: number): string | undefined =>
  probability > 0 && probability <= 1
    ? undefined
    : 'A fault needs a probability above 0 and at most 1. Leave it out for certainty.'

const badWhole = (name: string, value: number, least: number): string | undefined =>
  Number.isSafeInteger(value) && value >= least
    ? undefined
    : `A fault's ${name} must be a whole number of at least ${least}.`

function badFault(fault: FaultKind): string | undefined {
  switch (fault.kind) {
    case 'unprocessed':
      return typeof fault.records === 'number' ? badWhole('records', fault.records, 1) : undefined
    case 'event_delay':
      return badWhole('delayMs', fault.delayMs, 1)
    case 'refused':
      return /^[A-Z][\w.]{2,99}$/.test(fault.code)
        ? fault.status === undefined
          ? undefined
          : badWhole('status', fault.status, 400)
        : 'A fault’s code is an exception’s name, such as MessageRejected.'
    case 'throttle':
    case 'internal_error_before_commit':
    case 'internal_error_after_commit':
    case 'lost_reply':
    case 'event_lost':
    case 'queue_lost':
    case 'push_lost':
    case 'event_duplicate':
    case 'event_reorder':
    case 'message_duplicate':
      return undefined
  }
}

function badTarget(fault: FaultKind, on: string): string | undefined {
  const isEvent = fault.kind.startsWith('event_') || fault.kind.endsWith('_lost')
  if (isEvent || on === '*') return undefined
  if (fault.kind === 'unprocessed' && on !== 'BatchMeterUsage')
    return 'Only BatchMeterUsage has unprocessed records. Set this fault on BatchMeterUsage.'
  if (fault.kind === 'message_duplicate' && on !== 'ReceiveMessage')
    return 'Only ReceiveMessage hands out messages. Set this fault on ReceiveMessage.'
  return OPERATIONS.some((operation) => operation === on)
    ? undefined
    : `No operation is called ${JSON.stringify(on)}. Use one of ${OPERATIONS.join(', ')}, or *.`
}
