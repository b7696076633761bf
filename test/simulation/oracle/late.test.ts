/** Late usage, trials, grace and ends, computed by hand: the oracle finds each exact, and one unit more wrong. */
import type { Row } from './cases.ts'
import { holdExact } from './exact.ts'
import { at, deploy, order, sold } from './sold.ts'

const ended = order({
  version: 2,
  takenAt: at('11-10T14:58:10'),
  end: { at: at('11-10T14:58'), takeUntil: at('11-10T15:08'), cause: 'deprovisioned' },
})

const lateRows: readonly Row[] = [
  [
    'late usage at one price is billed in a later hour (money §4)',
    {
      sent: [{ time: '11-10T10:20', at: '11-10T15:00', quantity: 3 }],
      records: [{ hour: '11-10T14:00', units: 3 }],
    },
  ],
  [
    'late usage of an old month is billed by itself until 24 h after AWS closed it (money §4)',
    {
      sent: [{ time: '11-30T10:20', at: '12-02T05:59:59', quantity: 3 }],
      records: [{ hour: '12-02T05:00', units: 3 }],
    },
  ],
  [
    'from 24 h after AWS closed the month on, its usage is set aside (money §4)',
    {
      sent: [{ time: '11-30T10:20', at: '12-02T06:00', quantity: 3 }],
      asides: [['11-30T10:00', 'month-closed', '3']],
    },
  ],
  [
    'a key set aside is one the first time it is said, and none where it was counted (money §3, §4)',
    {
      deploys: [deploy({ dimensions: [sold({ kind: 'unique', meter: 'calls' })] })],
      sent: [
        { time: '11-29T10:20', key: 'bob' },
        { time: '11-30T10:20', at: '12-02T06:00', key: 'ann' },
        { time: '11-30T10:30', at: '12-02T06:00', key: 'ann' },
        { time: '11-30T11:20', at: '12-02T06:00', key: 'ann' },
        { time: '11-30T11:20', at: '12-02T06:00', key: 'bob' },
      ],
      records: [{ hour: '11-29T10:00', units: 1 }],
      asides: [['11-30T10:00', 'month-closed', '1']],
      counted: { '2026-11': '1' },
    },
  ],
  [
    'a peak or a reading set aside is shown as it was said, and holds nothing (money §4)',
    {
      deploys: [deploy({ dimensions: [sold({ kind: 'max', meter: 'calls', window: 'month' })] })],
      sent: [
        { time: '11-29T10:20', value: 4 },
        { time: '11-30T10:20', at: '12-02T06:00', value: 3 },
        { time: '11-30T10:30', at: '12-02T06:00', value: 5.5 },
      ],
      records: [{ hour: '11-29T10:00', units: 4 }],
      asides: [['11-30T10:00', 'month-closed', '8.5']],
    },
  ],
  [
    'late usage behind a cut of price is set aside (money §4)',
    {
      deploys: [
        deploy(),
        deploy({ dimensions: [sold({}, { price: '0.20' })], from: at('11-10T11:30'), config: 'cfg_2' }),
      ],
      sent: [
        { time: '11-10T11:20', at: '11-10T12:09:59', quantity: 1 },
        { time: '11-10T11:20', at: '11-10T12:10', quantity: 2 },
        { time: '11-10T12:20', quantity: 4 },
      ],
      records: [
        { hour: '11-10T11:00', units: 1 },
        { hour: '11-10T12:00', units: 4 },
      ],
      asides: [['11-10T11:00', 'price-changed', '2']],
    },
  ],
  [
    "a trial's late usage is kept as trial, and never billed (money §4)",
    {
      orders: [order({ trial: { endsAt: at('11-10T12:00'), graceUntil: at('11-10T12:00') } })],
      sent: [
        { time: '11-10T11:20', quantity: 1 },
        { time: '11-10T11:30', at: '11-10T12:10', quantity: 2 },
      ],
      records: [{ hour: '11-10T11:00', units: 1 }],
      asides: [['11-10T11:00', 'trial', '2']],
    },
  ],
  [
    'usage in our own days of grace is kept as grace, and never billed (money §4)',
    {
      orders: [order({ trial: { endsAt: at('11-10T12:00'), graceUntil: at('11-13T12:00') } })],
      sent: [
        { time: '11-11T11:20', quantity: 2 },
        { time: '11-13T12:00', quantity: 3 },
      ],
      records: [{ hour: '11-13T12:00', units: 3 }],
      asides: [['11-11T11:00', 'grace', '2']],
    },
  ],
  [
    "usage from before the activation belongs to the activation's hour (money §5)",
    {
      orders: [
        order({
          agreementStart: at('11-10T08:00'),
          activation: at('11-10T10:30'),
          takenAt: at('11-10T10:31'),
        }),
      ],
      sent: [{ time: '11-10T08:20', quantity: 3 }],
      records: [{ hour: '11-10T10:30', units: 3 }],
    },
  ],
  [
    'usage from before the agreement is refused (money §5)',
    {
      orders: [
        order({
          agreementStart: at('11-10T08:00'),
          activation: at('11-10T08:01'),
          takenAt: at('11-10T08:01'),
        }),
      ],
      sent: [
        { time: '11-10T07:55', at: '11-10T08:10', quantity: 3 },
        { time: '11-10T07:54:59', at: '11-10T08:10', quantity: 4, told: 'before-subscription' },
      ],
      records: [{ hour: '11-10T08:01', units: 3 }],
    },
  ],
  [
    'usage timed up to the end is taken for ten minutes more, and no longer (money §6)',
    {
      orders: [order(), ended],
      sent: [
        { time: '11-10T14:58', at: '11-10T15:07:59', quantity: 3 },
        { time: '11-10T14:57', at: '11-10T15:08', quantity: 4, told: 'ended' },
        { time: '11-10T14:58:01', at: '11-10T15:01', quantity: 5, told: 'ended' },
      ],
      records: [{ hour: '11-10T14:00', units: 3 }],
    },
  ],
  [
    'a later activation opens a new life (money §6)',
    {
      orders: [
        order(),
        ended,
        order({ version: 3, takenAt: at('11-20T09:01'), life: 2, activation: at('11-20T09:00') }),
      ],
      sent: [
        { time: '11-10T14:50', quantity: 3 },
        { time: '11-20T10:20', quantity: 2 },
      ],
      records: [
        { hour: '11-10T14:00', units: 3 },
        { hour: '11-20T10:00', units: 2 },
      ],
    },
  ],
]

holdExact(lateRows)
