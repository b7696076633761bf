/** Routes to deliveries: what was told to whom and what became of it, and telling it again. No contact stands in an answer. */
import { Hono } from 'hono'
import type { Channel, DeliveryState } from '../../shared/deliveries.ts'
import type { DeliveryDetail, DeliveryLine } from '../../shared/operator/wire.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { isSubscriptionId } from '../../shared/subscription.ts'
import {
  findDelivery,
  listDeliveries,
  redeliverStatements,
  type DeliveryQuery,
  type DeliveryRow,
} from '../db/deliveries.ts'
import { dispatchDeliveries } from '../deliveries/sweep.ts'
import { readTold } from '../deliveries/told.ts'
import type { Edge } from '../env.ts'
import { problemResponse } from '../problem.ts'
import { badParameter, json, queryOf, readSignature } from './answer.ts'
import { audited, type Done } from '../audit/audited.ts'
import { readLimit, unknownIn, WRONG_AFTER } from './query.ts'

const ROWS_MAX = 200
const CHANNELS = ['webhook', 'sns', 'mail'] as const satisfies readonly Channel[]
const STATES = ['waiting', 'delivered', 'parked', 'skipped'] as const satisfies readonly DeliveryState[]

export function deliveryRoutes(edge: Edge): Hono {
  const { db } = edge.settings
  const routes = new Hono()

  routes.get('/deliveries', async (c) => {
    const query = readQuery(queryOf(c))
    if (!query.ok) return badParameter(query.error)
    const rows = await listDeliveries(db, query.value)
    const next = rows.length === query.value.limit ? (rows.at(-1)?.id ?? null) : null
    return json(c, { rows: rows.map(lineOf), next })
  })

  routes.get('/deliveries/:id', async (c) => {
    const row = await findDelivery(db, c.req.param('id'))
    if (row === undefined) return problemResponse({ code: 'not-found', detail: NO_DELIVERY })
    const detail: DeliveryDetail = {
      ...lineOf(row),
      key: row.key,
      giveUpMs: row.giveUpMs,
      told: readTold(row),
    }
    return json(c, detail)
  })

  routes.post('/deliveries/:id/redeliver', async (c) => {
    const signed = await readSignature(c.req.raw)
    if (!signed.ok) return signed.error
    const subject = c.req.param('id')
    return audited(edge, { ...signed.value, kind: 'redeliver', subject }, () => redeliverOne(edge, subject))
  })

  routes.post('/deliveries/parked/:channel', async (c) => {
    const channel = c.req.param('channel')
    const channels = channel === 'all' ? CHANNELS : CHANNELS.filter((one) => one === channel)
    if (channels.length === 0) return badParameter(`The channel is one of: ${CHANNELS.join(', ')}, or all.`)
    const signed = await readSignature(c.req.raw)
    if (!signed.ok) return signed.error
    return audited(edge, { ...signed.value, kind: 'redeliver', subject: `parked ${channel}` }, () =>
      redeliverParked(edge, channels),
    )
  })
  return routes
}

const NO_DELIVERY = 'There is no such delivery. `npm run deliveries -- list` shows those there are.'

async function redeliverOne(edge: Edge, id: string): Promise<Done> {
  const row = await findDelivery(edge.settings.db, id)
  const none = { value: null, detail: {} }
  if (row === undefined) return { ...none, sentence: NO_DELIVERY, refused: 'not-found' }
  if (row.state === 'skipped') {
    const sentence = `${id} was skipped (${row.outcome ?? 'no reason kept'}), so it would say what is not true. Nothing was done.`
    return { ...none, sentence, refused: 'not-allowed' }
  }
  await edge.settings.db.batch(redeliverStatements(edge.settings.db, { id }, edge.clocks.business()))
  await dispatchDeliveries(edge)
  return { ...none, sentence: `${id} goes out again, under the same id.`, refused: null }
}

async function redeliverParked(edge: Edge, channels: readonly Channel[]): Promise<Done> {
  const { db } = edge.settings
  const [made] = await db.batch(redeliverStatements(db, { channels }, edge.clocks.business()))
  await dispatchDeliveries(edge)
  const count = made?.results.length ?? 0
  const sentence =
    count === 0
      ? 'Nothing is parked there.'
      : `${count} parked deliveries go out again, each under the id it had.`
  return { sentence, value: null, refused: null, detail: { deliveries: count } }
}

const lineOf = (row: DeliveryRow): DeliveryLine => ({
  id: row.id,
  subscription: row.subscription === '' ? null : row.subscription,
  channel: row.channel,
  kind: row.kind,
  state: row.state,
  attempts: row.attempts,
  outcome: row.outcome,
  at: row.atMs,
  createdMs: row.createdMs,
  nextMs: row.nextMs,
  settledMs: row.settledMs,
})

function readQuery(query: URLSearchParams): Result<DeliveryQuery, string> {
  const other = unknownIn(query, ['state', 'channel', 'subscription', 'after', 'limit'])
  if (other !== undefined) return err(other)
  const state = STATES.find((one) => one === query.get('state')) ?? null
  if (query.has('state') && state === null) return err(`state is one of: ${STATES.join(', ')}.`)
  const channel = CHANNELS.find((one) => one === query.get('channel')) ?? null
  if (query.has('channel') && channel === null) return err(`channel is one of: ${CHANNELS.join(', ')}.`)
  const subscription = query.get('subscription')
  if (subscription !== null && !isSubscriptionId(subscription))
    return err('subscription is sub_ and 22 characters.')
  const after = query.get('after')
  if (after !== null && !/^dlv_[0-9a-f]{32}$/.test(after)) return err(WRONG_AFTER)
  const limit = readLimit(query, ROWS_MAX)
  return limit.ok ? ok({ state, channel, subscription, after, limit: limit.value }) : limit
}
