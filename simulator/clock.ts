/**
 * Business time, moved by stepping it (design §9): no move skips what is due in between. Knows no HTTP, no wall clock and
 * no storage; all of it is handed in as ports.
 */
import { DAY_MS, HOUR_MS, hourOf, monthOf, nextHour, nextMonth } from '../shared/hour.ts'
import type { Result } from '../shared/result.ts'
import { err, ok } from '../shared/result.ts'

/** Why a participant did not do its part. Nothing is lost by it: what was due stays due. */
export interface ParticipantFailure {
  readonly kind: 'unreachable' | 'unexpected_answer'
  readonly participant: string
  readonly detail: string
}

/** A process that lives by business time, the Worker for one. `next`: when something of it is due; may lie in the past. */
export interface Participant {
  readonly name: string
  /** Takes the business time over. Runs nothing. */
  setClock(now: number): Promise<Result<{ readonly next: number | null }, ParticipantFailure>>
  /** Runs what is due at `now`, perhaps not all at once: then `next` is not after `now`. `did` is empty when nothing was. */
  step(
    now: number,
  ): Promise<Result<{ readonly did: readonly string[]; readonly next: number | null }, ParticipantFailure>>
  /** Whether every hour before `before` has its final answer; if not, what is waited for. */
  settled(
    before: number,
  ): Promise<Result<{ readonly settled: boolean; readonly waiting: readonly string[] }, ParticipantFailure>>
}

/** The simulated marketplace, as the stepper sees it. */
export interface SimulatedTime {
  business(): number
  /** Durable once the promise resolves. */
  setBusiness(now: number): Promise<void>
  /** When the next thing pending is due. */
  next(): number | null
  /** Everything due at the business time happens; answers what did. */
  release(): Promise<readonly string[]>
}

/** One thing that was done, at a business time, by the simulator or a participant. */
export interface Done {
  readonly at: number
  readonly by: string
  readonly what: string
}

/** What a move of the clock did. `steps` counts the instants at which time stood still; `did` holds the first 1 000. */
export interface Stepped {
  readonly business: number
  readonly steps: number
  readonly did: readonly Done[]
  readonly doneInAll: number
}

export interface Settled extends Stepped {
  readonly settled: boolean
  readonly waiting: readonly string[]
}

/** `never_quiet`: `who` keeps being due at one instant. `too_many_steps`: the target was not reached within the bound. */
export type StepFailure =
  | ParticipantFailure
  | {
      readonly kind: 'never_quiet'
      readonly who: readonly string[]
      readonly at: number
      readonly last: string
    }
  | {
      readonly kind: 'too_many_steps'
      readonly who: readonly string[]
      readonly at: number
      readonly steps: number
    }

export type Span = 'hour' | 'day' | 'month'

/** Where a move ends. `step` also runs everybody once there, as cron would; `set` only tells them the time. */
export interface Goal {
  readonly at: number
  readonly closing: 'step' | 'set'
}

export interface Stepper {
  /** Moves to the goal, through everything due up to it. Never back: an earlier goal is the present. */
  advance(goalFrom: (business: number) => Goal): Promise<Result<Stepped, StepFailure>>
  /**
   * Moves to the end of the running hour, day or month and on, from due to due, until everybody says that all before it is
   * settled; gives up 26 h after that end, or when nothing is due any more.
   */
  settle(span: Span): Promise<Result<Settled, StepFailure>>
  /** True while a move is under way; the next one waits for it. */
  busy(): boolean
}

/** How long after its end an hour can still change: AWS's 24 h and the night of the 1st (money §5), and some room. */
export const SETTLE_WITHIN_MS = 26 * HOUR_MS

/** Bounds. A round is everybody stepped once at one instant; an idle round is one in which nobody did anything. */
const ROUNDS_MAX = 10_000
const IDLE_ROUNDS_MAX = 50
const STEPS_MAX = 200_000
const DONE_KEPT = 1_000

/** The end of the hour, day or calendar month (UTC) that holds `now`. */
export function endOf(span: Span, now: number): number {
  switch (span) {
    case 'hour':
      return nextHour(hourOf(now))
    case 'day':
      return (Math.floor(now / DAY_MS) + 1) * DAY_MS
    case 'month':
      return nextMonth(monthOf(now))
  }
}

/** Who lives by business time at this moment: tasks come and go, even while the clock moves. */
export type Joining = () => readonly Participant[]

/** One stepper a process: it is the only one that moves business time. A move of more than `stepsMax` instants is ended. */
export function createStepper(
  simulator: SimulatedTime,
  given: readonly Participant[] | Joining,
  stepsMax = STEPS_MAX,
): Stepper {
  const participants = typeof given === 'function' ? given : () => given
  let tail: Promise<unknown> = Promise.resolve()
  let running = 0

  /** One move after the other, whatever became of the one before. */
  function alone<T>(move: () => Promise<T>): Promise<T> {
    running += 1
    const mine = tail.then(move).finally(() => (running -= 1))
    tail = mine.catch(() => undefined)
    return mine
  }

  return {
    advance: (goalFrom) =>
      alone(async () => {
        const move = createMove(simulator, participants, stepsMax)
        const reached = await move.to(goalFrom(simulator.business()))
        return reached.ok ? ok(move.stepped()) : reached
      }),
    settle: (span) =>
      alone(async () => {
        const move = createMove(simulator, participants, stepsMax)
        const end = endOf(span, simulator.business())
        const reached = await move.to({ at: end, closing: 'step' })
        if (!reached.ok) return reached
        const outcome = await move.untilSettled(end)
        return outcome.ok ? ok({ ...move.stepped(), ...outcome.value }) : outcome
      }),
    busy: () => running > 0,
  }
}

/** One move of the clock: who is due when, and what was done so far. */
function createMove(simulator: SimulatedTime, participants: Joining, stepsMax: number) {
  const due = new Map<Participant, number | null>()
  const did: Done[] = []
  let doneInAll = 0
  let steps = 0

  function note(by: string, what: readonly string[]): void {
    doneInAll += what.length
    for (const each of what)
      if (did.length < DONE_KEPT) did.push({ at: simulator.business(), by, what: each })
  }

  function earliest(): number | null {
    const known = [simulator.next(), ...participants().map((p) => due.get(p) ?? null)].filter(
      (next) => next !== null,
    )
    return known.length === 0 ? null : Math.min(...known)
  }

  const dueBy = (instant: number): string[] => [
    ...((simulator.next() ?? Infinity) <= instant ? ['the simulator'] : []),
    ...participants()
      .filter((p) => (due.get(p) ?? Infinity) <= instant)
      .map((p) => p.name),
  ]

  async function setClocks(now: number): Promise<Result<null, StepFailure>> {
    if (now > simulator.business()) await simulator.setBusiness(now)
    return tell(now, participants())
  }

  async function tell(now: number, whom: readonly Participant[]): Promise<Result<null, StepFailure>> {
    for (const participant of whom) {
      const told = await participant.setClock(now)
      if (!told.ok) return told
      due.set(participant, told.value.next)
    }
    return ok(null)
  }

  /** Stands still at `instant` until nobody did anything and nothing is due any more. */
  async function standAt(instant: number): Promise<Result<null, StepFailure>> {
    steps += 1
    if (steps > stepsMax)
      return err({ kind: 'too_many_steps', who: dueBy(instant), at: instant, steps: stepsMax })
    if (instant > simulator.business()) await simulator.setBusiness(instant)

    let idle = 0
    for (let round = 0; round < ROUNDS_MAX && idle < IDLE_ROUNDS_MAX; round += 1) {
      const before = doneInAll
      note('simulator', await simulator.release())
      const joined = await tell(
        instant,
        participants().filter((p) => !due.has(p)),
      )
      if (!joined.ok) return joined
      for (const participant of participants()) {
        const stepped = await participant.step(instant)
        if (!stepped.ok) return stepped
        due.set(participant, stepped.value.next)
        note(participant.name, stepped.value.did)
      }
      const quiet = doneInAll === before
      if (quiet && dueBy(instant).length === 0) return ok(null)
      idle = quiet ? idle + 1 : 0
    }
    const who = dueBy(instant)
    const last = did.at(-1)
    return err({
      kind: 'never_quiet',
      who: who.length > 0 ? who : [last?.by ?? 'nobody'],
      at: instant,
      last: last?.what ?? 'nothing',
    })
  }

  return {
    stepped: (): Stepped => ({ business: simulator.business(), steps, did, doneInAll }),

    /** Through everything due up to the goal, which is reached at last. */
    async to(goal: Goal): Promise<Result<null, StepFailure>> {
      const end = Math.max(goal.at, simulator.business())
      const told = await setClocks(simulator.business())
      if (!told.ok) return told

      let closed = false
      for (;;) {
        const next = earliest()
        if (next !== null && next <= end) {
          const stood = await standAt(Math.max(next, simulator.business()))
          if (!stood.ok) return stood
        } else if (!closed) {
          // Then looked at again: a report that came in meanwhile may have made something due.
          closed = true
          const arrived = await (goal.closing === 'step' ? standAt(end) : setClocks(end))
          if (!arrived.ok) return arrived
        } else return ok(null)
      }
    },

    /** From due to due until all before `end` is settled. */
    async untilSettled(
      end: number,
    ): Promise<Result<{ settled: boolean; waiting: readonly string[] }, StepFailure>> {
      for (;;) {
        const waiting: string[] = []
        let settled = true
        for (const participant of participants()) {
          const said = await participant.settled(end)
          if (!said.ok) return said
          settled &&= said.value.settled
          waiting.push(...said.value.waiting)
        }
        const next = earliest()
        if (settled || next === null || next > end + SETTLE_WITHIN_MS) return ok({ settled, waiting })
        const stood = await standAt(Math.max(next, simulator.business()))
        if (!stood.ok) return stood
      }
    },
  }
}

/** A failed move in words: what happened, where the clock stands, what to do. */
export function explainStepFailure(failure: StepFailure): string {
  switch (failure.kind) {
    case 'unreachable':
      return `${failure.participant} could not be reached (${failure.detail}). The clock stays where it is and nothing was skipped: start it again, then repeat.`
    case 'unexpected_answer':
      return `${failure.participant} did not answer as a participant of the clock does (${failure.detail}). The clock stays where it is and nothing was skipped: check that --participant names the development Worker, then repeat.`
    case 'never_quiet':
      return `The clock stopped at ${new Date(failure.at).toISOString()}: ${failure.who.join(' and ')} kept being due at that instant (last done: ${failure.last}). Nothing was skipped; this is a fault of ${failure.who.join(' or ')}, see its log.`
    case 'too_many_steps':
      return `The clock stopped at ${new Date(failure.at).toISOString()} after ${failure.steps} steps; ${failure.who.join(' and ')} is still due. Nothing was skipped: ask again to go on from there.`
  }
}
