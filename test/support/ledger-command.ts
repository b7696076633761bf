/** `npm run ledger` and its like as a test runs them: its own entry, one process a command, against a started system. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from './system.ts'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs one command on a state folder; `environment` is all it sees beside PATH. `entry`: a file of commands/. */
export function runLedger(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  entry = 'ledger.mjs',
): Promise<Ran> {
  const { PATH, HOME } = process.env
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(ROOT, 'commands', entry), ...args, '--folder', folder],
      { env: { PATH, HOME, ...environment }, timeout: 60_000, maxBuffer: 50_000_000 },
      (error, out, err) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err }),
    )
  })
}

/** The JSON values a command printed with --json, one a line. */
export const valuesOf = <T>({ out }: Ran): T[] =>
  out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)
