/** `list`: what buyers wrote, each with a line that says who and when. */
import type { Page } from '../../shared/ledger/repair.ts'
import type { FeedbackLine } from '../../shared/operator/wire.ts'
import { ok } from '../../shared/result.ts'
import { call } from '../ledger/call.ts'
import { EXIT } from '../ledger/exit.ts'
import { timeText } from '../ledger/format.ts'
import type { Outcome } from '../ledger/work.ts'
import type { ToolWork } from '../tool.ts'
import type { Given } from './given.ts'

export async function list({ target, given, print }: ToolWork<Given>): Outcome {
  const query = { limit: given.limit, ...(given.after === undefined ? {} : { after: given.after }) }
  const answer = await call<Page<FeedbackLine>>(target, { path: '/feedback', query })
  if (!answer.ok) return answer
  const { rows, next } = answer.value
  if (given.json) print(JSON.stringify(answer.value))
  else if (rows.length === 0) print('Nobody has written.')
  else for (const row of rows) for (const line of linesOf(row)) print(line)
  if (!given.json && next !== null) print(`There is more: npm run feedback -- list --after ${next}`)
  return ok(EXIT.done)
}

/** The words stand indented, so that no line of a buyer's looks like one of ours. */
export const linesOf = (row: FeedbackLine): readonly string[] => [
  [
    timeText(row.at),
    row.kind,
    row.score === null ? 'no score' : `${row.score} of 10`,
    row.subscription,
    row.email ?? 'erased',
  ].join('  '),
  ...row.message.split('\n').map((line) => `  ${line.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ')}`),
  '',
]
