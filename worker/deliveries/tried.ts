/** What one attempt to deliver came to, before it is decided what follows. Pure. `outcome` holds no secret and no address. */
import { decide } from '../../shared/aws/decide.ts'
import type { CallFailure } from '../../shared/aws/failure.ts'

export type Tried =
  | { readonly kind: 'delivered'; readonly outcome: string }
  /** Worth another attempt. `receiver`: nothing else would have got through either. */
  | {
      readonly kind: 'failed'
      readonly outcome: string
      readonly receiver: boolean
      /** How long it asked to be left alone; 0: it did not. */
      readonly askedMs: number
    }
  /** Another attempt would come to the same: a person has to look. */
  | { readonly kind: 'hopeless'; readonly outcome: string }
  /** It would not be true any more, or there is nothing to say. */
  | { readonly kind: 'skipped'; readonly outcome: string }
  /** Nobody has registered. */
  | { readonly kind: 'nobody'; readonly outcome: string }

/** A failure of the receiver. */
export const failed = (outcome: string, askedMs = 0): Tried => ({
  kind: 'failed',
  outcome,
  receiver: true,
  askedMs,
})

/** A failed call to AWS. What AWS refuses for what is in it is hopeless; all else may be repaired within the day. */
export function triedInVain(service: string, failure: CallFailure): Tried {
  const { act } = decide(failure)
  const outcome = `${service}: ${wordsOf(failure)}`
  // 401 and 403 are about credentials, whatever the name: a token of theirs may be over.
  const ofContent = failure.kind === 'refused' && failure.status !== 401 && failure.status !== 403
  if ((act === 'refuse' || act === 'halve') && ofContent) return { kind: 'hopeless', outcome }
  return failed(outcome)
}

/** Not AWS's message: it may repeat what it was sent. */
function wordsOf(failure: CallFailure): string {
  switch (failure.kind) {
    case 'not_sent':
      return 'nothing was sent, for there are no credentials'
    case 'unreachable':
      return failure.cause === 'timeout' ? 'no answer in time' : 'it could not be reached'
    case 'refused':
      return `${failure.name} (${failure.status})`
    case 'unexpected_status':
      return `it answered ${failure.status}`
    case 'unexpected_body':
      return 'it answered something that cannot be read'
  }
}
