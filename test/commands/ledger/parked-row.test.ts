/** Each thing that waits is one line that says what it is worth, whose move it is and which commands there are. */
import { expect, test } from 'vitest'
import { cellsOf } from '../../../commands/ledger/parked-row.ts'
import { standingCells, waitsFor } from '../../../commands/ledger/standing.ts'
import { hourOf } from '../../../shared/hour.ts'
import type { LedgerStatus, RecordRow } from '../../../shared/ledger/ledger.ts'
import type { ParkedRow } from '../../../shared/ledger/repair.ts'
import type { RecordState } from '../../../shared/submission/record.ts'

const HOUR = hourOf(Date.UTC(2026, 10, 21, 9))
const ID = 'sub_0123456789ABCDEFGHIJKL'

const record = (state: RecordState, reason: string | null): RecordRow => ({
  key: `us-east-1|license|arn:x|1|calls|${HOUR}`,
  subscription: ID,
  product: 'subscription',
  productCode: 'code',
  identity: { kind: 'license', licenseArn: 'arn:x', account: '1', region: 'us-east-1', fromHour: HOUR },
  dimension: 'calls',
  hour: HOUR,
  timestamp: HOUR,
  quantity: 7,
  deadline: HOUR,
  final: false,
  price: '100000',
  state,
  reason,
  receipt: null,
  config: 'cfg',
  frozenAt: HOUR,
  settledAt: HOUR,
  lines: [],
})

const row = (over: Partial<Extract<ParkedRow, { kind: 'record' }>>): ParkedRow => ({
  kind: 'record',
  record: record('parked', 'conflict'),
  holdUntil: null,
  unanswered: false,
  dollars: '0.70',
  open: ['retry', 'write off'],
  ...over,
})

test('a record is named as commands take it, with its units and value', () => {
  expect(cellsOf(ID, row({})).slice(0, 5)).toEqual([
    ID,
    'calls@2026-11-21T09',
    'parked: conflict',
    '7',
    '$0.70',
  ])
})

test.each<[string, ParkedRow, RegExp]>([
  ['a conflict', row({}), /^yours: somebody else wrote this hour.*; retry or write-off$/],
  [
    'one AWS refuses',
    row({ record: record('parked', 'InvalidLicense') }),
    /AWS refuses it \(InvalidLicense\); correct/,
  ],
  [
    'one of an ended subscription',
    row({ record: record('parked', 'ended'), open: ['write off'] }),
    /; write-off$/,
  ],
  [
    'one in doubt',
    row({ record: record('doubtful', 'timeout'), open: ['evidence'] }),
    /CloudTrail.*; evidence$/,
  ],
  [
    'one too late',
    row({ record: record('expired', null), open: ['move', 'retry', 'write off'] }),
    /move, retry or write-off$/,
  ],
  ['one nothing is open to', row({ open: [] }), /nothing is open to it$/],
  [
    'a spike',
    row({ record: record('waiting', null), holdUntil: HOUR, open: ['release'] }),
    /^yours until 2026-11-21 09:00:00, then it is sent/,
  ],
  [
    'a stop',
    { kind: 'stopped', sentence: '3 is not 4.' },
    /^yours: 3 is not 4\. Run audit; when it balances, release --stopped\.$/,
  ],
  [
    'a hold',
    { kind: 'hold', dimension: null, since: HOUR, who: 'ada', why: 'ticket 4711' },
    /held by ada .*\(ticket 4711\); release$/,
  ],
  [
    'usage of a trial',
    {
      kind: 'aside',
      aside: { hour: HOUR, meter: 'm', life: 1, source: 's', reason: 'trial', amount: '1' },
      open: [],
    },
    /^nobody's/,
  ],
])('%s says whose move it is', (_, parked, sentence) => {
  expect(cellsOf(ID, parked)[5]).toMatch(sentence)
})

const STATUS: LedgerStatus = {
  revision: 1,
  orderVersion: 1,
  frozenUntil: HOUR,
  nextWake: null,
  waiting: null,
  alone: null,
  stopped: null,
  open: false,
  behind: [],
  silent: [],
  life: 1,
  ended: false,
}

test.each<[Partial<LedgerStatus>, string, RegExp | null]>([
  [{}, '', null],
  [{ waiting: 'activation' }, 'activation', null],
  [{ waiting: 'license' }, 'license', /the buyer's: its license is not known/],
  [{ alone: 'Confirm it.' }, 'its predecessor was not taken over', /yours: Confirm it\./],
  [
    { behind: [{ dimension: 'calls', waiting: 'amount', waitUntil: HOUR }] },
    'calls: amount',
    /AWS's: .* from 2026-11-21 09:00:00 on the last amount/,
  ],
  [
    { behind: [{ dimension: 'calls', waiting: 'parked', waitUntil: null }] },
    'calls: parked',
    /yours: AWS never said/,
  ],
  [{ behind: [{ dimension: 'calls', waiting: 'hold', waitUntil: null }] }, 'calls: hold', null],
  [
    { silent: [{ meter: 'gb', series: 'disk', lastMs: HOUR }] },
    '1 silent gauge',
    /no reading of disk since 2026-11-21/,
  ],
])(
  'a Ledger with %j stands, and parked says whose move it is where it is a person',
  (over, word, sentence) => {
    const status = { ...STATUS, ...over }
    expect(waitsFor(status)).toBe(word)
    const moves = standingCells(ID, status).map((cells) => cells[5])
    expect(moves).toEqual(sentence === null ? [] : [expect.stringMatching(sentence)])
  },
)
