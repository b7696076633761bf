/**
 * Processes of this machine, as far as ending a whole group needs them. Linux reads /proc, macOS asks `ps`. Windows has
 * no process groups: there the leader's tree is ended by `taskkill`, which cannot find orphans (best effort).
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Process {
  readonly pid: number
  readonly parent: number
  readonly group: number
}

/** Every live process this user can see. One that has ended and waits to be reaped is not live. */
export function processes(): readonly Process[] {
  if (process.platform === 'linux')
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => readStat(Number(pid)) ?? [])
  if (process.platform === 'win32') return []
  return ask('ps', ['-A', '-o', 'pid=,ppid=,pgid=,state='])
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length === 4 && !fields[3]?.startsWith('Z'))
    .map(([pid, parent, group]) => ({ pid: Number(pid), parent: Number(parent), group: Number(group) }))
}

/** The live processes of a group. */
export const membersOf = (group: number): readonly Process[] => processes().filter((p) => p.group === group)

/** True when some process of the group was started with `mark` in its environment: the proof that the group is ours. */
export function groupCarries(group: number, mark: string): boolean {
  return membersOf(group).some(({ pid }) => environmentOf(pid).includes(mark))
}

/** Ends every process of the group at once and waits for them to be gone. False: some were still there after `waitMs`. */
export async function endGroup(group: number, waitMs = 5000): Promise<boolean> {
  killGroup(group)
  for (let waited = 0; waited < waitMs; waited += 20) {
    if (membersOf(group).length === 0) return true
    await sleep(20)
  }
  return false
}

/** Sends SIGKILL to the group. A group that has gone already is no error. */
export function killGroup(group: number): void {
  if (process.platform === 'win32') {
    ask('taskkill', ['/PID', String(group), '/T', '/F'])
    return
  }
  // Of 0 and 1 the system would understand something else.
  if (!(group > 1)) return
  try {
    process.kill(-group, 'SIGKILL')
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ESRCH')) throw cause
  }
}

/** The parent and grandparent of this process: `npm start` is npm, a shell, and us. */
export function ancestors(): readonly number[] {
  const parent = process.ppid
  const grandparent = process.platform === 'linux' ? readStat(parent)?.parent : undefined
  return grandparent === undefined ? [parent] : [parent, grandparent]
}

function readStat(pid: number): Process | undefined {
  const text = readOrNothing(`/proc/${pid}/stat`)
  // The name in parentheses may itself hold spaces and parentheses. Source: proc_pid_stat(5), fields 3 to 5 and 20.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, parent, group] = fields
  if (state === undefined || group === undefined) return undefined
  // A killed process is a zombie while its other threads still hold its ports.
  if (state === 'Z' && Number(fields[17]) <= 1) return undefined
  return { pid, parent: Number(parent), group: Number(group) }
}

function environmentOf(pid: number): string {
  return process.platform === 'linux'
    ? readOrNothing(`/proc/${pid}/environ`)
    : ask('ps', ['-Eww', '-o', 'command=', '-p', String(pid)])
}

/** A process may end between two reads: then there is nothing to say about it. */
function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function ask(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return ''
  }
}
