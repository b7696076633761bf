/**
 * `createMeter` for Node applications: the entry of the package `tollgate-container`. In a supervised process it reports to the
 * supervisor; in any other it is the container itself: asks AWS, counts, sends. It ends the process where that may not run.
 */
import { randomBytes } from 'node:crypto'
import { boot, type BootEnd } from './boot.ts'
import { timerDriver } from './drive.ts'
import { createEmf } from './emf.ts'
import { ENTITLEMENT_ENDED, EXIT, refusalLine, type Refusal } from './exit.ts'
import type {
  ApplicationMeter,
  CreateMeter,
  Entitlements,
  MeterOptions,
  RefusedUsage,
} from './in-process/api.ts'
import {
  type ApplicationMeterPorts,
  type Held,
  openApplicationMeter,
  UNCOUNTED,
} from './in-process/application-meter.ts'
import { openSupervisor, supervisorIn } from './in-process/attached.ts'
import { ownSink, supervisorSink } from './in-process/sinks.ts'
import { createLog, writeTo } from './log.ts'
import { openMeters } from './meters.ts'
import { quietPause, realPause, realSpoolClock } from './real-time.ts'
import type { Runtime } from './runtime.ts'
import { seller } from './seller.ts'
import { entitlementsOf } from './serve.ts'
import { statusView } from './server/status.ts'
import { readStart, type Start } from './start.ts'
import { shareOfStop } from './supervise.ts'

const stderr = writeTo(2)
const clock = (): number => Date.now()

/** How often the supervisor is asked what may be used. */
const ASK_EVERY_MS = 5_000
const ATTACHED_STOP_MS = 5_000

let isOpen = false

export const createMeter: CreateMeter = async (options = {}) => {
  if (isOpen) throw new Error('createMeter was called before in this process: hand its meter on.')
  isOpen = true
  const supervisor = supervisorIn(process.env)
  return supervisor === null ? standAlone(options) : attach(supervisor, options)
}

/** What both kinds are opened with. */
function common(options: MeterOptions) {
  const told = new Set<string>()
  const sayRefused = (refused: readonly RefusedUsage[]): void => {
    for (const { meter, code, message } of refused) {
      if (told.has(`${meter} ${code}`) || told.size > 100) continue
      told.add(`${meter} ${code}`)
      stderr(`tollgate: usage of ${JSON.stringify(meter)} is refused (${code}): ${message}\n`)
    }
  }
  return {
    later(ms: number, call: () => void) {
      const timer = setTimeout(call, ms).unref()
      return () => clearTimeout(timer)
    },
    random: Math.random,
    source: 'local',
    epoch: randomBytes(24).toString('base64url'),
    onRefused: options.onRefused ?? sayRefused,
    onAgain: (why: string) => stderr(`tollgate: usage waits in memory and is tried again: ${why}\n`),
    everyMs: Math.max(10, Math.min(options.everyMs ?? 1_000, 1_000)),
    bufferMax: options.bufferMax ?? 100_000,
  } satisfies Partial<ApplicationMeterPorts>
}

async function attach(
  at: { readonly url: string; readonly token: string },
  options: MeterOptions,
): Promise<ApplicationMeter> {
  const supervisor = openSupervisor(at, clock)
  let [known, status]: [Entitlements, object] = [
    (await supervisor.entitlements()).now,
    await supervisor.status(),
  ]
  const ask = setInterval(() => {
    const asked = supervisor.entitlements().then(({ now, changed }) => {
      known = now
      if (changed) options.onEntitlements?.(now)
    })
    // A supervisor that does not answer ends soon, and this process with it.
    void asked.then(async () => (status = await supervisor.status())).catch(() => undefined)
  }, ASK_EVERY_MS).unref()
  const held = openApplicationMeter({
    ...common(options),
    sink: supervisorSink(supervisor.ask),
    now: () => supervisor.now(),
    entitlements: () => known,
    status: () => status,
    end() {
      clearInterval(ask)
      return Promise.resolve({ records: 0, message: null })
    },
    stopMs: ATTACHED_STOP_MS,
  })
  return hold(held, options, ATTACHED_STOP_MS)
}

async function standAlone(options: MeterOptions): Promise<ApplicationMeter> {
  const start = readStart(process.env, seller)
  if (!start.ok) return refuse(start.error)
  const { settings } = start.value
  if (settings.agent.kind === 'listen') return refuse(AGENT)
  const runtime = await bootHere(start.value)
  const { stopMs, onEntitlementEnd } = settings
  const held = openApplicationMeter({
    ...common(options),
    sink: runtime.intake === null ? UNCOUNTED : ownSink(runtime.intake),
    now: () => runtime.now(),
    entitlements: () => entitlementsOf(runtime, seller, runtime.now()),
    status: () => statusView(runtime.status(), [], runtime.now()),
    async end(withinMs) {
      const left = await runtime.stop(withinMs)
      if (left.message !== null) stderr(`tollgate: ${left.message}\n`)
      return { records: left.records, message: left.message }
    },
    stopMs,
  })
  const meter = hold(held, options, stopMs)
  runtime.onChange((now) => {
    options.onEntitlements?.(entitlementsOf(runtime, seller, runtime.now()))
    if (now.entitled || onEntitlementEnd !== 'stop') return
    stderr(`${ENTITLEMENT_ENDED}\n`)
    void meter.close().then(() => process.exit(EXIT.entitlementEnded))
  })
  return meter
}

async function bootHere(start: Start): Promise<Runtime> {
  const { logLevel, target, agent, emf } = start.settings
  const secrets = [target.kind === 'edge' ? target.key : '', agent.kind === 'none' ? '' : agent.key]
  const log = createLog({ level: logLevel, secrets, now: clock, write: stderr })
  const ending = new AbortController()
  const end = (): void => ending.abort()
  const signals = ['SIGTERM', 'SIGINT'] as const
  for (const signal of signals) process.on(signal, end)
  // The application waits for AWS's answer; after it nothing of ours is a reason for the process to go on.
  let pause = realPause
  const booted = await boot(start, {
    seller,
    clocks: { business: clock, wall: clock },
    steadyMs: () => performance.now(),
    spoolClock: realSpoolClock,
    pause: (ms, signal) => pause(ms, signal),
    random: Math.random,
    log,
    endpoint: null,
    onWait: () => undefined,
    signal: ending.signal,
    openMeter: openMeters(),
    others: (status) => (emf ? [createEmf(status, writeTo(1), clock())] : []),
    driver: timerDriver({
      pause: quietPause,
      log,
      steadyMs: () => performance.now(),
      onFault: (part, thrown) => log.error('part-failed', { part, what: String(thrown) }),
    }),
  })
  for (const signal of signals) process.off(signal, end)
  pause = quietPause
  return booted.ok ? booted.value : refuse(booted.error)
}

const AGENT: Refusal = {
  exit: EXIT.settings,
  code: 'agent',
  message:
    'TOLLGATE_AGENT=listen is for the image alone: the agent is a container of its own, without an application.',
}

function refuse(refusal: Refusal | BootEnd): never {
  if (refusal.exit !== EXIT.ended) stderr(`${refusalLine(refusal)}\n`)
  process.exit(refusal.exit)
}

/** What is counted is kept, however the process ends, but for SIGKILL. */
function hold({ meter, flushNow }: Held, options: MeterOptions, stopMs: number): ApplicationMeter {
  process.once('beforeExit', () => void meter.close())
  process.once('exit', flushNow)
  if (options.signals === 'application') return meter
  const { applicationMs, meterMs } = shareOfStop(stopMs)
  process.on('SIGTERM', () => {
    void meter.flush()
    // Nobody else hears it: nobody drains, and the process would go on for ever.
    if (process.listenerCount('SIGTERM') === 1) void meter.close(stopMs).then(() => process.exit(EXIT.ended))
    else setTimeout(() => void meter.close(meterMs), applicationMs).unref()
  })
  return meter
}
