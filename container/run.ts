/**
 * An entitled container around its application: starts it, ends it when it has to, and sends what it used before the end. The order
 * of an end stands here. Answers the exit code; exits nothing itself.
 */
import type { Log } from './log-port.ts'
import { ENTITLEMENT_ENDED, EXIT, refusalLine } from './exit.ts'
import type { Runtime } from './runtime.ts'
import type { OpenDoor } from './serve.ts'
import type { Settings } from './settings.ts'
import { childEnvironment, type Host, shareOfStop, supervise } from './supervise.ts'
import type { Pause } from './time.ts'

export interface RunPorts {
  readonly settings: Pick<Settings, 'stopMs' | 'onEntitlementEnd'>
  readonly env: Readonly<Record<string, string | undefined>>
  /** What the application shows at the door. */
  readonly token: string
  readonly door: OpenDoor
  readonly host: Host
  readonly pause: Pause
  readonly log: Log
  /** Writes one line to standard error, whatever the log's level. */
  readonly say: (line: string) => void
}

/**
 * Runs `command` to its end: usage is taken while it drains, then the door closes, then the meter. `serves` was told before.
 */
export async function runApplication(
  command: readonly string[],
  runtime: Runtime,
  ports: RunPorts,
): Promise<number> {
  const { settings, env, token, door, log, say } = ports
  const { applicationMs, meterMs } = shareOfStop(settings.stopMs)
  const application = supervise(command, childEnvironment(env, { url: door.url, token }), applicationMs, {
    host: ports.host,
    pause: ports.pause,
    onEnding: (why) => log.info('application-ending', { why }),
  })
  let isOver = false
  runtime.onChange((now) => {
    if (now.entitled || settings.onEntitlementEnd !== 'stop' || isOver) return
    isOver = true
    say(ENTITLEMENT_ENDED)
    application.end('the entitlement ended')
  })
  const end = await application.ended
  if (end.kind === 'ended') log.info('application-ended', { code: end.code, signal: end.signal })
  await endMeter(runtime, door, meterMs, log)
  if (end.kind === 'not-started') say(refusalLine({ exit: end.code, code: 'command', message: end.message }))
  return isOver ? EXIT.entitlementEnded : end.code
}

/** Without an application: serves until SIGTERM or SIGINT, or until the entitlement ends and the settings say so. */
export async function serveAlone(
  runtime: Runtime,
  ports: Omit<RunPorts, 'env' | 'token' | 'pause'>,
): Promise<number> {
  const { settings, door, host, log, say } = ports
  const code = await new Promise<number>((done) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) host.on(signal, () => done(EXIT.ended))
    runtime.onChange((now) => {
      if (!now.entitled && settings.onEntitlementEnd === 'stop') done(EXIT.entitlementEnded)
    })
  })
  if (code === EXIT.entitlementEnded) say(ENTITLEMENT_ENDED)
  await endMeter(runtime, door, settings.stopMs, log)
  return code
}

/** Takes no more usage, answers what is under way, sends what can be sent. `withinMs` of wall time in all. */
async function endMeter(runtime: Runtime, door: OpenDoor, withinMs: number, log: Log): Promise<void> {
  door.stops()
  const left = await runtime.stop(Math.floor(withinMs * 0.9))
  if (left.message !== null)
    log.warn('usage-left', { message: left.message, records: left.records, units: left.units })
  await door.close(Math.floor(withinMs * 0.1))
}
