/** A state that an earlier version kept, with what it did not know yet. Pure: the same state gives the same one. */
import { newState } from './machine.ts'
import type { State } from './model.ts'

/** Nothing that was kept is changed; what is missing begins as in a new marketplace. */
export function completeState(kept: Partial<State> & Pick<State, 'random' | 'business'>): State {
  const fresh = newState(kept.random[0], kept.business)
  return {
    ...fresh,
    ...kept,
    queues: { ...fresh.queues, ...kept.queues },
    knobs: { ...fresh.knobs, ...kept.knobs },
  }
}
