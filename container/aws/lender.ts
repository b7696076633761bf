/** The role's credentials, renewed before they end; one exchange at a time. Its clock is handed in; wall time. */
import type { CallFailure } from '../../shared/aws/failure.ts'
import type { Clock } from '../../shared/clock.ts'
import { MINUTE_MS } from '../../shared/hour.ts'
import { ok, type Result } from '../../shared/result.ts'
import type { Credentials } from './access.ts'

/** Credentials and the wall time at which they end. */
export interface Session {
  readonly credentials: Credentials
  readonly expiresMs: number
}

export interface Lender {
  /**
   * Credentials that still hold for a while. While the source does not answer, those that have not ended yet go on; the
   * failure is the source's, once they have.
   */
  credentials(): Promise<Result<Credentials, CallFailure>>
  /** AWS said that they have ended: the next call fetches others. */
  forget(): void
}

/** ECS has the next ones 5 minutes or more before the last ones end. Source: facts, aws-runtime §3 (2026-11-21). */
const RENEW_BEFORE_MS = 5 * MINUTE_MS
/** A source that does not answer is asked again no sooner, while the last credentials hold. */
const RETRY_MS = 10_000

/** `fetchSession` asks the platform once. */
export function createLender(fetchSession: () => Promise<Result<Session, CallFailure>>, wall: Clock): Lender {
  let session: Session | null = null
  let renewAt = 0
  let underWay: Promise<Result<Credentials, CallFailure>> | null = null

  async function renew(): Promise<Result<Credentials, CallFailure>> {
    const fetched = await fetchSession()
    const now = wall()
    if (fetched.ok) {
      session = fetched.value
      // Of a short session at least half is used.
      const left = session.expiresMs - now
      renewAt = now + Math.max(left - RENEW_BEFORE_MS, left / 2)
      return ok(session.credentials)
    }
    if (session === null || session.expiresMs <= now) return fetched
    renewAt = Math.min(now + RETRY_MS, session.expiresMs)
    return ok(session.credentials)
  }

  return {
    async credentials() {
      if (session !== null && wall() < renewAt) return ok(session.credentials)
      underWay ??= renew().finally(() => {
        underWay = null
      })
      return underWay
    },
    forget() {
      session = null
    },
  }
}
