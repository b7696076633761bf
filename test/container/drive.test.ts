/** What drives a container's parts in production, and the one loop of its start: both end, and neither hangs on one part. */
import { expect, test } from 'vitest'
import { timerDriver } from '../../container/drive.ts'
import type { Part } from '../../container/part.ts'
import { persist } from '../../container/persist.ts'
import { err, ok } from '../../shared/result.ts'

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined }
const turn = (): Promise<void> => new Promise((done) => setImmediate(done))

test('a part that waits for AWS or throws holds up no other, and the end waits for what is under way', async () => {
  let release = (): void => undefined
  const ran: string[] = []
  const part = (name: string, runDue: () => Promise<readonly string[]>): Part => ({
    name,
    nextWake: () => 0,
    runDue,
  })
  const slow = part('slow', async () => {
    await new Promise<void>((done) => (release = done))
    ran.push('slow')
    return []
  })
  const broken = part('broken', () => Promise.reject(new Error('a fault')))
  const quick = part('quick', async () => [String(ran.push('quick'))])
  const faults: string[] = []
  const onFault = (name: string): unknown => faults.push(name)
  const driver = timerDriver({ pause: turn, log: SILENT, steadyMs: () => 0, onFault })
  driver.drive([slow, broken, quick], () => 1)
  for (let i = 0; i < 10; i++) await turn()
  const before = [ran.includes('slow'), ran.length > 2, faults.length > 2]
  const rest = driver.rest()
  release()
  await rest
  const after = ran.length
  for (let i = 0; i < 10; i++) await turn()
  expect([before, ran.includes('slow'), ran.length - after]).toEqual([[false, true, true], true, 0])
})

test('a part looks around once a minute, whatever business time is due', async () => {
  let [now, looks] = [0, 0]
  const look = async (): Promise<readonly string[]> => [String(looks++)]
  const part: Part = {
    name: 'watch',
    nextWake: () => null,
    runDue: () => Promise.reject(new Error('not due')),
    look,
  }
  const driver = timerDriver({ pause: turn, log: SILENT, steadyMs: () => now, onFault: () => undefined })
  driver.drive([part], () => 1)
  const seen: number[] = []
  for (const at of [0, 59_999, 60_000, 60_001]) {
    now = at
    for (let i = 0; i < 5; i++) await turn()
    seen.push(looks)
  }
  await driver.rest()
  expect(seen).toEqual([1, 1, 2, 2])
})

function patience(): Parameters<typeof persist>[1] & {
  readonly waited: number[]
  readonly ending: AbortController
} {
  let now = 0
  const waited: number[] = []
  const ending = new AbortController()
  return {
    waited,
    ending,
    wall: () => now,
    random: () => 0.5,
    since: 0,
    signal: ending.signal,
    pause: async (ms) => {
      now += ms
    },
    onWait: (_, ms) => waited.push(ms),
  }
}

const AGAIN = { kind: 'again', code: 'throttled', why: 'AWS takes no more calls.' } as const

test('a start asks for 30 minutes to the millisecond, with a last call at their end, and then ends with 75', async () => {
  const given = patience()
  let calls = 0
  const ended = await persist(async () => {
    calls += 1
    return err(AGAIN)
  }, given)
  expect(ended).toMatchObject({ ok: false, error: { exit: 75, code: 'throttled' } })
  expect([given.waited.reduce((sum, ms) => sum + ms), calls]).toEqual([30 * 60_000, given.waited.length + 1])
})

test('a refusal is not asked twice, and a signal ends the start without one', async () => {
  const refused = { kind: 'not-entitled', code: 'not-entitled', why: 'Subscribe.' } as const
  const once = patience()
  const stopped = patience()
  const ask = async () => {
    stopped.ending.abort()
    return err(AGAIN)
  }
  expect([
    await persist(async () => err(refused), once),
    once.waited.length,
    await persist(ask, stopped),
    await persist(async () => ok(7), patience()),
  ]).toMatchObject([
    { error: { exit: 77, code: 'not-entitled', message: 'Subscribe.' } },
    0,
    { error: { exit: 0, code: 'stopped' } },
    { ok: true, value: 7 },
  ])
})
