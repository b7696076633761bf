/**
 * Tasks as processes, killed with SIGKILL at every call to AWS, at random, and while others look on: what was acknowledged is
 * at AWS once, or shown in doubt (money §11, G.2 faults 31, 33 and 37). AWS is stood in for at the call.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { Left, MeterStatus } from '../../container/metering/meter.ts'
import { DEAD_MS } from '../../container/spool/heartbeat.ts'
import { Aws, at } from '../container/metering/stand.ts'
import type { Asked, Said } from '../support/spool-task.ts'

const ENTRY = resolve(import.meta.dirname, '../support/spool-task.ts')

interface Task {
  /** Null: it was killed before it answered. */
  ask(asked: Asked): Promise<unknown>
  kill(): Promise<void>
  readonly refused: string | null
  readonly process: ChildProcess
}

interface Meeting {
  readonly aws: Aws
  /** At the so many-eth call of all tasks, the task that makes it is killed: before AWS has it, or after. */
  readonly killAt?: { readonly call: number; readonly side: 'before' | 'after' }
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-tasks-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function startTask(root: string, identity: string, now: number, met: Meeting): Promise<Task> {
  const child = fork(ENTRY, [root, identity, String(now)], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exited = once(child, 'exit')
  const waiting = new Map<number, (value: unknown) => void>()
  let asked = 0
  let time = now
  let refused: string | null = null
  void exited.then(() => {
    for (const settle of waiting.values()) settle(null)
  })
  const ready = new Promise<void>((done) => {
    void exited.then(() => done())
    child.on('message', (said: Said) => {
      if (said.kind === 'ready') return done()
      if (said.kind === 'refused') return void (refused = said.why)
      if (said.kind === 'answer') return waiting.get(said.number)?.(said.value)
      const { killAt, aws } = met
      const isLast = killAt?.call === aws.calls + 1
      if (isLast && killAt?.side === 'before') {
        aws.calls += 1
        return void child.kill('SIGKILL')
      }
      const result = aws.take(identity, said.request, time)
      if (isLast) return void child.kill('SIGKILL')
      child.send({ kind: 'result', number: said.number, result })
    })
  })
  await ready
  return {
    process: child,
    get refused() {
      return refused
    },
    async ask(question) {
      if (child.exitCode !== null || child.signalCode !== null) return null
      asked += 1
      if ('now' in question) time = question.now
      const number = asked
      const answer = new Promise((settle) => waiting.set(number, settle))
      child.send({ ...question, number }, () => {})
      return answer
    },
    async kill() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await exited
    },
  }
}

/** Four hours of one task's life; whenever it is killed, who is started by `next` goes on. Answers what was acknowledged. */
async function liveThrough(
  first: Task,
  next: (now: number) => Promise<Task>,
): Promise<{ taken: number; last: Task }> {
  let task = first
  let taken = 0
  for (const [hour, calls] of [
    [10, 5],
    [11, 7],
    [12, 11],
    [13, 13],
  ] as const) {
    const now = at(hour, 40)
    for (const asked of [
      { kind: 'run', now },
      { kind: 'take', now, id: `of ${hour}`, calls },
      { kind: 'run', now },
    ] as const) {
      let answer = await task.ask(asked)
      if (answer === null) {
        task = await next(now)
        answer = await task.ask(asked)
      }
      if (asked.kind === 'take') {
        expect(answer).toEqual({ result: 'counted' })
        taken += calls
      }
    }
  }
  const closed = await task.ask({ kind: 'close', now: at(13, 50) })
  if (closed === null) {
    task = await next(at(13, 50))
    await task.ask({ kind: 'close', now: at(13, 50) })
  }
  return { taken, last: task }
}

/** Calls of a life that nobody disturbs: each is a place to be killed at, before and after AWS has it. */
const CALLS = 3
const PLACES = Array.from({ length: CALLS }, (_, i) => i + 1).flatMap((call) =>
  (['before', 'after'] as const).map((side) => ({ call, side })),
)

test('a life that nobody disturbs makes as many calls as there are places to be killed at', async () => {
  const met: Meeting = { aws: new Aws() }
  const task = await startTask(newFolder(), 'task/1', at(10, 20), met)
  const { taken } = await liveThrough(task, () => Promise.reject(new Error('it was not killed')))
  expect([met.aws.calls, met.aws.units()]).toEqual([CALLS, taken])
})

test.each(PLACES)(
  'killed $side AWS has call $call and started again in its task: all is at AWS once, nothing in doubt',
  async (killAt) => {
    const met: Meeting = { aws: new Aws(), killAt }
    const root = newFolder()
    const start = (now: number) => startTask(root, 'task/1', now, met)
    const { taken } = await liveThrough(await start(at(10, 20)), start)
    expect(met.aws.units()).toBe(taken)
  },
)

test.each(PLACES.filter(({ call }) => call === 2))(
  'killed $side AWS has call $call and followed by another task: that record is in doubt, all else is at AWS once',
  async (killAt) => {
    const met: Meeting = { aws: new Aws(), killAt }
    const root = newFolder()
    let status: MeterStatus | null = null
    const { taken, last } = await liveThrough(
      await startTask(root, 'task/1', at(10, 20), met),
      async (now) => {
        const task = await startTask(root, 'task/2', now, met)
        await task.ask({ kind: 'run', now })
        await task.ask({ kind: 'pass', ms: DEAD_MS })
        await task.ask({ kind: 'run', now: now + 61_000 })
        status = (await task.ask({ kind: 'status' })) as MeterStatus
        return task
      },
    )
    const doubtful = (status as MeterStatus | null)?.doubtful ?? []
    expect(doubtful).toHaveLength(1)
    const atAws = doubtful.map(({ task, hour }) => met.aws.quantity(task, hour) ?? 0)
    expect(atAws).toEqual([killAt.side === 'after' ? doubtful[0]?.quantity : 0])
    const inDoubt = killAt.side === 'before' ? (doubtful[0]?.quantity ?? 0) : 0
    expect(met.aws.units() + inDoubt).toBe(taken)
    await last.kill()
  },
)

test('killed at random under load, again and again, in its task and by successors: no acknowledged count is lost or doubled', async () => {
  const root = newFolder()
  const met: Meeting = { aws: new Aws() }
  const now = at(10, 20)
  let acknowledged = 0
  let unsure = 0
  let owner = 'task/0'
  for (let round = 1; round <= 6; round += 1) {
    const task = await startTask(root, owner, now, met)
    if (round % 2 === 0) {
      await task.ask({ kind: 'run', now: now + round * 120_000 })
      await task.ask({ kind: 'pass', ms: DEAD_MS })
      await task.ask({ kind: 'run', now: now + round * 120_000 + 61_000 })
    }
    let output = ''
    task.process.stdout?.on('data', (chunk: Buffer) => void (output += chunk.toString()))
    void task.ask({ kind: 'flood', from: round * 1_000_000 })
    while (!output.includes('\n')) await sleep(1)
    await sleep(Math.random() * 60)
    const closed = once(task.process.stdout ?? task.process, 'close')
    await task.kill()
    await closed
    acknowledged += output.split('\n').length - 1
    unsure += 1
    if (round % 2 === 1) owner = `task/${round}`
  }
  const last = await startTask(root, 'task/last', at(10, 50), met)
  await last.ask({ kind: 'run', now: at(10, 50) })
  await last.ask({ kind: 'pass', ms: DEAD_MS })
  await last.ask({ kind: 'run', now: at(10, 52) })
  const left = (await last.ask({ kind: 'close', now: at(10, 53) })) as Left
  expect(left.records).toBe(0)
  expect(met.aws.units()).toBeGreaterThanOrEqual(acknowledged)
  expect(met.aws.units()).toBeLessThanOrEqual(acknowledged + unsure)
})

test('two processes of one task on one folder: the second is told so and ends, the first goes on', async () => {
  const root = newFolder()
  const met: Meeting = { aws: new Aws() }
  const first = await startTask(root, 'task/1', at(10, 20), met)
  const second = await startTask(root, 'task/1', at(10, 20), met)
  expect(second.refused).toBe('locked')
  const asked = { kind: 'take', now: at(10, 20), id: 'a', calls: 1 } as const
  expect(await first.ask(asked)).toEqual({ result: 'counted' })
})

test('a spool copied while its task ran, and taken over on both volumes: counted on one, in doubt on the other', async () => {
  const [root, copy] = [newFolder(), newFolder()]
  const met: Meeting = { aws: new Aws() }
  const task = await startTask(root, 'task/1', at(10, 20), met)
  await task.ask({ kind: 'take', now: at(10, 20), id: 'a', calls: 5 })
  cpSync(root, copy, { recursive: true, filter: (path) => !path.endsWith('volume.id') })
  await task.kill()
  const seen: (readonly number[])[] = []
  for (const [folder, identity] of [
    [root, 'task/2'],
    [copy, 'task/3'],
  ] as const) {
    const heir = await startTask(folder, identity, at(10, 30), met)
    await heir.ask({ kind: 'run', now: at(10, 30) })
    await heir.ask({ kind: 'pass', ms: DEAD_MS })
    await heir.ask({ kind: 'run', now: at(10, 32) })
    const status = (await heir.ask({ kind: 'status' })) as MeterStatus
    seen.push([
      Number(status.open['api_call'] ?? 0),
      status.doubtful.reduce((sum, one) => sum + one.quantity, 0),
    ])
    expect(readdirSync(join(folder, '9w3jx5t7q1bn4gz6k8yd2vhm0', 'tasks'))).toHaveLength(1)
  }
  expect(seen).toEqual([
    [5, 0],
    [0, 5],
  ])
})
