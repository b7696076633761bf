/** What the buyer reads: when, whether it is still true, to whom, and that nothing typed into a form becomes more than text. */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Decision, DecisionKind } from '../../../shared/deliveries.ts'
import { DAY_MS } from '../../../shared/hour.ts'
import { sweepDeliveries } from '../../../worker/deliveries/sweep.ts'
import { DRY_NOTE } from '../../../worker/dry.ts'
import {
  addSubscription,
  closeStage,
  decide,
  decision,
  FROM,
  openStage,
  register,
  rows,
  standings,
  type Stage,
} from './stage.ts'

let stage: Stage
beforeEach(async () => {
  stage = await openStage()
  stage.edge = {
    ...stage.edge,
    settings: { ...stage.edge.settings, publicUrl: 'https://buy.skillsmith.app' },
  }
})
afterEach(closeStage)

interface Mail {
  readonly FromEmailAddress: string
  readonly Destination: { readonly ToAddresses: readonly string[] }
  readonly ReplyToAddresses: readonly string[]
  readonly Content: {
    readonly Simple: {
      readonly Subject: { readonly Data: string }
      readonly Body: { readonly Text: { readonly Data: string }; readonly Html: { readonly Data: string } }
    }
  }
}

const mails = (): Mail[] => stage.sent.filter(({ to }) => to === 'mail').map(({ body }) => JSON.parse(body))
const subjects = (): string[] => mails().map((mail) => mail.Content.Simple.Subject.Data)

const ENDS = Date.parse('2026-12-05T00:00:00Z')
const TRIAL = { endsAt: ENDS, graceUntil: ENDS + 3 * DAY_MS, nextPlan: 'team' }

test.each<[DecisionKind, Decision['data'], string, string]>([
  ['registration.completed', {}, 'Welcome to Skillsmith', 'thank you for registering'],
  ['subscription.granted', { why: 'active' }, 'Skillsmith is ready for you', 'you can begin'],
  [
    'subscription.granted',
    { why: 'trial' },
    'Your trial of Skillsmith has begun',
    'It ends on 5 December 2026',
  ],
  [
    'subscription.changed',
    { changed: ['entitlements'] },
    'Your Skillsmith subscription has changed',
    'as AWS Marketplace told us',
  ],
  [
    'subscription.changed',
    { changed: ['plan'] },
    'Your Skillsmith subscription has changed',
    'the plan of your subscription to Skillsmith',
  ],
  [
    'subscription.ending',
    {},
    'Your Skillsmith subscription is ending',
    'You keep access until AWS revokes it',
  ],
  [
    'subscription.revoked',
    { why: 'ended' },
    'Your Skillsmith subscription has ended',
    'Nothing is billed for the trial',
  ],
  ['subscription.revoked', { why: 'trial-over' }, 'Your Skillsmith trial is over', 'Nothing is billed'],
  [
    'subscription.trial-ending',
    { ...TRIAL, daysLeft: 7 },
    '7 days left of your Skillsmith trial',
    '5 December 2026',
  ],
  [
    'subscription.trial-ending',
    { ...TRIAL, daysLeft: 1 },
    '1 day left of your Skillsmith trial',
    'the Team plan',
  ],
  ['subscription.trial-ended', TRIAL, 'Your Skillsmith trial has ended', 'until 8 December 2026'],
  [
    'subscription.trial-ended',
    { ...TRIAL, converted: true },
    'Your Skillsmith plan goes on',
    'takes its place',
  ],
])('%s with %o is the letter “%s”, in plain text and HTML', async (kind, data, subject, words) => {
  await register('jane@buyer.example', { name: 'Jane Doe', company: 'Example Inc' })
  await decide(stage, ['mail'], { ...decision(), kind: kind as 'subscription.granted', data })
  await sweepDeliveries(stage.edge)
  const [mail] = mails()
  expect(mail).toMatchObject({
    FromEmailAddress: FROM,
    Destination: { ToAddresses: ['jane@buyer.example'] },
    ReplyToAddresses: ['support@skillsmith.app'],
  })
  expect(subjects()).toEqual([subject])
  const { Text, Html } = mail?.Content.Simple.Body ?? {}
  for (const body of [Text?.Data, Html?.Data]) {
    for (const part of ['Hello Jane Doe,', words, 'ending in', '8901', 'https://buy.skillsmith.app/'])
      expect(body).toContain(part)
    expect(body).not.toMatch(/undefined|null|NaN|\[object/)
  }
  expect((await rows())[0]).toMatchObject({ state: 'delivered', outcome: 'SES took it as ses-1' })
})

test.each([
  ['subscription.ending', ENDS - 1, /Nothing is billed for the trial/],
  ['subscription.ending', ENDS, /is billed once more/],
  ['subscription.revoked', ENDS - 1, /Nothing is billed for the trial/],
  ['subscription.revoked', ENDS, /What was used before is billed by AWS/],
] as const)(
  '%s at %i says whether anything is billed: of a trial that was cancelled nothing is',
  async (kind, at, words) => {
    await register('jane@buyer.example')
    await decide(stage, ['mail'], decision({ kind, at, data: { why: 'ended', endedBy: 'CANCELLED' } }))
    await sweepDeliveries(stage.edge)
    expect(mails().map((mail) => mail.Content.Simple.Body.Text.Data)).toEqual([expect.stringMatching(words)])
  },
)

test.each([
  ['begun: the buyer goes on and reads of no end', '{"activation":1}', []],
  ['not begun: the end is his', '{"activation":null}', ['Your Skillsmith subscription has ended']],
])(
  'a purchase ends that was renewed or replaced under another license, and that has %s (facts §8)',
  async (_, detail, letters) => {
    const successor = 'sub_0000000000000000000002'
    await addSubscription(successor)
    await env.DB.prepare('UPDATE subscriptions SET detail = ? WHERE id = ?').bind(detail, successor).run()
    await register('jane@buyer.example')
    await decide(
      stage,
      ['mail'],
      decision({ kind: 'subscription.revoked', data: { why: 'ended', successor } }),
    )
    await sweepDeliveries(stage.edge)
    expect([subjects(), (await rows())[0]?.state]).toEqual([
      letters,
      letters.length === 0 ? 'skipped' : 'delivered',
    ])
  },
)

test('a mail waits for somebody to register, and goes to the address of that moment', async () => {
  await decide(stage, ['mail'])
  await sweepDeliveries(stage.edge)
  expect([subjects(), await standings()]).toEqual([[], ['mail waiting nobody has registered yet']])
  stage.later(5 * DAY_MS)
  await register('late@buyer.example')
  await sweepDeliveries(stage.edge)
  expect(mails()[0]?.Destination.ToAddresses).toEqual(['late@buyer.example'])
})

test('nobody registered within 30 days is nobody', async () => {
  await decide(stage, ['mail'])
  await sweepDeliveries(stage.edge)
  stage.later(30 * DAY_MS)
  await sweepDeliveries(stage.edge)
  expect(await standings()).toEqual(['mail skipped nobody registered within 30 days'])
})

test('whoever was erased before the next attempt gets none', async () => {
  await register('jane@buyer.example')
  stage.answer.mail = () => new Response(null, { status: 503 })
  await decide(stage, ['mail'])
  await sweepDeliveries(stage.edge)
  await env.DB.prepare('DELETE FROM contacts').run()
  stage.answer.mail = () => Response.json({ MessageId: 'x' })
  stage.later(DAY_MS / 2)
  await sweepDeliveries(stage.edge)
  expect(mails()).toHaveLength(1)
  expect(await standings()).toEqual(['mail waiting nobody has registered yet'])
})

test('what is not true any more is not sent: ready after the end, a reminder after its day', async () => {
  await decide(stage, ['mail'], decision({ data: { why: 'active' } }))
  await decide(
    stage,
    ['mail'],
    decision({ kind: 'subscription.trial-ending', staleAt: stage.clock.business + 1 }),
  )
  stage.later(60_000)
  const at = stage.clock.business
  await decide(stage, ['mail'], decision({ kind: 'subscription.revoked', at, data: { why: 'ended' } }))
  await register('jane@buyer.example')
  await sweepDeliveries(stage.edge)
  expect(subjects()).toEqual(['Your Skillsmith subscription has ended'])
  expect(await standings()).toEqual([
    'mail skipped a later change made it wrong',
    'mail skipped its time was over before it could be sent',
    'mail delivered SES took it as ses-1',
  ])
})

test.each([
  ['MessageRejected', 400, 'parked'],
  ['BadRequestException', 400, 'parked'],
  ['TooManyRequestsException', 429, 'waiting'],
  ['LimitExceededException', 400, 'waiting'],
  ['AccountSuspendedException', 400, 'waiting'],
  ['SendingPausedException', 400, 'waiting'],
  ['MailFromDomainNotVerifiedException', 400, 'waiting'],
  ['ExpiredTokenException', 403, 'waiting'],
  ['NobodyKnowsThisException', 400, 'waiting'],
])('%s of SES (%i) leaves the mail %s, with the name of the reason', async (name, status, state) => {
  await register('jane@buyer.example')
  stage.answer.mail = () =>
    Response.json({ message: 'to jane@buyer.example' }, { status, headers: { 'x-amzn-errortype': name } })
  await decide(stage, ['mail'])
  await sweepDeliveries(stage.edge)
  expect((await rows())[0]).toMatchObject({ state, outcome: `SES: ${name} (${status})` })
})

test('an address that is none is parked for a person, and AWS never sees it', async () => {
  await register('jane@buyer.example\r\nBcc: all@buyer.example')
  await decide(stage, ['mail'])
  await sweepDeliveries(stage.edge)
  expect(mails()).toEqual([])
  expect((await standings())[0]).toBe('mail parked the address that was registered cannot be written to')
})

test('a mail of a dry Worker begins with what it is, as text and as HTML; a live one’s does not', async () => {
  await register('jane@buyer.example')
  for (const metering of ['live', 'dry'] as const) {
    stage.edge = { ...stage.edge, settings: { ...stage.edge.settings, metering } }
    await decide(stage, ['mail'], decision({ key: metering }))
    await sweepDeliveries(stage.edge)
  }
  const bodies = mails().map(({ Content }) => Content.Simple.Body)
  expect(bodies.map(({ Text, Html }) => [Text, Html].map(({ Data }) => Data.includes(DRY_NOTE)))).toEqual([
    [false, false],
    [true, true],
  ])
})
