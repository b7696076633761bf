/** MeterUsage with the real SDK under a task's own credentials: what a documented sentence promises, an SDK sees. */
import { MeterUsageCommand } from '@aws-sdk/client-marketplace-metering'
import type { MeterUsageCommandInput } from '@aws-sdk/client-marketplace-metering'
import { expect, test } from 'vitest'
import type { Knobs } from '../../../simulator/marketplace/knobs.ts'
import type { Launch } from '../../../simulator/marketplace/task.ts'
import { BUYER, HOUR_MS, NOON, SELLER } from '../market.ts'
import type { RunTask } from '../simulator.ts'
import { BUYER_CREDENTIALS, SELLER_CREDENTIALS, openSimulator } from '../simulator.ts'
import { meteringOf, nameOfFailure } from '../tasks.ts'

const CODE = 'metered'.padEnd(25, 'x')

/** An entitled task that was started at noon, and business time `laterMs` after. */
async function open({ launch = 'ecs', laterMs = 0, region = 'us-east-1' }: Partial<Options> = {}) {
  const simulator = await openSimulator()
  const agreement = await simulator.buyActive('metered')
  const task = await simulator.runTask(launch, { product: 'metered', region })
  await simulator.store.run({ kind: 'set_business_time', now: NOON + laterMs })
  const meter = await meterOf(task)

  async function meterOf(of: RunTask, more: object = {}) {
    const client = await meteringOf(simulator, of, more)
    return (given: Partial<MeterUsageCommandInput> = {}) =>
      client.send(
        new MeterUsageCommand({
          ProductCode: CODE,
          Timestamp: new Date(simulator.store.state.business),
          UsageDimension: 'calls',
          UsageQuantity: 5,
          ...given,
        }),
      )
  }
  return {
    ...simulator,
    agreement,
    task,
    meter,
    meterOf,
    bill: () => Object.values(simulator.store.state.bill),
    turn: (knobs: Partial<Knobs>) => simulator.store.run({ kind: 'set_knobs', knobs }),
  }
}

interface Options {
  readonly launch: Launch
  readonly laterMs: number
  readonly region: string
}

test('MeterUsage answers a MeteringRecordId and bills the task’s own record (API_MeterUsage)', async () => {
  const { meter, bill, task } = await open()
  const { MeteringRecordId: id } = await meter()
  expect(id).toMatch(/^[0-9a-f-]{36}$/)
  expect(bill()).toMatchObject([
    { id, task: task.task, account: BUYER, dimension: 'calls', hour: NOON, quantity: 5, price: '0.001' },
  ])
})

test.each<Launch>(['ecs', 'eks'])(
  'DryRun on %s is the error DryRunOperation with HTTP 400, and nothing is billed (API_MeterUsage)',
  async (launch) => {
    const { meter, bill } = await open({ launch })
    await expect(meter({ DryRun: true })).rejects.toMatchObject({
      name: 'DryRunOperation',
      $metadata: { httpStatusCode: 400 },
    })
    expect(bill()).toEqual([])
  },
)

test('“rounded down to the hour”: identical after rounding is the same record, another quantity a DuplicateRequestException', async () => {
  const { meter, bill } = await open({ laterMs: 30 * 60_000 })
  const first = await meter({ Timestamp: new Date(NOON + 60_000) })
  const again = await meter({ Timestamp: new Date(NOON + 1_200_000) })
  expect(again.MeteringRecordId).toBe(first.MeteringRecordId)
  expect(await nameOfFailure(meter({ UsageQuantity: 6 }))).toBe('DuplicateRequestException')
  expect(bill().map(({ quantity }) => quantity)).toEqual([5])
})

test('“per task”: another task, another dimension and another hour have records of their own (container-metering-meterusage)', async () => {
  const { meter, meterOf, runTask, bill } = await open({ laterMs: HOUR_MS })
  const other = await meterOf(await runTask('eks'))
  await meter()
  await meter({ Timestamp: new Date(NOON) })
  await meter({ UsageDimension: 'hosts' })
  await other()
  expect(new Set(bill().map(({ id }) => id)).size).toBe(4)
})

test('a container that was started again in the same task keeps the task’s hour (money §11)', async () => {
  const { meter, meterOf, store, task } = await open()
  await meter()
  await store.run({ kind: 'restart_task', id: task.id })
  const restarted = await meterOf(task)
  expect(await nameOfFailure(restarted({ UsageQuantity: 1 }))).toBe('DuplicateRequestException')
})

test.each([
  [6 * HOUR_MS - 1000, 'accepted'],
  [6 * HOUR_MS, 'TimestampOutOfBoundsException'],
])('usage stamped %i ms ago is %s (API_MeterUsage, six hours)', async (ageMs, expected) => {
  const { meter } = await open({ laterMs: 7 * HOUR_MS })
  const Timestamp = new Date(NOON + 7 * HOUR_MS - ageMs)
  expect(await nameOfFailure(meter({ Timestamp }))).toBe(expected)
})

test.each([
  ['2026-12-01T05:59:58Z', 'accepted'],
  ['2026-12-01T06:00:00Z', 'TimestampOutOfBoundsException'],
])(
  'at %s the last second of November is %s: six hours hold over a month’s end (facts §2.2)',
  async (now, expected) => {
    const { meter } = await open({ laterMs: Date.parse(now) - NOON })
    expect(await nameOfFailure(meter({ Timestamp: new Date('2026-11-30T23:59:59Z') }))).toBe(expected)
  },
)

test('usage “before the software’s start” is out of bounds, by the second or, with the knob, by the hour', async () => {
  const { meterOf, runTask, store, turn } = await open()
  await store.run({ kind: 'set_business_time', now: NOON + 1_800_000 })
  const late = await meterOf(await runTask('ecs'))
  const before = { Timestamp: new Date(NOON + 1_799_000) }
  expect(await nameOfFailure(late(before))).toBe('TimestampOutOfBoundsException')
  await turn({ taskStart: 'hour' })
  expect(await nameOfFailure(late(before))).toBe('accepted')
})

test('usage in the future is out of bounds beyond a tolerance of minutes (facts §2.2)', async () => {
  const { meter } = await open()
  expect(await nameOfFailure(meter({ Timestamp: new Date(NOON + 301_000) }))).toBe(
    'TimestampOutOfBoundsException',
  )
})

test('the same ClientToken asks for the same thing; with other parameters it is an IdempotencyConflictException', async () => {
  const { meter, bill } = await open()
  const ClientToken = 'one'
  const first = await meter({ ClientToken })
  expect((await meter({ ClientToken })).MeteringRecordId).toBe(first.MeteringRecordId)
  expect(await nameOfFailure(meter({ ClientToken, UsageQuantity: 9 }))).toBe('IdempotencyConflictException')
  expect(await nameOfFailure(meter({ ClientToken, UsageDimension: 'hosts' }))).toBe(
    'IdempotencyConflictException',
  )
  expect(bill()).toHaveLength(1)
})

test('an account that never subscribed is refused at its first call and after', async () => {
  const { runTask, meterOf } = await open()
  const stranger = await meterOf(await runTask('ecs', { account: '777788889999' }))
  expect(await nameOfFailure(stranger({ DryRun: true }))).toBe('CustomerNotEntitledException')
  expect(await nameOfFailure(stranger())).toBe('CustomerNotEntitledException')
})

test('“only on the initial call”: who unsubscribes is still charged by running tasks, and new ones are refused', async () => {
  const { meter, meterOf, runTask, store, agreement, bill } = await open()
  expect(await nameOfFailure(meter({ DryRun: true }))).toBe('DryRunOperation')
  await store.run({ kind: 'cancel', agreementId: agreement.id, by: 'buyer' })
  await store.run({ kind: 'set_business_time', now: NOON + 3 * HOUR_MS })
  await store.run({ kind: 'release_due' })
  expect(await nameOfFailure(meter())).toBe('accepted')
  expect(bill().map(({ agreementId }) => agreementId)).toEqual([agreement.id])
  const started = await meterOf(await runTask('ecs'))
  expect(await nameOfFailure(started({ DryRun: true }))).toBe('CustomerNotEntitledException')
})

test('with the knob a DryRun without a subscription is an UnauthorizedException', async () => {
  const { meterOf, runTask, turn } = await open()
  await turn({ dryRunRefusal: 'UnauthorizedException' })
  const stranger = await meterOf(await runTask('ecs', { account: '777788889999' }))
  expect(await nameOfFailure(stranger({ DryRun: true }))).toBe('UnauthorizedException')
})

test.each([
  ['a dimension nobody defined', { UsageDimension: 'Calls' }, 'InvalidUsageDimensionException'],
  ['a product code nobody has', { ProductCode: 'nobody' }, 'InvalidProductCodeException'],
  ['the product code of a SaaS product', { ProductCode: 'usage'.repeat(5) }, 'InvalidProductCodeException'],
  [
    'allocations that do not sum up',
    { UsageAllocations: [{ AllocatedUsageQuantity: 4 }] },
    'InvalidUsageAllocationsException',
  ],
  [
    'a tag with characters AWS does not take',
    { UsageAllocations: [{ AllocatedUsageQuantity: 5, Tags: [{ Key: 'a{', Value: 'b' }] }] },
    'InvalidTagException',
  ],
  ['a quantity below zero', { UsageQuantity: -1 }, 'ValidationException'],
])('%s is refused as AWS names it (API_MeterUsage)', async (_, given, expected) => {
  const { meter, bill } = await open()
  expect(await nameOfFailure(meter(given))).toBe(expected)
  expect(bill()).toEqual([])
})

test('allocations by vendor tags are kept with the record (container-metering-meterusage)', async () => {
  const { meter, bill } = await open()
  const UsageAllocations = [{ AllocatedUsageQuantity: 5, Tags: [{ Key: 'BusinessUnit', Value: 'IT' }] }]
  await meter({ UsageAllocations })
  expect(bill()[0]?.allocations).toEqual(UsageAllocations)
})

test('a task in another Region calls there; an endpoint of another Region is an InvalidEndpointRegionException', async () => {
  const { meter, meterOf, task, bill } = await open({ region: 'eu-west-1' })
  await meter()
  expect(bill()[0]?.region).toBe('eu-west-1')
  const elsewhere = await meterOf(task, { region: 'us-east-1' })
  expect(await nameOfFailure(elsewhere())).toBe('InvalidEndpointRegionException')
})

test('a Region of SaaS metering alone takes no MeterUsage of a task (metering-regions)', async () => {
  const { meter } = await open({ region: 'eu-south-1' })
  expect(await nameOfFailure(meter())).toBe('InvalidEndpointRegionException')
})

test.each([
  ['the buyer’s lasting key', BUYER_CREDENTIALS],
  ['the seller’s lasting key', SELLER_CREDENTIALS],
])('%s, without a task, is a PlatformNotSupportedException', async (_, credentials) => {
  const { meterOf, task } = await open()
  const meter = await meterOf(task, { credentials })
  expect(await nameOfFailure(meter())).toBe('PlatformNotSupportedException')
})

test('the seller’s own account is refused like any other without a subscription', async () => {
  const { meterOf, runTask } = await open()
  const own = await meterOf(await runTask('ecs', { account: SELLER }))
  expect(await nameOfFailure(own())).toBe('CustomerNotEntitledException')
})

test('on AgentCore records of one hour add up, each under a token of its own, and tags are refused', async () => {
  const { meter, bill } = await open({ launch: 'agentcore' })
  await meter({ ClientToken: 'one', UsageQuantity: 2 })
  await meter({ ClientToken: 'two', UsageQuantity: 3 })
  expect(bill().map(({ quantity }) => quantity)).toEqual([2, 3])
  expect(await nameOfFailure(meter({ ClientToken: 'two', UsageQuantity: 4 }))).toBe(
    'IdempotencyConflictException',
  )
  const UsageAllocations = [{ AllocatedUsageQuantity: 5, Tags: [{ Key: 'a', Value: 'b' }] }]
  expect(await nameOfFailure(meter({ UsageAllocations }))).toBe('InvalidTagException')
})

test('AgentCore is metered in us-east-1 alone (metering-regions)', async () => {
  const { meter } = await open({ launch: 'agentcore', region: 'eu-west-1' })
  expect(await nameOfFailure(meter())).toBe('InvalidEndpointRegionException')
})

test('eleven calls at once: ten are taken and one is a ThrottlingException with HTTP 400 (metering-service-quotas)', async () => {
  const { meter } = await open()
  const names = await Promise.all(Array.from({ length: 11 }, () => nameOfFailure(meter())))
  expect(names.filter((name) => name === 'ThrottlingException')).toHaveLength(1)
})

test.each([
  ['throttle', 'ThrottlingException', 0],
  ['internal_error_before_commit', 'InternalServiceErrorException', 0],
  ['internal_error_after_commit', 'InternalServiceErrorException', 1],
  ['lost_reply', expect.any(String), 1],
] as const)('the fault %s on MeterUsage is %s, with %i records billed', async (kind, expected, billed) => {
  const { meter, bill, store } = await open()
  await store.run({ kind: 'set_fault', fault: { kind }, on: 'MeterUsage' })
  const name = await nameOfFailure(meter())
  expect(name).toEqual(expected)
  expect(name).not.toBe('accepted')
  expect(bill()).toHaveLength(billed)
})

test('not entitled on demand: the fault answers a subscribed task with CustomerNotEntitledException', async () => {
  const { meter, store } = await open()
  const fault = { kind: 'refused', code: 'CustomerNotEntitledException' } as const
  await store.run({ kind: 'set_fault', fault, on: 'MeterUsage' })
  expect(await nameOfFailure(meter({ DryRun: true }))).toBe('CustomerNotEntitledException')
  expect(await nameOfFailure(meter({ DryRun: true }))).toBe('DryRunOperation')
})
