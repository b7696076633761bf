/** Renewed and replaced licenses, computed by hand: the oracle finds each exact, and one unit more wrong. */
import type { Row } from './cases.ts'
import { holdExact } from './exact.ts'
import { at, deploy, order, OTHER, sold } from './sold.ts'
import { alone, given, NOVEMBER, of, pair, renewed, taken, THIRD } from './succeeded.ts'

const turn = { takenAt: at('11-30T23:20') } as const
const undecided = { month: null, decidedAt: null } as const
const blocks = of({ kind: 'sum', meter: 'calls', block: '10' })

const rows: readonly Row[] = [
  [
    'a month that is handed over when the next has begun takes its remainder along, which carries into that (money §3, §4)',
    {
      deploys: blocks,
      subscriptions: pair(
        {
          given: { ...given, at: at('12-01T00:10') },
          sent: [{ time: '11-30T22:20', quantity: 18 }],
          records: [{ hour: '11-30T22:00', units: 1 }],
        },
        {
          orders: [{ ...renewed, ...turn, agreementStart: at('11-30T23:18'), activation: at('11-30T23:20') }],
          taken: [{ ...taken, since: turn.takenAt, decidedAt: at('12-01T00:10') + 1 }],
          sent: [{ time: '12-01T10:20', quantity: 12 }],
          records: [{ hour: '12-01T10:00', units: 2, of: OTHER }],
        },
      ),
    },
  ],
  [
    'a successor whose activation is never told goes on asking: nothing of it could freeze (money §4, §5)',
    {
      subscriptions: pair(
        { given: undefined },
        { orders: [{ ...renewed, activation: null }], taken: [{ ...taken, state: 'asking', ...undecided }] },
      ),
    },
  ],
  [
    'a remainder of the predecessor goes on in the successor, and is not billed by both (money §4)',
    {
      deploys: blocks,
      subscriptions: pair(
        // 18 are one block; 8 are over, and go over.
        { sent: [{ time: '11-10T10:20', quantity: 18 }], records: [{ hour: '11-10T10:00', units: 1 }] },
        {
          sent: [{ time: '11-10T14:20', quantity: 12 }],
          records: [{ hour: '11-10T14:00', units: 2, of: OTHER }],
        },
      ),
    },
  ],
  [
    'rounded up, what is paid ahead is the successor’s to use (money §3, §4)',
    {
      deploys: of({ kind: 'sum', meter: 'calls', block: '10', round: 'up' }),
      subscriptions: pair(
        { sent: [{ time: '11-10T10:20', quantity: 12 }], records: [{ hour: '11-10T10:00', units: 2 }] },
        {
          sent: [{ time: '11-10T14:20', quantity: 9 }],
          records: [{ hour: '11-10T14:00', units: 1, of: OTHER }],
        },
      ),
    },
  ],
  [
    'what an included amount has left is the successor’s, and not granted anew until the next month (money §4)',
    {
      deploys: of({ kind: 'sum', meter: 'calls', included: { amount: '10', per: 'month' } }),
      subscriptions: pair(
        {
          sent: [{ time: '11-10T10:20', quantity: 7 }],
          covered: { '2026-11': '7' },
        },
        {
          sent: [
            { time: '11-10T14:20', quantity: 5 },
            { time: '12-02T14:20', quantity: 11 },
          ],
          records: [
            { hour: '11-10T14:00', units: 2, of: OTHER },
            { hour: '12-02T14:00', units: 1, of: OTHER },
          ],
          covered: { '2026-11': '3', '2026-12': '10' },
        },
      ),
    },
  ],
  [
    'from the hand-over on the predecessor refuses usage of that month, and takes an earlier one’s (money §4)',
    {
      subscriptions: pair(
        {
          orders: [order({ agreementStart: at('10-20T00:00'), activation: at('10-20T00:00') })],
          sent: [
            { time: '11-10T12:50', at: '11-10T13:09', quantity: 3 },
            { time: '11-10T12:55', at: '11-10T13:11', quantity: 4, told: 'ended' },
            { time: '10-31T10:20', at: '11-10T13:11', quantity: 5 },
          ],
          records: [{ hour: '11-10T12:00', units: 3 }],
          asides: [['10-31T10:00', 'month-closed', '5']],
        },
        {},
      ),
    },
  ],
  [
    'late usage of the month before is rounded by itself once the remainder is gone (money §4)',
    {
      deploys: blocks,
      subscriptions: [
        {
          subscription: 'sub_1',
          given: { ...given, at: at('11-01T12:00') },
          orders: [order({ agreementStart: at('10-20T00:00'), activation: at('10-20T00:00') })],
          sent: [
            { time: '11-01T10:20', quantity: 9 },
            { time: '10-31T10:20', at: '11-01T12:30', quantity: 12 },
          ],
          records: [{ hour: '11-01T11:00', units: 1 }],
        },
        {
          subscription: 'sub_2',
          orders: [
            {
              ...renewed,
              takenAt: at('11-01T11:00'),
              agreementStart: at('11-01T11:00'),
              activation: at('11-01T11:00'),
            },
          ],
          taken: [{ ...taken, since: at('11-01T11:00'), decidedAt: at('11-01T12:10') }],
          sent: [{ time: '11-01T13:20', quantity: 1 }],
          records: [{ hour: '11-01T13:00', units: 1, of: OTHER }],
        },
      ],
    },
  ],
  [
    'a chain hands on what was handed over (money §4)',
    {
      deploys: of({ kind: 'unique', meter: 'calls' }),
      subscriptions: [
        {
          subscription: 'sub_1',
          given,
          sent: [{ time: '11-10T10:20', key: 'ann' }],
          records: [{ hour: '11-10T10:00', units: 1 }],
        },
        {
          subscription: 'sub_2',
          orders: [renewed],
          taken: [taken],
          given: { to: 'sub_3', life: 1, month: NOVEMBER, at: at('11-12T13:10') },
          sent: [{ time: '11-10T14:20', key: 'bob' }],
          records: [{ hour: '11-10T14:00', units: 1, of: OTHER }],
        },
        {
          subscription: 'sub_3',
          orders: [
            {
              ...renewed,
              predecessor: 'sub_2',
              takenAt: at('11-12T12:02'),
              activation: at('11-12T12:02'),
              identities: renewed.identities.map((each) => ({ ...each, of: THIRD })),
            },
          ],
          taken: [{ ...taken, from: 'sub_2', since: at('11-12T12:02'), decidedAt: at('11-12T13:11') }],
          sent: [
            { time: '11-12T14:20', key: 'ann' },
            { time: '11-12T14:20', key: 'bob' },
            { time: '11-12T14:20', key: 'eve' },
          ],
          records: [{ hour: '11-12T14:00', units: 1, of: THIRD }],
          counted: { '2026-11': '1' },
        },
      ],
    },
  ],
  [
    'a trial that is converted to a new license hands over nothing (money §4 Trial)',
    {
      deploys: of({ kind: 'unique', meter: 'calls' }),
      subscriptions: pair(
        {
          orders: [order({ trial: { endsAt: at('11-10T12:00'), graceUntil: at('11-10T12:00') } })],
          sent: [{ time: '11-10T10:20', key: 'ann' }],
          records: [{ hour: '11-10T10:00', units: 1 }],
        },
        {
          sent: [{ time: '11-10T14:20', key: 'ann' }],
          records: [{ hour: '11-10T14:00', units: 1, of: OTHER }],
        },
      ),
    },
  ],
  [
    'another price begins without the remainder of the old one (money §4)',
    {
      deploys: [
        ...blocks,
        deploy({
          dimensions: [sold({ kind: 'sum', meter: 'calls', block: '10' }, { price: '0.20' })],
          from: at('11-10T12:01'),
          config: 'cfg_2',
        }),
      ],
      subscriptions: pair(
        { sent: [{ time: '11-10T10:20', quantity: 18 }], records: [{ hour: '11-10T10:00', units: 1 }] },
        {
          sent: [{ time: '11-10T14:20', quantity: 12 }],
          records: [{ hour: '11-10T14:00', units: 1, of: OTHER }],
        },
      ),
    },
  ],
  [
    'a reading of the predecessor holds until the hand-over, and its part of a unit goes over (money §2, §4)',
    {
      deploys: of({ kind: 'time-weighted', meter: 'calls', holdForHours: 24 }),
      subscriptions: pair(
        // 720 for an hour are one unit of November: from 10:00 to 13:10 three, and a sixth goes over.
        {
          sent: [{ time: '11-10T10:00', value: 720 }],
          records: [
            { hour: '11-10T10:00', units: 1 },
            { hour: '11-10T11:00', units: 1 },
            { hour: '11-10T12:00', units: 1 },
          ],
        },
        // 50 minutes are five sixths.
        {
          sent: [
            { time: '11-10T14:00', value: 720 },
            { time: '11-10T14:50', value: 0 },
          ],
          records: [{ hour: '11-10T14:00', units: 1, of: OTHER }],
        },
      ),
    },
  ],
  [
    'a link that is told later takes over too: what was billed twice by then is owed (money §4, §12)',
    {
      deploys: of({ kind: 'unique', meter: 'calls' }),
      subscriptions: pair(
        {
          given: { ...given, at: at('11-14T00:01') },
          sent: [{ time: '11-10T10:20', key: 'ann' }],
          records: [{ hour: '11-10T10:00', units: 1 }],
        },
        {
          orders: [
            { ...renewed, predecessor: null },
            { ...renewed, version: 2, takenAt: at('11-14T00:00') },
          ],
          taken: [{ ...taken, since: at('11-14T00:00'), decidedAt: at('11-14T00:02') }],
          sent: [{ time: '11-10T14:20', key: 'ann' }],
          records: [{ hour: '11-10T14:00', units: 1, of: OTHER }],
          counted: { '2026-11': '0' },
          owed: 1,
        },
      ),
    },
  ],
  [
    'a successor that nobody answered goes on alone, and says so (money §4)',
    {
      deploys: of({ kind: 'unique', meter: 'calls' }),
      subscriptions: pair(
        {
          sent: [{ time: '11-10T10:20', key: 'ann' }],
          records: [{ hour: '11-10T10:00', units: 1 }],
        },
        {
          taken: [alone],
          alone: 'Nothing of the running month was taken over',
          sent: [{ time: '11-10T14:20', key: 'ann' }],
          records: [{ hour: '11-10T14:00', units: 1, of: OTHER, frozenAt: '11-11T00:04' }],
        },
      ),
    },
  ],
]
holdExact(rows)
