/** How both objects run: one run at a time, a wake before and after it, an alarm that never throws (money §7 *Alarms*). */
import { MINUTE_MS } from '../../shared/hour.ts'
import { messageOf } from '../log.ts'
import { openNextWake, type NextWake } from './next-wake.ts'
import type { Home } from './ports.ts'

/** When a run failed, the next one comes this much later; what came up at its very end is done after a breath. */
const AGAIN_MS = MINUTE_MS
const BREATH_MS = 1_000

/** How a run ended: with everything done, with its share used up, or with a part that failed and was logged. */
export type Outcome = 'done' | 'more' | 'failed'

export interface Runner {
  readonly wake: NextWake
  /** Does what is due at business time, or `now` if that is later; joins a run under way. Answers the next wake. */
  runDue(now?: number): Promise<number | null>
  nextWake(): Promise<number | null>
  /** Runs, whatever happens: Cloudflare forgets an alarm that throws seven times (facts: seen). */
  alarm(): Promise<void>
}

/** What is run. Nothing in it may be needed for a later run: the object may die at any await. */
export interface Work {
  /** Stands before `_run_failed` and `_alarm_failed` in the log. */
  readonly event: string
  run(now: () => number): Promise<Outcome>
  /** The next instant at which there is something to do; in the past when it is overdue. Synchronous. */
  due(now: number): number | null
}

export function openRunner(home: Home, work: Work): Runner {
  const wake = openNextWake(home, (now) => work.due(now))
  let running: Promise<void> | undefined

  async function run(given: number): Promise<void> {
    await wake.guard()
    const now = (): number => Math.max(given, home.clocks.business())
    const outcome = await work.run(now)
    await wake.store(nextOf(outcome, work.due(now()), now()))
  }

  async function runDue(now = 0): Promise<number | null> {
    running ??= run(now).finally(() => {
      running = undefined
    })
    await running
    return wake.read()
  }

  return {
    wake,
    runDue,
    nextWake: async () => wake.read(),
    async alarm() {
      try {
        await runDue()
      } catch (thrown) {
        home.log('error', `${work.event}_alarm_failed`, { object: home.name, error: messageOf(thrown) })
      }
    },
  }
}

function nextOf(outcome: Outcome, due: number | null, now: number): number | null {
  if (outcome === 'failed') return now + AGAIN_MS
  return outcome === 'done' && due !== null && due <= now ? now + BREATH_MS : due
}
