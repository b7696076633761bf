/** Bills of `unique` and of successors, computed by hand: the oracle finds each exact, and one unit more wrong. */
import type { Deploy } from '../history.ts'
import type { Row, Sent, Told } from './cases.ts'
import { holdExact } from './exact.ts'
import { at, deploy, order, OTHER, plan, sold } from './sold.ts'

const uniques = (more: object = {}): readonly Deploy[] => [
  deploy({ dimensions: [sold({ kind: 'unique', meter: 'users', ...more } as never)] }),
]
const key = (time: string, name: string, more: Partial<Sent> = {}): Sent => ({
  time,
  key: name,
  meter: 'users',
  ...more,
})

const byPlan = (more: object = {}): readonly Deploy[] => [
  deploy({
    dimensions: [
      sold({ kind: 'unique', meter: 'users', ...more } as never, { key: 'team', plan: 'team' }),
      sold({ kind: 'unique', meter: 'users', ...more } as never, { key: 'big', plan: 'big' }),
    ],
    plans: [plan('team', {}), plan('big', {})],
  }),
]
const toBig = [
  order(),
  order({ version: 2, takenAt: at('11-10T12:30'), plans: [{ fromHour: at('11-10T13:00'), plan: 'big' }] }),
]

const uniqueRows: readonly Row[] = [
  [
    'ten keys in a month are ten units, however often they appear (money §3)',
    {
      deploys: uniques(),
      sent: [
        key('11-10T10:20', 'ann'),
        key('11-10T10:21', 'bob'),
        key('11-10T11:20', 'ann'),
        key('11-20T10:20', 'ann'),
      ],
      records: [{ hour: '11-10T10:00', units: 2 }],
    },
  ],
  [
    'a key is billed again in the next month (money §3)',
    {
      deploys: uniques(),
      sent: [key('11-10T10:20', 'ann'), key('12-02T10:20', 'ann')],
      records: [
        { hour: '11-10T10:00', units: 1 },
        { hour: '12-02T10:00', units: 1 },
      ],
    },
  ],
  [
    'a key belongs to the hour in which it was first counted and never moves (money §3)',
    {
      deploys: uniques(),
      sent: [key('11-10T11:05', 'ann'), key('11-10T10:50', 'ann', { at: '11-10T11:30' })],
      records: [{ hour: '11-10T11:00', units: 1 }],
    },
  ],
  [
    'keys are included one by one (money §3)',
    {
      deploys: uniques({ included: { amount: '2', per: 'month' } }),
      sent: [
        key('11-10T10:20', 'a'),
        key('11-10T10:21', 'b'),
        key('11-10T10:22', 'c'),
        key('11-11T10:22', 'd'),
      ],
      records: [
        { hour: '11-10T10:00', units: 1 },
        { hour: '11-11T10:00', units: 1 },
      ],
      covered: { '2026-11': '2' },
    },
  ],
  [
    'a key billed this month is not billed under another plan (money §4 Plan)',
    {
      deploys: byPlan(),
      orders: toBig,
      sent: [key('11-10T10:20', 'ann'), key('11-10T13:20', 'ann'), key('11-10T13:21', 'bob')],
      records: [
        { hour: '11-10T10:00', units: 1, dimension: 'team' },
        { hour: '11-10T13:00', units: 1, dimension: 'big' },
      ],
    },
  ],
  [
    'a key is billed under both plans where the charge says so (money §4 Plan)',
    {
      deploys: byPlan({ onPlanChange: 'bill' }),
      orders: toBig,
      sent: [key('11-10T10:20', 'ann'), key('11-10T13:20', 'ann'), key('11-10T14:20', 'ann')],
      records: [
        { hour: '11-10T10:00', units: 1, dimension: 'team' },
        { hour: '11-10T13:00', units: 1, dimension: 'big' },
      ],
    },
  ],
  [
    'a subscription that ends and begins anew bills a key once in that month (money §4, §6)',
    {
      deploys: uniques(),
      orders: [
        order(),
        order({
          version: 2,
          takenAt: at('11-10T12:01'),
          end: { at: at('11-10T12:00'), takeUntil: at('11-10T12:10'), cause: 'deprovisioned' },
        }),
        order({
          version: 3,
          takenAt: at('11-12T09:01'),
          life: 2,
          agreementStart: at('11-12T09:00'),
          activation: at('11-12T09:00'),
        }),
      ],
      sent: [key('11-10T10:20', 'ann'), key('11-12T10:20', 'ann'), key('11-12T10:20', 'bob')],
      records: [
        { hour: '11-10T10:00', units: 1 },
        { hour: '11-12T10:00', units: 1 },
      ],
    },
  ],
  [
    "a trial's keys do not count as billed in the paid period (money §4 Trial)",
    {
      deploys: uniques(),
      orders: [order({ trial: { endsAt: at('11-10T12:00'), graceUntil: at('11-10T12:00') } })],
      sent: [key('11-10T10:20', 'ann'), key('11-10T13:20', 'ann')],
      records: [
        { hour: '11-10T10:00', units: 1 },
        { hour: '11-10T13:00', units: 1 },
      ],
      counted: { '2026-11': '2' },
    },
  ],
]

const renewed: readonly Told[] = [
  {
    subscription: 'sub_1',
    orders: [
      order(),
      order({
        version: 2,
        takenAt: at('11-10T12:01'),
        end: { at: at('11-10T12:00'), takeUntil: at('11-10T12:10'), cause: 'deprovisioned' },
      }),
    ],
    sent: [key('11-10T10:20', 'ann'), key('11-10T10:20', 'bob')],
    records: [{ hour: '11-10T10:00', units: 2 }],
    given: { to: 'sub_2', life: 1, month: at('11-01T00:00'), at: at('11-10T13:10') },
  },
  {
    subscription: 'sub_2',
    orders: [
      order({
        takenAt: at('11-10T12:02'),
        agreementStart: at('11-10T12:00'),
        activation: at('11-10T12:02'),
        predecessor: 'sub_1',
        identities: [{ fromHour: 0, region: 'us-east-1', kind: 'license', of: OTHER, who: '012345678901' }],
      }),
    ],
    sent: [key('11-10T13:20', 'ann'), key('11-10T13:20', 'eve'), key('12-02T13:20', 'ann')],
    records: [
      { hour: '11-10T13:00', units: 1, of: OTHER },
      { hour: '12-02T13:00', units: 1, of: OTHER },
    ],
    counted: { '2026-11': '1', '2026-12': '1' },
    taken: [
      {
        life: 1,
        from: 'sub_1',
        state: 'taken',
        since: at('11-10T12:02'),
        month: at('11-01T00:00'),
        decidedAt: at('11-10T13:11'),
        why: null,
      },
    ],
  },
]

const blocks = [
  deploy({
    dimensions: [sold({ kind: 'sum', meter: 'calls', block: '10', included: { amount: '5', per: 'month' } })],
  }),
]
const carried: readonly Told[] = renewed.map((each, i) => ({
  ...each,
  // 5 of 17 are included: 12 are one block and 2 over. The successor's 9 make 11: one block more, nothing included again.
  sent: i === 0 ? [{ time: '11-10T10:20', quantity: 17 }] : [{ time: '11-10T13:20', quantity: 9 }],
  records: i === 0 ? [{ hour: '11-10T10:00', units: 1 }] : [{ hour: '11-10T13:00', units: 1, of: OTHER }],
  counted: {},
  covered: { '2026-11': i === 0 ? '5' : '0' },
}))

const successorRows: readonly Row[] = [
  [
    'a successor bills no key its predecessor billed this month (money §4)',
    { deploys: uniques(), subscriptions: renewed },
  ],
  [
    "a successor goes on with the month's included amount and remainder (money §4)",
    { deploys: blocks, subscriptions: carried },
  ],
]

holdExact([...uniqueRows, ...successorRows])
