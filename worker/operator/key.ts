/** Who may use the operator's routes: the one key whose hash is a setting. The key itself is never stored or logged. */
import type { MiddlewareHandler } from 'hono'
import { hashOperatorKey, isOperatorKey } from '../../shared/operator/key.ts'
import type { Edge } from '../env.ts'
import { problemResponse, type Problem } from '../problem.ts'
import { sameBytes } from '../web.ts'

/**
 * Lets a request pass that carries `Authorization: Bearer tgo_…` with the key of this deployment, or with the one of
 * another hash where a route takes that too. Everything else is
 * answered before its body is read: 503 while no key is set, 403 to a page of another origin, 401 without the key, 415 to
 * a body that is not JSON.
 */
export const requireOperator = (edge: Edge, alsoHash?: string): MiddlewareHandler =>
  async function requireOperator(c, next) {
    const kept = [edge.settings.operatorKeyHash, alsoHash].filter((hash) => hash !== undefined)
    if (kept.length === 0) return problemResponse(NO_KEY_SET)
    const origin = c.req.header('origin')
    if (origin !== undefined && origin !== new URL(c.req.url).origin) return problemResponse(ANOTHER_ORIGIN)
    const header = c.req.header('authorization')
    if (!(await isTheKey(header, kept))) {
      return problemResponse({ code: 'unauthorized', detail: explain(header) })
    }
    if (c.req.method === 'POST' && c.req.header('content-type')?.split(';', 1)[0] !== 'application/json') {
      return problemResponse({ code: 'wrong-content-type', detail: 'Send Content-Type: application/json.' })
    }
    await next()
  }

const keyIn = (header: string | undefined): string => /^Bearer +(\S+)$/i.exec(header ?? '')?.[1] ?? ''

async function isTheKey(header: string | undefined, kept: readonly string[]): Promise<boolean> {
  const text = keyIn(header)
  if (!isOperatorKey(text)) return false
  const hash = bytesOf(await hashOperatorKey(text))
  return kept.some((one) => sameBytes(hash, bytesOf(one)))
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(text))

function explain(header: string | undefined): string {
  const said = 'Send Authorization: Bearer tgo_… with the operator key of this deployment.'
  if (header === undefined) return `The request carries no operator key. ${said}`
  return keyIn(header).startsWith('tg_')
    ? `This is an API key of an application, which may not act on the ledger. ${said}`
    : `The operator key is not the one of this deployment. ${said}`
}

const NO_KEY_SET: Problem = {
  code: 'not-configured',
  detail:
    'This deployment has no operator key, so nobody can act on its ledger. Whoever deploys it sets OPERATOR_KEY_HASH, the SHA-256 of a key, as a secret.',
}
const ANOTHER_ORIGIN: Problem = {
  code: 'forbidden',
  detail: "The operator's routes answer no page of another origin. Use the command line.",
}
