/** What worlds draw beside what every world has. */
import { openRandom, type Random } from '../random.ts'
import { withAmounts } from './contracts.ts'
import { withRestore } from './restores.ts'
import { withSpike } from './spikes.ts'
import { withSuccessors } from './successors.ts'
import { withGrace } from './trials.ts'
import type { World } from './world.ts'

/** False: not yet drawn, for the oracle cannot judge it. */
export const DRAWN = {
  /** A license that renews or replaces another, with a Ledger of its own (money §4 *Successor*). */
  successors: true,
  /** A trial's own terms, its conversion to a new license, days of grace (money §4 *Trial*). */
  trials: true,
  /** Included amounts taken from a contract, unknown for a while (money §3). */
  amounts: true,
  /** Usage far above what was before, and a person who looks at it (money §5 *Spikes*). */
  spikes: true,
  /** A Ledger set back to an earlier time, and the check after it (money §9). */
  restores: true,
}

export type DrawName = keyof typeof DRAWN

/** How often a world has it where it can. In this order: what is sold, who buys, how much is used. */
const DRAWS: readonly {
  readonly name: DrawName
  readonly chance: number
  readonly draw: (random: Random, world: World) => World
}[] = [
  { name: 'amounts', chance: 0.06, draw: withAmounts },
  { name: 'successors', chance: 0.08, draw: withSuccessors },
  { name: 'trials', chance: 0.3, draw: withGrace },
  { name: 'spikes', chance: 0.06, draw: withSpike },
  { name: 'restores', chance: 0.05, draw: withRestore },
]

/** The world with what its seed adds to it. Each is drawn by itself: leaving one out moves no other. */
export function withDraws(world: World): World {
  let drawn = world
  for (const { name, chance, draw } of DRAWS) {
    const random = openRandom(world.seed, `draw ${name} ${world.shape}`)
    if (!DRAWN[name] || !random.chance(chance)) continue
    const next = draw(random, drawn)
    if (next !== drawn) drawn = { ...next, draws: [...(drawn.draws ?? []), name] }
  }
  return drawn
}
