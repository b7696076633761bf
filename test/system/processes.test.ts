/** The processes of `npm start`: what they are, every way to be told to end, and what is left behind (nothing). Black box. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { processes } from '../../commands/start/processes.ts'
import { groupIsGone, groupOf, kill, ROLES, runningIn } from '../support/processes.ts'
import { freePorts } from '../support/ports.ts'
import { newFolder, removeFolder, ROOT, startSystem } from '../support/system.ts'
import { expectNothingLeft, useSystems } from '../support/systems.ts'

const start = useSystems()

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
