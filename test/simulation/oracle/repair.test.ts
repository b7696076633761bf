/** A person's acts and the answers to clients, computed by hand: the oracle finds each exact, and one unit more wrong. */
import type { Row, Told } from './cases.ts'
import { holdExact } from './exact.ts'
import { at, deploy, LICENSE, order, sold } from './sold.ts'

const repaired = (kind: string, act: object, when: string): NonNullable<Told['repairs']>[number] =>
  ({ at: at(when), kind, subject: '', act: JSON.stringify(act) }) as NonNullable<Told['repairs']>[number]

const ASIDE = { hour: at('11-30T10:00'), meter: 'calls', life: 1, source: 'app', reason: 'month-closed' }

const repairRows: readonly Row[] = [
  [
    'a moved record is billed once, in the hour that brings it in (money §9)',
    {
      sent: [
        { time: '11-10T10:20', quantity: 3 },
        { time: '11-12T10:20', quantity: 2 },
      ],
      records: [
        { hour: '11-10T10:00', units: 3, state: 'moved' },
        { hour: '11-12T10:00', units: 5, moved: ['11-10T10:00', 3] },
      ],
    },
  ],
  [
    'what is parked, doubtful or written off is accounted for, and AWS need not have it (money §13)',
    {
      sent: [
        { time: '11-10T10:20', quantity: 1 },
        { time: '11-10T11:20', quantity: 2 },
        { time: '11-10T12:20', quantity: 3 },
        { time: '11-10T13:20', quantity: 4 },
      ],
      records: [
        { hour: '11-10T10:00', units: 1, state: 'parked', reason: 'InvalidTagException' },
        { hour: '11-10T11:00', units: 2, state: 'doubtful', reason: 'conflict', atAws: true },
        { hour: '11-10T12:00', units: 3, state: 'doubtful', reason: 'conflict' },
        { hour: '11-10T13:00', units: 4, state: 'written off' },
      ],
    },
  ],
  [
    'voided usage is charged nowhere (money §9)',
    {
      sent: [
        { time: '11-10T09:20', quantity: 3 },
        { time: '11-10T10:20', quantity: 5 },
      ],
      repairs: [
        repaired('void', { source: 'app', from: at('11-10T09:00'), to: at('11-10T11:00') }, '11-10T10:30'),
      ],
      records: [{ hour: '11-10T09:00', units: 3 }],
      asides: [['11-10T10:00', 'voided', '5']],
    },
  ],
  [
    'nothing freezes while a person holds it, and usage stays in its hour (money §9)',
    {
      deploys: [
        deploy(),
        deploy({ dimensions: [sold({}, { price: '0.20' })], from: at('11-10T11:30'), config: 'cfg_2' }),
      ],
      sent: [{ time: '11-10T11:20', at: '11-10T14:00', quantity: 2 }],
      repairs: [
        repaired('hold', { dimension: null }, '11-10T11:00'),
        repaired('release', { what: { kind: 'subscription' } }, '11-10T15:00'),
      ],
      records: [{ hour: '11-10T11:00', units: 2 }],
    },
  ],
  [
    'usage set aside that a person bills is billed in the earliest open hour (money §4)',
    {
      sent: [{ time: '11-30T10:20', at: '12-02T06:00', quantity: 3 }],
      repairs: [repaired('bill aside', { aside: ASIDE }, '12-03T10:30')],
      // Shown in the month it is billed in: November counts nothing of it, December 3.
      records: [{ hour: '12-03T10:00', units: 3 }],
      counted: { '2026-11': '0', '2026-12': '3' },
    },
  ],
  [
    'a key set aside that a person bills is billed for its own month, beside the month it is billed in (money §4)',
    {
      deploys: [deploy({ dimensions: [sold({ kind: 'unique', meter: 'calls' })] })],
      sent: [
        { time: '11-29T10:20', key: 'bob' },
        { time: '11-30T10:20', at: '12-02T06:00', key: 'ann' },
        { time: '11-30T10:20', at: '12-02T06:00', key: 'bob' },
        { time: '12-02T10:20', key: 'ann' },
      ],
      repairs: [repaired('bill aside', { aside: ASIDE }, '12-03T10:30')],
      records: [
        { hour: '11-29T10:00', units: 1 },
        { hour: '12-02T10:00', units: 1 },
        { hour: '12-03T10:00', units: 1 },
      ],
      counted: { '2026-11': '1', '2026-12': '2' },
    },
  ],
  [
    'a key counted while a person left it void stays in that hour, though the person bills it later (money §3, §4)',
    {
      deploys: [deploy({ dimensions: [sold({ kind: 'unique', meter: 'calls' })] })],
      sent: [
        { time: '11-10T10:20', key: 'ann' },
        { time: '11-10T10:20', key: 'bob' },
        { time: '11-10T12:20', key: 'ann' },
      ],
      repairs: [
        repaired('void', { source: 'app', from: at('11-10T10:00'), to: at('11-10T11:00') }, '11-10T10:30'),
        repaired(
          'bill aside',
          { aside: { ...ASIDE, hour: at('11-10T10:00'), reason: 'voided' } },
          '11-10T15:30',
        ),
      ],
      records: [
        { hour: '11-10T12:00', units: 1 },
        { hour: '11-10T15:00', units: 1 },
      ],
    },
  ],
  [
    'a key that its month has billed is not billed for it again in the next (money §4: "No user is billed twice for one month")',
    {
      deploys: [deploy({ dimensions: [sold({ kind: 'unique', meter: 'calls' })] })],
      sent: [
        { time: '11-29T10:20', key: 'ann' },
        { time: '11-30T22:20', key: 'ann' },
        { time: '11-30T22:20', key: 'bob' },
      ],
      repairs: [
        repaired('void', { source: 'app', from: at('11-30T22:00'), to: at('11-30T23:00') }, '11-30T22:30'),
        repaired(
          'bill aside',
          { aside: { ...ASIDE, hour: at('11-30T22:00'), reason: 'voided' } },
          '12-01T07:30',
        ),
      ],
      records: [
        { hour: '11-29T10:00', units: 1 },
        { hour: '12-01T07:00', units: 1 },
      ],
      counted: { '2026-11': '1', '2026-12': '1' },
    },
  ],
  [
    'a key used before the activation is one of the month of the activation (money §5)',
    {
      deploys: [deploy({ dimensions: [sold({ kind: 'unique', meter: 'calls' })] })],
      orders: [
        order({ activation: null }),
        order({ version: 2, takenAt: at('12-01T00:11'), activation: at('12-01T00:10') }),
      ],
      sent: [
        { time: '11-30T22:20', key: 'ann' },
        { time: '12-01T01:20', key: 'ann' },
      ],
      repairs: [
        repaired('void', { source: 'app', from: at('11-30T22:00'), to: at('11-30T23:00') }, '12-01T00:20'),
        repaired(
          'bill aside',
          { aside: { ...ASIDE, hour: at('11-30T22:00'), reason: 'voided' } },
          '12-01T04:30',
        ),
      ],
      records: [{ hour: '12-01T01:00', units: 1 }],
      counted: { '2026-11': '0', '2026-12': '1' },
    },
  ],
  [
    'a void of keys takes each as often as its source said it (money §9, §12)',
    {
      deploys: [deploy({ dimensions: [sold({ kind: 'unique', meter: 'calls' })] })],
      sent: [
        { time: '11-10T09:20', key: 'ann' },
        { time: '11-10T10:20', key: 'ann' },
        { time: '11-10T10:20', key: 'bob' },
        { time: '11-10T10:30', key: 'bob' },
      ],
      repairs: [
        repaired('void', { source: 'app', from: at('11-10T10:00'), to: at('11-10T11:00') }, '11-10T10:40'),
      ],
      records: [{ hour: '11-10T09:00', units: 1 }],
      asides: [['11-10T10:00', 'voided', '3']],
      counted: { '2026-11': '1' },
    },
  ],
  [
    'of a key set aside in two hours the first to come is one, also once a person has billed it (money §4, §12)',
    {
      deploys: [deploy({ dimensions: [sold({ kind: 'unique', meter: 'calls' })] })],
      sent: [
        { time: '11-30T10:20', at: '12-02T06:00', key: 'ann' },
        { time: '11-30T11:20', at: '12-02T06:00', key: 'ann' },
      ],
      repairs: [repaired('bill aside', { aside: ASIDE }, '12-03T10:30')],
      records: [{ hour: '12-03T10:00', units: 1 }],
      counted: { '2026-11': '0', '2026-12': '1' },
    },
  ],
  [
    'a void takes what a source said in those hours, not what is charged in them from before the activation (money §9)',
    {
      orders: [
        order({ activation: null }),
        order({ version: 2, takenAt: at('11-10T12:00'), activation: at('11-10T12:00') }),
      ],
      sent: [
        { time: '11-10T10:20', quantity: 3 },
        { time: '11-10T12:20', quantity: 5 },
      ],
      repairs: [
        repaired('void', { source: 'app', from: at('11-10T12:00'), to: at('11-10T13:00') }, '11-10T12:30'),
      ],
      records: [{ hour: '11-10T12:00', units: 3 }],
      asides: [['11-10T12:00', 'voided', '5']],
    },
  ],
  [
    'what a person wrote off while it was doubtful may be at AWS all the same (money §9)',
    {
      sent: [{ time: '11-10T10:20', quantity: 3 }],
      records: [{ hour: '11-10T10:00', units: 3, state: 'written off', atAws: true }],
      repairs: [
        {
          ...repaired('write off', { seen: { state: 'doubtful' } }, '11-11T10:30'),
          subject: `${LICENSE}|units|11-10T10:00`,
        },
      ],
    },
  ],
  [
    'a replay of a quantity counts it in its hour, which is all that is kept of its time (money §1)',
    {
      sent: [{ time: '11-10T10:45', at: '11-10T10:05', id: 'x', quantity: 3, told: 'ahead' }],
      repairs: [repaired('replay', { source: 'app', event: 'x' }, '11-10T10:20')],
      records: [{ hour: '11-10T10:00', units: 3 }],
      counted: { '2026-11': '3' },
    },
  ],
  [
    'a replay of what was refused as too old sets it aside, and counts nothing (money §1)',
    {
      sent: [{ time: '11-01T10:20', at: '12-06T10:20', id: 'x', quantity: 3, told: 'too-old' }],
      repairs: [repaired('replay', { source: 'app', event: 'x' }, '12-06T11:00')],
      asides: [['11-01T10:00', 'month-closed', '3']],
      counted: { '2026-11': '0' },
    },
  ],
]

const answerRows: readonly Row[] = [
  [
    'a repeated event is a duplicate, whatever its time (money §1)',
    {
      sent: [
        { time: '11-10T10:20', id: 'x', quantity: 3 },
        { time: '11-10T10:20', id: 'x', quantity: 3, at: '12-05T10:20', told: 'duplicate' },
      ],
      records: [{ hour: '11-10T10:00', units: 3 }],
    },
  ],
  [
    'the same id with another content is a conflict, also days later (money §1)',
    {
      sent: [
        { time: '11-10T10:20', id: 'x', quantity: 3 },
        { time: '11-10T10:20', id: 'x', quantity: 4, at: '11-19T10:20', told: 'conflict' },
      ],
      records: [{ hour: '11-10T10:00', units: 3 }],
    },
  ],
  [
    'an answer that was lost is made good by a duplicate (money §1)',
    {
      sent: [
        { time: '11-10T10:20', id: 'x', quantity: 3, told: null },
        { time: '11-10T10:20', id: 'x', quantity: 3, told: 'duplicate' },
      ],
      records: [{ hour: '11-10T10:00', units: 3 }],
      counted: { '2026-11': '3' },
    },
  ],
  [
    'usage older than 34 days or more than 5 minutes ahead is refused (money §1, §5)',
    {
      sent: [
        { time: '11-01T10:20', at: '12-05T10:20', quantity: 3 },
        { time: '11-01T10:19:59.999', at: '12-05T10:20', quantity: 4, told: 'too-old' },
        { time: '11-10T10:25', at: '11-10T10:20', quantity: 1 },
        { time: '11-10T10:25:00.001', at: '11-10T10:20', quantity: 1, told: 'ahead' },
      ],
      records: [{ hour: '11-10T10:00', units: 1 }],
      asides: [['11-01T10:00', 'month-closed', '3']],
    },
  ],
]

holdExact([...repairRows, ...answerRows])
