/**
 * RegisterUsage: whose usage is metered by the second from the task's start until it stops. Pure: it says what is to be
 * signed; the door signs. Source: API_RegisterUsage, container-metering-registerusage (facts §3, 2026-11-21).
 */
import { CONTAINER_REGIONS } from '../../shared/aws/regions.ts'
import { ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { Answers, ApiCall, CommandOf } from './commands.ts'
import { own } from './draft.ts'
import type { Draft } from './draft.ts'
import { readProductCode } from './meter-usage-request.ts'
import type { Json, MarketplaceProduct, State } from './model.ts'
import type { ApiRefusal } from './shape.ts'
import { invalid, isObject, isTextOrAbsent, member, misshapen, refusal } from './shape.ts'
import { refuse } from './subscribe.ts'
import { callingTask, entitledCall, productOfCode, settleFirstCall } from './task-calls.ts'
import type { KeyVersions } from './task.ts'

/** The answer before it is signed: `claims` of the JWT, `key` the name of the key that signs it. */
export function registerUsage(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  const { state, times } = draft
  if (!isObject(call.input)) return misshapen('The request', 'a JSON object')
  const productCode = readProductCode(call.input)
  if (!productCode.ok) return productCode
  const version = member(call.input, 'PublicKeyVersion')
  if (version === undefined) return invalid('publicKeyVersion', 'Member must not be null')
  if (typeof version !== 'number' || !Number.isInteger(version))
    return misshapen('PublicKeyVersion', 'a whole number')
  if (version < 1) return invalid('publicKeyVersion', 'Member must have value greater than or equal to 1')
  const nonce = member(call.input, 'Nonce')
  if (!isTextOrAbsent(nonce)) return misshapen('Nonce', 'a string')
  if (nonce !== undefined && nonce.length > 255)
    return invalid('nonce', 'Member must have length less than or equal to 255')

  const calling = callingTask(state, call.caller)
  if (!calling.ok) return calling
  const task = calling.value
  if (call.caller.region !== task.region || !CONTAINER_REGIONS.includes(task.region))
    return refusal(
      'InvalidRegionException',
      `RegisterUsage must be called in the Region the task runs in, ${task.region}, where it is offered.`,
    )
  const product = productOfCode(state, productCode.value)
  if (!product.ok) return product
  const keys = keyVersions(state, product.value)
  if (version > keys.current)
    return refusal('InvalidPublicKeyVersionException', `Public Key version ${version} is invalid.`)
  const entitled = entitledCall(draft, task, product.value)
  if (!entitled.ok) return entitled

  settleFirstCall(draft, task, product.value, entitled.value)
  if (own(task.registered, product.value.code) === undefined) {
    task.registered[product.value.code] = times.business
    draft.changed = true
  }
  const retiredAt = own(keys.retired, String(version))
  const rotation = retiredAt === undefined ? null : Math.floor(retiredAt / 1000)
  return ok({
    key: signingKeyName(state, product.value.key, version),
    claims: claimsOf(state, product.value.code, version, nonce, rotation),
    ...(rotation === null ? {} : { PublicKeyRotationTimestamp: rotation }),
  })
}

/** AWS describes the payload in three ways; its own verifier reads camelCase. The door adds `iat` where it belongs. */
const claimsOf = (
  state: State,
  ProductCode: string,
  PublicKeyVersion: number,
  Nonce: string | undefined,
  rotation: number | null,
): { [name: string]: Json } =>
  state.knobs.registerClaims === 'camelCase'
    ? {
        productCode: ProductCode,
        publicKeyVersion: PublicKeyVersion,
        ...(Nonce === undefined ? {} : { nonce: Nonce }),
      }
    : {
        ProductCode,
        PublicKeyVersion,
        ...(Nonce === undefined ? {} : { Nonce }),
        PublicKeyRotationTimestamp: rotation,
      }

/** The versions of a product's key that AWS knows. The listing's own is never ahead of them. */
export function keyVersions(state: State, product: MarketplaceProduct): KeyVersions {
  const kept = own(state.keyVersions, product.key)
  const current = Math.max(kept?.current ?? 1, product.publicKeyVersion ?? 1)
  return { current, retired: kept?.retired ?? {} }
}

/** One key a product, version and size. */
export const signingKeyName = (state: State, productKey: string, version: number): string =>
  `${productKey}|${version}|${state.knobs.registerKeyBits}`

/** A new version of a product's key; the one before still signs, and says when it was retired. */
export function rotateKey(draft: Draft, command: CommandOf<'rotate_key'>): Answers['rotate_key'] {
  const { state, times } = draft
  const product = state.products.find(({ key }) => key === command.product)
  if (product?.kind !== 'container')
    return refuse(
      'unknown_product',
      `No container product is called ${JSON.stringify(command.product)}. Only these have a public key.`,
    )
  const { current, retired } = keyVersions(state, product)
  state.keyVersions[product.key] = {
    current: current + 1,
    retired: { ...retired, [String(current)]: times.business },
  }
  draft.changed = true
  return ok({ version: current + 1 })
}

/** Keeps a private key the process made; the first of a name stays. */
export function keepSigningKey(
  draft: Draft,
  { name, pem }: CommandOf<'keep_signing_key'>,
): Answers['keep_signing_key'] {
  const kept = own(draft.state.signingKeys, name)
  if (kept !== undefined) return { pem: kept }
  draft.state.signingKeys[name] = pem
  draft.changed = true
  return { pem }
}
