/**
 * The buyer's session: a signed cookie that names a registration and ends by wall time, and the CSRF token of its
 * forms. Nothing of AWS's is in either. Design §5.1.
 */
import type { Clock } from '../../shared/clock.ts'
import { decodeBase64, encodeBase64Url, isHttps } from '../web.ts'

/** How long a browser may go on; afterwards a new token from AWS Marketplace opens a new one. */
const SESSION_MS = 8 * 3_600_000

export interface Session {
  /** `reg_…` */
  readonly registration: string
  /** Wall time, whole seconds. */
  readonly expiresSeconds: number
}

/** Makes and checks sessions under one secret. */
export interface Sessions {
  /** A `Set-Cookie` value. `secure`: `__Host-` and Secure; else neither, for loopback hosts over http. */
  readonly open: (registration: string, secure: boolean) => Promise<string>
  /** The session of a request; undefined when there is none, it is over, or it was not signed by us. */
  readonly read: (request: Request) => Promise<Session | undefined>
  /** The token a form of this session carries. */
  readonly formToken: (session: Session) => Promise<string>
  readonly isFormToken: (session: Session, token: string) => Promise<boolean>
  /** How long ago it was opened, in ms. */
  readonly ageMs: (session: Session) => number
}

/** Sessions under a secret of at least 32 bytes. A new secret ends every session. */
export function openSessions(secret: Uint8Array<ArrayBuffer>, wall: Clock): Sessions {
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
    async open(registration, secure) {
      const session = { registration, expiresSeconds: Math.floor((wall() + SESSION_MS) / 1000) }
      const value = `${registration}.${session.expiresSeconds}.${await sign('session', session)}`
      const attributes = `Path=/; Max-Age=${SESSION_MS / 1000}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
      return `${cookieName(secure)}=${value}; ${attributes}`
    },

    async read(request) {
      const match = /^(reg_[0-9A-Za-z]{22})\.([1-9]\d{0,11})\.([\w-]{43})$/.exec(
        cookie(request, cookieName(isHttps(request))) ?? '',
      )
      const [, registration, expires, mac] = match ?? []
      if (registration === undefined || mac === undefined) return undefined
      const session = { registration, expiresSeconds: Number(expires) }
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
  new TextEncoder().encode(`${purpose}|${session.registration}|${session.expiresSeconds}`)

const cookieName = (secure: boolean): string => (secure ? '__Host-tollgate' : 'tollgate')

function cookie(request: Request, name: string): string | undefined {
  for (const part of (request.headers.get('cookie') ?? '').split(';')) {
    const [key, value] = part.trim().split('=', 2)
    if (key === name) return value
  }
  return undefined
}
