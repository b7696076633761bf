/** Signs what RegisterUsage and CheckoutLicense answer: JWTs by PS256, with the simulator's own keys. Source: facts §3, §6.2; RFC 7518 §3.5. */
import { constants, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Clock } from '../../shared/clock.ts'
import type { Marketplace } from '../host.ts'
import type { Json, MarketplaceProduct } from '../marketplace/model.ts'
import { keyVersions, signingKeyName } from '../marketplace/register-usage.ts'
import { isObject } from '../marketplace/shape.ts'
import { publicPem, signingKey } from './signing-keys.ts'

/** The machine's answer with its claims signed. `iat` is wall time, and camelCase alone has it. */
export async function signRegistration(marketplace: Marketplace, answer: Json, wall: Clock): Promise<Json> {
  if (!isObject(answer)) return answer
  const { key: name, claims, ...rest } = answer
  const { registerKeyBits, registerClaims } = marketplace.state.knobs
  if (typeof name !== 'string') return answer
  const key = await signingKey(marketplace, name, Number(registerKeyBits))
  const dated = registerClaims === 'camelCase' ? { iat: Math.floor(wall() / 1000) } : {}
  return { ...rest, Signature: signJwt(key, { ...(isObject(claims) ? claims : {}), ...dated }) }
}

/** License Manager's answer with its SignedToken: at least 4096 characters, as the model has it. */
export async function signCheckout(marketplace: Marketplace, answer: Json): Promise<Json> {
  if (!isObject(answer)) return answer
  const key = await signingKey(marketplace, 'license-manager', 2048)
  const claims = { iss: 'AWS/Marketplace', ...answer, padding: 'x'.repeat(TOKEN_MIN_CHARS) }
  return { ...answer, SignedToken: signJwt(key, claims) }
}

const TOKEN_MIN_CHARS = 4_096

const encode = (value: Json): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function signJwt(key: KeyObject, claims: Json): string {
  const text = `${encode({ alg: 'PS256', typ: 'JWT' })}.${encode(claims)}`
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  return `${text}.${sign('sha256', Buffer.from(text), { key, ...padding }).toString('base64url')}`
}

/** What the seller builds into the image; undefined: the product never had this version. */
export async function publicKeyOf(
  marketplace: Marketplace,
  product: MarketplaceProduct,
  version?: number,
): Promise<{ readonly version: number; readonly pem: string } | undefined> {
  const { state } = marketplace
  const { current } = keyVersions(state, product)
  const wanted = version ?? current
  if (product.kind !== 'container' || !Number.isInteger(wanted) || wanted < 1 || wanted > current)
    return undefined
  const name = signingKeyName(state, product.key, wanted)
  const key = await signingKey(marketplace, name, Number(state.knobs.registerKeyBits))
  return { version: wanted, pem: publicPem(key) }
}
