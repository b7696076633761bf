/**
 * `POST /seller/webhooks`: the seller's application, played by the simulator. It verifies Standard Webhooks with the secrets
 * it was told, keeps what came, and answers well, slowly or not at all well, as it was set. Not a part of AWS.
 */
import { Webhook, WebhookVerificationError } from 'standardwebhooks'
import { checkHost, checkSite, readBody } from '../guard.ts'
import type { Door, Marketplace } from '../host.ts'

const PATH = '/seller/webhooks'

/** The part of a body that is kept. */
const BODY_KEPT_CHARS = 20_000

/** `undefined` for any other path. */
export function webhookDoor(marketplace: Marketplace): Door {
  return async (request) => {
    if (new URL(request.url).pathname !== PATH) return undefined
    const turned = checkHost(request) ?? checkSite(request)
    if (turned !== undefined) return new Response(`${turned.message}\n`, { status: turned.status })
    if (request.method !== 'POST')
      return new Response('Webhooks are POSTed here.\n', { status: 405, headers: { allow: 'POST' } })
    const body = await readBody(request)
    if (typeof body !== 'string') return new Response(`${body.message}\n`, { status: body.status })

    const { receiver } = marketplace.state
    const headers = Object.fromEntries(request.headers)
    const { verified, reason } = verify(body, headers, receiver.secrets)
    const answered = verified === false ? 401 : receiver.mode === 'failing' ? receiver.status : 204
    if (receiver.mode === 'slow') await pause(receiver.delayMs)
    await marketplace.run({
      kind: 'receive_webhook',
      webhook: {
        id: (headers['webhook-id'] ?? '').slice(0, 200),
        timestamp: (headers['webhook-timestamp'] ?? '').slice(0, 40),
        type: typeOf(body),
        body: body.slice(0, BODY_KEPT_CHARS),
        verified,
        reason,
        answered,
      },
    })
    return new Response(null, { status: answered, headers: { 'cache-control': 'no-store' } })
  }
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

/** Good when any of the secrets made one of the signatures, within five minutes of wall time. */
function verify(
  body: string,
  headers: { readonly [name: string]: string },
  secrets: readonly string[],
): { readonly verified: boolean | null; readonly reason: string } {
  if (secrets.length === 0) return { verified: null, reason: 'No secret was told' }
  let reason = ''
  for (const secret of secrets) {
    try {
      new Webhook(secret).verify(body, headers, { jsonParse: false })
      return { verified: true, reason: '' }
    } catch (cause) {
      reason = cause instanceof WebhookVerificationError ? cause.message : 'The signature cannot be read'
    }
  }
  return { verified: false, reason }
}

function typeOf(body: string): string {
  try {
    const value: unknown = JSON.parse(body)
    const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : ''
    return typeof type === 'string' ? type.slice(0, 100) : ''
  } catch {
    return ''
  }
}
