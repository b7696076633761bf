/**
 * `metering: 'agent'` as processes against the simulator (money §11): an agent, two tasks that post to it, and the agent that follows
 * it on the same volume. Every charge that a task alone may not have, under a seller.config of the test's own.
 */
import { expect, test } from 'vitest'
import seller from '../../seller.config.ts'
import type { Charge, Dimension } from '../../shared/seller.ts'
import { defineSeller } from '../../shared/seller/define.ts'
import { containerView, simulatorView } from '../../shared/seller/views.ts'
import { BUYER, HOUR_MS, NOON } from '../simulator/market.ts'
import { openSimulator, type RunTask, type Simulator } from '../simulator/simulator.ts'
import { type ContainerProcess, environmentOf, startContainer, testFolder } from '../support/container.ts'
import { freePorts } from '../support/ports.ts'

const MINUTE_MS = 60_000
const KEY = 'the-secret-of-this-cluster'

const charged = (key: string, charge: Charge, plan?: string): Dimension => ({
  key,
  title: key,
  unit: 'Units',
  price: '0.10',
  metered: true,
  offered: true,
  charge,
  ...(plan === undefined ? {} : { plan }),
})

const [own] = seller.products.filter((product) => product.kind === 'container')
if (own === undefined) throw new Error('seller.config.ts has no container product')

/** Blocks beyond a fixed amount, an amount and a level of the plan, keys, peaks, values over time, and a dimension of each plan. */
const CONFIG = defineSeller({
  ...seller,
  meters: {
    users: { label: 'Users', unit: 'user' },
    api_calls: { label: 'API calls', unit: 'call' },
    exports: { label: 'Exports', unit: 'export' },
    hosts: { label: 'Hosts', unit: 'host' },
    storage_gb: { label: 'Storage', unit: 'GB' },
  },
  plans: seller.plans.map((plan) => ({
    ...plan,
    allowances: { exported: { amount: '10', per: 'month' }, stored: { level: '1440' } },
  })),
  products: [
    {
      ...own,
      metering: 'agent',
      defaultPlan: 'team',
      dimensions: [
        charged('called', {
          kind: 'sum',
          meter: 'api_calls',
          block: '1000',
          included: { amount: '2000', per: 'month' },
        }),
        charged('exported', { kind: 'sum', meter: 'exports', included: 'plan' }),
        charged('team_user', { kind: 'unique', meter: 'users' }, 'team'),
        charged('enterprise_user', { kind: 'unique', meter: 'users' }, 'enterprise'),
        charged('hosted', { kind: 'max', meter: 'hosts', window: 'hour' }),
        charged('stored', { kind: 'time-weighted', meter: 'storage_gb', included: 'plan' }),
      ],
    },
  ],
})
const VIEW = containerView(CONFIG)

interface Cluster {
  readonly simulator: Simulator
  readonly agent: () => Promise<ContainerProcess>
  readonly poster: (task: RunTask, spool: string) => Promise<ContainerProcess>
  /** What AWS would bill, by dimension: hour after noon, quantity. */
  readonly billed: () => Record<string, readonly (readonly [number, number])[]>
}

async function openCluster(): Promise<Cluster> {
  // Before the hour: an agent reports hours that begin after it.
  const simulator = await openSimulator(NOON - 10 * MINUTE_MS)
  const buyers = [{ account: BUYER, name: 'Buyer one' }]
  await simulator.store.run({ kind: 'set_view', view: { ...simulatorView(CONFIG), buyers } })
  await simulator.buyActive('container')
  const volume = testFolder()
  const [port] = await freePorts()
  const ready = async (container: ContainerProcess): Promise<ContainerProcess> => {
    await container.logged('ready')
    return container
  }
  const shared = { TOLLGATE_AGENT_KEY: KEY, TOLLGATE_STOP_SECONDS: '2' }
  return {
    simulator,
    async agent() {
      const task = await simulator.runTask('eks', { product: 'container' })
      const env = { ...environmentOf(task, volume), TOLLGATE_AGENT: 'listen', TOLLGATE_PORT: String(port) }
      return ready(startContainer({ env: { ...env, ...shared }, view: VIEW }))
    },
    poster(task, spool) {
      const env = { ...environmentOf(task, spool), TOLLGATE_AGENT: `http://127.0.0.1:${port}` }
      return ready(startContainer({ env: { ...env, ...shared }, view: VIEW }))
    },
    billed() {
      const billed: Record<string, (readonly [number, number])[]> = {}
      for (const { dimension, hour, quantity } of Object.values(simulator.store.state.bill))
        (billed[dimension] ??= []).push([(hour - NOON) / HOUR_MS, quantity])
      return billed
    },
  }
}

let ids = 0
/** An event at so many minutes after noon. */
const event = (minutes: number, meter: string, what: object) => ({
  id: `event ${(ids += 1)}`,
  meter,
  time: new Date(NOON + minutes * MINUTE_MS).toISOString(),
  ...what,
})

test('over an agent every charge is billed as at the edge, once, though tasks repeat and the agent is replaced (money §11)', async () => {
  const { simulator, agent, poster, billed } = await openCluster()
  const first = await agent()
  const task = await simulator.runTask('ecs', { product: 'container' })
  const spool = testFolder()
  const crashing = await poster(task, spool)
  const other = await poster(await simulator.runTask('eks', { product: 'container' }), testFolder())

  const move = async (minutes: number, ...containers: readonly ContainerProcess[]): Promise<void> => {
    const now = NOON + minutes * MINUTE_MS
    await simulator.store.run({ kind: 'set_business_time', now })
    await simulator.store.run({ kind: 'release_due' })
    for (const container of containers) await container.step('step', { now })
  }
  const report = async (by: ContainerProcess, ...events: readonly object[]): Promise<void> => {
    for (const one of events) expect(await by.report(one)).toBe(200)
  }

  // Counted by a task that dies before it has posted it, and is told of it again by its application.
  const early = [
    event(0, 'storage_gb', { value: 7200 }),
    event(5, 'api_calls', { quantity: 1500 }),
    event(5, 'exports', { quantity: 7 }),
    event(5, 'hosts', { value: 4 }),
    ...['u1', 'u2', 'u3'].map((key) => event(5, 'users', { key })),
  ]
  await move(6, first, crashing, other)
  await report(crashing, ...early)
  crashing.kill('SIGKILL')
  await crashing.exited
  const again = await poster(task, spool)
  await move(7, again, other)
  await report(again, ...early)
  await report(
    other,
    event(6, 'api_calls', { quantity: 1700 }),
    event(6, 'exports', { quantity: 6 }),
    event(6, 'hosts', { value: 5 }),
    ...['u2', 'u4'].map((key) => event(6, 'users', { key })),
  )
  await move(10, again, other, first)
  await move(60 + 16, first)
  expect(billed()).toEqual({
    called: [[0, 1]],
    exported: [[0, 3]],
    team_user: [[0, 4]],
    hosted: [[0, 9]],
    stored: [[0, 8]],
  })
  // Told once more, over another connection: the same task's ids.
  await report(again, ...early)
  await report(
    again,
    event(70, 'users', { key: 'u1' }),
    event(70, 'users', { key: 'u5' }),
    event(70, 'api_calls', { quantity: 900 }),
    event(70, 'exports', { quantity: 2 }),
    event(70, 'hosts', { value: 6 }),
  )
  await move(100, again, other, first)
  expect((await first.get('/status'))['meter']).toMatchObject({
    open: { called: '1', exported: '2', team_user: '1', hosted: '6' },
    waiting: 0,
    doubtful: [],
  })

  // The agent ends while AWS takes what it is told and does not say so.
  const fault = { kind: 'internal_error_after_commit' } as const
  await simulator.store.run({ kind: 'set_fault', on: 'MeterUsage', fault, probability: 1 })
  first.kill()
  await first.exited
  await simulator.store.run({ kind: 'clear_faults' })
  const unanswered = Object.values(simulator.store.state.bill).filter(({ hour }) => hour === NOON + HOUR_MS)
  expect(unanswered).toHaveLength(1)
  await report(again, event(105, 'users', { key: 'u6' }), event(105, 'users', { key: 'u1' }))
  await report(other, event(106, 'api_calls', { quantity: 1000 }), event(106, 'hosts', { value: 7 }))
  await move(107, again, other)

  const second = await agent()
  const { meter } = await second.get('/status')
  expect(meter).toMatchObject({
    doubtful: unanswered.map(({ task: of, dimension, hour, quantity }) => ({
      task: of,
      dimension,
      hour: new Date(hour).toISOString(),
      quantity,
    })),
    expired: [],
  })
  await move(130, again, other, second)
  await report(other, event(131, 'users', { key: 'u2' }), event(131, 'hosts', { value: 1 }))
  await move(150, again, other, second)
  await move(180 + 16, second)
  const sums = Object.entries(billed()).map(([dimension, hours]) => [
    dimension,
    hours.reduce((sum, [, quantity]) => sum + quantity, 0),
  ])
  expect(Object.fromEntries(sums)).toEqual({
    called: 3,
    exported: 5,
    team_user: 6,
    hosted: 9 + 13 + 1,
    stored: 24,
  })
  const shown = (await second.get('/status'))['meter'] as { readonly doubtful: readonly unknown[] }
  expect(shown).toMatchObject({ open: {}, waiting: 0, expired: [] })
  expect(shown.doubtful).toHaveLength(1)
})
