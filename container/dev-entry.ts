/**
 * The container in development: AWS is at AWS_ENDPOINT_URL, and business time is a stair that only the simulator's stepper moves,
 * from DEV_BUSINESS_TIME or from AWS's own `Date` on. A test searches the production bundle for it.
 */
import type { Clock } from '../shared/clock.ts'
import type { ContainerView } from '../shared/seller/views.ts'
import { fetchText } from './aws/fetch-text.ts'
import { openStair } from './dev.ts'
import { runContainer } from './entry.ts'
import { endOnFault } from './fault.ts'
import { createLog, writeTo } from './log.ts'
import { openMeters } from './meters.ts'
import type { Meter } from './metering/meter.ts'
import { realPause, realSpoolClock } from './real-time.ts'
import type { Pause } from './time.ts'

/** Refused, as at AWS, with the `Date` that AWS has. */
const UNSIGNED = {
  method: 'POST',
  headers: {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'AWSMPMeteringService.MeterUsage',
  },
  body: '{}',
  timeoutMs: 2_000,
} as const

/** Where a test lets wall time run faster. */
export interface WallTime {
  readonly wall: Clock
  readonly pause: Pause
  /** Only goes forward, ms, as fast as `wall`. */
  readonly steadyMs: () => number
}

const REAL: WallTime = { wall: () => Date.now(), pause: realPause, steadyMs: () => performance.now() }

/** Answers the exit code. */
export async function runInDevelopment(
  process: NodeJS.Process,
  seller: ContainerView,
  { wall, pause, steadyMs }: WallTime = REAL,
): Promise<number> {
  const stderr = writeTo(2)
  endOnFault(process, stderr)
  const endpoint = process.env['AWS_ENDPOINT_URL'] ?? null
  const seed = Number(process.env['DEV_BUSINESS_TIME'])
  let meter: Meter | null = null
  const stair = openStair(Number.isSafeInteger(seed) && seed > 0 ? seed : 0, () => meter)

  /** The business time of whoever stands in for AWS. */
  async function adoptTime(): Promise<void> {
    if (stair.clock() > 0) return
    const said = endpoint === null ? null : await fetchText(endpoint, UNSIGNED)
    const now = said?.ok === true ? Date.parse(said.value.date ?? '') : Number.NaN
    stair.moveTo(Number.isNaN(now) ? Date.now() : now)
  }

  return runContainer({
    argv: process.argv.slice(2),
    env: process.env,
    host: process,
    pid: process.pid,
    seller,
    clocks: { business: stair.clock, wall },
    steadyMs,
    spoolClock: realSpoolClock,
    pause,
    soon: setImmediate,
    random: Math.random,
    endpoint,
    openMeter: openMeters(),
    openLog: ({ logLevel }, secrets) => createLog({ level: logLevel, secrets, now: Date.now, write: stderr }),
    openDriver: () => stair.driver,
    others: () => [],
    wrap: stair.wrap,
    prepare: adoptTime,
    onRuntime: (runtime) => {
      meter = runtime.meter
    },
    say: (line) => stderr(`${line}\n`),
  })
}
