/** Events of ours in the place of some that never came: in any order, beside the true ones, one end state (G.2 fault 24). */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LifecycleEvent } from '../../../shared/lifecycle/events.ts'
import { lifecycleOf } from '../../../shared/lifecycle.ts'
import { created, DAY, deprovisioned, ended, MINUTE, OTHER, T0, updated, USAGE } from './events.ts'

const SEEN_AFTER = 60

/** What a reconciliation writes where `event` never came: at another time, and seen an hour after it. */
function repairOf(event: LifecycleEvent, all: readonly LifecycleEvent[], lateMs: number): LifecycleEvent {
  const before = all.filter((one) => one.kind === event.kind && one.at < event.at).map(({ at }) => at)
  const repair = { after: Math.max(0, ...before), seenAt: event.at + SEEN_AFTER * MINUTE }
  return { ...event, id: `tollgate:${event.id}`, at: Math.min(event.at + lateMs, repair.seenAt), repair }
}

const LIVES: Readonly<Record<string, readonly LifecycleEvent[]>> = {
  new: [created(0), updated(1)],
  amended: [created(0), updated(1), updated(3 * DAY), updated(9 * DAY)],
  cancelled: [created(0), updated(1), ended(2 * DAY), deprovisioned(2 * DAY + 1)],
  expired: [created(0), updated(1), ended(30 * DAY, 'EXPIRED'), deprovisioned(30 * DAY + 1)],
  'renewed, then cancelled': [
    created(0),
    updated(1),
    created(30 * DAY, { agreement: 'agmt-b', previous: 'agmt-a' }),
    ended(30 * DAY, 'RENEWED'),
    updated(30 * DAY + 1, 'agmt-b'),
    ended(40 * DAY, 'CANCELLED', 'agmt-b'),
    deprovisioned(40 * DAY + 1, undefined, 'agmt-b'),
  ],
  'replaced under another license': [
    created(0),
    updated(1),
    created(9 * DAY, { agreement: 'agmt-b', previous: 'agmt-a' }),
    updated(9 * DAY + 1, 'agmt-b', OTHER),
    ended(9 * DAY, 'REPLACED'),
    deprovisioned(9 * DAY + 2),
  ],
  resubscribed: [
    created(0),
    updated(1),
    ended(DAY),
    deprovisioned(DAY + 1),
    created(3 * DAY),
    updated(3 * DAY + 1),
  ],
}

const life = fc.constantFrom(...Object.values(LIVES))
const stands = (events: readonly LifecycleEvent[]) => lifecycleOf(events, USAGE, T0 + 60 * DAY * MINUTE)

test('repairs among the true events, in any order and any number of times, end in one state', () => {
  fc.assert(
    fc.property(
      life.chain((events) => {
        const lost = fc.subarray([...events])
        return fc.tuple(
          fc.constant(events),
          lost,
          fc.integer({ min: 0, max: SEEN_AFTER * MINUTE }),
          fc.infiniteStream(fc.nat()),
        )
      }),
      ([events, lost, lateMs, keys]) => {
        const repairs = lost.map((event) => repairOf(event, events, lateMs))
        const all = [...events.filter((event) => !lost.includes(event)), ...repairs]
        const shuffled = [...all, ...all]
          .map((event) => ({ event, key: keys.next().value }))
          .sort((a, b) => a.key - b.key)
          .map(({ event }) => event)
        expect(stands(shuffled)).toEqual(stands(all))
      },
    ),
    { numRuns: 500 },
  )
})

test('a true event that comes after all takes its repair’s place: all is as if it had been in time, times included', () => {
  fc.assert(
    fc.property(
      life.chain((events) => fc.tuple(fc.constant(events), fc.subarray([...events]))),
      fc.integer({ min: 0, max: SEEN_AFTER * MINUTE }),
      ([events, lost], lateMs) => {
        const repairs = lost.map((event) => repairOf(event, events, lateMs))
        expect(stands([...repairs, ...events])).toEqual(stands(events))
      },
    ),
    { numRuns: 500 },
  )
})

test('while the true events stay away their repairs stand in for them: state, life, licenses and agreements are the same', () => {
  fc.assert(
    fc.property(
      life.chain((events) => fc.tuple(fc.constant(events), fc.subarray([...events]))),
      ([events, lost]) => {
        const told = [
          ...events.filter((event) => !lost.includes(event)),
          ...lost.map((event) => repairOf(event, events, 20_000)),
        ]
        const of = (seen: readonly LifecycleEvent[]) => {
          const { state, agreementId, previousAgreementId, licenses, grants, succeeded, endedBy } =
            stands(seen)
          return {
            state,
            life: stands(seen).life,
            agreementId,
            previousAgreementId,
            succeeded,
            endedBy,
            licenses: licenses.map(({ arn }) => arn),
            grants: grants.map((grant) => grant.agreementId),
          }
        }
        expect(of(told)).toEqual(of(events))
      },
    ),
    { numRuns: 500 },
  )
})

test('a later event of the same kind is another event: the repair before it stays', () => {
  const first = updated(1)
  const repair = repairOf(first, [first], 0)
  const amended = updated(9 * DAY)
  expect(stands([created(0), repair, amended]).activation).toBe(first.at)
})
