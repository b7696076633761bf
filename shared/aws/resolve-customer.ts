/** ResolveCustomer on the wire. Pure: reads, trusts nothing, decides nothing about whether the product is ours. */
import { licenseTail } from '../license.ts'
import { err, ok, type Result } from '../result.ts'
import type { CallFailure } from './failure.ts'
import { objectOf, textMember } from './json.ts'

/** Who came with a token. AWS leaves `customerIdentifier` absent or empty for new products: both are null here. */
export interface ResolvedCustomer {
  readonly productCode: string
  /** 12 digits, leading zeros kept. */
  readonly account: string
  readonly customerIdentifier: string | null
  /** As received; null for a product on the legacy integration. */
  readonly licenseArn: string | null
}

export const resolveRequest = (token: string): { readonly RegistrationToken: string } => ({
  RegistrationToken: token,
})

/** The answer's members. Fails when product or account is missing or malformed, or a license is named that is none. */
export function readResolveAnswer(answer: unknown): Result<ResolvedCustomer, CallFailure> {
  const body = objectOf(answer)
  const productCode = textMember(body, 'ProductCode')
  const account = textMember(body, 'CustomerAWSAccountId')
  const licenseArn = textMember(body, 'LicenseArn') ?? null
  if (productCode === undefined) return unreadable('no ProductCode')
  if (account === undefined || !/^\d{12}$/.test(account))
    return unreadable('no CustomerAWSAccountId of 12 digits')
  if (licenseArn !== null && licenseTail(licenseArn) === undefined)
    return unreadable('a LicenseArn without l-…')
  return ok({
    productCode,
    account,
    customerIdentifier: textMember(body, 'CustomerIdentifier') ?? null,
    licenseArn,
  })
}

const unreadable = (what: string): Result<never, CallFailure> =>
  err({ kind: 'unexpected_body', message: `ResolveCustomer answered with ${what}` })
