/** Where a stack's outputs come from: Pulumi, or a file. Runs one program, reads one file; shows neither. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, dirname } from 'node:path'
import { err, ok, type Result } from '../../shared/result.ts'

/** The outputs as JSON text, secrets among them. The error says what to do. */
export function fetchOutputs(
  root: string,
  stack: string,
  file: string | undefined,
  environment: NodeJS.ProcessEnv,
): Result<string, string> {
  if (file !== undefined) {
    try {
      return ok(readFileSync(file, 'utf8'))
    } catch (cause) {
      return err(
        `${file} cannot be read (${codeOf(cause)}): write it with \`pulumi stack output --json --show-secrets\``,
      )
    }
  }
  const ran = spawnSync('pulumi', ['stack', 'output', '--json', '--show-secrets', '--stack', stack], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 16 * 2 ** 20,
    env: { ...environment, PATH: dirname(process.execPath) + delimiter + (environment['PATH'] ?? '') },
  })
  if (ran.error !== undefined)
    return err(
      `pulumi does not run (${codeOf(ran.error)}): install it (docs/deploy.md), or give the outputs by --outputs FILE`,
    )
  if (ran.status === 0) return ok(ran.stdout)
  const said = ran.stderr.split('\n').find((line) => line.trim() !== '') ?? `exit ${ran.status}`
  return err(
    `pulumi has no outputs of the stack ${stack} (${said.trim().slice(0, 300)}): see \`pulumi stack ls\`, and that you are logged in to its state`,
  )
}

const codeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
