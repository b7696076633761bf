/** From a start that is decided to a container that may run: platform, entitlement, meter. No exit of the process, no environment read. */
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clocks } from '../shared/clock.ts'
import { err, ok, type Result } from '../shared/result.ts'
import type { ContainerProductView, ContainerView } from '../shared/seller/views.ts'
import { licenseCalls } from './aws/license-manager.ts'
import { meteringCalls, type MeteringCalls } from './aws/metering.ts'
import { openAccess } from './aws/open-access.ts'
import type { Driver } from './drive.ts'
import { memoryCheckouts, openCheckouts } from './entitlement/checkout-store.ts'
import { contractMode } from './entitlement/contract.ts'
import { customMeteringMode } from './entitlement/custom-metering.ts'
import { freeMode } from './entitlement/free.ts'
import { hourlyMode } from './entitlement/hourly.ts'
import type { EntitlementMode } from './entitlement/mode.ts'
import type { NotYet } from './entitlement/refusals.ts'
import { EXIT, type Refusal } from './exit.ts'
import type { Intake } from './intake.ts'
import type { Log } from './log-port.ts'
import type { Meter } from './metering/meter.ts'
import type { Skew } from './metering/skew.ts'
import type { Part } from './part.ts'
import { persist, type Patience } from './persist.ts'
import { identify } from './platform/identify.ts'
import type { Platform } from './platform/platform.ts'
import { createRuntime, type Runtime, type RuntimeStatus } from './runtime.ts'
import type { Settings } from './settings.ts'
import { choosePlace, type Place } from './spool/place.ts'
import type { SpoolClock } from './spool/spool.ts'
import type { Start } from './start.ts'
import type { Pause } from './time.ts'

/** What a start is handed in. */
export interface BootPorts {
  readonly seller: ContainerView
  readonly clocks: Clocks
  /** Wall time for the spool's signs of life. */
  readonly spoolClock: SpoolClock
  /** Only goes forward, ms: business time is counted by it once AWS has said its own. */
  readonly steadyMs: () => number
  /** From 0 to 1, 1 excluded: jitter only, never an id. */
  readonly random: () => number
  readonly pause: Pause
  readonly log: Log
  /** Where AWS is, in development; null: where AWS says it is, whatever the environment says. */
  readonly endpoint: string | null
  /** Told each time AWS has to be asked again, one line: `/readyz` shows it. */
  readonly onWait: (why: string) => void
  /** Aborted by SIGTERM: the start is given up, as soon as the call under way has ended. */
  readonly signal: AbortSignal
  readonly openMeter: OpenMeter
  /** More that is driven, made of how the container stands: metrics. */
  readonly others: (status: () => RuntimeStatus) => readonly Part[]
  /** Drives the runtime's parts from the moment there is one. */
  readonly driver: Driver
}

/** What a meter is opened with. */
export interface MeterGiven {
  readonly settings: Settings
  readonly place: Place
  /** Null with `TOLLGATE_TARGET=edge`: there is no product and no platform that AWS knows of. */
  readonly task: {
    readonly product: ContainerProductView
    readonly platform: Platform
    readonly calls: MeteringCalls
    readonly skew: Skew
  } | null
  readonly clocks: Clocks
  readonly spoolClock: SpoolClock
  readonly pause: Pause
  readonly log: Log
}

export interface OpenedMeter {
  readonly meter: Meter
  readonly intake: Intake
  /** More that has to be driven for it: the look for what dead tasks left. */
  readonly others: readonly Part[]
}

/** `again`: another process may still have the usage of this task, or of the agent before it. */
export type OpenMeter = (given: MeterGiven) => Promise<Result<OpenedMeter, NotYet>>

/** Given up because `signal` said so: nothing was started, and nothing is wrong. */
export type BootEnd = Refusal | { readonly exit: 0; readonly code: 'stopped'; readonly message: string }

const DEFAULT_SPOOL = '/var/lib/tollgate'

/**
 * Asks AWS whether this container may run, again and again for 30 minutes where it does not say, and answers the runtime, driven
 * from now on, or the one line why there is none.
 */
export async function boot(start: Start, ports: BootPorts): Promise<Result<Runtime, BootEnd>> {
  const { clocks, log } = ports
  const { settings, product, source, env } = start
  const patience: Patience = {
    ...ports,
    wall: clocks.wall,
    since: clocks.wall(),
    onWait(why, pauseMs) {
      ports.onWait(why)
      log.warn('start-waits', { why, pauseMs: Math.round(pauseMs) })
    },
  }

  const place = needsDisk(product) ? findPlace(settings) : null
  if (place !== null && !place.ok) return err({ exit: EXIT.settings, code: 'no-spool', message: place.error })

  if (source === null || product === null) {
    const pricing = product?.pricing === 'free' || product?.pricing === 'byol' ? product.pricing : 'edge'
    return enter(freeMode(pricing), null, place?.value ?? null, null)
  }

  const platform = await persist(() => identify(source, product.pricing, env), patience)
  if (!platform.ok) return platform
  const { region } = platform.value
  const aws = openAccess({ ...ports, source, region })
  const asked = await persist(() => aws.check(), patience)
  if (!asked.ok) return asked

  const calls = meteringCalls(aws.access)
  const mode = modeOf(product, platform.value)
  if (!mode.ok) return mode
  return enter(mode.value, platform.value, place?.value ?? null, {
    product,
    platform: platform.value,
    calls,
    skew: aws.skew,
  })

  /** The entitlement check of the product's pricing. */
  function modeOf(of: ContainerProductView, at: Platform): Result<EntitlementMode, BootEnd> {
    switch (of.pricing) {
      case 'hourly':
        return ok(hourlyMode(of, { calls, nonce: randomUUID }))
      case 'custom-metering':
        return ok(customMeteringMode(of, { calls, token: randomUUID, now: () => aws.skew.now() }))
      case 'contract': {
        try {
          const store =
            place !== null && place.ok ? openCheckouts(place.value.root, at.task, of.id) : memoryCheckouts()
          const found = { calls: licenseCalls(aws.access), store, token: randomUUID, random: ports.random }
          return ok(contractMode(of, ports.seller.plans, found))
        } catch (thrown) {
          const message = `What this task has taken of its contract cannot be read (${String(thrown)}): restore the folder in TOLLGATE_SPOOL, or give the task another.`
          return err({ exit: EXIT.settings, code: 'spool', message })
        }
      }
      case 'free':
      case 'byol':
        return ok(freeMode(of.pricing))
    }
  }

  /** Asks the mode until it has a verdict, opens the meter, and drives both. */
  async function enter(
    entitlement: EntitlementMode,
    at: Platform | null,
    spool: Place | null,
    task: MeterGiven['task'],
  ): Promise<Result<Runtime, BootEnd>> {
    const now = (): number => task?.skew.now() ?? clocks.business()
    const verdict = await persist(async () => {
      const said = await entitlement.ask(now())
      return said.kind === 'entitled' ? ok(said) : err(said)
    }, patience)
    if (!verdict.ok) return verdict
    for (const warning of verdict.value.warnings) log.warn('entitlement', { warning })

    const metered = product === null || product.pricing === 'custom-metering'
    const opened =
      metered && spool !== null
        ? await persist(() => ports.openMeter({ ...ports, settings, place: spool, task }), patience)
        : null
    if (opened !== null && !opened.ok) {
      await entitlement.release()
      return opened
    }
    const runtime: Runtime = createRuntime({
      product,
      platform: at,
      mode: entitlement,
      meter: opened?.value.meter ?? null,
      intake: opened?.value.intake ?? null,
      others: [...(opened?.value.others ?? []), ...ports.others(() => runtime.status())],
      startedAt: now(),
      warnings: () => [...verdict.value.warnings, ...entitlement.warnings()],
      skewMs: () => task?.skew.skewMs() ?? null,
      now,
      pause: ports.pause,
      steadyMs: ports.steadyMs,
      rest: () => ports.driver.rest(),
    })
    ports.driver.drive(runtime.parts, now)
    return ok(runtime)
  }
}

/** Usage is kept on disk, and so is what a task takes of a contract: drawn once, or held while it runs. */
const needsDisk = (product: ContainerProductView | null): boolean =>
  product === null ||
  product.pricing === 'custom-metering' ||
  product.checkouts.some(({ checkout }) => checkout.kind !== 'tier')

/** A folder that a person set stands alone. */
function findPlace({ spool }: Settings): Result<Place, string> {
  const found = choosePlace(spool === null ? [DEFAULT_SPOOL, join(tmpdir(), 'tollgate')] : [spool])
  return found.ok ? found : err(found.error.why)
}
