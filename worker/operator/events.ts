/** Routes to the inbox: every event of AWS and what became of it, and applying one again. What fits nowhere is shown, never guessed. */
import { Hono } from 'hono'
import type { EventDetail, EventLine } from '../../shared/operator/wire.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { isSubscriptionId, type SubscriptionId } from '../../shared/subscription.ts'
import { audited, type Done } from '../audit/audited.ts'
import {
  admitEvent,
  findEvent,
  listEvents,
  subscriptionsOf,
  type EventQuery,
  type EventRow,
} from '../db/inbox.ts'
import type { Edge } from '../env.ts'
import { readAgain } from '../events/keep.ts'
import { refreshSubscription } from '../lifecycle/refresh.ts'
import { logLine, messageOf } from '../log.ts'
import { deliverOrders } from '../metering/orders.ts'
import { problemResponse } from '../problem.ts'
import { badParameter, json, queryOf, readSignature } from './answer.ts'
import { readLimit, unknownIn, WRONG_AFTER } from './query.ts'

const ROWS_MAX = 200
const STATES = ['waiting', 'applied', 'held', 'kept'] as const satisfies readonly EventLine['state'][]

export function eventRoutes(edge: Edge): Hono {
  const { db } = edge.settings
  const routes = new Hono()

  routes.get('/events', async (c) => {
    const query = readQuery(queryOf(c))
    if (!query.ok) return badParameter(query.error)
    const rows = await listEvents(db, query.value)
    const next = rows.length === query.value.limit ? String(rows.at(-1)?.number) : null
    return json(c, { rows: rows.map(lineOf), next })
  })

  routes.get('/events/:id', async (c) => {
    const row = await findEvent(db, c.req.param('id'))
    if (row === undefined) return problemResponse({ code: 'not-found', detail: NO_EVENT })
    const detail: EventDetail = { ...lineOf(row), body: row.body }
    return json(c, detail)
  })

  routes.post('/events/:id/replay', async (c) => {
    const signed = await readSignature(c.req.raw)
    if (!signed.ok) return signed.error
    const subject = c.req.param('id')
    return audited(edge, { ...signed.value, kind: 'replay event', subject }, () => replay(edge, subject))
  })
  return routes
}

const NO_EVENT = 'There is no such event. `npm run events -- list` shows those there are.'

/** Reads a kept event again by today's rules, and computes anew what any event is about. A second time changes nothing. */
async function replay(edge: Edge, id: string): Promise<Done> {
  const { db } = edge.settings
  const none = { value: null, detail: {} }
  const row = await findEvent(db, id)
  if (row === undefined) return { ...none, sentence: NO_EVENT, refused: 'not-found' }
  try {
    if (row.state === 'kept') {
      const read = readAgain(edge, row)
      if (read.note !== null)
        return { ...none, sentence: `It is still ${read.note}, so it stays kept.`, refused: 'not-allowed' }
      await admitEvent(db, read)
    }
    const about = await subscriptionsOf(db, id)
    const changed: SubscriptionId[] = []
    for (const subscription of about) {
      if (!(await refreshSubscription(edge, subscription))) continue
      changed.push(subscription)
      await deliverOrders(edge, subscription)
    }
    const detail = { subscriptions: about, changed }
    return { sentence: sentenceOf(about, changed), value: null, refused: null, detail }
  } catch (thrown) {
    logLine('error', 'replay_failed', { id, error: messageOf(thrown) })
    return { again: 'It could not be applied just now. Give the same act again: it is done once.' }
  }
}

function sentenceOf(about: readonly SubscriptionId[], changed: readonly SubscriptionId[]): string {
  if (about.length === 0) return `It waits: ${NOBODY}.`
  return changed.length === 0
    ? `${about.join(', ')} was computed anew from all events and is as it was.`
    : `${changed.join(', ')} was computed anew from all events and changed.`
}

const NOBODY = 'no subscription is known by its license, agreement or customer yet'
const HELD = 'nothing was granted under its agreement, so it ends nothing'

const lineOf = (row: EventRow): EventLine => ({
  id: row.id,
  source: row.source,
  kind: row.detailType,
  state: row.state,
  note:
    row.state === 'held' ? HELD : row.state === 'waiting' && row.subscription === null ? NOBODY : row.note,
  at: row.timeMs,
  receivedMs: row.receivedMs,
  subscription: row.subscription,
  agreementId: row.agreementId,
  licenseTail: row.licenseTail,
  productCode: row.productCode,
  account: row.account,
  customerIdentifier: row.customerIdentifier,
})

function readQuery(query: URLSearchParams): Result<EventQuery, string> {
  const other = unknownIn(query, ['state', 'subscription', 'agreement', 'after', 'limit'])
  if (other !== undefined) return err(other)
  const state = STATES.find((one) => one === query.get('state')) ?? null
  if (query.has('state') && state === null) return err(`state is one of: ${STATES.join(', ')}.`)
  const subscription = query.get('subscription')
  if (subscription !== null && !isSubscriptionId(subscription))
    return err('subscription is sub_ and 22 characters.')
  const after = query.get('after')
  if (after !== null && !/^[1-9]\d{0,14}$/.test(after)) return err(WRONG_AFTER)
  const limit = readLimit(query, ROWS_MAX)
  if (!limit.ok) return limit
  return ok({
    state,
    subscription,
    agreement: query.get('agreement'),
    before: after === null ? null : Number(after),
    limit: limit.value,
  })
}
