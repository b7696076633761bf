/** Poll, push, a buyer and the application meet on one purchase: every order of two writers' steps (design §5.3). */
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { arrive as storeArrival } from '../../../worker/db/registrations.ts'
import { findSubscription } from '../../../worker/db/subscriptions.ts'
import type { Edge } from '../../../worker/env.ts'
import { apply, keep, readMessage, readPushed } from '../../../worker/events/keep.ts'
import { refreshSubscription } from '../../../worker/lifecycle/refresh.ts'
import { readDetail } from '../../../worker/lifecycle/state.ts'
import { sweepSubscriptions } from '../../../worker/lifecycle/sweep.ts'
import { licenseArn, SUBSCRIPTION_CODE } from '../landing/browser.ts'
import { everyInterleaving, type Writer } from './interleave.ts'
import { created, deprovisioned, updated } from './marketplace.ts'
import { ms, only, orders, rows, T, useStage } from './stage.ts'

const stage = useStage()

const edgeOn = (db: D1Database): Edge => ({
  ...stage.edge,
  settings: { ...stage.edge.settings, db, webhookUrl: 'https://app.example/hooks' },
})

/** Events as the poll takes them: all are stored, then what they are about is swept. */
const hear =
  (...bodies: readonly string[]): Writer =>
  async (db) => {
    const edge = edgeOn(db)
    await keep(
      edge,
      bodies.map((body, at) => readMessage(edge, { id: `message-${at}`, body, sentMs: null })),
    )
    await sweepSubscriptions(edge)
  }

/** Events as the push door takes them: one by one, each stored and then applied. */
const push =
  (...bodies: readonly string[]): Writer =>
  async (db) => {
    const edge = edgeOn(db)
    for (const event of bodies.map((body) => readPushed(edge, body, ''))) {
      await keep(edge, [event])
      await apply(edge, event.id)
    }
  }

/** A buyer arrives with a token: the row first, then what is stored already. */
const arrive: Writer = async (db) => {
  const { subscription } = await storeArrival(db, {
    tokenSha256: 'f'.repeat(64),
    customer: {
      productCode: SUBSCRIPTION_CODE,
      account: '012345678901',
      licenseArn: licenseArn('a'),
      customerIdentifier: null,
    },
    product: 'subscription',
    offerTypeHint: null,
    newRegistration: `reg_${'0'.repeat(22)}`,
    newSubscription: `sub_${'0'.repeat(22)}`,
    now: stage.clock.business,
  })
  await refreshSubscription(edgeOn(db), subscription)
}

const setPlan: Writer = (db) => refreshSubscription(edgeOn(db), `sub_${'0'.repeat(22)}`, 'enterprise')

const clear = async () => {
  for (const table of [
    'outbox',
    'orders',
    'identities',
    'registrations',
    'switches',
    'inbox',
    'subscriptions',
  ])
    await env.DB.exec(`DELETE FROM ${table}`)
}

const bought = [created(T('14:23:22'), { id: 'e1' }), updated(T('14:24:23'), { id: 'e2' })]
const gone = deprovisioned(T('14:25:28'), { id: 'e3' })

const GRANTED = ['subscription.granted']

test.each<[string, readonly Writer[], readonly [Writer, Writer], string, readonly (readonly string[])[]]>([
  ['poll and a buyer', [], [hear(...bought), arrive], 'active', [GRANTED]],
  ['poll and push with the same events', [arrive], [hear(...bought), push(...bought)], 'active', [GRANTED]],
  [
    'poll with the grant and push with its end',
    [arrive],
    [hear(...bought), push(gone)],
    'ended',
    // Who computes with both at once has nothing to grant and nothing to take away.
    [[], [...GRANTED, 'subscription.revoked']],
  ],
  [
    'a buyer and push with the end',
    [hear(...bought)],
    [arrive, push(gone)],
    'ended',
    [[], [...GRANTED, 'subscription.revoked']],
  ],
  [
    'an end and the plan an application sets',
    [arrive, hear(...bought)],
    [hear(gone), setPlan],
    'ended',
    [
      [...GRANTED, 'subscription.revoked'],
      [...GRANTED, 'subscription.changed', 'subscription.revoked'],
    ],
  ],
])(
  '%s, in every order of their steps: one state, one whole order the last, everything told once',
  async (_, before, writers, state, told) => {
    const states = new Set<string>()
    const prepare = async () => {
      await clear()
      for (const writer of before) await writer(env.DB)
    }
    const count = await everyInterleaving(env.DB, prepare, writers, async (order) => {
      // What a writer left undone, the next minute does.
      await sweepSubscriptions(edgeOn(env.DB))
      const { id, version } = await only()
      const all = await orders()
      const row = await findSubscription(env.DB, id)
      const detail = row && readDetail(row)
      const outbox = (await rows<{ kind: string }>('SELECT kind FROM outbox ORDER BY rowid')).map(
        ({ kind }) => kind,
      )
      expect([order, row?.state]).toEqual([order, state])
      expect(told).toContainEqual(outbox)
      expect(new Set(all.map((each) => each.version)).size).toBe(all.length)
      expect(all.at(-1)?.version ?? 0).toBeLessThanOrEqual(version)
      expect(await rows("SELECT id FROM inbox WHERE state = 'waiting'")).toEqual([])
      states.add(
        JSON.stringify([
          { ...all.at(-1), version: 0, plans: all.at(-1)?.plans.map(({ plan }) => plan) },
          detail?.access,
          row?.plan,
        ]),
      )
    })
    expect(count).toBeGreaterThan(5)
    expect([...states]).toHaveLength(1)
    const [[last]] = [...states].map((one) => JSON.parse(one))
    expect(last.activation).toBe(ms('14:24:23'))
  },
  60_000,
)
