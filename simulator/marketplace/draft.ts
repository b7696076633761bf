/** What a command works on while it runs: the state, the two clocks, and whether anything was changed yet. Pure. */
import type { State, Times } from './model.ts'

export interface Draft {
  readonly state: State
  readonly times: Times
  /** Set by whatever writes to the state. */
  changed: boolean
}

/** The generator of what came after the first versions. */
export const laterRandom = (state: Pick<State, 'later'>): Pick<State, 'random'> => ({ random: state.later })

/** The value a table itself has under a key: a name from outside never reaches the prototype. */
export const own = <T>(table: { readonly [key: string]: T }, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined

/** Adds to a list of which only the last so many are kept. */
export function keepLast<T>(list: T[], entry: T, most: number): void {
  list.push(entry)
  if (list.length > most) list.splice(0, list.length - most)
}

/** An instant as AWS writes it in an agreement: with milliseconds. */
export const isoMillis = (ms: number): string => new Date(ms).toISOString()

/** An instant as EventBridge writes an event's time: whole seconds, cut. */
export const isoSeconds = (ms: number): string => `${isoMillis(ms).slice(0, 19)}Z`
