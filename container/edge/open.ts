/** Opens the forwarder of a process whose usage goes elsewhere: its folder on the volume, what dead tasks left there, the way out. */
import { hostname } from 'node:os'
import type { Clocks } from '../../shared/clock.ts'
import { MINUTE_MS } from '../../shared/hour.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { isSubscriptionId } from '../../shared/subscription.ts'
import type { NotYet } from '../entitlement/refusals.ts'
import type { Intake } from '../intake.ts'
import type { Meter } from '../metering/meter.ts'
import type { Settings } from '../settings.ts'
import { type DeadTask, openClaims } from '../spool/claim.ts'
import type { Place } from '../spool/place.ts'
import { openSpool, type SpoolClock } from '../spool/spool.ts'
import type { Pause } from '../time.ts'
import { type Destination, openForwarder } from './forwarder.ts'
import { adoptOutbox, hasAdoptedOutbox, openOutbox, type Outbox } from './outbox.ts'

export interface ForwardingGiven {
  readonly settings: Pick<Settings, 'target' | 'agent'>
  readonly place: Place
  /** The task's name to AWS; null: this process is known to AWS by none, and its host's name stands for it. */
  readonly task: string | null
  readonly clocks: Clocks
  readonly spoolClock: SpoolClock
  readonly pause: Pause
}

/** The shelf of its folders on the volume: no product code looks like it. */
const SHELF = 'forwarded'

/** True when the settings send usage elsewhere than to AWS by this task. */
export const forwards = ({ target, agent }: Pick<Settings, 'target' | 'agent'>): boolean =>
  target.kind === 'edge' || agent.kind === 'post'

/** `again`: another process still has this folder. */
export function openForwarding(
  given: ForwardingGiven,
): Result<{ readonly meter: Meter; readonly intake: Intake }, NotYet> {
  const to = destinationOf(given.settings)
  if (!to.ok) return err({ kind: 'misconfigured', code: 'wrong-settings', why: to.error })
  const { place, clocks, spoolClock } = given
  const identity = given.task ?? `host/${hostname()}`
  const opened = openSpool<Outbox>({
    place,
    productCode: SHELF,
    identity,
    clock: spoolClock,
    build: openOutbox,
  })
  if (!opened.ok) return err({ kind: 'again', code: 'spool', why: opened.error.why })
  const spool = opened.value
  const forwarder = openForwarder({
    to: to.value,
    task: identity,
    spool,
    fetch: (url, init) => fetch(url, init),
    now: clocks.business,
    pause: given.pause,
  })
  const claims = openClaims({
    place,
    productCode: SHELF,
    folder: spool.folder,
    monotonicMs: () => spoolClock.monotonicMs(),
    mayClaim: () => spool.mayCall().ok,
    // A copy is taken as well: what it says was sent before counts nothing twice.
    adopt: (dead) =>
      spool.write((_, sql) => adoptOutbox(sql, { ...dead, folder: nameOf(dead) }, clocks.business())),
    hasAdopted: (sql, dead) => hasAdoptedOutbox(sql, nameOf(dead)),
  })
  let lookAt = clocks.business()
  const meter: Meter = {
    ...forwarder,
    nextWake() {
      const wake = forwarder.nextWake()
      return wake === null ? lookAt : Math.min(wake, lookAt)
    },
    async runDue(now) {
      const found = now >= lookAt ? claims.look() : []
      if (now >= lookAt) lookAt = now + MINUTE_MS
      return [...found, ...(await forwarder.runDue(now))]
    },
  }
  return ok({ meter, intake: forwarder.intake })
}

const nameOf = ({ folder, copy }: DeadTask): string => (copy === null ? folder : `copy of ${folder}`)

function destinationOf({ target, agent }: Pick<Settings, 'target' | 'agent'>): Result<Destination, string> {
  if (agent.kind === 'post') return ok({ kind: 'agent', url: agent.url, key: agent.key })
  if (target.kind !== 'edge') return err('TOLLGATE_TARGET is not edge: nothing is sent on.')
  const { url, key, subscription } = target
  if (subscription === null || isSubscriptionId(subscription))
    return ok({ kind: 'edge', url, key, subscription })
  return err('TOLLGATE_EDGE_SUBSCRIPTION must be the id of a subscription (sub_ and 22 letters or digits).')
}
