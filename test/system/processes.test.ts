/** The processes of `npm start`: every way to end one of them, and what is left behind (nothing). Black box. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { portIsFree } from '../../commands/start/ports.ts'
import { processes } from '../../commands/start/processes.ts'
import { groupIsGone, groupOf, kill, ROLES, type Role, runningIn } from '../support/processes.ts'
import { freePorts } from '../support/ports.ts'
import { newFolder, removeFolder, ROOT, type Start, startSystem, type System } from '../support/system.ts'

let systems: System[] = []

afterEach(async () => {
  for (const system of systems) {
    await system.stop('SIGKILL')
    removeFolder(system.folder)
  }
  systems = []
})

async function start(options: Start = {}): Promise<System> {
  const system = await startSystem(options)
  systems.push(system)
  return system
}

async function expectNothingLeft({ folder, ports }: Pick<System, 'folder' | 'ports'>): Promise<void> {
  await expect.poll(() => runningIn(folder), { timeout: 5_000, interval: 10 }).toEqual([])
  expect(await Promise.all(ports.map(portIsFree))).toEqual([true, true])
}

test('it is four processes, ready within 15 s, and says where everything is on one screen', async () => {
  const system = await start()
  expect(
    system
      .processes()
      .map(({ role }) => role)
      .toSorted(),
  ).toEqual([...ROLES].toSorted())
  expect(system.readyMs).toBeLessThan(15_000)
  for (const word of [system.storefront, system.landing, system.apiKey]) {
    expect(system.output()).toContain(word)
  }
  expect(system.output().split('\n').length).toBeLessThan(24)
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s ends every process, leaves no temporary file, and the exit code is 0',
  async (signal) => {
    const system = await start()
    expect(await system.stop(signal)).toBe(0)
    await expectNothingLeft(system)
    expect(existsSync(join(system.folder, 'tmp'))).toBe(false)
    expect(existsSync(join(system.folder, 'run.json'))).toBe(false)
  },
)

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

test.each([0, 150, 400, 800])('a supervisor killed %i ms into a start leaves nothing', async (afterMs) => {
  const folder = newFolder()
  const ports = await freePorts()
  const failed = startSystem({ folder, ports }).catch(() => 'failed')
  while (groupOf(folder) === undefined) await sleep(5)
  const group = groupOf(folder) ?? 0
  const supervisor = processes().find(({ pid }) => pid === group)?.parent ?? 0
  await sleep(afterMs)
  kill(supervisor)
  await failed
  expect(await groupIsGone(group)).toBe(true)
  await expectNothingLeft({ folder, ports })
  removeFolder(folder)
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

// On macOS the shell between npm and us replaces itself; only Linux needs the grandparent.
const endings = process.platform === 'linux' ? (['SIGKILL', 'SIGTERM'] as const) : (['SIGKILL'] as const)
test.each(endings)('npm ended by %s takes everything with it', async (signal) => {
  const folder = newFolder()
  const ports = await freePorts()
  const flags = [`--state=${folder}`, `--storefront-port=${ports[0]}`, `--landing-port=${ports[1]}`]
  const npm = spawn('npm', ['start', '--', ...flags], { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] })
  await new Promise<void>((ready) => {
    npm.stdout.on('data', (chunk: Buffer) => chunk.toString().includes('Ctrl-C') && ready())
  })
  const group = groupOf(folder) ?? 0
  expect(runningIn(folder).length).toBe(3)
  npm.kill(signal)
  expect(await groupIsGone(group)).toBe(true)
  await expectNothingLeft({ folder, ports })
  removeFolder(folder)
})
