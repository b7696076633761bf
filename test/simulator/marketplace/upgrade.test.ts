/** A state of an earlier version goes on: nothing kept is lost, and its journal draws the ids it drew before. */
import { expect, test } from 'vitest'
import { apply, newState } from '../../../simulator/marketplace/machine.ts'
import type { State } from '../../../simulator/marketplace/model.ts'
import { completeState } from '../../../simulator/marketplace/upgrade.ts'
import { BUYER, NOON, VIEW } from '../market.ts'

const FIRST_KEYS = new Set(
  (
    'version business random sequence sellerAccount sellerName products buyers agreements licenses accounts tokens ' +
    'pending delivered bill faults knobs quotas'
  ).split(' '),
)

/** As the first version kept it: without what came later. */
function firstVersion(): State {
  const state = newState(7, NOON)
  const kept = Object.entries(state).filter(([name]) => FIRST_KEYS.has(name))
  const { 'marketplace-events': events, usage } = state.queues
  const text = JSON.stringify({
    ...Object.fromEntries(kept),
    queues: { 'marketplace-events': events, usage },
  })
  return JSON.parse(text) as State
}

const buy = (state: State) => {
  const times = { business: NOON, wall: NOON }
  apply(state, { kind: 'set_view', view: VIEW }, times)
  return apply(state, { kind: 'subscribe', product: 'usage', account: BUYER }, times).answer
}

test('a journal of the first version draws the same ids when a later one replays it', () => {
  const { later: _, ...before } = newState(7, NOON)
  expect(buy(completeState(firstVersion()))).toEqual(buy({ ...before, later: [0, 0, 0, 1] }))
})

test('completing a state twice is completing it once, and nothing kept is changed', () => {
  const kept = firstVersion()
  const once = completeState(structuredClone(kept))
  expect(completeState(structuredClone(once))).toEqual(once)
  expect(once).toMatchObject(kept)
})
