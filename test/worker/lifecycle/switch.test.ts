/** The switch-over of an account, from the buyer's arrival to the orders (money §10). */
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { hourOf } from '../../../shared/hour.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import { readKnown, writeChange } from '../../../worker/db/lifecycle.ts'
import { customer, licenseArn } from '../landing/browser.ts'
import { updated } from './marketplace.ts'
import { ms, orders, rows, T, useStage } from './stage.ts'

const stage = useStage()

/** Sells every product by the legacy integration. */
function sellLegacy(): void {
  const { seller } = stage.edge
  const products = seller.products.map((product) => ({ ...product, integration: 'legacy' as const }))
  stage.edge = { ...stage.edge, seller: { ...seller, products } }
}

const arriveAs = async (token: string, over: Readonly<Record<string, unknown>>): Promise<void> => {
  stage.market.resolve = () => Response.json(customer(over))
  await stage.arrive(token)
}

test('a second, licensed subscription has no identity before the switch: its usage belongs to that hour (money §10)', async () => {
  sellLegacy()
  await arriveAs('t1', { LicenseArn: undefined })
  await arriveAs('t2', {})
  await arriveAs('t3', { LicenseArn: licenseArn('b') })
  await stage.poll(
    updated(T('14:20:00')),
    updated(T('14:25:00'), { agreement: 'agmt-2', license: licenseArn('b') }),
  )
  const identities = (await orders()).map((order) =>
    order.identities.map(
      (one) => `${one.kind === 'license' ? one.licenseArn.slice(-1) : one.kind} ${one.fromHour}`,
    ),
  )
  expect(identities.toSorted((a, b) => a.length - b.length)).toEqual([
    [`b ${ms('15:00:00')}`],
    [`product-account ${hourOf(0)}`, `a ${ms('15:00:00')}`],
  ])
})

test('a writer that has not seen the switch of its account writes nothing and computes again (design §5.3, money §10)', async () => {
  sellLegacy()
  await arriveAs('t1', {})
  await arriveAs('t2', { LicenseArn: licenseArn('b') })
  const [first] = await rows<{ id: SubscriptionId }>('SELECT id FROM subscriptions ORDER BY rowid')
  await env.DB.prepare('DELETE FROM switches').run()
  const stale = await readKnown(env.DB, first?.id ?? 'sub_')
  if (!stale) throw new Error('the subscription is known')
  await stage.poll(updated(T('14:25:00'), { agreement: 'agmt-2', license: licenseArn('b') }))
  const change = {
    row: stale.row,
    next: stale.row,
    order: null,
    identities: [],
    newSwitches: [],
    applied: [],
    concerned: [],
    outbox: [],
    now: stage.clock.business,
  }
  expect(await writeChange(env.DB, change)).toBe(false)
})
