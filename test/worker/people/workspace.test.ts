/** Where a purchase belongs: what its buyer is offered, that nothing is linked without his word, and what is told. Issue §6, §7. */
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { beginSuccessor } from '../../../worker/db/successors.ts'
import { placeStatements } from '../../../worker/db/workspaces.ts'
import { succeed } from '../../../worker/lifecycle/succeed.ts'
import { offersFor } from '../../../worker/people/workspace.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import { csrfOf, logOf, register, signIn, useStage } from './stage.ts'

const stage = useStage()

interface Row {
  readonly workspace: string | null
  readonly predecessor: string | null
  readonly state: string
  readonly detail: string
  readonly due_ms: number | null
}

const rowOf = async (id: string): Promise<Row | null> =>
  env.DB.prepare('SELECT workspace, predecessor, state, detail, due_ms FROM subscriptions WHERE id = ?')
    .bind(id)
    .first<Row>()
const workspaceOf = async (id: string): Promise<string> => (await rowOf(id))?.workspace ?? ''

/** The webhooks that tell a choice, as they wait in the outbox. */
const told = async (): Promise<readonly { subscription: { workspace: string }; decision: object }[]> => {
  const { results } = await env.DB.prepare(
    "SELECT body FROM outbox WHERE kind = 'subscription.linked' ORDER BY rowid",
  ).all<{ body: string }>()
  return results.map(({ body }) => JSON.parse(body))
}

/** What the lifecycle will have written of a trial. */
const makeTrial = (id: string): Promise<unknown> =>
  env.DB.prepare('UPDATE subscriptions SET detail = ? WHERE id = ?')
    .bind(JSON.stringify({ trial: { endsAt: 1, graceUntil: 2, converted: false } }), id)
    .run()

const offered = (html: string): string[] =>
  [...html.matchAll(/name="workspace" value="([^"]+)"/g)].map(([, value = '']) => value)

test('the first purchase of an account has a workspace of its own when it is registered, and its message says which', async () => {
  const { subscription, location } = await register(stage, stage.browser(), { digit: 'a' })
  expect(location).toBe('/subscription')
  const workspace = await workspaceOf(subscription)
  expect(workspace).toMatch(/^ws_[0-9A-Za-z]{22}$/)
  const body = await env.DB.prepare("SELECT body FROM outbox WHERE kind = 'registration.completed'").first(
    'body',
  )
  expect(JSON.parse(String(body))).toMatchObject({ subscription: { id: subscription, workspace } })
})

test('a second agreement is linked to nothing until its buyer says so: it may stay undecided', async () => {
  await register(stage, stage.browser(), { digit: 'a' })
  const { subscription, location } = await register(stage, stage.browser(), { digit: 'b' })
  expect(location).toBe('/workspace')
  expect((await rowOf(subscription))?.workspace).toBeNull()
  expect(await told()).toEqual([])
})

test('signed in with a fresh token, a buyer links his second agreement; nothing of its life or bill changes', async () => {
  const first = await register(stage, stage.browser(), { digit: 'a' })
  const buyer = stage.browser()
  await signIn(stage, buyer)
  const second = await register(stage, buyer, { digit: 'b', email: 'new@example.com' })
  const before = await rowOf(second.subscription)
  const page = await (await buyer.get('/workspace')).text()
  const workspace = await workspaceOf(first.subscription)
  expect(offered(page)).toEqual([workspace, 'new'])

  const csrf = await csrfOf(buyer, '/workspace')
  for (let i = 0; i < 2; i += 1) await buyer.post('/workspace', { _csrf: csrf, workspace })
  expect(await rowOf(second.subscription)).toEqual({ ...before, workspace })
  expect(await told()).toMatchObject([
    { subscription: { workspace }, decision: { workspace, carriesOver: null } },
  ])
  expect((await logOf(stage)).filter(({ kind }) => kind === 'link')).toEqual([
    { kind: 'link', who: expect.stringMatching(/^reg_/), subject: second.subscription },
  ])
})

test('whoever registers first and signs in later is offered the same from his list', async () => {
  const first = await register(stage, stage.browser(), { digit: 'a' })
  const second = await register(stage, stage.browser(), { digit: 'b' })
  const buyer = stage.browser()
  await signIn(stage, buyer)
  const list = await (await buyer.get('/subscriptions')).text()
  expect(list).toContain(`/subscriptions/${second.subscription}?to=workspace`)
  expect(list).not.toContain(`/subscriptions/${first.subscription}?to=workspace`)
  await buyer.get(`/subscriptions/${second.subscription}?to=workspace`)
  const workspace = await workspaceOf(first.subscription)
  await buyer.post('/workspace', { _csrf: await csrfOf(buyer, '/workspace'), workspace })
  expect(await workspaceOf(second.subscription)).toBe(workspace)
})

test('a new workspace shares nothing, and what was chosen is not chosen again', async () => {
  const first = await register(stage, stage.browser(), { digit: 'a' })
  const buyer = stage.browser()
  const second = await register(stage, buyer, { digit: 'b' })
  const csrf = await csrfOf(buyer, '/workspace')
  const twin = stage.browser()
  twin.cookies = new Map(buyer.cookies)
  await Promise.all([buyer, twin].map((one) => one.post('/workspace', { _csrf: csrf, workspace: 'new' })))
  const opened = await workspaceOf(second.subscription)
  expect(opened).toMatch(/^ws_/)
  expect(opened).not.toBe(await workspaceOf(first.subscription))
  expect((await buyer.get('/workspace')).headers.get('location')).toBe('/subscription')
  expect(await env.DB.prepare('SELECT count(*) AS n FROM workspaces').first('n')).toBe(2)
  expect(await told()).toHaveLength(1)
})

test('without signing in, no workspace of others in the account is shown or taken', async () => {
  const first = await register(stage, stage.browser(), { digit: 'a' })
  const buyer = stage.browser()
  const second = await register(stage, buyer, { digit: 'b' })
  const page = await (await buyer.get('/workspace')).text()
  expect(offered(page)).toEqual(['new'])
  expect(page).toContain('<a href="/sign-in">sign in</a>')
  const workspace = await workspaceOf(first.subscription)
  const guessed = await buyer.post('/workspace', { _csrf: await csrfOf(buyer, '/workspace'), workspace })
  expect(guessed.status).toBe(403)
  expect((await rowOf(second.subscription))?.workspace).toBeNull()
  // Once he signs in, he is led back to the question.
  expect((await signIn(stage, buyer)).headers.get('location')).toBe('/workspace')
  expect(offered(await (await buyer.get('/workspace')).text())).toEqual([workspace, 'new'])
})

test('a person of two accounts links within each; no account gets into a workspace of the other', async () => {
  const mine = await register(stage, stage.browser(), { digit: 'a' })
  const theirs = await register(stage, stage.browser(), { digit: 'b', account: '999988887777' })
  const second = await register(stage, stage.browser(), { digit: 'c', account: '999988887777' })
  const buyer = stage.browser()
  await signIn(stage, buyer)
  await buyer.get(`/subscriptions/${second.subscription}?to=workspace`)
  const html = await (await buyer.get('/workspace')).text()
  expect(offered(html)).toEqual([await workspaceOf(theirs.subscription), 'new'])
  const csrf = await csrfOf(buyer, '/workspace')
  const workspace = await workspaceOf(mine.subscription)
  expect((await buyer.post('/workspace', { _csrf: csrf, workspace })).status).toBe(403)
  expect((await rowOf(second.subscription))?.workspace).toBeNull()
})

test('the database itself puts no purchase into another account’s workspace, nor into a second one', async () => {
  const mine = await register(stage, stage.browser(), { digit: 'a' })
  await register(stage, stage.browser(), { digit: 'b', account: '999988887777' })
  const second = await register(stage, stage.browser(), { digit: 'c', account: '999988887777' })
  const put = (subscription: string, workspace: string, opens: boolean) =>
    env.DB.batch([
      ...placeStatements(env.DB, {
        subscription: subscription as SubscriptionId,
        workspace,
        opens,
        predecessor: null,
        now: 1,
      }),
    ])
  const workspace = await workspaceOf(mine.subscription)
  await expect(put(second.subscription, workspace, false)).rejects.toThrow(/malformed JSON/)
  await expect(put(mine.subscription, 'ws_other', true)).rejects.toThrow(/malformed JSON/)
  expect((await rowOf(second.subscription))?.workspace).toBeNull()
  expect(await workspaceOf(mine.subscription)).toBe(workspace)
  expect(await env.DB.prepare("SELECT 1 FROM workspaces WHERE id = 'ws_other'").first()).toBeNull()
})

test('a trial is carried over to the paid purchase of its account and product by the buyer’s word, and only then', async () => {
  const trial = await register(stage, stage.browser(), { digit: 'a' })
  await makeTrial(trial.subscription)
  const buyer = stage.browser()
  await signIn(stage, buyer)
  const paid = await register(stage, buyer, { digit: 'b' })
  expect((await rowOf(paid.subscription))?.predecessor).toBeNull()
  const page = await (await buyer.get('/workspace')).text()
  expect(page).toContain('Go on from the trial here')
  const workspace = await workspaceOf(trial.subscription)
  await buyer.post('/workspace', { _csrf: await csrfOf(buyer, '/workspace'), workspace })
  expect(await rowOf(paid.subscription)).toMatchObject({
    workspace,
    predecessor: trial.subscription,
    due_ms: stage.clock.business,
  })
  expect(await told()).toMatchObject([{ decision: { workspace, carriesOver: trial.subscription } }])
})

test('a trial is carried over once: a third purchase is linked beside the second, and takes nothing over', async () => {
  const trial = await register(stage, stage.browser(), { digit: 'a' })
  await makeTrial(trial.subscription)
  const buyer = stage.browser()
  await signIn(stage, buyer)
  const workspace = await workspaceOf(trial.subscription)
  const carried: (string | null | undefined)[] = []
  let last = ''
  for (const digit of ['b', 'c']) {
    const { subscription } = await register(stage, buyer, { digit })
    last = subscription
    await buyer.post('/workspace', { _csrf: await csrfOf(buyer, '/workspace'), workspace })
    carried.push((await rowOf(subscription))?.predecessor)
  }
  expect(carried).toEqual([trial.subscription, null])
  expect(await told()).toMatchObject([
    { decision: { carriesOver: trial.subscription } },
    { decision: { carriesOver: null } },
  ])
  expect(await succeed(stage.edge, trial.subscription, last)).toMatchObject({
    refused: 'not-allowed',
    sentence: expect.stringContaining('its month is taken over once'),
  })
})

test('where the paid month is over, the data goes on and the bill stays as it is', async () => {
  const trial = await register(stage, stage.browser(), { digit: 'a' })
  await makeTrial(trial.subscription)
  const buyer = stage.browser()
  const paid = await register(stage, buyer, { digit: 'b' })
  const order = { activation: Date.parse('2026-10-30T00:00:00Z'), predecessor: null }
  await env.DB.prepare('INSERT INTO orders (subscription, version, body, created_ms) VALUES (?, 1, ?, 1)')
    .bind(paid.subscription, JSON.stringify(order))
    .run()
  await signIn(stage, buyer)
  const workspace = await workspaceOf(trial.subscription)
  await buyer.post('/workspace', { _csrf: await csrfOf(buyer, '/workspace'), workspace })
  expect(await rowOf(paid.subscription)).toMatchObject({ workspace, predecessor: null })
  expect(await told()).toMatchObject([{ decision: { carriesOver: trial.subscription } }])
})

test('a renewal that AWS makes by itself stays in the workspace of what it renews', async () => {
  const { subscription } = await register(stage, stage.browser(), { digit: 'a' })
  const renewed: SubscriptionId = 'sub_0000000000000000000009'
  const license = { licenseArn: 'arn:x', licenseTail: 'l-9', agreementId: 'agmt-9' }
  await beginSuccessor(env.DB, { ...license, predecessor: subscription as SubscriptionId }, renewed, 1)
  expect(await workspaceOf(renewed)).toBe(await workspaceOf(subscription))
})

const purchase = (id: number, trial: object | null, state: 'active' | 'ended' = 'active') => ({
  id: `sub_${String(id).padStart(22, '0')}` as const,
  product: 'subscription',
  productCode: 'x',
  account: '012345678901',
  state,
  detail: JSON.stringify({ trial }),
  workspace: 'ws_1',
  createdMs: id,
})

test('nothing goes on from a trial in a purchase that has ended: it is linked, and no more', () => {
  const mine = [purchase(1, { paid: null }, 'ended')]
  const trialFor = (state: 'active' | 'ended') =>
    offersFor(purchase(2, null, state), mine).map(({ workspace, trial }) => [workspace, trial])
  expect(trialFor('active')).toEqual([['ws_1', 'sub_0000000000000000000001']])
  expect(trialFor('ended')).toEqual([['ws_1', null]])
})

test('a trial that was paid for under its own license is a purchase, and another goes on from it by no word', () => {
  const trialIn = (paid: string | null) =>
    offersFor(purchase(2, null), [purchase(1, { paid })]).map(({ trial }) => trial)
  expect([trialIn(null), trialIn('same')]).toEqual([['sub_0000000000000000000001'], [null]])
})
