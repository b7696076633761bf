/** `npm run buyers`: exports or erases the people of one AWS account by a signed act, and ends with its exit code. */
import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import type { ActDone, BuyerData } from '../../shared/operator/wire.ts'
import { err, ok } from '../../shared/result.ts'
import { call } from '../ledger/call.ts'
import { EXIT, failure, type ExitCode, type Failure } from '../ledger/exit.ts'
import { printable } from '../ledger/printable.ts'
import { findTarget, folderOf, type Target } from '../ledger/target.ts'
import type { Outcome } from '../ledger/work.ts'
import { HELP, readGiven, type Given } from './given.ts'

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
  const done = target.ok ? await act(target.value, given.value) : target
  return done.ok ? done.value : say(done.error, given.value.json)
}

/** Sends the act. When no answer comes, whether it was done is not known: it is told how to do it once. */
async function act(target: Target, given: Given): Outcome {
  const { command, account, why, json, who = userInfo().username, act: id = randomUUID() } = given
  const path = `/buyers/${account}/${command}`
  const done = await call<ActDone | BuyerData>(target, { path, body: { id, who, why } })
  if (!done.ok) {
    const { error } = done
    if (error.exit !== EXIT.unreachable) return done
    const again = `Whether it was done is not known; the same command with --act ${id} does it once.`
    return err({ ...error, sentence: `${error.sentence} ${again}` })
  }
  if (!('sentence' in done.value)) console.log(printable(JSON.stringify(done.value, null, json ? 0 : 2)))
  else if (json) console.log(JSON.stringify({ act: id, ...done.value }))
  else {
    console.log(done.value.sentence)
    console.log(`Entry ${done.value.entry} of the audit log, hash ${done.value.hash}.`)
  }
  return ok(EXIT.done)
}

/** Tells a failure, to a person on standard error and to a machine also on standard output. */
function say({ exit, sentence, problem }: Failure, json: boolean): ExitCode {
  console.error(`buyers: ${sentence}`)
  if (json)
    console.log(JSON.stringify({ error: sentence, exit, ...(problem === undefined ? {} : { problem }) }))
  return exit
}
