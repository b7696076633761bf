/** The calls to AWS of one Submitter, one every interval, at most six at once (money §7). What goes is planned elsewhere. */
import type { Call } from '../../shared/submission/plan.ts'
import type { Submission } from '../../shared/submission/submission.ts'
import { messageOf } from '../log.ts'
import type { Connections } from './connections.ts'
import type { Meter, SubmitterHome } from './ports.ts'
import type { Settler } from './settler.ts'

/** Calls to AWS in one run, about half a minute; then the alarm begins the next. */
const CALLS_MAX = 300

export interface Sender {
  /**
   * Makes the calls that may go until there is none or the run's share is used up, and brings results to their Ledgers
   * on the way. Throws when there are no credentials; then nothing was sent.
   */
  send(connections: Connections, now: () => number): Promise<void>
}

export function openSender(
  home: SubmitterHome,
  engine: Submission,
  settler: Settler,
  { region, intervalMs }: { readonly region: string; readonly intervalMs: number },
): Sender {
  /** Attempts whose answer this process waits for. Any other open attempt belongs to a process that has died. */
  const live = new Set<number>()
  let lastCall = Number.NEGATIVE_INFINITY

  async function send(connections: Connections, now: () => number): Promise<void> {
    engine.abandon([...live], now())
    if (!engine.ready(now())) return
    const meter = await home.meter()
    if (!meter.ok) throw new Error(meter.error)
    const flying = new Set<Promise<void>>()
    let settling = Promise.resolve()
    for (let made = 0; made < CALLS_MAX;) {
      if (!engine.ready(now())) {
        // What is in flight may come back with something to send at once: the other half of a batch.
        if (flying.size === 0) break
        await Promise.race(flying)
        continue
      }
      await turn()
      made += 1
      const started = Promise.withResolvers<void>()
      const work = connections(async () => {
        // A place first, the attempt after it: a stored attempt never waits for a connection.
        lastCall = home.clocks.wall()
        const call = engine.next(now())
        if (call !== undefined) live.add(call.attempt)
        started.resolve()
        if (call !== undefined) await make(meter.value, call, now)
      }).finally(() => {
        flying.delete(work)
        settling = settling.then(async () => void (await settler.settle(connections, now)))
      })
      flying.add(work)
      await Promise.race([started.promise, work])
    }
    await Promise.all(flying)
    await settling
  }

  /**
   * One call. Its attempt is stored, and its home lets nothing leave the object before what is stored is durable.
   * Whatever goes wrong in here leaves the attempt open: the next run counts it as unanswered.
   */
  async function make(meter: Meter, call: Call, now: () => number): Promise<void> {
    try {
      const answer = await meter(region, call.records)
      engine.answered(call.attempt, answer, now())
      if (!answer.ok) home.log('warn', 'metering_call_failed', { attempt: call.attempt, ...answer.error })
    } catch (thrown) {
      home.log('error', 'metering_answer_lost', { attempt: call.attempt, error: messageOf(thrown) })
    } finally {
      live.delete(call.attempt)
    }
  }

  /** Waits until the next call may go. The quota is the account's, so the pace goes on from run to run. */
  async function turn(): Promise<void> {
    const wait = lastCall + intervalMs - home.clocks.wall()
    if (wait > 0) await home.pause(Math.ceil(wait))
  }

  return { send }
}
