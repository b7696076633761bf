/** Counters in memory: the only code an application runs for each thing it counts. No I/O, no clock; lost at SIGKILL. */
import type { Counter } from './api.ts'

/** The most one event may carry (money §2). */
const QUANTITY_MAX = 1e12

/** Room below which an addition of 31 bits cannot pass what one event may carry. */
const FULL = QUANTITY_MAX - 2 ** 31

/** What a meter counted since it was last drained. */
export interface Drained {
  readonly meter: string
  /** Whole units, each at most 10¹². */
  readonly quantities: readonly number[]
}

export interface Counters {
  /** The counter of a meter, the same one each time. */
  readonly counter: (meter: string) => Counter
  /** Adds to the meter of this name; `counter` spares the search. */
  readonly count: (meter: string, quantity?: number) => void
  /** Takes what was counted out; what is added later belongs to the next time. */
  drain(): readonly Drained[]
}

/** `check` throws for a name that is no meter's, when it is first used. */
export function openCounters(check: (meter: string) => void): Counters {
  const all = new Map<string, Counted>()
  let lastName = ''
  let last: Counted | undefined

  function find(meter: string): Counted {
    let found = all.get(meter)
    if (found === undefined) {
      check(meter)
      all.set(meter, (found = openCounted()))
    }
    lastName = meter
    last = found
    return found
  }

  return {
    counter: find,
    count(meter, quantity = 1) {
      const counted = meter === lastName && last !== undefined ? last : find(meter)
      counted.add(quantity)
    },
    drain: () =>
      [...all].flatMap(([meter, counted]) => {
        const quantities = counted.drain()
        return quantities.length === 0 ? [] : [{ meter, quantities }]
      }),
  }
}

interface Counted extends Counter {
  drain(): readonly number[]
}

function openCounted(): Counted {
  let sum = 0
  let full: number[] = []

  function addLarge(quantity: number): void {
    if (!Number.isSafeInteger(quantity) || quantity < 0 || quantity > QUANTITY_MAX)
      throw new RangeError(
        `A counter adds whole units from 0 to ${QUANTITY_MAX}, not ${quantity}. Report other amounts with report().`,
      )
    if (sum + quantity > QUANTITY_MAX) {
      full.push(sum)
      sum = 0
    }
    sum += quantity
  }

  return {
    add(quantity = 1) {
      if ((quantity | 0) === quantity && quantity >= 0 && sum < FULL) sum += quantity
      else addLarge(quantity)
    },
    drain() {
      const quantities = sum === 0 ? full : [...full, sum]
      sum = 0
      full = []
      return quantities
    },
  }
}
