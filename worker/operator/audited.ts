/** Doing what belongs to no one Ledger: written to the audit log before it is done and when it is done (money §9). */
import type { Ended, Logged, OperatorAct } from '../../shared/operator/audit-log.ts'
import type { Edge } from '../env.ts'
import { problemResponse } from '../problem.ts'
import { AUDIT } from './audit-object.ts'

/** What was done, and what else its answer holds; or that whether it was is not known: the same act may be given again. */
export type Done = (Omit<Ended, 'detail'> & { readonly detail: object }) | { readonly again: string }

/** Does an act once, however often it is given, and answers what became of it with its row in the log. */
export async function audited(edge: Edge, act: OperatorAct, work: () => Promise<Done>): Promise<Response> {
  const log = edge.settings.audit.getByName(AUDIT)
  const begun = await log.begin(act)
  if (begun.kind === 'other') {
    const detail = 'Another act was given under this id. Nothing was done: give this one an id of its own.'
    return problemResponse({ code: 'changed', detail })
  }
  if (begun.kind === 'ended') return answerOf(begun.logged)
  const done = await work()
  if ('again' in done) return problemResponse({ code: 'again', detail: done.again, retryAfterSeconds: 5 })
  return answerOf(await log.end(act, { ...done, detail: JSON.stringify(done.detail) }))
}

function answerOf({ detail, refused, ...logged }: Logged): Response {
  const { sentence, entry, hash, value } = logged
  if (refused !== null) return problemResponse({ code: refused, detail: sentence, more: { entry, hash } })
  return Response.json(
    { ...(JSON.parse(detail) as object), sentence, value, entry, hash },
    { headers: { 'cache-control': 'no-store' } },
  )
}
