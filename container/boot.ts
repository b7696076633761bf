/** From a start that is decided to a container that may run: platform, entitlement, meter. No exit of the process, no environment read. */
import type { Clocks } from '../shared/clock.ts'
import type { Result } from '../shared/result.ts'
import type { ContainerView } from '../shared/seller/views.ts'
import type { Refusal } from './exit.ts'
import type { Log } from './log-port.ts'
import type { Runtime } from './runtime.ts'
import type { Start } from './start.ts'
import type { Pause } from './time.ts'

/** What a start is handed in. */
export interface BootPorts {
  readonly seller: ContainerView
  readonly clocks: Clocks
  /** From 0 to 1, 1 excluded: jitter only, never an id. */
  readonly random: () => number
  readonly pause: Pause
  readonly log: Log
  /** Where AWS is, in development; null: where AWS says it is, whatever the environment says. */
  readonly endpoint: string | null
  /** Told each time AWS has to be asked again, one line: `/readyz` shows it. */
  readonly onWait: (why: string) => void
  /** Aborted by SIGTERM: the start is given up, as soon as the call under way has ended. */
  readonly signal: AbortSignal
}

/** Given up because `signal` said so: nothing was started, and nothing is wrong. */
export type BootEnd = Refusal | { readonly exit: 0; readonly code: 'stopped'; readonly message: string }

/**
 * Asks AWS whether this container may run, again and again for 30 minutes where it does not say, and answers the runtime,
 * not yet driven (`drive.ts`), or the one line why there is none.
 */
export type Boot = (start: Start, ports: BootPorts) => Promise<Result<Runtime, BootEnd>>
