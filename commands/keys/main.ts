/** `npm run keys`: reads the command line, finds the Worker, asks it once, ends with its exit code. Keeps no secret. */
import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import type { Page } from '../../shared/ledger/repair.ts'
import type { KeyDone, KeyRow } from '../../shared/operator/wire.ts'
import { call } from '../ledger/call.ts'
import { EXIT, failure, type ExitCode, type Failure } from '../ledger/exit.ts'
import { timeText } from '../ledger/format.ts'
import { tableOf } from '../ledger/table.ts'
import { findTarget, folderOf, type Target } from '../ledger/target.ts'
import { HELP, readAsked, type Asked } from './given.ts'

process.stdout.on('error', () => process.exit(EXIT.done))
process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<ExitCode> {
  const asked = readAsked(args)
  if (!asked.ok) return say(failure(EXIT.usage, asked.error))
  if (asked.value === 'help') {
    console.log(HELP)
    return EXIT.done
  }
  const target = findTarget(process.env, folderOf(asked.value.folder))
  if (!target.ok) return say(target.error)
  return asked.value.act === undefined ? list(target.value, asked.value) : act(target.value, asked.value)
}

async function list(target: Target, { json }: Asked): Promise<ExitCode> {
  const page = await call<Page<KeyRow>>(target, { path: '/keys' })
  if (!page.ok) return say(page.error)
  const { rows } = page.value
  if (json) for (const row of rows) console.log(JSON.stringify(row))
  else
    for (const line of tableOf(
      [
        { head: 'KIND' },
        { head: 'ID' },
        { head: 'MADE' },
        { head: 'UNTIL' },
        { head: 'PRODUCTS' },
        { head: 'NAME' },
      ],
      rows.map((row) => [
        row.kind,
        row.id,
        timeText(row.madeMs),
        row.signs === null ? timeText(row.endsMs) : row.signs ? 'signs now' : 'listed',
        row.products?.join(', ') ?? 'all',
        row.name,
      ]),
    ))
      console.log(line)
  return EXIT.done
}

async function act(target: Target, asked: Asked): Promise<ExitCode> {
  const { who = userInfo().username, why, id = randomUUID(), json } = asked
  if (why === undefined || why.trim() === '')
    return say(failure(EXIT.usage, 'say why: --why "…" stands in the audit log for whoever reads it later'))
  const { path, query } = asked.act ?? { path: '', query: {} }
  const more = asked.products.map((product) => `product=${encodeURIComponent(product)}`).join('&')
  const done = await call<KeyDone>(target, {
    path: more === '' ? path : `${path}?${more}`,
    query,
    body: { id, who, why },
  })
  if (!done.ok) {
    const { error } = done
    const again = ` Whether it was done is not known; the same command with --act ${id} does it once, however often it is given.`
    return say(error.exit === EXIT.unreachable ? { ...error, sentence: error.sentence + again } : error)
  }
  const { secret, sentence, key, entry, hash } = done.value
  if (json) {
    console.log(JSON.stringify({ act: id, ...done.value }))
    return EXIT.done
  }
  console.log(sentence)
  if (secret !== undefined)
    console.log(`\n${secret}\n\nIt is shown this once and kept nowhere as it is: store it now.`)
  else if (path.endsWith('/create'))
    console.log(`Its secret was in an answer that was lost. Revoke ${key ?? 'it'} and create another.`)
  console.log(`Entry ${entry} of the audit log, hash ${hash}.`)
  return EXIT.done
}

function say({ exit, sentence }: Failure): ExitCode {
  console.error(`keys: ${sentence}`)
  return exit
}
