/** Two licenses of which the second renews the first, for the tests of the oracle: handed over on 10 November at 13:10. */
import type { Deploy } from '../history.ts'
import type { Told } from './cases.ts'
import { ACCOUNT, at, deploy, order, OTHER, sold } from './sold.ts'

export const THIRD = 'arn:aws:license-manager::294406891311:license:l-3'
export const NOVEMBER = at('11-01T00:00')
export const renewed = order({
  takenAt: at('11-10T12:02'),
  agreementStart: at('11-10T12:00'),
  activation: at('11-10T12:02'),
  predecessor: 'sub_1',
  identities: [{ fromHour: 0, region: 'us-east-1', kind: 'license', of: OTHER, who: ACCOUNT }],
})
export const given = { to: 'sub_2', life: 1, month: NOVEMBER, at: at('11-10T13:10') }
export const taken = {
  life: 1,
  from: 'sub_1',
  state: 'taken',
  since: at('11-10T12:02'),
  month: NOVEMBER,
  decidedAt: at('11-10T13:11'),
  why: null,
} as const
export const alone = {
  ...taken,
  state: 'alone',
  month: null,
  decidedAt: at('11-11T00:03'),
  why: 'silent',
} as const

export const pair = (former: Told, next: Told): readonly Told[] => [
  { subscription: 'sub_1', given, ...former },
  { subscription: 'sub_2', orders: [renewed], taken: [taken], ...next },
]
export const of = (charge: Parameters<typeof sold>[0]): readonly Deploy[] => [
  deploy({ dimensions: [sold(charge)] }),
]
