/** Who calls the API: the Authorization header against the hashed keys in D1. A key itself is never stored or logged. */
import type { MiddlewareHandler } from 'hono'
import { hashKey, isKeyText } from '../shared/usage/key.ts'
import { err, ok, type Result } from '../shared/result.ts'
import type { Edge } from './env.ts'
import { logLine, messageOf } from './log.ts'
import { AGAIN_AFTER_SECONDS, problemResponse, type Problem } from './problem.ts'
import { sameBytes } from './web.ts'

/** An API key that is in force. `products`: keys of the products it may see and report for; null means every product. */
export interface ApiKey {
  readonly id: string
  readonly products: ReadonlySet<string> | null
}

/** What `requireKey` leaves for the routes behind it. */
export interface KeyedEnv {
  readonly Variables: { key: ApiKey }
}

interface KeyRow {
  readonly id: string
  readonly sha256: string
  readonly products: string | null
  readonly revoked_ms: number | null
}

/**
 * Lets a request pass that carries `Authorization: Bearer tg_…` of a key in force, else answers 401 before its body is
 * read. Asked of D1 each time: a revoked key ends with its next request.
 */
export const requireKey = (edge: Edge): MiddlewareHandler<KeyedEnv> =>
  async function requireKey(c, next) {
    const header = c.req.header('authorization')
    const found = header === undefined ? ok(undefined) : await tryToFind(edge, header)
    if (!found.ok) return problemResponse(found.error)
    const key = found.value
    if (key === undefined) return problemResponse({ code: 'unauthorized', detail: explain(header) })
    c.set('key', key)
    await next()
  }

/** True when the key may see and report for this product. */
export const allows = (key: ApiKey, product: string): boolean => key.products?.has(product) ?? true

/** The key, undefined when there is none in force, or what to answer when D1 does not say. */
async function tryToFind(edge: Edge, header: string): Promise<Result<ApiKey | undefined, Problem>> {
  const { db } = edge.settings
  const now = edge.clocks.wall()
  try {
    return ok(await findKey(db, header, now))
  } catch (thrown) {
    logLine('error', 'key_lookup_failed', { error: messageOf(thrown) })
    return err({
      code: 'again',
      detail: 'The API key could not be looked up, so nothing was done. Send the same request again.',
      retryAfterSeconds: AGAIN_AFTER_SECONDS,
    })
  }
}

async function findKey(db: D1Database, header: string, now: number): Promise<ApiKey | undefined> {
  const text = /^Bearer +(\S+)$/i.exec(header)?.[1]
  if (text === undefined || !isKeyText(text)) return undefined
  const sha256 = await hashKey(text)
  const row = await db
    .prepare('SELECT id, sha256, products, revoked_ms FROM api_keys WHERE sha256 = ?')
    .bind(sha256)
    .first<KeyRow>()
  if (row === null || (row.revoked_ms !== null && row.revoked_ms <= now)) return undefined
  if (!sameText(row.sha256, sha256)) return undefined
  return { id: row.id, products: row.products === null ? null : readProducts(row.products) }
}

/** The key of this id as it was given, in force or not: what was reported under it is held to its products. */
export async function keyNamed(db: D1Database, id: string): Promise<ApiKey> {
  const row = await db
    .prepare('SELECT products FROM api_keys WHERE id = ?')
    .bind(id)
    .first<Pick<KeyRow, 'products'>>()
  const none: ReadonlySet<string> = new Set()
  return { id, products: row === null ? none : row.products === null ? null : readProducts(row.products) }
}

/** A list that cannot be read allows nothing. */
function readProducts(json: string): ReadonlySet<string> {
  const products = parse(json)
  return new Set(Array.isArray(products) ? products.filter((product) => typeof product === 'string') : [])
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

const sameText = (a: string, b: string): boolean => sameBytes(bytesOf(a), bytesOf(b))

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(text))

const explain = (header: string | undefined): string =>
  header === undefined
    ? 'The request carries no API key. Send the header Authorization: Bearer tg_… with a key of the seller.'
    : 'The API key is not known or was revoked. Send Authorization: Bearer tg_… with a key that is in force.'
