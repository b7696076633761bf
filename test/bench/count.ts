/**
 * What a counted event costs the application that counts it, over a call that does nothing: by name and by a counter handed
 * out, A B A B in one process. `node test/bench/count.ts`, a few seconds.
 */
import { openCounters } from '../../container/in-process/counters.ts'
import { median, print } from './line.ts'

const EVENTS = 20_000_000
const ROUNDS = 7

/** Nanoseconds an event, at most. */
const GOAL_NS = 15

const counters = openCounters(() => undefined)
const calls = counters.counter('api_calls')
let idle = 0

const ways = {
  nothing: (): void => {
    for (let i = 0; i < EVENTS; i += 1) doNothing('api_calls')
  },
  'count-by-name': (): void => {
    for (let i = 0; i < EVENTS; i += 1) counters.count('api_calls')
  },
  'count-by-two-names': (): void => {
    for (let i = 0; i < EVENTS; i += 2) {
      counters.count('api_calls')
      counters.count('jobs', 3)
    }
  },
  'count-by-counter': (): void => {
    for (let i = 0; i < EVENTS; i += 1) calls.add()
  },
} as const

/** Kept from being left out by its effect. */
function doNothing(meter: string, quantity = 1): void {
  if (meter.length === quantity) idle += 1
}

const spent = new Map<string, number[]>(Object.keys(ways).map((name) => [name, []]))
// The first round of each is for the compiler.
for (let round = 0; round <= ROUNDS; round += 1) {
  for (const [name, way] of Object.entries(ways)) {
    const began = performance.now()
    way()
    if (round > 0) spent.get(name)?.push(((performance.now() - began) * 1e6) / EVENTS)
    counters.drain()
  }
}

const bare = median(spent.get('nothing') ?? [])
for (const [name, all] of spent) {
  const value = median(all) - bare
  if (name === 'nothing') continue
  print({ id: name, value, unit: 'ns/event', ratio: value / GOAL_NS, base: 'goal', ok: value <= GOAL_NS })
}
if (idle > 0) throw new Error('a name of one letter was counted')
