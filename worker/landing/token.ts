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
  if (token === undefined || more.length > 0 || !isToken(token)) return err('no-token')
  return ok({ token, offerTypeHint: offerHintOf(form.value.get(OFFER_FIELD)) })
}

/** True for what a token can be: AWS alone knows whether it is one. */
export const isToken = (text: string): boolean =>
  text.length > 0 && text.length <= TOKEN_MAX && !/[^\x20-\x7e]/.test(text)

/** The hint, where it has the form of one. */
export const offerHintOf = (given: unknown): string | null =>
  typeof given === 'string' && /^[a-z][a-z-]{0,39}$/.test(given) ? given : null

/** True when a token stands in the address, where it must not be: the visitor is sent to the address without it. */
export const hasTokenInQuery = (url: URL): boolean => url.searchParams.has(TOKEN_FIELD)
