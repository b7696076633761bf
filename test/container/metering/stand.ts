/** A task's core on a file, and AWS at the call port: MeterUsage's own rules, and what can befall a call. For tests. */
import type { MeterUsageRequest, MeterUsageResult } from '../../../shared/aws/meter-usage.ts'
import { HOUR_MS, hourOf, MINUTE_MS } from '../../../shared/hour.ts'
import type { DimensionTerms } from '../../../shared/ledger/terms.ts'
import type { Sql } from '../../../shared/sql.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import type { UsageEvent } from '../../../shared/usage/event.ts'
import { openTaskCore, type TaskCore } from '../../../container/metering/core.ts'
import type { TaskTerms } from '../../../container/metering/task-terms.ts'

/** 2026-11-21T10:00Z. */
export const TEN = Date.UTC(2026, 10, 21, 10)
export const at = (hour: number, minute = 0, second = 0): number =>
  TEN + (hour - 10) * HOUR_MS + minute * MINUTE_MS + second * 1_000

export const dimension = (key: string, meter = key): DimensionTerms => ({
  key,
  price: '0.0001',
  metered: true,
  charge: { kind: 'sum', meter },
  allowances: {},
})

let ledgers = 0
const newLedger = (): SubscriptionId => `sub_${String((ledgers += 1)).padStart(22, '0')}`

export const termsOf = (task: string, more: Partial<TaskTerms> = {}): TaskTerms => ({
  task,
  region: 'us-east-1',
  productCode: '9w3jx5t7q1bn4gz6k8yd2vhm0',
  startedAt: null,
  dimensions: [dimension('api_call', 'api_calls')],
  latenessMs: 10 * MINUTE_MS,
  zeroRecords: false,
  newLedger,
  ...more,
})

let ids = 0
export const used = (
  time: number,
  calls: number,
  more: { id?: string; meter?: string } = {},
): UsageEvent => ({
  kind: 'quantity',
  source: 'app',
  id: more.id ?? `event ${(ids += 1)}`,
  meter: more.meter ?? 'api_calls',
  time,
  quantity: BigInt(Math.round(calls * 1_000_000)),
})

export const count = (core: TaskCore, time: number, calls: number, now = time): void => {
  const [answer] = core.take({ kind: 'ids', events: [used(time, calls)] }, now)
  if (answer?.result !== 'counted') throw new Error(JSON.stringify(answer))
}

/** What AWS keeps: one record a task, dimension and hour; the identical one again is the same. */
export class Aws {
  readonly records = new Map<
    string,
    { readonly quantity: number; readonly id: string; readonly stamp: number }
  >()
  readonly tokens: string[] = []
  calls = 0

  take(task: string, request: MeterUsageRequest, now: number): MeterUsageResult {
    this.calls += 1
    this.tokens.push(request.clientToken)
    const stamp = request.timestamp
    if (stamp + 6 * HOUR_MS <= now || stamp > now) return refused('TimestampOutOfBoundsException')
    const key = `${task}|${request.dimension}|${hourOf(stamp)}`
    const known = this.records.get(key)
    if (known !== undefined && known.quantity !== request.quantity)
      return refused('DuplicateRequestException')
    const id = known?.id ?? `record-${this.records.size + 1}`
    this.records.set(key, { quantity: request.quantity, id, stamp })
    return { ok: true, value: id }
  }

  /** Units of a dimension, whoever reported them. */
  units(of = 'api_call'): number {
    return [...this.records].reduce(
      (sum, [key, { quantity }]) => sum + (key.split('|')[1] === of ? quantity : 0),
      0,
    )
  }

  quantity(task: string, hour: number, of = 'api_call'): number | undefined {
    return this.records.get(`${task}|${of}|${hour}`)?.quantity
  }
}

export const refused = (name: string, status = 400): MeterUsageResult => ({
  ok: false,
  error: { kind: 'refused', name, message: `${name} of the test`, status },
})

export const TIMEOUT: MeterUsageResult = {
  ok: false,
  error: { kind: 'unreachable', cause: 'timeout', message: 'no answer' },
}

/** Sends all that may go at `now`, each call as `meet` has it. Answers how many calls were made. */
export function drain(
  core: TaskCore,
  now: number,
  meet: (request: MeterUsageRequest) => MeterUsageResult,
): number {
  core.runDue(now)
  let calls = 0
  for (let call = core.next(now); call !== null; call = core.next(now)) {
    core.answered(call, meet(call.request), now)
    calls += 1
    if (calls > 1_000) throw new Error('the line never ends')
  }
  return calls
}

/** Steps from wake to wake until `until`, and sends what may go. */
export function live(
  core: TaskCore,
  from: number,
  until: number,
  meet: (request: MeterUsageRequest, now: number) => MeterUsageResult,
): void {
  let now = from
  for (let steps = 0; ; steps += 1) {
    if (steps > 10_000) throw new Error(`it wakes again and again at ${new Date(now).toISOString()}`)
    drain(core, now, (request) => meet(request, now))
    const wake = core.nextWake(now)
    if (wake === null || wake > until) return
    if (wake < now) throw new Error('a wake in the past')
    now = wake
  }
}

export const openCore = (sql: Sql, task: string, now: number, more: Partial<TaskTerms> = {}): TaskCore =>
  openTaskCore(sql, termsOf(task, more), now)
