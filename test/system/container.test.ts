/** A container's start and end as a real process against the simulator: each exit code with its one line, and what an entitled one does. */
import { existsSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EXIT } from '../../container/exit.ts'
import type { ContainerView } from '../../shared/seller/views.ts'
import { HOUR_MS, NOON } from '../simulator/market.ts'
import { openSimulator, type Simulator } from '../simulator/simulator.ts'
import {
  environmentOf,
  startContainer,
  testFolder,
  type ContainerProcess,
  type Starting,
} from '../support/container.ts'
import { METERED, productView, viewOf } from '../support/container-view.ts'

const MINUTE_MS = 60_000

/** An application that says that it was started. */
function application(): { readonly argv: readonly string[]; readonly wasStarted: () => boolean } {
  const mark = join(testFolder(), 'started')
  const script = `require('node:fs').writeFileSync(${JSON.stringify(mark)}, ''); setInterval(() => {}, 1e6)`
  return { argv: ['run', '--', process.execPath, '-e', script], wasStarted: () => existsSync(mark) }
}

/** Runs a start that must not succeed: its code, and its last lines that are no log. */
async function refused(starting: Starting): Promise<{ code: number | null; said: readonly string[] }> {
  const app = application()
  const container = startContainer({ argv: app.argv, ...starting })
  const code = await container.exited
  expect(app.wasStarted()).toBe(false)
  return { code, said: container.lines.filter((line) => !line.startsWith('{')) }
}

async function refusedTask(
  simulator: Simulator,
  more: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; said: readonly string[] }> {
  const task = await simulator.runTask('ecs', { product: 'metered' })
  return refused({ env: { ...environmentOf(task), ...more }, view: viewOf(METERED) })
}

const one = (exit: number, code: string) => [
  expect.stringMatching(new RegExp(`^tollgate: not started \\(exit ${exit}, ${code}\\): .{60,}$`)),
]

test('without a role it ends with 78 and has asked nobody anything (issue, Identity)', async () => {
  let connections = 0
  const server = createServer(() => (connections += 1)).listen(0, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  const { port } = server.address() as AddressInfo
  const env = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${port}`,
    AWS_REGION: 'us-east-1',
  }
  const { code, said } = await refused({ env, view: viewOf(METERED) })
  await new Promise((done) => server.close(done))
  expect([code, said, connections]).toEqual([EXIT.settings, one(78, 'no-credentials'), 0])
})

test('an account that did not subscribe ends with 77, and the application was never started (issue, Start)', async () => {
  const { code, said } = await refusedTask(await openSimulator())
  expect([code, said]).toEqual([EXIT.notEntitled, one(77, 'not-entitled')])
  expect(said[0]).toContain('subscribe to it in AWS Marketplace')
})

test('a platform that AWS does not serve, and a Region that is not the task’s, end with 69 (facts §3)', async () => {
  const simulator = await openSimulator()
  const fault = { kind: 'refused', code: 'PlatformNotSupportedException' } as const
  await simulator.store.run({ kind: 'set_fault', on: 'MeterUsage', fault })
  const platform = await refusedTask(simulator)
  const region = await refusedTask(simulator, { AWS_REGION: 'eu-west-1' })
  expect([platform, region]).toEqual([
    { code: EXIT.platform, said: one(69, 'platform-not-supported') },
    { code: EXIT.platform, said: one(69, 'wrong-region') },
  ])
})

test('throttled for 30 minutes it ends with 75; throttled for a while it comes up (issue, Start)', async () => {
  const simulator = await openSimulator()
  await simulator.buyActive('metered')
  await simulator.store.run({
    kind: 'set_fault',
    on: 'MeterUsage',
    fault: { kind: 'refused', code: 'ThrottlingException' },
    probability: 1,
  })
  const ended = await refusedTask(simulator, { TEST_SPEED: '3000' })
  expect(ended).toEqual({ code: EXIT.unreachable, said: one(75, 'throttled') })

  const task = await simulator.runTask('ecs', { product: 'metered' })
  const container = startContainer({
    env: { ...environmentOf(task), TEST_SPEED: '100' },
    view: viewOf(METERED),
  })
  const waits = await container.logged('start-waits')
  expect(await container.get('/readyz')).toMatchObject({ ready: false, state: 'starting' })
  await simulator.store.run({ kind: 'clear_faults' })
  await container.logged('ready')
  expect([String(waits['why']), (await container.get('/readyz'))['ready']]).toEqual([
    expect.stringContaining('ThrottlingException'),
    true,
  ])
  container.kill()
  expect(await container.exited).toBe(EXIT.ended)
})

test('a fault of our own ends with 70 and one line', async () => {
  const simulator = await openSimulator()
  await simulator.buyActive('metered')
  const task = await simulator.runTask('eks', { product: 'metered' })
  const thrower = "process.on('SIGUSR2', () => { throw new Error('a fault') })"
  const container = startContainer({
    env: environmentOf(task),
    view: viewOf(METERED),
    flags: ['--import', `data:text/javascript,${encodeURIComponent(thrower)}`],
  })
  await container.logged('ready')
  container.kill('SIGUSR2')
  expect(await container.exited).toBe(EXIT.fault)
  expect(container.lines.filter((line) => !line.startsWith('{'))).toEqual([
    expect.stringMatching(/^tollgate: a fault of our own \(exit 70\): Error: a fault \| at /),
  ])
})

test('by usage each ended hour is billed once, and SIGTERM sends the hour in progress (issue, Meter)', async () => {
  const simulator = await openSimulator()
  await simulator.buyActive('metered')
  const task = await simulator.runTask('ecs', { product: 'metered' })
  const container = startContainer({ env: environmentOf(task), view: viewOf(METERED) })
  await container.logged('ready')
  const billed = () =>
    Object.values(simulator.store.state.bill).map(({ hour, quantity, task: of }) => [hour, quantity, of])
  const events = [
    { id: 'a', meter: 'calls', quantity: 7, time: new Date(NOON).toISOString() },
    { id: 'b', meter: 'calls', quantity: 5, time: new Date(NOON + HOUR_MS).toISOString() },
  ]
  expect(await container.report(events[0] ?? {})).toBeLessThan(300)
  await moveTo(simulator, container, NOON + HOUR_MS)
  const open = await container.step('settled', { before: NOON + HOUR_MS })
  await moveTo(simulator, container, NOON + HOUR_MS + 16 * MINUTE_MS)
  const settled = await container.step('settled', { before: NOON + HOUR_MS })
  const closed = billed()
  expect(await container.report(events[1] ?? {})).toBeLessThan(300)
  container.kill()
  expect([await container.exited, open['settled'], settled, closed, billed()]).toEqual([
    EXIT.ended,
    false,
    { settled: true, waiting: [] },
    [[NOON, 7, task.task]],
    [
      [NOON, 7, task.task],
      [NOON + HOUR_MS, 5, task.task],
    ],
  ])
})

const hourly = async (simulator: Simulator): Promise<ContainerView> => {
  const pem = await (await fetch(`${simulator.url}/products/hourly/public-key.pem`)).text()
  return viewOf(productView('hourly', 'hourly', { register: { publicKeyVersion: 1, publicKey: pem } }))
}

test.each([
  { registerClaims: 'camelCase', registerKeyBits: '1024' },
  { registerClaims: 'PascalCase', registerKeyBits: '4096' },
] as const)(
  'by the hour it starts with AWS’s signature, claims $registerClaims, $registerKeyBits bits',
  async (knobs) => {
    const simulator = await openSimulator()
    await simulator.store.run({ kind: 'set_knobs', knobs })
    await simulator.buyActive('hourly')
    const task = await simulator.runTask('eks', { product: 'hourly' })
    const view = await hourly(simulator)
    await simulator.store.run({ kind: 'rotate_key', product: 'hourly' })
    const container = startContainer({ env: environmentOf(task), view })
    await container.logged('ready')
    expect(await container.get('/status')).toMatchObject({
      entitlement: { entitled: true, pricing: 'hourly' },
      platform: { kind: 'eks', region: 'us-east-1', task: expect.stringMatching(/^pod\/[0-9a-f-]{36}$/) },
      alarms: [expect.stringContaining('AWS has replaced public key version 1')],
    })
  },
)

test('an answer that the key in the image did not sign ends with 77: it is no word of AWS’s', async () => {
  const simulator = await openSimulator()
  await simulator.buyActive('hourly')
  const task = await simulator.runTask('ecs', { product: 'hourly' })
  const pem = await (await fetch(`${simulator.url}/products/metered/public-key.pem`)).text()
  const view = viewOf(productView('hourly', 'hourly', { register: { publicKeyVersion: 1, publicKey: pem } }))
  const { code, said } = await refused({ env: environmentOf(task), view })
  expect([code, said]).toEqual([EXIT.notEntitled, one(77, 'bad-signature')])
})

const PLANS = [
  { key: 'team', features: ['search'], limits: {} },
  { key: 'enterprise', features: ['search', 'sso'], limits: {} },
]

const TIERS = viewOf(
  productView('licensed', 'contract', {
    checkouts: [
      { key: 'BasicTier', checkout: { kind: 'tier' }, plan: 'team' },
      { key: 'PremiumTier', checkout: { kind: 'tier' }, plan: 'enterprise' },
    ],
  }),
  PLANS,
)

const SEATS = viewOf(
  productView('licensed', 'contract', {
    checkouts: [{ key: 'seats', checkout: { kind: 'floating', quantity: 6 }, plan: 'team' }],
  }),
  PLANS,
)

async function buy(simulator: Simulator, key: string, quantity = 1): Promise<string> {
  const bought = await simulator.store.run({
    kind: 'subscribe',
    product: 'licensed',
    account: '000011112222',
    licenseDelayMs: 0,
    term: 'month',
    bought: [{ dimension: key, quantity }],
  })
  if (!bought.ok) throw new Error(bought.error.message)
  return bought.value.agreementId
}

/** Moves both sides, as the stepper does. */
async function moveTo(simulator: Simulator, container: ContainerProcess, now: number): Promise<unknown> {
  await simulator.store.run({ kind: 'set_business_time', now })
  await simulator.store.run({ kind: 'release_due' })
  return (await container.step('step', { now }))['did']
}

test('an upgrade and a renewal are there within 15 minutes, without a restart (issue, Pricing modes)', async () => {
  const simulator = await openSimulator()
  const agreementId = await buy(simulator, 'BasicTier')
  const task = await simulator.runTask('ecs', { product: 'licensed' })
  const container = startContainer({ env: environmentOf(task), view: TIERS })
  const granted = async (): Promise<unknown> => {
    const { plan, features, access } = await container.get('/v1/entitlements')
    return { plan, features, access }
  }
  await container.logged('ready')
  const before = await granted()
  await simulator.store.run({
    kind: 'amend',
    agreementId,
    bought: [{ dimension: 'PremiumTier', quantity: 1 }],
  })
  await moveTo(simulator, container, NOON + 15 * MINUTE_MS)
  const upgraded = await granted()
  await simulator.store.run({ kind: 'renew', agreementId })
  await moveTo(simulator, container, NOON + 30 * MINUTE_MS)
  expect([before, upgraded, await granted()]).toEqual([
    { plan: 'team', features: ['search'], access: true },
    { plan: 'enterprise', features: ['search', 'sso'], access: true },
    { plan: 'enterprise', features: ['search', 'sso'], access: true },
  ])
})

test('SIGTERM ends with 0 and gives the seats back; a restart in the same task goes on with its own', async () => {
  const simulator = await openSimulator()
  await buy(simulator, 'seats', 10)
  const task = await simulator.runTask('ecs', { product: 'licensed' })
  const spool = testFolder()
  const held = (): number => Object.keys(simulator.store.state.checkouts).length
  const start = (): ContainerProcess => startContainer({ env: environmentOf(task, spool), view: SEATS })

  const crashed = start()
  await crashed.logged('ready')
  crashed.kill('SIGKILL')
  await crashed.exited
  const other = await simulator.runTask('ecs', { product: 'licensed' })
  const second = await refused({ env: environmentOf(other), view: SEATS })
  // Six of ten are held: six more are not free, and the same task needs none more.
  const again = start()
  await again.logged('ready')
  expect([second, held()]).toEqual([{ code: EXIT.notEntitled, said: one(77, 'no-entitlements') }, 1])
  again.kill()
  expect([await again.exited, held()]).toEqual([EXIT.ended, 0])
})

test('what is drawn is drawn once, however often the container is started in its task (facts §6.3)', async () => {
  const simulator = await openSimulator()
  await buy(simulator, 'exports', 100)
  const task = await simulator.runTask('ecs', { product: 'licensed' })
  const spool = testFolder()
  const view = viewOf(
    productView('licensed', 'contract', {
      checkouts: [{ key: 'exports', checkout: { kind: 'drawdown', quantity: 60 }, plan: 'team' }],
    }),
    PLANS,
  )
  // The first answer is lost on its way.
  await simulator.store.run({ kind: 'set_fault', on: 'CheckoutLicense', fault: { kind: 'lost_reply' } })
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    const container = startContainer({
      env: { ...environmentOf(task, spool), TEST_SPEED: '100' },
      view,
    })
    await container.logged('ready')
    container.kill(signal)
    await container.exited
  }
  const drawn = Object.values(simulator.store.state.checkouts)
  expect(drawn.map(({ type, given }) => [type, given])).toEqual([
    ['PERPETUAL', [{ name: 'exports', value: 60 }]],
  ])
})

test('when the contract has ended and the settings say so, it ends with 76 (issue, Two ways in)', async () => {
  const simulator = await openSimulator()
  const agreementId = await buy(simulator, 'PremiumTier')
  const task = await simulator.runTask('ecs', { product: 'licensed' })
  const app = application()
  const container = startContainer({
    env: { ...environmentOf(task), TOLLGATE_ON_ENTITLEMENT_END: 'stop' },
    view: TIERS,
    argv: app.argv,
  })
  await container.logged('ready')
  await expect.poll(app.wasStarted, { timeout: 30_000, interval: 20 }).toBe(true)
  await simulator.store.run({ kind: 'cancel', agreementId, by: 'seller' })
  for (let minutes = 15; minutes <= 45; minutes += 5)
    await moveTo(simulator, container, NOON + minutes * MINUTE_MS).catch(() => undefined)
  expect(await container.exited).toBe(EXIT.entitlementEnded)
})
