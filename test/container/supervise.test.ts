/** PID 1 (issue 4, 5 b): what the application is started with, what of its end is passed up, and when it is killed. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { EventEmitter } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { childEnvironment, shareOfStop, supervise, type Supervised } from '../../container/supervise.ts'
import { countZombies, sayZombies } from '../../container/zombies.ts'

const posix = test.skipIf(process.platform === 'win32')

interface Run {
  readonly supervised: Supervised
  readonly host: EventEmitter
  readonly ending: string[]
  /** The time after an ending signal is over. */
  readonly late: () => void
}

/** Runs a line of JavaScript as the application. */
function run(code: string, command: readonly string[] = [process.execPath, '-e', code]): Run {
  const host = new EventEmitter()
  const ending: string[] = []
  let late = (): void => undefined
  const supervised = supervise(command, process.env, 1_000, {
    host,
    pause: () => new Promise((done) => (late = () => done())),
    onEnding: (why) => ending.push(why),
  })
  return { supervised, host, ending, late: () => late() }
}

test.each([0, 1, 7, 255])('the exit code %i of the application is passed up', async (code) => {
  expect(await run(`process.exit(${code})`).supervised.ended).toEqual({ kind: 'ended', code, signal: null })
})

posix.each([
  ['SIGKILL', 137],
  ['SIGTERM', 143],
  ['SIGABRT', 134],
] as const)('one that %s ended, ends it with %i', async (signal, code) => {
  const { supervised } = run(`process.kill(process.pid, '${signal}'); setInterval(() => {}, 1e6)`)
  expect(await supervised.ended).toEqual({ kind: 'ended', code, signal })
})

const NO_FILE = 'there is no such file in the image, or not what runs it (its interpreter or loader)'

posix.each([
  ['that is not there', '/no/such/file', NO_FILE],
  ['under what is no folder', '/etc/passwd/x', NO_FILE],
  ['that is a folder', '/tmp', 'it is no file that this user may run'],
  ['of no letters', '', 'the system said ERR_INVALID_ARG_VALUE'],
])('a command %s is not started: 78, and whose move it is', async (_, file, why) => {
  const end = await run('', [file]).supervised.ended
  expect(end).toEqual({
    kind: 'not-started',
    code: 78,
    message: `The application was not started: ${JSON.stringify(file)}: ${why}. Correct the command after \`run --\`.`,
  })
})

posix('no word of its arguments is read by a shell', async () => {
  const code = 'process.exit(process.argv[1] === "$(exit 3) ; && *" ? 0 : 1)'
  expect(await run('', [process.execPath, '-e', code, '$(exit 3) ; && *']).supervised.ended).toMatchObject({
    code: 0,
  })
})

const waits = `setInterval(() => {}, 1e6)
  const heard = []
  for (const one of ['SIGHUP', 'SIGUSR2', 'SIGWINCH', 'SIGCONT']) process.on(one, () => heard.push(one))
  process.on('SIGTERM', () => setTimeout(() => process.exit(40 + heard.length), 100))
  require('fs').writeFileSync(process.argv[1], '')`

/** Until the application has written its file. */
async function untilThere(path: string): Promise<void> {
  await expect.poll(() => existsSync(path), { timeout: 30_000, interval: 5 }).toBe(true)
}

posix('signals are passed on one by one, and SIGTERM lets it end by itself', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-supervise-'))
  const there = join(folder, 'there')
  const { supervised, host, ending } = run('', [process.execPath, '-e', waits, there])
  await untilThere(there)
  for (const signal of ['SIGHUP', 'SIGUSR2', 'SIGWINCH', 'SIGCONT']) host.emit(signal)
  host.emit('SIGTERM')
  expect(await supervised.ended).toEqual({ kind: 'ended', code: 44, signal: null })
  expect([ending, host.eventNames()]).toEqual([['SIGTERM'], []])
  rmSync(folder, { recursive: true })
})

posix('one that does not end in its time is killed, and one whose entitlement ended is ended', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-supervise-'))
  const there = join(folder, 'there')
  const deaf =
    "process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6); require('fs').writeFileSync(process.argv[1], '')"
  const { supervised, ending, late } = run('', [process.execPath, '-e', deaf, there])
  await untilThere(there)
  supervised.end('the entitlement ended')
  late()
  expect(await supervised.ended).toEqual({ kind: 'ended', code: 137, signal: 'SIGKILL' })
  expect(ending).toEqual(['the entitlement ended'])
  rmSync(folder, { recursive: true })
})

test('the application gets its own environment and AWS’s, where to report, and no setting or key of ours', () => {
  const env = {
    PATH: '/bin',
    AWS_REGION: 'eu-west-1',
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/x',
    TOLLGATE_EDGE_KEY: 'tg_secret',
    TOLLGATE_AGENT_KEY: 'secret',
    TOLLGATE_SPOOL: '/data',
    TOLLGATE_TOKEN: 'of an outer one',
  }
  expect(childEnvironment(env, { url: 'http://127.0.0.1:4780', token: 'fresh' })).toEqual({
    PATH: '/bin',
    AWS_REGION: 'eu-west-1',
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/x',
    TOLLGATE_URL: 'http://127.0.0.1:4780',
    TOLLGATE_TOKEN: 'fresh',
  })
})

test.each([
  [25_000, 15_000, 10_000],
  [10_000, 6_000, 4_000],
  [1_000, 600, 400],
  [120_000, 110_000, 10_000],
])('of %i ms the application has %i and the last hour %i', (stopMs, applicationMs, meterMs) => {
  expect(shareOfStop(stopMs)).toEqual({ applicationMs, meterMs })
})

test('ended processes of this one are counted whatever their names are, and two are worth a line', () => {
  const proc = mkdtempSync(join(tmpdir(), 'tollgate-proc-'))
  const stats = {
    7: '7 (node) S 1 7 7 0',
    8: '8 (sh) Z 1 8 8 0',
    9: '9 (a) Z 9 (b) Z 1 9 9 0',
    10: '10 (of another) Z 7 10 10 0',
  }
  for (const [pid, stat] of Object.entries(stats)) {
    mkdirSync(join(proc, pid))
    writeFileSync(join(proc, pid, 'stat'), stat)
  }
  expect([countZombies(1, proc), countZombies(7, proc), countZombies(1, join(proc, 'none'))]).toEqual([
    2, 1, 0,
  ])
  expect([sayZombies(1), sayZombies(2)]).toEqual([null, expect.stringContaining('own entry point')])
  rmSync(proc, { recursive: true })
})
