/** What a buyer on trial reads, from the first day to the last of grace. Black box, one system. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { marketplaceAt } from '../support/marketplace.ts'
import { purchase } from '../support/purchase.ts'
import { removeFolder, startSystem, type System } from '../support/system.ts'

let system: System
beforeAll(async () => {
  system = await startSystem()
})
afterAll(async () => {
  await system.stop()
  removeFolder(system.folder)
})

test('a trial is told in order, each thing once: begun, 7, 3 and 1 days left, over with grace, over', async () => {
  const marketplace = marketplaceAt(system.storefront)
  const [first] = await marketplace.accounts()
  await purchase(system, {
    product: 'contract',
    account: first?.account ?? '',
    bought: [{ dimension: 'team_users', quantity: 10 }],
    term: 'month',
    trial: true,
  })
  await marketplace.advance('P19D')
  const subjects = (await marketplace.mail()).map(({ subject }) => subject).toReversed()
  expect(subjects).toEqual([
    'Welcome to Skillsmith',
    'Your trial of Skillsmith has begun',
    '7 days left of your Skillsmith trial',
    '3 days left of your Skillsmith trial',
    '1 day left of your Skillsmith trial',
    'Your Skillsmith trial has ended',
    'Your Skillsmith trial is over',
  ])
  const counts: Record<string, number> = {}
  for (const { type, verified, answered } of await marketplace.webhooks()) {
    const told = `${type} ${verified} ${answered}`
    counts[told] = (counts[told] ?? 0) + 1
  }
  expect(counts).toEqual({
    'registration.completed true 204': 1,
    'subscription.granted true 204': 1,
    'subscription.trial-ending true 204': 3,
    'subscription.trial-ended true 204': 1,
    'subscription.ending true 204': 1,
    'subscription.revoked true 204': 1,
  })
}, 120_000)
