/**
 * AWS credentials for all isolates: exchanged once, renewed before they end, by wall time. While STS does not answer, those
 * there are stay in use until they end (fault 27). No clock, no network of its own.
 */
import { describeFailure, type CallFailure } from '../../shared/aws/failure.ts'
import { MINUTE_MS } from '../../shared/hour.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Session } from './sts.ts'

/** The name of the only object that lends. */
export const IDENTITY = 'worker'

/** So long before their end new ones are asked for. Source: quality-anchors F.3, "refreshes at 50 min" of 60. */
export const RENEW_BEFORE_MS = 10 * MINUTE_MS
/** So close to their end they are not lent: a call made with them may be on its way that long. */
const LENT_UNTIL_MS = 30_000
/** So long a token is tried that STS does not take yet: it may not have the new keys. Source: design §10. */
const BELIEVED_AFTER_MS = MINUTE_MS
/** So long a caller waits for an exchange that is under way. */
const WAITS_MS = 10_000
/** Pauses within an exchange, and before the next one behind a failure. */
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000, 15_000] as const
const AFTER_FAILURE_MS = 5_000

export interface LenderHome {
  readonly wall: () => number
  readonly pause: (ms: number) => Promise<void>
  /** One token, one call. */
  readonly exchange: () => Promise<Result<Session, CallFailure>>
  /** What outlives the process. */
  readonly read: () => Session | undefined
  readonly write: (session: Session) => void
  readonly log: (level: 'info' | 'warn' | 'error', event: string, detail: object) => void
}

export interface Lender {
  /** Credentials that last at least half a minute; or why there are none. */
  lend(): Promise<Result<Session, string>>
  /** Uses what was exchanged no more. */
  forget(): void
}

export function openLender(home: LenderHome): Lender {
  let held = home.read()
  let flight: Promise<Result<Session, CallFailure>> | undefined
  let failed: { readonly sentence: string; readonly againMs: number } | undefined
  /** Rises when what was exchanged is forgotten: a flight from before brings nothing any more. */
  let era = 0
  /** What STS said last of the exchange that is under way. */
  let seen: CallFailure | undefined

  async function exchange(): Promise<Result<Session, CallFailure>> {
    const began = home.wall()
    for (let tries = 0; ; tries += 1) {
      const answer = await home.exchange()
      const waited = home.wall() - began
      seen = answer.ok ? undefined : answer.error
      if (answer.ok || !isNotYet(answer.error) || waited >= BELIEVED_AFTER_MS || tries >= 20) return answer
      await home.pause(PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)] ?? 0)
    }
  }

  /** The one exchange under way; whoever needs one waits for this. */
  function fly(): Promise<Result<Session, CallFailure>> {
    const of = era
    return (flight ??= exchange()
      .then((answer) => {
        if (of !== era) return answer
        if (answer.ok) {
          home.write(answer.value)
          held = answer.value
          failed = undefined
        } else {
          const sentence = describeFailure(answer.error)
          failed = { sentence, againMs: home.wall() + AFTER_FAILURE_MS }
          home.log('error', 'aws_credentials_failed', { ...answer.error })
        }
        return answer
      })
      .finally(() => {
        if (of === era) flight = undefined
      }))
  }

  return {
    async lend() {
      const now = home.wall()
      const good = held !== undefined && now < held.expiresMs - LENT_UNTIL_MS ? held : undefined
      if (good !== undefined && now < good.expiresMs - RENEW_BEFORE_MS) return ok(good)
      if (flight === undefined && failed !== undefined && now < failed.againMs)
        return good === undefined ? err(failed.sentence) : ok(good)
      const flying = fly()
      if (good !== undefined) {
        // It renews behind the caller's back; what it throws is for the next one to meet.
        flying.catch(() => undefined)
        return ok(good)
      }
      const answer = await Promise.race([flying, home.pause(WAITS_MS).then(() => undefined)])
      if (answer === undefined)
        return err(
          `AWS does not take the identity of this Worker yet${seen === undefined ? '' : ` (${describeFailure(seen)})`}`,
        )
      return answer.ok ? answer : err(describeFailure(answer.error))
    },
    forget() {
      era += 1
      held = undefined
      flight = undefined
      failed = undefined
    },
  }
}

/** STS could not read our keys, or not yet the new ones. Source: API_AssumeRoleWithWebIdentity, Errors (2026-11-21). */
const isNotYet = (failure: CallFailure): boolean =>
  failure.kind === 'refused' &&
  (failure.name === 'InvalidIdentityToken' || failure.name === 'IDPCommunicationError')
