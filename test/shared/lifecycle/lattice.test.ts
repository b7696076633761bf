/** Each life of facts §8 as the set of its events: in any order and any number of times the same end (design §5.3, G.2 fault 24). */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { accessOf } from '../../../shared/lifecycle/access.ts'
import type { LifecycleEvent } from '../../../shared/lifecycle/events.ts'
import { lifecycleOf, type Terms } from '../../../shared/lifecycle.ts'
import {
  advisory,
  created,
  DAY,
  deprovisioned,
  ended,
  legacy,
  LICENSE,
  MINUTE,
  OTHER,
  PRINTED,
  T0,
  updated,
  USAGE,
} from './events.ts'

const CONTRACT: Terms = { ...USAGE, needsEntitlement: true, entitledLife: 1 }

interface Lived {
  readonly events: readonly LifecycleEvent[]
  readonly terms?: Terms
  /** Minutes after T0 at which it is looked at. */
  readonly at?: number
  /** State, life, and why access is as it is. */
  readonly ends: readonly [state: string, life: number, why: string]
}

const LIVES: Readonly<Record<string, Lived>> = {
  new: { events: [created(0), updated(1)], ends: ['active', 1, 'active'] },
  'new, without a grant yet': { events: [created(0)], at: 5, ends: ['pending', 1, 'setting-up'] },
  'payment pending': { events: [created(0)], at: 15, ends: ['pending', 1, 'payment-pending'] },
  'future-dated, before its start': {
    events: [created(0, { starts: 30 * DAY })],
    at: 20 * DAY,
    ends: ['pending', 1, 'not-started'],
  },
  'future-dated, begun': {
    events: [created(0, { starts: 30 * DAY }), updated(30 * DAY + 1)],
    at: 31 * DAY,
    ends: ['active', 1, 'active'],
  },
  amended: {
    events: [created(0), updated(1), created(50), updated(51), updated(90)],
    ends: ['active', 1, 'active'],
  },
  'a contract amended, something entitled': {
    events: [created(0), updated(1), created(50), updated(51)],
    terms: CONTRACT,
    ends: ['active', 1, 'active'],
  },
  'a contract of which nothing is entitled yet': {
    events: [created(0), updated(1)],
    terms: { ...CONTRACT, entitledLife: null },
    ends: ['pending', 1, 'setting-up'],
  },
  'renewed, same license': {
    events: [
      created(0),
      updated(1),
      created(60, { agreement: 'agmt-b', previous: 'agmt-a' }),
      updated(61, 'agmt-b'),
      ended(62, 'RENEWED'),
    ],
    ends: ['active', 1, 'active'],
  },
  'renewed, same license, the old agreement told as EXPIRED': {
    events: [
      created(0),
      updated(1),
      created(60, { agreement: 'agmt-b', previous: 'agmt-a' }),
      updated(61, 'agmt-b'),
      ended(62, 'EXPIRED'),
    ],
    ends: ['active', 1, 'active'],
  },
  'renewed, then cancelled': {
    events: [
      created(0),
      updated(1),
      ended(62, 'RENEWED'),
      created(60, { agreement: 'agmt-b', previous: 'agmt-a' }),
      updated(61, 'agmt-b'),
      ended(90, 'CANCELLED', 'agmt-b'),
      deprovisioned(91, PRINTED, 'agmt-b'),
    ],
    ends: ['ended', 1, 'ended'],
  },
  'replaced under another license of the same agreement, the old one taken back': {
    events: [created(0), updated(1), updated(50, 'agmt-a', OTHER), deprovisioned(51), ended(49, 'REPLACED')],
    ends: ['active', 1, 'active'],
  },
  cancelled: {
    events: [created(0), updated(1), ended(10), deprovisioned(11)],
    ends: ['ended', 1, 'ended'],
  },
  'cancelled, not yet taken back': {
    events: [created(0), updated(1), ended(10)],
    at: 54,
    ends: ['ending', 1, 'ending'],
  },
  'cancelled before it was granted': {
    events: [created(0), ended(10)],
    at: 12,
    ends: ['ending', 1, 'ended'],
  },
  expired: {
    events: [created(0), updated(1), ended(10, 'EXPIRED'), deprovisioned(11)],
    ends: ['ended', 1, 'ended'],
  },
  terminated: {
    events: [created(0), updated(1), ended(10, 'TERMINATED'), deprovisioned(11)],
    ends: ['ended', 1, 'ended'],
  },
  'taken back with nothing said before': {
    events: [created(0), updated(1), deprovisioned(11)],
    ends: ['ended', 1, 'ended'],
  },
  'an advisory, open': {
    events: [created(0), updated(1), advisory(5, true)],
    ends: ['active', 1, 'active'],
  },
  'an advisory, resolved and issued again': {
    events: [created(0), updated(1), advisory(5, true), advisory(50, false), advisory(70, true)],
    ends: ['active', 1, 'active'],
  },
  resubscribed: {
    events: [created(0), updated(1), ended(10), deprovisioned(11), updated(90), created(89)],
    ends: ['active', 2, 'active'],
  },
  'resubscribed at once, under an agreement of its own': {
    events: [
      created(0),
      updated(1),
      ended(10),
      created(10, { agreement: 'agmt-b' }),
      updated(11, 'agmt-b'),
      ended(40, 'CANCELLED', 'agmt-b'),
      deprovisioned(41),
    ],
    ends: ['ended', 1, 'ended'],
  },
  'legacy: subscribed': { events: [legacy(1, 'subscribe-success')], ends: ['active', 1, 'active'] },
  'legacy: payment failed': { events: [legacy(1, 'subscribe-fail')], ends: ['pending', 1, 'payment-failed'] },
  'legacy: failed, then paid': {
    events: [legacy(1, 'subscribe-fail'), legacy(9, 'subscribe-success')],
    ends: ['active', 1, 'active'],
  },
  'legacy: a new offer failed, the subscription goes on': {
    events: [legacy(1, 'subscribe-success'), legacy(9, 'subscribe-fail')],
    ends: ['active', 1, 'active'],
  },
  'legacy: unsubscribed': {
    events: [
      legacy(1, 'subscribe-success'),
      legacy(30, 'unsubscribe-pending'),
      legacy(90, 'unsubscribe-success'),
    ],
    ends: ['ended', 1, 'ended'],
  },
  'legacy: unsubscribed and at once subscribed again': {
    events: [
      legacy(1, 'subscribe-success'),
      legacy(30, 'unsubscribe-pending'),
      legacy(35, 'subscribe-success'),
    ],
    ends: ['active', 2, 'active'],
  },
  'legacy: a contract that lapsed': {
    events: [
      legacy(1, 'subscribe-success'),
      legacy(2, 'entitlement-updated'),
      legacy(30, 'unsubscribe-pending'),
      legacy(31, 'entitlement-updated'),
      legacy(90, 'unsubscribe-success'),
    ],
    terms: CONTRACT,
    ends: ['ended', 1, 'ended'],
  },
  'legacy: moved to licenses': {
    events: [legacy(1, 'subscribe-success'), updated(60), ended(90), deprovisioned(91)],
    ends: ['ended', 1, 'ended'],
  },
}

const standsAt = (events: readonly LifecycleEvent[], { terms = USAGE, at = 1_000 }: Lived) => {
  const now = T0 + at * MINUTE
  const life = lifecycleOf(events, terms, now)
  return { life, access: accessOf(life, { trial: null, nothingEntitled: false }, now) }
}

/** Every order of up to seven events: Heap's algorithm, in place. */
function* permutations<X>(of: readonly X[]): Generator<readonly X[]> {
  const list = [...of]
  const counts = list.map(() => 0)
  yield list
  for (let i = 1; i < list.length;) {
    if ((counts[i] ?? 0) < i) {
      const j = i % 2 === 0 ? 0 : (counts[i] ?? 0)
      const [a, b] = [list[i], list[j]]
      if (a === undefined || b === undefined) return
      list[i] = b
      list[j] = a
      yield list
      counts[i] = (counts[i] ?? 0) + 1
      i = 1
    } else {
      counts[i] = 0
      i += 1
    }
  }
}

test.each(Object.entries(LIVES))(
  '%s: every order of its events, each once or again, ends in one state',
  (_, lived) => {
    const { life, access } = standsAt(lived.events, lived)
    expect([life.state, life.life, access.why]).toEqual(lived.ends)
    const expected = JSON.stringify({ life, access })
    let orders = 0
    for (const order of permutations(lived.events)) {
      const doubled = [...order, ...order.slice(0, orders % (order.length + 1))]
      if (JSON.stringify(standsAt(doubled, lived)) !== expected)
        expect(standsAt(doubled, lived)).toEqual({ life, access })
      orders += 1
    }
    const factorial = lived.events.reduce((product, _event, i) => product * (i + 1), 1)
    expect(orders).toBe(factorial)
  },
)

const everyEvent = [...new Set(Object.values(LIVES).flatMap(({ events }) => events))]

test('any of all those events together, sampled, in any order and any number of times, end in one state', () => {
  fc.assert(
    fc.property(
      fc
        .subarray(everyEvent, { minLength: 8, maxLength: 30 })
        .chain((events) =>
          fc.tuple(
            fc.constant(events),
            fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
          ),
        ),
      fc.integer({ min: 0, max: 40 * DAY }),
      fc.boolean(),
      ([events, shuffled], at, needsEntitlement) => {
        const lived: Lived = {
          events,
          terms: { ...USAGE, needsEntitlement, entitledLife: 1 },
          at,
          ends: ['', 0, ''],
        }
        expect(standsAt(shuffled, lived)).toEqual(standsAt(events, lived))
      },
    ),
    { numRuns: 1_000 },
  )
})

test('access is never granted without a grant of AWS, whatever else came (design §5.4)', () => {
  fc.assert(
    fc.property(
      fc.subarray(everyEvent.filter(({ kind }) => kind !== 'updated' && kind !== 'entitled')),
      fc.integer({ min: 0, max: 40 * DAY }),
      (events, at) => {
        expect(standsAt(events, { events, at, ends: ['', 0, ''] }).access.granted).toBe(false)
      },
    ),
    { numRuns: 1_000 },
  )
})

test('no event but an end, or the time behind an Ended, takes access away (design §5.4, facts §4)', () => {
  fc.assert(
    fc.property(
      fc.subarray(everyEvent.filter(({ kind }) => kind !== 'agreement-ended' && kind !== 'deprovisioned')),
      fc.integer({ min: 60, max: 4_000 * DAY }),
      (events, at) => {
        const all = [...events, updated(1)]
        expect(standsAt(all, { events: all, at, ends: ['', 0, ''] }).access).toMatchObject({
          granted: true,
          why: 'active',
        })
      },
    ),
    { numRuns: 500 },
  )
})

test('an advisory is shown while it is open, and nothing else of the life is another by it (facts §8)', () => {
  const plain = [created(0), updated(1)]
  const without = standsAt(plain, { events: plain, ends: ['', 0, ''] })
  const issued = [...plain, advisory(5, true)]
  const { life, access } = standsAt(issued, { events: issued, ends: ['', 0, ''] })
  expect(life.advisory).toBe('open')
  expect({ ...life, advisory: null, advisoryAt: null }).toEqual(without.life)
  expect(access).toEqual(without.access)
  const resolved = [...issued, advisory(50, false)]
  expect(standsAt(resolved, { events: resolved, ends: ['', 0, ''] }).life.advisory).toBeNull()
})

test('an advisory that was issued and resolved within one second is resolved, whichever id is the lower', () => {
  const [first, second] = [advisory(5, true), advisory(5, false)]
  for (const ids of [
    ['a', 'b'],
    ['b', 'a'],
  ]) {
    const [issued = '', resolved = ''] = ids
    const events = [created(0), updated(1), { ...first, id: issued }, { ...second, id: resolved }]
    expect(standsAt(events, { events, ends: ['', 0, ''] }).life.advisory).toBeNull()
  }
})

test('unsubscribe-pending is the end: the final hour begins with it, and usage is taken ten minutes more (G.2 fault 25)', () => {
  const events = [legacy(1, 'subscribe-success'), legacy(30, 'unsubscribe-pending')]
  expect(lifecycleOf(events, USAGE, T0 + 30 * MINUTE).end).toEqual({
    at: T0 + 30 * MINUTE,
    takeUntil: T0 + 40 * MINUTE,
    cause: 'deprovisioned',
  })
  const lost = [legacy(1, 'subscribe-success'), legacy(90, 'unsubscribe-success')]
  expect(lifecycleOf(lost, USAGE, T0 + 91 * MINUTE).end?.at).toBe(T0 + 90 * MINUTE)
})

test('the end of an agreement nothing was granted under is held and shown, and ends nothing (facts §8)', () => {
  const stray = ended(20, 'CANCELLED', 'agmt-z')
  const { life } = standsAt([created(0), updated(1), stray], { events: [], ends: ['', 0, ''] })
  expect([life.state, life.held]).toEqual(['active', [stray.id]])
})

test('what was renewed under another license ends with its successor when its own license is never taken back', () => {
  const events = [created(0), updated(1), ended(60, 'RENEWED')]
  const over = T0 + 500 * MINUTE
  const terms: Terms = { ...USAGE, successorEnd: over }
  expect(lifecycleOf(events, { ...USAGE, successorEnd: null }, over).state).toBe('active')
  expect(lifecycleOf(events, terms, over)).toMatchObject({
    state: 'ended',
    end: { at: over, takeUntil: over + 5 * MINUTE, cause: 'presumed' },
  })
  // Not renewed, as far as AWS says: another purchase's end is none of its.
  expect(lifecycleOf([created(0), updated(1)], terms, over).state).toBe('active')
  expect(lifecycleOf([...events, deprovisioned(100)], terms, over).end?.at).toBe(T0 + 100 * MINUTE)
  expect(lifecycleOf(events, terms, over).licenses).toEqual([{ arn: LICENSE, at: T0 + MINUTE }])
})
