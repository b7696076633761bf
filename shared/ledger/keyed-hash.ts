/** The keyed hash under which a key of `unique` is stored: nobody reads the key itself back (money §1). Pure; FIPS 180-4. */

/** The 32-bit words of the fractional parts of the first primes' roots, as FIPS 180-4 has them, from whole numbers alone. */
const ROUNDS = rootsOf(64, 3n)
const START = rootsOf(8, 2n)

/** How much of the 256 bits is kept: two keys of one meter do not meet within 10¹⁷. In hex digits. */
const KEPT_DIGITS = 32

/**
 * A hash under `secret`: SHA-256 of the secret's own block and the text, cut to 128 bits. Cut, it cannot be carried on
 * with by who does not know the secret. Synchronous, for a key is hashed inside the transaction that counts it.
 */
export function keyedHash(secret: string): (text: string) => string {
  const encoder = new TextEncoder()
  const words = new Uint32Array(64)
  const keyed = Uint32Array.from(START)
  const own = paddedOf(encoder.encode(secret), 0)
  for (let at = 0; at < own.byteLength; at += 64) mix(keyed, words, own, at)
  return (text) => {
    const state = Uint32Array.from(keyed)
    const blocks = paddedOf(encoder.encode(text), own.byteLength)
    for (let at = 0; at < blocks.byteLength; at += 64) mix(state, words, blocks, at)
    let digits = ''
    for (let i = 0; i < KEPT_DIGITS / 8; i += 1) digits += (state[i] ?? 0).toString(16).padStart(8, '0')
    return digits
  }
}

/** The bytes, a one bit, zeros, and the length in bits with what went before: whole blocks of 64 bytes. */
function paddedOf(bytes: Uint8Array, before: number): DataView {
  const all = new Uint8Array((bytes.length + 72) & ~63)
  all.set(bytes)
  all[bytes.length] = 0x80
  const view = new DataView(all.buffer)
  view.setUint32(all.length - 4, (before + bytes.length) * 8)
  return view
}

/** One block of SHA-256. Written for speed: a batch brings up to 10 000 keys. */
function mix(state: Uint32Array, w: Uint32Array, blocks: DataView, at: number): void {
  for (let i = 0; i < 16; i += 1) w[i] = blocks.getUint32(at + 4 * i)
  for (let i = 16; i < 64; i += 1) {
    const x = w[i - 15] as number
    const y = w[i - 2] as number
    const small0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
    const small1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
    w[i] = ((w[i - 16] as number) + small0 + (w[i - 7] as number) + small1) | 0
  }
  let a = state[0] as number
  let b = state[1] as number
  let c = state[2] as number
  let d = state[3] as number
  let e = state[4] as number
  let f = state[5] as number
  let g = state[6] as number
  let h = state[7] as number
  for (let i = 0; i < 64; i += 1) {
    const big1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
    const one = (h + big1 + ((e & f) ^ (~e & g)) + (ROUNDS[i] as number) + (w[i] as number)) | 0
    const big0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
    const two = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + one) | 0
    d = c
    c = b
    b = a
    a = (one + two) | 0
  }
  const out = [a, b, c, d, e, f, g, h]
  for (let i = 0; i < 8; i += 1) state[i] = (state[i] as number) + (out[i] as number)
}

function rootsOf(count: number, degree: bigint): Uint32Array {
  const primes: bigint[] = []
  for (let n = 2n; primes.length < count; n += 1n)
    if (primes.every((prime) => n % prime !== 0n)) primes.push(n)
  return Uint32Array.from(primes, (prime) =>
    Number(BigInt.asUintN(32, rootOf(prime << (32n * degree), degree))),
  )
}

/** The whole part of a root, by halving the interval it lies in. */
function rootOf(value: bigint, degree: bigint): bigint {
  let low = 0n
  let high = 1n << 40n
  while (high - low > 1n) {
    const middle = (low + high) / 2n
    if (middle ** degree <= value) low = middle
    else high = middle
  }
  return low
}
