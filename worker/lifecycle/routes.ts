/** PUT /v1/subscriptions/{id}/plan: the plan the seller's application sets. Behind an API key. */
import { Hono } from 'hono'
import { setPlan } from './plan.ts'
import { isSubscriptionId } from '../../shared/subscription.ts'
import type { Edge } from '../env.ts'
import { findSubscription } from '../db/subscriptions.ts'
import { problemResponse, type Problem } from '../problem.ts'
import { allows, requireKey, type KeyedEnv } from '../keys.ts'

/** `PUT /subscriptions/:id/plan`. */
export function planRoutes(edge: Edge): Hono<KeyedEnv> {
  const { db } = edge.settings
  const keyed = requireKey(edge)
  const routes = new Hono<KeyedEnv>()

  routes.put('/subscriptions/:id/plan', keyed, async (c) => {
    const id = c.req.param('id')
    const row = isSubscriptionId(id) ? await findSubscription(db, id) : undefined
    return isSubscriptionId(id) && row && allows(c.var.key, row.product)
      ? setPlan(edge, id, row, c.req.raw, c.var.key.id)
      : problemResponse(NOT_FOUND)
  })
  return routes
}

const NOT_FOUND: Problem = {
  code: 'not-found',
  detail: 'There is no such subscription that this API key may see. GET /v1/subscriptions lists them.',
}
