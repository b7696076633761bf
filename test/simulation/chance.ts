/** How faults of a list happen: at which occasion which one, the same for the same seed. Pure. */
import { drawAlone } from './random.ts'

export type Level = 'none' | 'light' | 'heavy'

/** `each`: drawn at every occasion. `seed`: drawn once a seed, then in force for a window of it. */
export interface Kind {
  readonly drawn: 'each' | 'seed'
  /** How often at `light` and at `heavy`. */
  readonly light: number
  readonly heavy: number
  /** What it is, with its number in the list of faults that every run must survive (G.2). */
  readonly says: string
}

export type Kinds<N extends string> = Readonly<Record<N, Kind>>

/** Which faults a run has: all at a level, each seed at its own (`mixed`), or one alone at its heavy rate. */
export type ChoiceOf<N extends string> = { readonly level: Level | 'mixed' } | { readonly one: N }

export interface FaultsOf<N extends string> {
  /** True when the fault happens at this occasion, which is counted and remembered. */
  hit(name: N): boolean
  /** From now on nothing goes wrong. */
  stop(): void
  /** Every fault that happened, as `name#occasion`. */
  happened(): readonly string[]
}

export const isIn = <N extends string>(kinds: Kinds<N>, name: string): name is N => Object.hasOwn(kinds, name)

/** `none`, `light`, `heavy`, `mixed` or `one:<name>`; undefined: none of these. */
export function readChoiceIn<N extends string>(kinds: Kinds<N>, text: string): ChoiceOf<N> | undefined {
  if (text === 'none' || text === 'light' || text === 'heavy' || text === 'mixed') return { level: text }
  const name = text.startsWith('one:') ? text.slice(4) : ''
  return isIn(kinds, name) ? { one: name } : undefined
}

/** `without`: faults that are left out though they were drawn; leaving one out changes no other draw. */
export function openFaultsIn<N extends string>(
  kinds: Kinds<N>,
  seedNumber: number,
  choice: ChoiceOf<N>,
  without: ReadonlySet<string>,
): FaultsOf<N> {
  const occasions = new Map<N, number>()
  const happened: string[] = []
  const rates = ratesOf(kinds, seedNumber, choice)
  let on = true
  return {
    hit(name) {
      const rate = rates(name)
      if (!on || rate === 0) return false
      const occasion = occasions.get(name) ?? 0
      occasions.set(name, occasion + 1)
      if (drawAlone(seedNumber, name, occasion) >= rate) return false
      const id = `${name}#${occasion}`
      if (without.has(id)) return false
      happened.push(id)
      return true
    },
    stop() {
      on = false
    },
    happened: () => happened,
  }
}

/** How often each fault happens in this seed. */
function ratesOf<N extends string>(
  kinds: Kinds<N>,
  seedNumber: number,
  choice: ChoiceOf<N>,
): (name: N) => number {
  if ('one' in choice) {
    const { drawn, heavy } = kinds[choice.one]
    return (name) => (choice.one !== name ? 0 : drawn === 'seed' ? 0.8 : heavy)
  }
  const level = choice.level === 'mixed' ? levelOf(seedNumber) : choice.level
  return level === 'none' ? () => 0 : (name) => kinds[name][level]
}

/** The level of a seed of a mixed run: a fifth has no faults, two fifths each light and heavy ones. */
export function levelOf(seedNumber: number): Level {
  const place = drawAlone(seedNumber, 'level', 0)
  if (place < 0.2) return 'none'
  return place < 0.6 ? 'light' : 'heavy'
}
