/** Whole systems that end with the test that started them, and what is left of one: nothing. */
import { afterEach, expect } from 'vitest'
import { portIsFree } from '../../commands/start/ports.ts'
import { runningIn } from './processes.ts'
import { removeFolder, type Start, startSystem, type System } from './system.ts'

/** Answers how a test starts a system. */
export function useSystems(): (options?: Start) => Promise<System> {
  let systems: System[] = []
  afterEach(async () => {
    for (const system of systems) {
      await system.stop('SIGKILL')
      removeFolder(system.folder)
    }
    systems = []
  })
  return async (options = {}) => {
    const system = await startSystem(options)
    systems.push(system)
    return system
  }
}

export async function expectNothingLeft({ folder, ports }: Pick<System, 'folder' | 'ports'>): Promise<void> {
  await expect.poll(() => runningIn(folder), { timeout: 5_000, interval: 10 }).toEqual([])
  expect(await Promise.all(ports.map(portIsFree))).toEqual([true, true])
}
