/** Asks until there is an answer, for 30 minutes at most (issue, Start): the one loop of a start. Its time is handed in; wall time. */
import type { Clock } from '../shared/clock.ts'
import { err, ok, type Result } from '../shared/result.ts'
import type { BootEnd } from './boot.ts'
import { startPause } from './entitlement/backoff.ts'
import type { NotYet } from './entitlement/refusals.ts'
import { EXIT } from './exit.ts'
import type { Pause } from './time.ts'

export interface Patience {
  readonly wall: Clock
  readonly random: () => number
  readonly pause: Pause
  readonly signal: AbortSignal
  /** When the start began: all of its questions share the 30 minutes. */
  readonly since: number
  /** Told before each pause. */
  onWait(why: string, pauseMs: number): void
}

export const STOPPED: BootEnd = { exit: EXIT.ended, code: 'stopped', message: 'Stopped before it started.' }

/** The value, or why there is none. Never rejects but for a fault of our own. */
export async function persist<T>(
  ask: () => Promise<Result<T, NotYet>>,
  patience: Patience,
): Promise<Result<T, BootEnd>> {
  for (let attempts = 1; ; attempts++) {
    if (patience.signal.aborted) return err(STOPPED)
    const said = await ask()
    if (said.ok) return ok(said.value)
    const verdict = said.error
    if (verdict.kind !== 'again') return err(refusalOf(verdict))
    const { afterMs } = verdict
    const tried = { attempts, elapsedMs: patience.wall() - patience.since }
    const pauseMs = startPause(afterMs === undefined ? tried : { ...tried, afterMs }, patience.random())
    if (pauseMs === null) {
      return err({
        exit: EXIT.unreachable,
        code: verdict.code,
        message: `For 30 minutes it could not be known whether this container may run, so it did not start; the platform starts it again. The last reason: ${verdict.why}`,
      })
    }
    patience.onWait(verdict.why, pauseMs)
    await patience.pause(pauseMs, patience.signal)
  }
}

function refusalOf(verdict: Exclude<NotYet, { readonly kind: 'again' }>): BootEnd {
  const { code, why: message } = verdict
  switch (verdict.kind) {
    case 'not-entitled':
      return { exit: EXIT.notEntitled, code, message }
    case 'not-supported':
      return { exit: EXIT.platform, code, message }
    case 'misconfigured':
      return { exit: EXIT.settings, code, message }
  }
}
