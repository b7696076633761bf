/** The container in production: `node container/main.ts`, or `… run -- CMD…`. Hands in the system's clock and AWS itself. No logic. */
import { timerDriver } from './drive.ts'
import { createEmf } from './emf.ts'
import { runContainer } from './entry.ts'
import { endOnFault } from './fault.ts'
import { createLog, writeTo } from './log.ts'
import { openMeters } from './meters.ts'
import { realPause, realSpoolClock } from './real-time.ts'
import { seller } from './seller.ts'

const stderr = writeTo(2)
const clock = (): number => Date.now()

endOnFault(process, stderr)

const code = await runContainer({
  argv: process.argv.slice(2),
  env: process.env,
  host: process,
  pid: process.pid,
  seller,
  clocks: { business: clock, wall: clock },
  steadyMs: () => performance.now(),
  spoolClock: realSpoolClock,
  pause: realPause,
  soon: setImmediate,
  random: Math.random,
  endpoint: null,
  openMeter: openMeters(),
  openLog: ({ logLevel }, secrets) => createLog({ level: logLevel, secrets, now: clock, write: stderr }),
  openDriver: (log) =>
    timerDriver({
      pause: realPause,
      log,
      steadyMs: () => performance.now(),
      onFault: (part, thrown) => log.error('part-failed', { part, what: String(thrown) }),
    }),
  others: ({ emf }, status) => (emf ? [createEmf(status, writeTo(1), clock())] : []),
  wrap: (handle) => handle,
  prepare: () => Promise.resolve(),
  onRuntime: () => undefined,
  say: (line) => stderr(`${line}\n`),
})
process.exit(code)
