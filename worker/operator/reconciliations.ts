/** `GET /reconciliations`: what the comparisons with AWS found, wrote, and could not say. Reads only. */
import { Hono } from 'hono'
import type { Reconciliations } from '../../shared/operator/wire.ts'
import { listAgreements, listRepairs, listRuns } from '../db/reconciliations.ts'
import type { Edge } from '../env.ts'
import { badParameter, json, queryOf } from './answer.ts'
import { readLimit, unknownIn } from './query.ts'

const ROWS_MAX = 200

export function reconciliationRoutes({ settings }: Edge): Hono {
  const { db } = settings
  const routes = new Hono()
  routes.get('/reconciliations', async (c) => {
    const query = queryOf(c)
    const other = unknownIn(query, ['limit'])
    if (other !== undefined) return badParameter(other)
    const limit = readLimit(query, ROWS_MAX)
    if (!limit.ok) return badParameter(limit.error)
    const found: Reconciliations = {
      runs: await listRuns(db, limit.value),
      repairs: await listRepairs(db, limit.value),
      ...(await listAgreements(db, limit.value)),
    }
    return json(c, found)
  })
  return routes
}
