/** Personal data: which columns of D1 hold it, what an operator exports, and that after an erasure none of it is anywhere. */
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import { beginSuccessor } from '../../../worker/db/successors.ts'
import { isErased } from '../../../worker/deliveries/contact.ts'
import { sweepDeliveries } from '../../../worker/deliveries/sweep.ts'
import type { Browser } from '../landing/browser.ts'
import { askForLink, csrfOf, logOf, register, signIn, useStage } from './stage.ts'

const stage = useStage()

/**
 * Each column of D1, by table. `person`: it may hold personal data, so an erasure empties it. Everything else holds ids,
 * accounts, times, states and what the seller or AWS wrote. A new column has to be put into one of the two lists.
 */
const COLUMNS: Readonly<Record<string, { readonly person: string; readonly other: string }>> = {
  agreements: {
    person: '',
    other: 'id product account license_tail status updated_ms starts_ms checked_ms finding finding_ms',
  },
  api_keys: { person: '', other: 'id sha256 name products created_ms revoked_ms' },
  contacts: { person: 'email fields', other: 'subscription created_ms updated_ms' },
  feedback: { person: 'message', other: 'number subscription kind score created_ms' },
  identities: { person: '', other: 'kind value product_code region subscription from_hour_ms' },
  inbox: {
    person: '',
    other:
      'id source detail_type time_ms agreement_id license_tail product_code account customer_identifier body received_ms state note',
  },
  open_records: {
    person: '',
    other: 'key subscription product dimension hour_ms quantity state reason deadline_ms revision',
  },
  orders: { person: '', other: 'subscription version body created_ms delivered_ms' },
  outbox: {
    person: '',
    other:
      'id subscription channel kind key at_ms body stale_ms state attempts next_ms queued_ms give_up_ms outcome created_ms settled_ms',
  },
  receivers: { person: '', other: 'channel failures since_ms until_ms' },
  reconciliations: {
    person: '',
    other: 'number started_ms lease_ms cursor finished_ms compared repaired contradictions calls stopped',
  },
  refused_usage: {
    // What an application sent may name its users.
    person: 'event',
    other:
      'number door source event_id hash reason message subscription product meter amount value hour_ms api_key times first_ms last_ms replayed_ms',
  },
  // Its id is the meaning of a session.
  registrations: { person: 'id offer_type_hint', other: 'token_sha256 subscription created_ms completed_ms' },
  sign_ins: {
    person: 'id token_sha256 browser_sha256 email person_mac place_mac',
    other: 'asked_ms used_ms',
  },
  subscriptions: {
    person: '',
    other:
      'id version product product_code account license_arn license_tail customer_identifier agreement_id state detail plan predecessor workspace erased_ms entitlements due_ms created_ms updated_ms',
  },
  switches: { person: '', other: 'product_code account from_hour_ms kind' },
  usage_days: { person: '', other: 'subscription dimension day_ms counted billed revision' },
  webhook_secrets: { person: '', other: 'id sealed name created_ms revoked_ms' },
  workspaces: { person: '', other: 'id account created_ms' },
}

const tables = async (): Promise<string[]> => {
  const { results } = await env.DB.prepare(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%\\_cf\\_%' ESCAPE '\\'
       AND name NOT IN ('d1_migrations', 'sqlite_sequence') ORDER BY name`,
  ).all<{ name: string }>()
  return results.map(({ name }) => name)
}

const dump = async (table: string): Promise<readonly Record<string, unknown>[]> =>
  (await env.DB.prepare(`SELECT * FROM "${table}"`).all()).results

test('of every column of D1 it is said whether it is personal', async () => {
  const found: Record<string, string> = {}
  for (const table of await tables()) {
    const { results } = await env.DB.prepare(`PRAGMA table_info("${table}")`).all<{ name: string }>()
    found[table] = wordsOf(results.map(({ name }) => name).join(' '))
  }
  const said = Object.entries(COLUMNS).map(([table, { person, other }]) => [
    table,
    wordsOf(`${person} ${other}`),
  ])
  expect(found).toEqual(Object.fromEntries(said))
})

const wordsOf = (text: string): string =>
  text
    .trim()
    .split(/\s+/)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join(' ')

const MAIL = 'canary.mail@example.com'
const NAME = 'Canary Name'
const FORM = { name: NAME, company: 'Canary Company' }

/** A buyer who did all that leaves something: registered, signed in, wrote feedback, has users, waits for a mail. */
async function leaveTraces(): Promise<{ readonly subscription: string; readonly person: Browser }> {
  const buyer = stage.browser()
  const { subscription } = await register(stage, buyer, { digit: 'a', email: MAIL, fields: FORM })
  const person = stage.browser()
  await signIn(stage, person, MAIL)
  await askForLink(stage, stage.browser(), MAIL)
  await env.DB.prepare(
    `INSERT INTO refused_usage (door, source, event_id, hash, reason, message, subscription, event, times, first_ms, last_ms)
     VALUES ('http', 's', 'e', 1, 'r', 'm', ?, ?, 1, 1, 1)`,
  )
    .bind(subscription, JSON.stringify({ key: MAIL }))
    .run()
  await env.DB.prepare(
    `INSERT INTO feedback (subscription, kind, score, message, created_ms) VALUES (?, 'idea', 9, 'Canary words', 1)`,
  )
    .bind(subscription)
    .run()
  return { subscription, person }
}

const signed = (id: string) => ({ id, who: 'ops', why: 'the buyer asked for it' })
const CANARY = /canary/i

test('an operator exports all that is kept of an account’s people, as often as he asks, each time in the log', async () => {
  const { subscription } = await leaveTraces()
  await register(stage, stage.browser(), { digit: 'b', account: '999988887777', email: 'other@example.com' })
  for (let i = 0; i < 2; i += 1) {
    const { status, body } = await stage.ask('/buyers/012345678901/export', signed('export-0001'))
    expect(status).toBe(200)
    expect(body).toMatchObject({
      account: '012345678901',
      subscriptions: [{ id: subscription, product: 'subscription', state: 'pending' }],
      contacts: [{ subscription, email: MAIL, fields: FORM }],
      registrations: [{ subscription }],
      mails: [{ subscription, kind: 'registration.completed', state: 'waiting' }],
      refusedUsage: [{ subscription, source: 's', eventId: 'e', event: JSON.stringify({ key: MAIL }) }],
    })
    expect(body).toHaveProperty('signIns.length', 2)
    expect(JSON.stringify(body)).toContain('Canary words')
    expect(JSON.stringify(body)).not.toContain('other@example.com')
  }
  const log = await logOf(stage)
  // Also under one id, for each answer holds what there is then.
  const row = { kind: 'export', who: 'ops', subject: '012345678901' }
  expect(log.filter(({ kind }) => kind === 'export')).toEqual([row, row])
})

test('after an erasure no canary is in any table, any column, the audit log, a later log line or a session', async () => {
  const { person } = await leaveTraces()
  const planted = await Promise.all((await tables()).map(dump))
  expect(planted.flat().filter((row) => CANARY.test(JSON.stringify(row))).length).toBeGreaterThanOrEqual(4)

  const erased = await stage.ask('/buyers/012345678901/erase', signed('erase-00001'))
  expect([erased.status, erased.body]).toEqual([
    200,
    expect.objectContaining({
      subscriptions: 1,
      sentence: expect.stringContaining('The people of 012345678901 are erased from 1 subscription.'),
    }),
  ])
  for (const table of await tables()) {
    const rows = await dump(table)
    expect([table, rows.filter((row) => CANARY.test(JSON.stringify(row)))]).toEqual([table, []])
    for (const column of wordsOf(COLUMNS[table]?.person ?? '')
      .split(' ')
      .filter(Boolean))
      expect([table, column, rows.filter((row) => row[column] !== null).length]).toEqual([table, column, 0])
  }
  const log = await stage.ask('/log')
  expect(JSON.stringify([log.body, erased.body, stage.logged])).not.toMatch(CANARY)
  expect((await person.get('/subscriptions')).headers.get('location')).toBe('/sign-in')
  expect((await person.get('/subscription')).status).toBe(403)
  expect((await stage.ask('/buyers/012345678901/export', signed('export-0002'))).body).toMatchObject({
    contacts: [],
    signIns: [],
    feedback: [],
    refusedUsage: [],
  })
})

test('an address that was corrected is in no table any more, and nobody stays signed in by it', async () => {
  const buyer = stage.browser()
  const { subscription } = await register(stage, buyer, { digit: 'a', email: MAIL })
  await register(stage, stage.browser(), { digit: 'b', email: 'other@example.com' })
  const [person, other] = [stage.browser(), stage.browser()]
  await signIn(stage, person, MAIL)
  await signIn(stage, other, 'other@example.com')
  await person.get(`/subscriptions/${subscription}`)
  expect((await person.get('/subscription')).status).toBe(200)
  const form = { _csrf: await csrfOf(buyer, '/subscription'), email: 'new@example.com', ...FORM }
  expect((await buyer.post('/registration', form)).status).toBe(303)
  for (const table of await tables())
    expect([table, (await dump(table)).filter((row) => JSON.stringify(row).includes(MAIL))]).toEqual([
      table,
      [],
    ])
  expect((await person.get('/subscriptions')).headers.get('location')).toBe('/sign-in')
  // Nor does the page that his sign-in opened: he could write his address back.
  expect((await person.get('/subscription')).status).toBe(403)
  expect([(await other.get('/subscriptions')).status, (await buyer.get('/subscription')).status]).toEqual([
    200, 200,
  ])
})

test('an erasure takes one account’s people and nobody else’s; an address that another account has stays there', async () => {
  await register(stage, stage.browser(), { digit: 'a' })
  await register(stage, stage.browser(), { digit: 'b', account: '999988887777' })
  const person = stage.browser()
  await signIn(stage, person)
  await stage.ask('/buyers/012345678901/erase', signed('erase-00002'))
  const html = await (await person.get('/subscriptions')).text()
  expect([html.includes('7777'), html.includes('8901')]).toEqual([true, false])
})

test('a mail to somebody who was erased ends as "no address", now and whenever there is another', async () => {
  const { subscription } = await register(stage, stage.browser(), { digit: 'a', email: MAIL })
  const copy = { from: 'subscription.granted', later: 'subscription.changed' }
  const add = (kind: string) =>
    env.DB.prepare(
      `INSERT INTO outbox (id, subscription, channel, kind, key, at_ms, body, next_ms, give_up_ms, created_ms)
       SELECT 'dlv_' || ?2, subscription, channel, ?2, ?2, at_ms, body, next_ms, give_up_ms, created_ms FROM outbox
       WHERE channel = 'mail' AND subscription = ?1 LIMIT 1`,
    )
      .bind(subscription, kind)
      .run()
  await add(copy.from)
  const mailRow = env.DB.prepare(
    "SELECT state, outcome, next_ms FROM outbox WHERE channel = 'mail' AND kind = ?",
  )
  await stage.ask('/buyers/012345678901/erase', signed('erase-00003'))
  const over = { state: 'skipped', outcome: 'no address: the buyer was erased', next_ms: null }
  expect(await mailRow.bind(copy.from).first()).toEqual(over)
  await env.DB.prepare(
    `INSERT INTO outbox (id, subscription, channel, kind, key, at_ms, body, next_ms, give_up_ms, created_ms)
     SELECT 'dlv_later', subscription, channel, ?, 'later', at_ms, body, created_ms, give_up_ms, created_ms FROM outbox
     WHERE id = 'dlv_' || ?`,
  )
    .bind(copy.later, copy.from)
    .run()
  await sweepDeliveries(stage.edge)
  expect(await mailRow.bind(copy.later).first()).toEqual(over)
  expect(stage.mails).toEqual([])
})

test('what AWS renews by itself after an erasure is written to nobody either', async () => {
  const { subscription } = await register(stage, stage.browser(), { digit: 'a', email: MAIL })
  await stage.ask('/buyers/012345678901/erase', signed('erase-00007'))
  const license = { licenseArn: 'arn:x', licenseTail: 'l-9', agreementId: 'agmt-9' }
  const renewed = { ...license, predecessor: subscription as SubscriptionId }
  await beginSuccessor(env.DB, renewed, 'sub_0000000000000000000009', 1)
  expect(await isErased(env.DB, 'sub_0000000000000000000009')).toBe(true)
})

test('what AWS renews while its buyer is erased keeps no copy of him', async () => {
  const { subscription } = await register(stage, stage.browser(), { digit: 'a', email: MAIL })
  const license = { licenseArn: 'arn:x', licenseTail: 'l-9', agreementId: 'agmt-9' }
  const renewed = { ...license, predecessor: subscription as SubscriptionId }
  const db = new Proxy(env.DB, {
    get(target, name) {
      if (name === 'batch')
        return async (statements: D1PreparedStatement[]) => {
          // AWS's renewal is quicker by one batch.
          await beginSuccessor(target, renewed, 'sub_0000000000000000000009', 1)
          return target.batch(statements)
        }
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  stage.edge = { ...stage.edge, settings: { ...stage.edge.settings, db } }
  await stage.ask('/buyers/012345678901/erase', signed('erase-00008'))
  expect(await dump('subscriptions')).toHaveLength(2)
  expect(await dump('contacts')).toEqual([])
})

test('who registers again after an erasure is new: told once more, and written to', async () => {
  const first = await register(stage, stage.browser(), { digit: 'a', email: MAIL })
  await stage.ask('/buyers/012345678901/erase', signed('erase-00004'))
  const again = await register(stage, stage.browser(), { digit: 'a', email: 'new@example.com' })
  expect(again.subscription).toBe(first.subscription)
  await sweepDeliveries(stage.edge)
  expect(stage.mails.map(({ to, subject }) => [to, subject])).toEqual([
    ['new@example.com', 'Welcome to Skillsmith'],
  ])
})

test.each([
  ['/buyers/12345678901/erase', 400],
  ['/buyers/nobody/export', 400],
  ['/buyers/999999999999/erase', 404],
  ['/buyers/999999999999/export', 404],
])('%s is answered %i, and nothing is erased', async (path, status) => {
  await register(stage, stage.browser(), { digit: 'a' })
  expect((await stage.ask(path, signed('erase-00005'))).status).toBe(status)
  expect((await stage.ask('/buyers/012345678901/erase', { id: 'erase-00006' })).status).toBe(400)
  expect(await dump('contacts')).toHaveLength(1)
})
