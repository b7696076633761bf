/** Free trials from AWS's word to the Ledger's order and to what is told: issue's trials, design §5.4, money §4 *Trial*. */
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { nextDue } from '../../../worker/db/subscriptions.ts'
import { refreshSubscription } from '../../../worker/lifecycle/refresh.ts'
import { readDetail } from '../../../worker/lifecycle/state.ts'
import { sweepSubscriptions } from '../../../worker/lifecycle/sweep.ts'
import { Browser, customer, licenseArn } from '../landing/browser.ts'
import { createApp } from '../../../worker/app.ts'
import { awsError } from '../support.ts'
import { created, deprovisioned, ended, updated } from './marketplace.ts'
import { ms, orders, rows, T, useStage } from './stage.ts'

const stage = useStage()
const DAY = 86_400_000
const START = ms('14:23:22')
const END = START + 14 * DAY
const GRACE = END + 3 * DAY

/** GetAgreementTerms for each agreement: those named are trials. */
const trials =
  (...agreements: readonly string[]) =>
  ({ body }: { readonly body: Record<string, unknown> }) =>
    Response.json({
      acceptedTerms: agreements.includes(String(body['agreementId']))
        ? [{ supportTerm: {} }, { freeTrialPricingTerm: { type: 'FreeTrialPricingTerm', duration: 'P14D' } }]
        : [{ usageBasedPricingTerm: {} }],
    })

const details = async () =>
  (await rows<{ detail: string }>('SELECT detail FROM subscriptions ORDER BY created_ms, rowid')).map((row) =>
    readDetail(row),
  )

const whyAt = async (now: number) => {
  stage.clock.business = now
  await sweepSubscriptions(stage.edge)
  const [first] = await details()
  return first?.access.why
}

const told = async () =>
  (await rows<{ kind: string }>('SELECT kind FROM outbox ORDER BY created_ms, rowid')).map(({ kind }) => kind)

/** With a receiver of webhooks, so that what is decided is written down. */
const listen = () => {
  stage.edge = {
    ...stage.edge,
    settings: { ...stage.edge.settings, webhookUrl: 'https://app.example/hooks' },
  }
}

test('a trial is what GetAgreementTerms says: the order has its end and our days of grace, the plan is the trial’s', async () => {
  stage.market.terms = trials('agmt-1')
  await stage.arrive()
  await stage.poll(created(T('14:23:22')), updated(T('14:24:23')))
  expect((await orders()).at(-1)).toMatchObject({
    activation: ms('14:24:23'),
    trial: { endsAt: END, graceUntil: GRACE },
    plans: [{ fromHour: 0, plan: 'team' }],
  })
  expect((await details())[0]).toMatchObject({
    access: { granted: true, since: ms('14:24:23'), why: 'trial' },
    trial: { endsAt: END, graceUntil: GRACE, converted: false, reminder: null },
    nextPlan: 'team',
  })
  expect(await nextDue(env.DB)).toBe(END - 7 * DAY)
})

test('the form’s offer type is anybody’s word: without a free trial term there is none', async () => {
  await new Browser(createApp(stage.edge)).arrive('t', { 'x-amzn-marketplace-offer-type': 'free-trial' })
  await stage.poll(created(T('14:23:22')), updated(T('14:24:23')))
  expect((await orders()).at(-1)?.trial).toBeNull()
  expect((await details())[0]?.access.why).toBe('active')
})

test('reminders 7, 3 and 1 days before, grace, the end: each is told once, at its time to the millisecond', async () => {
  listen()
  stage.market.terms = trials('agmt-1')
  await stage.arrive()
  await stage.poll(created(T('14:23:22')), updated(T('14:24:23')))
  const seen: [number, unknown, readonly string[]][] = []
  for (const now of [
    END - 7 * DAY - 1,
    END - 7 * DAY,
    END - 3 * DAY,
    END - DAY,
    END - 1,
    END,
    GRACE - 1,
    GRACE,
  ]) {
    if (now === END) stage.market.put(ended(new Date(END).toISOString(), { status: 'EXPIRED' }))
    const why = await whyAt(now)
    await sweepSubscriptions(stage.edge)
    seen.push([now, why, (await told()).slice(1)])
    if (now === END) await stage.poll(deprovisioned(new Date(END + 31_000).toISOString()))
  }
  const reminders = (count: number) => Array.from({ length: count }, () => 'subscription.trial-ending')
  expect(seen).toEqual([
    [END - 7 * DAY - 1, 'trial', []],
    [END - 7 * DAY, 'trial', reminders(1)],
    [END - 3 * DAY, 'trial', reminders(2)],
    [END - DAY, 'trial', reminders(3)],
    [END - 1, 'trial', reminders(3)],
    [END, 'grace', [...reminders(3), 'subscription.trial-ended']],
    [GRACE - 1, 'grace', [...reminders(3), 'subscription.trial-ended']],
    [GRACE, 'trial-over', [...reminders(3), 'subscription.trial-ended', 'subscription.revoked']],
  ])
  expect((await orders()).at(-1)).toMatchObject({
    end: { at: END + 31_000 - ((END + 31_000) % 1_000) },
    trial: { endsAt: END, graceUntil: GRACE },
  })
  expect(await nextDue(env.DB)).toBeNull()
})

test('terms that cannot be read are asked again until they can; until then nothing is called a trial', async () => {
  stage.market.terms = () => awsError('ThrottlingException')
  await stage.arrive()
  await stage.poll(created(T('14:23:22')), updated(T('14:24:23')))
  expect([(await details())[0]?.access.why, (await orders()).at(-1)?.trial]).toEqual(['active', null])
  expect(await nextDue(env.DB)).toBe(stage.clock.business + 60_000)
  stage.market.terms = trials('agmt-1')
  expect(await whyAt(stage.clock.business + 60_000)).toBe('trial')
  expect((await orders()).at(-1)?.trial).toEqual({ endsAt: END, graceUntil: GRACE })
  const asked = stage.market.calls.filter(({ target }) => target === 'GetAgreementTerms').length
  await sweepSubscriptions(stage.edge)
  expect(stage.market.calls.filter(({ target }) => target === 'GetAgreementTerms')).toHaveLength(asked)
})

test('a later purchase of the same account and product under its own license converts the trial, in whatever order it is heard of', async () => {
  const seen = new Set<string>()
  const events = [
    updated(T('14:24:23'), { id: 'g1' }),
    created(T('14:23:22'), { id: 'c1' }),
    updated(T('16:10:00'), { id: 'g2', agreement: 'agmt-2', license: licenseArn('b') }),
  ]
  for (const order of [events, events.toReversed()]) {
    stage.clock.business = ms('16:30:00')
    stage.market.terms = trials('agmt-1')
    stage.market.resolve = () => Response.json(customer())
    await stage.arrive('t1')
    stage.clock.business += 1
    stage.market.resolve = () => Response.json(customer({ LicenseArn: licenseArn('b') }))
    await stage.arrive('t2')
    for (const body of order) await stage.poll(body)
    // Who hears of another's change is due at once.
    await sweepSubscriptions(stage.edge)
    const [trial, paid] = await details()
    seen.add(JSON.stringify([trial?.access, trial?.trial, paid?.access.why, paid?.trial, trial?.nextPlan]))
    for (const table of ['orders', 'identities', 'registrations', 'switches', 'inbox', 'subscriptions'])
      await env.DB.exec(`DELETE FROM ${table}`)
  }
  expect([...seen].map((one) => JSON.parse(one))).toEqual([
    [
      { granted: true, since: ms('14:24:23'), why: 'trial' },
      { endsAt: END, graceUntil: END, converted: true, paid: 'other', reminder: null },
      'active',
      null,
      'team',
    ],
  ])
})

test('a trial that is paid for under its own license is a purchase from that moment on (money §4)', async () => {
  listen()
  stage.market.terms = trials('agmt-1')
  await stage.arrive()
  await stage.poll(created(T('14:23:22')), updated(T('14:24:23')))
  stage.clock.business = ms('18:30:00')
  await stage.poll(
    created(T('18:20:00'), { agreement: 'agmt-2', previous: 'agmt-1' }),
    updated(T('18:21:00'), { agreement: 'agmt-2' }),
    ended(T('18:20:30'), { status: 'REPLACED' }),
  )
  const paid = ms('18:21:00')
  expect((await orders()).at(-1)).toMatchObject({
    life: 1,
    end: null,
    trial: { endsAt: paid, graceUntil: paid },
  })
  expect((await details())[0]?.access).toEqual({ granted: true, since: ms('14:24:23'), why: 'active' })
  expect(await told()).toEqual([
    'subscription.granted',
    'subscription.trial-converted',
    'subscription.trial-ended',
  ])
})

test('a trial that is replaced by a purchase under a license of its own ends at its end, and its successor goes on', async () => {
  stage.market.terms = trials('agmt-1')
  await stage.arrive()
  await stage.poll(created(T('14:23:22')), updated(T('14:24:23')))
  stage.clock.business = ms('18:30:00')
  await stage.poll(
    created(T('18:20:00'), { agreement: 'agmt-2', previous: 'agmt-1' }),
    updated(T('18:21:00'), { agreement: 'agmt-2', license: licenseArn('b') }),
    ended(T('18:20:30'), { status: 'REPLACED' }),
  )
  await sweepSubscriptions(stage.edge)
  const whys = async () => (await details()).map((detail) => [detail?.state, detail?.access.why])
  expect(await whys()).toEqual([
    ['active', 'trial'],
    ['active', 'active'],
  ])
  await whyAt(END - 1)
  expect((await whys())[0]).toEqual(['active', 'trial'])
  await whyAt(END)
  await sweepSubscriptions(stage.edge)
  expect(await whys()).toEqual([
    ['ended', 'trial-over'],
    ['active', 'active'],
  ])
  const [trial] = await details()
  expect(trial?.end).toEqual({ at: END, takeUntil: END + 300_000, cause: 'presumed' })
  expect(await nextDue(env.DB)).toBeNull()
})

test('a future-dated purchase is told from one that is being set up: its agreement is asked by its license', async () => {
  const starts = ms('14:23:22') + 30 * DAY
  await stage.arrive()
  await stage.poll(
    created(T('14:23:22'), {
      detail: {
        agreement: { id: 'agmt-1', intent: 'NEW', startTime: new Date(starts).toISOString() },
        acceptor: { accountId: '012345678901' },
      },
    }),
  )
  expect((await details())[0]?.access.why).toBe('setting-up')
  stage.market.search = () =>
    Response.json({
      agreementViewSummaries: [
        {
          agreementId: 'agmt-1',
          status: 'ACTIVE',
          acceptor: { accountId: '012345678901' },
          entitlements: [{ licenseArn: licenseArn('a') }],
        },
        {
          agreementId: 'agmt-foreign',
          status: 'ACTIVE',
          startTime: starts / 1_000 + 9,
          acceptor: { accountId: '999999999999' },
          entitlements: [{ licenseArn: licenseArn('a') }],
        },
      ],
    })
  await whyAt(stage.clock.business + 180_000)
  expect(await whyAt(stage.clock.business + 1)).toBe('not-started')
  expect(await rows('SELECT agreement_id FROM subscriptions')).toEqual([{ agreement_id: 'agmt-1' }])
  expect(await whyAt(starts)).toBe('setting-up')
  expect(await whyAt(starts + 900_000)).toBe('payment-pending')
  const [row] = await rows<{ id: Parameters<typeof refreshSubscription>[1] }>('SELECT id FROM subscriptions')
  expect(await refreshSubscription(stage.edge, row?.id ?? 'sub_')).toBe(false)
})

test('a payment that failed is asked of AWS once the grant is late, told once, and settled by the grant', async () => {
  listen()
  await stage.arrive()
  await env.DB.exec("UPDATE subscriptions SET agreement_id = 'agmt-1'")
  await stage.poll(created(T('14:23:22')))
  const asked = () => stage.market.calls.filter(({ target }) => target === 'GetAgreementEntitlements').length
  expect([asked(), (await details())[0]?.access.why]).toEqual([0, 'setting-up'])
  expect([await whyAt(ms('14:38:22')), asked()]).toEqual(['payment-pending', 1])
  stage.market.provisioning = () =>
    Response.json({
      agreementEntitlements: [{ status: 'FAILED', statusReasonCode: 'INVALID_PAYMENT_INSTRUMENT' }],
    })
  expect(await whyAt(ms('14:39:22'))).toBe('payment-failed')
  expect(await whyAt(ms('14:41:22'))).toBe('payment-failed')
  expect(await told()).toEqual(['subscription.payment-failed'])
  await stage.poll(updated(T('14:42:00')))
  expect([(await details())[0]?.access.why, await told()]).toEqual([
    'active',
    ['subscription.payment-failed', 'subscription.granted'],
  ])
})
