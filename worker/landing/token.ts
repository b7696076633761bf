/** Reads the marketplace's POST: a form with one registration token. Everything in it is unsigned browser input. */
import { err, ok, type Result } from '../../shared/result.ts'
import { readForm } from './form-body.ts'

const TOKEN_FIELD = 'x-amzn-marketplace-token'
const OFFER_FIELD = 'x-amzn-marketplace-offer-type'

/** No token seen in the wild is near it. */
const TOKEN_MAX = 8_192

/** What a browser brought. Neither is trusted: only what ResolveCustomer answers is. */
export interface Arrival {
  readonly token: string
  /** A word such as `free-trial`, or null when absent or of another form. */
  readonly offerTypeHint: string | null
}

/** `not-a-form`: another content type. `too-large`: the form. `no-token`: none, empty, several, or nothing a token can be. */
export type ArrivalProblem = 'not-a-form' | 'too-large' | 'no-token'

/** The token of the body. One in the query string does not count. Source: facts §1.2. */
export async function readArrival(request: Request): Promise<Result<Arrival, ArrivalProblem>> {
  const form = await readForm(request)
  if (!form.ok) return form

  const [token, ...more] = form.value.getAll(TOKEN_FIELD)
  if (token === undefined || more.length > 0 || token === '' || token.length > TOKEN_MAX)
    return err('no-token')
  if (/[^\x20-\x7e]/.test(token)) return err('no-token')

  const offer = form.value.get(OFFER_FIELD)
  return ok({ token, offerTypeHint: offer !== null && /^[a-z][a-z-]{0,39}$/.test(offer) ? offer : null })
}

/** True when a token stands in the address, where it must not be: the visitor is sent to the address without it. */
export const hasTokenInQuery = (url: URL): boolean => url.searchParams.has(TOKEN_FIELD)
