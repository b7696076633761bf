/** Where a subscription stands, from its events alone: design §5.3–5.4, money §6, facts §5.4 and §8. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lifecycleOf, type Terms } from '../../../shared/lifecycle.ts'
import type { LifecycleEvent } from '../../../shared/lifecycle/events.ts'

const MINUTE = 60_000
const T0 = Date.UTC(2026, 10, 21, 14, 0)
const A = 'agmt-a'
const LICENSE = `arn:aws:license-manager::294406891311:license:l-${'a'.repeat(32)}`
const payAsYouGo: Terms = { needsEntitlement: false, entitledLife: null, finalTakeMs: 10 * MINUTE }

let ids = 0
const at = (minutes: number, agreementId = A) => ({
  id: `e${(ids += 1)}`,
  at: T0 + minutes * MINUTE,
  agreementId,
})
const created = (
  minutes: number,
  previousAgreementId: string | null = null,
  agreementId = A,
): LifecycleEvent => ({
  ...at(minutes, agreementId),
  kind: 'agreement',
  startsAt: T0 + minutes * MINUTE,
  previousAgreementId,
})
const updated = (minutes: number, agreementId = A, licenseArn = LICENSE): LifecycleEvent => ({
  ...at(minutes, agreementId),
  kind: 'updated',
  licenseArn,
})
const ended = (minutes: number, status = 'CANCELLED', agreementId = A): LifecycleEvent => ({
  ...at(minutes, agreementId),
  kind: 'agreement-ended',
  status,
})
const deprovisioned = (minutes: number, licenseArn = LICENSE): LifecycleEvent => ({
  ...at(minutes),
  kind: 'deprovisioned',
  licenseArn,
})

const stands = (events: readonly LifecycleEvent[], minutes = 1000, terms = payAsYouGo) =>
  lifecycleOf(events, terms, T0 + minutes * MINUTE)

test('nothing but License Updated grants access: not the purchase, not its amendment', () => {
  expect(stands([]).state).toBe('pending')
  expect(stands([created(0), created(1)])).toMatchObject({
    state: 'pending',
    activation: null,
    agreementId: A,
  })
  expect(stands([created(0), updated(1)])).toMatchObject({
    state: 'active',
    life: 1,
    activation: T0 + MINUTE,
    agreementStart: T0,
  })
})

test("activation is the life's first License Updated, however many follow (money §5)", () => {
  const life = stands([updated(9), updated(5), updated(7)])
  expect([life.activation, life.updatedAt]).toEqual([T0 + 5 * MINUTE, T0 + 9 * MINUTE])
})

test('with contract pricing License Updated counts once something is entitled in that very life', () => {
  const contract = { ...payAsYouGo, needsEntitlement: true }
  const events = [updated(1), deprovisioned(60), updated(120)]
  expect(stands(events, 1000, contract)).toMatchObject({ state: 'pending', life: 2, activation: null })
  expect(stands(events, 1000, { ...contract, entitledLife: 1 })).toMatchObject({ state: 'pending' })
  expect(stands(events, 1000, { ...contract, entitledLife: 2 })).toMatchObject({
    state: 'active',
    activation: T0 + 120 * MINUTE,
  })
})

test('License Deprovisioned ends the life at its time, and usage is taken ten minutes more (money §6)', () => {
  expect(stands([updated(0), deprovisioned(58)], 58)).toMatchObject({
    state: 'ended',
    end: { at: T0 + 58 * MINUTE, takeUntil: T0 + 68 * MINUTE, cause: 'deprovisioned' },
    changesAt: null,
  })
})

test.each(['CANCELLED', 'EXPIRED', 'TERMINATED'])(
  'Ended as %s winds down, and is presumed to be the end 45 minutes later to the millisecond (money §6)',
  (status) => {
    const events = [updated(0), ended(10, status)]
    const presumed = T0 + 55 * MINUTE
    expect(lifecycleOf(events, payAsYouGo, presumed - 1)).toMatchObject({
      state: 'ending',
      ending: { at: T0 + 10 * MINUTE },
      end: null,
      changesAt: presumed,
    })
    expect(lifecycleOf(events, payAsYouGo, presumed)).toMatchObject({
      state: 'ended',
      end: { at: presumed, takeUntil: presumed + 5 * MINUTE, cause: 'presumed' },
      changesAt: null,
    })
  },
)

test.each(['RENEWED', 'REPLACED', 'ARCHIVED', 'SUPERSEDED', ''])(
  'Ended as %j ends nothing: there is a successor, or nobody says so (facts, trap 10)',
  (status) => {
    expect(stands([updated(0), ended(10, status)])).toMatchObject({
      state: 'active',
      ending: null,
      end: null,
    })
  },
)

test('a Deprovisioned that arrives late stands at its own time, one after the presumed end changes nothing', () => {
  const events = [updated(0), ended(10)]
  expect(stands([...events, deprovisioned(11)]).end).toMatchObject({
    at: T0 + 11 * MINUTE,
    cause: 'deprovisioned',
  })
  expect(stands([...events, deprovisioned(130)]).end).toMatchObject({
    at: T0 + 55 * MINUTE,
    cause: 'presumed',
  })
})

test('Deprovisioned known before its License Updated still ends the life it belongs to', () => {
  expect(stands([deprovisioned(58)])).toMatchObject({ state: 'ended', activation: null, life: 1 })
  expect(stands([deprovisioned(58), updated(0)])).toMatchObject({ state: 'ended', activation: T0, life: 1 })
})

test('a License Updated after an end opens a new life at its time (money §6)', () => {
  expect(stands([updated(0), deprovisioned(30), updated(90)])).toMatchObject({
    state: 'active',
    life: 2,
    activation: T0 + 90 * MINUTE,
    ending: null,
    end: null,
  })
  expect(stands([updated(0), ended(10), updated(56)])).toMatchObject({
    life: 2,
    activation: T0 + 56 * MINUTE,
  })
})

test('a License Updated between Ended and its presumed end takes the end back', () => {
  expect(stands([updated(0), ended(10), updated(20)])).toMatchObject({
    state: 'active',
    life: 1,
    ending: null,
  })
})

test('an agreement that was renewed under the same license ends without ending the license (facts §8)', () => {
  const renewal = [
    created(0),
    updated(1),
    created(50, A, 'agmt-b'),
    updated(51, 'agmt-b'),
    ended(52, 'EXPIRED', A),
  ]
  expect(stands(renewal)).toMatchObject({
    state: 'active',
    life: 1,
    activation: T0 + MINUTE,
    agreementId: 'agmt-b',
    previousAgreementId: A,
    agreementStart: T0,
  })
})

test('licenses are kept in the order in which AWS granted them', () => {
  const other = LICENSE.replace('l-aaaa', 'l-bbbb')
  const life = stands([updated(50, A, other), updated(1), updated(2)])
  expect(life.licenses).toEqual([
    { arn: LICENSE, at: T0 + MINUTE },
    { arn: other, at: T0 + 50 * MINUTE },
  ])
})

test('the end of a license that another has replaced ends nothing: it goes for that license alone (facts §5.4)', () => {
  const other = LICENSE.replace('l-aaaa', 'l-bbbb')
  const printed = `aws:license-manager:us-east-1:123456789012:l-${'A'.repeat(32)}`
  expect(stands([updated(0), updated(50, A, other), deprovisioned(51, printed)])).toMatchObject({
    state: 'active',
    life: 1,
    end: null,
  })
  expect(stands([updated(0), updated(50, A, other), deprovisioned(90, other)]).end?.at).toBe(T0 + 90 * MINUTE)
  expect(stands([updated(0), deprovisioned(90, other)]).end?.at).toBe(T0 + 90 * MINUTE)
})

const anyEvent = fc
  .record({
    minutes: fc.integer({ min: 0, max: 240 }),
    kind: fc.constantFrom('created', 'updated', 'ended', 'renewed', 'deprovisioned'),
    agreement: fc.constantFrom('agmt-a', 'agmt-b'),
  })
  .map(({ minutes, kind, agreement }): LifecycleEvent => {
    switch (kind) {
      case 'created':
        return created(minutes, null, agreement)
      case 'updated':
        return updated(minutes, agreement)
      case 'ended':
        return ended(minutes, 'CANCELLED', agreement)
      case 'renewed':
        return ended(minutes, 'RENEWED', agreement)
      case 'deprovisioned':
        return deprovisioned(minutes)
    }
  })

test('the same events in any order, any of them any number of times, give the same state', () => {
  fc.assert(
    fc.property(
      fc
        .array(anyEvent, { maxLength: 9 })
        .chain((events) =>
          fc.tuple(
            fc.constant(events),
            fc.shuffledSubarray([...events, ...events, ...events], { minLength: events.length * 3 }),
          ),
        ),
      fc.integer({ min: 0, max: 400 }),
      fc.boolean(),
      ([events, shuffled], minutes, needsEntitlement) => {
        const terms = { ...payAsYouGo, needsEntitlement, entitledLife: 1 }
        expect(stands(shuffled, minutes, terms)).toEqual(stands(events, minutes, terms))
      },
    ),
    { numRuns: 2_000 },
  )
})

test('an end once told is never taken back by time alone, and states follow their events', () => {
  fc.assert(
    fc.property(
      fc.array(anyEvent, { maxLength: 9 }),
      fc.integer({ min: 240, max: 400 }),
      (events, minutes) => {
        const now = stands(events, minutes)
        const later = stands(events, minutes + 500)
        if (now.end) expect(later.end).toEqual(now.end)
        expect(later.life).toBe(now.life)
        expect(later.changesAt).toBeNull()
        expect(now.state === 'ended').toBe(now.end !== null)
        if (now.state === 'active') expect(now.activation).not.toBeNull()
      },
    ),
    { numRuns: 2_000 },
  )
})
