/** Bills of `max` and `time-weighted`, computed by hand: the oracle finds each exact, and one unit more wrong. */
import type { Deploy } from '../history.ts'
import type { Row, Sent } from './cases.ts'
import { holdExact } from './exact.ts'
import { at, deploy, order, plan, sold } from './sold.ts'

const values = (...list: readonly (readonly [time: string, value: number, more?: Partial<Sent>])[]): Sent[] =>
  list.map(([time, value, more]) => ({ time, value, ...more }))

const gauge = (more: Parameters<typeof sold>[0]): readonly Deploy[] => [deploy({ dimensions: [sold(more)] })]

const gaugeRows: readonly Row[] = [
  [
    'max of the hour: the highest of each series, added up, hour by hour (money §3)',
    {
      deploys: gauge({ kind: 'max', window: 'hour' }),
      sent: values(
        ['11-10T10:10', 3, { series: 'a' }],
        ['11-10T10:20', 5, { series: 'a' }],
        ['11-10T10:30', 2, { series: 'b' }],
        ['11-10T11:30', 1, { series: 'b' }],
      ),
      records: [
        { hour: '11-10T10:00', units: 7 },
        { hour: '11-10T11:00', units: 1 },
      ],
    },
  ],
  [
    'max of the month: only what it grew by (money §3)',
    {
      deploys: gauge({ kind: 'max', window: 'month' }),
      sent: values(
        ['11-10T10:10', 3, { series: 'a' }],
        ['11-10T11:10', 2, { series: 'b' }],
        ['11-12T10:10', 4, { series: 'a' }],
        ['11-13T10:10', 1, { series: 'a' }],
      ),
      records: [
        { hour: '11-10T10:00', units: 3 },
        { hour: '11-10T11:00', units: 2 },
        { hour: '11-12T10:00', units: 1 },
      ],
    },
  ],
  [
    'a plan at the same price does not bill a highest again, one at another price does (money §4)',
    {
      deploys: [
        deploy({
          dimensions: [sold({ kind: 'max', meter: 'calls', window: 'month', included: 'plan' })],
          plans: [
            plan('a', { units: { level: '1' } }),
            plan('b', { units: { level: '1' } }),
            plan('c', { units: { level: '2' } }),
          ],
        }),
      ],
      orders: [
        order(),
        order({
          version: 2,
          takenAt: at('11-10T12:30'),
          plans: [
            { fromHour: at('11-10T13:00'), plan: 'b' },
            { fromHour: at('11-10T15:00'), plan: 'c' },
          ],
        }),
      ],
      sent: values(['11-10T10:10', 5], ['11-10T13:10', 6], ['11-10T15:10', 6]),
      records: [
        { hour: '11-10T10:00', units: 4 },
        { hour: '11-10T13:00', units: 1 },
        { hour: '11-10T15:00', units: 4 },
      ],
    },
  ],
  [
    'a level is subtracted from a max first (money §3)',
    {
      deploys: gauge({ kind: 'max', window: 'hour', included: { level: '4' } }),
      sent: values(['11-10T10:10', 6], ['11-10T11:10', 3], ['11-10T12:10', 4.5], ['11-10T13:10', 4.5]),
      records: [
        { hour: '11-10T10:00', units: 2 },
        { hour: '11-10T13:00', units: 1 },
      ],
    },
  ],
  [
    'one for the whole of November is one unit, whole in its last hour (money §2)',
    {
      deploys: gauge({ kind: 'time-weighted', holdForHours: 1000 }),
      sent: values(['11-01T00:00', 1]),
      records: [{ hour: '11-30T23:00', units: 1 }],
    },
  ],
  [
    'sixty for a day of November are two units, one whole after 12 hours (money §2)',
    {
      deploys: gauge({ kind: 'time-weighted', holdForHours: 24 }),
      sent: values(['11-10T00:00', 60]),
      records: [
        { hour: '11-10T11:00', units: 1 },
        { hour: '11-10T23:00', units: 1 },
      ],
    },
  ],
  [
    'a level is subtracted before multiplying, and series add up before it (money §3)',
    {
      deploys: gauge({ kind: 'time-weighted', holdForHours: 24, included: { level: '30' } }),
      sent: values(
        ['11-10T00:00', 20, { series: 'a' }],
        ['11-10T00:00', 40, { series: 'b' }],
        ['11-12T00:00', 29],
      ),
      records: [{ hour: '11-10T23:00', units: 1 }],
    },
  ],
  [
    'a reading holds for at most holdFor, and until the next of its series (money §3)',
    {
      deploys: gauge({ kind: 'time-weighted', holdForHours: 12 }),
      // 240 for 3 h = 1 day's worth of 30: one unit. Then 60 for 12 h: one more.
      sent: values(['11-10T00:00', 240], ['11-10T03:00', 60]),
      records: [
        { hour: '11-10T02:00', units: 1 },
        { hour: '11-10T14:00', units: 1 },
      ],
    },
  ],
  [
    'nothing holds past the end of the life (money §6)',
    {
      deploys: gauge({ kind: 'time-weighted', holdForHours: 100 }),
      orders: [
        order(),
        order({
          version: 2,
          takenAt: at('11-10T12:01'),
          end: { at: at('11-10T12:00'), takeUntil: at('11-10T12:10'), cause: 'deprovisioned' },
        }),
      ],
      sent: values(['11-10T00:00', 60]),
      records: [{ hour: '11-10T11:00', units: 1 }],
    },
  ],
]

holdExact(gaugeRows)
