/** Pushes events to the API destination as EventBridge does: its headers, 5 seconds, one attempt a call. No state of its own. */
import http from 'node:http'
import https from 'node:https'
import type { Marketplace } from './host.ts'
import type { PushAnswer } from './marketplace/pushes.ts'

/** The seller's webhook for events, and the key of its connection. */
export interface Destination {
  readonly url: string
  /** The header of the connection's API key. */
  readonly header: string
  readonly key: string
}

/** How long AWS waits for an answer. Source: facts §5.5. */
export const PUSH_TIMEOUT_MS = 5_000
const AT_ONCE = 10

/** Answers a function that makes every attempt due at the business time, each of `timeoutMs` at most, and says what came of them. */
export function createPusher(marketplace: Marketplace, destination: Destination, timeoutMs: number) {
  return async function push(): Promise<readonly string[]> {
    const { state } = marketplace
    const due = state.pushes.filter((one) => one.due <= state.business)
    const said: string[] = []
    for (let i = 0; i < due.length; i += AT_ONCE)
      said.push(
        ...(await Promise.all(
          due.slice(i, i + AT_ONCE).map(async ({ id, detailType, agreementId, envelope }) => {
            const answer = await attempt(destination, envelope, timeoutMs)
            const { outcome } = await marketplace.run({ kind: 'push_done', id, answer })
            const how = 'status' in answer ? `HTTP ${answer.status}` : answer.failed
            return `${detailType} (${agreementId}) pushed: ${how}${SUFFIX[outcome]}`
          }),
        )),
      )
    return said
  }
}

const SUFFIX = {
  delivered: '',
  again: ', to be tried again',
  dropped: ', dropped into the dead-letter queue',
}

/** By hand, for `fetch` calls a 407 no answer at all. */
function attempt(
  { url, header, key }: Destination,
  envelope: string,
  timeoutMs: number,
): Promise<PushAnswer> {
  return new Promise((resolve) => {
    const to = new URL(url)
    const call = (to.protocol === 'https:' ? https : http).request(
      to,
      {
        method: 'POST',
        headers: {
          'user-agent': 'Amazon/EventBridge/ApiDestinations',
          'content-type': 'application/json; charset=utf-8',
          range: 'bytes=0-1048575',
          [header]: key,
        },
        signal: AbortSignal.timeout(timeoutMs),
      },
      (answer) => {
        answer.resume()
        resolve({ status: answer.statusCode ?? 0 })
      },
    )
    call.once('error', ({ name }) =>
      resolve({
        failed:
          name === 'TimeoutError' || name === 'AbortError'
            ? `no answer in ${timeoutMs / 1000} seconds`
            : 'no connection',
      }),
    )
    call.end(envelope)
  })
}
