/** Waiting by the process's own timers. For the entries; below them a `Pause` is handed in. */
import type { SpoolClock } from './spool/spool.ts'
import type { Pause } from './time.ts'

export const realPause: Pause = (ms, signal) =>
  new Promise((resolve) => {
    if (signal?.aborted === true) return resolve()
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
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
