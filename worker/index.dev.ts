/** The Worker in development: business time is a stair that only the simulator's stepper moves. No logic. */
import { env } from 'cloudflare:workers'
import type { Clocks } from '../shared/clock.ts'
import { devRoutes } from './dev.ts'
import { openWorker } from './entry.ts'
import { identityObject } from './identity/object.ts'
import { accessOf, awsSettingsOf } from './metering/access.ts'
import { ledgerObject } from './metering/ledger-object.ts'
import { submitterObject } from './metering/submitter.ts'
import { submitterNames } from './metering/wake.ts'
import { auditObject } from './audit/object.ts'
import { seller } from './seller.ts'

const seed = Number(Reflect.get(env, 'DEV_BUSINESS_TIME'))
let business = Number.isSafeInteger(seed) && seed > 0 ? seed : Date.now()

const clocks: Clocks = { business: () => business, wall: () => Date.now() }
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

export class Ledger extends ledgerObject({ clocks, seller, spreadMs: 0 }) {}
export class Submitter extends submitterObject({
  clocks,
  ratePerSecond: 9,
  timing: seller.timing,
  pause,
  access: (env) => accessOf(env, clocks.wall),
  siblings: (env) => submitterNames({ settings: { db: env.DB }, seller }),
}) {}

/** Who did what that is no one Ledger's. */
export class Audit extends auditObject({ clocks }) {}

/** Who the Worker is to AWS. */
export class Identity extends identityObject({ clocks, pause, access: awsSettingsOf }) {}

export default openWorker({
  clocks,
  queueWaitSeconds: 0,
  localReceivers: true,
  extend: ({ app, edge }) =>
    app.route(
      '/__dev',
      devRoutes(edge, (now) => {
        business = Math.max(business, now)
      }),
    ),
})
