/** `run`: what cron would do within the minute, done now; each Ledger that is due is run. */
import type { RunLine } from '../../shared/operator/wire.ts'
import { err, ok } from '../../shared/result.ts'
import { backlogLines } from './backlog.ts'
import { call, eachRow } from './call.ts'
import { EXIT } from './exit.ts'
import { countText, timeText } from './format.ts'
import type { Command } from './work.ts'

/** Cron before the Ledgers, which gives them their orders; and after, which sends what they froze. */
export const runDue: Command = async ({ target, given, print }) => {
  const first = await call<{ did: readonly string[] }>(target, { path: '/run', body: {} })
  if (!first.ok) return first
  const lines: RunLine[] = []
  const failed = await eachRow<RunLine>(
    target,
    { path: '/run/ledgers', body: {} },
    (line) => void lines.push(line),
  )
  if (failed) return err(failed)
  const second = await call<{ did: readonly string[] }>(target, { path: '/run', body: {} })
  if (!second.ok) return second

  const ran = lines.filter(({ did }) => did === 'ran')
  const lost = lines.filter(({ did }) => did === 'failed')
  const did = [...first.value.did, ...second.value.did]
  if (given.json) print(JSON.stringify({ did, ran, failed: lost }))
  else {
    for (const line of did) print(line)
    for (const { id, nextWake } of ran)
      print(`ran ${id}${nextWake === null ? '' : `, next at ${timeText(nextWake)}`}`)
    for (const { id } of lost)
      print(`${id} did not answer: cron tries it again within the minute; the Worker's log says why`)
    print(`${ran.length} of ${countText(lines.length, 'Ledger')} had something due.`)
    const backlog = await backlogLines(target)
    if (!backlog.ok) return backlog
    for (const line of backlog.value) print(line)
  }
  return ok(lost.length === 0 ? EXIT.done : EXIT.unreachable)
}
