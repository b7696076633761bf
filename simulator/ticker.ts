/** Keeps business time moving by itself: a tick each second, through the stepper like every other move. */
import type { Clock } from '../shared/clock.ts'
import { MINUTE_MS } from '../shared/hour.ts'
import type { Stepper } from './clock.ts'
import { explainStepFailure } from './clock.ts'

const TICK_MS = 1_000

/**
 * One tick a call. Business time goes on by the wall time since the last tick and is never behind wall time: after a night
 * switched off it steps to the present. It stands still while a participant is away. Everybody is run once each business
 * minute, as Cloudflare's cron would. A failure is reported once, not each second.
 */
export function createTicker(stepper: Stepper, wall: Clock, report: (line: string) => void) {
  let last = wall()
  let minuteRun = -1
  let reported = ''

  return async function tick(): Promise<void> {
    if (stepper.busy()) return
    const present = wall()
    const elapsedMs = Math.max(0, present - last)
    last = present

    let minute = minuteRun
    const moved = await stepper.advance((business) => {
      const at = Math.max(business + elapsedMs, present)
      minute = Math.floor(at / MINUTE_MS)
      return { at, closing: minute > minuteRun ? 'step' : 'set' }
    })
    if (moved.ok) minuteRun = minute
    const failure = moved.ok ? '' : explainStepFailure(moved.error)
    if (failure !== reported) report(failure === '' ? 'The clock goes on.' : failure)
    reported = failure
  }
}

/** Ticks until `stop` is called; `stop` resolves when the tick under way is done. */
export function startTicker(stepper: Stepper, wall: Clock, report: (line: string) => void) {
  const tick = createTicker(stepper, wall, report)
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let underWay = Promise.resolve()

  const run = (): void => {
    underWay = tick()
      .catch((error: unknown) => report(`The clock failed: ${String(error)}`))
      .then(() => {
        if (!stopped) timer = setTimeout(run, TICK_MS)
      })
  }
  run()
  return {
    async stop(): Promise<void> {
      stopped = true
      clearTimeout(timer)
      await underWay
    },
  }
}
