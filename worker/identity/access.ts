/** The port to AWS's credentials, over the settings. Reads no environment; holds what it was given for one process. */
import type { CallFailure } from '../../shared/aws/failure.ts'
import type { Clock } from '../../shared/clock.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { AwsAccess, AwsSettings, Credentials } from '../env.ts'
import { logLine, messageOf } from '../log.ts'
import { IDENTITY, RENEW_BEFORE_MS } from './lender.ts'
import type { Session } from './sts.ts'

/** Whom the credentials of a role are asked of: the namespace of the one `Identity`. */
interface Lenders {
  getByName(name: string): { lend(): Promise<Result<Session, string>> }
}

/** The credentials of the moment, for every call to AWS of this process. */
export function openAws(settings: AwsSettings, lenders: Lenders, wall: Clock): AwsAccess {
  const { endpoint } = settings
  const credentials =
    'keys' in settings
      ? async () => ok(settings.keys)
      : borrow(() => lenders.getByName(IDENTITY).lend(), wall)
  return { credentials, ...(endpoint === undefined ? {} : { endpoint }) }
}

/**
 * Asks the one that exchanges for all, and keeps what it lent until it is time to renew: no promise is shared between
 * requests, which the runtime forbids. Should it not answer, what was lent is used to its end.
 */
function borrow(lend: () => Promise<Result<Session, string>>, wall: Clock): AwsAccess['credentials'] {
  let held: Session | undefined
  return async (): Promise<Result<Credentials, CallFailure>> => {
    if (held !== undefined && wall() < held.expiresMs - RENEW_BEFORE_MS) return ok(held.credentials)
    const lent = await tryTo(lend)
    if (lent.ok) held = lent.value
    if (held !== undefined && wall() < held.expiresMs) return ok(held.credentials)
    return err({ kind: 'not_sent', message: lent.ok ? 'the credentials are over' : lent.error })
  }
}

async function tryTo(lend: () => Promise<Result<Session, string>>): Promise<Result<Session, string>> {
  try {
    return await lend()
  } catch (thrown) {
    logLine('error', 'identity_unreachable', { error: messageOf(thrown) })
    return err('the identity of this Worker does not answer')
  }
}
