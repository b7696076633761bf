/** The Worker in production: fetch, scheduled, the Durable Objects; hands in the system's clock. No logic. */
import { DurableObject } from 'cloudflare:workers'
import type { Clocks } from '../shared/clock.ts'
import { openWorker } from './entry.ts'

const clocks: Clocks = { business: () => Date.now(), wall: () => Date.now() }

export class Ledger extends DurableObject<Env> {}
export class Submitter extends DurableObject<Env> {}

export default openWorker(clocks, 1)
