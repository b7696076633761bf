/** The stepper, with a made-up simulator and made-up participants as its ports: no HTTP, no real time. */
import { expect, test } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../shared/hour.ts'
import { err, ok } from '../../../shared/result.ts'
import type { Participant, SimulatedTime } from '../../../simulator/clock.ts'
import { SETTLE_WITHIN_MS, createStepper, endOf, explainStepFailure } from '../../../simulator/clock.ts'

const NOON = Date.UTC(2026, 10, 21, 12)

interface Task {
  readonly due: number
  readonly name: string
  /** Called when the task runs; may plan further tasks. */
  readonly run?: (plan: (due: number, name: string) => void) => void
}

/** One list of what happened, across everybody, with the time it happened at. */
function createWorld(start = NOON) {
  const log: string[] = []
  const clock = { business: start }
  const note = (who: string, what: string): number =>
    log.push(`${new Date(clock.business).toISOString().slice(5, 23)} ${who} ${what}`)

  const tasksOf = (tasks: Task[]) => ({
    next: (): number | null => (tasks.length === 0 ? null : Math.min(...tasks.map((t) => t.due))),
    runDue(now: number): string[] {
      const due = tasks.filter((t) => t.due <= now).sort((a, b) => a.due - b.due)
      for (const task of due) {
        tasks.splice(tasks.indexOf(task), 1)
        task.run?.((at, name) => tasks.push({ due: at, name }))
      }
      return due.map((t) => t.name)
    },
  })

  function simulator(tasks: Task[] = []): SimulatedTime {
    const own = tasksOf(tasks)
    return {
      business: () => clock.business,
      async setBusiness(now) {
        expect(now).toBeGreaterThan(clock.business)
        clock.business = now
      },
      next: own.next,
      async release() {
        const did = own.runDue(clock.business)
        for (const what of did) note('simulator', what)
        return did
      },
    }
  }

  function participant(name: string, tasks: Task[] = [], frozenFrom = 0): Participant & { down: boolean } {
    const own = tasksOf(tasks)
    const unreachable = err({ kind: 'unreachable', participant: name, detail: 'refused' } as const)
    return {
      name,
      down: false,
      async setClock() {
        return this.down ? unreachable : ok({ next: own.next() })
      },
      async step(now) {
        if (this.down) return unreachable
        expect(now).toBe(clock.business)
        const did = own.runDue(now)
        for (const what of did) note(name, what)
        return ok({ did, next: own.next() })
      },
      async settled(before) {
        const settled = clock.business >= before + frozenFrom
        return ok({ settled, waiting: settled ? [] : [`${name}: an hour is open`] })
      },
    }
  }
  return { log, clock, simulator, participant }
}

const to = (at: number) => () => ({ at, closing: 'step' as const })

test('a jump over a month stops at every deadline in between, in order (design §9)', async () => {
  const world = createWorld()
  const worker = world.participant('worker', [
    { due: NOON + 20 * DAY_MS, name: 'month guard' },
    { due: NOON + HOUR_MS, name: 'freeze' },
  ])
  const stepper = createStepper(world.simulator([{ due: NOON + DAY_MS, name: 'license updated' }]), [worker])

  const moved = await stepper.advance(to(NOON + 30 * DAY_MS))

  expect(world.log).toEqual([
    '11-21T13:00:00.000 worker freeze',
    '11-22T12:00:00.000 simulator license updated',
    '12-11T12:00:00.000 worker month guard',
  ])
  expect(moved).toMatchObject({ ok: true, value: { business: NOON + 30 * DAY_MS, steps: 4, doneInAll: 3 } })
})

test('what is due in the last millisecond runs, what is due in the first after it waits', async () => {
  const world = createWorld()
  const worker = world.participant('worker', [
    { due: NOON + HOUR_MS, name: 'at the target' },
    { due: NOON + HOUR_MS + 1, name: 'after the target' },
  ])
  const stepper = createStepper(world.simulator(), [worker])

  await stepper.advance(to(NOON + HOUR_MS))

  expect(world.log).toEqual(['11-21T13:00:00.000 worker at the target'])
})

test('at one instant the simulator goes first, then the participants in their order, until nobody has anything', async () => {
  const world = createWorld()
  const at = NOON + MINUTE_MS
  const first = world.participant('first', [
    { due: at, name: 'a', run: (plan) => plan(at, 'a again') },
    { due: at + MINUTE_MS, name: 'later' },
  ])
  const second = world.participant('second', [{ due: at, name: 'b' }])
  const stepper = createStepper(world.simulator([{ due: at, name: 'event' }]), [first, second])

  const moved = await stepper.advance(to(at))

  expect(moved.ok && moved.value.did.map(({ by, what }) => `${by} ${what}`)).toEqual([
    'simulator event',
    'first a',
    'second b',
    'first a again',
  ])
  expect(moved.ok && new Set(moved.value.did.map((done) => done.at))).toEqual(new Set([at]))
})

test('the same steps give the same result, and repeating a move does nothing', async () => {
  async function run() {
    const world = createWorld()
    const tasks = [3, 1, 2].map((n) => ({
      due: NOON + n * MINUTE_MS,
      name: `t${n}`,
      run: (plan: (due: number, name: string) => void) => plan(NOON + n * HOUR_MS, `u${n}`),
    }))
    const stepper = createStepper(world.simulator(), [world.participant('worker', tasks)])
    const first = await stepper.advance(to(NOON + DAY_MS))
    const again = await stepper.advance(to(NOON + DAY_MS))
    return { log: world.log, first, again }
  }
  const [one, two] = [await run(), await run()]

  expect(one).toEqual(two)
  expect(one.again).toMatchObject({ ok: true, value: { business: NOON + DAY_MS, did: [] } })
})

test('time never goes back: an earlier goal is the present', async () => {
  const world = createWorld()
  const stepper = createStepper(world.simulator(), [world.participant('worker')])

  const moved = await stepper.advance(to(NOON - HOUR_MS))

  expect(moved).toMatchObject({ ok: true, value: { business: NOON, did: [] } })
})

test('what was due in the past runs now, not never', async () => {
  const world = createWorld()
  const worker = world.participant('worker', [{ due: NOON - DAY_MS, name: 'overdue' }])
  const stepper = createStepper(world.simulator(), [worker])

  await stepper.advance(to(NOON))

  expect(world.log).toEqual(['11-21T12:00:00.000 worker overdue'])
})

test('a participant that keeps being due is named, and the clock stops there', async () => {
  const world = createWorld()
  const stuck: Participant = { ...world.participant('stuck'), step: async () => ok({ did: [], next: NOON }) }
  const stepper = createStepper(world.simulator(), [world.participant('fine'), stuck])

  const moved = await stepper.advance(to(NOON + HOUR_MS))

  expect(moved).toEqual({
    ok: false,
    error: { kind: 'never_quiet', who: ['stuck'], at: NOON + HOUR_MS, last: 'nothing' },
  })
  expect(!moved.ok && explainStepFailure(moved.error)).toContain('stuck kept being due')
})

test('a participant that always finds something to do at one instant is named, with what it did last', async () => {
  const world = createWorld()
  const busy: Participant = {
    ...world.participant('busy'),
    step: async () => ok({ did: ['more'], next: null }),
  }
  const stepper = createStepper(world.simulator(), [busy])

  const moved = await stepper.advance(to(NOON))

  expect(moved).toEqual({ ok: false, error: { kind: 'never_quiet', who: ['busy'], at: NOON, last: 'more' } })
})

test('a move that would never arrive ends after a bounded number of steps, and names who is still due', async () => {
  const world = createWorld()
  const restless: Participant = {
    ...world.participant('restless'),
    setClock: async (now) => ok({ next: now + 1 }),
    step: async (now) => ok({ did: [], next: now + 1 }),
  }
  const stepper = createStepper(world.simulator(), [restless], 100)

  const moved = await stepper.advance(to(NOON + DAY_MS))

  expect(moved).toEqual({
    ok: false,
    error: { kind: 'too_many_steps', who: ['restless'], at: NOON + 101, steps: 100 },
  })
})

test('an unreachable participant stops the clock where it is; the next move does what was due', async () => {
  const world = createWorld()
  const worker = world.participant('worker', [{ due: NOON + MINUTE_MS, name: 'freeze' }])
  const stepper = createStepper(world.simulator(), [worker])

  worker.down = true
  const failed = await stepper.advance(to(NOON + HOUR_MS))
  const stoodAt = world.clock.business
  worker.down = false
  await stepper.advance(to(NOON + HOUR_MS))

  expect(failed).toEqual({
    ok: false,
    error: { kind: 'unreachable', participant: 'worker', detail: 'refused' },
  })
  expect(stoodAt).toBe(NOON)
  expect(world.log).toEqual(['11-21T12:01:00.000 worker freeze'])
})

test('every participant is told the kept business time before anything runs', async () => {
  const world = createWorld()
  const told: number[] = []
  const worker = world.participant('worker')
  const listening: Participant = {
    ...worker,
    async setClock(now) {
      told.push(now)
      return ok({ next: null })
    },
  }
  const stepper = createStepper(world.simulator(), [listening])

  await stepper.advance(() => ({ at: NOON + 5, closing: 'set' }))

  expect(told).toEqual([NOON, NOON + 5])
})

test('two moves asked for at once run one after the other', async () => {
  const world = createWorld()
  const stepper = createStepper(world.simulator(), [world.participant('worker')])

  const both = [1, 2].map(() => stepper.advance((now) => ({ at: now + HOUR_MS, closing: 'step' })))
  expect(stepper.busy()).toBe(true)
  await Promise.all(both)

  expect(world.clock.business).toBe(NOON + 2 * HOUR_MS)
  expect(stepper.busy()).toBe(false)
})

test('a move that throws does not stop the ones after it', async () => {
  const world = createWorld()
  const simulator = world.simulator()
  let fail = true
  const stepper = createStepper(
    {
      ...simulator,
      async setBusiness(now) {
        if (fail) throw new Error('disk full')
        await simulator.setBusiness(now)
      },
    },
    [],
  )

  await expect(stepper.advance(to(NOON + 1))).rejects.toThrow('disk full')
  fail = false
  expect(await stepper.advance(to(NOON + 1))).toMatchObject({ ok: true, value: { business: NOON + 1 } })
})

test('closing an hour goes to its end and on, from due to due, until it is settled', async () => {
  const world = createWorld(NOON + 7 * MINUTE_MS)
  const end = NOON + HOUR_MS
  const worker = world.participant(
    'worker',
    [10, 15, 40].map((n) => ({ due: end + n * MINUTE_MS, name: `+${n}` })),
    15 * MINUTE_MS,
  )
  const stepper = createStepper(world.simulator(), [worker])

  const settled = await stepper.settle('hour')

  expect(world.log).toEqual(['11-21T13:10:00.000 worker +10', '11-21T13:15:00.000 worker +15'])
  expect(settled).toMatchObject({
    ok: true,
    value: { business: end + 15 * MINUTE_MS, settled: true, waiting: [] },
  })
})

test('the last hour of a month settles after 03:00 UTC on the 1st (money §5)', async () => {
  const world = createWorld(Date.UTC(2026, 10, 30, 23, 20))
  const guard = Date.UTC(2026, 11, 1, 3)
  const worker = world.participant('worker', [{ due: guard, name: 'guard' }], guard - Date.UTC(2026, 11, 1))
  const stepper = createStepper(world.simulator(), [worker])

  expect(await stepper.settle('hour')).toMatchObject({ ok: true, value: { business: guard, settled: true } })
})

test('an hour that never settles is given up after 26 hours, and says what is waited for', async () => {
  const world = createWorld()
  const end = NOON + HOUR_MS
  const worker = world.participant(
    'worker',
    [SETTLE_WITHIN_MS, SETTLE_WITHIN_MS + 1].map((after) => ({ due: end + after, name: `+${after}` })),
    Infinity,
  )
  const stepper = createStepper(world.simulator(), [worker])

  expect(await stepper.settle('hour')).toMatchObject({
    ok: true,
    value: {
      business: end + SETTLE_WITHIN_MS,
      settled: false,
      waiting: ['worker: an hour is open'],
      doneInAll: 1,
    },
  })
})

test.each([
  ['hour', NOON, NOON + HOUR_MS],
  ['hour', NOON + HOUR_MS - 1, NOON + HOUR_MS],
  ['day', NOON, Date.UTC(2026, 10, 22)],
  ['day', Date.UTC(2026, 10, 22), Date.UTC(2026, 10, 23)],
  ['month', NOON, Date.UTC(2026, 11, 1)],
  ['month', Date.UTC(2026, 11, 31, 23, 59, 59, 999), Date.UTC(2027, 0, 1)],
] as const)('the %s that holds %i ends at %i', (span, now, end) => {
  expect(endOf(span, now)).toBe(end)
})
