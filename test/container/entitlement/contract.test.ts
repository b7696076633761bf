/** A contract over time, against the simulator: how long a refusal and an outage are ridden out, and what is held (facts §6.3). */
import { expect, onTestFinished, test } from 'vitest'
import { licenseCalls } from '../../../container/aws/license-manager.ts'
import type { AwsAccess } from '../../../container/aws/access.ts'
import { memoryCheckouts } from '../../../container/entitlement/checkout-store.ts'
import { contractMode } from '../../../container/entitlement/contract.ts'
import type { EntitlementMode } from '../../../container/entitlement/mode.ts'
import type { Checkout } from '../../../shared/seller.ts'
import { ok } from '../../../shared/result.ts'
import type { Knobs } from '../../../simulator/marketplace/knobs.ts'
import { BUYER, HOUR_MS, NOON } from '../../simulator/market.ts'
import { openSimulator } from '../../simulator/simulator.ts'
import { credentialsOf } from '../../simulator/tasks.ts'
import { productView } from '../../support/container-view.ts'

const MINUTE_MS = 60_000
const PLANS = [
  { key: 'team', features: ['search'], limits: {} },
  { key: 'enterprise', features: ['search', 'sso'], limits: {} },
]
const TIERS: readonly (readonly [string, Checkout, string])[] = [
  ['BasicTier', { kind: 'tier' }, 'team'],
  ['PremiumTier', { kind: 'tier' }, 'enterprise'],
]
const SEATS: readonly (readonly [string, Checkout, string])[] = [
  ['seats', { kind: 'floating', quantity: 6 }, 'team'],
]

async function open(
  sold: readonly (readonly [string, Checkout, string])[],
  bought: readonly { readonly dimension: string; readonly quantity: number }[],
  knobs: Partial<Knobs> = {},
) {
  const simulator = await openSimulator()
  const { store } = simulator
  await store.run({ kind: 'set_knobs', knobs })
  const agreement = await store.run({
    kind: 'subscribe',
    product: 'licensed',
    account: BUYER,
    licenseDelayMs: 0,
    term: 'month',
    bought,
  })
  if (!agreement.ok) throw new Error(agreement.error.message)
  const task = await simulator.runTask('ecs', { product: 'licensed' })
  const credentials = ok(await credentialsOf(simulator, task))
  const access: AwsAccess = {
    region: 'us-east-1',
    endpoint: simulator.url,
    credentials: async () => credentials,
    forget: () => undefined,
    onServerTime: () => undefined,
  }
  let tokens = 0
  const product = productView('licensed', 'contract', {
    checkouts: sold.map(([key, checkout, plan]) => ({ key, checkout, plan })),
  })
  const mode = contractMode(product, PLANS, {
    calls: licenseCalls(access),
    store: memoryCheckouts(),
    token: () => `token-${(tokens += 1)}`,
    random: () => 0,
  })
  const changes: boolean[] = []
  mode.onChange(({ entitled }) => changes.push(entitled))
  onTestFinished(() => mode.release())
  return { store, mode, changes, agreementId: agreement.value.agreementId }
}

type Opened = Awaited<ReturnType<typeof open>>

/** From due to due, as the stepper does, to that many minutes after noon. */
async function passTo({ store, mode }: Opened, minutes: number): Promise<void> {
  const end = NOON + minutes * MINUTE_MS
  for (;;) {
    const wake = mode.nextWake()
    const now = wake === null || wake > end ? end : wake
    await store.run({ kind: 'set_business_time', now })
    await store.run({ kind: 'release_due' })
    await mode.runDue(now)
    if (now === end) return
  }
}

/** In one leap, with one look at its end. */
async function leapTo({ store, mode }: Opened, minutes: number): Promise<void> {
  const now = NOON + minutes * MINUTE_MS
  await store.run({ kind: 'set_business_time', now })
  await mode.runDue(now)
}

const standingOf = (mode: EntitlementMode) => {
  const { entitled, plan, dimensions } = mode.entitlements()
  return { entitled, plan, dimensions: dimensions.map(({ key, value }) => `${key}=${value}`) }
}

test('of all tiers that are asked for the highest owned one’s plan is in force', async () => {
  const { mode } = await open(TIERS, [
    { dimension: 'BasicTier', quantity: 1 },
    { dimension: 'PremiumTier', quantity: 1 },
  ])
  expect(await mode.ask(NOON)).toMatchObject({ kind: 'entitled', warnings: [] })
  expect(standingOf(mode)).toEqual({
    entitled: true,
    plan: 'enterprise',
    dimensions: ['BasicTier=null', 'PremiumTier=null'],
  })
})

test('a contract that ended is believed ended 15 minutes after AWS first said so, not at once', async () => {
  const opened = await open(TIERS, [{ dimension: 'BasicTier', quantity: 1 }])
  const { mode, store, agreementId, changes } = opened
  await mode.ask(NOON)
  await store.run({ kind: 'cancel', agreementId, by: 'seller' })
  // AWS says so first at the re-check of 12:15.
  await passTo(opened, 29)
  const before = standingOf(mode).entitled
  await passTo(opened, 30)
  expect([before, standingOf(mode).entitled, changes]).toEqual([true, false, [false]])
})

test('while AWS does not answer, what was granted goes on for a day and no longer', async () => {
  const opened = await open(TIERS, [{ dimension: 'BasicTier', quantity: 1 }])
  const { mode, store } = opened
  await mode.ask(NOON)
  await store.run({
    kind: 'set_fault',
    on: 'CheckoutLicense',
    fault: { kind: 'internal_error_before_commit' },
    probability: 1,
  })
  await leapTo(opened, 24 * 60 - 1)
  const [before, warned] = [standingOf(mode).entitled, mode.warnings()]
  await leapTo(opened, 24 * 60 + 5)
  const after = standingOf(mode).entitled
  await store.run({ kind: 'clear_faults' })
  await leapTo(opened, 24 * 60 + 10)
  expect([before, after, standingOf(mode).entitled]).toEqual([true, false, true])
  expect(warned).toEqual([expect.stringContaining('What AWS granted at 2026-11-21T12:00:00.000Z goes on')])
})

test.each([{ extendedToken: 'same' }, { extendedToken: 'new', leaseZone: 'none' }] as const)(
  'seats are held for hours by one lease, which is extended before it ends, with %o',
  async (knobs) => {
    const opened = await open(SEATS, [{ dimension: 'seats', quantity: 10 }], knobs)
    const { mode, store } = opened
    await mode.ask(NOON)
    await passTo(opened, 5 * 60)
    const leases = Object.values(store.state.checkouts)
    expect(leases.map(({ given, expiresAt }) => [given, expiresAt])).toEqual([
      [[{ name: 'seats', value: 6 }], NOON + 6 * HOUR_MS],
    ])
    await mode.release()
    expect([standingOf(mode).dimensions, Object.keys(store.state.checkouts)]).toEqual([['seats=6'], []])
  },
)

test('an answer that was lost is asked for by the same token, and holds nothing twice', async () => {
  const { mode, store } = await open(SEATS, [{ dimension: 'seats', quantity: 10 }])
  await store.run({ kind: 'set_fault', on: 'CheckoutLicense', fault: { kind: 'lost_reply' } })
  const first = await mode.ask(NOON)
  const second = await mode.ask(NOON)
  expect([first.kind, second.kind, Object.keys(store.state.checkouts).length]).toEqual([
    'again',
    'entitled',
    1,
  ])
})

test.each([
  ['RateLimitExceededException', 400, 'again', 'throttled'],
  ['ServerInternalException', 500, 'again', 'aws-failed'],
  ['AccessDeniedException', 400, 'misconfigured', 'access-denied'],
  ['ValidationException', 400, 'misconfigured', 'request'],
  ['ResourceNotFoundException', 400, 'not-entitled', 'no-license'],
])('at the start %s is %s', async (code, status, kind, said) => {
  const { mode, store } = await open(TIERS, [{ dimension: 'BasicTier', quantity: 1 }])
  await store.run({ kind: 'set_fault', on: 'CheckoutLicense', fault: { kind: 'refused', code, status } })
  expect(await mode.ask(NOON)).toMatchObject({ kind, code: said, why: expect.stringMatching(/.{60,}/) })
})
