/** The processes of one `npm start`, found by its group and named by their command lines. Linux and macOS. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { membersOf } from '../../commands/start/processes.ts'

export const ROLES = ['supervisor', 'engine', 'simulator', 'workerd'] as const
export type Role = (typeof ROLES)[number]

export interface Running {
  readonly role: Role | 'other'
  readonly pid: number
}

/** The live processes of the run that owns the state folder, without its supervisor. */
export function runningIn(folder: string): readonly Running[] {
  const group = groupOf(folder)
  if (group === undefined) return []
  return membersOf(group)
    .map(({ pid }) => ({ pid, command: commandOf(pid) }))
    .filter(({ command }) => command !== '')
    .map(({ pid, command }) => ({ pid, role: roleOf(command) }))
}

/** The process group named in `run.json`; undefined when no run is on record. */
export function groupOf(folder: string): number | undefined {
  try {
    return (JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as { group: number }).group
  } catch {
    return undefined
  }
}

/** Waits until nothing of the group lives; false after five seconds. */
export async function groupIsGone(group: number): Promise<boolean> {
  for (let waited = 0; waited < 5000; waited += 10) {
    if (membersOf(group).length === 0) return true
    await sleep(10)
  }
  return false
}

export const kill = (pid: number): boolean => process.kill(pid, 'SIGKILL')

/** Empty for a process that is gone or dying: its command line goes first. */
function commandOf(pid: number): string {
  try {
    if (process.platform === 'linux')
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  } catch {
    return ''
  }
}

function roleOf(command: string): Role | 'other' {
  if (command.includes('commands/engine.ts')) return 'engine'
  if (command.includes('simulator/main.ts')) return 'simulator'
  return command.includes('workerd') ? 'workerd' : 'other'
}
