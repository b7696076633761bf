/** The machine's only source of chance: sfc32, kept in the state, so that the same commands draw the same ids. Pure. */
import type { State } from './model.ts'

type Random = Pick<State, 'random'>

/** A generator started from a number; its first outputs are thrown away, as sfc32 asks. */
export function seeded(seed: number): State['random'] {
  const state: Random = { random: [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0, 0x9e3779b9, 1] }
  for (let i = 0; i < 12; i++) draw(state)
  return state.random
}

/** The next unsigned 32-bit integer. */
function draw(state: Random): number {
  const r = state.random
  const t = (((r[0] + r[1]) | 0) + r[3]) | 0
  r[3] = (r[3] + 1) >>> 0
  r[0] = (r[1] ^ (r[1] >>> 9)) >>> 0
  r[1] = (r[2] + (r[2] << 3)) >>> 0
  r[2] = (((r[2] << 21) | (r[2] >>> 11)) + t) >>> 0
  return t >>> 0
}

/** An integer from 0 to `below` − 1. The bias is below one in a million for the small numbers asked here. */
export const drawBelow = (state: Random, below: number): number => draw(state) % below

/** True with a probability; 1 and 0 draw nothing. */
export const chance = (state: Random, probability: number): boolean =>
  probability >= 1 || (probability > 0 && draw(state) < probability * 2 ** 32)

const hex8 = (state: Random): string => draw(state).toString(16).padStart(8, '0')

/** 32 hex digits. */
export const drawHex32 = (state: Random): string => hex8(state) + hex8(state) + hex8(state) + hex8(state)

/** In the form of a version 4 UUID. */
export function drawUuid(state: Random): string {
  const h = drawHex32(state)
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20)}`
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789'
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

const drawFrom = (state: Random, alphabet: string, length: number): string => {
  let text = ''
  for (let i = 0; i < length; i++) text += alphabet[drawBelow(state, alphabet.length)]
  return text
}

/** Lower-case letters and digits, as AWS's agreement and offer ids are. */
export const drawName = (state: Random, length: number): string => drawFrom(state, ALPHABET, length)

/** Letters and digits, as AWS's legacy customer identifiers are. */
export const drawIdentifier = (state: Random, length: number): string => drawFrom(state, BASE64, length)

/** A registration token: opaque, always with `+`, `/` and `=` in it (facts §1.1), so that bad decoding shows. */
export const drawToken = (state: Random): string =>
  `${drawIdentifier(state, 40)}+${drawIdentifier(state, 40)}/${drawIdentifier(state, 40)}==`
