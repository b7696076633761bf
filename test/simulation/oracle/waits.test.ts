/** Amounts that are not known, computed by hand: exact as they are; one unit more, or another rule broken, is named. */
import type { Dimension } from '../../../shared/seller.ts'
import type { Deploy, OrderMade } from '../history.ts'
import type { Row } from './cases.ts'
import { holdExact, holdFound, type Wrong } from './exact.ts'
import { at, deploy, order, sold, type Sold } from './sold.ts'

const deploys = [
  deploy({ pricing: 'contract-with-consumption', dimensions: [sold({}, { includedFrom: 'seats' })] }),
]
/** What is left at a change of price is rounded up. */
const up = (more: Partial<Dimension> = {}, from: Sold = {}): Deploy =>
  deploy({
    pricing: 'contract-with-consumption',
    dimensions: [sold({ remainder: 'up' }, { includedFrom: 'seats', ...more })],
    ...from,
  })
const seats = (version: number, when: string, amount: string | null): OrderMade =>
  order({ version, takenAt: at(when), amounts: { seats: amount } })
/** 10 seats; from 12:30 on the answer fails; from the next day, 06:00, they are 12. */
const failed = [seats(1, '11-01T00:00', '10'), seats(2, '11-10T12:30', null)]
const learnt = [...failed, seats(3, '11-11T06:00', '12')]
const never = [seats(1, '11-01T00:00', null)]
const end = { at: at('11-10T12:40'), takeUntil: at('11-10T12:50'), cause: 'deprovisioned' } as const
const ended = (version: number, when: string, amount: string | null = null): OrderMade => ({
  ...seats(version, when, amount),
  end,
})
const endedSoon = {
  ...seats(3, '11-10T13:20', null),
  end: { at: at('11-10T13:20'), takeUntil: at('11-10T13:30'), cause: 'deprovisioned' },
} as const
const parked = {
  hour: '11-10T12:00',
  units: 8,
  state: 'parked',
  reason: 'amount-unknown',
  frozenAt: '11-10T13:10',
} as const

const waiting: readonly Row[] = [
  [
    'a dimension whose amount is unknown waits for half of its window, then uses the last known (money §3)',
    {
      deploys,
      orders: failed,
      sent: [
        { time: '11-10T10:20', quantity: 8 },
        { time: '11-10T13:20', quantity: 5 },
      ],
      // 8 of the 10 are spent; 2 are left of 5.
      records: [{ hour: '11-10T13:00', units: 3, frozenAt: '11-11T01:00' }],
      covered: { '2026-11': '10' },
    },
  ],
  [
    'an amount learnt after an estimate holds from where it was unknown, and what is too much is owed (money §3, §12)',
    {
      deploys,
      orders: learnt,
      sent: [{ time: '11-10T13:20', quantity: 15 }],
      records: [{ hour: '11-10T13:00', units: 5, frozenAt: '11-11T01:00' }],
      covered: { '2026-11': '12' },
      owed: 2,
    },
  ],
  [
    'what is due by an amount that is known does not wait for another (money §3)',
    {
      deploys,
      orders: failed,
      sent: [{ time: '11-10T10:20', at: '11-10T14:00', quantity: 12 }],
      records: [{ hour: '11-10T13:00', units: 2 }],
      covered: { '2026-11': '10' },
    },
  ],
  [
    'a unit that a change of price rounds up waits for no amount when nothing was used since (money §3, §4)',
    {
      deploys: [up(), up({ price: '0.20' }, { from: at('11-10T14:30'), config: 'cfg_2' })],
      orders: failed,
      sent: [{ time: '11-10T10:20', quantity: 12.5 }],
      records: [
        { hour: '11-10T10:00', units: 2 },
        { hour: '11-10T14:00', units: 1 },
      ],
      covered: { '2026-11': '10' },
    },
  ],
  [
    'an amount that is unknown from the first holds its dimension up, whatever is used (money §3)',
    {
      deploys,
      orders: never,
      sent: [{ time: '11-10T10:20', quantity: 8 }],
    },
  ],
  ...(['max', 'time-weighted'] as const).map((kind): Row => [
    `a level nobody ever knew parks what ${kind} used, with the value it may have (money §3)`,
    {
      deploys: [
        deploy({
          pricing: 'contract-with-consumption',
          dimensions: [
            sold(kind === 'max' ? { kind, meter: 'calls', window: 'hour' } : { kind, meter: 'calls' }, {
              includedFrom: 'seats',
            }),
          ],
        }),
      ],
      orders: [
        ...never,
        order({
          version: 2,
          takenAt: at('11-10T11:01'),
          amounts: { seats: null },
          end: { at: at('11-10T11:00'), takeUntil: at('11-10T11:10'), cause: 'deprovisioned' },
        }),
      ],
      sent: [{ time: '11-10T10:00', value: 1440 }],
      records: [
        {
          hour: '11-10T10:00',
          units: kind === 'max' ? 1440 : 2,
          state: 'parked',
          reason: 'amount-unknown',
          frozenAt: '11-10T11:30',
        },
      ],
    },
  ]),
  [
    'an amount first learnt is included from the beginning (money §3)',
    {
      deploys,
      orders: [...never, seats(2, '11-12T10:30', '5')],
      sent: [{ time: '11-10T10:20', quantity: 8 }],
      records: [{ hour: '11-10T10:00', units: 3, frozenAt: '11-12T10:31' }],
      covered: { '2026-11': '5' },
    },
  ],
  [
    'an amount is known though by the clock of its Ledger, which is ahead, it came behind the end of the history (money §3)',
    {
      deploys,
      orders: [...never, seats(2, '11-10T11:33', '5')],
      sent: [{ time: '11-10T10:20', quantity: 4 }],
      covered: { '2026-11': '4' },
      endedAt: '11-10T11:30',
    },
  ],
  [
    'of two orders a Ledger heard of at one time it knows the later only: an amount it never heard covers nothing (money §7)',
    {
      deploys,
      orders: [...never, seats(2, '11-12T10:30', '5'), seats(3, '11-12T10:30', '0')],
      sent: [{ time: '11-10T10:20', quantity: 8 }],
      records: [{ hour: '11-10T10:00', units: 8, frozenAt: '11-12T10:31' }],
    },
  ],
  [
    'what waits for its amount is not covered by the last one known before half of its window (money §3)',
    {
      deploys,
      orders: failed,
      sent: [
        { time: '11-10T10:20', quantity: 8 },
        { time: '11-10T13:20', quantity: 5 },
      ],
      covered: { '2026-11': '8' },
      endedAt: '11-11T00:59',
    },
  ],
  [
    'a dimension that uses the last amount known goes on with it: later hours wait no more (money §3)',
    {
      deploys,
      orders: failed,
      sent: [
        { time: '11-10T13:20', quantity: 12 },
        { time: '11-11T03:20', quantity: 4 },
      ],
      records: [
        { hour: '11-10T13:00', units: 2, frozenAt: '11-11T01:00' },
        { hour: '11-11T03:00', units: 4 },
      ],
      covered: { '2026-11': '10' },
    },
  ],
  [
    'what waits for its amount has not frozen: a person may void it (money §3, §9)',
    {
      deploys,
      orders: never,
      sent: [{ time: '11-10T10:20', quantity: 8 }],
      repairs: [
        {
          at: at('11-10T15:30'),
          kind: 'void',
          subject: 'app',
          act: JSON.stringify({ source: 'app', from: at('11-10T10:00'), to: at('11-10T11:00') }),
        },
      ],
      asides: [['11-10T10:00', 'voided', '8']],
      counted: { '2026-11': '0' },
    },
  ],
  [
    'an end shortens the window of half of which the last amount known is waited for (money §3, §5)',
    {
      deploys,
      orders: [...failed, endedSoon],
      sent: [{ time: '11-10T13:10', quantity: 15 }],
      records: [{ hour: '11-10T13:00', units: 5, frozenAt: '11-10T13:40' }],
      covered: { '2026-11': '10' },
    },
  ],
  [
    'what was parked at the end for an amount nobody knew is owed as far as the amount learnt then covers it (money §3, §12)',
    {
      deploys,
      orders: [...never, ended(2, '11-10T12:40'), ended(3, '11-10T15:00', '5')],
      sent: [{ time: '11-10T12:20', quantity: 8 }],
      records: [parked],
      covered: { '2026-11': '5' },
      owed: 5,
    },
  ],
  [
    'a level that nobody ever knew is not taken off: the record is parked with all it can be (money §3)',
    {
      deploys: [
        deploy({
          pricing: 'contract-with-consumption',
          dimensions: [sold({ kind: 'max', window: 'month' }, { includedFrom: 'seats' })],
        }),
      ],
      orders: [...never, ended(2, '11-10T12:40')],
      sent: [{ time: '11-10T12:20', value: 8 }],
      records: [parked],
    },
  ],
]
holdExact(waiting)

const HALF = 'What depends on an unknown amount waits for half of its window (money §3)'

const wrong: readonly Wrong[] = [
  [
    'an unknown amount taken as the last one before half of the window',
    {
      deploys,
      orders: failed,
      sent: [{ time: '11-10T13:20', quantity: 15 }],
      records: [{ hour: '11-10T13:00', units: 5 }],
      covered: { '2026-11': '10' },
    },
    [HALF],
  ],
  [
    'an unknown amount taken as the last one before half of the window that an end left',
    {
      deploys,
      orders: [...failed, endedSoon],
      sent: [{ time: '11-10T13:10', quantity: 15 }],
      records: [{ hour: '11-10T13:00', units: 5, frozenAt: '11-10T13:39' }],
      covered: { '2026-11': '10' },
    },
    [HALF],
  ],
  [
    'an amount that nobody ever knew taken as 0',
    {
      deploys,
      orders: never,
      sent: [{ time: '11-10T10:20', quantity: 8 }],
      records: [{ hour: '11-10T10:00', units: 8, frozenAt: '11-11T10:00' }],
    },
    ['Where no amount was ever known the dimension parks (money §3)'],
  ],
  [
    'an estimate that is not corrected by the amount learnt later',
    {
      deploys,
      orders: learnt,
      sent: [{ time: '11-10T13:20', quantity: 15 }],
      records: [{ hour: '11-10T13:00', units: 5, frozenAt: '11-11T01:00' }],
      covered: { '2026-11': '12' },
    },
    ['Due = billed + open, parked, doubtful, written off (money §13)'],
  ],
]
holdFound(wrong)
