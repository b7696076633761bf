/** Histories in which an amount is shown wrong: the oracle must name the rule of money.md that was broken. */
import { holdFound, type Wrong } from './exact.ts'
import { at, deploy, order, sold } from './sold.ts'

const DUE = 'Due = billed + open, parked, doubtful, written off (money §13)'
const EARLY = 'Usage is never billed in an hour before its own (money §4)'
const COUNTED = 'An acknowledged event is counted once (money §12)'
const COVERED = 'What is included is granted once (money §3, §12)'
const ASIDE = 'Late usage is set aside where no hour may bill it (money §4)'

/** A void of the hour, and that a person billed it after all. */
const billedAfterAll = (
  hour: string,
  voidedAt: string,
  billedAt: string,
): NonNullable<Wrong[1]['repairs']> => [
  {
    at: at(voidedAt),
    kind: 'void',
    subject: '',
    act: JSON.stringify({ source: 'app', from: at(hour), to: at(hour) + 3_600_000 }),
  },
  {
    at: at(billedAt),
    kind: 'bill aside',
    subject: '',
    act: JSON.stringify({
      aside: { hour: at(hour), meter: 'calls', life: 1, source: 'app', reason: 'voided' },
    }),
  },
]

const wrong: readonly Wrong[] = [
  [
    'a key shown as set aside that was counted already',
    {
      deploys: [deploy({ dimensions: [sold({ kind: 'unique' })] })],
      sent: [
        { time: '11-29T10:20', key: 'bob' },
        { time: '11-30T10:20', at: '12-02T06:00', key: 'bob' },
      ],
      records: [{ hour: '11-29T10:00', units: 1 }],
      asides: [['11-30T10:00', 'month-closed', '1']],
      counted: { '2026-11': '1' },
    },
    [ASIDE],
  ],
  [
    'a reading set aside that is nowhere to be seen',
    {
      deploys: [deploy({ dimensions: [sold({ kind: 'time-weighted', holdForHours: 1 })] })],
      sent: [{ time: '11-30T10:20', at: '12-02T06:00', value: 2.5 }],
    },
    [ASIDE],
  ],
  [
    'a key shown as counted in two hours of its month',
    {
      deploys: [deploy({ dimensions: [sold({ kind: 'unique' })] })],
      sent: [
        { time: '11-10T10:20', key: 'bob' },
        { time: '11-11T10:20', key: 'bob' },
      ],
      records: [{ hour: '11-10T10:00', units: 1 }],
      counted: { '2026-11': '2' },
    },
    [COUNTED],
  ],
  [
    'an amount included a month and shown as granted twice',
    {
      deploys: [deploy({ dimensions: [sold({ included: { amount: '5', per: 'month' } })] })],
      sent: [
        { time: '11-10T10:20', quantity: 5 },
        { time: '11-11T10:20', quantity: 5 },
      ],
      covered: { '2026-11': '10' },
    },
    [COVERED, DUE],
  ],
  [
    'voided usage of a trial that is billed behind it',
    {
      orders: [order({ trial: { endsAt: at('11-10T12:00'), graceUntil: at('11-10T12:00') } })],
      sent: [{ time: '11-10T10:20', quantity: 3 }],
      repairs: billedAfterAll('11-10T10:00', '11-10T10:30', '11-10T13:30'),
      records: [{ hour: '11-10T13:00', units: 3 }],
    },
    [ASIDE, COUNTED, DUE, EARLY],
  ],
  [
    'a key that a person billed in December for November, which had billed it',
    {
      deploys: [deploy({ dimensions: [sold({ kind: 'unique' })] })],
      sent: [
        { time: '11-29T10:20', key: 'ann' },
        { time: '11-30T22:20', key: 'ann' },
      ],
      repairs: billedAfterAll('11-30T22:00', '11-30T22:30', '12-01T07:30'),
      records: [
        { hour: '11-29T10:00', units: 1 },
        { hour: '12-01T07:00', units: 1 },
      ],
      counted: { '2026-11': '1', '2026-12': '1' },
    },
    [COUNTED, DUE, EARLY],
  ],
]

holdFound(wrong)
