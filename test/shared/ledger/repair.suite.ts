/** What a person does to records, and the log of it (money §9, §12). */
import { expect, test } from 'vitest'
import { openLedger } from '../../../shared/ledger/ledger.ts'
import { answer, letGo, onRecord, seenOf, sentenceOf, signed, withResult, wordOf } from './repair.ts'
import {
  at,
  dimension,
  dump,
  event,
  type Home,
  ids,
  openWith,
  orderOf,
  product,
  recordsOf,
  settlement,
  termsOf,
} from './subject.ts'

const PARKED = { state: 'parked', reason: 'InvalidUsageDimension' } as const
const CONFLICT = { state: 'parked', reason: 'conflict' } as const
const DOUBTFUL = { state: 'doubtful', reason: 'expired', unanswered: true } as const
const NOON = at('2026-11-21T12:40')

export function repairSuite(home: Home): void {
  test('a retry offers the identical record again, in the next round, and ends with its new result (money §9)', () =>
    home.use((sql) => {
      const ledger = withResult(sql, null)
      const [first] = ledger.offers(1)
      answer(ledger, { ...PARKED, attempt: 4 }, at('2026-11-21T12:00'))
      expect(ledger.offers(9)).toEqual([])

      expect(wordOf(onRecord(ledger, 'retry', NOON))).toBe('done')
      expect(ledger.offers(9)).toEqual([{ ...first, round: 1 }])
      answer(ledger, { attempt: 6, receipt: 'receipt' }, at('2026-11-21T13:00'))
      expect([recordsOf(ledger), ledger.offers(9), ledger.audit()]).toEqual([
        [['2026-11-21T10:00', 3, 'billed']],
        [],
        [],
      ])
      expect(sql.all('SELECT attempt, state FROM receipts ORDER BY attempt')).toEqual([
        { attempt: 4, state: 'parked' },
        { attempt: 6, state: 'billed' },
      ])
    }))

  test('a result or a mark of the round before a retry changes nothing in the next (money §7 (4), §9)', () =>
    home.use((sql) => {
      const ledger = withResult(sql, null)
      const offered = ledger.offers(9)
      answer(ledger, { ...PARKED, attempt: 4 }, at('2026-11-21T12:00'))
      onRecord(ledger, 'retry', NOON)
      ledger.handed(offered)
      ledger.settle(
        offered.map((record) => settlement(record, { ...PARKED, attempt: 4 })),
        NOON,
      )
      expect([recordsOf(ledger), ledger.offers(9).length]).toEqual([[['2026-11-21T10:00', 3, 'waiting']], 1])
    }))

  test.each([
    ['a millisecond before AWS takes it no more', -1, 'done'],
    ['when AWS takes it no more', 0, 'not-allowed'],
  ])('a retry is asked for %s (money §9)', (_, off, word) =>
    home.use((sql) => {
      const ledger = withResult(sql, PARKED)
      expect(wordOf(onRecord(ledger, 'retry', at('2026-11-22T10:00') + off))).toBe(word)
    }),
  )

  test('what an attempt left unanswered is told with the retry and stays marked behind a refusal (money §8)', () =>
    home.use((sql) => {
      const ledger = withResult(sql, { ...DOUBTFUL, attempt: 1 })
      onRecord(ledger, 'retry', NOON)
      expect(ledger.offers(1)[0]?.unanswered).toBe(true)
      answer(ledger, { state: 'expired', attempt: 2 }, at('2026-11-22T11:00'))
      expect(recordsOf(ledger)).toEqual([['2026-11-21T10:00', 3, 'expired']])
      expect(wordOf(onRecord(ledger, 'move', at('2026-11-22T12:00'), 1))).toBe('not-allowed')
    }))

  test('a move goes past the charge into the earliest open hour as one line that names the record (money §9)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, { block: '10', included: { amount: '100', per: 'month' } })
      ledger.take(ids(event('2026-11-21T10:30', 139)), at('2026-11-21T10:31'))
      ledger.runDue(at('2026-11-21T11:10'))
      answer(ledger, PARKED, at('2026-11-21T12:00'))
      const { record } = seenOf(ledger)
      const moved = onRecord(ledger, 'move', at('2026-11-21T12:05'))
      expect(moved.ok && moved.value.value).toEqual({ amount: '3', of: 'api_calls', dollars: '0.30' })
      expect(ledger.nextWake()).toBe(at('2026-11-21T12:10'))
      ledger.runDue(at('2026-11-21T12:10'))
      expect(recordsOf(ledger)).toEqual([
        ['2026-11-21T10:00', 3, 'moved'],
        ['2026-11-21T11:00', 3, 'waiting'],
      ])
      expect(ledger.records({ limit: 1 })[0]?.lines).toEqual([{ kind: 'adjustment', from: record, units: 3 }])
      expect(ledger.usage(at('2026-11-01T00:00') as never).dimensions[0]?.covered).toBe('100')
      expect(ledger.audit()).toEqual([])
    }))

  test.each([
    ['parked by a refusal', 'done', PARKED],
    ['expired in spite of `park`', 'done', { state: 'expired' }],
    ['doubtful', 'not-allowed', DOUBTFUL],
    ['in conflict', 'not-allowed', CONFLICT],
    ['expired after an unanswered attempt', 'not-allowed', { state: 'expired', unanswered: true }],
    ['billed', 'not-allowed', { state: 'billed', receipt: 'receipt' }],
    ['waiting', 'not-allowed', null],
  ] as const)('a move of a record that is %s is answered: %s (money §9)', (_, word, result) =>
    home.use((sql) => {
      const ledger = withResult(sql, result, undefined, { expired: 'park' })
      expect(wordOf(onRecord(ledger, 'move', NOON))).toBe(word)
    }),
  )

  test('a move never crosses a cut of price, and never leaves a subscription that has ended (money §9)', () =>
    home.use((sql) => {
      withResult(sql, PARKED)
      const dearer = openLedger(sql, termsOf(product([dimension({}, { price: '0.20' })]), {}, 'config-2'))
      dearer.runDue(at('2026-11-21T15:10'))
      dearer.runDue(at('2026-11-21T16:10'))
      expect(sentenceOf(onRecord(dearer, 'move', at('2026-11-21T16:10')))).toMatch(/^The price has changed/)

      const end = {
        at: at('2026-11-21T16:30'),
        takeUntil: at('2026-11-21T16:40'),
        cause: 'deprovisioned',
      } as const
      dearer.order(orderOf({ version: 2, end }), at('2026-11-21T16:31'))
      expect(sentenceOf(onRecord(dearer, 'move', at('2026-11-21T16:32')))).toMatch(/has ended/)
      expect(recordsOf(dearer)[0]?.[2]).toBe('parked')
    }))

  test('a record written off ends, and what it covered stays covered (money §9)', () =>
    home.use((sql) => {
      const ledger = openWith(sql, { included: { amount: '10', per: 'month' } })
      ledger.take(ids(event('2026-11-21T10:30', 13)), at('2026-11-21T10:31'))
      ledger.runDue(at('2026-11-21T11:10'))
      answer(ledger, PARKED, at('2026-11-21T12:00'))
      expect(wordOf(onRecord(ledger, 'write off', NOON))).toBe('done')
      ledger.take(ids(event('2026-11-21T12:50', 2)), at('2026-11-21T12:51'))
      ledger.runDue(at('2026-11-21T13:10'))
      expect(recordsOf(ledger)).toEqual([
        ['2026-11-21T10:00', 3, 'written off'],
        ['2026-11-21T12:00', 2, 'waiting'],
      ])
      expect(ledger.audit()).toEqual([])
      expect(wordOf(onRecord(ledger, 'write off', NOON))).toBe('not-allowed')
    }))

  test.each([
    ['parked', PARKED, /it is never billed/],
    ['a conflict', CONFLICT, /AWS may hold it all the same.* billing adjustment/],
    ['doubtful', DOUBTFUL, /AWS may hold it all the same.* billing adjustment/],
  ])(
    'written off while it is %s, a record counts as written off, and nobody is told more than is known (money §9, §12)',
    (_, result, told) =>
      home.use((sql) => {
        const ledger = withResult(sql, result)
        expect(sentenceOf(onRecord(ledger, 'write off', NOON))).toMatch(told)
        expect(recordsOf(ledger)).toEqual([['2026-11-21T10:00', 3, 'written off']])
        expect(ledger.audit()).toEqual([])
      }),
  )

  test.each([
    ['conflict', CONFLICT],
    ['doubtful', DOUBTFUL],
  ])('evidence settles a %s record as billed, or as parked so that it may move (money §9)', (_, result) =>
    home.use((sql) => {
      const ledger = withResult(sql, result)
      const evidence = (says: 'billed' | 'not recorded') => {
        const { record, seen } = seenOf(ledger)
        const named = { from: 'cloudtrail', evidence: 'event-1', says } as const
        return ledger.repair(signed({ kind: 'evidence', record, seen, ...named }), NOON, letGo(record))
      }
      expect(wordOf(evidence('not recorded'))).toBe('done')
      expect(ledger.records({ limit: 1 })[0]).toMatchObject({ state: 'parked', reason: 'not recorded' })
      expect(wordOf(evidence('billed'))).toBe('not-allowed')
      expect(wordOf(onRecord(ledger, 'move', NOON))).toBe('done')
      expect(ledger.audit()).toEqual([])
    }),
  )

  test('evidence that AWS billed it ends a doubtful record (money §9)', () =>
    home.use((sql) => {
      const ledger = withResult(sql, DOUBTFUL)
      const { record, seen } = seenOf(ledger)
      const named = { from: 'billing-feed', evidence: 'line-9', says: 'billed' } as const
      const told = ledger.repair(signed({ kind: 'evidence', record, seen, ...named }), NOON, letGo(record))
      expect(sentenceOf(told)).toContain('billing-feed line-9')
      expect([recordsOf(ledger)[0]?.[2], ledger.changes(0).closedKeys]).toEqual(['billed', [record]])
    }))

  test('what a person ends is a change that the read model is told (money §7 *Size*)', () =>
    home.use((sql) => {
      const ledger = withResult(sql, PARKED)
      const before = ledger.revision()
      expect(wordOf(onRecord(ledger, 'write off', NOON))).toBe('done')
      expect(ledger.revision()).toBeGreaterThan(before)
      expect(ledger.changes(before).openRecords.map(({ state }) => state)).toEqual(['written off'])
    }))

  test('nothing is done to a record that is no longer as it was seen, or that the Submitter has not let go (money §9)', () =>
    home.use((sql) => {
      const ledger = withResult(sql, PARKED)
      const { record, seen } = seenOf(ledger)
      const before = dump(sql)
      const write = { kind: 'write off', record, seen } as const
      const held = [{ key: record, round: 0, answer: 'in-flight' }] as const
      expect([
        wordOf(ledger.repair(signed({ ...write, seen: { ...seen, settledAt: 1 } }), NOON, letGo(record))),
        wordOf(ledger.repair(signed({ ...write, seen: { ...seen, state: 'expired' } }), NOON, letGo(record))),
        wordOf(ledger.repair(signed(write), NOON)),
        wordOf(ledger.repair(signed(write), NOON, held)),
        wordOf(ledger.repair(signed(write), NOON, letGo('another'))),
        wordOf(ledger.repair(signed({ ...write, record: 'x' }), NOON, letGo('x'))),
      ]).toEqual(['changed', 'changed', 'in-flight', 'in-flight', 'in-flight', 'not-found'])
      expect(dump(sql).records).toEqual(before.records)
      expect(ledger.repairs({ limit: 9 }).rows).toEqual([])
    }))

  test('a record parked again behind a retry is not the one that was seen before it (money §9)', () =>
    home.use((sql) => {
      const ledger = withResult(sql, { ...PARKED, attempt: 1 })
      const { record, seen } = seenOf(ledger)
      onRecord(ledger, 'retry', NOON)
      answer(ledger, { ...PARKED, attempt: 2 }, at('2026-11-21T13:00'))
      const stale = ledger.repair(signed({ kind: 'write off', record, seen }), NOON, letGo(record, 1))
      expect(wordOf(stale)).toBe('changed')
    }))

  test('a letting go of an earlier round does not count for a later one (money §9)', () =>
    home.use((sql) => {
      const ledger = withResult(sql, { ...PARKED, attempt: 1 })
      onRecord(ledger, 'retry', NOON)
      answer(ledger, { ...PARKED, attempt: 2 }, at('2026-11-21T13:00'))
      expect([
        wordOf(onRecord(ledger, 'write off', NOON, 0)),
        wordOf(onRecord(ledger, 'write off', NOON, 1)),
      ]).toEqual(['in-flight', 'done'])
    }))

  test('an act sent twice is done once and answered the same; another under its id is refused (money §9)', () =>
    home.use((sql) => {
      const ledger = withResult(sql, PARKED)
      const { record, seen } = seenOf(ledger)
      const act = signed({ kind: 'move', record, seen })
      const first = ledger.repair(act, NOON, letGo(record))
      const before = dump(sql)
      expect(ledger.repair({ ...act }, NOON + 1)).toEqual(first)
      expect(wordOf(ledger.repair({ ...act, why: 'another' }, NOON, letGo(record)))).toBe('not-allowed')
      expect({ ...dump(sql), ledger: null }).toEqual({ ...before, ledger: null })
      expect(ledger.repairs({ limit: 9 }).rows.length).toBe(1)
    }))

  test.each([
    ['who', { who: ' ' }],
    ['why', { why: '' }],
    ['id', { id: '' }],
  ])('an act that does not say its %s is refused (money §9: written to the audit log)', (_, more) =>
    home.use((sql) => {
      const ledger = withResult(sql, null)
      const act = { ...signed({ kind: 'hold', dimension: null }), ...more }
      expect([wordOf(ledger.repair(act, NOON)), ledger.status().waiting]).toEqual(['not-allowed', null])
    }),
  )

  test('the audit log says who, when, why and what it was worth, and each row holds the hash of the one before (money §9)', () =>
    home.use((sql) => {
      const ledger = withResult(sql, PARKED)
      const moved = onRecord(ledger, 'move', NOON)
      const held = ledger.repair(signed({ kind: 'hold', dimension: null }), NOON + 1)
      const { rows } = ledger.repairs({ limit: 9 })
      expect(rows).toMatchObject([
        {
          entry: 1,
          at: NOON,
          who: 'operator',
          why: 'ticket 7',
          kind: 'move',
          value: { amount: '3', of: 'api_calls', dollars: '0.30' },
        },
        { entry: 2, at: NOON + 1, kind: 'hold', before: rows[0]?.hash, value: null },
      ])
      expect([moved.ok && moved.value.hash, held.ok && held.value.hash]).toEqual(rows.map((row) => row.hash))
      expect(ledger.repairs({ limit: 1 }).rows).toEqual([rows[0]])
      expect(ledger.repairs({ limit: 9, after: '[1]' }).rows).toEqual([rows[1]])
    }))

  test.each([
    ["UPDATE repairs SET who = 'nobody' WHERE entry = 1", 'entry 1'],
    ['DELETE FROM repairs WHERE entry = 1', 'entry 2'],
    ['DELETE FROM repairs WHERE entry = 2', 'entry 3'],
    ['UPDATE repairs SET before = hash WHERE entry = 3', 'entry 3'],
  ])('the log’s table refuses, and past its triggers the chain still tells: %s', (statement, subject) =>
    home.use((sql) => {
      const ledger = withResult(sql, null)
      for (const kind of ['hold', 'release', 'hold'] as const)
        ledger.repair(
          signed(kind === 'hold' ? { kind, dimension: null } : { kind, what: { kind: 'subscription' } }),
          NOON,
        )
      expect(() => sql.all(statement)).toThrow(/audit log/)
      expect(ledger.audit()).toEqual([])
      sql.script('DROP TRIGGER repairs_update; DROP TRIGGER repairs_delete')
      sql.all(statement)
      expect(ledger.audit().map((finding) => finding.subject)).toEqual([subject])
    }),
  )
}
