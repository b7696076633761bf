/** Answers that may be kept for a moment and asked about again: a strong ETag of the very bytes, and 304 while they are the same. */
import type { Context } from 'hono'
import { encodeBase64Url } from '../web.ts'

/**
 * `private`: what one key may see is for nobody else. Half a minute spares an application that asks before each request
 * of its own, and is as long as a buyer who was revoked may go on, or one who was granted may wait. Who was told by
 * webhook asks past every cache with `Cache-Control: no-cache`.
 */
const HELD = 'private, max-age=30'

/** 200 with the JSON of `body`, or 304 when the caller has these bytes. The ETag changes when they do, and only then. */
export async function cached(c: Context, body: object): Promise<Response> {
  const text = JSON.stringify(body)
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  const etag = `"${encodeBase64Url(new Uint8Array(digest).subarray(0, 18))}"`
  const headers = { etag, 'cache-control': HELD, vary: 'Authorization' }
  if (isKnown(c.req.header('if-none-match'), etag)) return c.body(null, 304, headers)
  return c.body(text, 200, { ...headers, 'content-type': 'application/json' })
}

/** Compared weakly: a proxy that compresses an answer makes its ETag weak. Source: RFC 9110 §13.1.2. */
const isKnown = (header: string | undefined, etag: string): boolean =>
  (header ?? '').split(',').some((one) => ['*', etag].includes(one.trim().replace(/^W\//, '')))
