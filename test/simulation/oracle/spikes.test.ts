/** Spikes, computed by hand: exact as they are; one unit more, or another rule broken, is named. */
import type { History } from '../history.ts'
import type { Row } from './cases.ts'
import { holdExact, holdFound, type Wrong } from './exact.ts'
import { ACCOUNT, at, deploy, LICENSE } from './sold.ts'

const usual = { time: '11-10T10:20', quantity: 2 }
const high = { time: '11-10T12:20', quantity: 41 }
const first = { hour: '11-10T10:00', units: 2 }
const spiky = [deploy({ spike: 20 })]
const callAt = (when: string): History['aws']['calls'][number] => ({
  at: at(when),
  region: 'us-east-1',
  records: [{ of: LICENSE, who: ACCOUNT, dimension: 'units', timestamp: at('11-10T12:00'), quantity: 41 }],
})
const acted = (kind: 'release' | 'write off', when: string, act: object) => [
  { at: at(when), kind, subject: `${LICENSE}|units|11-10T12:00`, act: JSON.stringify(act) },
]

const spikes: readonly Row[] = [
  [
    'a spike goes to AWS when a quarter of its window is left (money §5)',
    {
      deploys: spiky,
      sent: [usual, high],
      records: [first, { hour: '11-10T12:00', units: 41 }],
      calls: [callAt('11-11T06:00')],
    },
  ],
  [
    'a spike goes to AWS as soon as a person lets it (money §5)',
    {
      deploys: spiky,
      sent: [usual, high],
      records: [first, { hour: '11-10T12:00', units: 41 }],
      repairs: acted('release', '11-10T15:00', { what: { kind: 'spike' } }),
      calls: [callAt('11-10T15:01')],
    },
  ],
  [
    'twenty times the highest of seven days is no spike yet, and nothing is one where nothing was before (money §5)',
    {
      deploys: spiky,
      sent: [
        { time: '11-02T10:20', quantity: 1 },
        { ...usual, quantity: 30 },
        { ...high, quantity: 600 },
      ],
      records: [
        { hour: '11-02T10:00', units: 1 },
        { hour: '11-10T10:00', units: 30 },
        { hour: '11-10T12:00', units: 600 },
      ],
      calls: [callAt('11-10T13:11')],
    },
  ],
  [
    'a spike that a person writes off is never sent, and counts as shown (money §5, §9)',
    {
      deploys: spiky,
      sent: [usual, high],
      records: [first, { hour: '11-10T12:00', units: 41, state: 'written off' }],
      repairs: acted('write off', '11-10T15:00', { seen: { state: 'waiting' } }),
    },
  ],
  [
    'a spike of usage that a person voids while it is open is none (money §9)',
    {
      deploys: spiky,
      sent: [usual, high],
      repairs: [
        {
          at: at('11-10T12:30'),
          kind: 'void',
          subject: 'app',
          act: JSON.stringify({ source: 'app', from: at('11-10T12:00'), to: at('11-10T13:00') }),
        },
      ],
      records: [first],
      asides: [['11-10T12:00', 'voided', '41']],
    },
  ],
]
holdExact(spikes)

const SPIKE = 'A spike waits for a person until a quarter of its window is left (money §5)'

const wrong: readonly Wrong[] = [
  [
    'a spike sent before anybody saw it',
    {
      deploys: spiky,
      sent: [usual, high],
      records: [first, { hour: '11-10T12:00', units: 41 }],
      calls: [callAt('11-10T13:11')],
    },
    [SPIKE],
  ],
  [
    'a spike that is held for ever',
    {
      deploys: spiky,
      sent: [usual, high],
      records: [first, { hour: '11-10T12:00', units: 41, state: 'waiting', heldUntil: '11-11T06:00' }],
    },
    ['A spike is sent when a quarter of its window is left (money §5)'],
  ],
  [
    'a record held that is no spike',
    {
      deploys: spiky,
      sent: [usual],
      records: [{ ...first, state: 'waiting', heldUntil: '11-11T06:00' }],
    },
    ['Only a spike waits for a person (money §5)'],
  ],
  [
    'a spike sent after a person wrote it off',
    {
      deploys: spiky,
      sent: [usual, high],
      records: [first, { hour: '11-10T12:00', units: 41, state: 'written off' }],
      repairs: acted('write off', '11-10T15:00', { seen: { state: 'waiting' } }),
      calls: [callAt('11-11T06:00')],
    },
    ['A spike that is written off is never sent (money §5)'],
  ],
  [
    'a waiting record written off that is no spike',
    {
      deploys: [deploy()],
      sent: [high],
      records: [{ hour: '11-10T12:00', units: 41, state: 'written off' }],
      repairs: acted('write off', '11-10T15:00', { seen: { state: 'waiting' } }),
    },
    ['Only a spike is written off while it waits (money §5)'],
  ],
]
holdFound(wrong)
