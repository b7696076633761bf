/** Tasks under `npm start`: refused without a purchase, billed to the unit through a stop and a kill of everything. Black box. */
import { expect, test } from 'vitest'
import { marketplaceAt } from '../support/marketplace.ts'
import { useSystems } from '../support/systems.ts'
import { tasksOf } from '../support/tasks.ts'

const start = useSystems()

test('a task of an account that bought nothing ends with 77 and one line, on ECS and EKS alike', async () => {
  const system = await start()
  const [buyer] = await marketplaceAt(system.storefront).accounts()
  const tasks = tasksOf(system.storefront, buyer?.account ?? '')
  const ids = [await tasks.run('ecs'), await tasks.run('eks'), await tasks.run('node')]
  const [ecs, eks, node] = await Promise.all(ids.map((id) => tasks.until(id, 'STOPPED')))
  expect([ecs?.exitCode, eks?.exitCode, node?.exitCode]).toEqual([77, 77, 78])
  expect(ecs?.reason).toMatch(/^tollgate: not started .*subscribe to it in AWS Marketplace/)
  expect(eks?.reason).toBe(ecs?.reason)
  expect(node?.reason).toContain('No role was given to this container')
  expect([ecs?.url, eks?.url, node?.url]).toEqual([null, null, null])
})

test(
  'what a task counted is billed once, through a closed hour, a kill of everything and SIGTERM',
  { timeout: 180_000 },
  async () => {
    const system = await start()
    const marketplace = marketplaceAt(system.storefront)
    const [buyer] = await marketplace.accounts()
    const account = buyer?.account ?? ''
    await marketplace.subscribe({ product: 'container', account, licenseDelay: 'PT0S' })
    const tasks = tasksOf(system.storefront, account)
    const id = await tasks.run('ecs')
    await tasks.use(await tasks.until(id, 'RUNNING'), 7)
    // The hour a new disk begins in may have been another container's: its usage waits for the next (money §11).
    expect((await marketplace.settle('hour')).settled).toBe(true)
    expect(await tasks.billed()).toEqual([7])
    expect((await marketplace.bill()).usageDollars).toBe('0.0007')

    await tasks.use(await tasks.until(id, 'RUNNING'), 3)
    system.killAll()
    await system.ended
    const again = await start({ folder: system.folder, ports: system.ports })
    const restarted = await tasks.until(id, 'RUNNING', 1)
    await tasks.use(restarted, 2, 5)
    expect((await marketplace.settle('hour')).settled).toBe(true)
    expect(await tasks.billed()).toEqual([7, 5])

    await tasks.use(restarted, 4)
    await tasks.stop(id)
    expect((await tasks.until(id, 'STOPPED', 1)).exitCode).toBe(0)
    expect(await tasks.billed()).toEqual([7, 5, 4])
    expect(again.processes().some(({ role }) => role === 'other')).toBe(false)
  },
)
