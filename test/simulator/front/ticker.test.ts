/** The ticker's single ticks, with the wall clock handed in. */
import { expect, test } from 'vitest'
import { HOUR_MS, MINUTE_MS } from '../../../shared/hour.ts'
import { err, ok } from '../../../shared/result.ts'
import type { Participant } from '../../../simulator/clock.ts'
import { createStepper } from '../../../simulator/clock.ts'
import { createTicker } from '../../../simulator/ticker.ts'

const NOON = Date.UTC(2026, 10, 21, 12)

function createWorld(business: number) {
  const world = { business, wall: NOON, steps: 0, sets: 0, down: false, said: [] as string[] }
  const worker: Participant = {
    name: 'worker',
    async setClock() {
      world.sets += 1
      return world.down
        ? err({ kind: 'unreachable', participant: 'worker', detail: 'gone' })
        : ok({ next: null })
    },
    async step() {
      world.steps += 1
      return ok({ did: [], next: null })
    },
    settled: async () => ok({ settled: true, waiting: [] }),
  }
  const stepper = createStepper(
    {
      business: () => world.business,
      async setBusiness(now) {
        world.business = now
      },
      next: () => null,
      release: async () => [],
    },
    [worker],
  )
  const tick = createTicker(
    stepper,
    () => world.wall,
    (line) => world.said.push(line),
  )
  return { world, stepper, tick }
}

test('business time that was moved ahead goes on by the wall time that passed', async () => {
  const { world, tick } = createWorld(NOON + 5 * HOUR_MS)
  world.wall += 1_500
  await tick()
  expect(world.business).toBe(NOON + 5 * HOUR_MS + 1_500)
})

test('after a night switched off, business time steps to wall time', async () => {
  const { world, tick } = createWorld(NOON - 9 * HOUR_MS)
  await tick()
  expect(world.business).toBe(NOON)
})

test('a wall clock set back moves nothing', async () => {
  const { world, tick } = createWorld(NOON)
  world.wall -= HOUR_MS
  await tick()
  expect(world.business).toBe(NOON)
})

test('everybody is run once each business minute, and only told the time in between', async () => {
  const { world, tick } = createWorld(NOON)
  const steps: number[] = []
  for (let second = 0; second <= 61; second += 1) {
    await tick()
    steps.push(world.steps)
    world.wall += 1_000
  }
  expect([steps[0], steps[59], steps[60], steps[61]]).toEqual([1, 1, 2, 2])
})

test('a participant that is away is reported once, the clock waits for it and then catches up', async () => {
  const { world, tick } = createWorld(NOON)
  world.down = true
  for (let second = 0; second < 5; second += 1) {
    world.wall += 1_000
    await tick()
  }
  expect(world.business).toBe(NOON)
  expect(world.said).toEqual([expect.stringContaining('worker could not be reached')])

  world.down = false
  await tick()
  expect(world.business).toBe(world.wall)
  expect(world.said.at(-1)).toBe('The clock goes on.')
})

test('a tick leaves a move under way alone', async () => {
  const { world, stepper, tick } = createWorld(NOON)
  const move = stepper.advance((now) => ({ at: now + MINUTE_MS, closing: 'step' }))
  await tick()
  expect(world.business).not.toBe(NOON + MINUTE_MS + 1)
  await move
  expect(world.business).toBe(NOON + MINUTE_MS)
})
