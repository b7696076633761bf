/** Opens what a person meets: the storefront, the control API, and the clock that keeps moving. Main calls it once. */
import type { Clock } from '../shared/clock.ts'
import { createStepper } from './clock.ts'
import { controlRoutes } from './control.ts'
import { taskRoutes } from './control/tasks.ts'
import type { Front } from './front.ts'
import { simulatedTime } from './front.ts'
import type { Door, Marketplace } from './host.ts'
import { withJournal } from './journal.ts'
import { httpParticipant } from './participant.ts'
import type { Destination } from './pusher.ts'
import { createPusher, PUSH_TIMEOUT_MS } from './pusher.ts'
import { webhookDoor } from './seller/webhooks.ts'
import { taskEndpoints } from './services/task-endpoints.ts'
import { storefrontRoutes } from './storefront/routes.ts'
import { taskParticipants } from './task-participants.ts'
import { startTicker } from './ticker.ts'

export interface FrontOptions {
  /** The seller's landing page, as a buyer's browser reaches it. */
  readonly landingUrl: string
  /** Who lives by business time: base URLs of processes with the development routes. None: the clock moves alone. */
  readonly participants: readonly string[]
  /** Where events are pushed beside the queue; absent: nowhere. */
  readonly destination?: Destination | undefined
  readonly wall: Clock
  /** Takes one line when the clock stops or goes on. */
  readonly report: (line: string) => void
}

/**
 * `marketplace` is the one to hand to AWS's doors: its calls are written down for the storefront. `startClock` gives the
 * participants the kept business time and lets it move; call it once the server listens. Ask the doors in their order.
 */
export function openFront(marketplace: Marketplace, options: FrontOptions) {
  const noted = withJournal(marketplace)
  const participants = options.participants.map((url, index) =>
    httpParticipant(index === 0 ? 'the Worker' : `participant ${index + 1}`, url),
  )
  const { destination } = options
  const push =
    destination === undefined ? undefined : createPusher(noted.marketplace, destination, PUSH_TIMEOUT_MS)
  const tasks = taskParticipants(noted.marketplace)
  const stepper = createStepper(simulatedTime(noted.marketplace, push), () => [...participants, ...tasks()])
  const front: Front = { ...noted, stepper, landingUrl: options.landingUrl, wall: options.wall }
  const doors: readonly Door[] = [
    webhookDoor(noted.marketplace),
    controlRoutes(front),
    taskRoutes(noted.marketplace, options.wall),
    taskEndpoints(noted.marketplace, options.wall),
    storefrontRoutes(front),
  ]
  return {
    marketplace: noted.marketplace,
    doors,
    startClock: () => startTicker(stepper, options.wall, options.report),
  }
}
