/**
 * The container in development: business time is a stair that the simulator's stepper moves, by three routes, and nothing is
 * driven by a timer (design §9). `main.dev.ts` alone has it; a test searches the production bundle for it.
 */
import type { IncomingMessage } from 'node:http'
import type { Clock } from '../shared/clock.ts'
import { integerMember, parseObject } from '../shared/aws/json.ts'
import { HOUR_MS, MINUTE_MS } from '../shared/hour.ts'
import type { Driver } from './drive.ts'
import type { Meter } from './metering/meter.ts'
import type { Part } from './part.ts'
import { readBody } from './server/body.ts'
import type { Handle } from './server/listen.ts'
import { json, problem, type Answer } from './server/problem.ts'

/** How often one step asks a part again that is due at the same instant. */
const TIMES_MAX = 1_000
/** How long after its end an hour may still be frozen and sent: its lateness and the spread of the tasks. */
const CLOSING_MS = 16 * MINUTE_MS

export interface Stair {
  /** Business time: never back. */
  readonly clock: Clock
  readonly driver: Driver
  readonly moveTo: (now: number) => void
  /** Answers `/__dev/*`, and hands everything else on. */
  readonly wrap: (handle: Handle) => Handle
}

/** `from`: where business time begins, epoch ms. `meter`: once there is one. */
export function openStair(from: number, meter: () => Meter | null): Stair {
  let business = from
  let parts: readonly Part[] = []
  let lookedAt = Number.NEGATIVE_INFINITY
  let resting = false
  let running: Promise<unknown> = Promise.resolve()

  /** One step after the other: two at a time would ask a part twice. */
  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = running.then(run)
    running = turn.catch(() => undefined)
    return turn
  }

  const next = (): number | null => {
    const wakes = resting ? [] : parts.flatMap((part) => part.nextWake() ?? [])
    return wakes.length === 0 ? null : Math.min(...wakes)
  }

  const moveTo = (now: number): void => {
    business = Math.max(business, now)
  }

  async function step(): Promise<readonly string[]> {
    const did: string[] = []
    // Once an instant: what it says again and again is nothing that was done.
    const isNew = business > lookedAt
    lookedAt = business
    for (const part of parts) {
      if (isNew) did.push(...((await part.look?.()) ?? []))
      for (let times = 0; times < TIMES_MAX; times++) {
        const wake = part.nextWake()
        if (resting || wake === null || wake > business) break
        const done = await part.runDue(business)
        did.push(...done)
        // What is due and cannot be done now waits for the next instant.
        if (done.length === 0) break
      }
    }
    return did
  }

  async function answer(path: string, request: IncomingMessage): Promise<Answer> {
    const type = request.headers['content-type']?.split(';', 1)[0]
    const isOurs =
      request.method === 'POST' && type === 'application/json' && isLoopback(request.headers.host)
    if (!isOurs) return problem('forbidden', 'Send JSON by POST from this machine.')
    const body = await readBody(request)
    const given = body.ok ? parseObject(Buffer.from(body.value).toString('utf8')) : undefined
    const now = integerMember(given, 'now')
    const before = integerMember(given, 'before')
    if (path === '/__dev/settled' && before !== undefined)
      return json(settledBefore(meter(), business, before))
    if (now === undefined) return problem('forbidden', 'Send {"now": <epoch milliseconds>}.')
    moveTo(now)
    switch (path) {
      case '/__dev/clock':
        return json({ next: next() })
      case '/__dev/step': {
        const did = await inTurn(step)
        return json({ did, next: next() })
      }
      default:
        return problem('not-found', 'There is no such address.')
    }
  }

  return {
    clock: () => business,
    moveTo,
    driver: {
      drive(driven) {
        parts = driven
      },
      async rest() {
        resting = true
        await running
      },
    },
    wrap: (handle) => async (request) => {
      const path = (request.url ?? '').split('?', 1)[0] ?? ''
      return path.startsWith('/__dev/') ? answer(path, request) : handle(request)
    },
  }
}

/** Whether all usage before `before` has its final answer, and what is waited for. */
function settledBefore(
  meter: Meter | null,
  now: number,
  before: number,
): { readonly settled: boolean; readonly waiting: readonly string[] } {
  if (meter === null) return { settled: true, waiting: [] }
  const { oldestUnsentHour, waiting, open } = meter.status()
  // Usage of an hour without an identity, such as a new disk's first, is in the next hour's record (money §11).
  const nextEnd = before + HOUR_MS
  const unsent = oldestUnsentHour !== null && oldestUnsentHour < (now < nextEnd ? before : nextEnd)
  // Usage of an hour that ended is in no record until its hour is closed; less than a unit never has to be.
  const least = now < before + CLOSING_MS ? 0 : 1
  const units = Math.max(0, ...Object.values(open).map(Number))
  const unclosed = now < nextEnd && units > 0 && units >= least
  return {
    settled: !unsent && !unclosed,
    waiting: [
      ...(unsent ? [`${waiting} records, the oldest of ${new Date(oldestUnsentHour).toISOString()}`] : []),
      ...(unclosed ? ['an hour that is not closed yet'] : []),
    ],
  }
}

/** A page in a browser on this machine reaches loopback too, but under the name of its own host. */
const isLoopback = (host: string | undefined): boolean =>
  /^(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d+)?$/.test(host ?? '')
