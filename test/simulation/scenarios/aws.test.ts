/** What AWS does to a call and to the records in it: each fault by its number. */
import { expect, test } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../shared/hour.ts'
import type { AwsCall } from '../history.ts'
import { dimensions, once, play, TEN, unitsOf, used, within, type Seen, type When } from './stage.ts'

const AT = TEN + 5 * MINUTE_MS
const MANY = dimensions(25)
/** One record of each of 25 dimensions, of the hour that begins at ten. */
const reports = MANY.map(({ key }) => used(AT, { dimension: key }))

const calls = (seen: Seen): readonly AwsCall[] => seen.history.aws.calls
/** Once, at the first occasion from a time on that is only known later. */
function onceFromThat(from: () => number): When {
  let done = false
  return (_, now) => {
    if (done || now < from()) return false
    done = true
    return true
  }
}
const dimensionsOf = (call: AwsCall | undefined): string[] =>
  (call?.records ?? []).map(({ dimension }) => dimension).sort()

test('G.2 fault 7: AWS took the record and its answer was lost; the identical record again has the same receipt', async () => {
  const seen = await play({ reports: [used(AT)], faults: { 'aws-reply-lost': once } })
  expect(seen.wrong).toEqual([])
  expect(calls(seen)).toHaveLength(2)
  expect(calls(seen)[1]?.records).toEqual(calls(seen)[0]?.records)
  expect(seen.bill).toHaveLength(1)
  expect(seen.records).toMatchObject([{ state: 'billed', receipt: seen.bill[0]?.id }])
})

test('G.2 fault 7: dead after AWS accepted and before the result is stored: the identical record again', async () => {
  const frozen = TEN + HOUR_MS
  const taken = { at: Number.POSITIVE_INFINITY }
  const seen = await play({
    reports: [used(AT)],
    weather: (time) => ({
      refuses: () => {
        taken.at = Math.min(taken.at, time.now())
        return undefined
      },
    }),
    // The first commit behind AWS's answer would have stored it.
    faults: { 'crash-before-commit': onceFromThat(() => Math.max(frozen, taken.at)) },
  })
  expect(seen.wrong).toEqual([])
  expect(seen.when('submitter us-east-1 dies before its commit')).toHaveLength(1)
  expect(calls(seen)).toHaveLength(2)
  expect(calls(seen)[1]?.records).toEqual(calls(seen)[0]?.records)
  expect(seen.records).toMatchObject([{ state: 'billed', receipt: seen.bill[0]?.id }])
})

test('G.2 fault 8: AWS took some of a batch and answered 500; all of it goes again, identical', async () => {
  const seen = await play({ dimensions: MANY, reports, faults: { 'aws-error-partly': once } })
  expect(seen.wrong).toEqual([])
  const [first, ...again] = calls(seen)
  expect(again.flatMap(dimensionsOf).sort()).toEqual(dimensionsOf(first))
  expect(seen.bill).toHaveLength(25)
  expect(new Set(seen.records.map(({ state }) => state))).toEqual(new Set(['billed']))
})

test.each(['aws-error-before', 'aws-request-lost'] as const)(
  'G.2 fault 9: %s: AWS did nothing, and the records go again',
  async (fault) => {
    const seen = await play({ dimensions: MANY, reports, faults: { [fault]: once } })
    expect(seen.wrong).toEqual([])
    expect(seen.faults).toEqual([`${fault}#0`])
    expect(seen.bill).toHaveLength(25)
  },
)

test('G.2 fault 10: 5 hours of throttling: the backlog goes before its deadlines and within the rate', async () => {
  const hours = [0, 1, 2, 3, 4]
  const storm = within(TEN + HOUR_MS, TEN + 6 * HOUR_MS)
  const seen = await play({
    dimensions: MANY,
    buyers: [{}, {}, {}],
    until: TEN + 5 * HOUR_MS,
    reports: [0, 1, 2].flatMap((slot) =>
      hours.flatMap((hour) =>
        MANY.map(({ key }) =>
          used(AT + hour * HOUR_MS, { slot, dimension: key, id: `${slot}-${hour}-${key}` }),
        ),
      ),
    ),
    weather: (time) => ({ refuses: () => (storm(0, time.now()) ? 'ThrottlingException' : undefined) }),
  })
  expect(seen.wrong).toEqual([])
  expect(seen.bill).toHaveLength(3 * 25 * hours.length)
  expect(seen.bill.every(({ acceptedAt, timestamp }) => acceptedAt < timestamp + DAY_MS)).toBe(true)
  const at = calls(seen).map((call) => call.at)
  // Nine a second; a call's way to AWS varies by a few hundred milliseconds.
  for (const from of at) expect(at.filter((one) => one >= from && one < from + 1_000).length).toBeLessThan(13)
})

test('G.2 fault 11: all, some or one record handed back as unprocessed: only those go again', async () => {
  const kinds = new Set<string>()
  for (let seed = 1; seed <= 12; seed++) {
    const seen = await play({ seed, dimensions: MANY, reports, faults: { 'aws-unprocessed': once } })
    expect(seen.wrong, `seed ${seed}`).toEqual([])
    const [first, ...again] = calls(seen)
    const taken = seen.bill.filter(({ acceptedAt }) => acceptedAt <= (first?.at ?? 0))
    const billed = taken.map(({ dimension }) => dimension)
    expect(again.flatMap(dimensionsOf).sort()).toEqual(
      dimensionsOf(first).filter((dimension) => !billed.includes(dimension)),
    )
    expect(seen.bill).toHaveLength(25)
    kinds.add(taken.length === 0 ? 'all' : taken.length === 24 ? 'one' : 'some')
  }
  expect(kinds).toEqual(new Set(['all', 'some', 'one']))
})

const POISONS = [
  'InvalidUsageDimensionException',
  'InvalidLicenseException',
  'InvalidCustomerIdentifierException',
  'InvalidTagException',
  'InvalidUsageAllocationsException',
  'TimestampOutOfBoundsException',
  'ValidationException',
]
test.each(POISONS)(
  'G.2 fault 12: one record among 25 that AWS refuses as %s: at most 11 calls, 24 billed, one parked',
  async (name) => {
    const bad = MANY[13]?.key
    const seen = await play({
      dimensions: MANY,
      reports,
      timing: { expired: 'park' },
      weather: () => ({
        refuses: (records) => (records.some(({ dimension }) => dimension === bad) ? name : undefined),
      }),
    })
    expect(seen.wrong).toEqual([])
    expect(calls(seen).length).toBeLessThanOrEqual(11)
    expect(seen.records.filter(({ state }) => state === 'billed')).toHaveLength(24)
    expect(seen.records.filter(({ state }) => state !== 'billed')).toMatchObject([
      name === 'TimestampOutOfBoundsException'
        ? { dimension: bad, state: 'expired' }
        : { dimension: bad, state: 'parked', reason: name },
    ])
    expect(unitsOf(seen.bill)).toBe(24 * 7)
  },
)

test('G.2 fault 13: somebody else metered the hour: parked as a conflict, alarmed, its quantity never changed', async () => {
  const seen = await play({ reports: [used(AT)], faults: { 'aws-somebody': once } })
  expect(seen.wrong).toEqual([])
  expect(seen.records).toMatchObject([{ state: 'parked', reason: 'conflict', quantity: 7 }])
  expect(calls(seen).flatMap(({ records }) => records.map(({ quantity }) => quantity))).toEqual([7])
  expect(seen.bill).toMatchObject([{ by: 'somebody', quantity: 8 }])
  expect(seen.trace.filter(({ line }) => line.includes('logs') && line.includes('conflict'))).not.toEqual([])
})

test('G.2 fault 14: a buyer AWS does not know: told at once, tried for its window, then uncollectable', async () => {
  const seen = await play({
    reports: [used(AT)],
    timing: { expired: 'park' },
    weather: () => ({ unknownBuyer: () => true, lastsUntil: TEN + 30 * HOUR_MS }),
  })
  expect(seen.wrong).toEqual([])
  expect(seen.bill).toEqual([])
  expect(seen.records).toMatchObject([{ state: 'parked', reason: 'uncollectable', quantity: 7 }])
  const at = calls(seen).map((call) => call.at)
  const [first = 0] = at
  expect(at.length).toBeGreaterThan(80)
  expect(
    at.every((one, n) => n === 0 || one - (at[n - 1] ?? 0) > 14 * MINUTE_MS || n === at.length - 1),
  ).toBe(true)
  expect(Math.max(...at)).toBeLessThan(TEN + DAY_MS)
  const alarms = seen.when('logs').filter((alarm) => alarm < first + MINUTE_MS)
  expect(alarms).not.toEqual([])
})

test('G.2 fault 15: AWS away for 23 h 50 min of the window: everything lands before its deadline', async () => {
  const seen = await play({
    dimensions: MANY,
    reports,
    weather: (time) => ({ away: () => time.now() < TEN + DAY_MS - 10 * MINUTE_MS }),
  })
  expect(seen.wrong).toEqual([])
  expect(seen.bill).toHaveLength(25)
  expect(seen.bill.every(({ acceptedAt }) => acceptedAt < TEN + DAY_MS)).toBe(true)
  expect(seen.records.every(({ state }) => state === 'billed')).toBe(true)
})

/** The first line of the log about a window at this share of it, in hours after ten. */
const alarmedAfter = (seen: Seen, percent: number): number | undefined => {
  const line = seen.trace.find((one) => one.line.includes('logs') && one.line.includes(`${percent} %`))
  return line && Math.floor((line.at - TEN) / HOUR_MS)
}

test.each([
  ['never reached AWS', 'expired', { withoutCredentials: true, away: false }],
  ['may have reached AWS (money §8 row 10)', 'doubtful', { withoutCredentials: false, away: true }],
] as const)(
  'G.2 fault 15: beyond 24 h a record that %s is %s, alarmed before at 12 h, 18 h and 22 h',
  async (_, state, { withoutCredentials, away }) => {
    const outage = within(TEN, TEN + 25 * HOUR_MS)
    const seen = await play({
      reports: [used(AT)],
      timing: { expired: 'park' },
      weather: (time) => ({
        away: () => away && outage(0, time.now()),
        withoutCredentials: () => withoutCredentials && outage(0, time.now()),
        lastsUntil: TEN + 30 * HOUR_MS,
      }),
    })
    expect(seen.wrong).toEqual([])
    expect(seen.records).toMatchObject([{ state, quantity: 7 }])
    expect([50, 75, 92].map((percent) => alarmedAfter(seen, percent))).toEqual([12, 18, 22])
    expect(seen.bill).toEqual([])
  },
)

test('G.2 fault 27: without credentials in the middle of a batch nothing is parked; the backlog goes when they are back', async () => {
  const blind = within(TEN + HOUR_MS, TEN + 5 * HOUR_MS)
  const seen = await play({
    dimensions: MANY,
    until: TEN + 4 * HOUR_MS,
    reports: [0, 1, 2].flatMap((hour) =>
      MANY.map(({ key }) => used(AT + hour * HOUR_MS, { dimension: key, id: `${hour}-${key}` })),
    ),
    weather: (time) => ({ withoutCredentials: () => blind(0, time.now()) }),
  })
  expect(seen.wrong).toEqual([])
  expect(calls(seen).every(({ at }) => at >= TEN + 5 * HOUR_MS)).toBe(true)
  expect(seen.bill).toHaveLength(75)
})

test.each(['AccessDeniedException', 'ExpiredTokenException', 'UnrecognizedClientException'])(
  'G.2 fault 27: credentials refused as %s: the lane stops and says so, nothing is halved, nothing is parked',
  async (name) => {
    const denied = within(TEN + HOUR_MS, TEN + 5 * HOUR_MS)
    const seen = await play({
      dimensions: MANY,
      reports,
      weather: (time) => ({ refuses: () => (denied(0, time.now()) ? name : undefined) }),
    })
    expect(seen.wrong).toEqual([])
    const refused = calls(seen).filter(({ at }) => at < TEN + 5 * HOUR_MS)
    // The first call, and then one record every five minutes.
    expect(refused.slice(1).every(({ records }) => records.length === 1)).toBe(true)
    expect(refused.length).toBeLessThan(50)
    expect(seen.trace.some(({ line }) => line.includes('logs') && line.includes(name))).toBe(true)
    expect(seen.bill).toHaveLength(25)
  },
)
