/** What is told of a change: each thing once, under a key of its own (design §5.5). */
import { expect, test } from 'vitest'
import { decisionsOf, type Standing } from '../../../shared/lifecycle/decisions.ts'
import type { Access } from '../../../shared/lifecycle/access.ts'
import type { Trial } from '../../../shared/lifecycle/trial.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import { DAY, MINUTE, T0 } from './events.ts'

const ID = 'sub_1' as SubscriptionId
const END = T0 + 14 * DAY * MINUTE

const pending: Standing = {
  version: 1,
  state: 'pending',
  life: 1,
  ending: null,
  end: null,
  endedBy: null,
  advisory: null,
  advisoryAt: null,
  access: { granted: false, since: null, why: 'setting-up' },
  trial: null,
  plan: 'team',
  nextPlan: null,
  entitled: '',
  predecessor: null,
}
const access = (granted: boolean, why: Access['why']): Access => ({
  granted,
  since: granted ? T0 : T0 + 9,
  why,
})
const active: Standing = { ...pending, state: 'active', access: access(true, 'active') }
const trial: Trial = { endsAt: END, graceUntil: END + 9, converted: false, paid: null, reminder: null }
const onTrial: Standing = { ...active, access: access(true, 'trial'), trial, nextPlan: 'team' }

const told = (before: Standing | null, after: Standing, now = T0 + MINUTE) =>
  decisionsOf(ID, before, { ...after, version: 2, now }).map(({ kind, key }) => [kind, key])

test.each<[string, Standing | null, Standing, readonly (readonly [string, string])[]]>([
  ['a purchase that is not granted yet is told to nobody', null, pending, []],
  ['a grant', pending, active, [['subscription.granted', 'granted:1:2']]],
  ['a grant before anything else was known', null, active, [['subscription.granted', 'granted:1:2']]],
  ['nothing new', active, active, []],
  ['another plan', active, { ...active, plan: 'enterprise' }, [['subscription.changed', 'changed:2']]],
  ['other entitlements', active, { ...active, entitled: 'more' }, [['subscription.changed', 'changed:2']]],
  ['a plan nobody may use yet', pending, { ...pending, plan: 'enterprise' }, []],
  [
    'an end and a new life at once is a change, not an end',
    active,
    { ...active, life: 2 },
    [['subscription.changed', 'changed:2']],
  ],
  [
    'an ending',
    active,
    { ...active, state: 'ending', ending: { at: 5 }, access: access(true, 'ending') },
    [['subscription.ending', 'ending:1:5']],
  ],
  [
    'an ending that is taken back',
    { ...active, ending: { at: 5 }, access: access(true, 'ending') },
    active,
    [['subscription.changed', 'changed:2']],
  ],
  [
    'an end',
    active,
    { ...active, state: 'ended', ending: { at: 5 }, access: access(false, 'ended') },
    [['subscription.revoked', 'revoked:1:2']],
  ],
  [
    'a contract of which nothing is left',
    active,
    { ...active, access: access(false, 'no-entitlement') },
    [['subscription.revoked', 'revoked:1:2']],
  ],
  [
    'a payment that failed',
    pending,
    { ...pending, access: access(false, 'payment-failed') },
    [['subscription.payment-failed', 'payment-failed:2']],
  ],
  [
    'an advisory',
    active,
    { ...active, advisory: 'open', advisoryAt: 7 },
    [['subscription.advisory', 'advisory:7']],
  ],
  [
    'an advisory resolved',
    { ...active, advisory: 'open', advisoryAt: 7 },
    { ...active, advisoryAt: 8 },
    [['subscription.advisory-resolved', 'advisory-resolved:8']],
  ],
  ['an advisory issued and resolved before anybody looked', active, { ...active, advisoryAt: 8 }, []],
  [
    'a reminder',
    onTrial,
    { ...onTrial, trial: { ...trial, reminder: 3 } },
    [['subscription.trial-ending', 'trial-ending:1:3']],
  ],
  [
    'the same reminder',
    { ...onTrial, trial: { ...trial, reminder: 3 } },
    { ...onTrial, trial: { ...trial, reminder: 3 } },
    [],
  ],
  [
    'grace',
    onTrial,
    { ...onTrial, access: access(true, 'grace') },
    [['subscription.trial-ended', 'trial-ended:1']],
  ],
  [
    'the end of grace',
    { ...onTrial, access: access(true, 'grace') },
    { ...onTrial, access: access(false, 'trial-over') },
    [['subscription.revoked', 'revoked:1:2']],
  ],
  [
    'a trial that was paid for',
    onTrial,
    { ...onTrial, trial: { ...trial, converted: true, paid: 'other' } },
    [['subscription.trial-converted', 'trial-converted:1']],
  ],
])('%s', (_, before, after, expected) => {
  expect(told(before, after)).toEqual(expected)
})

test('a reminder is stale once the next says it better, and says the days that are really left', () => {
  const now = END - 2.5 * DAY * MINUTE
  const after = { ...onTrial, trial: { ...trial, reminder: 3 }, version: 2, now }
  expect(decisionsOf(ID, onTrial, after)).toEqual([
    {
      kind: 'subscription.trial-ending',
      subscription: ID,
      at: END - 3 * DAY * MINUTE,
      key: 'trial-ending:1:3',
      data: { endsAt: END, graceUntil: END + 9, daysLeft: 3, nextPlan: 'team' },
      staleAt: END - 2 * DAY * MINUTE,
    },
  ])
})
