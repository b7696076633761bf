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
  const killer = Object.entries(constants.signals).find(([, number]) => number === exitCode - 128)?.[0]
  const which = killer === undefined ? '' : `, as by ${killer}`
  return exitCode === 0 ? 'Ended.' : `Ended with exit code ${exitCode}${which}; its log says more.`
}

/** The last error that was said: a refusal is one line. Else the last thing the application said, whatever it was. */
function lastSaid(lines: readonly string[]): string | undefined {
  const said = lines.map(readLine)
  const last =
    said.findLast(({ isError }) => isError === true) ?? said.findLast(({ isError }) => isError === null)
  return last?.text.slice(0, LINE_MAX)
}

/** How grave a line on standard error is: the container logs there, whatever the level. */
export function levelOf(line: string): string {
  const { level } = readObject(line)
  return typeof level === 'string' ? level : readLine(line).isError === true ? 'error' : 'info'
}

interface Said {
  readonly text: string
  /** Null: the application's, and nobody knows. */
  readonly isError: boolean | null
}

/** A line of the container's log is JSON; of a stack trace, the line that names the error says most. */
function readLine(line: string): Said {
  const { level, event, message } = readObject(line)
  if (typeof event === 'string')
    return { text: typeof message === 'string' ? message : event, isError: level === 'error' }
  return { text: line, isError: /^(tollgate|\w*Error)\b/.test(line) || (line.trim() === '' ? false : null) }
}

function readObject(line: string): { level?: unknown; event?: unknown; message?: unknown } {
  if (!line.startsWith('{')) return {}
  try {
    return JSON.parse(line) as object
  } catch {
    return {}
  }
}
