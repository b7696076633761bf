/**
 * The buyer's sessions: a signed cookie that names a registration, or a sign-in, and ends by wall time; and the CSRF token
 * of its forms. Nothing of AWS's and no address is in either. Design §5.1.
 */
import type { Clock } from '../../shared/clock.ts'
import { decodeBase64, encodeBase64Url, isHttps } from '../web.ts'

/** How long a browser may go on; afterwards a new token from AWS Marketplace, or a new link, opens a new one. */
const SESSION_MS = 8 * 3_600_000

/** What a session stands for: a purchase somebody came with, or a person who signed in. One is never taken for the other. */
const KINDS = {
  registration: { prefix: 'reg', cookie: 'tollgate' },
  person: { prefix: 'sgn', cookie: 'tollgate-person' },
} as const

export interface Session {
  /** `reg_…` or `sgn_…`, as its kind. */
  readonly id: string
  /** Wall time, whole seconds. */
  readonly expiresSeconds: number
}

/** Makes and checks sessions under one secret. */
export interface Sessions {
  /** A `Set-Cookie` value. `secure`: `__Host-` and Secure; else neither, for loopback hosts over http. */
  readonly open: (id: string, secure: boolean) => Promise<string>
  /** A `Set-Cookie` value that takes it from the browser. */
  readonly close: (secure: boolean) => string
  /** The session of a request; undefined when there is none, it is over, or it was not signed by us. */
  readonly read: (request: Request) => Promise<Session | undefined>
  /** The token a form of this session carries. */
  readonly formToken: (session: Session) => Promise<string>
  readonly isFormToken: (session: Session, token: string) => Promise<boolean>
  /** How long ago it was opened, in ms. */
  readonly ageMs: (session: Session) => number
}

/** Sessions under a secret of at least 32 bytes. A new secret ends every session. */
export function openSessions(
  secret: Uint8Array<ArrayBuffer>,
  wall: Clock,
  kind: keyof typeof KINDS = 'registration',
): Sessions {
  const { prefix, cookie } = KINDS[kind]
  const form = new RegExp(`^(${prefix}_[0-9A-Za-z]{22})\\.([1-9]\\d{0,11})\\.([\\w-]{43})$`)
  const key = crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
    'verify',
  ])
  key.catch(() => undefined)

  const sign = async (purpose: Purpose, session: Session): Promise<string> =>
    encodeBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', await key, message(purpose, session))))
  const verify = async (purpose: Purpose, session: Session, mac: string): Promise<boolean> => {
    const bytes = decodeBase64(mac)
    return bytes !== undefined && crypto.subtle.verify('HMAC', await key, bytes, message(purpose, session))
  }

  return {
    async open(id, secure) {
      const session = { id, expiresSeconds: Math.floor((wall() + SESSION_MS) / 1000) }
      const value = `${id}.${session.expiresSeconds}.${await sign('session', session)}`
      return cookieLine(cookie, value, SESSION_MS, secure)
    },
    close: (secure) => cookieLine(cookie, '', 0, secure),

    async read(request) {
      const [, id, expires, mac] = form.exec(readCookie(request, cookie) ?? '') ?? []
      if (id === undefined || mac === undefined) return undefined
      const session = { id, expiresSeconds: Number(expires) }
      if (!(await verify('session', session, mac))) return undefined
      return session.expiresSeconds * 1000 > wall() ? session : undefined
    },

    formToken: (session) => sign('form', session),
    isFormToken: (session, token) => verify('form', session, token),
    ageMs: (session) => wall() + SESSION_MS - session.expiresSeconds * 1000,
  }
}

/** What a signature is for: one can never be used as the other. */
type Purpose = 'session' | 'form'

const message = (purpose: Purpose, session: Session): Uint8Array =>
  new TextEncoder().encode(`${purpose}|${session.id}|${session.expiresSeconds}`)

const cookieName = (name: string, secure: boolean): string => (secure ? `__Host-${name}` : name)

/** A `Set-Cookie` value as all of ours are: for this host alone, for no script, not from another site's form. */
export const cookieLine = (name: string, value: string, ageMs: number, secure: boolean): string =>
  `${cookieName(name, secure)}=${value}; Path=/; Max-Age=${ageMs / 1000}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`

/** The value of a cookie of ours. */
export function readCookie(request: Request, name: string): string | undefined {
  const wanted = cookieName(name, isHttps(request))
  for (const part of (request.headers.get('cookie') ?? '').split(';')) {
    const [key, value] = part.trim().split('=', 2)
    if (key === wanted) return value
  }
  return undefined
}
