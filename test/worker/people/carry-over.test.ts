/** A trial that its buyer carries over, through the lifecycle to the Ledger's order: what changes by it, and nothing else. Issue §6. */
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import { keepContact } from '../../../worker/db/registrations.ts'
import { subscriptionsOf } from '../../../worker/db/sign-ins.ts'
import { sweepDeliveries } from '../../../worker/deliveries/sweep.ts'
import { announceRegistration } from '../../../worker/lifecycle/announce-registration.ts'
import { choose, offersFor } from '../../../worker/people/workspace.ts'
import { customer, licenseArn } from '../landing/browser.ts'
import { created, updated } from '../lifecycle/marketplace.ts'
import { orders, rows, T, useStage } from '../lifecycle/stage.ts'

const stage = useStage()

/** AWS's terms: the first agreement is a trial, the second is paid for. */
const terms = ({ body }: { readonly body: Record<string, unknown> }) =>
  Response.json({
    acceptedTerms:
      body['agreementId'] === 'agmt-1'
        ? [{ freeTrialPricingTerm: { type: 'FreeTrialPricingTerm', duration: 'P14D' } }]
        : [{ usageBasedPricingTerm: {} }],
  })

async function register(id: SubscriptionId): Promise<void> {
  const contact = { email: 'buyer@example.com', fields: {} }
  const told = await announceRegistration(stage.edge, id)
  await keepContact(env.DB, 'reg_', id, contact, stage.clock.business, told)
}

test('the paid purchase takes over the trial’s month; the trial, its end and what is granted stay as they were', async () => {
  const settings = { webhookUrl: 'https://app.example/hooks', mailFrom: 'hello@skillsmith.app' }
  stage.edge = { ...stage.edge, settings: { ...stage.edge.settings, ...settings } }
  stage.market.terms = terms
  await stage.arrive('t1')
  await stage.poll(created(T('14:20:00')), updated(T('14:21:00')))
  stage.market.resolve = () => Response.json(customer({ LicenseArn: licenseArn('b') }))
  await stage.arrive('t2')
  await stage.poll(
    created(T('14:22:00'), { agreement: 'agmt-2' }),
    updated(T('14:23:00'), { agreement: 'agmt-2', license: licenseArn('b') }),
  )
  await stage.poll()
  const mine = await rows<{ id: SubscriptionId }>('SELECT id FROM subscriptions ORDER BY created_ms, rowid')
  const [trial, paid] = mine.map(({ id }) => id)
  if (trial === undefined || paid === undefined) throw new Error('there are not two purchases')
  await register(trial)
  await register(paid)
  const newest = async (id: string) => (await orders()).findLast(({ subscription }) => subscription === id)
  const standing = () =>
    rows<{ state: string; access: string; trial: string }>(
      "SELECT state, detail ->> '$.access' AS access, detail ->> '$.trial' AS trial FROM subscriptions ORDER BY created_ms, rowid",
    )
  const before = { trial: await newest(trial), paid: await newest(paid), standing: await standing() }
  expect([before.trial?.trial, before.paid?.trial, before.paid?.predecessor]).toEqual([
    expect.anything(),
    null,
    null,
  ])

  const all = await subscriptionsOf(env.DB, 'buyer@example.com')
  const row = all.find(({ id }) => id === paid)
  const [offer] = row === undefined ? [] : offersFor(row, all)
  if (offer === undefined) throw new Error('nothing is offered')
  expect(offer.trial).toBe(trial)
  const [one, two] = await Promise.all([1, 2].map((n) => choose(stage.edge, paid, { offer }, `reg_${n}`)))
  expect([one?.ok, two?.ok].filter(Boolean)).toHaveLength(1)
  await stage.poll()
  await stage.poll()

  const after = await newest(paid)
  expect(after).toEqual({ ...before.paid, version: after?.version, predecessor: trial })
  expect(await newest(trial)).toEqual(before.trial)
  expect(await standing()).toEqual(before.standing)
  // The application is told; the buyer, whose word it was, is not.
  await env.DB.prepare("DELETE FROM outbox WHERE channel = 'mail' AND kind <> 'subscription.changed'").run()
  await sweepDeliveries(stage.edge)
  const told = await rows<{ channel: string; kind: string; outcome: string | null }>(
    "SELECT channel, kind, outcome FROM outbox WHERE kind IN ('subscription.linked', 'subscription.changed') ORDER BY rowid",
  )
  expect(told.map(({ channel, kind }) => `${channel} ${kind}`)).toEqual([
    'webhook subscription.linked',
    'webhook subscription.changed',
    'mail subscription.changed',
  ])
  expect(told.at(-1)?.outcome).toBe('there is nothing to write about it')
})
