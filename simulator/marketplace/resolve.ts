/** ResolveCustomer: whose token this is. Pure. Source: facts §1.1 (2026-11-21). */
import { ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { ApiCall } from './commands.ts'
import { own } from './draft.ts'
import type { Draft } from './draft.ts'
import type { Json } from './model.ts'
import { SAAS_REGIONS } from '../../shared/aws/regions.ts'
import type { ApiRefusal } from './shape.ts'
import { invalid, isObject, member, misshapen, refusal } from './shape.ts'

/** The same answer each time until the token expires: a token is reusable. */
export function resolveCustomer(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  const { state, times } = draft
  if (!SAAS_REGIONS.includes(call.caller.region))
    return refusal('DisabledApiException', `ResolveCustomer is not offered in ${call.caller.region}.`)
  if (!isObject(call.input)) return misshapen('The request', 'a JSON object')
  const text = member(call.input, 'RegistrationToken')
  if (text === undefined) return invalid('registrationToken', 'Member must not be null')
  if (typeof text !== 'string') return misshapen('RegistrationToken', 'a string')

  const token = own(state.tokens, text)
  const agreement = token === undefined ? undefined : own(state.agreements, token.agreementId)
  if (token === undefined || agreement === undefined)
    return refusal('InvalidTokenException', 'Registration token is invalid.')
  if (times.business >= token.expiresAt)
    return refusal('ExpiredTokenException', 'The submitted registration token has expired.')

  const { productCode, account, licenseArn } = agreement
  return agreement.customerIdentifier === null
    ? ok({
        ProductCode: productCode,
        CustomerAWSAccountId: account,
        LicenseArn: licenseArn,
        ...noCustomerIdentifier(draft),
      })
    : ok({
        CustomerIdentifier: agreement.customerIdentifier,
        ProductCode: productCode,
        CustomerAWSAccountId: account,
      })
}

/** "Not populated" for new products: absent, null or empty, as the knob says. */
export function noCustomerIdentifier(draft: Draft): { [name: string]: Json } {
  switch (draft.state.knobs.customerIdentifier) {
    case 'absent':
      return {}
    case 'null':
      return { CustomerIdentifier: null }
    case 'empty':
      return { CustomerIdentifier: '' }
  }
}
