/** When the production image does not start its application: the exit code, one line, and nothing served (issue 4, "Start"). */
import { EXIT } from '../../container/exit.ts'
import type { Container, RunOptions } from './containers.ts'
import { expect, start, statusOf, until, type World } from './world.ts'

const STRANGER = '999988887777'

/** The container ended with this code, its application never ran, and its last line says why. */
async function refused(container: Container, exit: number, why: RegExp): Promise<void> {
  const ended = await container.ended()
  const said = await container.logs()
  expect(ended === exit, `it ended with ${ended}: ${said}`)
  expect(why.test(said), `it said: ${said}`)
  expect(!said.includes('APPLICATION RAN'), 'the application ran')
}

/** An application that tells that it ran. */
const TELLTALE = ['node', '-e', 'console.log("APPLICATION RAN")']

export async function checkRefusals(world: World): Promise<void> {
  const { check, aws } = world
  const run = (task: Parameters<typeof start>[1], options: RunOptions = {}) =>
    start(world, task, { command: TELLTALE, ...options })

  await check(
    `an account that has not subscribed ends with ${EXIT.notEntitled}, and the application never ran`,
    async () => {
      await refused(await run(await aws.runTask(STRANGER)), EXIT.notEntitled, /subscri/i)
    },
  )
  await check(`another command in place of the image's changes nothing about that`, async () => {
    const container = await run(await aws.runTask(STRANGER), { command: ['node', '/app/server.mjs'] })
    await refused(container, EXIT.notEntitled, /subscri/i)
  })
  await check(`wrong settings end with ${EXIT.settings}, all named together`, async () => {
    const env = { TOLLGATE_STOP_SECONDS: 'soon', TOLLGATE_SPOOOL: '/x' }
    const container = await run(await aws.runTask(STRANGER), { env })
    await refused(
      container,
      EXIT.settings,
      /TOLLGATE_SPOOOL[\s\S]*TOLLGATE_STOP_SECONDS|TOLLGATE_STOP_SECONDS[\s\S]*TOLLGATE_SPOOOL/,
    )
  })
  await check(`no credentials of a platform end with ${EXIT.settings}, before any call`, async () => {
    await refused(await run(null, { env: { AWS_REGION: 'us-east-1' } }), EXIT.settings, /role/i)
  })
  await check(`static keys end with ${EXIT.settings}, even beside a role`, async () => {
    const { env, id } = await aws.runTask(STRANGER)
    const keys = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'x'.repeat(40) }
    await refused(await run({ id, env: { ...env, ...keys } }), EXIT.settings, /key/i)
  })
  await check(
    'while AWS cannot be reached it waits, is healthy, starts nothing, and obeys SIGTERM',
    async () => {
      const container = await run(await aws.runTask(STRANGER), { flags: aws.deadFlags })
      await until('its door', 10, async () => (await statusOf(`${container.own}/livez`)) === 200, container)
      const health = await container.health()
      expect(health.exit === 0, `health ${health.exit}: ${health.out}${health.err}`)
      expect((await statusOf(`${container.own}/readyz`)) === 503, 'it says that it is ready')
      const { exit, ms } = await container.stop(10)
      expect(exit === EXIT.ended && ms < 5_000, `exit ${exit} after ${Math.round(ms)} ms`)
      expect(!(await container.logs()).includes('APPLICATION RAN'), 'the application ran')
    },
  )
}
