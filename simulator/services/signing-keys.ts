/** The simulator's own RSA keys: made when first needed, kept with the marketplace's state, by name. */
import { createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { Marketplace } from '../host.ts'
import { own } from '../marketplace/draft.ts'

/** The key of a name; of two that are made at once the first stays. */
export async function signingKey(marketplace: Marketplace, name: string, bits: number): Promise<KeyObject> {
  const kept = own(marketplace.state.signingKeys, name)
  if (kept !== undefined) return createPrivateKey(kept)
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: bits })
  const made = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const { pem } = await marketplace.run({ kind: 'keep_signing_key', name, pem: made })
  return createPrivateKey(pem)
}

/** The public half as PEM (SubjectPublicKeyInfo). */
export const publicPem = (key: KeyObject): string =>
  createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
