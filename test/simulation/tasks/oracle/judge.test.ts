/** The oracle of task life is tried itself: a history by hand is exact, and each wrong one is found by its rule (money §13). */
import { expect, test } from 'vitest'
import { files, importsOf, textOf } from '../../../support/repository.ts'
import type { TaskHistory } from '../history.ts'
import { call, GOOD, hour, record, withAws, withLedger } from './case.ts'
import { MINUTE_MS, UNIT } from './finding.ts'
import { judge } from './judge.ts'

const HOME = 'test/simulation/tasks/oracle/'

test('the oracle of task life imports nothing of the code it judges, not even a type', () => {
  const sources = files.filter((file) => file.startsWith(HOME) && file.endsWith('.ts'))
  const targets = sources.flatMap((file) => importsOf(file, textOf(file)).map(({ target }) => target))
  expect(sources.length).toBeGreaterThan(6)
  expect([...new Set(targets)].filter((target) => !target.startsWith(HOME)).sort()).toEqual([
    'test/simulation/tasks/history.ts',
    'test/support/repository.ts',
    'vitest',
  ])
  expect(importsOf('test/simulation/tasks/history.ts', textOf('test/simulation/tasks/history.ts'))).toEqual(
    [],
  )
})

test('a history in which each unit is billed once or shown once is found exact', () => {
  expect(judge(GOOD)).toEqual([])
})

const b = (adopted: number, billed: number): TaskHistory =>
  withAws(
    ({ records, calls }) => ({
      records: records.map((one) => (one.task === 'b' ? { ...one, quantity: billed } : one)),
      calls: calls.map((one) => (one.task === 'b' ? { ...one, quantity: billed } : one)),
    }),
    withLedger('b', (ledger) => ({
      ...ledger,
      adopted: ledger.adopted.map((one) => ({ ...one, units: { calls: adopted * UNIT } })),
      records: [record('b', 3, billed)],
    })),
  )

const wrong: readonly (readonly [what: string, rule: string, history: TaskHistory])[] = [
  ['a unit is lost on its way to a successor', 'A claimed ledger is taken over whole', b(6, 12)],
  ['a unit is billed twice by a successor', 'A claimed ledger is taken over whole', b(8, 14)],
  [
    'a record in doubt is reported by the successor',
    'What AWS may hold is held',
    withLedger(
      'b',
      (ledger) => ({ ...ledger, adopted: ledger.adopted.map((row) => ({ ...row, held: [] })) }),
      b(11, 17),
    ),
  ],
  [
    'an acknowledged event is in no file',
    'Counted + taken over',
    {
      ...GOOD,
      usage: [...GOOD.usage, { ...GOOD.usage[0], file: 'b', kept: true } as TaskHistory['usage'][number]],
    },
  ],
  [
    'a record that AWS holds is shown by nobody',
    'What AWS holds is shown',
    withAws(({ records, calls }) => ({
      records: [...records, { ...records[0], hour: hour(2), quantity: 5 } as (typeof records)[number]],
      calls,
    })),
  ],
  [
    'a record is shown as billed and AWS has none',
    'What is shown as billed is at AWS',
    withAws(({ records, calls }) => ({ records: records.slice(1), calls })),
  ],
  [
    'a quantity changes on its way',
    'one value for ever',
    withAws(({ calls }) => ({ calls: [...calls, call('a', 0, 4)] })),
  ],
  [
    'one record goes out under two tokens',
    'A ClientToken names one record',
    withAws(({ calls }) => ({ calls: [...calls, call('a', 0, 3, { token: 'another' })] })),
  ],
  [
    'two records go out under one token',
    'A ClientToken names one record',
    withAws(({ calls }) => ({ calls: [...calls, call('a', 2, 5, { token: 'a 0 3' })] })),
  ],
  [
    'a task reports an hour before its start',
    'A task reports its own hours',
    withAws(({ calls }) => ({ calls: [...calls, call('b', 2, 5)] })),
  ],
  [
    'an hour is reported while it runs',
    'An hour is reported when it is over',
    withAws(({ calls }) => ({ calls: [...calls, call('b', 4, 1, { at: hour(4) + MINUTE_MS })] })),
  ],
  [
    'a folder has two successors',
    'A folder has one successor',
    { ...GOOD, ledgers: [...GOOD.ledgers, ...GOOD.ledgers.slice(1).map((one) => ({ ...one, file: 'c' }))] },
  ],
  [
    'a folder is taken over from a task that lives',
    'A folder has one successor',
    withLedger('a', (ledger) => ({ ...ledger, fate: 'running' })),
  ],
  [
    'a dead folder lies beside a living task',
    'claimed by who lives beside it',
    withLedger(
      'a',
      (ledger) => ({ ...ledger, fate: 'left', beside: 60 * MINUTE_MS }),
      withLedger('b', (ledger) => ({ ...ledger, adopted: [] })),
    ),
  ],
  [
    'a record waits for ever',
    'is reported in the end',
    withLedger('b', (ledger) => ({ ...ledger, records: [record('b', 3, 13, { state: 'waiting' })] })),
  ],
  [
    'usage stays open for ever',
    'is reported in the end',
    withLedger('b', (ledger) => ({ ...ledger, open: { calls: 2 * UNIT } })),
  ],
  [
    'a record is in doubt for no reason',
    'in doubt only where',
    withLedger('b', (ledger) => ({ ...ledger, records: [record('b', 3, 13, { state: 'doubtful' })] })),
  ],
  [
    'a record expires for no reason',
    'expires only where',
    withLedger('b', (ledger) => ({ ...ledger, records: [record('b', 3, 13, { state: 'expired' })] })),
  ],
  [
    'close says less than it left',
    'What close says is left',
    {
      ...GOOD,
      processes: GOOD.processes.map((life) => ({ ...life, left: {}, leftInFile: { calls: 2 * UNIT } })),
    },
  ],
  ['something is not billed though nothing went wrong', 'everything is billed', { ...GOOD, calm: true }],
]

test.each(wrong)('the oracle names the rule where %s', (_, rule, history) => {
  expect(judge(history).some((found) => found.rule.includes(rule))).toBe(true)
})
