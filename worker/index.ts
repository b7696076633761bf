/** The Worker in production: fetch, scheduled, the Durable Objects; hands in the system's clock. No logic. */
import type { Clocks } from '../shared/clock.ts'
import { MINUTE_MS } from '../shared/hour.ts'
import { openWorker } from './entry.ts'
import { identityObject } from './identity/object.ts'
import { accessOf, awsSettingsOf } from './metering/access.ts'
import { ledgerObject } from './metering/ledger-object.ts'
import { submitterObject } from './metering/submitter.ts'
import { submitterNames } from './metering/wake.ts'
import { auditObject } from './audit/object.ts'
import { seller } from './seller.ts'

const clocks: Clocks = { business: () => Date.now(), wall: () => Date.now() }
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** One subscription's usage and records. */
export class Ledger extends ledgerObject({ clocks, seller, spreadMs: 30 * MINUTE_MS }) {}

/** Everything that is sent for one AWS account and Region. Source: BatchMeterUsage, 10 calls a second (2026-11-21). */
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

export default openWorker({ clocks, queueWaitSeconds: 1, pause })
