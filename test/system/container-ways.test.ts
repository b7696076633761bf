/**
 * The container's ways in as processes (issue 4, 5 and 6): the package in an empty project, and the supervisor around a command, both
 * reporting to the Worker on this machine. Real signals; a namespace of its own where the system gives one.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleContainer } from '../../commands/container-bundle.ts'
import { type RunningWorker, startWorker } from '../bench/worker.ts'
import { ROOT } from '../support/repository.ts'

const isPosix = process.platform !== 'win32'
/** A process namespace, as a container has one: of root on Linux. */
const namespace = ['--fork', '--pid', '--mount-proc', '--kill-child']
const hasNamespaces =
  process.platform === 'linux' &&
  spawnSync('unshare', [...namespace, 'true'], { timeout: 5_000 }).status === 0

let folder: string
let worker: RunningWorker
let ran: ChildProcess[]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tollgate-ways-'))
  ran = []
  worker = await startWorker(5)
  // As `npm run image -- --edge` builds it: no product's code is trusted.
  const bundle = await bundleContainer(ROOT, 'main.ts', { products: [] })
  if (!bundle.ok) throw new Error(bundle.error)
  writeFileSync(join(folder, 'tollgate.mjs'), bundle.value.text)
})
afterAll(async () => {
  for (const child of ran) if (child.exitCode === null) child.kill('SIGKILL')
  await worker.stop()
  rmSync(folder, { recursive: true, force: true })
})

function tool(name: string, ...args: readonly string[]): string {
  const done = spawnSync(name, args, { cwd: folder, encoding: 'utf8', shell: !isPosix })
  expect([name, done.status, done.status === 0 ? '' : done.stdout + done.stderr]).toEqual([name, 0, ''])
  return done.stdout
}

/** The environment of a seller's own service, with a spool of its own. */
const environment = (subscription: number, more: Record<string, string> = {}): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  TOLLGATE_TARGET: 'edge',
  TOLLGATE_EDGE_URL: `http://127.0.0.1:${worker.port}`,
  TOLLGATE_EDGE_KEY: worker.apiKey,
  TOLLGATE_EDGE_SUBSCRIPTION: worker.subscriptions[subscription] ?? '',
  TOLLGATE_SPOOL: join(folder, `spool-${subscription}`),
  TOLLGATE_PORT: '0',
  ...more,
})

interface Run {
  readonly child: ChildProcess
  /** Resolves once a line with `text` was printed. */
  readonly says: (text: string) => Promise<string>
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  readonly output: () => string
}

function run(command: readonly string[], env: Record<string, string>): Run {
  const [file = '', ...args] = command
  const child = spawn(file, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  ran.push(child)
  let printed = ''
  child.stdout.on('data', (part) => (printed += String(part)))
  child.stderr.on('data', (part) => (printed += String(part)))
  const ended: Run['ended'] = new Promise((done) =>
    child.once('close', (code, signal) => done({ code, signal })),
  )
  return {
    child,
    ended,
    output: () => printed,
    async says(text) {
      await expect.poll(() => printed, { timeout: 30_000, interval: 20 }).toContain(text)
      return printed.split('\n').find((line) => line.includes(text)) ?? ''
    },
  }
}

/** What the Worker has counted of API calls. */
async function counted(subscription: number): Promise<string> {
  const url = `http://127.0.0.1:${worker.port}/v1/subscriptions/${worker.subscriptions[subscription]}/entitlements`
  const response = await fetch(url, { headers: { authorization: `Bearer ${worker.apiKey}` } })
  const { usage } = (await response.json()) as { usage: { dimensions: { meter: string; used: string }[] } }
  return usage.dimensions.find((one) => one.meter === 'api_calls')?.used ?? '0'
}

const SERVER = `
  import { createServer } from 'node:http'
  import { createMeter } from 'tollgate-container'
  const meter = await createMeter()
  const calls = meter.counter('api_calls')
  const server = createServer((request, response) => { calls.add(); response.end(JSON.stringify(meter.entitlements())) })
  server.listen(0, '127.0.0.1', () => console.log('listens on ' + server.address().port + ' pid ' + process.pid))
  if (process.argv[2] === 'drains') process.on('SIGTERM', () => server.close())
`

test('the package is one file with types, installs offline into an empty project, and its types hold under strict', () => {
  const tarball = tool('node', join(ROOT, 'commands', 'pack-container.mjs'), '--edge', '--out', folder).trim()
  writeFileSync(join(folder, 'package.json'), '{"name":"app","private":true,"type":"module"}')
  tool('npm', 'install', '--offline', '--no-audit', '--no-fund', tarball)
  const installed = join(folder, 'node_modules', 'tollgate-container')
  const manifest: unknown = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  expect(manifest).not.toHaveProperty('dependencies')
  writeFileSync(
    join(folder, 'app.ts'),
    `import { createMeter, type ApplicationMeter, type Counter, type Usage } from 'tollgate-container'
     const meter: ApplicationMeter = await createMeter({ signals: 'application', onEntitlements: (now) => now.features })
     const calls: Counter = meter.counter('api_calls')
     const usage: Usage = { meter: 'users', key: 'ada' }
     calls.add(3); meter.count('api_calls')
     const taken: boolean = meter.report(usage)
     console.log(taken, await meter.flush(), (await meter.close()).records)`,
  )
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  tool('node', tsc, '--noEmit', '--strict', '--target', 'es2024', '--module', 'nodenext', 'app.ts')
  writeFileSync(join(folder, 'server.js'), SERVER)
})

test('what is sold is within the package, and no more of seller.config.ts than that', async () => {
  const bundle = await bundleContainer(ROOT, 'in-process.ts')
  const text = bundle.ok ? bundle.value.text : ''
  expect(text).toContain('9w3jx5t7q1bn4gz6k8yd2vhm0')
  expect(text).not.toContain('4dz8m1rf6yq2w7kx9p3vc5hn0')
  expect(text.length).toBeLessThan(700_000)
})

test('in a process of its own it refuses what may not run in one line, before the application listens', async () => {
  const { ended, output } = run([process.execPath, 'server.js'], { PATH: process.env['PATH'] ?? '' })
  expect(await ended).toEqual({ code: 78, signal: null })
  expect(output().trim().split('\n')).toEqual([expect.stringMatching(/^tollgate: not started \(exit 78, /)])
})

test('in a process of its own what was counted is at the edge when SIGTERM has ended it', async () => {
  const app = run([process.execPath, 'server.js', 'drains'], environment(0))
  const port = /listens on (\d+)/.exec(await app.says('listens on'))?.[1]
  for (let call = 0; call < 25; call += 1) {
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })
    expect(await response.json()).toMatchObject({ access: true, pricing: 'edge' })
  }
  app.child.kill('SIGTERM')
  expect((await app.ended).code).toBe(isPosix ? 0 : null)
  if (isPosix) expect(await counted(0)).toBe('25')
})

test.skipIf(!isPosix)(
  'SIGKILL loses at most the last second; what was flushed is sent by the next process of the task',
  async () => {
    const code = `
    import { createMeter } from 'tollgate-container'
    const meter = await createMeter()
    meter.count('api_calls', 7)
    console.log('kept', await meter.flush())
    meter.count('api_calls', 100)
    process.kill(process.pid, 'SIGKILL')`
    writeFileSync(join(folder, 'killed.js'), code)
    const nobody = { TOLLGATE_EDGE_URL: 'http://127.0.0.1:9' }
    const killed = run([process.execPath, 'killed.js'], environment(1, nobody))
    expect((await killed.ended).signal).toBe('SIGKILL')
    expect(killed.output()).toContain('kept true')
    writeFileSync(
      join(folder, 'next.js'),
      `import { createMeter } from 'tollgate-container'
     const meter = await createMeter({ signals: 'application' })
     console.log('left', (await meter.close(10000)).records)`,
    )
    const next = run([process.execPath, 'next.js'], environment(1))
    expect([(await next.ended).code, next.output()]).toEqual([0, expect.stringContaining('left 0')])
    expect(await counted(1)).toBe('7')
  },
)

/** How the supervisor is run: in a namespace where it is PID 1, or plainly. */
const supervisor = (...command: readonly string[]): readonly string[] => {
  const plain = [process.execPath, 'tollgate.mjs', 'run', '--', ...command]
  return hasNamespaces ? ['unshare', ...namespace, ...plain] : plain
}

/** The supervisor itself: in a namespace the child of the one that made it. */
function supervisorPid(child: ChildProcess): number {
  const pid = child.pid ?? 0
  if (!hasNamespaces) return pid
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0])
}

test.skipIf(!isPosix)(
  'supervised, an application reports over loopback; SIGTERM lets it drain, and then its last usage is sent',
  async () => {
    const app = run(supervisor(process.execPath, 'server.js', 'drains'), environment(2))
    const port = /listens on (\d+)/.exec(await app.says('listens on'))?.[1]
    for (let call = 0; call < 25; call += 1)
      await (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).text()
    process.kill(supervisorPid(app.child), 'SIGTERM')
    expect((await app.ended).code).toBe(0)
    expect(await counted(2)).toBe('25')
    expect(app.output()).not.toContain(worker.apiKey)
  },
)

test.skipIf(!isPosix)(
  'supervised, a command of any language reports by HTTP, sees no key of ours, and its exit code is passed up',
  async () => {
    const code = `
    const ours = Object.keys(process.env).filter((name) => name.startsWith('TOLLGATE_')).sort()
    const { TOLLGATE_URL, TOLLGATE_TOKEN } = process.env
    const send = (token) => fetch(TOLLGATE_URL + '/v1/usage', { method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer ' + token },
      body: JSON.stringify({ id: 'one', meter: 'api_calls', quantity: 3, time: new Date().toISOString() }) })
    const said = [(await send('wrong')).status, (await send(TOLLGATE_TOKEN)).status, (await send(TOLLGATE_TOKEN)).status]
    console.log(JSON.stringify({ ours, said }))
    process.exit(41)`
    const app = run(supervisor(process.execPath, '--input-type=module', '-e', code), environment(3))
    expect((await app.ended).code).toBe(41)
    const line =
      app
        .output()
        .split('\n')
        .find((one) => one.startsWith('{"ours"')) ?? '{}'
    expect(JSON.parse(line)).toEqual({ ours: ['TOLLGATE_TOKEN', 'TOLLGATE_URL'], said: [401, 200, 200] })
    expect(await counted(3)).toBe('3')
  },
)

test.skipIf(!hasNamespaces)(
  'as PID 1 without the init of the image it keeps orphans that ended, and says so',
  async () => {
    const code = `
    const { spawn } = require('node:child_process')
    const orphans = 'for i in 1 2 3; do (sleep 0.1 &) ; done'
    spawn('sh', ['-c', orphans]).on('exit', () => setTimeout(async () => {
      const { alarms } = await (await fetch(process.env.TOLLGATE_URL + '/status')).json()
      console.log(JSON.stringify(alarms))
    }, 500))`
    const app = run(supervisor(process.execPath, '-e', code), environment(4))
    await app.ended
    expect(app.output()).toContain('3 processes that the application left behind have ended')
    expect(app.output()).toContain('own entry point')
  },
)
