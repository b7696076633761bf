/**
 * A container from its first line to its exit code: settings, the door, AWS's word, the application, and its end. What the entries
 * differ in (clocks, the endpoint of AWS, what drives the parts) is handed in. It never exits the process.
 */
import { randomBytes } from 'node:crypto'
import { boot, type BootEnd, type BootPorts } from './boot.ts'
import { EXIT, refusalLine, type Refusal } from './exit.ts'
import type { Log } from './log-port.ts'
import { err } from '../shared/result.ts'
import { STOPPED } from './persist.ts'
import { runApplication, serveAlone } from './run.ts'
import type { Runtime, RuntimeStatus } from './runtime.ts'
import { openDoor, type DoorPorts, type OpenDoor } from './serve.ts'
import type { Door } from './server/routes.ts'
import type { Env, Settings } from './settings.ts'
import { codeOf } from './spool/durable.ts'
import { readStart, type Start } from './start.ts'
import type { Host } from './supervise.ts'
import type { Part } from './part.ts'
import type { Driver } from './drive.ts'

/** What an entry hands in. */
export interface Entry
  extends Omit<BootPorts, 'log' | 'onWait' | 'signal' | 'driver' | 'others'>, Omit<DoorPorts, 'log'> {
  /** What stands after the entry's own name: nothing, or `run -- CMD…`. */
  readonly argv: readonly string[]
  readonly env: Env
  readonly host: Host
  readonly openLog: (settings: Settings, secrets: readonly string[]) => Log
  readonly openDriver: (log: Log) => Driver
  readonly others: (settings: Settings, status: () => RuntimeStatus) => readonly Part[]
  /** Once the start is decided, before anything is asked of AWS. */
  readonly prepare: () => Promise<void>
  /** Told of the runtime as soon as there is one. */
  readonly onRuntime: (runtime: Runtime) => void
  /** Writes one line to standard error. */
  readonly say: (line: string) => void
}

const USAGE = 'The command is wrong: use no argument, or run -- COMMAND ARGUMENTS…'

/** Answers the exit code; rejects for a fault of our own only. A refusal is one line. */
export async function runContainer(entry: Entry): Promise<number> {
  const refuse = (refusal: Refusal | BootEnd): number => {
    if (refusal.exit !== EXIT.ended) entry.say(refusalLine(refusal))
    return refusal.exit
  }
  const command = commandOf(entry.argv)
  if (command === null) return refuse({ exit: EXIT.settings, code: 'usage', message: USAGE })
  const start = readStart(entry.env, entry.seller)
  if (!start.ok) return refuse(start.error)

  const { settings } = start.value
  const door = doorOf(settings, command)
  const log = entry.openLog(settings, [door.token ?? '', ...secretsOf(settings)])
  let opened: OpenDoor
  try {
    opened = await openDoor(door, settings.port, { ...entry, log })
  } catch (thrown) {
    return refuse(noDoor(thrown, settings))
  }
  log.info('listening', { url: opened.url })
  const booted = await startUp(entry, start.value, opened, log)
  if (!booted.ok) {
    await opened.close(0)
    return refuse(booted.error)
  }
  const runtime = booted.value
  opened.serves(runtime)
  entry.onRuntime(runtime)
  log.info('ready', { url: opened.url, platform: runtime.platform, entitlement: runtime.entitlements() })
  const given = { ...entry, settings, token: door.token ?? '', door: opened, log }
  return command.length === 0 ? serveAlone(runtime, given) : runApplication(command, runtime, given)
}

/** Asks AWS, until SIGTERM at most. */
async function startUp(
  entry: Entry,
  start: Start,
  door: OpenDoor,
  log: Log,
): Promise<Awaited<ReturnType<typeof boot>>> {
  const ending = new AbortController()
  // They stay: without any listener the system would end the process, between this one and the next who listens.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) entry.host.on(signal, () => ending.abort())
  await entry.prepare()
  const booted = await boot(start, {
    ...entry,
    log,
    signal: ending.signal,
    driver: entry.openDriver(log),
    others: (status) => entry.others(start.settings, status),
    onWait: (why) => door.waits(why),
  })
  if (!booted.ok || !ending.signal.aborted) return booted
  // The signal came while the last of it was under way: what was taken is given back.
  await booted.value.stop(start.settings.stopMs)
  return err(STOPPED)
}

/** An agent's own application speaks to it as the other tasks do; any other has a token of its own. */
function doorOf({ agent }: Settings, command: readonly string[]): Door {
  if (agent.kind === 'listen') return { reach: 'network', token: agent.key }
  return { reach: 'loopback', token: command.length === 0 ? null : randomBytes(32).toString('base64url') }
}

function noDoor(thrown: unknown, { port }: Settings): Refusal {
  const message =
    codeOf(thrown) === 'EADDRINUSE'
      ? `Port ${port} is taken by another process of this task: set TOLLGATE_PORT to a free one.`
      : `Port ${port} cannot be opened (${codeOf(thrown) || 'unknown'}): set TOLLGATE_PORT to a free one above 1023.`
  return { exit: EXIT.settings, code: 'port', message }
}

/** The application's words; none: serve only; null: something else was asked. */
function commandOf(argv: readonly string[]): readonly string[] | null {
  const [run, dashes, ...command] = argv
  if (run === undefined) return []
  return run === 'run' && dashes === '--' && command.length > 0 ? command : null
}

const secretsOf = ({ agent, target }: Settings): readonly string[] => [
  ...(agent.kind === 'none' ? [] : [agent.key]),
  ...(target.kind === 'edge' ? [target.key] : []),
]
