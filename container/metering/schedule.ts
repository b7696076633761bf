/**
 * When the next call may be made after what the last one gave. Pure; the jitter is a hash, so that a seed repeats itself.
 * One line of calls a task: what one record meets tells something about all.
 */
import { hashFraction, PROBE_MS } from '../../shared/submission/pause.ts'

/** Where the task's calls stand; kept in memory, for a new process may ask AWS at once. */
export interface Lane {
  /** No call before then. */
  readonly until: number
  /** Calls in a row that AWS throttled, or that nobody answered. */
  readonly unlucky: number
  /** Of them the last in a row that nobody answered. */
  readonly unheard: number
  /** Why AWS refuses every call, since when; null: it does not. */
  readonly stopped: { readonly reason: string; readonly message: string; readonly since: number } | null
}

export const OPEN_LANE: Lane = { until: 0, unlucky: 0, unheard: 0, stopped: null }

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000

/** Two records in a row were not heard of: AWS is away, and no more records than these are put in doubt. */
export const isAway = (lane: Lane): boolean => lane.unheard >= 2

/** AWS answered: calls go on at once. */
export const afterAnswer = (): Lane => OPEN_LANE

/** 1 s doubling to 60 s, half of it jitter by task. */
export function afterTrouble(lane: Lane, kind: 'again' | 'unanswered', task: string, now: number): Lane {
  const unlucky = lane.unlucky + 1
  const full = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(unlucky - 1, 20))
  const pause = Math.ceil(full * (0.5 + hashFraction(`${task}|${unlucky}|${now}`) / 2))
  return {
    until: now + pause,
    unlucky,
    unheard: kind === 'unanswered' ? lane.unheard + 1 : 0,
    stopped: lane.stopped,
  }
}

/** AWS refuses what no other record would fare better with: one probes every 5 minutes. */
export const afterStop = (
  lane: Lane,
  why: { readonly reason: string; readonly message: string },
  now: number,
): Lane => ({
  until: now + PROBE_MS,
  unlucky: 0,
  unheard: 0,
  stopped: { ...why, since: lane.stopped?.since ?? now },
})
