/** A process of `npm start` killed, each alone and several at once: what is left behind (nothing). Black box. */
import { expect, test } from 'vitest'
import { portIsFree } from '../../commands/start/ports.ts'
import { groupIsGone, groupOf, kill, type Role, runningIn } from '../support/processes.ts'
import { expectNothingLeft, useSystems } from '../support/systems.ts'

const start = useSystems()

const KILLS: readonly (readonly [Role, string | undefined])[] = [
  ['supervisor', undefined],
  ['engine', 'the engine ended by itself (SIGKILL)'],
  ['simulator', 'the simulator ended by itself (SIGKILL)'],
  ['workerd', 'workerd ended by itself (SIGKILL)'],
]

test('each process killed ends all others with one clear line, and it starts again', async () => {
  let system = await start()
  for (const [role, line] of KILLS) {
    const printed = system.output().length
    system.kill(role)
    expect(await system.ended).toBe(line === undefined ? null : 1)
    await expectNothingLeft(system)
    if (line !== undefined) {
      const said = system.output().slice(printed).trim()
      expect(said.split('\n')).toHaveLength(1)
      expect(said).toContain(line)
    }
    system = await start(system)
  }
  expect(await system.stop()).toBe(0)
})

test('supervisor and engine killed at once: the simulator ends the rest', async () => {
  const system = await start()
  const both = system.processes().filter(({ role }) => role === 'supervisor' || role === 'engine')
  for (const { pid } of both) process.kill(pid, 'SIGSTOP')
  for (const { pid } of both) kill(pid)
  expect(await system.ended).toBe(null)
  await expectNothingLeft(system)
})

test('every process killed at once leaves nothing, and it starts again', async () => {
  const system = await start()
  system.killAll()
  expect(await system.ended).toBe(null)
  await expectNothingLeft(system)
  expect(await (await start(system)).stop()).toBe(0)
})

test('every watcher killed at once leaves workerd: the next start ends it and takes its port', async () => {
  const system = await start()
  const group = groupOf(system.folder) ?? 0
  const watchers = system.processes().filter(({ role }) => role !== 'workerd')
  // Stopped first, so that none lives long enough to end the group.
  for (const { pid } of watchers) process.kill(pid, 'SIGSTOP')
  for (const { pid } of watchers) kill(pid)
  await system.exited
  // A killed process is seen until the kernel is done with it.
  await expect
    .poll(() => runningIn(system.folder).map(({ role }) => role), { timeout: 5_000, interval: 10 })
    .toEqual(['workerd'])
  expect(await portIsFree(system.ports[1])).toBe(false)

  const again = await start(system)
  expect(await groupIsGone(group)).toBe(true)
  expect(await again.stop()).toBe(0)
  await expectNothingLeft(system)
})
