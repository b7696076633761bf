/** Histories of renewed licenses with one thing wrong in each: the oracle must name the rule (money §4 *Successor*). */
import type { Case, Told } from './cases.ts'
import { holdFound, type Wrong } from './exact.ts'
import { at, OTHER } from './sold.ts'
import { alone, given, of, pair, renewed, taken } from './succeeded.ts'

const UNITS = 'Due = billed + open, parked, doubtful, written off (money §13)'
const users = of({ kind: 'unique', meter: 'calls' })
const twice = (former: Told, next: Told): Case & Told => ({
  deploys: users,
  subscriptions: pair(
    { sent: [{ time: '11-10T10:20', key: 'ann' }], records: [{ hour: '11-10T10:00', units: 1 }], ...former },
    next,
  ),
})
const eve: Told = {
  sent: [{ time: '11-10T14:20', key: 'eve' }],
  records: [{ hour: '11-10T14:00', units: 1, of: OTHER, frozenAt: '11-11T00:04' }],
}
const LINK = 'Without a link nothing is taken over (money §4)'
const HALF = 'A successor waits until half of its first window (money §4)'

const wrong: readonly Wrong[] = [
  [
    'a user billed by both licenses of one month',
    twice(
      {},
      {
        sent: [{ time: '11-10T14:20', key: 'ann' }],
        records: [{ hour: '11-10T14:00', units: 1, of: OTHER }],
        counted: { '2026-11': '0' },
      },
    ),
    [UNITS, 'Usage is never billed in an hour before its own (money §4)'],
  ],
  [
    'usage of the month that is counted by the predecessor after the hand-over',
    twice(
      {
        sent: [
          { time: '11-10T10:20', key: 'ann' },
          { time: '11-10T12:20', at: '11-10T13:20', key: 'bob' },
        ],
        counted: { '2026-11': '1' },
      },
      eve,
    ),
    ['Each event is answered as it was taken (money §1)'],
  ],
  [
    'a month given to a license that nobody linked',
    twice({ given: { ...given, to: 'sub_3' } }, eve),
    [LINK, 'What is taken over was given (money §4)'],
  ],
  [
    'a month taken over that was never given',
    twice({ given: undefined }, eve),
    ['What is taken over was given (money §4)'],
  ],
  [
    'another month taken over than was given',
    twice({}, { ...eve, taken: [{ ...taken, month: at('10-01T00:00') }] }),
    ['What is taken over was given (money §4)'],
  ],
  [
    'a month taken over without a link',
    twice({}, { ...eve, orders: [{ ...renewed, predecessor: null }] }),
    [LINK, LINK],
  ],
  [
    'a successor that never asked',
    twice({ given: undefined }, { ...eve, taken: [] }),
    ["A successor asks for its predecessor's month (money §4)"],
  ],
  [
    'a successor that gave up too early',
    twice(
      { given: undefined },
      { ...eve, alone: 'alone', taken: [{ ...alone, decidedAt: at('11-10T23:59') }] },
    ),
    [HALF],
  ],
  [
    'a successor that asks for ever, and freezes all the same',
    twice({ given: undefined }, { ...eve, taken: [{ ...alone, state: 'asking', decidedAt: null }] }),
    [HALF, 'A successor freezes nothing while it asks (money §4)', UNITS],
  ],
  [
    'a successor that goes on alone and tells nobody',
    twice({ given: undefined }, { ...eve, taken: [alone] }),
    ['Where nothing is taken over the operator is told (money §4)'],
  ],
]

holdFound(wrong)
