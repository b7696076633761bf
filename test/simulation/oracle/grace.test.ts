/** Our own days of grace, computed by hand: exact as they are; one unit more, or another rule broken, is named. */
import type { Row } from './cases.ts'
import { holdExact, holdFound, type Wrong } from './exact.ts'
import { at, deploy, order, plan, sold } from './sold.ts'

const trial = { endsAt: at('11-10T12:00'), graceUntil: at('11-10T14:00') }
const goesOn = [order({ trial })]
const ends = [
  order({ trial }),
  order({
    version: 2,
    trial,
    takenAt: at('11-10T12:01'),
    end: { at: at('11-10T12:00'), takeUntil: at('11-10T12:10'), cause: 'deprovisioned' },
  }),
]
const inHour = { endsAt: at('11-10T12:10'), graceUntil: at('11-10T14:00') }
const lastHour = [
  order({ trial: inHour }),
  order({
    version: 2,
    trial: inHour,
    takenAt: at('11-10T12:11'),
    end: { at: at('11-10T12:10'), takeUntil: at('11-10T12:30'), cause: 'deprovisioned' },
  }),
]
const gauge = (charge: Parameters<typeof sold>[0]) => [deploy({ dimensions: [sold(charge)] })]

const rows: readonly Row[] = [
  [
    'a reading of the days of grace is ours while they last, and is billed from then on (money §3, §4)',
    {
      deploys: gauge({ kind: 'time-weighted', meter: 'calls', holdForHours: 24 }),
      orders: goesOn,
      // 720 for an hour are one unit of November.
      sent: [
        { time: '11-10T13:00', value: 720 },
        { time: '11-10T15:00', value: 0 },
      ],
      asides: [['11-10T13:00', 'grace', '1']],
      records: [{ hour: '11-10T14:00', units: 1 }],
    },
  ],
  [
    'a reading of the days of grace that comes late, and no cut before it, holds as one in time (money §3, §4)',
    {
      deploys: gauge({ kind: 'time-weighted', meter: 'calls', holdForHours: 24 }),
      orders: [order({ trial: { ...trial, graceUntil: at('11-10T16:00') } })],
      sent: [
        { time: '11-10T13:00', at: '11-10T14:30', value: 720 },
        { time: '11-10T17:00', value: 0 },
      ],
      asides: [
        ['11-10T13:00', 'grace', '1'],
        ['11-10T14:00', 'grace', '1'],
        ['11-10T15:00', 'grace', '1'],
      ],
      records: [{ hour: '11-10T16:00', units: 1 }],
    },
  ],
  [
    'a reading of the days of grace that comes when a cut lies behind it holds on into no paid hour (money §4)',
    {
      deploys: gauge({ kind: 'time-weighted', meter: 'calls', holdForHours: 24 }),
      orders: goesOn,
      sent: [{ time: '11-10T13:00', at: '11-10T15:30', value: 720 }],
      asides: [['11-10T13:00', 'grace', '720']],
    },
  ],
  [
    'what a peak of the days of grace was is kept, and counts for no paid hour (money §4)',
    {
      deploys: gauge({ kind: 'max', meter: 'calls', window: 'month' }),
      orders: goesOn,
      sent: [
        { time: '11-10T12:20', value: 5 },
        { time: '11-10T12:30', value: 3 },
        { time: '11-10T13:20', value: 7 },
        { time: '11-10T14:20', value: 2 },
      ],
      asides: [
        ['11-10T12:00', 'grace', '5'],
        ['11-10T13:00', 'grace', '2'],
      ],
      records: [{ hour: '11-10T14:00', units: 2 }],
    },
  ],
  [
    'a buyer who pays in the days of grace is billed from the next hour on (money §4)',
    {
      orders: [
        order({ trial }),
        order({ version: 2, takenAt: at('11-10T12:30'), trial: { ...trial, graceUntil: at('11-10T12:30') } }),
      ],
      sent: [
        { time: '11-10T12:20', quantity: 3 },
        { time: '11-10T13:20', quantity: 4 },
      ],
      asides: [['11-10T12:00', 'grace', '3']],
      records: [{ hour: '11-10T13:00', units: 4 }],
    },
  ],
  [
    'behind a trial that ended usage is kept as grace for as long as we give it, then refused (money §4, §6)',
    {
      orders: ends,
      sent: [
        { time: '11-10T11:20', quantity: 2 },
        { time: '11-10T13:20', quantity: 3 },
        { time: '11-10T14:00', quantity: 4, told: 'ended' },
      ],
      asides: [['11-10T13:00', 'grace', '3']],
      records: [{ hour: '11-10T11:00', units: 2 }],
    },
  ],
  [
    'in the hour in which the trial ended a key says nothing new that the trial has counted (money §3, §4)',
    {
      deploys: gauge({ kind: 'unique', meter: 'calls' }),
      orders: lastHour,
      sent: [
        { time: '11-10T11:20', key: 'ann' },
        { time: '11-10T12:20', key: 'ann' },
        { time: '11-10T12:21', key: 'bob' },
        { time: '11-10T13:20', key: 'ann' },
      ],
      asides: [
        ['11-10T12:00', 'grace', '1'],
        ['11-10T13:00', 'grace', '1'],
      ],
      records: [{ hour: '11-10T11:00', units: 1 }],
      counted: { '2026-11': '1' },
    },
  ],
  [
    'behind a trial that ended in its last hour, and no grace, usage of that hour is refused as ended (money §4, §6)',
    {
      orders: lastHour.map((each) => ({ ...each, trial: { ...inHour, graceUntil: inHour.endsAt } })),
      sent: [{ time: '11-10T12:20', quantity: 3, told: 'ended' }],
    },
  ],
  [
    'behind a trial that ended a key is one, in whatever hours it is said (money §4)',
    {
      deploys: gauge({ kind: 'unique', meter: 'calls' }),
      orders: ends,
      sent: [
        { time: '11-10T11:20', key: 'ann' },
        { time: '11-10T12:20', key: 'bob' },
        { time: '11-10T13:20', key: 'bob' },
      ],
      asides: [['11-10T12:00', 'grace', '1']],
      records: [{ hour: '11-10T11:00', units: 1 }],
      counted: { '2026-11': '1' },
    },
  ],
  [
    "a trial's own plan includes what it says, and nothing of it is left for the paid period (money §4)",
    {
      deploys: [
        deploy({
          dimensions: [sold({ kind: 'sum', meter: 'calls', included: 'plan' })],
          plans: [plan('team', { units: { amount: '10', per: 'month' } }), plan('taste', {})],
          trial: { plan: 'taste', allowances: { units: { amount: '5', per: 'term' } }, thenPlan: 'team' },
        }),
      ],
      orders: [order({ trial: { ...trial, graceUntil: trial.endsAt } })],
      sent: [
        { time: '11-10T11:20', quantity: 7 },
        { time: '11-10T13:20', quantity: 11 },
      ],
      records: [
        { hour: '11-10T11:00', units: 2 },
        { hour: '11-10T13:00', units: 1 },
      ],
      covered: { '2026-11': '15' },
    },
  ],
]
holdExact(rows)

const ANSWER = 'Each event is answered as it was taken (money §1)'
const ASIDE = 'Late usage is set aside where no hour may bill it (money §4)'
const COUNTED = 'An acknowledged event is counted once (money §12)'
const DUE = 'Due = billed + open, parked, doubtful, written off (money §13)'

const wrong: readonly Wrong[] = [
  [
    'usage of the days of grace that is billed',
    {
      orders: goesOn,
      sent: [{ time: '11-10T13:20', quantity: 3 }],
      records: [{ hour: '11-10T13:00', units: 3 }],
    },
    [ASIDE, COUNTED, 'A record lies in an hour that is billed (money §4)'],
  ],
  [
    'usage of the days of grace behind an end that is refused',
    { orders: ends, sent: [{ time: '11-10T13:20', quantity: 3, told: 'ended' }] },
    [ANSWER, ASIDE],
  ],
  [
    'usage behind the days of grace that is kept as grace',
    {
      orders: ends,
      sent: [{ time: '11-10T14:00', quantity: 3 }],
      asides: [['11-10T14:00', 'grace', '3']],
    },
    [ANSWER, ASIDE],
  ],
  [
    'what a reading held in the days of grace, shown as nothing',
    {
      deploys: gauge({ kind: 'time-weighted', meter: 'calls', holdForHours: 1 }),
      orders: goesOn,
      sent: [{ time: '11-10T12:00', value: 720 }],
    },
    [ASIDE],
  ],
  [
    'a reading of the days of grace that is forgotten when they end',
    {
      deploys: gauge({ kind: 'time-weighted', meter: 'calls', holdForHours: 2 }),
      orders: goesOn,
      sent: [{ time: '11-10T13:00', value: 720 }],
      asides: [['11-10T13:00', 'grace', '1']],
    },
    [DUE],
  ],
]
holdFound(wrong)
