/**
 * One history computed by hand: the task of file `a` reports 10:00, dies with 11:00 in doubt and 12:00 not sent, and `b`
 * takes over. What the oracle is tried with. Pure.
 */
import type { LedgerShown, MeterCall, RecordShown, TaskHistory } from '../history.ts'
import { HOUR_MS, MINUTE_MS, UNIT } from './finding.ts'

export const TEN = Date.UTC(2026, 10, 9, 10)
export const hour = (after: number): number => TEN + after * HOUR_MS

export const record = (
  task: string,
  after: number,
  quantity: number,
  more: Partial<RecordShown> = {},
): RecordShown => ({
  task,
  dimension: 'calls',
  hour: hour(after),
  quantity,
  state: 'billed',
  reason: null,
  unanswered: false,
  ...more,
})

export const call = (
  task: string,
  after: number,
  quantity: number,
  more: Partial<MeterCall> = {},
): MeterCall => ({
  at: hour(after + 1) + 12 * MINUTE_MS,
  task,
  file: task,
  dimension: 'calls',
  timestamp: hour(after),
  quantity,
  token: `${task} ${after} ${quantity}`,
  answer: 'Success',
  ...more,
})

const ledger = (file: string, more: Partial<LedgerShown>): LedgerShown => ({
  file,
  task: file,
  fate: 'running',
  claimedBy: null,
  claimedAt: null,
  beside: 0,
  open: {},
  aside: {},
  records: [],
  adopted: [],
  findings: [],
  untold: [],
  ...more,
})

const used = (file: string, after: number, quantity: number): TaskHistory['usage'][number] => ({
  file,
  dimension: 'calls',
  amount: quantity * UNIT,
  time: hour(after) + 5 * MINUTE_MS,
  sentAt: hour(after) + 5 * MINUTE_MS,
  kept: true,
  told: 'counted',
})

const metered = (task: string, after: number, quantity: number): TaskHistory['aws']['records'][number] => ({
  task,
  dimension: 'calls',
  hour: hour(after),
  quantity,
  acceptedAt: hour(after + 1) + 12 * MINUTE_MS,
  stranger: false,
})

/** A: 3 billed, 4 in doubt (AWS has them), 5 never sent, 2 open, of which B takes 7 over and bills them with 6 of its own. */
export const GOOD: TaskHistory = {
  seed: 1,
  shape: 'by hand',
  metering: 'task',
  dimensions: ['calls'],
  calm: false,
  clocksAgree: true,
  disksFailed: false,
  usage: [used('a', 0, 3), used('a', 1, 4), used('a', 2, 5), used('a', 3, 2), used('b', 3, 6)],
  processes: [
    {
      file: 'a',
      task: 'a',
      startedAt: hour(0),
      endedAt: hour(3) + 10 * MINUTE_MS,
      stoppedAt: null,
      end: 'killed',
      left: null,
      leftInFile: null,
    },
    {
      file: 'b',
      task: 'b',
      startedAt: hour(3),
      endedAt: null,
      stoppedAt: null,
      end: null,
      left: null,
      leftInFile: null,
    },
  ],
  aws: {
    records: [metered('a', 0, 3), metered('a', 1, 4), metered('b', 3, 13)],
    calls: [call('a', 0, 3), call('a', 1, 4, { answer: null }), call('b', 3, 13)],
  },
  troubles: [],
  ledgers: [
    ledger('a', {
      fate: 'claimed',
      claimedBy: 'b',
      claimedAt: hour(3) + 15 * MINUTE_MS,
      open: { calls: 2 * UNIT },
      records: [
        record('a', 0, 3),
        record('a', 1, 4, { state: 'waiting', unanswered: true }),
        record('a', 2, 5, { state: 'waiting' }),
      ],
    }),
    ledger('b', {
      records: [record('b', 3, 13)],
      adopted: [
        {
          file: 'a',
          at: hour(3) + 15 * MINUTE_MS,
          units: { calls: 7 * UNIT },
          held: [{ task: 'a', dimension: 'calls', hour: hour(1), quantity: 4 }],
          lapsed: [],
        },
      ],
    }),
  ],
  endedAt: hour(12),
}

/** The same with one ledger changed. */
export const withLedger = (
  file: string,
  change: (ledger: LedgerShown) => LedgerShown,
  of: TaskHistory = GOOD,
): TaskHistory => ({
  ...of,
  ledgers: of.ledgers.map((each) => (each.file === file ? change(each) : each)),
})

export const withAws = (
  change: (aws: TaskHistory['aws']) => Partial<TaskHistory['aws']>,
  of: TaskHistory = GOOD,
): TaskHistory => ({
  ...of,
  aws: { ...of.aws, ...change(of.aws) },
})
