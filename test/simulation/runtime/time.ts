/**
 * Virtual time: what is due runs in the order of (time, sequence), one thing a step, and time jumps to the next. Real
 * promises are drained between two steps and decide no order, for only a step can resolve one from outside.
 */

export interface Time {
  /** True time, epoch ms: what no party's clock need agree with. */
  now(): number
  /** Runs `what` at `when`, or at once in a later step when that is past. */
  at(when: number, what: () => void): void
  /** A promise that a later step resolves. */
  pause(ms: number): Promise<void>
}

export interface Loop extends Time {
  /** Runs until nothing is due any more, or nothing before `until`; `settle` runs after each step's promises. */
  run(until: number, settle: () => void): Promise<void>
}

interface Due {
  readonly when: number
  readonly sequence: number
  readonly what: () => void
}

/** So many steps without time going on mean that something spins. */
const STILL_MAX = 20_000

/** Steps prepared in one turn of Node's loop; between two of them Node drains the promises. */
const STEPS_A_TURN = 64

export function openLoop(start: number): Loop {
  const heap: Due[] = []
  let now = start
  let sequence = 0

  const at = (when: number, what: () => void): void => {
    push(heap, { when: Math.max(when, now), sequence: sequence++, what })
  }

  return {
    now: () => now,
    at,
    pause: (ms) => new Promise((resolve) => at(now + ms, resolve)),

    run: (until, settle) =>
      new Promise((resolve, reject) => {
        let over = false
        let still = 0
        const step = (): void => {
          if (over) return
          try {
            settle()
            const next = heap[0]
            if (next === undefined || next.when > until) {
              over = true
              return resolve()
            }
            pop(heap)
            still = next.when === now ? still + 1 : 0
            if (still > STILL_MAX) throw new Error(`time stands still at ${new Date(now).toISOString()}`)
            now = next.when
            next.what()
          } catch (thrown) {
            over = true
            reject(thrown instanceof Error ? thrown : new Error(String(thrown)))
          }
        }
        const turn = (): void => {
          for (let i = 0; i < STEPS_A_TURN; i++) setImmediate(step)
          setImmediate(() => {
            if (!over) turn()
          })
        }
        turn()
      }),
  }
}

const before = (a: Due, b: Due): boolean => a.when < b.when || (a.when === b.when && a.sequence < b.sequence)

function push(heap: Due[], due: Due): void {
  let i = heap.length
  heap.push(due)
  while (i > 0) {
    const parent = (i - 1) >> 1
    const above = heap[parent]
    if (above === undefined || before(above, due)) break
    heap[i] = above
    i = parent
  }
  heap[i] = due
}

function pop(heap: Due[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let i = 0
  for (;;) {
    let child = 2 * i + 1
    let least = heap[child]
    const right = heap[child + 1]
    if (least !== undefined && right !== undefined && before(right, least)) {
      child += 1
      least = right
    }
    if (least === undefined || before(last, least)) break
    heap[i] = least
    i = child
  }
  heap[i] = last
}
