/** Money §8 rows 7 and 8: taking a refused batch apart, and stopping what is refused again and again. */
import { expect, test } from 'vitest'
import type { Call } from '../../../shared/submission/plan.ts'
import {
  answerAll,
  callAt,
  INTERVAL_MS,
  minutes,
  NOW,
  openEngine,
  record,
  records,
  refused,
  run,
  settled,
  type Answer,
} from './support.ts'

/** AWS refuses a whole call when one of these records is in it. */
const poisoned =
  (bad: ReadonlySet<string>, name = 'InvalidUsageDimensionException') =>
  (call: Call): Answer =>
    call.records.some((one) => bad.has(one.key)) ? refused(name) : answerAll(call, 'Success')

test('one bad record of 25 costs at most 11 calls, wherever it stands; the others are billed', () => {
  const counts = Array.from({ length: 25 }, (_, at) => {
    const { engine } = openEngine()
    const all = records(25)
    const bad = all[at]?.key ?? ''
    engine.offer(all, NOW)
    const { calls, end } = run(engine, poisoned(new Set([bad])))
    const answers = engine.offer(all, end)
    const states = answers.map((answer) => answer.kind === 'settled' && answer.settlement.state)
    expect(states.filter((state) => state === 'billed')).toHaveLength(24)
    expect(states[at]).toBe('parked')
    return calls.length
  })
  expect(Math.max(...counts)).toBe(11)
})

test('k bad records of 25 never cost more than 49 calls, for every k', () => {
  for (let bad = 0; bad <= 25; bad++) {
    const { engine } = openEngine()
    // A dimension and a license of its own for each, so that no stop (row 8) shortens the halving.
    const all = records(25).map((_, n) => record(n + 1, { dimension: `d${n}` }))
    const poison = new Set(all.filter((_, n) => (n * 7) % 25 < bad).map((one) => one.key))
    engine.offer(all, NOW)
    const { calls, end } = run(engine, poisoned(poison))
    expect(calls.length).toBeLessThanOrEqual(49)
    const answers = engine.offer(all, end)
    for (const answer of answers)
      expect(answer).toMatchObject({
        kind: 'settled',
        settlement: { state: poison.has(answer.key) ? 'parked' : 'billed' },
      })
  }
})

test('halving takes no more than a fifth of the rate while others wait', () => {
  const { engine } = openEngine()
  const bad = records(25, { deadline: NOW + minutes(600) })
  engine.offer(bad, NOW)
  const first = callAt(engine, NOW)
  engine.answered(first.attempt, refused('InvalidTagException'), NOW)
  engine.offer(
    Array.from({ length: 1_000 }, (_, n) => record(n + 100)),
    NOW,
  )
  const keys = new Set(bad.map((one) => one.key))
  const { calls } = run(engine, poisoned(new Set([bad[3]?.key ?? ''])), NOW, NOW + minutes(10))
  const halving = calls.filter((call) => call.keys.every((key) => keys.has(key)))
  for (const [at, call] of halving.entries()) {
    const next = halving[at + 1]
    if (next !== undefined) expect(next.at - call.at).toBeGreaterThanOrEqual(5 * INTERVAL_MS)
  }
  expect(halving.length).toBeGreaterThan(5)
})

test('a record that was refused once never travels with records that were not', () => {
  const { engine } = openEngine()
  const old = records(4)
  engine.offer(old, NOW)
  engine.answered(callAt(engine, NOW).attempt, refused('ValidationException'), NOW)
  engine.offer([record(50), record(51)], NOW)
  const { calls } = run(engine, (call) => answerAll(call, 'Success'), NOW, NOW + minutes(5))
  const oldKeys = old.map((one) => one.key)
  for (const call of calls) expect(new Set(call.keys.map((key) => oldKeys.includes(key))).size).toBe(1)
})

test.each([
  ['dimension', 'InvalidUsageDimensionException'],
  ['license', 'InvalidLicenseException'],
])(
  'three refusals within a minute stop the %s alone; it is probed every 5 minutes and opens again',
  (scope, name) => {
    const { engine } = openEngine()
    const sick = Array.from({ length: 10 }, (_, n) =>
      scope === 'dimension'
        ? record(n + 1, { dimension: 'sick' })
        : record(n + 1, { identity: record(1).identity, dimension: `d${n}` }),
    )
    const well = Array.from({ length: 5 }, (_, n) => record(n + 100))
    const poison = new Set(sick.map((one) => one.key))
    engine.offer([...sick, ...well], NOW)

    let repaired = false
    const aws = (call: Call): Answer => (repaired ? answerAll(call, 'Success') : poisoned(poison, name)(call))
    const storm = run(engine, aws, NOW, NOW + minutes(18))
    const answers = engine.offer([...sick, ...well], storm.end)
    const parked = answers.filter((one) => one.kind === 'settled' && one.settlement.state === 'parked')
    expect(parked).toHaveLength(3)
    expect(answers.slice(10).every((one) => one.kind === 'settled')).toBe(true)
    expect(engine.backlog(storm.end).stops).toMatchObject([{ scope, reason: name }])

    const stopped = storm.calls.findIndex(
      (_, at) => at > 3 && (storm.calls[at + 1]?.at ?? 0) - (storm.calls[at]?.at ?? 0) > minutes(4),
    )
    const probes = storm.calls.slice(stopped + 1)
    expect(probes.every((call) => call.keys.length === 1)).toBe(true)
    expect(new Set(probes.map((call) => call.keys[0])).size).toBe(probes.length)
    for (const [at, probe] of probes.entries())
      if (at > 0) expect(probe.at - (probes[at - 1]?.at ?? 0)).toBeGreaterThanOrEqual(minutes(5))

    repaired = true
    const healed = run(engine, aws, storm.end, storm.end + minutes(30))
    expect(engine.backlog(healed.end)).toMatchObject({ waiting: 0, stops: [] })
  },
)

test('a probe that is refused for another reason parks its own record and leaves the stop', () => {
  const { engine } = openEngine()
  const sick = records(6, { dimension: 'sick' })
  engine.offer(sick, NOW)
  const { end } = run(engine, () => refused('InvalidUsageDimensionException'), NOW, NOW + minutes(1))
  const wake = engine.nextWake() ?? 0
  const probe = callAt(engine, wake)
  engine.answered(probe.attempt, refused('InvalidLicenseException'), wake)
  expect(settled(engine, wake)[probe.records[0]?.key ?? '']).toMatchObject({
    reason: 'InvalidLicenseException',
  })
  expect(engine.backlog(end).stops).toHaveLength(1)
})

test('records of a stopped dimension still end at their deadline', () => {
  const { engine } = openEngine()
  const sick = records(6, { dimension: 'sick' })
  engine.offer(sick, NOW)
  const { end } = run(engine, () => refused('InvalidUsageDimensionException'))
  const states = engine.offer(sick, end).map((one) => one.kind === 'settled' && one.settlement.state)
  expect(states.filter((state) => state === 'parked')).toHaveLength(3)
  expect(states.filter((state) => state === 'expired')).toHaveLength(3)
})

test('a stopped lane is probed by one record every 5 minutes; the first answer about a record opens it (row 9)', () => {
  const { engine } = openEngine()
  engine.offer(records(30), NOW)
  const { calls } = run(
    engine,
    (call, now) => (now < NOW + minutes(12) ? refused('AccessDeniedException') : answerAll(call, 'Success')),
    NOW,
    NOW + minutes(60),
  )
  expect(calls.map((call) => [Math.round((call.at - NOW) / minutes(1)), call.keys.length])).toEqual([
    [0, 25],
    [5, 1],
    [10, 1],
    [15, 1],
    [15, 25],
    [15, 4],
  ])
})

test('one product stands still, the others go on (row 9)', () => {
  const { engine } = openEngine()
  const other = record(9, { productCode: 'prodcode0000000000000002' })
  engine.offer([record(1), other], NOW)
  const { end } = run(
    engine,
    (call) =>
      call.productCode === other.productCode ? answerAll(call, 'Success') : refused('DisabledApiException'),
    NOW,
    NOW + minutes(30),
  )
  expect(engine.offer([other], end)).toMatchObject([{ kind: 'settled', settlement: { state: 'billed' } }])
  expect(engine.backlog(end).lanes).toMatchObject([{ product_code: record(1).productCode }])
})
