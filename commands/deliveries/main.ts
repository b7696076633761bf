/** `npm run deliveries`: reads the command line, finds the Worker, runs one command, ends with its exit code. */
import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { EXIT, failure, type ExitCode, type Failure } from '../ledger/exit.ts'
import { findTarget, folderOf, type Target } from '../ledger/target.ts'
import type { Outcome } from '../ledger/work.ts'
import { HELP, readGiven, type Given } from './given.ts'
import { redeliver } from './redeliver.ts'
import { list, show } from './see.ts'

/** What each command is given, and what it answers. */
export type DeliveryCommand = (work: {
  readonly target: Target
  readonly given: Given
  /** A line for standard output. */
  readonly print: (line: string) => void
  /** Who acts when --who does not say. */
  readonly user: () => string
  /** An id for an act. */
  readonly newId: () => string
}) => Outcome

const COMMANDS: Readonly<Record<Given['command'], DeliveryCommand>> = { list, show, redeliver }

// Someone who reads the first lines only, as `head` does, is no failure.
process.stdout.on('error', () => process.exit(EXIT.done))
process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<ExitCode> {
  const given = readGiven(args)
  if (!given.ok) return say(failure(EXIT.usage, given.error), args.includes('--json'))
  if (given.value === 'help') {
    console.log(HELP)
    return EXIT.done
  }
  const target = findTarget(process.env, folderOf(given.value.folder))
  if (!target.ok) return say(target.error, given.value.json)
  const done = await COMMANDS[given.value.command]({
    target: target.value,
    given: given.value,
    print: (line) => console.log(line),
    user: () => userInfo().username,
    newId: randomUUID,
  })
  return done.ok ? done.value : say(done.error, given.value.json)
}

/** Tells a failure, to a person on standard error and to a machine also on standard output. */
function say({ exit, sentence, problem }: Failure, json: boolean): ExitCode {
  console.error(`deliveries: ${sentence}`)
  if (json)
    console.log(JSON.stringify({ error: sentence, exit, ...(problem === undefined ? {} : { problem }) }))
  return exit
}
