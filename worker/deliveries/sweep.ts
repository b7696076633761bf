/**
 * What makes deliveries move: each minute's sweep, a change that was just written, and the queue that carries their ids.
 * A channel has so many on their way and no more, so that one that is slow or dead keeps its own places only.
 */
import type { Channel } from '../../shared/deliveries.ts'
import { reserve, timeStatements } from '../db/deliveries.ts'
import type { DeliveryMessage, Edge } from '../env.ts'
import { logLine, messageOf } from '../log.ts'
import { alerts, attemptDelivery } from './attempt.ts'
import { channelsSetUp } from './channels.ts'

/** On their way at once: in the queue, whose consumers are up to 250. SES sends 14 a second when it is not asked for more. */
const QUEUED_AT_ONCE: Readonly<Record<Channel, number>> = { webhook: 20, sns: 10, mail: 10 }

/** At once in one invocation, which has six connections. */
const INLINE_AT_ONCE: Readonly<Record<Channel, number>> = { webhook: 3, sns: 1, mail: 2 }

/** Of one channel in one run without a queue; the others are due still. */
const INLINE_ROUNDS = 20

/** Source: Queues limits, "maximum messages per sendBatch", 100 (2026-11-21). */
const BATCH_MAX = 100

/** Does what time does to deliveries, then sends what is due: by the queue, or here where there is none. */
export async function sweepDeliveries(edge: Edge): Promise<readonly string[]> {
  const { settings, clocks } = edge
  const setUp = channelsSetUp(settings)
  const now = clocks.business()
  const results = await settings.db.batch<{ id: string; channel: Channel }>(
    timeStatements(settings.db, setUp, now),
  )
  const parked = results.slice(2).flatMap((result) => result.results)
  await alertParked(edge, parked, now)
  const did = parked.map(({ id }) => `parked ${id}`)
  if (settings.deliveries !== undefined) return [...did, ...(await dispatchDeliveries(edge))]
  const sent = await Promise.all(setUp.map((channel) => sendHere(edge, channel)))
  return [...did, ...sent.flat()]
}

/**
 * Puts what is due into the queue, as many as there are places for. Without a queue it does nothing: the clock will. Call
 * it after a change was written; that it fails is no failure of the change.
 */
export async function dispatchDeliveries(edge: Edge): Promise<readonly string[]> {
  const { db, deliveries } = edge.settings
  if (deliveries === undefined) return []
  try {
    const now = edge.clocks.business()
    const setUp = channelsSetUp(edge.settings)
    if (setUp.length === 0) return []
    const reserved = await db.batch<DeliveryMessage>(
      setUp.map((channel) => reserve(db, channel, QUEUED_AT_ONCE[channel], now)),
    )
    const messages = reserved.flatMap(({ results }) => results.map(({ id }) => ({ body: { id } })))
    for (let at = 0; at < messages.length; at += BATCH_MAX) {
      await deliveries.sendBatch(messages.slice(at, at + BATCH_MAX))
    }
    return messages.map(({ body }) => `queued ${body.id}`)
  } catch (thrown) {
    // They are marked as on their way; two minutes later they are taken for lost, and sent again.
    logLine('error', 'deliveries_not_queued', { error: messageOf(thrown) })
    return []
  }
}

/** Makes the attempt a message asks for. After a success there is a place free for the next that is due. */
export async function consumeDelivery(edge: Edge, message: unknown): Promise<void> {
  const id: unknown = typeof message === 'object' && message !== null ? Reflect.get(message, 'id') : undefined
  if (typeof id !== 'string') return logLine('error', 'delivery_message_unreadable')
  if ((await attemptDelivery(edge, id)) === 'delivered') await dispatchDeliveries(edge)
}

/** Sends what is due of one channel in this invocation, until nothing is or its receiver fails. */
async function sendHere(edge: Edge, channel: Channel): Promise<readonly string[]> {
  const { db } = edge.settings
  const did: string[] = []
  for (let round = 0; round < INLINE_ROUNDS; round += 1) {
    const { results } = await reserve(
      db,
      channel,
      INLINE_AT_ONCE[channel],
      edge.clocks.business(),
    ).all<DeliveryMessage>()
    if (results.length === 0) break
    const attempted = await Promise.all(results.map(({ id }) => tryHere(edge, id)))
    did.push(...results.map(({ id }, at) => `${attempted[at] ?? 'tried'} ${id}`))
    if (attempted.includes('again') || attempted.includes('failed')) break
  }
  return did
}

/** `failed`: D1 did not answer; the row is due again a minute later. */
async function tryHere(edge: Edge, id: string): Promise<string> {
  try {
    return await attemptDelivery(edge, id)
  } catch (thrown) {
    logLine('error', 'delivery_failed', { delivery: id, error: messageOf(thrown) })
    return 'failed'
  }
}

async function alertParked(
  edge: Edge,
  parked: readonly { readonly id: string; readonly channel: Channel }[],
  now: number,
): Promise<void> {
  const outcome = 'the receiver took nothing for a day, or its channel is not set up any more'
  const channels = new Set(parked.map(({ channel }) => channel))
  for (const channel of channels) {
    logLine('error', 'delivery_parked', { channel, deliveries: parked.length, outcome })
  }
  const statements = [...channels].flatMap((channel) =>
    alerts(edge, { channel }, { kind: 'parked', outcome }, now),
  )
  if (statements.length > 0) await edge.settings.db.batch(statements)
}
