/** The operator's list of what buyers wrote, newest first. Personal data: words, and whom to answer while that is known. */
import { Hono } from 'hono'
import type { FeedbackLine } from '../../shared/operator/wire.ts'
import { listFeedback } from '../db/feedback.ts'
import type { Edge } from '../env.ts'
import { badParameter, json, queryOf } from './answer.ts'
import { readLimit, unknownIn, WRONG_AFTER } from './query.ts'

const ROWS_MAX = 200

export function feedbackRoutes(edge: Edge): Hono {
  const routes = new Hono()
  routes.get('/feedback', async (c) => {
    const query = queryOf(c)
    const other = unknownIn(query, ['after', 'limit'])
    const limit = readLimit(query, ROWS_MAX)
    const after = query.get('after') ?? String(Number.MAX_SAFE_INTEGER)
    if (other !== undefined) return badParameter(other)
    if (!limit.ok) return badParameter(limit.error)
    if (!/^\d{1,16}$/.test(after)) return badParameter(WRONG_AFTER)
    const found = await listFeedback(edge.settings.db, Number(after), limit.value)
    const rows = found.map(({ createdMs, ...row }): FeedbackLine => ({ ...row, at: createdMs }))
    return json(c, { rows, next: rows.length === limit.value ? String(rows.at(-1)?.number) : null })
  })
  return routes
}
