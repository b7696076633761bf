/** The meter as the container sees it: one call at a time, a disk that fails, an end in time (money §11; G.2 faults 32, 36). */
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { freeMode } from '../../../container/entitlement/free.ts'
import { newMemory, openTaskCore, type TaskCore } from '../../../container/metering/core.ts'
import { SpoolError } from '../../../container/metering/meter.ts'
import { openSkew } from '../../../container/metering/skew.ts'
import { type MeterPorts, openTaskMeter } from '../../../container/metering/task-meter.ts'
import { createRuntime } from '../../../container/runtime.ts'
import { openNodeSql } from '../../../container/sql.ts'
import type { MeterUsageResult } from '../../../shared/aws/meter-usage.ts'
import { HOUR_MS, MINUTE_MS } from '../../../shared/hour.ts'
import { err, ok } from '../../../shared/result.ts'
import type { Sql } from '../../../shared/sql.ts'
import { Aws, at, refused, termsOf, TIMEOUT, used } from './stand.ts'

function stage(more: Partial<MeterPorts> = {}) {
  const aws = new Aws()
  const time = { now: at(9), monotonic: 0, host: 0 }
  const clocks = { wall: () => time.now + time.host, business: () => time.now + time.host }
  const skew = openSkew(clocks, () => time.now)
  const sql = openNodeSql(':memory:')
  const memory = newMemory()
  const disk = { isFull: false, isOurs: true, isClosed: false, writes: 0 }
  let core: TaskCore = openTaskCore(sql, termsOf('task/a'), time.now, memory)
  const use = <T>(work: (core: TaskCore, sql: Sql) => T): T => work(core, sql)
  const meter = openTaskMeter({
    task: 'task/a',
    skew,
    spool: {
      folder: '/spool',
      status: () => ({ folder: '/spool', state: 'ok', why: null }),
      read: use,
      write(work) {
        disk.writes += 1
        if (disk.isFull) {
          core = openTaskCore(sql, termsOf('task/a'), time.now, memory)
          throw new SpoolError('The disk is full. Platform team: give it room.')
        }
        return use(work)
      },
      mayCall: () => (disk.isOurs ? ok(null) : err('the folder is another’s')),
      close: () => void (disk.isClosed = true),
    },
    call: async (request) => {
      skew.heard(time.now)
      return aws.take('task/a', request, time.now)
    },
    askTime: async () => skew.heard(time.now),
    lookForOrphans: () => [],
    // A thousand times as fast as the wall's.
    pause: async (ms, signal) => {
      await setTimeout(ms / 1_000, undefined, { signal }).catch(() => undefined)
      if (signal?.aborted !== true) time.now += ms
    },
    ...more,
  })
  const take = (calls: number, when = time.now) =>
    meter.take({ kind: 'ids', events: [used(when, calls)] })[0]?.result
  /** As the loop does it: from wake to wake. */
  const pass = async (until: number): Promise<void> => {
    for (let steps = 0; steps < 1_000; steps += 1) {
      await meter.runDue(time.now)
      const wake = meter.nextWake()
      if (wake === null || wake > until) break
      time.now = Math.max(wake, time.now + 1)
    }
    time.now = until
  }
  return { aws, time, skew, meter, take, pass, disk }
}

test('usage is counted, sent once its hour is over, and shown with its receipt (money §11)', async () => {
  const { aws, time, meter, take, pass } = stage()
  time.now = at(10, 5)
  expect(take(3)).toBe('counted')
  expect(meter.status()).toMatchObject({ open: { api_call: '3' }, waiting: 0, receipts: [], alarms: [] })
  await pass(at(11, 20))
  expect(aws.quantity('task/a', at(10))).toBe(3)
  expect(meter.status()).toMatchObject({
    open: {},
    waiting: 0,
    oldestUnsentHour: null,
    windowOver: null,
    receipts: [{ dimension: 'api_call', hour: at(10), quantity: 3, receipt: 'record-1' }],
    attempts: { made: 1, throttled: 0, unanswered: 0 },
    skewMs: 0,
    alarms: [],
  })
})

test('at 50, 75 and 92 % of the 6 hours someone is told, each time of the highest (money §11)', async () => {
  const { time, meter, take, pass } = stage({ call: async () => refused('ThrottlingException') })
  time.now = at(10, 5)
  take(3)
  const said: (string | undefined)[] = []
  for (const minute of [12 * 15 - 1, 12 * 15, 270, 332]) {
    await pass(at(10) + minute * MINUTE_MS)
    said.push(meter.status().alarms[0]?.slice(0, 5))
  }
  expect(said).toEqual([undefined, '50 % ', '75 % ', '92 % '])
  expect(meter.status().windowOver).toBeCloseTo(332 / 360, 3)
})

test('no call is made once the folder is another’s, and none whose attempt is not on disk (money §11)', async () => {
  const { aws, time, meter, take, disk, pass } = stage()
  time.now = at(10, 5)
  take(3)
  disk.isOurs = false
  await pass(at(11, 30))
  await meter.runDue(time.now)
  expect(meter.nextWake()).toBe(at(11, 30) + 3_000)
  disk.isOurs = true
  disk.isFull = true
  await expect(meter.runDue(time.now)).resolves.toEqual(['The disk is full. Platform team: give it room.'])
  expect(() => take(1)).toThrow(SpoolError)
  expect(aws.calls).toBe(0)
  disk.isFull = false
  await pass(at(11, 40))
  expect(aws.units()).toBe(3)
})

test('a host clock that jumps forward 7 hours closes no hour and expires nothing; asked for its time, AWS puts it right (G.2 fault 36)', async () => {
  const { aws, time, meter, take, pass, skew } = stage({ askTime: async () => {} })
  time.now = at(10, 5)
  skew.heard(time.now)
  take(3)
  // Wall time alone has jumped: what only goes forward has not.
  time.host = 7 * HOUR_MS
  expect([meter.now(), take(2, meter.now())]).toEqual([at(10, 5), 'counted'])
  await pass(at(11, 30))
  expect(aws.calls).toBe(0)
  expect(meter.status().alarms[0]).toMatch(/clock is 25200 s ahead of AWS's: no hour is closed/)
  time.host = 0
  await pass(at(12, 30))
  expect(aws.units()).toBe(5)
  expect(meter.status().expired).toEqual([])
})

test('SIGTERM stops intake, sends the hour in progress and says that nothing is left (design §7)', async () => {
  const { aws, time, meter, take, disk } = stage()
  time.now = at(10, 5)
  take(3)
  const left = await meter.close(25_000)
  expect(left).toEqual({ records: 0, units: {}, message: null })
  expect(aws.quantity('task/a', at(10))).toBe(3)
  expect(disk.isClosed).toBe(true)
  expect(() => take(1)).toThrow(SpoolError)
  expect(await meter.close(25_000)).toBe(left)
})

test.each([
  ['throttles', refused('ThrottlingException')],
  ['does not answer', TIMEOUT],
])(
  'where AWS %s the end comes in time all the same, and names what stays (money §11)',
  async (_, answer: MeterUsageResult) => {
    const { time, meter, take, disk } = stage({ call: async () => answer })
    time.now = at(10, 5)
    take(3.5)
    const left = await meter.close(25_000)
    expect(time.now - at(10, 5)).toBeLessThanOrEqual(90_000)
    expect([left.records, left.units]).toEqual([1, { api_call: '3.5' }])
    expect(left.message).toMatch(/^3\.5 api_call did not reach AWS/)
    expect(disk.isClosed).toBe(true)
  },
)

test('a call that never ends does not hold up the end (money §11)', async () => {
  const { time, meter, take, disk } = stage({ call: () => new Promise(() => {}) })
  time.now = at(10, 5)
  take(3)
  expect((await meter.close(25_000)).records).toBe(1)
  expect(disk.isClosed).toBe(true)
})

test.each([
  ['rests at once: all of it but that moment', 1_000, 19_000],
  ['does not come to rest: half of it', Number.POSITIVE_INFINITY, 10_000],
])('of the time to stop the last hour has what is left when the rest %s', async (_, restMs, forMeter) => {
  const { meter } = stage()
  let steady = 0
  const given: number[] = []
  const runtime = createRuntime({
    product: null,
    platform: null,
    mode: freeMode('free'),
    meter: {
      ...meter,
      close(withinMs) {
        given.push(withinMs)
        return meter.close(withinMs)
      },
    },
    intake: null,
    others: [],
    startedAt: 0,
    warnings: () => [],
    skewMs: () => null,
    now: () => 0,
    steadyMs: () => steady,
    pause: async (ms) => {
      await setTimeout(20)
      steady = Math.max(steady, ms)
    },
    rest: async () => {
      if (restMs === Number.POSITIVE_INFINITY) await new Promise<never>(() => undefined)
      steady = restMs
    },
  })
  await runtime.stop(20_000)
  expect(given).toEqual([forMeter])
})
