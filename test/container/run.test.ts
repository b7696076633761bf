/** The order of a container's end (design §7): drain, stop intake, close the meter, exit code; and what an application hears under it. */
import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openApplicationMeter } from '../../container/in-process/application-meter.ts'
import { openSupervisor, supervisorIn } from '../../container/in-process/attached.ts'
import { supervisorSink } from '../../container/in-process/sinks.ts'
import type { Entitlements } from '../../container/entitlement/mode.ts'
import { refusalLine } from '../../container/exit.ts'
import { runApplication, serveAlone } from '../../container/run.ts'
import { createRuntime, type Runtime } from '../../container/runtime.ts'
import { openDoor, type OpenDoor } from '../../container/serve.ts'
import type { Log } from '../../container/log-port.ts'
import { type Books, openBooks } from './books.ts'

const NOW = Date.parse('2026-11-21T10:15:00Z')
const TOKEN = 'the-token-of-this-start'

let books: Books
let runtime: Runtime
let door: OpenDoor
let host: EventEmitter
let events: string[]
let lines: string[]
let changed: ((now: Entitlements) => void)[]
let entitlement: Entitlements

const log: Log = {
  info: (event) => events.push(event),
  warn: (event) => events.push(event),
  error: (event) => events.push(event),
}
/** Nothing here is late. */
const pause = (_: number, signal?: AbortSignal): Promise<void> =>
  new Promise((done) => signal?.addEventListener('abort', () => done()))

beforeEach(async () => {
  books = openBooks(NOW)
  host = new EventEmitter()
  events = []
  lines = []
  changed = []
  entitlement = {
    pricing: 'contract',
    entitled: true,
    dimensions: [],
    plan: null,
    features: ['search'],
    until: null,
    checkedAt: NOW,
  }
  runtime = createRuntime({
    product: null,
    platform: null,
    // In the place of AWS's word.
    mode: {
      name: 'license',
      nextWake: () => null,
      runDue: () => Promise.resolve([]),
      ask: () => Promise.resolve({ kind: 'entitled', entitlements: entitlement, warnings: [] }),
      entitlements: () => entitlement,
      warnings: () => [],
      onChange: (listen) => changed.push(listen),
      release: () => Promise.resolve(void events.push('license-given-back')),
    },
    meter: null,
    intake: books.intake,
    others: [],
    startedAt: NOW,
    warnings: () => [],
    skewMs: () => null,
    now: () => books.now,
    pause,
    steadyMs: () => performance.now(),
    rest: () => Promise.resolve(void events.push('parts-at-rest')),
  })
  door = await openDoor({ reach: 'loopback', token: TOKEN }, 0, {
    seller: { products: [], plans: [] },
    clocks: { business: () => books.now, wall: () => NOW },
    log,
    pid: process.pid,
    wrap: (handle) => handle,
    soon: setImmediate,
  })
})
afterEach(async () => {
  await door.close(0)
  books.close()
})

/** Of a run with the application `command`. */
const startCommand = (command: readonly string[], onEntitlementEnd: 'continue' | 'stop'): Promise<number> =>
  runApplication(command, runtime, {
    settings: { stopMs: 10_000, onEntitlementEnd },
    env: process.env,
    token: TOKEN,
    door,
    host,
    pause,
    log,
    say: (line) => lines.push(line),
  })
const start = (code: string, onEntitlementEnd: 'continue' | 'stop' = 'continue'): Promise<number> =>
  startCommand([process.execPath, '-e', code], onEntitlementEnd)

const end = (entitled: boolean): void => {
  entitlement = { ...entitlement, entitled }
  for (const listen of changed) listen(entitlement)
}

test('an application that ends closes intake, parts and license, in this order, and its code is the container’s', async () => {
  door.serves(runtime)
  expect(await start('process.exit(9)')).toBe(9)
  expect(events).toEqual(['application-ended', 'parts-at-rest', 'license-given-back'])
})

test('an application that cannot be started leaves one line, at any log level, after the license was given back', async () => {
  door.serves(runtime)
  expect(await startCommand(['/etc/passwd/x'], 'continue')).toBe(78)
  expect([events, lines]).toEqual([
    ['parts-at-rest', 'license-given-back'],
    [
      expect.stringMatching(
        /^tollgate: not started \(exit 78, command\): .*"\/etc\/passwd\/x".*Correct the command/,
      ),
    ],
  ])
})

test('a refusal is one line, whatever AWS or the environment wrote into it', () => {
  const refusal = { exit: 69, code: 'wrong-region', message: 'Region a\r\nb\u001b[2J is none.' }
  expect(refusalLine(refusal)).toBe('tollgate: not started (exit 69, wrong-region): Region a b [2J is none.')
})

const waits = 'setInterval(() => {}, 1e6)'

test.skipIf(process.platform === 'win32')(
  'an entitlement that ended ends the application with 76 where the settings say so',
  async () => {
    door.serves(runtime)
    const code = start(waits, 'stop')
    end(false)
    expect([await code, lines]).toEqual([76, [expect.stringContaining('(exit 76, entitlement-ended): ')]])
    expect(events[0]).toBe('application-ending')
  },
)

test('AWS lets a buyer who unsubscribes keep running: by default the application goes on', async () => {
  door.serves(runtime)
  const code = start('setTimeout(() => process.exit(5), 300)')
  end(false)
  expect(await code).toBe(5)
  expect(events).not.toContain('application-ending')
})

test('without an application SIGTERM ends it with 0', async () => {
  door.serves(runtime)
  const code = serveAlone(runtime, {
    settings: { stopMs: 10_000, onEntitlementEnd: 'continue' },
    door,
    host,
    log,
    say: (line) => lines.push(line),
  })
  host.emit('SIGTERM')
  expect(await code).toBe(0)
  expect(events).toEqual(['parts-at-rest', 'license-given-back'])
})

test('before AWS has answered status says what is waited for', async () => {
  door.waits('AWS cannot be reached')
  const status: unknown = await (await fetch(`${door.url}/status`)).json()
  expect(status).toEqual({ state: 'starting', now: '2026-11-21T10:15:00.000Z', why: 'AWS cannot be reached' })
})

test('a supervised application stamps what it counts with the supervisor’s time, and hears of changes', async () => {
  door.serves(runtime)
  const at = supervisorIn({ TOLLGATE_URL: door.url, TOLLGATE_TOKEN: TOKEN })
  expect([supervisorIn({}), at]).toEqual([null, { url: door.url, token: TOKEN }])
  const supervisor = openSupervisor(at ?? { url: '', token: '' }, () => NOW)
  expect((await supervisor.entitlements()).now).toMatchObject({ access: true, features: ['search'] })
  expect((await supervisor.entitlements()).changed).toBe(false)

  books.now = Date.parse('2026-12-24T18:00:00Z')
  end(false)
  const { now, changed: isOther } = await supervisor.entitlements()
  expect([isOther, now.access, now.features]).toEqual([true, false, []])
  expect(supervisor.now()).toBe(books.now)

  const refused: string[] = []
  const { meter } = openApplicationMeter({
    sink: supervisorSink(supervisor.ask),
    now: () => supervisor.now(),
    later: () => () => undefined,
    random: () => 0.5,
    source: 'local',
    epoch: 'an-epoch-of-this-start',
    onRefused: (all) => refused.push(...all.map(({ code }) => code)),
    onAgain: (why) => refused.push(why),
    everyMs: 1_000,
    bufferMax: 10,
    entitlements: () => now,
    status: () => ({}),
    end: () => Promise.resolve({ records: 0, message: null }),
    stopMs: 1_000,
  })
  meter.count('api_calls', 3)
  expect(meter.report({ meter: 'users', key: 'ada' })).toBe(true)
  expect(meter.report({ meter: 'users', key: '' })).toBe(false)
  expect(() => meter.count('')).toThrow(TypeError)
  expect(await meter.flush()).toBe(true)
  expect([refused, books.counted('api_calls'), books.counted('users')]).toEqual([['bad-key'], '3', '1'])

  door.stops()
  meter.count('api_calls', 4)
  expect(await meter.close()).toEqual({
    records: 1,
    message: expect.stringMatching(/^1 reports of usage are lost with the process, .*503/),
  })
  expect(meter.report({ meter: 'users', key: 'ada' })).toBe(false)
})
