/** What drives a runtime's parts in production: each in a loop of its own, so that one that waits for AWS holds up no other. */
import type { Clock } from '../shared/clock.ts'
import { MINUTE_MS } from '../shared/hour.ts'
import type { Log } from './log-port.ts'
import type { Part } from './part.ts'
import type { Pause } from './time.ts'

export interface Driver {
  /** From now on these are driven, by this business time. Once. */
  drive(parts: readonly Part[], clock: Clock): void
  /** Nothing new is begun; resolves when what is under way has ended. */
  rest(): Promise<void>
}

/** A part is asked for its next wake this often: usage that comes in may have made it earlier. Real ms. */
const LOOK_MS = 1_000
/** And this often it looks at what no business time announces. */
const LOOK_AROUND_MS = MINUTE_MS

/** `onFault`: a part threw, which is a fault of our own. Its loop goes on. */
export function timerDriver(given: {
  readonly pause: Pause
  readonly log: Log
  readonly steadyMs: () => number
  readonly onFault: (part: string, thrown: unknown) => void
}): Driver {
  const { pause, log } = given
  const ending = new AbortController()
  let loops: readonly Promise<void>[] = []

  async function drivePart(part: Part, clock: Clock): Promise<void> {
    let lookAt = Number.NEGATIVE_INFINITY
    while (!ending.signal.aborted) {
      let waitMs = LOOK_MS
      try {
        if (part.look !== undefined && given.steadyMs() >= lookAt) {
          lookAt = given.steadyMs() + LOOK_AROUND_MS
          for (const did of await part.look()) log.info('did', { part: part.name, did })
        }
        const now = clock()
        const wake = part.nextWake()
        if (wake !== null && wake <= now)
          for (const did of await part.runDue(now)) log.info('did', { part: part.name, did })
        waitMs = waitOf(part, clock())
      } catch (thrown) {
        given.onFault(part.name, thrown)
      }
      await pause(waitMs, ending.signal)
    }
  }

  return {
    drive(parts, clock) {
      loops = parts.map((part) => drivePart(part, clock))
    },
    async rest() {
      ending.abort()
      await Promise.all(loops)
    },
  }
}

/** Never none: what is due and cannot be done now is not asked for in a circle. */
function waitOf(part: Part, now: number): number {
  const wake = part.nextWake()
  return wake === null ? LOOK_MS : Math.min(LOOK_MS, Math.max(50, wake - now))
}
