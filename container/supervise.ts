/**
 * Runs the seller's application as a child (`tollgate run -- CMD…`): no shell, its output its own, signals passed on, its exit code
 * passed up. It waits for no process it did not start itself: the image has an init in front for those (container/Dockerfile), and
 * `zombies.ts` says what is missed without one. Exits nothing itself.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { EXIT } from './exit.ts'
import { codeOf } from './spool/durable.ts'
import type { Pause } from './time.ts'

/** Passed on to the application. SIGKILL and SIGSTOP cannot be, SIGCHLD and SIGPIPE are the process's own. */
const FORWARDED = [
  'SIGTERM',
  'SIGINT',
  'SIGQUIT',
  'SIGHUP',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
  'SIGCONT',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
  'SIGALRM',
] as const satisfies readonly NodeJS.Signals[]

/** After these the application has so long to end. */
const ENDING: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGQUIT']

/** What the supervisor's own process is to it: signals only. */
export interface Host {
  on(signal: NodeJS.Signals, heard: () => void): unknown
  off(signal: NodeJS.Signals, heard: () => void): unknown
}

export interface SupervisePorts {
  readonly host: Host
  /** Of wall time. */
  readonly pause: Pause
  /** Told once when an ending signal came, or `end` was called: usage will stop. */
  readonly onEnding: (why: string) => void
}

/** How the application ended. */
export type Ended =
  /** `code`: its own, or 128 + the signal's number: what the supervisor has to end with. */
  | { readonly kind: 'ended'; readonly code: number; readonly signal: NodeJS.Signals | null }
  /** It was never started: a line for the log, and exit 78. */
  | { readonly kind: 'not-started'; readonly code: typeof EXIT.settings; readonly message: string }

export interface Supervised {
  /** Resolves once the application has ended; never rejects. Signals are passed on until then. */
  readonly ended: Promise<Ended>
  readonly pid: number | undefined
  /** Ends the application: SIGTERM, and SIGKILL when it has not ended `withinMs` later. */
  end(why: string): void
}

/** Starts `command` (its first word is a file or a name in PATH). `withinMs`: from an ending signal to SIGKILL. */
export function supervise(
  command: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  withinMs: number,
  ports: SupervisePorts,
): Supervised {
  const [file = '', ...args] = command
  let child: ChildProcess
  try {
    child = spawn(file, args, { stdio: 'inherit', env, shell: false })
  } catch (thrown) {
    // Of what the system says of a file, Node tells one half later and throws the other: ENOTDIR, E2BIG.
    return { ended: Promise.resolve(notStarted(thrown, file)), pid: undefined, end: () => undefined }
  }
  const over = new AbortController()
  let ending = false

  function beginEnd(why: string): void {
    if (ending) return
    ending = true
    ports.onEnding(why)
    void ports.pause(withinMs, over.signal).then(() => {
      if (!over.signal.aborted) child.kill('SIGKILL')
    })
  }

  const listeners = FORWARDED.map((signal) => {
    const heard = (): void => {
      child.kill(signal)
      if (ENDING.includes(signal)) beginEnd(signal)
    }
    ports.host.on(signal, heard)
    return { signal, heard }
  })

  const ended = endOf(child, file).then((end) => {
    over.abort()
    for (const { signal, heard } of listeners) ports.host.off(signal, heard)
    return end
  })

  return {
    ended,
    pid: child.pid,
    end(why) {
      child.kill('SIGTERM')
      beginEnd(why)
    },
  }
}

const endOf = (child: ChildProcess, file: string): Promise<Ended> =>
  new Promise((done) => {
    child.once('error', (cause) => {
      if (child.pid === undefined) done(notStarted(cause, file))
    })
    child.once('exit', (code, signal) =>
      done({ kind: 'ended', code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), signal }),
    )
  })

function notStarted(cause: unknown, file: string): Ended {
  const code = codeOf(cause)
  const why =
    code === 'ENOENT' || code === 'ENOTDIR'
      ? 'there is no such file in the image, or not what runs it (its interpreter or loader)'
      : code === 'EACCES'
        ? 'it is no file that this user may run'
        : `the system said ${code || String(cause)}`
  const message = `The application was not started: ${JSON.stringify(file)}: ${why}. Correct the command after \`run --\`.`
  return { kind: 'not-started', code: EXIT.settings, message }
}

/**
 * The environment of the application: its own, where to report usage, and none of our settings: an API key or the agent's
 * key is nothing it needs. AWS's variables stay: the task's role is its role too.
 */
export function childEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  to: { readonly url: string; readonly token: string },
): Record<string, string | undefined> {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith('TOLLGATE_'))
  return { ...Object.fromEntries(kept), TOLLGATE_URL: to.url, TOLLGATE_TOKEN: to.token }
}

/** Of the time between SIGTERM and SIGKILL: how long the application has, so that its last hour can still be sent. */
export function shareOfStop(stopMs: number): { readonly applicationMs: number; readonly meterMs: number } {
  const meterMs = Math.min(10_000, Math.floor(stopMs * 0.4))
  return { applicationMs: stopMs - meterMs, meterMs }
}
