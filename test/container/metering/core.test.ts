/** One task's money: each hour once, whatever its process and AWS do (money §8, §11). */
import { expect, test } from 'vitest'
import { readLeft, readMeterStatus } from '../../../container/metering/status.ts'
import { openNodeSql } from '../../../container/sql.ts'
import { HOUR_MS, MINUTE_MS } from '../../../shared/hour.ts'
import { Aws, at, count, dimension, drain, live, openCore, refused, TEN, TIMEOUT, used } from './stand.ts'

const memory = () => openNodeSql(':memory:')

/** A task that was there before the day, with its usage of 10:00 to 11:00 counted. */
function running(calls = 5) {
  const sql = memory()
  const aws = new Aws()
  const core = openCore(sql, 'task/a', at(9, 0))
  count(core, at(10, 5), calls)
  const meet = (request: Parameters<Aws['take']>[1], now: number) => aws.take('task/a', request, now)
  return { sql, aws, core, meet }
}

test('an hour that ended is one record, and what a new task used in its first hour goes with the next (money §11)', () => {
  const aws = new Aws()
  const core = openCore(memory(), 'task/a', at(10, 20))
  count(core, at(10, 30), 3)
  count(core, at(11, 30), 4)
  live(core, at(11, 30), at(13), (request, now) => aws.take('task/a', request, now))
  expect([...aws.records]).toEqual([
    [`task/a|api_call|${at(11)}`, { quantity: 7, id: 'record-1', stamp: at(11) }],
  ])
  expect(core.audit()).toEqual([])
  expect(drain(core, at(14), (request) => aws.take('task/a', request, at(14)))).toBe(0)
})

test('a task whose ledger another took over sends nothing of its first hour: the same number again would be lost (money §11)', () => {
  const aws = new Aws()
  const left = [false, true].map((isKnown) => {
    const sql = memory()
    const core = openCore(sql, 'task/a', at(10, 20), { startedAt: at(10), hadLedger: () => isKnown })
    count(core, at(10, 21), 1)
    core.close(at(10, 30))
    drain(core, at(10, 30), (request) => aws.take('task/a', request, at(10, 30)))
    return readLeft(sql, core, at(10, 30)).units
  })
  expect([aws.units(), left]).toEqual([1, [{}, { api_call: '1' }]])
})

test('of an agent a key that is counted again, and what is less than a block, is not shown as open (money §3)', () => {
  const sql = memory()
  const dimensions = [
    { ...dimension('seat', 'users'), charge: { kind: 'unique', meter: 'users' } as const },
    {
      ...dimension('k_calls', 'api_calls'),
      charge: { kind: 'sum', meter: 'api_calls', block: '10' } as const,
    },
  ]
  const core = openCore(sql, 'task/a', at(9), { dimensions })
  const open = (now: number) => {
    const left = readLeft(sql, core, now)
    const status = readMeterStatus(sql, core, now)
    return [status.open, left.units]
  }
  const seen = (key: string, now: number) =>
    core.take(
      {
        kind: 'ids',
        events: [{ kind: 'key', source: 'app', id: `${key} ${now}`, meter: 'users', time: now, key }],
      },
      now,
    )
  for (const minute of [5, 6, 7]) seen('ann', at(10, minute))
  seen('bob', at(10, 8))
  count(core, at(10, 9), 25)
  core.runDue(at(10, 30))
  const before = open(at(10, 30))
  live(core, at(10, 30), at(11, 30), () => ({ ok: true, value: 'r' }))
  seen('ann', at(11, 31))
  expect([before, open(at(11, 40))]).toEqual([
    [
      { seat: '2', k_calls: '2' },
      { seat: '2', k_calls: '2' },
    ],
    [{}, {}],
  ])
})

test('an hour goes within five minutes after its lateness, at a moment that is the task’s own (design §7)', () => {
  const moments = ['task/a', 'task/b', 'task/c', 'task/d'].map((task) => {
    const core = openCore(memory(), task, at(10))
    count(core, at(10, 5), 1)
    let sent = 0
    live(core, at(10, 5), at(12), (_, now) => ((sent = now), { ok: true, value: 'r' }))
    return sent
  })
  expect(moments.every((moment) => moment >= at(11, 10) && moment < at(11, 15))).toBe(true)
  expect(new Set(moments).size).toBe(4)
})

test.each([
  [
    'AWS refuses it: its units are another program’s hour’s, and go with the next (money §11)',
    [],
    'moved',
    12,
  ],
  ['an attempt before it was throttled: that changes nothing', ['throttled'], 'moved', 12],
  [
    'an attempt before it was never answered: it is in doubt, and not sent again (money §8 row 2)',
    ['unanswered'],
    'doubtful',
    7,
  ],
] as const)('a duplicate, where %s', (_, before, state, later) => {
  const { core, aws, meet } = running(5)
  let meets = 0
  // Another program of the same role has reported 99 for the hour.
  aws.records.set(`task/a|api_call|${TEN}`, { quantity: 99, id: 'other', stamp: TEN })
  live(core, at(11, 10), at(11, 59), (request, now) => {
    const trouble = before[meets++]
    if (trouble === 'throttled') return refused('ThrottlingException')
    if (trouble === 'unanswered') return TIMEOUT
    return meet(request, now)
  })
  count(core, at(11, 59), 7)
  live(core, at(12), at(13), meet)
  expect(core.ledger.records({ limit: 10 }).map((record) => record.state)).toEqual(['billed', state])
  expect(aws.quantity('task/a', at(11))).toBe(later)
  expect(core.audit()).toEqual([])
})

test('what an unanswered attempt left in doubt is the identical record again, and billed once (money §8 row 6)', () => {
  const { core, aws, meet } = running(5)
  let lost = 0
  live(core, at(11, 10), at(12), (request, now) => {
    const answer = meet(request, now)
    return lost++ < 3 ? TIMEOUT : answer
  })
  expect(aws.calls).toBe(4)
  expect(new Set(aws.tokens).size).toBe(1)
  expect(aws.units()).toBe(5)
  expect(core.ledger.records({ limit: 9 }).map(({ state, quantity }) => [state, quantity])).toEqual([
    ['billed', 5],
  ])
})

test('a record is sent one millisecond before 6 hours are over, and never at 6 hours (facts §2.9)', () => {
  for (const [now, calls] of [
    [TEN + 6 * HOUR_MS - 1, 1],
    [TEN + 6 * HOUR_MS, 0],
  ] as const) {
    const { core } = running()
    core.runDue(at(11, 30))
    const made: number[] = []
    drain(core, now, (request) => (made.push(request.timestamp), { ok: true, value: 'r' }))
    expect(made.filter((stamp) => stamp === TEN)).toHaveLength(calls)
  }
})

test('what AWS took for no hour within 6 hours goes with the next one by itself, and what it may have taken does not (money §8 row 10)', () => {
  for (const trouble of ['throttled', 'unanswered'] as const) {
    const { core, aws, meet } = running(5)
    live(core, at(11, 10), at(16, 59), () =>
      trouble === 'throttled' ? refused('ThrottlingException') : TIMEOUT,
    )
    live(core, at(17), at(19), meet)
    expect(aws.units()).toBe(trouble === 'throttled' ? 5 : 0)
    const states = core.ledger.records({ limit: 9 }).map((record) => record.state)
    expect(states).toEqual(trouble === 'throttled' ? ['billed', 'moved'] : ['doubtful'])
    expect(core.audit()).toEqual([])
  }
})

test('while AWS is away no more than two records are put in doubt (money §8 row 6)', () => {
  const dimensions = Array.from({ length: 20 }, (_, i) => dimension(`d${i}`))
  const core = openCore(memory(), 'task/a', at(9), { dimensions })
  core.take(
    { kind: 'ids', events: dimensions.map(({ key }) => used(at(10, 5), 1, { meter: key })) },
    at(10, 5),
  )
  live(core, at(11, 10), at(16, 30), () => TIMEOUT)
  live(core, at(16, 30), at(18), () => refused('ThrottlingException'))
  const states = core.ledger.records({ limit: 100 }).map((record) => record.state)
  const of = (state: string) => states.filter((each) => each === state).length
  expect([of('doubtful'), of('moved'), of('waiting')]).toEqual([2, 18, 18])
})

test('a role that AWS refuses parks nothing and is tried every 5 minutes; what waited goes when it is put right (money §8 row 9)', () => {
  const { core, aws, meet } = running(5)
  const tries: number[] = []
  live(core, at(11, 10), at(12, 9), (_, now) => (tries.push(now), refused('AccessDeniedException')))
  expect(tries.length).toBeGreaterThan(8)
  expect(tries.every((now, i) => i === 0 || now - (tries[i - 1] ?? 0) >= 5 * MINUTE_MS)).toBe(true)
  expect(core.memory.lane.stopped).toMatchObject({ reason: 'AccessDeniedException' })
  live(core, at(12, 9), at(12, 30), meet)
  expect(aws.units()).toBe(5)
  expect(core.memory.lane.stopped).toBe(null)
})

test('a buyer AWS does not know is tried every 15 minutes, and parked as uncollectable at the deadline (money §8 row 4)', () => {
  const { core } = running(5)
  const tries: number[] = []
  live(core, at(11, 10), at(17), (_, now) => (tries.push(now), refused('CustomerNotEntitledException')))
  expect(tries.length).toBeGreaterThan(18)
  expect(core.ledger.records({ limit: 9 }).map(({ state, reason }) => [state, reason])).toEqual([
    ['parked', 'uncollectable'],
  ])
})

test('SIGTERM sends the hour in progress; after a restart in the same task its usage goes with the next hour (money §11)', () => {
  const { core, sql, aws, meet } = running(5)
  core.close(at(10, 20))
  drain(core, at(10, 20), (request) => meet(request, at(10, 20)))
  expect(aws.quantity('task/a', TEN)).toBe(5)

  const again = openCore(sql, 'task/a', at(10, 25))
  count(again, at(10, 30), 3)
  // A second SIGTERM within the hour has nothing that AWS would take: the hour has its record.
  again.close(at(10, 40))
  expect(drain(again, at(10, 40), (request) => meet(request, at(10, 40)))).toBe(0)

  const third = openCore(sql, 'task/a', at(10, 45))
  live(third, at(10, 45), at(12), meet)
  expect([aws.quantity('task/a', TEN), aws.units()]).toEqual([5, 5])
  count(third, at(11, 30), 2, at(12))
  live(third, at(12), at(13), meet)
  expect(aws.quantity('task/a', at(11))).toBe(5)
  expect(third.audit()).toEqual([])
})

test('SIGTERM in the first hour of a new ledger sends it too, stamped not before the task’s start (money §11)', () => {
  const aws = new Aws()
  const core = openCore(memory(), 'task/a', at(10, 20), { startedAt: at(10, 15) + 400 })
  count(core, at(10, 30), 3)
  core.close(at(10, 40))
  drain(core, at(10, 40), (request) => aws.take('task/a', request, at(10, 40)))
  expect([...aws.records.values()]).toEqual([{ quantity: 3, id: 'record-1', stamp: at(10, 15, 1) }])
})

test('a lost ledger’s hour is not reported twice: AWS has one, and the new one’s units go with the next hour (money §11)', () => {
  const { core, aws, meet } = running(5)
  core.close(at(10, 20))
  drain(core, at(10, 20), (request) => meet(request, at(10, 20)))
  const fresh = openCore(memory(), 'task/a', at(10, 30))
  count(fresh, at(10, 35), 4)
  fresh.close(at(10, 40))
  drain(fresh, at(10, 40), (request) => meet(request, at(10, 40)))
  expect(aws.units()).toBe(5)
  count(fresh, at(11, 5), 0)
  live(fresh, at(10, 40), at(13), meet)
  expect([aws.quantity('task/a', at(11)), aws.units()]).toEqual([4, 9])
})

test('what is owed goes before the hour that ended, and the last hour of a month before both (money §11)', () => {
  const first = Date.UTC(2026, 11, 1)
  const core = openCore(memory(), 'task/a', first - 6 * HOUR_MS)
  for (const hour of [-4, -3, -2, -1]) count(core, first + hour * HOUR_MS + 5 * MINUTE_MS, 10 + hour)
  live(core, first - 30 * MINUTE_MS, first + 11 * MINUTE_MS, () => refused('ThrottlingException'))
  const order: number[] = []
  live(core, first + 16 * MINUTE_MS, first + 59 * MINUTE_MS, ({ timestamp }) => {
    order.push((timestamp - first) / HOUR_MS)
    return { ok: true, value: `r${timestamp}` }
  })
  expect(order).toEqual([-1, -4, -3, -2])
})

test('nothing that could go waits across 00:00 on the 1st (money §11)', () => {
  const first = Date.UTC(2026, 11, 1)
  const core = openCore(memory(), 'task/a', first - 6 * HOUR_MS)
  count(core, first - 4 * HOUR_MS + 5, 3)
  const tries: number[] = []
  live(core, first - 2 * HOUR_MS, first - 1, (_, now) => (tries.push(now), TIMEOUT))
  expect(tries.at(-1)).toBeGreaterThanOrEqual(first - MINUTE_MS)
})

test('zero records are a setting: each dimension that was not used in a full hour gets one (facts §2.9)', () => {
  const dimensions = [dimension('api_call', 'api_calls'), dimension('seat', 'seats')]
  for (const zeroRecords of [false, true]) {
    const sent: string[] = []
    const core = openCore(memory(), 'task/a', at(10), { dimensions, zeroRecords })
    count(core, at(10, 5), 2)
    live(core, at(10, 5), at(11, 30), ({ dimension: of, quantity }) => {
      sent.push(`${of} ${quantity}`)
      return { ok: true, value: 'r' }
    })
    expect(sent.toSorted()).toEqual(zeroRecords ? ['api_call 2', 'seat 0'] : ['api_call 2'])
  }
})

test('a host clock that is two hours back freezes no hour twice, and what it counts goes with the next (G.2 fault 36)', () => {
  const { core, sql, aws, meet } = running(5)
  live(core, at(11), at(11, 59), meet)
  const back = openCore(sql, 'task/a', at(9, 59))
  count(back, at(10, 5), 4)
  live(back, at(10, 5), at(11, 59), meet)
  expect(aws.units()).toBe(5)
  live(back, at(12), at(13), meet)
  expect([aws.quantity('task/a', TEN), aws.units()]).toEqual([5, 9])
  expect(back.audit()).toEqual([])
})

test('nothing freezes while it is held for the clock, whoever calls, and all does afterwards (money §5)', () => {
  const { core, aws, meet } = running(5)
  core.hold('apart', at(10, 10))
  count(core, at(12, 5), 1)
  live(core, at(11, 10), at(12, 30), meet)
  expect(aws.calls).toBe(0)
  core.release(at(12, 31))
  live(core, at(12, 31), at(13, 30), meet)
  expect(aws.units()).toBe(6)
})
