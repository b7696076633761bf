/** The databases of all objects, made once a process and used again for every seed. */
import { err } from '../../../shared/result.ts'
import type { Home } from '../../../worker/metering/ports.ts'
import { openLedgerCore } from '../../../worker/metering/ledger-core.ts'
import { openSubmitterCore } from '../../../worker/metering/submitter-core.ts'
import { submitterName } from '../../../worker/metering/terms.ts'
import type { EdgeView } from '../../../shared/seller/views.ts'
import { BUYERS_MAX, subscriptionOf } from '../worlds/draw.ts'
import { REGIONS } from '../worlds/sold.ts'
import { openStore, type Store } from './store.ts'

/** What keys of `unique` are hashed under: any secret, the same in every seed. */
export const KEY_SECRET = 'simulation'.padEnd(43, '0')

export interface Pool {
  ledger(slot: number): Store
  submitter(place: number): Store
  /** Resolves when the seed before has ended: also one whose test has given up waiting for it. */
  begin(): Promise<void>
  /** The end of the seed that began last. */
  end(): void
}

/** Lays the tables of every object by opening its core once, outside of any seed. */
export async function openPool(sold: EdgeView): Promise<Pool> {
  const ledgers: Store[] = []
  for (let slot = 0; slot < BUYERS_MAX; slot++) {
    const store = openStore()
    const core = openLedgerCore(
      {
        ...homeOf(store, subscriptionOf(slot)),
        keySecret: KEY_SECRET,
        submitter: () => ({
          offer: async () => [],
          guard: async () => 0,
          letGo: async () => [],
          copiesOf: async () => ({ copies: [], next: null }),
          endCopies: async () => {},
        }),
        ledger: () => ({ giveMonth: async () => ({ kind: 'not-yet', why: 'no seed has begun' }) }),
        readModel: async () => {},
      },
      { seller: sold, spreadMs: 0 },
    )
    await core.status()
    ledgers.push(store)
  }
  const submitters: Store[] = []
  for (const region of REGIONS) {
    const store = openStore()
    const nobody = { settle: async () => [], runDue: async () => null }
    openSubmitterCore(
      {
        ...homeOf(store, submitterName(sold, region)),
        ledger: () => nobody,
        meter: () => err('nobody calls'),
        pause: async () => {},
      },
      { ratePerSecond: 9 },
    )
    submitters.push(store)
  }
  const all = [...ledgers, ...submitters]
  const storeAt = (stores: readonly Store[], place: number): Store => {
    const store = stores[place]
    if (store === undefined) throw new Error(`the pool has no ${place}th database`)
    return store
  }
  let free = Promise.resolve()
  let release = (): void => {}
  return {
    ledger: (slot) => storeAt(ledgers, slot),
    submitter: (place) => storeAt(submitters, place),
    async begin() {
      const before = free
      const { promise, resolve } = Promise.withResolvers<void>()
      free = promise
      await before
      release = resolve
      all.forEach((store) => store.begin())
    },
    end() {
      all.forEach((store) => store.end())
      release()
    },
  }
}

const homeOf = (store: Store, name: string): Home => ({
  name,
  sql: store.sql,
  alarm: { get: async () => null, set: async () => {}, delete: async () => {}, sync: async () => {} },
  clocks: { business: () => 0, wall: () => 0 },
  log: () => {},
})
