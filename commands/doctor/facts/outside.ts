/** What the Worker answers from outside, asked as AWS and browsers ask it: no cookie, no redirect followed. Reads only. */
import { err, ok, type Result } from '../../../shared/result.ts'

export interface Answered {
  readonly status: number
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  /** Its first 64 kB. */
  readonly body: string
  /** How far this machine's clock is ahead of the answer's `Date`, in ms; null: it has none. */
  readonly aheadMs: number | null
}

/** Why no answer came. */
export interface NoAnswer {
  readonly kind: 'dns' | 'tls' | 'refused' | 'timeout' | 'other'
  /** The machine's own word for it. */
  readonly code: string
}

export type Probe = Result<Answered, NoAnswer>

export interface OutsideFacts {
  readonly discovery: Probe
  readonly keys: Probe
  readonly health: Probe
  readonly landing: Probe
  /** The marketplace's POST with no token, and with one that cannot be any. */
  readonly bare: Probe
  readonly garbled: Probe
}

const ANSWER_WITHIN_MS = 15_000
const BODY_MAX = 65_536

/** AWS says no more of itself when it fetches an issuer's keys. */
const AS_AWS = { 'user-agent': 'Amazon/IAM', accept: 'application/json' }
const AS_BROWSER = {
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  accept: 'text/html,application/xhtml+xml',
}
/** The form comes from the marketplace's pages. */
const AS_MARKETPLACE = {
  ...AS_BROWSER,
  origin: 'https://aws.amazon.com',
  'sec-fetch-site': 'cross-site',
  'content-type': 'application/x-www-form-urlencoded',
}

export async function fetchOutside(publicUrl: string, now: () => number): Promise<OutsideFacts> {
  const see = (path: string, init: RequestInit) => probe(`${publicUrl}${path}`, init, now)
  const post = (body: string) => see('/', { method: 'POST', headers: AS_MARKETPLACE, body })
  const [discovery, keys, health, landing, bare, garbled] = await Promise.all([
    see('/.well-known/openid-configuration', { headers: AS_AWS }),
    see('/.well-known/jwks.json', { headers: AS_AWS }),
    see('/health', { headers: { ...AS_AWS, 'user-agent': 'tollgate-doctor' } }),
    see('/', { headers: AS_BROWSER }),
    post('x-amzn-marketplace-agreement-id='),
    // No token has such a character: it is refused before anybody is asked about it.
    post('x-amzn-marketplace-token=%E2%82%AC'),
  ])
  return { discovery, keys, health, landing, bare, garbled }
}

/** One answer, or the kind of silence. */
export async function probe(url: string, init: RequestInit, now: () => number): Promise<Probe> {
  try {
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    const at = now()
    const date = Date.parse(response.headers.get('date') ?? '')
    return ok({
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: (await response.text()).slice(0, BODY_MAX),
      aheadMs: Number.isNaN(date) ? null : at - date,
    })
  } catch (cause) {
    return err(silenceOf(cause))
  }
}

function silenceOf(cause: unknown): NoAnswer {
  if (cause instanceof Error && cause.name === 'TimeoutError') return { kind: 'timeout', code: cause.name }
  const inner = cause instanceof Error ? cause.cause : undefined
  const code = inner instanceof Error && 'code' in inner ? String(inner.code) : 'no answer'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return { kind: 'dns', code }
  if (/CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_VERIFY|EPROTO/.test(code)) return { kind: 'tls', code }
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET') return { kind: 'refused', code }
  return /TIMEOUT|ETIMEDOUT/.test(code) ? { kind: 'timeout', code } : { kind: 'other', code }
}
