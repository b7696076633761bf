/** Tasks move with the clock from when they say where they are until they stop, and none that ended holds it up. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createStepper } from '../../../simulator/clock.ts'
import { simulatedTime } from '../../../simulator/front.ts'
import { taskParticipants } from '../../../simulator/task-participants.ts'
import { BUYER, HOUR_MS, NOON } from '../market.ts'
import { openTestFront } from './front.ts'

/** The development routes of a container with one thing due at each full hour. */
async function openContainer() {
  const asked: string[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (part) => (text += String(part)))
    request.on('end', () => {
      const { now = 0 } = JSON.parse(text) as { now?: number }
      const path = request.url?.slice('/__dev/'.length)
      if (path === 'step') asked.push(new Date(now).toISOString().slice(11, 16))
      const next = (Math.floor(now / HOUR_MS) + 1) * HOUR_MS
      response.end(JSON.stringify(path === 'settled' ? { settled: true } : { did: [], next }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  onTestFinished(close)
  return { asked, close, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

async function open() {
  const front = await openTestFront()
  onTestFinished(() => front.close())
  const stepper = createStepper(simulatedTime(front.marketplace), taskParticipants(front.marketplace, 500))
  const runs = async (participant: string) => {
    const run = await front.marketplace.run({ kind: 'run_task', account: BUYER, launch: 'ecs' })
    const id = run.ok ? run.value.id : ''
    await front.marketplace.run({ kind: 'task_reported', id, state: 'RUNNING', participant })
    return id
  }
  const advance = (hours: number) =>
    stepper.advance((now) => ({ at: now + hours * HOUR_MS, closing: 'step' }))
  return { ...front, advance, runs }
}

test('a running task is stepped at each time it has something due, and a stopped one no more', async () => {
  const { advance, runs, marketplace } = await open()
  const container = await openContainer()
  const id = await runs(container.url)
  expect(await advance(2)).toMatchObject({ ok: true, value: { business: NOON + 2 * HOUR_MS } })
  expect(new Set(container.asked)).toEqual(new Set(['13:00', '14:00']))
  await marketplace.run({ kind: 'task_reported', id, state: 'STOPPED', exitCode: 0 })
  container.close()
  expect(await advance(2)).toMatchObject({ ok: true })
  expect(new Set(container.asked)).toEqual(new Set(['13:00', '14:00']))
})

test('a task that is away stops the clock by its name, and one that is told to have stopped meanwhile does not', async () => {
  const { advance, runs, marketplace } = await open()
  const container = await openContainer()
  const id = await runs(container.url)
  container.close()
  const moved = advance(1)
  setTimeout(() => void marketplace.run({ kind: 'task_reported', id, state: 'STOPPED', exitCode: 137 }), 100)
  expect(await moved).toMatchObject({ ok: true })

  const other = await runs(container.url)
  expect(await advance(1)).toMatchObject({ ok: false, error: { participant: `the task ${other}` } })
})
