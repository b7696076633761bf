/** Bills of `sum`, computed by hand: the oracle finds each exact, and one unit more wrong. */
import type { Row } from './cases.ts'
import { holdExact } from './exact.ts'
import { at, deploy, order, plan, sold } from './sold.ts'

const sums: readonly Row[] = [
  [
    'units are billed in their own hour',
    { sent: [{ time: '11-10T10:20', quantity: 3 }], records: [{ hour: '11-10T10:00', units: 3 }] },
  ],
  [
    'a block takes a thousand, and the remainder waits (money §3)',
    {
      deploys: [deploy({ dimensions: [sold({ kind: 'sum', meter: 'calls', block: '1000' })] })],
      sent: [
        { time: '11-10T10:20', quantity: 1700 },
        { time: '11-10T11:20', quantity: 300 },
      ],
      records: [
        { hour: '11-10T10:00', units: 1 },
        { hour: '11-10T11:00', units: 1 },
      ],
    },
  ],
  [
    'rounding up, the first unit opens a block (money §3)',
    {
      deploys: [deploy({ dimensions: [sold({ kind: 'sum', meter: 'calls', block: '10', round: 'up' })] })],
      sent: [
        { time: '11-10T10:20', quantity: 0.5 },
        { time: '11-10T11:20', quantity: 9.5 },
        { time: '11-10T12:20', quantity: 0.000001 },
      ],
      records: [
        { hour: '11-10T10:00', units: 1 },
        { hour: '11-10T12:00', units: 1 },
      ],
      counted: { '2026-11': '10.000001' },
    },
  ],
  [
    'a remainder is carried across the month at one price (money §3)',
    {
      deploys: [deploy({ dimensions: [sold({ kind: 'sum', meter: 'calls', block: '10' })] })],
      sent: [
        { time: '11-29T10:20', quantity: 8 },
        { time: '12-02T10:20', quantity: 7 },
      ],
      records: [{ hour: '12-02T10:00', units: 1 }],
    },
  ],
  [
    'a remainder is dropped at the end of each month when the charge says so (money §3)',
    {
      deploys: [
        deploy({ dimensions: [sold({ kind: 'sum', meter: 'calls', block: '10', remainder: 'drop' })] }),
      ],
      sent: [
        { time: '11-29T10:20', quantity: 8 },
        { time: '12-02T10:20', quantity: 7 },
      ],
    },
  ],
  [
    'a remainder is rounded up in the last hour of its month when the charge says so (money §3)',
    {
      deploys: [
        deploy({ dimensions: [sold({ kind: 'sum', meter: 'calls', block: '10', remainder: 'up' })] }),
      ],
      sent: [{ time: '11-29T10:20', quantity: 18 }],
      records: [
        { hour: '11-29T10:00', units: 1 },
        { hour: '11-30T23:00', units: 1 },
      ],
    },
  ],
  [
    'an amount included a month is spent first, anew in the next (money §3)',
    {
      deploys: [
        deploy({
          dimensions: [sold({ kind: 'sum', meter: 'calls', included: { amount: '5', per: 'month' } })],
        }),
      ],
      sent: [
        { time: '11-29T10:20', quantity: 4 },
        { time: '11-29T11:20', quantity: 3 },
        { time: '12-02T10:20', quantity: 6 },
      ],
      records: [
        { hour: '11-29T11:00', units: 2 },
        { hour: '12-02T10:00', units: 1 },
      ],
      covered: { '2026-11': '5', '2026-12': '5' },
    },
  ],
  [
    'an amount included a term is spent once (money §3)',
    {
      deploys: [
        deploy({
          dimensions: [sold({ kind: 'sum', meter: 'calls', included: { amount: '5', per: 'term' } })],
        }),
      ],
      sent: [
        { time: '11-29T10:20', quantity: 4 },
        { time: '12-02T10:20', quantity: 6 },
      ],
      records: [{ hour: '12-02T10:00', units: 5 }],
      covered: { '2026-11': '4', '2026-12': '1' },
    },
  ],
  [
    'an amount of the contract is included, the new one from the next hour on (money §3)',
    {
      deploys: [
        deploy({ pricing: 'contract-with-consumption', dimensions: [sold({}, { includedFrom: 'seats' })] }),
      ],
      orders: [
        order({ amounts: { seats: '10' } }),
        order({ version: 2, takenAt: at('11-10T12:30'), amounts: { seats: '12' } }),
      ],
      sent: [
        { time: '11-10T10:20', quantity: 11 },
        { time: '11-10T12:10', quantity: 1 },
        { time: '11-10T13:10', quantity: 5 },
      ],
      records: [
        { hour: '11-10T10:00', units: 1 },
        { hour: '11-10T12:00', units: 1 },
        { hour: '11-10T13:00', units: 3 },
      ],
      covered: { '2026-11': '12' },
    },
  ],
  [
    'a plan that includes more cuts the price; what the month spent stays spent (money §3, §4)',
    {
      deploys: [
        deploy({
          dimensions: [sold({ kind: 'sum', meter: 'calls', block: '10', included: 'plan' })],
          plans: [
            plan('basic', { units: { amount: '5', per: 'month' } }),
            plan('pro', { units: { amount: '20', per: 'month' } }),
          ],
        }),
      ],
      orders: [
        order(),
        order({
          version: 2,
          takenAt: at('11-10T12:30'),
          plans: [{ fromHour: at('11-10T13:00'), plan: 'pro' }],
        }),
      ],
      sent: [
        { time: '11-10T10:20', quantity: 14 },
        { time: '11-10T13:20', quantity: 26 },
      ],
      // basic: 14 − 5 = 9, no block. pro: 26 − (20 − 5) = 11, one block: the 9 are not carried across the cut.
      records: [{ hour: '11-10T13:00', units: 1 }],
      covered: { '2026-11': '20' },
    },
  ],
  [
    'what lies beyond a record is open (money §3)',
    { sent: [{ time: '11-10T10:20', quantity: 7 }], records: [{ hour: '11-10T10:00', units: 4 }], open: 3 },
  ],
  [
    'the smallest amounts add up without loss (money §2)',
    {
      deploys: [deploy({ dimensions: [sold({ kind: 'sum', meter: 'calls', block: '0.000001' })] })],
      sent: [{ time: '11-10T10:20', quantity: 0.000003 }],
      records: [{ hour: '11-10T10:00', units: 3 }],
      counted: { '2026-11': '0.000003' },
    },
  ],
]

holdExact(sums)
