/** Entitled, the production image serves, is confined, meters to the unit, and ends as it is asked or as it is killed. */
import { setTimeout as wait } from 'node:timers/promises'
import { HOUR_MS } from '../../shared/hour.ts'
import { ACCOUNT } from './aws.ts'
import { billed, expect, start, statusOf, until, type World } from './world.ts'

const OTHER_ACCOUNT = '444455556666'
const CALLS = 7
const ROOM_MS = 45_000

/** Reports usage to the container and then takes memory until it is killed. */
const HUNGRY = `
const now = new Date().toISOString()
const headers = { 'content-type': 'application/json', authorization: 'Bearer ' + process.env.TOLLGATE_TOKEN }
const body = JSON.stringify({ id: 'hungry', meter: 'api_calls', quantity: 5, time: now })
const answer = await fetch(process.env.TOLLGATE_URL + '/v1/usage', { method: 'POST', headers, body })
console.log('REPORTED', answer.status, await answer.text())
const taken = []
for (;;) taken.push(Buffer.alloc(8_000_000, 1))`

/** Leaves three processes behind, waits until PID 1 has them and then until they are gone, and says what became of them. */
const LEAVES = `
const { spawn } = require('node:child_process')
const { readFileSync } = require('node:fs')
const grandchild = 'spawn(process.execPath, ["-e", "setTimeout(() => {}, 800)"], { detached: true, stdio: "ignore" }).pid'
const child = 'const { spawn } = require("node:child_process"); console.log([1, 2, 3].map(() => ' + grandchild + ').join(" ")); process.exit()'
const stat = (pid) => { try { return readFileSync('/proc/' + pid + '/stat', 'utf8').split(') ')[1].split(' ') } catch { return null } }
let pids = []
const started = spawn(process.execPath, ['-e', child], { stdio: ['ignore', 'pipe', 'inherit'] })
started.stdout.on('data', (said) => pids.push(...String(said).trim().split(' ')))
started.on('close', () => {
  const parents = pids.map((pid) => stat(pid)?.[1])
  let looks = 0
  const look = setInterval(() => {
    const left = pids.map((pid) => stat(pid)?.[0]).filter((state) => state !== undefined)
    if (left.length > 0 && ++looks < 50) return
    clearInterval(look)
    console.log('ORPHANS of ' + parents.join() + ' left ' + left.join())
  }, 100)
})`

/** What follows is used within one hour: near its end the next one is waited for. */
async function untilRoomy(): Promise<void> {
  const leftMs = HOUR_MS - (Date.now() % HOUR_MS)
  if (leftMs < ROOM_MS) await wait(leftMs + 1_000)
}

export async function checkLives(world: World): Promise<void> {
  const { check, aws, ground } = world
  await untilRoomy()
  await aws.subscribe(ACCOUNT)
  await aws.subscribe(OTHER_ACCOUNT)
  const task = await aws.runTask(ACCOUNT)
  // Nobody answers there: the image asks AWS where AWS is, whatever the environment says.
  const misled = {
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    AWS_ENDPOINT_URL_MARKETPLACE_METERING: 'http://127.0.0.1:9',
  }
  const container = await start(world, task, { env: misled })

  await check('an account that has subscribed is served, and the health command says so', async () => {
    await until(
      'its application',
      20,
      async () => (await statusOf(`${container.app}/health`)) === 200,
      container,
    )
    const health = await container.health()
    expect(health.exit === 0, `health ${health.exit}: ${health.out}${health.err}`)
    expect((await statusOf(`${container.own}/readyz`)) === 200, 'it is not ready')
  })
  await check(
    'its first process is the init as pid 1, nobody’s user, without a capability or a way to new privileges',
    async () => {
      const {
        Name,
        NSpid = '',
        Uid = '',
        CapEff = '',
        CapBnd = '',
        NoNewPrivs = '',
      } = await container.process()
      const found = {
        Name,
        pid: NSpid.split(/\s+/).at(-1),
        uid: Uid.split(/\s+/)[1],
        CapEff,
        CapBnd,
        NoNewPrivs,
      }
      const none = '0'.repeat(16)
      expect(
        JSON.stringify(found) ===
          JSON.stringify({
            Name: 'tini',
            pid: '1',
            uid: '65532',
            CapEff: none,
            CapBnd: none,
            NoNewPrivs: '1',
          }),
        JSON.stringify(found),
      )
    },
  )
  await check('it can write to its spool and nowhere else, and has no shell', async () => {
    const script = `const fs = require('node:fs'); const at = (p) => { try { fs.writeFileSync(p, ''); return 'written' } catch (e) { return e.code } }
      console.log(['/x', '/tmp/x', '/app/x', '/opt/tollgate/x', '/var/lib/tollgate/x'].map(at).join())`
    const { out } = await container.exec('node', '-e', script)
    expect(out.trim() === 'EROFS,EROFS,EROFS,EROFS,written', out)
    const shells = await Promise.all([
      container.exec('sh', '-c', 'true'),
      container.exec('bash', '-c', 'true'),
    ])
    expect(
      shells.every(({ exit }) => exit !== 0),
      'there is a shell',
    )
  })
  await check(
    `SIGTERM ends it with 0 within its time, and the ${CALLS} calls of the hour in progress are billed once`,
    async () => {
      for (let i = 0; i < CALLS; i++)
        expect((await statusOf(`${container.app}/api/skills`)) === 200, 'a call was not answered')
      const { exit, ms } = await container.stop(30)
      expect(exit === 0 && ms < 25_000, `exit ${exit} after ${Math.round(ms)} ms: ${await container.logs()}`)
      const { units, records } = await billed(world, ACCOUNT)
      expect(
        units === CALLS && records === 1,
        `${units} units in ${records} records: ${await container.logs()}`,
      )
      console.log(`   (stopped in ${Math.round(ms)} ms)`)
    },
  )
  await check('the log holds no secret of the task', async () => {
    const said = await container.logs()
    expect(!/SecretAccessKey|"Token"|simulated-secret/i.test(said), said)
  })

  await check(
    'an application that runs out of memory ends it with 137, and the next start bills what it had counted once',
    async () => {
      const again = await aws.runTask(OTHER_ACCOUNT)
      const hungry = await start(world, again, {
        command: ['node', '--input-type=module', '-e', HUNGRY],
        volume: 'oom',
        memory: 192,
      })
      const ended = await hungry.ended()
      expect(ended === 137, `it ended with ${ended}: ${await hungry.logs()}`)
      expect((await hungry.logs()).includes('REPORTED 200'), await hungry.logs())
      // The same task, a new container of it.
      const next = await start(world, again, { volume: 'oom' })
      await until('its application', 20, async () => (await statusOf(`${next.app}/health`)) === 200, next)
      const { exit } = await next.stop(30)
      expect(exit === 0, `exit ${exit}: ${await next.logs()}`)
      const third = await start(world, again, { volume: 'oom' })
      await until('its application', 20, async () => (await statusOf(`${third.app}/health`)) === 200, third)
      await wait(500)
      await third.stop(30)
      const { units, records } = await billed(world, OTHER_ACCOUNT)
      expect(units === 5 && records === 1, `${units} units in ${records} records: ${await next.logs()}`)
    },
  )
  await check(
    'what an application leaves behind is cleared once it has ended: none stays a zombie',
    async () => {
      const container = await start(world, await aws.runTask(ACCOUNT), { command: ['node', '-e', LEAVES] })
      expect((await container.ended()) === 0, await container.logs())
      expect(/^ORPHANS of 1,1,1 left $/m.test(await container.logs()), await container.logs())
    },
  )
  await check('the exit code of the application is the container’s, or 128 and its signal', async () => {
    for (const [code, exit] of [
      ['process.exit(3)', 3],
      ['process.kill(process.pid, "SIGHUP")', 129],
    ] as const) {
      const container = await start(world, await aws.runTask(ACCOUNT), { command: ['node', '-e', code] })
      const ended = await container.ended()
      expect(ended === exit, `it ended with ${ended}: ${await container.logs()}`)
    }
  })
  await check('a new volume belongs to the user of the image', async () => {
    const { out } = await ground.run('podman', 'volume', 'inspect', '--format', '{{.UID}}', 'oom')
    const mount = (
      await ground.must('podman', 'volume', 'inspect', '--format', '{{.Mountpoint}}', 'oom')
    ).trim()
    const owner = (await ground.must('stat', '-c', '%u', mount)).trim()
    expect(owner === '65532', `${owner} (${out.trim()})`)
  })
}
