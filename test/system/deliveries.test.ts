/** What a buyer and the seller's application are told of a purchase, over real HTTP. Black box, one system. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BuyerData } from '../../shared/operator/wire.ts'
import { runLedger, valuesOf } from '../support/ledger-command.ts'
import { marketplaceAt, type MarketplaceClient } from '../support/marketplace.ts'
import { PERSON, purchase } from '../support/purchase.ts'
import { removeFolder, startSystem, type System } from '../support/system.ts'

let system: System
let marketplace: MarketplaceClient
let accounts: readonly string[]

beforeAll(async () => {
  system = await startSystem()
  marketplace = marketplaceAt(system.storefront)
  accounts = (await marketplace.accounts()).map(({ account }) => account)
})
afterAll(async () => {
  await system.stop()
  removeFolder(system.folder)
})

/** `npm run TOOL -- … --json`. */
async function run<T>(tool: 'deliveries' | 'events', ...args: string[]): Promise<T[]> {
  const ran = await runLedger(system.folder, [...args, '--json'], {}, `${tool}.mjs`)
  if (ran.code !== 0) throw new Error(ran.err)
  return valuesOf<T>(ran)
}

test('a buyer who registers is welcomed and told that it is ready; the application gets both, signed', async () => {
  const { subscription } = await purchase(system, { account: accounts[0] ?? '' })
  await marketplace.advance('PT2M')
  const mail = await marketplace.mail()
  expect(new Set(mail.map(({ to, subject }) => `${to.join()}: ${subject}`))).toEqual(
    new Set([`${PERSON.email}: Skillsmith is ready for you`, `${PERSON.email}: Welcome to Skillsmith`]),
  )
  const webhooks = await marketplace.webhooks()
  expect(new Set(webhooks.map(({ type, verified }) => `${type} ${verified}`))).toEqual(
    new Set(['registration.completed true', 'subscription.granted true']),
  )
  for (const { body } of webhooks) expect(JSON.parse(body).data.subscription.id).toBe(subscription)
  const messages = await marketplace.messages()
  expect(messages.map(({ subject }) => subject)).toContain('Tollgate: access granted')
})

test('an application that fails gets it again when it is well, and a person can send all of it anew', async () => {
  await marketplace.receiver({ mode: 'failing', status: 410 })
  await purchase(system, { account: accounts[1] ?? '' })
  await marketplace.advance('PT2M')
  const parked = await run<{ id: string; outcome: string }>('deliveries', 'list', '--state', 'parked')
  expect(parked.map(({ outcome }) => outcome)).toEqual(
    Array(2).fill('answered 410: it wants no more webhooks'),
  )
  await marketplace.receiver({ mode: 'well' })
  const done = await run<{ sentence: string }>('deliveries', 'redeliver', 'parked', '--why', 'it is back')
  expect(done.map(({ sentence }) => sentence)).toEqual([
    '2 parked deliveries go out again, each under the id it had.',
  ])
  await marketplace.advance('PT2M')
  const ids = (await marketplace.webhooks()).filter(({ answered }) => answered === 204).map(({ id }) => id)
  expect(ids).toEqual(expect.arrayContaining(parked.map(({ id }) => id)))
})

test('from the command line a buyer is exported and erased; he is billed on, and nobody writes to him', async () => {
  const account = accounts[2] ?? ''
  const { agreement, subscription } = await purchase(system, { account })
  const buyers = (...args: string[]) =>
    runLedger(system.folder, [...args, account, '--why', 'he asked', '--json'], {}, 'buyers.mjs')
  const [kept] = valuesOf<BuyerData>(await buyers('export'))
  expect(kept?.contacts).toMatchObject([{ subscription, email: PERSON.email, fields: { name: PERSON.name } }])
  const erased = await buyers('erase')
  expect([erased.code, erased.out]).toEqual([0, expect.stringContaining('erased from 1 subscription.')])
  const [left] = valuesOf<BuyerData>(await buyers('export'))
  expect([left?.contacts, left?.registrations, left?.signIns]).toEqual([[], [], []])
  expect(left?.subscriptions).toMatchObject([{ id: subscription, state: 'active' }])

  const before = (await marketplace.mail()).length
  await marketplace.cancel(agreement.id)
  await marketplace.advance('PT3H')
  expect((await marketplace.mail()).length).toBe(before)
  const mails = await run<{ channel: string; outcome: string }>(
    'deliveries',
    'list',
    '--subscription',
    subscription,
  )
  expect(
    mails.flatMap(({ channel, outcome }) =>
      channel === 'mail' && outcome.startsWith('no') ? [outcome] : [],
    ),
  ).toEqual(expect.arrayContaining(['no address: the buyer was erased']))
})

test('what AWS said by push and by queue is stored once, seen, and changes nothing when it is applied again', async () => {
  const pushed = await marketplace.pushes()
  expect(new Set(pushed.map(({ outcome }) => outcome))).toEqual(new Set(['delivered']))
  const events = await run<{ id: string; kind: string; state: string }>('events', 'list')
  expect(events.map(({ id }) => id).sort()).toEqual(pushed.map(({ eventId }) => eventId).sort())
  expect(new Set(events.map(({ state }) => state))).toEqual(new Set(['applied']))
  const [grant] = events.filter(({ kind }) => kind.startsWith('License Updated'))
  const [done] = await run<{ changed: string[] }>('events', 'replay', grant?.id ?? '', '--why', 'drill')
  expect(done?.changed).toEqual([])
})
