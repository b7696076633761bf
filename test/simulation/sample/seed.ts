/** One seed of the model of AWS's sample: the world, the faults and the far side that ours has, and another flow in the middle. */
import { HOUR_MS, hourOf, MINUTE_MS } from '../../../shared/hour.ts'
import type { EventAnswer } from '../../../shared/usage/event.ts'
import type { Coverage } from '../coverage.ts'
import { type Choice, openFaults } from '../faults.ts'
import type { ClientCall, History } from '../history.ts'
import { openRandom } from '../random.ts'
import { openAws } from '../runtime/aws.ts'
import { type Door, sendReport } from '../runtime/clients.ts'
import { marketOf } from '../runtime/market.ts'
import { awsHistory, deployOf } from '../runtime/show.ts'
import { openLoop } from '../runtime/time.ts'
import { openWeather } from '../runtime/weather.ts'
import { SELLER } from '../worlds/sold.ts'
import type { Buyer, World } from '../worlds/world.ts'
import { type Customer, type FlowWorld, runJob } from './flow.ts'
import { openTable, type Row, type Table } from './table.ts'

/** How long the sample is given to send what is left: as long as ours is. */
const DRAIN_MS = 60 * HOUR_MS
const LATEST_MS = 6 * HOUR_MS

export interface SampleRun {
  readonly history: History
  /** The table as it stands at the end. */
  readonly rows: readonly Row[]
}

/** Runs the model in `world`; what is judged is its history, like ours. */
export async function runSample(world: World, choice: Choice, coverage: Coverage): Promise<SampleRun> {
  const loop = openLoop(world.from - 2 * HOUR_MS)
  const faults = openFaults(world.seed, choice, new Set())
  const random = openRandom(world.seed, 'runtime')
  const dimensions = (world.sold[0].products[0]?.dimensions ?? []).map(({ key }) => key)
  const weather = openWeather(loop, faults, random, world, dimensions)
  const aws = openAws({
    seed: world.seed,
    time: loop,
    faults,
    random,
    weather,
    seller: SELLER,
    note: () => {},
    saw: (answer) => coverage.count('AWS answers', answer),
  })
  aws.do({ kind: 'set_view', view: marketOf(world) })
  if (weather.duplicateWord) aws.do({ kind: 'set_knobs', knobs: { identicalRetry: 'DuplicateRecord' } })

  const table = openTable()
  const agreements = new Map<number, string>()
  const customers = world.buyers.map((buyer) => customerOf(world, buyer, () => agreements.get(buyer.slot)))
  const flow: FlowWorld = {
    time: loop,
    faults,
    table,
    customers,
    send: (region, records, reply) => aws.send(region, records, reply),
  }
  for (const buyer of world.buyers)
    loop.at(buyer.subscribeAt, () => {
      const { product, account, licenseDelayMs } = buyer
      const arrival = aws.do<'subscribe'>({ kind: 'subscribe', product, account, licenseDelayMs })
      if (!arrival.ok) throw new Error(arrival.error.message)
      agreements.set(buyer.slot, arrival.value.agreementId)
      loop.at(loop.now() + buyer.licenseDelayMs + MINUTE_MS, () => aws.do({ kind: 'release_due' }))
    })

  const calls: ClientCall[][] = world.buyers.map(() => [])
  for (const report of world.reports) {
    const buyer = world.buyers[report.slot]
    const own = calls[report.slot]
    if (buyer === undefined || own === undefined) continue
    loop.at(report.at, () =>
      sendReport(
        {
          time: loop,
          faults,
          random,
          ledger: doorOf(table, buyer),
          ledgerClock: () => loop.now(),
          note: () => {},
          saw: () => {},
          lastSend: world.until + LATEST_MS,
        },
        report,
        own,
      ),
    )
  }
  const end = world.until + DRAIN_MS
  for (let hour = world.from; hour < end; hour += HOUR_MS) {
    const at = weather.cronFrom(hour) + (faults.hit('cron-late') ? random.whole(0, 20 * MINUTE_MS) : 0)
    loop.at(at, () => runJob(flow))
    if (faults.hit('cron-twice')) loop.at(at + random.whole(0, 5_000), () => runJob(flow))
  }
  loop.at(world.until + LATEST_MS + HOUR_MS, () => faults.stop())
  await loop.run(end, () => {})

  const history: History = {
    seed: world.seed,
    shape: 'side by side',
    deploys: [deployOf(world.sold[0], 0)],
    subscriptions: world.buyers.map((buyer) => ({
      subscription: buyer.subscription,
      account: buyer.account,
      orders: [
        orderOf(aws.state.agreements[agreements.get(buyer.slot) ?? '']?.activatedAt ?? world.from, world),
      ],
      calls: calls[buyer.slot] ?? [],
      repairs: [],
      shown: NOTHING_SHOWN,
    })),
    aws: awsHistory({ world, aws, lifecycles: [] }),
    endedAt: loop.now(),
  }
  return { history, rows: table.rows() }

  function customerOf(of: World, buyer: Buyer, agreementId: () => string | undefined): Customer {
    return {
      account: buyer.account,
      subscription: buyer.subscription,
      product: buyer.product,
      productCode: of.sold[0].products[0]?.code ?? '',
      region: buyer.region,
      identity() {
        const agreement = aws.state.agreements[agreementId() ?? '']
        if (agreement === undefined || agreement.activatedAt === null) return null
        const { licenseArn, account } = agreement
        return { kind: 'license', fromHour: hourOf(0), region: buyer.region, licenseArn, account }
      },
    }
  }
}

/** The application's write to the table: durable, and answered like a door that takes every event. */
const doorOf = (table: Table, buyer: Buyer): Door => ({
  async call(_from, _what, work, kept) {
    const answer = await work({
      async take(batch) {
        const events = 'events' in batch ? batch.events : batch
        for (const event of events) table.put(buyer.account, event)
        return events.map((): EventAnswer => ({ result: 'counted' }))
      },
    })
    kept?.()
    return answer
  },
})

/** The sample shows no records; what it has is in its table. */
const NOTHING_SHOWN: History['subscriptions'][number]['shown'] = {
  waiting: null,
  stopped: null,
  frozenUntil: null,
  records: [],
  months: [],
  findings: [],
}

const orderOf = (activation: number, world: World): History['subscriptions'][number]['orders'][number] => ({
  version: 1,
  madeAt: world.from - HOUR_MS,
  takenAt: world.from - HOUR_MS,
  product: world.sold[0].products[0]?.key ?? '',
  agreementStart: activation - MINUTE_MS,
  activation,
  life: 1,
  ending: null,
  end: null,
  identities: [{ fromHour: 0, region: 'us-east-1', kind: 'license', of: '', who: '' }],
  kinds: [],
  plans: [],
  trial: null,
  amounts: {},
  predecessor: null,
})
