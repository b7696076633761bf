/** AWS's signed answer to RegisterUsage: PS256, checked against the public key that was compiled in. Pure but for the arithmetic of node:crypto. */
import { constants, createPublicKey, verify, type KeyObject } from 'node:crypto'
import { objectOf, parseObject } from '../../shared/aws/json.ts'
import { err, ok, type Result } from '../../shared/result.ts'

/** What the answer must say, each compared exactly. */
export interface Expected {
  readonly productCode: string
  readonly nonce: string
  readonly publicKeyVersion: number
}

/** The digest's length. Source: RFC 7518 §3.5 (2026-11-21). */
const SALT_BYTES = 32
const TOKEN_MAX = 16_384

/** The key as node:crypto knows it; null where the PEM holds no RSA key. Any size is taken: AWS's own example is 1024 bits. */
export function readPublicKey(pem: string): KeyObject | null {
  try {
    const key = createPublicKey(pem)
    return key.asymmetricKeyType === 'rsa' || key.asymmetricKeyType === 'rsa-pss' ? key : null
  } catch {
    return null
  }
}

/**
 * Whether `jws` is AWS's word about what was asked. The error says what is wrong with it, and holds nothing of it. There
 * is no claim of time or account in it: the nonce alone makes it this answer to this call.
 * Source: facts, aws-runtime §3, three spellings of the claims (2026-11-21).
 */
export function verifyRegistration(jws: string, key: KeyObject, expected: Expected): Result<null, string> {
  const [header = '', payload = '', signature = '', ...more] = jws.split('.')
  if (jws.length > TOKEN_MAX || more.length > 0 || signature === '') return err('it is no signed token')
  if (Reflect.get(decode(header) ?? {}, 'alg') !== 'PS256') return err('it is not signed by PS256')

  const signed = verify(
    'sha256',
    Buffer.from(`${header}.${payload}`),
    { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: SALT_BYTES },
    Buffer.from(signature, 'base64url'),
  )
  if (!signed) return err('its signature is not of the public key in this image')

  const claims = claimsOf(decode(payload))
  if (claims === null) return err('it says one thing twice')
  for (const [name, value] of Object.entries(expected)) {
    if (claims.get(name.toLowerCase()) !== value) return err(`its ${name} is not what was asked for`)
  }
  return ok(null)
}

const decode = (part: string): object | undefined =>
  parseObject(Buffer.from(part, 'base64url').toString('utf8'))

/** By name in lower case, for AWS writes `productCode` and `ProductCode`; null where both are there. */
function claimsOf(payload: object | undefined): ReadonlyMap<string, unknown> | null {
  const entries = Object.entries(objectOf(payload) ?? {}).map(([name, value]): [string, unknown] => [
    name.toLowerCase(),
    value,
  ])
  const claims = new Map(entries)
  return claims.size === entries.length ? claims : null
}
