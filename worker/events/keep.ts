/** What both doors do with an event of AWS: read it, store it, and bring up to date what it is about. */
import type { QueueMessage } from '../aws/queue.ts'
import { keepEvents, subscriptionsOf, type Arrived } from '../db/inbox.ts'
import type { Edge } from '../env.ts'
import { catchUp } from '../lifecycle/catch-up.ts'
import { logLine } from '../log.ts'
import { readEvent, type Ours } from './envelope.ts'
import { heardBy, readNotification } from './legacy.ts'

const oursOf = ({ seller }: Edge): Ours => ({
  account: seller.seller.account,
  productCodes: seller.products.map((product) => product.code),
})

/** An event as the push door is given it. What has no id is kept under `otherwise`. */
export const readPushed = (edge: Edge, body: string, otherwise: string): Arrived =>
  readEvent(body, otherwise, oursOf(edge), edge.clocks.business())

/** A message of the queue: an event, or what a legacy product's topic says. */
export function readMessage(edge: Edge, message: Pick<QueueMessage, 'id' | 'body' | 'sentMs'>): Arrived {
  const heard = heardBy(edge.seller, edge.settings.legacyTopics)
  const now = edge.clocks.business()
  return (
    readNotification(message, heard, now) ??
    readEvent(message.body, `message:${message.id}`, oursOf(edge), now)
  )
}

/** Stores events; answers how many were new. */
export async function keep(edge: Edge, events: readonly Arrived[]): Promise<number> {
  const fresh = await keepEvents(edge.settings.db, events, edge.clocks.business())
  for (const { id, note } of events) if (note !== null) logLine('info', 'event_kept', { id, note })
  return fresh
}

/** A stored event read again by the rules of today: of the products and topics that are known now. */
export function readAgain(edge: Edge, stored: Pick<Arrived, 'id' | 'body' | 'timeMs'>): Arrived {
  const cameByQueue = /^(sns|message):/.test(stored.id)
  const read = cameByQueue
    ? readMessage(edge, { id: stored.id, body: stored.body, sentMs: stored.timeMs })
    : readPushed(edge, stored.body, stored.id)
  return { ...read, id: stored.id }
}

/** Brings up to date whatever a stored event is about: nothing, while nobody knows whose it is. */
export async function apply(edge: Edge, id: string): Promise<void> {
  for (const subscription of await subscriptionsOf(edge.settings.db, id)) await catchUp(edge, subscription)
}
