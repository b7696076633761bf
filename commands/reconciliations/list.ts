/** `list`: the reconciliations, what they wrote, what contradicts, and who has not come yet, as tables. */
import type { AgreementLine, Reconciliations } from '../../shared/operator/wire.ts'
import { ok } from '../../shared/result.ts'
import { call } from '../ledger/call.ts'
import { EXIT } from '../ledger/exit.ts'
import { timeText } from '../ledger/format.ts'
import { tableOf, type Column } from '../ledger/table.ts'
import type { Outcome } from '../ledger/work.ts'
import type { ToolWork } from '../tool.ts'
import type { Given } from './given.ts'

const columns = (...heads: readonly string[]): readonly Column[] => heads.map((head) => ({ head }))

export async function list({ target, given, print }: ToolWork<Given>): Outcome {
  const query = { limit: String(given.limit) }
  const answer = await call<Reconciliations>(target, { path: '/reconciliations', query })
  if (!answer.ok) return answer
  const { runs, repairs, contradictions, unknown } = answer.value
  if (given.json) {
    print(JSON.stringify(answer.value))
    return ok(EXIT.done)
  }
  const show = (title: string, none: string, lines: readonly string[]) => {
    print(lines.length === 0 ? none : title)
    for (const line of lines) print(line)
    print('')
  }
  show(
    'Comparisons with AWS:',
    'AWS was not asked yet; it is each hour.',
    tableOf(
      columns('BEGAN', 'DONE', 'COMPARED', 'WRITTEN', 'CONTRADICT', 'CALLS', 'STOPPED BY'),
      runs.map((run) => [
        timeText(run.startedMs),
        timeText(run.finishedMs),
        ...[run.compared, run.repaired, run.contradictions, run.calls].map(String),
        run.stopped ?? '-',
      ]),
    ),
  )
  show(
    'Events that never came, written in their place:',
    'No event of AWS’s was missed.',
    tableOf(
      columns('WRITTEN', 'HAPPENED', 'KIND', 'AGREEMENT', 'STATE'),
      repairs.map((one) => [
        timeText(one.repairedMs),
        timeText(one.at),
        one.kind,
        one.agreementId,
        one.state,
      ]),
    ),
  )
  show(
    'AWS contradicts its events; nothing was changed, yours to look at:',
    'Nothing contradicts.',
    tableOf(
      columns('SINCE', 'AGREEMENT', 'ACCOUNT', 'STATUS', 'WHAT'),
      contradictions.map((one) => [
        timeText(one.findingMs),
        one.agreementId,
        one.account ?? '-',
        one.status,
        one.finding ?? '-',
      ]),
    ),
  )
  show(
    'In force at AWS, and the buyer has not come yet:',
    'Every buyer of an agreement in force has come.',
    tableOf(columns('BEGAN', 'AGREEMENT', 'ACCOUNT', 'PRODUCT'), unknown.map(cellsOf)),
  )
  return ok(EXIT.done)
}

const cellsOf = ({ startsMs, agreementId, account, product }: AgreementLine): string[] => [
  timeText(startsMs),
  agreementId,
  account ?? '-',
  product,
]
