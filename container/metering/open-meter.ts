/** The meter of this task on its volume: spool, claims of dead tasks and core put together (money §11). */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Clocks } from '../../shared/clock.ts'
import { ok, type Result } from '../../shared/result.ts'
import { DEFAULT_TIMING } from '../../shared/ledger/terms.ts'
import type { ContainerProductView } from '../../shared/seller/views.ts'
import type { Sql } from '../../shared/sql.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import type { MeteringCalls } from '../aws/metering.ts'
import type { Platform } from '../platform/platform.ts'
import { type DeadTask, openClaims, wasTakenOver } from '../spool/claim.ts'
import { CLOSED_MS } from '../spool/heartbeat.ts'
import type { Place } from '../spool/place.ts'
import type { Pause } from '../time.ts'
import { openSpool, type Spool, type SpoolClock, type SpoolRefused } from '../spool/spool.ts'
import { hasAdopted } from './adopt.ts'
import { newMemory, openTaskCore, type TaskCore } from './core.ts'
import type { Meter } from './meter.ts'
import { heldWhole, readOrphan } from './orphan.ts'
import { openSkew } from './skew.ts'
import { openTaskMeter } from './task-meter.ts'
import type { TaskTerms } from './task-terms.ts'

export interface MeterOptions {
  readonly place: Place
  readonly product: ContainerProductView
  readonly platform: Platform
  readonly calls: Pick<MeteringCalls, 'meterUsage' | 'dryRun'>
  readonly clocks: Clocks
  /** AWS's clock minus the business clock as of its last answer, ms; null before the first. */
  readonly skewMs: () => number | null
  readonly spoolClock: SpoolClock
  readonly pause: Pause
  /** See `TaskTerms.zeroRecords`. Absent: none. */
  readonly zeroRecords?: boolean
}

/**
 * Opens this task's folder, new or as a former process left it. With `metering: 'agent'` its folder may be the one of the
 * agent before (`openHeir`, asked until it is ready); it claims no other.
 */
export function openMeter(options: MeterOptions): Result<Meter, SpoolRefused> {
  const opened = openMeterParts(options)
  return opened.ok ? ok(opened.value.meter) : opened
}

/** The same with the spool under it. */
export function openMeterParts(
  options: MeterOptions,
): Result<{ readonly meter: Meter; readonly spool: Spool<TaskCore> }, SpoolRefused> {
  const { place, product, platform, clocks, spoolClock: clock } = options
  const skew = openSkew(clocks, () => clock.monotonicMs())
  /** What AWS said of the time in its last answer, which has just come. */
  const hear = (): void => {
    const ms = options.skewMs()
    if (ms !== null) skew.heard(clocks.business() + ms)
  }
  hear()
  const memory = newMemory()
  const terms: TaskTerms = {
    task: platform.task,
    region: platform.region,
    productCode: product.code,
    startedAt: platform.startedAt,
    dimensions: product.dimensions,
    chargedBy: product.chargedBy,
    latenessMs: DEFAULT_TIMING.latenessMs,
    zeroRecords: options.zeroRecords ?? false,
    hadLedger: () => wasTakenOver(place, product.code, platform.task),
    newLedger,
  }
  const spool = openSpool({
    place,
    productCode: product.code,
    identity: platform.task,
    clock,
    build: (sql) => openTaskCore(sql, terms, skew.now(), memory),
  })
  if (!spool.ok) return spool
  const claims = openClaims({
    place,
    productCode: product.code,
    folder: spool.value.folder,
    monotonicMs: () => clock.monotonicMs(),
    closedMs: CLOSED_MS,
    mayClaim: () => spool.value.mayCall().ok,
    adopt(dead) {
      const orphan = orphanOf(dead, skew.now())
      if (orphan !== null) spool.value.write((core) => core.adopt(orphan, skew.now()))
    },
    hasAdopted: (sql: Sql, dead: DeadTask) => {
      const orphan = orphanOf(dead, skew.now())
      return orphan === null || hasAdopted(sql, orphan)
    },
  })
  const meter = openTaskMeter({
    task: platform.task,
    spool: spool.value,
    skew,
    pause: options.pause,
    async call(request) {
      const result = await options.calls.meterUsage(request)
      if (result.ok || result.error.kind === 'refused') hear()
      return result
    },
    async askTime() {
      const dimension = product.dimensions.find((one) => one.metered)?.key
      if (dimension === undefined) return
      const asked = { productCode: product.code, dimension, quantity: 0, clientToken: randomUUID() }
      const result = await options.calls.dryRun({ ...asked, timestamp: skew.now() })
      if (result.ok || result.error.kind === 'refused') hear()
    },
    lookForOrphans: () => (product.metering === 'agent' ? [] : claims.look()),
  })
  return ok({ meter, spool: spool.value })
}

function orphanOf(dead: DeadTask, now: number): ReturnType<typeof readOrphan> {
  const orphan = readOrphan(dead.sql, now)
  return orphan === null || dead.copy === null ? orphan : heldWhole(orphan)
}

/** 128 bits, in the form of a subscription's id: a container's ledger is no purchase, and its id is never told to AWS. */
const newLedger = (): SubscriptionId =>
  `sub_${BigInt(`0x${randomBytes(16).toString('hex')}`)
    .toString(36)
    .padStart(25, '0')
    .slice(-22)}`
