/** Chance that repeats itself: a stream of draws for making worlds, and single draws by name for faults. Pure. */

export interface Random {
  /** In [0, 1). */
  unit(): number
  /** A whole number from `from` to `to`, both included. */
  whole(from: number, to: number): number
  chance(probability: number): boolean
  /** One of at least one. */
  pick<T>(items: readonly T[]): T
}

/** A stream of its own for each seed and name (sfc32). */
export function openRandom(seed: number, name: string): Random {
  let a = hash(name, seed >>> 0)
  let b = hash(name, ~seed >>> 0)
  let c = Math.floor(seed / 2 ** 32) ^ 0x9e3779b9
  let d = 1
  const unit = (): number => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return (t >>> 0) / 2 ** 32
  }
  for (let i = 0; i < 12; i++) unit()
  const whole = (from: number, to: number): number => from + Math.floor(unit() * (to - from + 1))
  return {
    unit,
    whole,
    chance: (probability) => unit() < probability,
    pick(items) {
      const item = items[whole(0, items.length - 1)]
      if (item === undefined) throw new Error('there is nothing to pick from')
      return item
    },
  }
}

/** A number in [0, 1) that depends on the seed, the name and the count alone: leaving one draw out moves no other. */
export function drawAlone(seed: number, name: string, count: number): number {
  const mixed = hash(name, (seed ^ Math.imul(count + 1, 0x9e3779b1)) >>> 0)
  return (Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b) >>> 0) / 2 ** 32
}

/** FNV-1a with murmur3's last mixing: nearby seeds give unlike numbers. */
function hash(text: string, start: number): number {
  let h = Math.imul(start ^ (start >>> 15), 0x2c1b3c6d) ^ 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
