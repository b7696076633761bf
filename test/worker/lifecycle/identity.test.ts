/** How AWS knows a subscription from which hour on: money §10. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HOUR_MS, hourOf } from '../../../shared/hour.ts'
import { lifecycleOf } from '../../../shared/lifecycle.ts'
import type { EdgeProduct } from '../../../shared/seller/views.ts'
import { identitiesOf, keepRegions, switchesOf } from '../../../worker/lifecycle/identity.ts'
import type { SubscriptionRow } from '../../../worker/db/lifecycle.ts'
import type { Identity } from '../../../shared/subscription.ts'
import { seller } from '../../../worker/seller.ts'
import { licenseArn } from '../landing/browser.ts'

const NOW = Date.parse('2026-11-21T14:30:00Z')
const hour = (time: string) => Date.parse(`2026-11-21T${time}:00Z`)
const [first] = seller.products
if (!first) throw new Error('the config has no product')

const product = (integration: EdgeProduct['integration']): EdgeProduct => ({ ...first, integration })
const row = (over: Partial<SubscriptionRow> = {}): SubscriptionRow => ({
  id: 'sub_0000000000000000000000',
  version: 1,
  product: first.key,
  productCode: first.code,
  account: '012345678901',
  licenseArn: null,
  licenseTail: null,
  customerIdentifier: null,
  agreementId: null,
  state: 'pending',
  detail: '{}',
  plan: null,
  predecessor: null,
  workspace: null,
  entitlements: null,
  dueMs: null,
  createdMs: 0,
  ...over,
})
const licensed = row({ licenseArn: licenseArn('a'), licenseTail: `l-${'a'.repeat(32)}` })
const life = lifecycleOf([], { needsEntitlement: false, entitledLife: null, finalTakeMs: 0 }, NOW)

test('a product on licenses is on licenses from ever', () => {
  expect(switchesOf(product('license'), licensed, [], NOW)).toEqual([{ fromHour: 0, kind: 'license' }])
})

test('a legacy product uses the customer where there is one, else the account', () => {
  expect(switchesOf(product('legacy'), row({ customerIdentifier: 'X01' }), [], NOW)).toEqual([
    { fromHour: 0, kind: 'product-customer' },
  ])
  expect(switchesOf(product('legacy'), row(), [], NOW)).toEqual([{ fromHour: 0, kind: 'product-account' }])
})

test('the first license learnt switches the account at the next full hour, once', () => {
  const switched = switchesOf(product('legacy'), licensed, [], NOW)
  expect(switched).toEqual([
    { fromHour: 0, kind: 'product-account' },
    { fromHour: hour('15:00'), kind: 'license' },
  ])
  expect(switchesOf(product('legacy'), licensed, switched, NOW + 86_400_000)).toEqual(switched)
})

test('a configured hour switches then, whether a license is known or not; one that has begun is never switched', () => {
  const later = product({ switchAt: '2026-11-21T18:00:00Z' })
  expect(switchesOf(later, row(), [], NOW).at(-1)).toEqual({ fromHour: hour('18:00'), kind: 'license' })
  const over = product({ switchAt: '2026-11-21T14:00:00Z' })
  const legacy = switchesOf(product('legacy'), row(), [], NOW)
  expect(switchesOf(over, row(), legacy, NOW).at(-1)).toEqual({ fromHour: hour('15:00'), kind: 'license' })
  expect(switchesOf(over, row(), [], NOW)).toEqual([{ fromHour: 0, kind: 'license' }])
})

test('a subscription whose license is not known has no identity from the switch on', () => {
  const switches = switchesOf(product({ switchAt: '2026-11-21T18:00:00Z' }), row(), [], NOW)
  expect(identitiesOf(row(), life, switches, 'us-east-1', true)).toEqual([
    {
      kind: 'product-account',
      productCode: first.code,
      account: '012345678901',
      fromHour: 0,
      region: 'us-east-1',
    },
  ])
  expect(identitiesOf(licensed, life, switches, 'us-east-1', true).at(-1)).toEqual({
    kind: 'license',
    licenseArn: licenseArn('a'),
    account: '012345678901',
    fromHour: hour('18:00'),
    region: 'us-east-1',
  })
})

test('a license keeps the text it first had, in whichever format an event prints it', () => {
  const event = {
    id: 'e',
    at: NOW,
    agreementId: 'a',
    kind: 'updated' as const,
    licenseArn: `aws:license-manager:us-east-1:123456789012:l-${'A'.repeat(32)}`,
  }
  const granted = lifecycleOf([event], { needsEntitlement: false, entitledLife: null, finalTakeMs: 0 }, NOW)
  const [identity, ...more] = identitiesOf(
    licensed,
    granted,
    [{ fromHour: 0 as never, kind: 'license' }],
    'us-east-1',
    true,
  )
  expect(identity).toMatchObject({ licenseArn: licenseArn('a'), fromHour: 0 })
  expect(more).toEqual([])
})

test('a Region that has changed begins at the next full hour, once, and the hours before keep theirs (money §10)', () => {
  const switches = [{ fromHour: hourOf(0), kind: 'license' as const }]
  const identities = (region: string) => identitiesOf(licensed, life, switches, region, true)
  const steps = (all: readonly Identity[]) => all.map((one) => [one.fromHour, one.region])
  const first = keepRegions(identities('us-east-1'), [], NOW)
  expect(steps(first)).toEqual([[0, 'us-east-1']])

  const changed = keepRegions(identities('eu-west-1'), first, NOW)
  expect(steps(changed)).toEqual([
    [0, 'us-east-1'],
    [hour('15:00'), 'eu-west-1'],
  ])
  expect(keepRegions(identities('eu-west-1'), changed, NOW + 86_400_000)).toEqual(changed)
})

test('a Region that changes leaves alone what is over, and what has not begun takes it at once (money §10)', () => {
  const account = (fromHour: number): Identity => ({
    kind: 'product-account',
    productCode: first.code,
    account: '012345678901',
    fromHour: hourOf(fromHour),
    region: 'eu-west-1',
  })
  const license = (letter: string, fromHour: number): Identity => ({
    kind: 'license',
    licenseArn: licenseArn(letter),
    account: '012345678901',
    fromHour: hourOf(fromHour),
    region: 'eu-west-1',
  })
  const now = [
    account(0),
    license('a', hour('10:00')),
    license('b', hour('12:00')),
    license('c', hour('16:00')),
  ]
  const held = now.map((one) => ({ ...one, region: 'us-east-1' }))
  expect(
    keepRegions(now, held, NOW).map((one) => [
      one.kind === 'license' ? one.licenseArn.slice(-1) : one.kind,
      one.fromHour,
      one.region,
    ]),
  ).toEqual([
    ['product-account', 0, 'us-east-1'],
    ['product-account', hour('15:00'), 'eu-west-1'],
    ['a', hour('10:00'), 'us-east-1'],
    ['b', hour('12:00'), 'us-east-1'],
    ['b', hour('15:00'), 'eu-west-1'],
    ['c', hour('16:00'), 'eu-west-1'],
  ])
})

test('whenever a license is learnt, no hour has two kinds: the one it is learnt in stays as it was (G.2 fault 26)', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 3 * HOUR_MS - 1 }),
      fc.constantFrom(null, 'X01'),
      fc.constantFrom<EdgeProduct['integration']>('legacy', { switchAt: '2026-11-21T16:00:00Z' }),
      (offset, customerIdentifier, integration) => {
        const learntAt = hour('13:00') + offset
        const before = switchesOf(product(integration), row({ customerIdentifier }), [], hour('12:00'))
        const known = row({ ...licensed, customerIdentifier })
        const switches = switchesOf(product(integration), known, before, learntAt)
        const identities = identitiesOf(known, life, switches, 'us-east-1', true)
        const kindIn = (at: number) => {
          const kind = switches.findLast(({ fromHour }) => fromHour <= at)?.kind
          return identities.filter((one) => one.kind === kind && one.fromHour <= at).map((one) => one.kind)
        }
        expect(kindIn(hourOf(learntAt))).toEqual([
          customerIdentifier === null ? 'product-account' : 'product-customer',
        ])
        const hours = Array.from({ length: 8 }, (_each, at) => hour('12:00') + at * HOUR_MS)
        for (const at of hours) expect(kindIn(at)).toHaveLength(1)
        expect(kindIn(hour('19:00'))).toEqual(['license'])
        for (const one of [...switches, ...identities]) expect(one.fromHour % HOUR_MS).toBe(0)
      },
    ),
  )
})
