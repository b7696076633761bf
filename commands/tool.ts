/** What the small commands have in common: reads the command line, finds the Worker, runs one command, says how it ended. */
import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import type { Result } from '../shared/result.ts'
import { EXIT, failure, type ExitCode, type Failure } from './ledger/exit.ts'
import { printable } from './ledger/printable.ts'
import { findTarget, folderOf, type Target } from './ledger/target.ts'
import type { Outcome } from './ledger/work.ts'

/** What every command line says, whichever tool's it is. */
export interface ToolGiven<Command extends string> {
  readonly command: Command
  readonly json: boolean
  readonly folder: string | undefined
}

/** What each command is given. */
export interface ToolWork<Given> {
  readonly target: Target
  readonly given: Given
  /** A line for standard output. */
  readonly print: (line: string) => void
  /** Who acts when --who does not say. */
  readonly user: () => string
  /** An id for an act. */
  readonly newId: () => string
}

/** A tool: its name, its help, its command line and what each of its commands does. */
export interface Tool<Command extends string, Given extends ToolGiven<Command>> {
  readonly name: string
  readonly help: string
  readonly read: (args: readonly string[]) => Result<Given | 'help', string>
  readonly commands: Readonly<Record<Command, (work: ToolWork<Given>) => Outcome>>
}

/** Runs one command of the tool and sets this process's exit code. */
export async function runTool<Command extends string, Given extends ToolGiven<Command>>(
  tool: Tool<Command, Given>,
  args: readonly string[],
): Promise<void> {
  // Someone who reads the first lines only, as `head` does, is no failure.
  process.stdout.on('error', () => process.exit(EXIT.done))
  process.exitCode = await exitOf(tool, args)
}

async function exitOf<Command extends string, Given extends ToolGiven<Command>>(
  { name, help, read, commands }: Tool<Command, Given>,
  args: readonly string[],
): Promise<ExitCode> {
  const given = read(args)
  if (!given.ok) return say(name, failure(EXIT.usage, given.error), args.includes('--json'))
  if (given.value === 'help') {
    console.log(help)
    return EXIT.done
  }
  const { command, json, folder } = given.value
  const target = findTarget(process.env, folderOf(folder))
  if (!target.ok) return say(name, target.error, json)
  const done = await commands[command]({
    target: target.value,
    given: given.value,
    print: (line) => console.log(printable(line)),
    user: () => userInfo().username,
    newId: randomUUID,
  })
  return done.ok ? done.value : say(name, done.error, json)
}

/** Tells a failure, to a person on standard error and to a machine also on standard output. */
function say(name: string, { exit, sentence, problem }: Failure, json: boolean): ExitCode {
  console.error(printable(`${name}: ${sentence}`))
  if (json)
    console.log(JSON.stringify({ error: sentence, exit, ...(problem === undefined ? {} : { problem }) }))
  return exit
}
