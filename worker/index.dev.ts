/** The Worker in development: business time is a stair that only the simulator's stepper moves. No logic. */
import { DurableObject, env } from 'cloudflare:workers'
import type { Clocks } from '../shared/clock.ts'
import { openWorker } from './entry.ts'

const seed = Number(Reflect.get(env, 'DEV_BUSINESS_TIME') ?? Date.now())
let business = Number.isSafeInteger(seed) ? seed : Date.now()

const clocks: Clocks = { business: () => business, wall: () => Date.now() }

export class Ledger extends DurableObject<Env> {}
export class Submitter extends DurableObject<Env> {}

export default openWorker(clocks, 0)
