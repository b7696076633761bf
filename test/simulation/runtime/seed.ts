/** One seed: the world is drawn, the objects are set up in it, time runs to its end, and what happened is written down. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../shared/hour.ts'
import type { EdgeView } from '../../../shared/seller/views.ts'
import { submitterName } from '../../../worker/metering/terms.ts'
import type { Coverage } from '../coverage.ts'
import { openFaults, type Choice, type Faults } from '../faults.ts'
import type { ClientCall, History } from '../history.ts'
import { openRandom } from '../random.ts'
import { SEATS, SEATS_BOUGHT } from '../worlds/contracts.ts'
import { SELLER } from '../worlds/sold.ts'
import type { Buyer, World } from '../worlds/world.ts'
import { openAws } from './aws.ts'
import { sendReport } from './clients.ts'
import { openCrons, quietCrons } from './crons.ts'
import { openLifecycle } from './lifecycle.ts'
import { openHomes } from './homes.ts'
import { type CrashPoint, type Platform, WORLD } from './objects.ts'
import type { Pool } from './pool.ts'
import { openReadModel, type ReadModel } from './read-model.ts'
import { compareReadModel } from './read-model-end.ts'
import { isQuiet } from './quiet.ts'
import { openOperator } from './operator.ts'
import { auditEach, bookmark, restore, type Restored } from './restores.ts'
import { ledgerOf, writeHistory } from './show.ts'
import { marketOf } from './market.ts'
import { openLoop, type Time } from './time.ts'
import { openWeather, type Weather } from './weather.ts'

/** How long after the last usage a seed goes on, so that everything freezes, is sent and is settled. */
const DRAIN_MS = 60 * HOUR_MS
/** Nothing is sent for the first time this long after the last usage. */
const LATEST_MS = 6 * HOUR_MS

/** How often it is asked whether everything has come to its end. */
const QUIET_EVERY_MS = 4 * HOUR_MS

export interface SeedOptions {
  readonly choice: Choice
  /** Faults left out though they were drawn, as `name#occasion`. */
  readonly without?: ReadonlySet<string>
  /** Reports and changes left out, by their place in the world. */
  readonly withoutReports?: ReadonlySet<number>
  /** Called with each line of the trace: true time, and what happened. */
  readonly trace?: ((at: number, line: string) => void) | undefined
  readonly crashPoint?: ((point: CrashPoint) => boolean) | undefined
  /** Faults and weather put in place on purpose, where a scenario wants them and nowhere else. */
  readonly place?:
    | ((time: Time) => { readonly faults: Faults; readonly weather: Partial<Weather> })
    | undefined
}

export interface SeedRun {
  readonly history: History
  /** Faults that happened, as `name#occasion`. */
  readonly faults: readonly string[]
  /** What the log said as an error, each event once. */
  readonly errors: readonly string[]
  /** What the read model shows in the end: `subscription|dimension|day` to its row. */
  readonly days: ReturnType<ReadModel['days']>
  /** Where the read model shows something else than its Ledgers do; null: not compared, for the seed did not come to rest. */
  readonly readModel: readonly string[] | null
}

/** Two seeds of one pool run one after the other, whoever asks for them and when. */
export async function runSeed(
  pool: Pool,
  world: World,
  options: SeedOptions,
  coverage: Coverage,
): Promise<SeedRun> {
  await pool.begin()
  try {
    return await live(pool, world, options, coverage)
  } finally {
    pool.end()
  }
}

async function live(pool: Pool, world: World, options: SeedOptions, coverage: Coverage): Promise<SeedRun> {
  const start = Math.min(world.from, ...world.buyers.map((buyer) => buyer.subscribeAt)) - MINUTE_MS
  const end = world.until + DRAIN_MS
  const loop = openLoop(start)
  const placed = options.place?.(loop)
  const faults = placed?.faults ?? openFaults(world.seed, options.choice, options.without ?? new Set())
  const random = openRandom(world.seed, 'runtime')
  const trace = options.trace
  const note = (line: string): void => trace?.(loop.now(), line)
  const dimensions = world.sold[0].products[0]?.dimensions ?? []
  const drawn = openWeather(
    loop,
    faults,
    random,
    world,
    dimensions.map((dimension) => dimension.key),
  )
  const weather: Weather = { ...drawn, ...placed?.weather }
  const errors = new Set<string>()
  const crons = openCrons({ time: loop, faults, random, weather, end, run: cron })

  const platform: Platform = {
    time: loop,
    faults,
    random,
    note,
    trouble: () => crons.trouble(),
    crashPoint: options.crashPoint ?? null,
  }
  const aws = openAws({
    seed: world.seed,
    time: loop,
    faults,
    random,
    weather,
    seller: SELLER,
    note,
    saw: (answer) => coverage.count('AWS answers', answer),
  })
  aws.do({ kind: 'set_view', view: marketOf(world) })
  if (world.buyers.some(({ succeeds }) => succeeds?.how === 'renewed'))
    aws.do({ kind: 'set_knobs', knobs: { renewedLicense: 'new' } })
  if (weather.duplicateWord) aws.do({ kind: 'set_knobs', knobs: { identicalRetry: 'DuplicateRecord' } })

  let sold: EdgeView = world.sold[0]
  const log =
    (of: string) =>
    (level: 'info' | 'warn' | 'error', event: string, detail?: object): void => {
      if (level === 'error') errors.add(event)
      if (trace !== undefined && level !== 'info') note(`${of} logs ${event} ${JSON.stringify(detail ?? {})}`)
    }
  const readModel = openReadModel(loop, faults, random)
  const clockOf = (party: number): (() => number) => {
    const skew = weather.skewOf(party)
    return () => loop.now() + skew
  }

  const homes = openHomes({ platform, pool, world, aws, weather, readModel, clockOf, log, sold: () => sold })
  const { ledgers, submitters, submitterNamed, ran } = homes

  const inUse = new Set(world.buyers.map((buyer) => submitterNamed(submitterName(sold, buyer.region))))

  const contract =
    world.sold[0].products[0]?.pricing === 'subscription'
      ? null
      : { dimension: SEATS, quantity: SEATS_BOUGHT }
  const lifecycles: ReturnType<typeof openLifecycle>[] = world.buyers.map((buyer) =>
    openLifecycle({
      time: loop,
      faults,
      random,
      aws,
      buyer,
      former: () => (buyer.succeeds === undefined ? undefined : lifecycles[buyer.succeeds.slot]?.agreement()),
      predecessor: world.buyers[buyer.succeeds?.slot ?? -1]?.subscription ?? null,
      contract,
      productCode: world.sold[0].products[0]?.code ?? '',
      ledger: at(ledgers, buyer.slot),
      submitter: submitterNamed(submitterName(sold, buyer.region)),
      ledgerClock: clockOf(buyer.slot),
      note,
      watch: watchAws,
      trouble: platform.trouble,
    }),
  )

  const operators = world.buyers.map((buyer) =>
    openOperator({
      time: loop,
      random,
      aws,
      buyer,
      ledger: at(ledgers, buyer.slot),
      note,
      saw: (answer) => coverage.count('operator answers', answer),
    }),
  )

  function watchAws(): void {
    const due = aws.state.pending[0]?.due
    if (due === undefined) return
    loop.at(due, () => {
      aws.do({ kind: 'release_due' })
      for (const lifecycle of lifecycles) lifecycle.hear()
      const next = aws.state.pending[0]?.due
      if (next !== undefined && next > loop.now()) watchAws()
    })
  }

  /** What each minute's cron does (worker/metering/wake.ts): each part whatever becomes of the others. */
  async function cron(): Promise<boolean> {
    note('cron')
    await Promise.all(lifecycles.map((lifecycle) => lifecycle.deliver()))
    let done = true
    for (const submitter of inUse) {
      try {
        await submitter.call(WORLD, 'run by cron', (core) => core.runDue(loop.now()))
        await submitter.call(WORLD, 'visit by cron', (core) => core.visit(50))
      } catch {
        done = false
      }
    }
    return done
  }

  const restored: Record<number, Restored> = {}
  const calls: ClientCall[][] = world.buyers.map(() => [])
  for (const buyer of world.buyers) {
    loop.at(buyer.subscribeAt, () => at(lifecycles, buyer.slot).subscribe())
    if (buyer.end !== null) scheduleEnd(buyer)
  }
  for (const [place, report] of world.reports.entries()) {
    if (options.withoutReports?.has(place) === true) continue
    loop.at(report.at, () =>
      sendReport(
        {
          time: loop,
          faults,
          random,
          ledger: at(ledgers, report.slot),
          ledgerClock: clockOf(report.slot),
          note,
          saw: (answer) => coverage.count('door answers', answer),
          lastSend: world.until + LATEST_MS,
        },
        report,
        at(calls, report.slot),
      ),
    )
  }
  for (const planned of world.restores ?? []) scheduleRestore(planned)
  for (const { at: when, slot, act } of world.visits)
    loop.at(when, () => {
      const operator = at(operators, slot)
      void (act === undefined ? operator.look() : operator.insist(act))
    })
  for (const change of world.changes) loop.at(change.at, () => at(lifecycles, change.slot).learn(change))
  for (const when of quietCrons(world.from, end)) crons.at(when)
  if (weather.deployAt !== null)
    loop.at(weather.deployAt, () => {
      note('a new config is deployed')
      sold = world.sold[1]
      for (const object of [...ledgers, ...submitters])
        loop.at(loop.now() + random.whole(0, 5 * MINUTE_MS), () => object.evict())
      crons.trouble()
    })
  if (weather.restoreAt !== null) {
    loop.at(weather.restoreAt - 6 * HOUR_MS, () => readModel.snapshot())
    loop.at(weather.restoreAt, () => {
      note('the read model is set back')
      readModel.restore()
      void auditEach({ time: loop }, ledgers)
    })
  }
  loop.at(world.until + LATEST_MS + HOUR_MS, () => faults.stop())

  const objects = [...ledgers, ...submitters]
  const settle = (): void => objects.forEach((object) => object.settle())
  let quiet = false
  for (let until = world.until + LATEST_MS + 2 * HOUR_MS; ; until += QUIET_EVERY_MS) {
    await loop.run(Math.min(until, end), settle)
    quiet = isQuiet(world, pool, objects, lifecycles, loop.now(), weather.lastsUntil)
    if (until >= end || quiet) break
  }
  const history = writeHistory({
    world,
    pool,
    ran,
    aws,
    lifecycles,
    operators,
    restored,
    calls,
    endedAt: loop.now(),
    weather,
  })
  const differences = world.buyers.flatMap((buyer) =>
    compareReadModel(
      readModel,
      buyer.subscription,
      ledgerOf({ world, pool, ran }, buyer),
      start - 41 * DAY_MS,
      loop.now(),
    ),
  )
  return {
    history,
    faults: faults.happened(),
    errors: [...errors],
    days: readModel.days(),
    readModel: quiet ? differences : null,
  }

  function scheduleRestore({ slot, to, at: when }: NonNullable<World['restores']>[number]): void {
    const one = {
      time: loop,
      ledger: at(ledgers, slot),
      submitters: [...inUse],
      lifecycle: at(lifecycles, slot),
      operator: at(operators, slot),
      ledgerClock: clockOf(slot),
      note,
      restored: (done: Restored) => void (restored[slot] = done),
    }
    loop.at(to, () => {
      const marked = bookmark(one)
      loop.at(when, () => void restore(one, `restore-${slot}`, marked))
    })
  }

  function scheduleEnd(buyer: Buyer): void {
    if (buyer.end === null) return
    const { at: when, deprovisionedAfterMs } = buyer.end
    loop.at(when, () => {
      aws.do({ kind: 'set_knobs', knobs: { deprovisionedDelayMs: deprovisionedAfterMs ?? 31_000 } })
      at(lifecycles, buyer.slot).cancel()
    })
  }
}

function at<T>(list: readonly T[], place: number): T {
  const item = list[place]
  if (item === undefined) throw new Error(`there is nothing at ${place}`)
  return item
}
