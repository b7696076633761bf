/** How a container ended, as a platform says it: an exit code and one line. Pure. */
import { constants } from 'node:os'
import type { TaskReport } from './view.ts'

const LINE_MAX = 500

/** `errors`: what it wrote to standard error, the last of it. */
export function endingOf(
  code: number | null,
  signal: NodeJS.Signals | null,
  errors: readonly string[],
): TaskReport {
  const exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal]
  const said = signal === null && exitCode !== 0 ? lastSaid(errors) : undefined
  return { state: 'STOPPED', exitCode, reason: said ?? plainly(exitCode, signal) }
}

function plainly(exitCode: number, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `Ended by ${signal}.`
  return exitCode === 0 ? 'Ended.' : `Ended with exit code ${exitCode}; its log says more.`
}

/** A refusal is one line; where it is JSON of the log, its message is. Of a stack trace, the line that names the error. */
function lastSaid(lines: readonly string[]): string | undefined {
  const line =
    lines.findLast((each) => /^tollgate\b|^\{.*"msg"|^\w*Error\b/.test(each)) ??
    lines.findLast((each) => each.trim() !== '')
  return line === undefined ? undefined : messageOf(line).slice(0, LINE_MAX)
}

function messageOf(line: string): string {
  if (!line.startsWith('{')) return line
  try {
    const { msg } = JSON.parse(line) as { msg?: unknown }
    return typeof msg === 'string' ? msg : line
  } catch {
    return line
  }
}
