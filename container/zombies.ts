/**
 * Processes that ended and wait to be waited for by this one. Node waits for the children it started and for no other, and has no
 * call that does: as PID 1, which it is where the image's entry point was replaced, it keeps what the application leaves behind.
 * Reads /proc; Linux only.
 * Source: seen with Node 24.21 as PID 1 of a namespace: 3 orphans ended, 3 stayed `Z`, SIGCHLD heard (2026-11-21).
 */
import { readdirSync, readFileSync } from 'node:fs'

/** How many ended children `pid` has that nobody has waited for; 0 where there is no /proc. */
export function countZombies(pid: number, proc = '/proc'): number {
  let count = 0
  for (const name of namesIn(proc)) {
    if (!/^\d+$/.test(name)) continue
    // The command in brackets may itself hold brackets and spaces.
    const stat = textOf(`${proc}/${name}/stat`)
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z' && Number(parent) === pid) count += 1
  }
  return count
}

/** One line for /status and the log, or null: nothing to say. One that ended just now is on its way. */
export function sayZombies(count: number): string | null {
  if (count < 2) return null
  return `${count} processes that the application left behind have ended and cannot be cleared by Node as PID 1. Start it by the image's own entry point, or let the platform's init do it: on ECS linuxParameters.initProcessEnabled, on Kubernetes shareProcessNamespace, with Docker --init.`
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Empty for a process that is gone. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
