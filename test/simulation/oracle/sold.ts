/** What is sold and ordered in the histories made by hand. */
import type { Charge, Dimension, Plan } from '../../../shared/seller.ts'
import type { Deploy, OrderMade } from '../history.ts'
import { DAY, HOUR, MINUTE } from './calendar.ts'

/** A time of 2026, as `11-10T10:20`. */
export const at = (text: string): number => Date.parse(`2026-${text}Z`)

export const LICENSE = 'arn:aws:license-manager::294406891311:license:l-1'
export const OTHER = 'arn:aws:license-manager::294406891311:license:l-2'
export const ACCOUNT = '012345678901'

/** A dimension `units` fed by the meter `calls`, one unit a call, unless told otherwise. */
export const sold = (charge: Partial<Charge> = {}, more: Partial<Dimension> = {}): Dimension => ({
  key: 'units',
  title: 'Units',
  unit: 'Units',
  price: '0.10',
  metered: true,
  offered: true,
  ...more,
  charge: { kind: 'sum', meter: 'calls', ...charge } as Charge,
})

export const plan = (key: string, allowances: Plan['allowances']): Plan => ({
  key,
  title: key,
  features: [],
  limits: {},
  allowances,
})

export interface Sold {
  readonly dimensions?: readonly Dimension[]
  readonly plans?: readonly Plan[]
  readonly pricing?: Deploy['product']['pricing']
  readonly trial?: Deploy['product']['trial']
  readonly from?: number
  readonly config?: string
  readonly spike?: number
}

export const deploy = (what: Sold = {}): Deploy => ({
  from: what.from ?? 0,
  config: what.config ?? 'cfg_1',
  product: {
    key: 'skillsmith',
    code: 'code',
    pricing: what.pricing ?? 'subscription',
    dimensions: what.dimensions ?? [sold()],
    defaultPlan: what.plans?.[0]?.key ?? null,
    heartbeat: null,
    trial: what.trial ?? null,
  },
  plans: what.plans ?? [],
  timing: {
    latenessMs: 10 * MINUTE,
    freezeWithinMs: 20 * HOUR,
    monthGuardMs: 3 * HOUR,
    lateAcrossMonthsMs: DAY,
    expired: 'move',
    spike: what.spike ?? null,
  },
})

/** Active since 1 November 2026, 00:00. */
export const order = (more: Partial<OrderMade> = {}): OrderMade => ({
  version: 1,
  madeAt: at('11-01T00:00'),
  takenAt: at('11-01T00:00'),
  product: 'skillsmith',
  agreementStart: at('11-01T00:00'),
  activation: at('11-01T00:00'),
  life: 1,
  ending: null,
  end: null,
  identities: [{ fromHour: 0, region: 'us-east-1', kind: 'license', of: LICENSE, who: ACCOUNT }],
  kinds: [],
  plans: [],
  trial: null,
  amounts: {},
  predecessor: null,
  ...more,
})

/** Two configs: from 11:30 on the 10th a unit costs another price. */
export const REPRICED = [
  deploy(),
  deploy({ dimensions: [sold({}, { price: '0.20' })], from: at('11-10T11:30'), config: 'cfg_2' }),
]
