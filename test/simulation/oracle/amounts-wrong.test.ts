/** Histories in which an amount is shown wrong: the oracle must name the rule of money.md that was broken. */
import { holdFound, type Wrong } from './exact.ts'
import { deploy, sold } from './sold.ts'

const DUE = 'Due = billed + open, parked, doubtful, written off (money §13)'
const COUNTED = 'An acknowledged event is counted once (money §12)'
const COVERED = 'What is included is granted once (money §3, §12)'
const ASIDE = 'Late usage is set aside where no hour may bill it (money §4)'

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
]

holdFound(wrong)
