/** The keyed hash under which a key of `unique` is stored: nobody reads the key itself back (money §1). Pure. */
import { beginHash, digitsOf, mixIn } from '../sha256-sync.ts'

/** How much of the 256 bits is kept: two keys of one meter do not meet within 10¹⁷. In hex digits. */
const KEPT_DIGITS = 32

/**
 * A hash under `secret`: SHA-256 of the secret's own block and the text, cut to 128 bits. Cut, it cannot be carried on
 * with by who does not know the secret. Synchronous, for a key is hashed inside the transaction that counts it.
 */
export function keyedHash(secret: string): (text: string) => string {
  const encoder = new TextEncoder()
  const keyed = beginHash()
  const before = mixIn(keyed, encoder.encode(secret), 0)
  return (text) => {
    const state = Uint32Array.from(keyed)
    mixIn(state, encoder.encode(text), before)
    return digitsOf(state, KEPT_DIGITS)
  }
}
