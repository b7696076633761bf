/**
 * One attempt at the seller's application: a Standard Webhook, signed with every secret in force, sent once. Redirects are
 * not followed, private addresses not asked, and nothing of the answer is kept but its status.
 */
import { Webhook } from 'standardwebhooks'
import type { DeliveryRow } from '../db/deliveries.ts'
import type { Edge } from '../env.ts'
import { webhookSecretsInForce } from '../keys/webhook-secrets.ts'
import { refuseAddress } from './address.ts'
import { readContact } from './contact.ts'
import { readTold } from './told.ts'
import { failed, type Tried } from './tried.ts'

/** From the first byte sent to the status received. */
const TIMEOUT_MS = 10_000

/** The same in development, where the clock of everybody stands still meanwhile. */
const LOCAL_TIMEOUT_MS = 3_000

/** Sends the webhook of a row that was claimed. */
export async function sendWebhook(edge: Edge, row: DeliveryRow): Promise<Tried> {
  const url = URL.parse(edge.settings.webhookUrl ?? '')
  if (url === null) return { kind: 'hopeless', outcome: 'WEBHOOK_URL is not set' }
  const refusal = refuseAddress(url, edge.localReceivers ?? false)
  if (refusal !== undefined) return { kind: 'hopeless', outcome: refusal }
  const secrets = await webhookSecretsInForce(edge)
  if (secrets.length === 0) {
    return failed('there is no webhook secret: make one with npm run keys -- create webhook --name NAME')
  }
  const body = await bodyOf(edge, row)
  const headers = signedHeaders(row.id, body, secrets, edge.clocks.wall())
  return post(url, { body, headers }, edge.localReceivers ? LOCAL_TIMEOUT_MS : TIMEOUT_MS)
}

/** The same in each attempt, but for the contact: whoever was erased meanwhile is not in it. */
async function bodyOf(edge: Edge, row: DeliveryRow): Promise<string> {
  const told = readTold(row)
  const contact =
    row.kind === 'registration.completed' ? await readContact(edge.settings.db, row.subscription) : undefined
  return JSON.stringify({
    type: row.kind,
    timestamp: new Date(row.atMs).toISOString(),
    data: { ...told, ...(contact === undefined ? {} : { contact }) },
  })
}

/** `wall` is the moment of sending: a receiver takes no signature older than five minutes. */
function signedHeaders(
  id: string,
  body: string,
  secrets: readonly string[],
  wall: number,
): Record<string, string> {
  const at = new Date(wall)
  return {
    'content-type': 'application/json',
    'user-agent': 'Tollgate',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(wall / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
  }
}

async function post(
  url: URL,
  message: Pick<RequestInit, 'body' | 'headers'>,
  timeoutMs: number,
): Promise<Tried> {
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(url, { ...message, method: 'POST', redirect: 'manual', signal })
    response.body?.cancel().catch(() => undefined)
    return readStatus(response)
  } catch {
    // Not what was thrown: it may repeat the address.
    return failed(signal.aborted ? `no answer within ${timeoutMs / 1_000} s` : 'it could not be reached')
  }
}

/** Source: Standard Webhooks, "Operational considerations": 2xx is success, 410 says never again (2026-11-21). */
function readStatus({ status, ok, headers }: Response): Tried {
  const outcome = `answered ${status}`
  if (ok) return { kind: 'delivered', outcome }
  if (status === 410) return { kind: 'hopeless', outcome: `${outcome}: it wants no more webhooks` }
  if (status >= 300 && status < 400) return failed(`${outcome}: redirects are not followed`)
  return failed(outcome, askedMs(headers.get('retry-after')))
}

/** `Retry-After` in seconds; as a date it says nothing, for it is of another clock. */
const askedMs = (text: string | null): number =>
  text !== null && /^\d{1,6}$/.test(text) ? Number(text) * 1_000 : 0
