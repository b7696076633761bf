/** SHA-1 for name-based UUIDs (RFC 9562 §5.5), where nothing may be awaited. Pure; FIPS 180-4. Never for secrets or signatures. */

const START = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0] as const

const turned = (word: number, by: number): number => (word << by) | (word >>> (32 - by))

/** The 20 bytes of SHA-1 of `bytes`. */
export function sha1(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array((((bytes.length + 8) >> 6) + 1) << 6)
  padded.set(bytes)
  padded[bytes.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 4, bytes.length * 8)
  const state = new Uint32Array(START)
  const words = new Int32Array(80)
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i += 1) words[i] = view.getInt32(at + i * 4)
    for (let i = 16; i < 80; i += 1) words[i] = turned(mixed(words, i), 1)
    block(state, words)
  }
  const hash = new Uint8Array(20)
  const out = new DataView(hash.buffer)
  for (const [i, word] of state.entries()) out.setUint32(i * 4, word)
  return hash
}

const word = (words: Int32Array, i: number): number => words[i] ?? 0
const mixed = (words: Int32Array, i: number): number =>
  word(words, i - 3) ^ word(words, i - 8) ^ word(words, i - 14) ^ word(words, i - 16)

function block(state: Uint32Array, words: Int32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0] = state
  for (const [i, each] of words.entries()) {
    const [f, k] = roundOf(i, b, c, d)
    const next = (turned(a, 5) + f + e + k + each) | 0
    e = d
    d = c
    c = turned(b, 30)
    b = a
    a = next
  }
  for (const [i, each] of [a, b, c, d, e].entries()) state[i] = ((state[i] ?? 0) + each) | 0
}

function roundOf(i: number, b: number, c: number, d: number): readonly [f: number, k: number] {
  if (i < 20) return [(b & c) | (~b & d), 0x5a827999]
  if (i < 40) return [b ^ c ^ d, 0x6ed9eba1]
  if (i < 60) return [(b & c) | (b & d) | (c & d), 0x8f1bbcdc]
  return [b ^ c ^ d, 0xca62c1d6]
}
