/** A random AWS against the engine: whatever it does, each record ends once, and what AWS holds is what was settled. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { openNodeSql } from '../../../container/sql.ts'
import { batchRequest, type WireRecord } from '../../../shared/aws/batch-meter-usage.ts'
import { HOUR_MS } from '../../../shared/hour.ts'
import { ok } from '../../../shared/result.ts'
import type { Call } from '../../../shared/submission/plan.ts'
import type { Settlement } from '../../../shared/submission/record.ts'
import { lost, NOW, openEngine, receiptOf, record, refused, type Answer } from './support.ts'

const MODES = [
  'fine',
  'lost-before',
  'lost-after',
  'partly-lost',
  'throttled',
  'unprocessed',
  'garbled',
  'denied',
  'dead',
] as const
type Mode = (typeof MODES)[number]

/** AWS as documented: first write wins, one bad record sinks the call; `mode` breaks this one call. */
function openAws(subscribed: (usage: WireRecord, now: number) => boolean, poisoned: ReadonlySet<string>) {
  const stored = new Map<string, number>()
  const hold = (usage: WireRecord): object => {
    const id = receiptOf(usage)
    stored.set(id, stored.get(id) ?? usage.Quantity)
    return {
      UsageRecord: usage,
      MeteringRecordId: id,
      Status: stored.get(id) === usage.Quantity ? 'Success' : 'DuplicateRecord',
    }
  }
  function call(made: Call, mode: Mode, now: number): Answer {
    const sent = batchRequest(made.records).UsageRecords
    if (mode === 'throttled') return refused('ThrottlingException')
    if (mode === 'denied') return refused('AccessDeniedException')
    if (mode === 'lost-before') return lost
    if (made.records.some((one) => now >= one.timestamp + 24 * HOUR_MS))
      return refused('TimestampOutOfBoundsException')
    if (made.records.some((one) => poisoned.has(one.key))) return refused('InvalidLicenseException')
    const kept = sent.filter((_, at) => mode !== 'partly-lost' || at % 2 === 0)
    const late = mode === 'unprocessed' ? kept.slice(0, Math.ceil(kept.length / 2)) : []
    const results = kept
      .filter((usage) => !late.includes(usage))
      .map((usage) =>
        subscribed(usage, now)
          ? hold(usage)
          : { UsageRecord: usage, MeteringRecordId: null, Status: 'CustomerNotSubscribed' },
      )
    if (mode === 'lost-after' || mode === 'dead') return lost
    if (mode === 'garbled')
      return ok({ Results: results.map((one) => ({ ...one, Status: 'Perhaps' })).reverse() })
    return ok({ Results: results.reverse(), UnprocessedRecords: late })
  }
  return { stored, call }
}

const runs = fc.record({
  modes: fc.array(fc.constantFrom(...MODES), { maxLength: 25 }),
  count: fc.integer({ min: 1, max: 40 }),
  bad: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }),
  strangers: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 2 }),
  finals: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 4 }),
  /** After the faults AWS is well, or in one state for longer than a record's window. */
  outage: fc.oneof(
    { arbitrary: fc.constant(null), weight: 4 },
    { arbitrary: fc.constantFrom<Mode>('lost-before', 'throttled', 'denied'), weight: 1 },
  ),
})

test('each record ends once; AWS holds each billed one, and no parked or expired one', () => {
  const seen = new Map<string, number>()
  fc.assert(
    fc.property(runs, ({ modes, count, bad, strangers, finals, outage }) => {
      const sql = openNodeSql(':memory:')
      let { engine } = openEngine(sql)
      const all = Array.from({ length: count }, (_, n) =>
        record(n + 1, {
          dimension: `d${n % 3}`,
          quantity: n,
          ...(finals.includes(n + 1) ? { final: true, deadline: NOW + HOUR_MS } : {}),
        }),
      )
      const keyOf = (n: number): string => all[n - 1]?.key ?? ''
      const aws = openAws(
        (usage) => !strangers.includes(Number(usage.CustomerAWSAccountId)),
        new Set(bad.map(keyOf)),
      )
      const ledger = new Map<string, Settlement>()
      let now = NOW
      let made = 0
      for (let steps = 0; steps < 20_000; steps++) {
        // A Ledger that never heard an answer offers again; one that did takes each result once.
        for (const answer of engine.offer(steps % 40 === 0 ? all : [], now))
          if (answer.kind === 'differs' || answer.kind === 'refused') throw new Error(answer.kind)
        const call = engine.next(now)
        if (call !== undefined) {
          const mode = modes[made++] ?? (now < NOW + 26 * HOUR_MS ? (outage ?? 'fine') : 'fine')
          const answer = aws.call(call, mode, now)
          seen.set(mode, (seen.get(mode) ?? 0) + 1)
          if (mode === 'dead') {
            engine = openEngine(sql).engine
            engine.abandon([], now)
          } else engine.answered(call.attempt, answer, now)
          now += 112
        } else {
          for (const [id, list] of engine.unsettled(100, now)) {
            for (const settlement of list) {
              const known = ledger.get(settlement.key)
              if (known !== undefined) expect(settlement).toEqual(known)
              ledger.set(settlement.key, settlement)
            }
            if (steps % 3 === 0) engine.delayed(id, now)
            else engine.confirmed(id, list)
          }
          const wake = engine.nextWake()
          if (wake === null && ledger.size === count) break
          now = Math.max(now + 1, wake ?? 0)
        }
      }
      expect(ledger.size).toBe(count)
      for (const one of all) {
        const { state, unanswered } = ledger.get(one.key) ?? { state: 'none', unanswered: false }
        seen.set(state, (seen.get(state) ?? 0) + 1)
        const held = aws.stored.has(
          receiptOf({
            Timestamp: one.timestamp / 1_000,
            Dimension: one.dimension,
            Quantity: one.quantity,
            CustomerAWSAccountId: 'account' in one.identity ? one.identity.account : '',
          }),
        )
        if (state === 'billed') expect(held).toBe(true)
        if (state === 'parked' || state === 'expired')
          expect({ held, unanswered }).toEqual({ held: false, unanswered: false })
        if (state === 'doubtful') expect(unanswered).toBe(true)
        if (held) expect(['billed', 'doubtful']).toContain(state)
      }
      sql.close()
    }),
    { numRuns: 50, seed: 20261121 },
  )
  for (const kind of [...MODES, 'billed', 'doubtful', 'parked', 'expired'])
    expect([kind, seen.has(kind)]).toEqual([kind, true])
}, 60_000)
