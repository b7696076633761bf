/** A deploy over rows that an earlier version wrote, and its migrations under a version that is rolled back to (G.2 fault 28). */
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { findSubscription } from '../../../worker/db/subscriptions.ts'
import { refreshSubscription } from '../../../worker/lifecycle/refresh.ts'
import { sweepSubscriptions } from '../../../worker/lifecycle/sweep.ts'
import { subscriptionView } from '../../../worker/lifecycle/view.ts'
import { created, deprovisioned, updated } from './marketplace.ts'
import { only, rows, T, useStage } from './stage.ts'

const stage = useStage()

/** What the first version that sold anything wrote of a subscription, before access was decided by the lifecycle. */
const FIRST = [
  'state',
  'life',
  'activation',
  'updatedAt',
  'ending',
  'end',
  'agreementId',
  'agreementStart',
  'previousAgreementId',
  'licenses',
  'changesAt',
  'plans',
  'asking',
]

/** Writes what there is as that version had it. */
async function setBackToFirst(): Promise<void> {
  for (const { id, detail } of await rows<{ id: string; detail: string }>(
    'SELECT id, detail FROM subscriptions',
  )) {
    const kept = Object.entries(JSON.parse(detail)).filter(([name]) => FIRST.includes(name))
    await env.DB.prepare('UPDATE subscriptions SET detail = ? WHERE id = ?')
      .bind(JSON.stringify(Object.fromEntries(kept)), id)
      .run()
  }
}

const viewed = async () => {
  const row = await findSubscription(env.DB, (await only()).id)
  return row && subscriptionView(row, stage.edge.seller)
}

const told = async () =>
  (await rows<{ kind: string }>('SELECT kind FROM outbox ORDER BY rowid')).map(({ kind }) => kind)

const buy = async () => {
  await stage.arrive()
  await stage.poll(created(T('14:23:22')), updated(T('14:24:23')))
  await setBackToFirst()
  stage.edge = {
    ...stage.edge,
    settings: { ...stage.edge.settings, webhookUrl: 'https://app.example/hooks' },
  }
}

test('whoever had access under an earlier version has it, before anything happens and after; nothing is told of it', async () => {
  await buy()
  const before = await viewed()
  expect(before).toMatchObject({ access: true, why: 'active' })
  await refreshSubscription(stage.edge, (await only()).id)
  expect([await viewed(), await told()]).toEqual([before, []])
})

test('what ends after the deploy is revoked and told', async () => {
  await buy()
  await stage.poll(deprovisioned(T('14:29:00')))
  expect([await viewed(), await told()]).toMatchObject([
    { state: 'ended', access: false, why: 'ended' },
    ['subscription.revoked'],
  ])
})

test('what had ended, or was never granted, has no access', async () => {
  await stage.arrive()
  await setBackToFirst()
  expect(await viewed()).toMatchObject({ access: false, why: 'setting-up' })
  await stage.poll(created(T('14:23:22')), updated(T('14:24:23')), deprovisioned(T('14:29:00')))
  await setBackToFirst()
  expect(await viewed()).toMatchObject({ access: false, why: 'ended' })
  await sweepSubscriptions(stage.edge)
  expect(await viewed()).toMatchObject({ access: false, why: 'ended' })
})
