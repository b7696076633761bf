/** The meter that a start opens: this task's own ledger, or the forwarder to the seller's edge or the cluster's agent. */
import { hostname } from 'node:os'
import { err, ok, type Result } from '../shared/result.ts'
import { isSubscriptionId } from '../shared/subscription.ts'
import type { MeterGiven, OpenedMeter, OpenMeter } from './boot.ts'
import { openForwarder, type Destination } from './edge/forwarder.ts'
import { adoptOutbox, hasAdoptedOutbox, openOutbox } from './edge/outbox.ts'
import type { NotYet } from './entitlement/refusals.ts'
import { intakeOf } from './intake.ts'
import { openMeter } from './metering/open-meter.ts'
import type { Part } from './part.ts'
import { openClaims } from './spool/claim.ts'
import { faultOf, sentenceOf } from './spool/faults.ts'
import { type Heir, type HeirOptions, type Inheritance, openHeir } from './spool/inherit.ts'
import { openSpool, type SpoolRefused } from './spool/spool.ts'

/** Usage that goes on to somebody else: kept on disk until it has an answer, and taken over from tasks that died. */
function openForwarding(to: Destination, given: MeterGiven): Result<OpenedMeter, NotYet> {
  const { place, spoolClock, clocks, task } = given
  const identity = task?.platform.task ?? `host/${hostname()}`
  // Apart from the agent's ledgers: on one volume neither takes the other for a dead one of its kind.
  const productCode = task === null ? 'edge' : `${task.product.code}-outbox`
  const opened = openSpool({
    place,
    productCode,
    identity,
    clock: spoolClock,
    build: (sql) => ({ sql, outbox: openOutbox(sql) }),
  })
  if (!opened.ok) return err(notOpened(opened.error))
  const spool = opened.value
  const meter = openForwarder({
    to,
    task: identity,
    now: clocks.business,
    pause: given.pause,
    fetch,
    spool: {
      ...spool,
      write: (work) => spool.write(({ outbox }, sql) => work(outbox, sql)),
      read: (work) => spool.read(({ outbox }, sql) => work(outbox, sql)),
    },
  })
  const claims = openClaims({
    place,
    productCode,
    folder: spool.folder,
    monotonicMs: () => spoolClock.monotonicMs(),
    closedMs: 0,
    mayClaim: () => spool.mayCall().ok,
    adopt: (dead) => spool.write(({ sql }) => adoptOutbox(sql, dead, clocks.business())),
    hasAdopted: (sql, dead) => hasAdoptedOutbox(sql, dead.folder),
  })
  return ok({ meter, intake: meter.intake, others: [successor(() => claims.look())] })
}

/** Looks for what tasks that died left. */
const successor = (look: () => readonly string[]): Part => ({
  name: 'successor',
  nextWake: () => null,
  runDue: () => Promise.resolve([]),
  look: () => Promise.resolve(look()),
})

/** The meter of a start, however often it is tried. */
export function openMeters(): OpenMeter {
  // From the first try on: the three minutes of silence of the agent before would begin anew with each.
  let heir: Heir | null = null
  const heirOf = (options: HeirOptions): Heir => (heir ??= openHeir(options))
  return async (given) => {
    const to = destinationOf(given)
    if (!to.ok) return to
    return to.value === null ? openOwn(given, heirOf) : openForwarding(to.value, given)
  }
}

/** This task's own ledger, or the one of the agent before it. */
function openOwn(given: MeterGiven, heirOf: (options: HeirOptions) => Heir): Result<OpenedMeter, NotYet> {
  const { place, spoolClock, task } = given
  if (task === null) throw new Error('A meter of its own needs a task')
  const { product, platform, calls, skew } = task
  if (product.metering === 'agent') {
    const heir = heirOf({
      place,
      productCode: product.code,
      identity: platform.task,
      monotonicMs: () => spoolClock.monotonicMs(),
    })
    const looked = lookAt(heir, place.root)
    if (!looked.ok) return looked
    const inherited = looked.value
    if (inherited.kind === 'waiting') return err({ kind: 'again', code: 'agent-lives', why: inherited.why })
  }
  const opened = openMeter({
    place,
    product,
    platform,
    calls,
    clocks: given.clocks,
    skewMs: () => skew.skewMs(),
    spoolClock,
    pause: given.pause,
  })
  if (!opened.ok) return err(notOpened(opened.error))
  return ok({
    meter: opened.value,
    intake: intakeOf(opened.value, new Set(product.dimensions.map(({ charge }) => charge.meter))),
    others: [],
  })
}

/** What the disk says of the agent before is a reason not to start, not a fault of ours. */
function lookAt(heir: Heir, root: string): Result<Inheritance, NotYet> {
  try {
    return ok(heir.look())
  } catch (error) {
    const kind = faultOf(error)
    if (kind === null) throw error
    return err(notOpened({ kind, why: sentenceOf(kind, root) }))
  }
}

/** Another process may be ending; a disk that is broken at the start is for a person. */
function notOpened({ kind, why }: SpoolRefused): NotYet {
  return kind === 'locked'
    ? { kind: 'again', code: 'spool-locked', why }
    : { kind: 'misconfigured', code: 'spool', why }
}

/** Where a start's settings send usage; null: this task's own ledger sends it to AWS. */
function destinationOf({ settings, task }: MeterGiven): Result<Destination | null, NotYet> {
  const { target, agent } = settings
  if (target.kind === 'edge') {
    const { url, key, subscription } = target
    if (subscription === null) return ok({ kind: 'edge', url, key, subscription })
    if (isSubscriptionId(subscription)) return ok({ kind: 'edge', url, key, subscription })
    return err({
      kind: 'misconfigured',
      code: 'wrong-settings',
      why: 'TOLLGATE_EDGE_SUBSCRIPTION must be sub_ and 22 letters or digits, as the edge names the subscription.',
    })
  }
  if (task?.product.metering === 'agent' && agent.kind === 'post')
    return ok({ kind: 'agent', url: agent.url, key: agent.key })
  return ok(null)
}
