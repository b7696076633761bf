/** The stair that the simulator's stepper moves a container on, over its own routes. */
import { expect, test } from 'vitest'
import { openStair } from '../../container/dev.ts'
import { problem } from '../../container/server/problem.ts'
import { listen } from '../../container/server/listen.ts'

test('what a look says again and again at one instant is said once: the clock comes to rest (design §9)', async () => {
  const stair = openStair(1_000, () => null)
  stair.driver.drive(
    [
      {
        name: 'successor',
        nextWake: () => null,
        runDue: () => Promise.resolve([]),
        look: () => Promise.resolve(['A folder cannot be read.']),
      },
    ],
    stair.clock,
  )
  const nothing = async () => problem('not-found', 'There is nothing here.')
  const door = await listen({ host: '127.0.0.1', port: 0 }, stair.wrap(nothing), () => undefined)
  const step = async (now: number): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${door.port}/__dev/step`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ now }),
    })
    return answer.json()
  }
  const said = { did: ['A folder cannot be read.'], next: null }
  expect([await step(2_000), await step(2_000), await step(3_000)]).toEqual([
    said,
    { did: [], next: null },
    said,
  ])
  await door.close(100)
})
