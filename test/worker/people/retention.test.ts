/** What time does to personal data: ended subscriptions, links, deliveries that are over. Issue, *What must stand*. */
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { sweepPeople } from '../../../worker/people/retention.ts'
import { runScheduled } from '../../../worker/scheduled.ts'
import { logOf, register, useStage } from './stage.ts'

const DAY_MS = 86_400_000
const stage = useStage()

/** What the lifecycle writes when a purchase is over. */
const end = (id: string, at: number, granted = false): Promise<unknown> =>
  env.DB.prepare("UPDATE subscriptions SET state = 'ended', due_ms = NULL, detail = ? WHERE id = ?")
    .bind(JSON.stringify({ end: { at }, access: { granted } }), id)
    .run()
const contacts = async (): Promise<unknown[]> =>
  (await env.DB.prepare('SELECT subscription FROM contacts').all<{ subscription: string }>()).results.map(
    ({ subscription }) => subscription,
  )

test('the people of an ended subscription are erased when 30 days of business time are over, not before', async () => {
  const { subscription } = await register(stage, stage.browser(), { digit: 'a' })
  const endedAt = stage.clock.business
  await end(subscription, endedAt)
  stage.clock.business = endedAt + 30 * DAY_MS - 1
  expect(await sweepPeople(stage.edge)).toEqual([])
  expect(await contacts()).toEqual([subscription])
  stage.clock.business += 1
  expect(await runScheduled(stage.edge)).toContain(`erased the people of ${subscription}`)
  expect(await contacts()).toEqual([])
  expect(await sweepPeople(stage.edge)).toEqual([])
  expect((await logOf(stage)).at(-1)).toEqual({ kind: 'erase', who: 'the clock', subject: subscription })
})

test('the days are those of the config', async () => {
  const { subscription } = await register(stage, stage.browser(), { digit: 'a' })
  await end(subscription, stage.clock.business)
  stage.clock.business += 2 * DAY_MS
  stage.edge = { ...stage.edge, seller: { ...stage.edge.seller, keepEndedDays: 2 } }
  expect(await sweepPeople(stage.edge)).toHaveLength(1)
})

test.each(['active', 'ending', 'pending'] as const)(
  'a subscription that is %s keeps its people for ever',
  async (state) => {
    const { subscription } = await register(stage, stage.browser(), { digit: 'a' })
    await end(subscription, stage.clock.business)
    await env.DB.prepare('UPDATE subscriptions SET state = ?').bind(state).run()
    stage.clock.business += 400 * DAY_MS
    expect(await sweepPeople(stage.edge)).toEqual([])
  },
)

test('our days of grace are not over because the license is', async () => {
  const { subscription } = await register(stage, stage.browser(), { digit: 'a' })
  await end(subscription, stage.clock.business, true)
  stage.clock.business += 31 * DAY_MS
  expect(await sweepPeople(stage.edge)).toEqual([])
})

test('who comes back to the product within 30 days keeps what he had, until 30 days after his last end', async () => {
  const old = await register(stage, stage.browser(), { digit: 'a' })
  const endedAt = stage.clock.business
  await end(old.subscription, endedAt)
  stage.clock.business = endedAt + 29 * DAY_MS
  const fresh = await register(stage, stage.browser(), { digit: 'b' })
  await env.DB.prepare("UPDATE subscriptions SET state = 'active' WHERE id = ?")
    .bind(fresh.subscription)
    .run()
  stage.clock.business = endedAt + 300 * DAY_MS
  expect(await sweepPeople(stage.edge)).toEqual([])
  await end(fresh.subscription, stage.clock.business)
  stage.clock.business += 30 * DAY_MS - 1
  expect(await sweepPeople(stage.edge)).toEqual([])
  stage.clock.business += 1
  expect(await sweepPeople(stage.edge)).toHaveLength(2)
})

test('another account, and another product of the same, keep nothing of this one', async () => {
  const old = await register(stage, stage.browser(), { digit: 'a' })
  const other = await register(stage, stage.browser(), { digit: 'b', account: '999988887777' })
  const elsewhere = await register(stage, stage.browser(), { digit: 'c' })
  await env.DB.prepare("UPDATE subscriptions SET state = 'active', product = 'contract' WHERE id = ?")
    .bind(elsewhere.subscription)
    .run()
  await env.DB.prepare("UPDATE subscriptions SET state = 'active' WHERE id = ?")
    .bind(other.subscription)
    .run()
  await end(old.subscription, stage.clock.business)
  stage.clock.business += 30 * DAY_MS
  expect(await sweepPeople(stage.edge)).toEqual([`erased the people of ${old.subscription}`])
})

test('the sweep reads only what is over long enough, by its index', async () => {
  const { results } = await env.DB.prepare(
    `EXPLAIN QUERY PLAN SELECT s.id FROM subscriptions s WHERE s.state = 'ended' AND s.erased_ms IS NULL
       AND s.detail ->> '$.end.at' <= 1`,
  ).all<{ detail: string }>()
  expect(results.map(({ detail }) => detail).join()).toContain('subscriptions_kept')
})

test('deliveries that are over are forgotten after 90 days; what waits, is parked or keeps a welcome single stays', async () => {
  const { subscription } = await register(stage, stage.browser(), { digit: 'a' })
  const now = stage.clock.business
  await env.DB.prepare('DELETE FROM outbox').run()
  const add = env.DB.prepare(
    `INSERT INTO outbox (id, subscription, channel, kind, key, at_ms, body, state, next_ms, give_up_ms, created_ms, settled_ms)
     VALUES (?1, ?2, 'webhook', ?3, ?1, 1, '{}', ?4, NULL, 1, 1, ?5)`,
  )
  const [long, short] = [now - 90 * DAY_MS - 1, now - 90 * DAY_MS]
  await env.DB.batch([
    add.bind('delivered long ago', subscription, 'subscription.granted', 'delivered', long),
    add.bind('skipped long ago', subscription, 'subscription.changed', 'skipped', long),
    add.bind('delivered', subscription, 'subscription.granted', 'delivered', short),
    add.bind('parked', subscription, 'subscription.granted', 'parked', long),
    add.bind('waiting', subscription, 'subscription.granted', 'waiting', null),
    add.bind('welcome', subscription, 'registration.completed', 'delivered', long),
  ])
  await sweepPeople(stage.edge)
  const left = await env.DB.prepare('SELECT id FROM outbox ORDER BY id').all<{ id: string }>()
  expect(left.results.map(({ id }) => id)).toEqual(['delivered', 'parked', 'waiting', 'welcome'])
})
