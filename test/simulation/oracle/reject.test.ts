/** Histories with one thing wrong in what is taken and charged: the oracle must name the rule that was broken. */
import { expect, test } from 'vitest'
import { history } from './cases.ts'
import { holdFound, type Wrong } from './exact.ts'
import { judge } from './judge.ts'
import { at, deploy, order, REPRICED, sold } from './sold.ts'

const DUE = 'Due = billed + open, parked, doubtful, written off (money §13)'
const EARLY = 'Usage is never billed in an hour before its own (money §4)'
const ANSWER = 'Each event is answered as it was taken (money §1)'
const COUNTED = 'An acknowledged event is counted once (money §12)'
const ASIDE = 'Late usage is set aside where no hour may bill it (money §4)'

const three = { sent: [{ time: '11-10T10:20', quantity: 3 }], records: [{ hour: '11-10T10:00', units: 3 }] }

const trial = [order({ trial: { endsAt: at('11-10T12:00'), graceUntil: at('11-10T12:00') } })]

const wrong: readonly Wrong[] = [
  ['a unit that is nowhere', { ...three, records: [{ hour: '11-10T10:00', units: 2 }] }, [DUE]],
  ['a unit too many', { ...three, records: [{ hour: '11-10T10:00', units: 4 }] }, [DUE, EARLY]],
  ['usage that has no record at all', { sent: three.sent }, [DUE]],
  [
    'usage billed in an hour before its own',
    {
      sent: [{ time: '11-10T10:20', quantity: 3 }],
      records: [{ hour: '11-10T09:00', units: 3 }],
    },
    [EARLY],
  ],
  [
    'a record outside of the life',
    {
      orders: [order({ activation: at('11-10T10:00'), agreementStart: at('11-10T10:00') })],
      records: [{ hour: '11-10T08:00', units: 3 }],
    },
    ['A record lies in an hour that is billed (money §4)'],
  ],
  [
    "a trial's late usage billed in the paid period",
    {
      orders: trial,
      sent: [{ time: '11-10T11:30', at: '11-10T12:10', quantity: 2 }],
      records: [{ hour: '11-10T12:00', units: 2 }],
    },
    [ASIDE, COUNTED, DUE, EARLY],
  ],
  [
    'late usage billed across a cut of price',
    {
      deploys: REPRICED,
      sent: [{ time: '11-10T11:20', at: '11-10T12:10', quantity: 2 }],
      records: [{ hour: '11-10T12:00', units: 2 }],
    },
    [ASIDE, COUNTED, DUE, EARLY],
  ],
  [
    'late usage of a closed month billed at exactly 24 h after 06:00',
    {
      sent: [{ time: '11-30T10:20', at: '12-02T06:00', quantity: 2 }],
      records: [{ hour: '12-02T05:00', units: 2 }],
    },
    [ASIDE, COUNTED, DUE, EARLY],
  ],
  [
    'late usage set aside one millisecond before that',
    {
      sent: [{ time: '11-30T10:20', at: '12-02T05:59:59.999', quantity: 2 }],
      asides: [['11-30T10:00', 'month-closed', '2']],
    },
    [ASIDE, COUNTED, DUE],
  ],
  [
    'usage set aside under another reason than its own',
    {
      orders: trial,
      sent: [{ time: '11-10T11:30', at: '11-10T12:10', quantity: 2 }],
      asides: [['11-10T11:00', 'price-changed', '2']],
    },
    [ASIDE, ASIDE],
  ],
  [
    'a remainder of the trial carried into the paid period',
    {
      deploys: [deploy({ dimensions: [sold({ kind: 'sum', meter: 'calls', block: '10' })] })],
      orders: trial,
      sent: [
        { time: '11-10T11:20', quantity: 8 },
        { time: '11-10T12:20', quantity: 8 },
      ],
      records: [{ hour: '11-10T12:00', units: 1 }],
    },
    [DUE, EARLY],
  ],
  [
    'late usage of a closed month rounded a second time',
    {
      deploys: [deploy({ dimensions: [sold({ kind: 'sum', meter: 'calls', block: '10', round: 'up' })] })],
      sent: [
        { time: '11-29T10:20', quantity: 8 },
        { time: '11-30T10:20', at: '12-01T08:00', quantity: 1 },
      ],
      records: [
        { hour: '11-29T10:00', units: 1 },
        { hour: '12-01T07:00', units: 1 },
      ],
    },
    [DUE, EARLY],
  ],
  [
    'a key billed once under each plan of a month',
    {
      deploys: [
        deploy({
          dimensions: [
            sold({ kind: 'unique' }, { key: 'team', plan: 'team' }),
            sold({ kind: 'unique' }, { key: 'big', plan: 'big' }),
          ],
          plans: [
            { key: 'team', title: '', features: [], limits: {}, allowances: {} },
            { key: 'big', title: '', features: [], limits: {}, allowances: {} },
          ],
        }),
      ],
      orders: [
        order(),
        order({
          version: 2,
          takenAt: at('11-10T12:30'),
          plans: [{ fromHour: at('11-10T13:00'), plan: 'big' }],
        }),
      ],
      sent: [
        { time: '11-10T10:20', key: 'ann' },
        { time: '11-10T13:20', key: 'ann' },
      ],
      records: [
        { hour: '11-10T10:00', units: 1, dimension: 'team' },
        { hour: '11-10T13:00', units: 1, dimension: 'big' },
      ],
    },
    [DUE, EARLY],
  ],
  [
    'an event counted twice, in usage and bill',
    {
      sent: [
        { time: '11-10T10:20', id: 'x', quantity: 3 },
        { time: '11-10T10:20', id: 'x', quantity: 3 },
      ],
      records: [{ hour: '11-10T10:00', units: 6 }],
    },
    [ANSWER, COUNTED, DUE, EARLY],
  ],
  [
    'another content told to be a duplicate',
    {
      ...three,
      sent: [
        { time: '11-10T10:20', id: 'x', quantity: 3 },
        { time: '11-10T10:20', id: 'x', quantity: 9, told: 'duplicate' },
      ],
    },
    [ANSWER],
  ],
  [
    'usage that was told to be counted and never reached the Ledger',
    { sent: [{ time: '11-10T10:20', quantity: 3, ran: [] }], counted: { '2026-11': '0' } },
    [ANSWER],
  ],
  [
    'usage taken after the end',
    {
      orders: [
        order(),
        order({
          version: 2,
          takenAt: at('11-10T14:58:10'),
          end: { at: at('11-10T14:58'), takeUntil: at('11-10T15:08'), cause: 'deprovisioned' },
        }),
      ],
      sent: [{ time: '11-10T14:57', at: '11-10T15:08', quantity: 4 }],
      records: [{ hour: '11-10T14:00', units: 4 }],
    },
    [ANSWER, COUNTED, DUE, EARLY],
  ],
  [
    'voided usage that is billed all the same',
    {
      ...three,
      repairs: [
        {
          at: at('11-10T10:30'),
          kind: 'void',
          subject: 'app',
          act: JSON.stringify({ source: 'app', from: at('11-10T10:00'), to: at('11-10T11:00') }),
        },
      ],
    },
    [ASIDE, COUNTED, DUE, EARLY],
  ],
  ['a Ledger that stopped', { ...three, stopped: 'due 3, frozen 4' }, ['No invariant fails (money §12)']],
]

holdFound(wrong)

test('a discrepancy names the subscription, what was expected and what was found, in plain words', () => {
  expect(judge(history({ ...three, records: [{ hour: '11-10T10:00', units: 2 }] }))).toEqual([
    {
      rule: DUE,
      subject: 'sub_1 units from 2026-11-01T00:00Z',
      expected: '3',
      found: '2 in records and 0 open',
    },
  ])
})
