/**
 * CheckoutLicense, ExtendLicenseConsumption and CheckInLicense: leases of 60 minutes and drawdowns, in business time. Pure;
 * the door adds SignedToken. Source: container-license-manager-integration, service model (facts §6, 2026-11-21).
 */
import { ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { Checkout, Given } from './checkout.ts'
import type { ApiCall } from './commands.ts'
import { isoSeconds, laterRandom, own } from './draft.ts'
import type { Draft } from './draft.ts'
import type { License } from './license-pool.ts'
import { licensesOf, poolsOf, usedOf } from './license-pool.ts'
import type { AskedEntitlement, CheckoutRequest } from './license-requests.ts'
import { KEY_FINGERPRINT, readCheckout, readObject, readText } from './license-requests.ts'
import type { Json } from './model.ts'
import { drawHex32 } from './random.ts'
import type { ApiRefusal } from './shape.ts'
import { isObject, member, misshapen, refusal } from './shape.ts'

/** Source: facts §6.3, "lease 60 min". Every Marketplace license says it as MaxTimeToLiveInMinutes. */
export const LEASE_MINUTES = 60
const LEASE_MS = LEASE_MINUTES * 60_000

const NOTHING_ALLOWED = refusal('NoEntitlementsAllowedException', 'No Entitlements Allowed')
const NO_CONSUMPTION = refusal('ResourceNotFoundException', 'The license consumption token is not in force.')

export function checkoutLicense(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  const { state, times } = draft
  const read = readCheckout(call)
  if (!read.ok) return read
  const request = read.value
  const tokenKey = `${call.caller.account}|${call.caller.region}|${request.clientToken}`
  const asked = JSON.stringify({ ...request, clientToken: '' })
  const earlier = own(state.checkoutAnswers, tokenKey)
  if (earlier !== undefined && earlier.at + state.knobs.checkoutMemoryMs > times.business)
    return earlier.asked === asked
      ? ok(earlier.answer)
      : refusal('InvalidParameterValueException', 'The ClientToken was used with other parameters.')

  const license = licensesOf(draft, call.caller.account).findLast(({ product }) => product.id === request.sku)
  if (license === undefined || request.fingerprint !== KEY_FINGERPRINT)
    return refusal(state.knobs.noLicense, 'No license of this product and issuer is granted to the account.')
  const given = allow(draft, license, request)
  if (given.length === 0) return NOTHING_ALLOWED

  forget(draft)
  const token = drawHex32(laterRandom(state)) + drawHex32(laterRandom(state))
  const { type } = request
  const expiresAt = type === 'PROVISIONAL' ? times.business + LEASE_MS : null
  const { licenseArn, id: agreementId } = license.agreement
  const account = call.caller.account
  state.checkouts[token] = {
    account,
    licenseArn,
    agreementId,
    type,
    given,
    issuedAt: times.business,
    expiresAt,
  }
  const answer = {
    CheckoutType: type,
    EntitlementsAllowed: given.map(({ name, value }) => ({
      Name: name,
      ...(value === null ? {} : { Value: String(value) }),
      Unit: value === null ? 'None' : 'Count',
    })),
    IssuedAt: zoned(draft, times.business),
    ...(expiresAt === null ? {} : { Expiration: zoned(draft, expiresAt) }),
    LicenseArn: licenseArn,
    LicenseConsumptionToken: token,
    ...(request.nodeId === undefined ? {} : { NodeId: request.nodeId }),
  }
  state.checkoutAnswers[tokenKey] = { asked, answer, at: times.business }
  draft.changed = true
  return ok(answer)
}

/** Tiers: those that are owned. Quantities: all that is asked for, or none of it, unless the knob leaves out what is scarce. */
function allow(draft: Draft, license: License, { entitlements }: CheckoutRequest): Given[] {
  const pools = poolsOf(license)
  const given: Given[] = []
  for (const asked of entitlements) {
    const pool = pools.find(({ name }) => name === asked.name)
    const free = pool?.most === undefined ? 0 : freeOf(draft, license, pool.name, pool.most)
    if (fits(asked, pool !== undefined, free)) given.push({ name: asked.name, value: asked.value })
    else if (asked.value !== null && draft.state.knobs.scarceCheckout === 'refused') return []
  }
  return given
}

/** Null: nothing of it can be used up. */
const freeOf = (draft: Draft, license: License, name: string, most: number | null): number | null =>
  most === null ? null : most - usedOf(draft, license, name)

/** The license's own unit must be named. Source: jentic/jentic-one#1184, seen on 2026-08-28. */
function fits({ value, unit }: AskedEntitlement, isOwned: boolean, free: number | null): boolean {
  if (!isOwned) return false
  return free === null ? value === null : value !== null && unit === 'Count' && value <= free
}

/** The sample of the guide has no zone, and the model asks for one. */
const zoned = (draft: Draft, at: number): string =>
  draft.state.knobs.leaseZone === 'Z' ? isoSeconds(at) : isoSeconds(at).replace('Z', '')

/** Leases that are over count for nothing, and tokens are retries for a while only. */
function forget({ state, times }: Draft): void {
  for (const [token, { expiresAt }] of Object.entries(state.checkouts))
    if (expiresAt !== null && expiresAt <= times.business) delete state.checkouts[token]
  for (const [key, { at }] of Object.entries(state.checkoutAnswers))
    if (at + state.knobs.checkoutMemoryMs <= times.business) delete state.checkoutAnswers[key]
}

/** Another 60 minutes from now, while the license is in force. */
export function extendConsumption(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  const { state, times } = draft
  const found = findCheckout(draft, call)
  if (!found.ok) return found
  const { token, checkout } = found.value
  const dryRun = isObject(call.input) ? member(call.input, 'DryRun') : undefined
  if (dryRun !== undefined && typeof dryRun !== 'boolean') return misshapen('DryRun', 'true or false')
  if (checkout.expiresAt === null)
    return refusal('ValidationException', 'A PERPETUAL checkout has no end and is not extended.')
  if (
    !licensesOf(draft, checkout.account).some(({ agreement }) => agreement.licenseArn === checkout.licenseArn)
  )
    return NO_CONSUMPTION
  if (dryRun === true)
    return ok({ LicenseConsumptionToken: token, Expiration: zoned(draft, checkout.expiresAt) })
  checkout.expiresAt = times.business + LEASE_MS
  draft.changed = true
  const extended = state.knobs.extendedToken === 'same' ? token : drawHex32(laterRandom(state)).repeat(2)
  if (extended !== token) {
    state.checkouts[extended] = checkout
    delete state.checkouts[token]
  }
  return ok({ LicenseConsumptionToken: extended, Expiration: zoned(draft, checkout.expiresAt) })
}

/** The lease is free for others at once. */
export function checkInLicense(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  const found = findCheckout(draft, call)
  if (!found.ok) return found
  const { token, checkout } = found.value
  if (checkout.type === 'PERPETUAL')
    return refusal('ConflictException', 'A PERPETUAL checkout cannot be checked in.')
  delete draft.state.checkouts[token]
  draft.changed = true
  return ok({})
}

/** Only who took it, and only while it runs. */
function findCheckout(
  { state, times }: Draft,
  call: ApiCall,
): Result<{ token: string; checkout: Checkout }, ApiRefusal> {
  const input = readObject(call)
  if (!input.ok) return input
  const token = readText(input.value, 'LicenseConsumptionToken')
  if (!token.ok) return token
  const checkout = own(state.checkouts, token.value)
  return checkout === undefined ||
    checkout.account !== call.caller.account ||
    (checkout.expiresAt !== null && checkout.expiresAt <= times.business)
    ? NO_CONSUMPTION
    : ok({ token: token.value, checkout })
}
