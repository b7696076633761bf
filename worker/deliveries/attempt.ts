/** One attempt at one delivery: claimed, made, and written down. Whoever calls it may have been told of it twice. */
import { nextAttempt } from '../../shared/deliveries.ts'
import { hourOf } from '../../shared/hour.ts'
import { claim, settleStatements, type DeliveryRow, type Settled } from '../db/deliveries.ts'
import { alertStatement } from '../db/outbox.ts'
import type { Edge } from '../env.ts'
import { logLine, messageOf } from '../log.ts'
import { mailBuyer } from './buyer-mail.ts'
import { channelsSetUp } from './channels.ts'
import { notifyPeople } from './topic.ts'
import type { Tried } from './tried.ts'
import { sendWebhook } from './webhook.ts'

/** What became of it. `not due`: somebody else has it, or has had it. */
export type Attempted = Settled['kind'] | 'not due'

/**
 * Makes the next attempt if it is due. Throws when D1 does not answer: before the sending, nothing has happened; after it,
 * the receiver may get the same again a minute later, under the same id.
 */
export async function attemptDelivery(edge: Edge, id: string): Promise<Attempted> {
  const { db } = edge.settings
  const row = await claim(db, id, edge.clocks.business())
  if (row === undefined) return 'not due'
  const tried = await send(edge, row)
  const now = edge.clocks.business()
  const settled = settle(row, tried, now)
  await db.batch([...settleStatements(db, row, settled, now), ...alerts(edge, row, settled, now)])
  const level = settled.kind === 'parked' ? 'error' : settled.kind === 'again' ? 'warn' : 'info'
  const { channel, kind, attempts } = row
  logLine(level, `delivery_${settled.kind}`, {
    delivery: id,
    channel,
    kind,
    attempts,
    outcome: tried.outcome,
  })
  return settled.kind
}

/** What nobody expected is a failure of this delivery alone. */
async function send(edge: Edge, row: DeliveryRow): Promise<Tried> {
  try {
    switch (row.channel) {
      case 'webhook':
        return await sendWebhook(edge, row)
      case 'sns':
        return await notifyPeople(edge, row)
      case 'mail':
        return await mailBuyer(edge, row)
    }
  } catch (thrown) {
    logLine('error', 'delivery_failed', { delivery: row.id, error: messageOf(thrown) })
    return {
      kind: 'failed',
      outcome: 'it could not be prepared: the log says why',
      receiver: false,
      askedMs: 0,
    }
  }
}

function settle(row: DeliveryRow, tried: Tried, now: number): Settled {
  const { outcome } = tried
  switch (tried.kind) {
    case 'delivered':
    case 'skipped':
    case 'nobody':
      return { kind: tried.kind, outcome }
    case 'hopeless':
      return { kind: 'parked', outcome, receiver: false }
    case 'failed': {
      const { id, attempts, giveUpMs: giveUpAt } = row
      const nextMs = nextAttempt({ id, attempts, now, giveUpAt, askedMs: tried.askedMs })
      const { receiver } = tried
      return nextMs === null
        ? { kind: 'parked', outcome, receiver }
        : { kind: 'again', outcome, nextMs, receiver }
    }
  }
}

/** People are told that something is parked: once an hour and channel, and not by the channel that fails. */
export function alerts(
  edge: Edge,
  { channel }: Pick<DeliveryRow, 'channel'>,
  settled: Pick<Settled, 'kind' | 'outcome'>,
  now: number,
): D1PreparedStatement[] {
  if (settled.kind !== 'parked' || channel === 'sns') return []
  const key = `parked:${channel}:${hourOf(now)}`
  const data = { channel, outcome: settled.outcome }
  const { db } = edge.settings
  const statement = alertStatement(
    db,
    { kind: 'delivery.parked', key, data },
    channelsSetUp(edge.settings),
    now,
  )
  return statement === undefined ? [] : [statement]
}
