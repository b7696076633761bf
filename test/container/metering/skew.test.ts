/** Whose clock it is (money §5, G.2 faults 18 and 36). */
import { expect, test } from 'vitest'
import { openSkew } from '../../../container/metering/skew.ts'
import { HOUR_MS, MINUTE_MS } from '../../../shared/hour.ts'
import { TEN } from './stand.ts'

/** A host whose clock can be set, and whose monotonic clock cannot. */
function host() {
  const time = { at: TEN, monotonic: 5_000, moved: 0 }
  const clocks = { wall: () => time.at, business: () => time.at + time.moved }
  const pass = (ms: number): void => {
    time.at += ms
    time.monotonic += ms
  }
  return { time, pass, skew: openSkew(clocks, () => time.monotonic) }
}

test.each([
  ['60 s ahead', 60_000, 'agree'],
  ['60.001 s ahead', 60_001, 'alarm'],
  ['60.001 s behind', -60_001, 'alarm'],
  ['5 minutes ahead', 5 * MINUTE_MS, 'alarm'],
  ['more than 5 minutes behind', -5 * MINUTE_MS - 1, 'hold'],
] as const)('a host that is %s of AWS: hours go by AWS’s clock (money §5)', (_, ms, verdict) => {
  const { skew, pass } = host()
  skew.heard(TEN - ms)
  expect([skew.now(), skew.skewMs(), skew.verdict()]).toEqual([TEN - ms, -ms, verdict])
  pass(HOUR_MS)
  expect(skew.now()).toBe(TEN - ms + HOUR_MS)
})

test('two clocks that are not read at one instant are no jump: an hour that begins now has begun', () => {
  const { skew, time } = host()
  skew.heard(TEN)
  for (const apart of [1, -0.6, 40]) {
    time.monotonic = 5_000 + apart
    expect([skew.now(), skew.skewMs()]).toEqual([TEN, 0])
  }
})

test.each([
  ['back two hours', -2 * HOUR_MS],
  ['forward seven hours', 7 * HOUR_MS],
])(
  'a host clock that jumps %s moves no hour, and nothing freezes until AWS says what time it is (G.2 fault 36)',
  (_, jump) => {
    const { skew, time, pass } = host()
    skew.heard(TEN)
    pass(10_000)
    time.at += jump
    expect([skew.now(), skew.skewMs(), skew.verdict()]).toEqual([TEN + 10_000, -jump, 'hold'])
    // The host was right after all: it had slept, and its monotonic clock with it.
    skew.heard(TEN + 10_000 + jump)
    expect([skew.now(), skew.skewMs(), skew.verdict()]).toEqual([TEN + 10_000 + jump, 0, 'agree'])
  },
)

test('before AWS has answered the host’s clock is taken, and AWS’s whole seconds say nothing', () => {
  const { skew, pass } = host()
  expect([skew.now(), skew.skewMs(), skew.verdict()]).toEqual([TEN, null, 'agree'])
  pass(400)
  skew.heard(TEN - 1_000)
  expect([skew.now(), skew.skewMs()]).toEqual([TEN + 400, 0])
})

test('business time that is moved by hand is no jump (design §9)', () => {
  const { skew, time } = host()
  skew.heard(TEN)
  time.moved = 30 * HOUR_MS
  expect([skew.now(), skew.verdict()]).toEqual([TEN + 30 * HOUR_MS, 'agree'])
})

test.each([10_000, -10_000, 0])(
  'a meter whose host is %i ms behind AWS wakes when AWS’s hour ends, by the host’s clock',
  (behindMs) => {
    let host = TEN
    const skew = openSkew({ business: () => host, wall: () => host }, () => host)
    skew.heard(TEN + behindMs)
    const due = TEN + HOUR_MS
    expect(skew.hostAt(due)).toBe(due - behindMs)
    // What is due already is due on the host's clock too: a driver asks whether that has come.
    expect(skew.hostAt(skew.now())).toBe(host)
    expect(skew.hostAt(skew.now() - 5)).toBe(host)
    host = skew.hostAt(due)
    expect(skew.now()).toBe(due)
  },
)
