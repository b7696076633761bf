/** The container tool of this machine: which there is, and running one command of it. */
import { spawnSync } from 'node:child_process'
import { err, ok, type Result } from '../../shared/result.ts'
import { TOOLS, type ToolName } from './given.ts'
import type { Step } from './plan.ts'

/** What tells that a tool can build here: its own program may be there and its engine not. */
const PROBES: Readonly<Record<ToolName, readonly string[]>> = {
  docker: ['buildx', 'version'],
  buildah: ['version'],
  podman: ['version'],
}

const answers = (tool: ToolName): boolean =>
  spawnSync(tool, PROBES[tool], { stdio: 'ignore' }).status === 0 &&
  (tool !== 'docker' || spawnSync(tool, ['info'], { stdio: 'ignore' }).status === 0)

/** The tool that was asked for, or the first that is there. */
export function findTool(asked: ToolName | undefined): Result<ToolName, string> {
  const found = (asked === undefined ? TOOLS : [asked]).find(answers)
  if (found !== undefined) return ok(found)
  return err(
    asked === undefined
      ? 'neither docker (with buildx and a running engine), buildah nor podman is there: install one of them'
      : `${asked} is not there, or its engine does not run: install or start it, or name another by --tool`,
  )
}

/** Runs one command, its output shown. The error names the command. */
export function runStep({ command, mayFail }: Step): Result<void, string> {
  const [program = '', ...args] = command
  const ran = spawnSync(program, args, { stdio: mayFail ? 'ignore' : ['ignore', 'inherit', 'inherit'] })
  if (mayFail || ran.status === 0) return ok(undefined)
  return err(
    `${shown(command)} failed (${ran.error?.message ?? `exit ${ran.status}`}): see what it says above`,
  )
}

/** The command as a shell takes it. */
export const shown = (command: readonly string[]): string =>
  command
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ')
