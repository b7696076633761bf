/** The objects of a seed: the cores of the Worker over the virtual platform, with calls to one another and to AWS. */
import { MINUTE_MS } from '../../../shared/hour.ts'
import { err, ok } from '../../../shared/result.ts'
import type { EdgeView } from '../../../shared/seller/views.ts'
import type { Sql } from '../../../shared/sql.ts'
import { openLedgerCore, type LedgerCore } from '../../../worker/metering/ledger-core.ts'
import type { Home } from '../../../worker/metering/ports.ts'
import { openSubmitterCore, type SubmitterCore } from '../../../worker/metering/submitter-core.ts'
import { submitterName } from '../../../worker/metering/terms.ts'
import { REGIONS } from '../worlds/sold.ts'
import type { World } from '../worlds/world.ts'
import type { Aws } from './aws.ts'
import { openObject, type Platform, type VirtualObject } from './objects.ts'
import { KEY_SECRET, type Pool } from './pool.ts'
import type { ReadModel } from './read-model.ts'
import type { Ran } from './show.ts'
import type { Weather } from './weather.ts'

/** Over how long the offers of an hour are spread. */
const SPREAD_MS = 30 * MINUTE_MS

/** The Submitters' place among the parties that have a clock; a Ledger's is its buyer's slot. */
const FIRST_SUBMITTER = 8

export interface HomesWorld {
  readonly platform: Platform
  readonly pool: Pool
  readonly world: World
  readonly aws: Aws
  readonly weather: Weather
  readonly readModel: ReadModel
  readonly clockOf: (party: number) => () => number
  readonly log: (of: string) => Home['log']
  /** What is deployed at present. */
  readonly sold: () => EdgeView
}

export interface Homes {
  /** By the buyer's slot. */
  readonly ledgers: readonly VirtualObject<LedgerCore>[]
  readonly submitters: readonly VirtualObject<SubmitterCore>[]
  readonly submitterNamed: (name: string) => VirtualObject<SubmitterCore>
  /** By the buyer's slot: under which configs its Ledger ran. */
  readonly ran: readonly Ran[]
}

export function openHomes(homes: HomesWorld): Homes {
  const { platform, pool, world, aws, weather, readModel, clockOf, log, sold } = homes
  const { time } = platform
  const ran: Ran[] = world.buyers.map(() => ({ under: [] }))
  const ledgers = world.buyers.map((buyer): VirtualObject<LedgerCore> => {
    const clock = clockOf(buyer.slot)
    const store = pool.ledger(buyer.slot)
    const under = ran[buyer.slot]?.under ?? []
    return openObject(
      platform,
      `ledger ${buyer.slot}`,
      store,
      () => weather.skewOf(buyer.slot),
      (inside) => {
        const seller = sold()
        const noteRun = (): void => {
          const at = clock()
          inside.kept(() => {
            if (under.at(-1)?.seller !== seller) under.push({ seller, at })
          })
        }
        return openLedgerCore(
          {
            name: buyer.subscription,
            sql: telling(inside.sql, noteRun),
            alarm: inside.alarm,
            clocks: { business: clock, wall: clock },
            log: log(`ledger ${buyer.slot}`),
            keySecret: KEY_SECRET,
            submitter: (name) => ({
              offer: (records) =>
                submitterNamed(name).call(inside, `offer of ${records.length}`, (core) =>
                  core.offer(records),
                ),
              guard: (month) => submitterNamed(name).call(inside, 'guard', (core) => core.guard(month)),
              letGo: (asked) =>
                submitterNamed(name).call(inside, `letting go of ${asked.length}`, (core) =>
                  core.letGo(asked),
                ),
              copiesOf: (subscription, after, limit) =>
                submitterNamed(name).call(inside, `copies of ${subscription}`, (core) =>
                  core.copiesOf(subscription, after, limit),
                ),
              endCopies: (subscription, settlements) =>
                submitterNamed(name).call(inside, `ending ${settlements.length} copies`, (core) =>
                  core.endCopies(subscription, settlements),
                ),
            }),
            ledger: (subscription) => ({
              giveMonth: (successor, ask) =>
                ledgerNamed(subscription).call(inside, 'month given', (core) =>
                  core.giveMonth(successor, ask),
                ),
            }),
            readModel: (subscription, changes) => readModel.write(inside, subscription, changes),
          },
          { seller, spreadMs: SPREAD_MS },
        )
      },
    )
  })

  const submitters = new Map<string, VirtualObject<SubmitterCore>>()
  for (const [i, region] of REGIONS.entries()) {
    const name = submitterName(world.sold[0], region)
    const party = FIRST_SUBMITTER + i
    const clock = clockOf(party)
    submitters.set(
      name,
      openObject(
        platform,
        `submitter ${region}`,
        pool.submitter(i),
        () => weather.skewOf(party),
        (inside) =>
          openSubmitterCore(
            {
              name,
              sql: inside.sql,
              alarm: inside.alarm,
              clocks: { business: clock, wall: clock },
              log: log(`submitter ${region}`),
              ledger: (subscription) => ({
                settle: (settlements) =>
                  ledgerNamed(subscription).call(inside, `settle of ${settlements.length}`, (core) =>
                    core.settle(settlements),
                  ),
                runDue: () => ledgerNamed(subscription).call(inside, 'visit', (core) => core.runDue()),
              }),
              meter: () =>
                weather.withoutCredentials()
                  ? err('the credentials have expired')
                  : ok(
                      (of, records) =>
                        new Promise((resolve) =>
                          inside.send(
                            () =>
                              aws.send(of, records, (answer) => {
                                if (inside.alive()) resolve(answer)
                              }),
                            'call of AWS',
                          ),
                        ),
                    ),
              pause: (ms) =>
                new Promise((resolve) =>
                  time.at(time.now() + ms, () => {
                    if (inside.alive()) resolve()
                  }),
                ),
            },
            { ratePerSecond: 9 },
          ),
      ),
    )
  }
  const ledgerNamed = (subscription: string): VirtualObject<LedgerCore> => {
    const ledger = ledgers[world.buyers.findIndex((buyer) => buyer.subscription === subscription)]
    if (ledger === undefined) throw new Error(`there is no ledger ${subscription}`)
    return ledger
  }
  const submitterNamed = (name: string): VirtualObject<SubmitterCore> => {
    const submitter = submitters.get(name)
    if (submitter === undefined) throw new Error(`there is no submitter ${name}`)
    return submitter
  }

  return { ledgers, submitters: [...submitters.values()], submitterNamed, ran }
}

/** The same, and `told` inside each transaction, before it is durable. */
const telling = (sql: Sql, told: () => void): Sql => ({
  ...sql,
  transaction: (work) =>
    sql.transaction(() => {
      const done = work()
      told()
      return done
    }),
})
