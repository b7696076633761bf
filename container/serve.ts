/** The container's HTTP door from start to stop: open before AWS has answered, closed when the last usage is kept. No exit, no environment. */
import { monthOf } from '../shared/hour.ts'
import type { Clocks } from '../shared/clock.ts'
import type { ContainerView } from '../shared/seller/views.ts'
import type { Entitlements } from './in-process/api.ts'
import type { Log } from './log-port.ts'
import type { Runtime } from './runtime.ts'
import { committing, type Taking } from './server/commit.ts'
import { entitlementsView } from './server/entitlements.ts'
import { type Handle, listen } from './server/listen.ts'
import { type Door, routes, type Serving } from './server/routes.ts'
import { startingView, statusView } from './server/status.ts'
import { countZombies, sayZombies } from './zombies.ts'

export interface DoorPorts {
  readonly seller: ContainerView
  readonly clocks: Clocks
  readonly log: Log
  /** Of this process, whose children may be left unwaited for. */
  readonly pid: number
  /** What stands before the door's own addresses: nothing in production, the clock's routes in development. */
  readonly wrap: (handle: Handle) => Handle
  /** Runs it when the event loop has read what was sent meanwhile: `setImmediate`. */
  readonly soon: (run: () => void) => void
}

export interface OpenDoor {
  /** Where programs beside it report: `http://127.0.0.1:…`. */
  readonly url: string
  /** One line: what AWS is waited for. */
  waits(why: string): void
  /** AWS has said that it may run. */
  serves(runtime: Runtime): void
  /** From now on no usage is taken; the rest is answered until `close`. */
  stops(): void
  /** Lets answers under way end, at most `withinMs` of wall time. */
  close(withinMs: number): Promise<void>
}

/** Rejects when the port is taken or may not be used: EADDRINUSE, EACCES. */
export async function openDoor(door: Door, port: number, ports: DoorPorts): Promise<OpenDoor> {
  const { seller, clocks, log } = ports
  let runtime: Runtime | null = null
  let intake: Taking | null = null
  let [why, stopping]: [string | null, boolean] = [null, false]

  const serving = (): Serving => {
    const running = runtime
    if (running === null)
      return {
        state: 'starting',
        now: clocks.business(),
        intake: null,
        entitlements: () => ({}),
        status: () => startingView(why, clocks.business()),
      }
    return {
      now: running.now(),
      state: stopping ? 'stopping' : 'ready',
      intake,
      entitlements: () => entitlementsOf(running, seller, running.now()),
      status: () => statusView(running.status(), zombies(ports.pid), running.now()),
    }
  }

  const listening = await listen(
    { host: door.reach === 'network' ? '0.0.0.0' : '127.0.0.1', port },
    ports.wrap(routes(door, serving)),
    (thrown) =>
      log.error('request-failed', { error: thrown instanceof Error ? thrown.message : String(thrown) }),
  )
  return {
    url: `http://127.0.0.1:${listening.port}`,
    waits: (said) => (why = said),
    serves(ready) {
      runtime = ready
      intake = ready.intake === null ? null : committing(ready.intake, ports.soon)
    },
    stops: () => (stopping = true),
    close: (withinMs) => listening.close(withinMs),
  }
}

/** What the buyer may use now, and what this task counted of it this month. */
export function entitlementsOf(runtime: Runtime, seller: ContainerView, now: number): Entitlements {
  const month = runtime.meter?.usage(monthOf(now)) ?? null
  return entitlementsView(runtime.entitlements(), runtime.product, seller.plans, month)
}

const zombies = (pid: number): readonly string[] => {
  const said = sayZombies(countZombies(pid))
  return said === null ? [] : [said]
}
