/** API keys of the seller's applications: their form, how one is made, what is kept of it. Randomness is handed in. */
import { sha256Hex } from '../sha256.ts'

/** A new key. `text` is shown once and never stored; `sha256` is what D1 keeps (hex, lower case). */
export interface MintedKey {
  readonly text: string
  readonly sha256: string
}

/** How many random bytes a key is made of. */
export const KEY_BYTES = 32

const KEY_FORM = /^tg_[0-9A-Za-z_-]{43}$/

/** True for a text that has the form of a key; says nothing about whether it is one. */
export const isKeyText = (text: string): boolean => KEY_FORM.test(text)

/** The key of 32 bytes from a cryptographic generator: `tg_` and their 43 base64url characters. */
export async function mintKey(random: Uint8Array): Promise<MintedKey> {
  if (random.length !== KEY_BYTES)
    throw new Error(`a key is made of ${KEY_BYTES} bytes, not of ${random.length}`)
  const text = `tg_${btoa(String.fromCharCode(...random))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')}`
  return { text, sha256: await hashKey(text) }
}

/** What is kept of a key. Keys are random: no salt, no stretching. */
export const hashKey = (text: string): Promise<string> => sha256Hex(text)
