/** Waiting by the process's own timers. For the entries; below them a `Pause` is handed in. */
import type { SpoolClock } from './spool/spool.ts'
import type { Pause } from './time.ts'

/** The process does not end while it waits. */
export const realPause: Pause = (ms, signal) => wait(ms, signal, false)

/** No reason for the process to go on. */
export const quietPause: Pause = (ms, signal) => wait(ms, signal, true)

const wait = (ms: number, signal: AbortSignal | undefined, quiet: boolean): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted === true) return resolve()
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    if (quiet) timer.unref()
    signal?.addEventListener('abort', end, { once: true })
  })

/** The spool's signs of life; its timer keeps no process alive. */
export const realSpoolClock: SpoolClock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  every(ms, run) {
    const timer = setInterval(run, ms).unref()
    return () => clearInterval(timer)
  },
}
