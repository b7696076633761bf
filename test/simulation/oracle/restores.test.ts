/** Ledgers that were set back, computed by hand: exact as they are; one unit more, or another rule broken, is named. */
import type { Row, Told } from './cases.ts'
import { holdExact, holdFound, type Wrong } from './exact.ts'
import { ACCOUNT, at, deploy, LICENSE, order, sold } from './sold.ts'

const DUE = 'Due = billed + open, parked, doubtful, written off (money §13)'

const restore = {
  to: at('11-10T11:00'),
  at: at('11-10T12:40'),
  checkedAt: at('11-10T12:40'),
  doneAt: at('11-10T12:45'),
  compared: 2,
  adopted: [`${LICENSE}|units|11-10T11:00`],
  corrected: [],
  settled: [],
  offered: [],
}
const back: Told = {
  restores: [restore],
  sent: [
    { time: '11-10T10:20', quantity: 3 },
    { time: '11-10T11:20', quantity: 4 },
  ],
  records: [
    { hour: '11-10T10:00', units: 3 },
    { hour: '11-10T11:00', units: 4 },
  ],
  counted: { '2026-11': '3' },
}

const rows: readonly Row[] = [
  [
    'what was forgotten and is at AWS is owed: it is not due by what is known (money §9)',
    { ...back, owed: 4 },
  ],
  [
    'later dues use up what is owed after a restore (money §9, §12)',
    {
      ...back,
      sent: [...(back.sent ?? []), { time: '11-10T13:20', quantity: 6 }],
      records: [...(back.records ?? []), { hour: '11-10T13:00', units: 2 }],
      counted: { '2026-11': '9' },
    },
  ],
  [
    'whether a record was a spike that went to AWS before a restore nobody can say: those it was held against are forgotten (money §5, §9)',
    {
      ...back,
      deploys: [deploy({ spike: 20 })],
      sent: [
        { time: '11-10T10:20', quantity: 3 },
        { time: '11-10T11:20', quantity: 61 },
      ],
      records: [
        { hour: '11-10T10:00', units: 3 },
        { hour: '11-10T11:00', units: 61 },
      ],
      calls: [
        {
          at: at('11-10T12:11'),
          region: 'us-east-1',
          records: [
            {
              of: LICENSE,
              who: ACCOUNT,
              dimension: 'units',
              timestamp: at('11-10T11:00'),
              quantity: 61,
            },
          ],
        },
      ],
      owed: 61,
    },
  ],
  [
    'a Ledger that was set back to before its orders is told the last of them: what only an earlier one said it does not know (money §7, §9)',
    {
      deploys: [
        deploy({ pricing: 'contract-with-consumption', dimensions: [sold({}, { includedFrom: 'seats' })] }),
      ],
      orders: [
        order({ amounts: { seats: '5' }, takenAgainAt: [restore.at + 1] }),
        order({
          version: 2,
          takenAt: at('11-10T09:00'),
          amounts: { seats: null },
          takenAgainAt: [restore.at + 1],
        }),
      ],
      restores: [{ ...restore, to: at('10-31T00:00'), adopted: [] }],
      sent: [{ time: '11-10T13:20', quantity: 6 }],
      counted: { '2026-11': '6' },
    },
  ],
  ...(['adopted', 'corrected'] as const).map((how): Row => [
    `a record that a restore ${how} does not wait for an amount that was known when it froze (money §3, §9)`,
    {
      deploys: [
        deploy({ pricing: 'contract-with-consumption', dimensions: [sold({}, { includedFrom: 'seats' })] }),
      ],
      orders: [
        order({ amounts: { seats: null } }),
        order({ version: 2, takenAt: at('11-10T11:10'), amounts: { seats: '0' } }),
        order({
          version: 3,
          takenAt: at('11-10T12:20'),
          amounts: { seats: null },
          takenAgainAt: [restore.at + 1],
        }),
      ],
      restores: [{ ...restore, adopted: [], corrected: [], [how]: restore.adopted }],
      sent: [{ time: '11-10T11:20', quantity: 4 }],
      records: [{ hour: '11-10T11:00', units: 4, frozenAt: '11-10T12:40' }],
      counted: { '2026-11': '0' },
      owed: 4,
    },
  ]),
]
holdExact(rows)

const wrong: readonly Wrong[] = [
  ['what went to AWS before a restore, and is forgotten for good', back, [DUE]],
  [
    'a restore that is never compared',
    { ...back, owed: 4, restores: [{ ...restore, doneAt: null }] },
    ['A restore is compared to its end (money §9)', DUE],
  ],
  [
    'an hour that freezes while a restore is compared',
    {
      ...back,
      owed: 4,
      records: [
        { hour: '11-10T10:00', units: 3, frozenAt: '11-10T12:42' },
        { hour: '11-10T11:00', units: 4 },
      ],
    },
    ['Nothing freezes until a restore is compared (money §9)'],
  ],
]
holdFound(wrong)
