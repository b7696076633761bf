/** The Worker in production: fetch, scheduled, the Durable Objects; hands in the system's clock. No logic. */
import type { Clocks } from '../shared/clock.ts'
import { openWorker } from './entry.ts'
import { accessOf } from './metering/access.ts'
import { ledgerObject } from './metering/ledger-object.ts'
import { submitterObject } from './metering/submitter.ts'
import { seller } from './seller.ts'

const clocks: Clocks = { business: () => Date.now(), wall: () => Date.now() }

const pause = (ms: number): Promise<void> => scheduler.wait(ms)

export class Ledger extends ledgerObject({ clocks, seller, spreadMs: 30 * 60_000 }) {}
export class Submitter extends submitterObject({ clocks, ratePerSecond: 9, pause, access: accessOf }) {}

export default openWorker(clocks, 1)
