/**
 * A registration token on its way to a subscription: asked of AWS at once and within the limits, and never stored but as
 * its SHA-256. The hosted page and POST /v1/registrations both pass here.
 */
import { decide } from '../../shared/aws/decide.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { productByCode } from '../../shared/seller/views.ts'
import { sha256Hex } from '../../shared/sha256.ts'
import { resolveCustomer } from '../aws/resolve.ts'
import { arrive, type Arrived } from '../db/registrations.ts'
import type { Edge } from '../env.ts'
import { permitResolve } from '../identity/permit.ts'
import { catchUp } from '../lifecycle/catch-up.ts'
import { logLine, messageOf } from '../log.ts'
import { randomText } from '../random.ts'
import type { Arrival } from './token.ts'

/** Why a token opened nothing. The token itself is as good as before, whichever it is. */
export type NotAdmitted =
  /** AWS does not know it, or no longer, or it is for a product that is not the caller's: one answer for all, on purpose. */
  | { readonly kind: 'not-confirmed' }
  /** AWS did not answer, or we may not ask it now. */
  | { readonly kind: 'try-again' }
  /** This address, or everybody together, asks too often: AWS was not asked. */
  | { readonly kind: 'too-many'; readonly retryAfterSeconds: number }

/** A purchase that a token stands for. `isNew`: this token was not seen before. */
export interface Admitted extends Arrived {
  readonly isNew: boolean
}

/** Who brings it. `address` null: nobody to limit by. `maySee`: for which products the caller may register. */
export interface Bringer {
  readonly address: string | null
  readonly maySee: (product: string) => boolean
}

/** Finds or makes the subscription of a token and brings it up to date. */
export async function admit(
  edge: Edge,
  { token, offerTypeHint }: Arrival,
  { address, maySee }: Bringer,
): Promise<Result<Admitted, NotAdmitted>> {
  const waitSeconds = await tryToPermit(edge, address)
  if (waitSeconds === undefined) return err({ kind: 'try-again' })
  if (waitSeconds > 0) return err({ kind: 'too-many', retryAfterSeconds: waitSeconds })

  const resolved = await resolveCustomer(edge.aws, token)
  if (!resolved.ok) {
    const { act } = decide(resolved.error)
    // Not AWS's message: it may repeat the token.
    const { message: _message, ...failure } = { message: '', ...resolved.error }
    logLine(act === 'stop' ? 'error' : 'warn', 'resolve_failed', { ...failure, decision: act })
    return err({ kind: act === 'refuse' || act === 'halve' ? 'not-confirmed' : 'try-again' })
  }
  const product = productByCode(edge.seller, resolved.value.productCode)
  if (product === undefined || !maySee(product.key)) {
    logLine('warn', 'foreign_product', { productCode: resolved.value.productCode })
    return err({ kind: 'not-confirmed' })
  }

  const newRegistration = `reg_${randomText()}`
  const arrived = await arrive(edge.settings.db, {
    tokenSha256: await sha256Hex(token),
    customer: resolved.value,
    product: product.key,
    offerTypeHint,
    newRegistration,
    newSubscription: `sub_${randomText()}`,
    now: edge.clocks.business(),
  })
  await catchUp(edge, arrived.subscription)
  return ok({ ...arrived, isNew: arrived.registration === newRegistration })
}

/** 0, the seconds to wait, or undefined: nobody says, and without a limit AWS is not asked. */
async function tryToPermit(edge: Edge, address: string | null): Promise<number | undefined> {
  try {
    const seconds = await permitResolve(edge, address)
    if (seconds > 0) logLine('warn', 'resolve_limited', { seconds })
    return seconds
  } catch (thrown) {
    logLine('error', 'limit_unreachable', { error: messageOf(thrown) })
    return undefined
  }
}
