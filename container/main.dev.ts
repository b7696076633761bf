/**
 * The container in development: AWS is at AWS_ENDPOINT_URL, and business time is a stair that only the simulator's stepper moves,
 * from DEV_BUSINESS_TIME or from AWS's own `Date` on. No logic.
 */
import { fetchText } from './aws/fetch-text.ts'
import { openStair } from './dev.ts'
import { runContainer } from './entry.ts'
import { EXIT } from './exit.ts'
import { createLog, writeTo } from './log.ts'
import { openMeters } from './meters.ts'
import type { Meter } from './metering/meter.ts'
import { realPause, realSpoolClock } from './real-time.ts'
import { seller } from './seller.ts'

const stderr = writeTo(2)
const endpoint = process.env['AWS_ENDPOINT_URL'] ?? null
const seed = Number(process.env['DEV_BUSINESS_TIME'])
let meter: Meter | null = null
const stair = openStair(Number.isSafeInteger(seed) && seed > 0 ? seed : 0, () => meter)

process.on('uncaughtException', (thrown) => {
  stderr(`tollgate: a fault of our own (exit ${EXIT.fault}): ${thrown.stack?.replaceAll('\n', ' | ')}\n`)
  process.exit(EXIT.fault)
})

/** The business time of whoever stands in for AWS. */
async function adoptTime(): Promise<void> {
  const said = endpoint === null ? null : await fetchText(endpoint, { timeoutMs: 2_000 })
  const now = said?.ok === true ? Date.parse(said.value.date ?? '') : Number.NaN
  stair.moveTo(Number.isNaN(now) ? Date.now() : now)
}

const code = await runContainer({
  argv: process.argv.slice(2),
  env: process.env,
  host: process,
  pid: process.pid,
  seller,
  clocks: { business: stair.clock, wall: () => Date.now() },
  steadyMs: stair.clock,
  spoolClock: realSpoolClock,
  pause: realPause,
  soon: setImmediate,
  random: Math.random,
  endpoint,
  openMeter: openMeters(),
  openLog: ({ logLevel }, secrets) => createLog({ level: logLevel, secrets, now: Date.now, write: stderr }),
  openDriver: () => stair.driver,
  others: () => [],
  wrap: stair.wrap,
  prepare: () => (stair.clock() > 0 ? Promise.resolve() : adoptTime()),
  onRuntime: (runtime) => {
    meter = runtime.meter
  },
  say: (line) => stderr(`${line}\n`),
})
process.exit(code)
