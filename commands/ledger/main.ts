/** `npm run ledger`: reads the command line, finds the Worker, runs one command, ends with its exit code. */
import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import {
  billAside,
  dropAside,
  giveEvidence,
  hold,
  moveRecord,
  nameSuccessor,
  release,
  retryRecord,
  voidUsage,
  writeOff,
} from './acts.ts'
import { showAudit } from './audit.ts'
import { showBacklog } from './backlog.ts'
import { EXIT, failure, type ExitCode, type Failure } from './exit.ts'
import { exportAll } from './export.ts'
import { readGiven, type CommandName } from './given.ts'
import { HELP } from './help.ts'
import { listSubscriptions } from './list.ts'
import { showLog } from './log.ts'
import { showParked } from './parked.ts'
import { printable } from './printable.ts'
import { replay, showRefused } from './refused.ts'
import { checkRestore } from './restore-check.ts'
import { runDue } from './run.ts'
import { showSubscription } from './show.ts'
import { once } from './sign.ts'
import { findTarget, folderOf } from './target.ts'
import type { Command } from './work.ts'

const COMMANDS: Readonly<Record<CommandName, Command>> = {
  run: runDue,
  list: listSubscriptions,
  show: showSubscription,
  audit: showAudit,
  parked: showParked,
  backlog: showBacklog,
  refused: showRefused,
  log: showLog,
  export: exportAll,
  retry: once(retryRecord),
  move: once(moveRecord),
  'write-off': once(writeOff),
  evidence: once(giveEvidence),
  hold: once(hold),
  release: once(release),
  void: once(voidUsage),
  'bill-aside': once(billAside),
  'drop-aside': once(dropAside),
  replay: once(replay),
  succeed: nameSuccessor,
  'restore-check': checkRestore,
}

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
  const { command, json, folder } = given.value
  const target = findTarget(process.env, folderOf(folder))
  if (!target.ok) return say(target.error, json)
  const done = await COMMANDS[command]({
    target: target.value,
    given: given.value,
    print: (line) => console.log(printable(line)),
    note: (line) => console.error(printable(line)),
    user: () => userInfo().username,
    newId: randomUUID,
  })
  return done.ok ? done.value : say(done.error, json)
}

/** Tells a failure, to a person on standard error and to a machine also on standard output. */
function say({ exit, sentence, problem }: Failure, json: boolean): ExitCode {
  console.error(printable(`ledger: ${sentence}`))
  if (json)
    console.log(JSON.stringify({ error: sentence, exit, ...(problem === undefined ? {} : { problem }) }))
  return exit
}
