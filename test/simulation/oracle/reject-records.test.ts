/** Histories with one thing wrong between the records and AWS's bill: the oracle must name the rule that was broken. */
import type { AwsRecord, History } from '../history.ts'
import type { Rec } from './cases.ts'
import { holdFound, type Wrong } from './exact.ts'
import { ACCOUNT, at, LICENSE, REPRICED } from './sold.ts'

const DUE = 'Due = billed + open, parked, doubtful, written off (money §13)'

const three = { sent: [{ time: '11-10T10:20', quantity: 3 }], records: [{ hour: '11-10T10:00', units: 3 }] }

const awsRecord = (more: Partial<AwsRecord>): AwsRecord => ({
  id: 'm-x',
  region: 'us-east-1',
  kind: 'license',
  of: LICENSE,
  account: ACCOUNT,
  subscription: 'sub_1',
  dimension: 'units',
  hour: at('11-10T10:00'),
  timestamp: at('11-10T10:00'),
  quantity: 3,
  acceptedAt: at('11-10T11:20'),
  by: 'us',
  ...more,
})

const call = (quantity: number, timestamp: number): History['aws']['calls'][number] => ({
  at: at('11-10T11:20'),
  region: 'us-east-1',
  records: [{ of: LICENSE, who: ACCOUNT, dimension: 'units', timestamp, quantity }],
})

const moved: readonly Rec[] = [
  { hour: '11-10T10:00', units: 3, state: 'moved' },
  { hour: '11-12T10:00', units: 5, moved: ['11-10T10:00', 3] },
]
const twoDays = [
  { time: '11-10T10:20', quantity: 3 },
  { time: '11-12T10:20', quantity: 2 },
]

const wrong: readonly Wrong[] = [
  [
    'a record that AWS has twice',
    { ...three, bill: [awsRecord({})] },
    ['AWS has at most one record for an identity, dimension and hour (money §12)'],
  ],
  [
    'the same usage under the product code beside the license',
    { ...three, bill: [awsRecord({ kind: 'product', of: 'code' })] },
    [
      'No product, account and hour has two kinds of identity (money §10)',
      'What AWS bills is a record of ours (money §12)',
    ],
  ],
  [
    'a record of AWS that nobody froze',
    { bill: [awsRecord({})] },
    ['What AWS bills is a record of ours (money §12)'],
  ],
  [
    'another quantity at AWS than was frozen',
    { ...three, records: [{ hour: '11-10T10:00', units: 3, atAws: 2 }] },
    ['AWS bills the quantity that was frozen (money §5)'],
  ],
  [
    'a quantity that was computed again for the retry',
    { ...three, calls: [call(3, at('11-10T10:00')), call(4, at('11-10T10:00'))] },
    ['A quantity has one value for ever (money §12)'],
  ],
  [
    'a stamp that moved within its hour for the retry',
    { ...three, calls: [call(3, at('11-10T10:00')), call(3, at('11-10T10:30'))] },
    ['A quantity has one value for ever (money §12)'],
  ],
  [
    'a record shown as billed that AWS has not',
    { ...three, records: [{ hour: '11-10T10:00', units: 3, atAws: false }] },
    ['What is shown as billed is on the bill of AWS (money §8)'],
  ],
  [
    'a record parked that AWS bills',
    { ...three, records: [{ hour: '11-10T10:00', units: 3, state: 'parked', reason: 'ended', atAws: true }] },
    ['A record at AWS is not called unbilled (money §8)'],
  ],
  [
    'a record moved that AWS had after all: it is billed twice',
    { sent: twoDays, records: moved.map((each) => ({ ...each, atAws: true })) },
    ['A record at AWS is not called unbilled (money §8)'],
  ],
  [
    'a moved record that nothing brings in',
    { sent: twoDays, records: [{ hour: '11-10T10:00', units: 3, state: 'written off' }] },
    [DUE],
  ],
  [
    'a moved record brought in with another quantity',
    {
      sent: twoDays,
      records: [...moved.slice(0, 1), { hour: '11-12T10:00', units: 4, moved: ['11-10T10:00', 2] }],
    },
    ['An adjustment brings in one moved record, never across a cut of price (money §9)', DUE],
  ],
  [
    'a record moved across a cut of price',
    {
      deploys: REPRICED,
      sent: twoDays,
      records: moved,
    },
    ['An adjustment brings in one moved record, never across a cut of price (money §9)', DUE],
  ],
]

holdFound(wrong)
