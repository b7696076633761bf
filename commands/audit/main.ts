/**
 * `npm run audit:verify`: is the audit log as it was written, and where is it not. Asks the log to check its own chain, and
 * holds a hash that was kept outside, if one is given, against the row it came with. Reads only.
 */
import { parseArgs } from 'node:util'
import type { Finding } from '../../shared/ledger/ledger.ts'
import type { RepairEntry } from '../../shared/ledger/repair.ts'
import { call, eachRow } from '../ledger/call.ts'
import { EXIT, failure, type ExitCode, type Failure } from '../ledger/exit.ts'
import { timeText } from '../ledger/format.ts'
import { findTarget, folderOf, type Target } from '../ledger/target.ts'

const HELP = `npm run audit:verify -- [--kept ENTRY:HASH] [--folder DIR] [--json]

Every row of the audit log carries the hash of the one before it. A row that was changed, taken out or put in no longer fits
those behind it; this says which is the first. Who can write to the storage itself could write the whole log anew: against
that, keep the entry and hash that an act, or this command, was answered with, and give them back with --kept.

A running \`npm start\` is found in .tollgate, or in --folder DIR. For a deployment set TOLLGATE_URL and
TOLLGATE_OPERATOR_KEY. Exit codes: 0 whole, 1 broken, 2 the command line, 3 no answer, 4 no key.`

interface Verified {
  readonly findings: readonly Finding[]
  readonly last: { readonly entry: number; readonly hash: string } | null
}

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<ExitCode> {
  const flags = parse(args)
  if (flags === undefined) return say(failure(EXIT.usage, '`npm run audit:verify -- --help` lists the flags'))
  if (flags.help === true) {
    console.log(HELP)
    return EXIT.done
  }
  const kept = flags.kept === undefined ? undefined : /^(\d{1,15}):([0-9a-f]{64})$/.exec(flags.kept)
  if (kept === null) return say(failure(EXIT.usage, '--kept is the number of an entry, a colon and its hash'))
  const target = findTarget(process.env, folderOf(flags.folder))
  if (!target.ok) return say(target.error)
  const verified = await call<Verified>(target.value, { path: '/log/audit' })
  if (!verified.ok) return say(verified.error)
  const { findings, last } = verified.value
  if (flags.json === true) console.log(JSON.stringify(verified.value))
  const [broken] = findings
  if (broken !== undefined)
    return say(
      failure(
        EXIT.refused,
        `The audit log is not as it was written: ${broken.subject} does not fit (its hash is ${broken.expected}, what it holds gives ${broken.found}). Everything before it fits. Somebody with access to the storage changed it: keep a copy (\`npm run ledger -- log --json\`) and find out who.`,
      ),
    )
  if (kept !== undefined) {
    const differs = await compare(target.value, Number(kept[1]), kept[2] ?? '')
    if (differs !== undefined) return say(differs)
  }
  if (flags.json !== true)
    console.log(
      last === null
        ? 'The audit log is empty.'
        : `The audit log is whole: ${last.entry} entries. Keep this to compare with: ${last.entry}:${last.hash}`,
    )
  return EXIT.done
}

/** A log written anew has other hashes, or fewer rows. */
async function compare(target: Target, entry: number, hash: string): Promise<Failure | undefined> {
  let found: RepairEntry | undefined
  const failed = await eachRow<RepairEntry>(target, { path: '/log' }, (row) => {
    if (row.entry === entry) found = row
    return found === undefined
  })
  if (failed !== undefined) return failed
  if (found?.hash === hash) return undefined
  const is =
    found === undefined ? 'is not there' : `has the hash ${found.hash} (${timeText(found.at)}, ${found.kind})`
  return failure(
    EXIT.refused,
    `The audit log was written anew: entry ${entry} ${is}, and was kept as ${hash}. Somebody with access to the storage did it.`,
  )
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  try {
    return parseArgs({ args: [...args], options: { help: flag, json: flag, folder: text, kept: text } })
      .values
  } catch {
    return undefined
  }
}

function say({ exit, sentence }: Failure): ExitCode {
  console.error(`audit: ${sentence}`)
  return exit
}
