/** The Ledger's object without its home: takes, runs, hands over, projects. No rules of its own: `shared/ledger` has them. */
import type { Month } from '../../shared/hour.ts'
import type { Accounts } from '../../shared/ledger/accounts.ts'
import {
  openLedger,
  type Acknowledged,
  type Batch,
  type Finding,
  type Ledger,
  type LedgerStatus,
  type MonthUsage,
  type RecordRow,
  type RecordsPage,
} from '../../shared/ledger/ledger.ts'
import type { Order } from '../../shared/ledger/order.ts'
import type { Settlement } from '../../shared/submission/record.ts'
import { isSubscriptionId, type SubscriptionId } from '../../shared/subscription.ts'
import type { EventAnswer, UsageEvent } from '../../shared/usage/event.ts'
import { messageOf } from '../log.ts'
import { openBooks, type Books } from './books.ts'
import { openDangers, type Dangers } from './danger.ts'
import { openGuards, type Guards } from './guard.ts'
import { handOver, offerTimes, type Spread } from './hand-over.ts'
import type { LedgerHome } from './ports.ts'
import { openProjecting } from './projecting.ts'
import { ledgerRepairs, type RepairCalls } from './repair.ts'
import { openRunner, type Outcome } from './runner.ts'
import { openSilences, type Silences } from './silence.ts'
import { type GiveCalls, takeOverMonth } from './take-over.ts'
import { ledgerTermsOf, submitterName } from './terms.ts'

/** What can be asked of a Ledger from outside. What it answers is durable. */
export interface LedgerCalls extends RepairCalls, GiveCalls {
  take(events: Batch | readonly UsageEvent[]): Promise<EventAnswer[]>
  recall(events: readonly UsageEvent[]): Promise<('duplicate' | 'conflict' | null)[]>
  order(order: Order): Promise<void>
  settle(settlements: readonly Settlement[]): Promise<Acknowledged[]>
  /** Does what is due at business time, or `now` if that is later; what fails is done again. Answers the next wake. */
  runDue(now?: number): Promise<number | null>
  nextWake(): Promise<number | null>
  status(): Promise<LedgerStatus>
  usage(month: Month): Promise<MonthUsage>
  records(page: RecordsPage): Promise<RecordRow[]>
  audit(): Promise<Finding[]>
  accounts(): Promise<Accounts>
}

export interface LedgerCore extends LedgerCalls {
  /** Runs what is due; never throws. */
  alarm(): Promise<void>
}

interface Opened {
  readonly subscription: SubscriptionId
  readonly ledger: Ledger
  readonly guards: Guards
  readonly dangers: Dangers
  readonly silences: Silences
  readonly books: Books
  /** With what the guards say in its timing. */
  readonly spread: Spread
}

/** What came up during a run is done in the same run, so often at most; then a second later. */
const PASSES_MAX = 3

/** Opens the object over its own database. Dropping it at any await and opening it again loses nothing. */
export function openLedgerCore(home: LedgerHome, options: Spread): LedgerCore {
  const { sql, clocks } = home
  sql.script(
    'create table if not exists object (id integer primary key check (id = 1), subscription text not null) strict',
  )
  const readModel = openProjecting(sql, (subscription, changes) => home.readModel(subscription, changes))
  let opened: Opened | undefined

  /** The engine; opened at the first use, for an object learns its name with its first call. */
  const open = (): Opened => {
    if (opened !== undefined) return opened
    const [known] = sql.all<{ subscription: string }>('select subscription from object')
    // An object that an alarm wakes may not be told its own name.
    const name = known?.subscription ?? home.name
    if (name === undefined || !isSubscriptionId(name))
      throw new Error(`${name} is no subscription: a Ledger is named by one`)
    if (known === undefined) sql.all('insert into object (id, subscription) values (1, ?)', name)
    const guards = openGuards(sql, name, options.seller.timing)
    const timing = { ...options.seller.timing, guards: guards.known }
    const spread = { ...options, seller: { ...options.seller, timing } }
    opened = {
      subscription: name,
      ledger: openLedger(sql, ledgerTermsOf(spread.seller, name, home.keySecret)),
      guards,
      dangers: openDangers(sql, name),
      silences: openSilences(sql, name),
      books: openBooks(sql),
      spread,
    }
    return opened
  }

  /** The earliest of: what the engine waits for, the guard to ask for, alarms, offers, what the read model lacks. */
  function due(now: number): number | null {
    const { ledger, subscription, dangers, spread } = open()
    const wakes = [
      engineWake(),
      dangers.next(ledger.dangers()),
      ...offerTimes(ledger, subscription, spread, now),
      readModel.next(ledger, now),
    ].filter((wake) => wake !== null)
    return wakes.length === 0 ? null : Math.min(...wakes)
  }

  function engineWake(): number | null {
    const { ledger, guards } = open()
    const wake = ledger.nextWake()
    return guards.next(wake)?.at ?? wake
  }

  /** Behind a take. What is held up freezes at no time: its alarms still come. */
  function takenWake(): number | null {
    const { ledger, dangers } = open()
    return engineWake() ?? dangers.next(ledger.dangers())
  }

  /** Asks by when the month has to freeze, where the time for that has come. */
  async function askGuard(now: number): Promise<void> {
    const { ledger, guards, spread } = open()
    const next = guards.next(ledger.nextWake())
    if (next === null || next.at > now) return
    const region = ledger.records({ limit: 1 })[0]?.identity.region ?? spread.seller.region
    const guard = await home.submitter(submitterName(spread.seller, region)).guard(next.month)
    guards.keep(next.month, guard, now)
  }

  /** Says so when a life goes on without its predecessor's month. */
  function freeze(ledger: Ledger, subscription: SubscriptionId, now: number): void {
    const before = ledger.alone()
    ledger.runDue(now)
    const alone = ledger.alone()
    if (alone !== null && alone !== before) home.log('error', 'predecessor_missed', { subscription, alone })
  }

  /** Says that the Ledger has stopped, how much of its time is over for usage that nothing freezes, which gauges fell silent. */
  function warn({ ledger, dangers, silences }: Opened, now: number): void {
    const alarms = [...dangers.tell(ledger.dangers(), now), ...silences.tell(ledger.silent())]
    for (const { subject, message } of alarms) home.log('error', 'metering_alarm', { subject, message })
  }

  /** Findings are logged: the first has stopped the Ledger, and a person looks at all of them. */
  function logFindings(subscription: SubscriptionId, findings: readonly Finding[]): Finding[] {
    if (findings.length > 0) home.log('error', 'books_broken', { subscription, findings })
    return [...findings]
  }

  /** With the books the read model is looked through: what it lost, or has too much, is put right within a week. */
  function checkWeekly({ ledger, books }: Opened, now: number): readonly Finding[] {
    const findings = books.checkWeekly(ledger, now)
    if (findings !== null) readModel.tellAll(null)
    return findings ?? []
  }

  async function run(now: () => number): Promise<Outcome> {
    const { ledger, subscription, spread } = open()
    /** False: it failed, was logged, and is done again in a minute. The other parts are tried all the same. */
    const part = async (name: string, work: () => Promise<void> | void): Promise<boolean> => {
      try {
        await work()
        return true
      } catch (thrown) {
        home.log('error', 'ledger_run_failed', { subscription, part: name, error: messageOf(thrown) })
        return false
      }
    }
    for (let pass = 0; pass < PASSES_MAX; pass++) {
      const done = [
        await part('take over', () => takeOverMonth(ledger, home.ledger, subscription, home.log, now)),
        await part('guard', () => askGuard(now())),
        await part('freeze', () => freeze(ledger, subscription, now())),
        await part('audit', () => void logFindings(subscription, checkWeekly(open(), now()))),
        await part('alarms', () => warn(open(), now())),
        await part('hand over', () => handOver(ledger, home.submitter, spread, subscription, now())),
        await part('projection', () => readModel.write(ledger, subscription, now())),
      ]
      if (done.includes(false)) return 'failed'
      const next = due(now())
      if (next === null || next > now()) break
    }
    return 'done'
  }

  const runner = openRunner(home, { event: 'ledger', run, due })

  return {
    ...ledgerRepairs({
      open,
      submitter: home.submitter,
      seller: options.seller,
      now: () => clocks.business(),
      compared: () => readModel.tellAll(clocks.business()),
      wake: () => runner.wake.advance(due(clocks.business())),
    }),
    runDue: (now) => runner.runDue(now),
    nextWake: () => runner.nextWake(),
    alarm: () => runner.alarm(),

    async take(events) {
      await runner.wake.ready()
      const { ledger } = open()
      const batch: Batch = 'kind' in events ? events : { kind: 'ids', events }
      const answers = ledger.take(batch, clocks.business())
      await runner.wake.advance(takenWake())
      return answers
    },

    async order(order) {
      await runner.wake.ready()
      const { ledger, subscription } = open()
      if (order.subscription !== subscription)
        throw new Error(`an order for ${order.subscription} came to ${subscription}`)
      ledger.order(order, clocks.business())
      await runner.wake.advance(due(clocks.business()))
    },

    async giveMonth(successor, ask) {
      await runner.wake.ready()
      const answer = open().ledger.giveMonth(successor, ask, clocks.business())
      await runner.wake.advance(due(clocks.business()))
      return answer
    },

    async settle(settlements) {
      await runner.wake.ready()
      const acknowledged = open().ledger.settle(settlements, clocks.business())
      // The read model learns of it by a run of its own: the Submitter does not wait for D1.
      await runner.wake.advance(due(clocks.business()))
      return acknowledged
    },

    recall: async (events) => open().ledger.recall(events),
    status: async () => open().ledger.status(),
    usage: async (month) => open().ledger.usage(month),
    records: async (page) => open().ledger.records(page),
    async audit() {
      const { ledger, subscription, books } = open()
      const findings = logFindings(subscription, books.check(ledger, clocks.business()))
      readModel.tellAll(null)
      await runner.wake.advance(due(clocks.business()))
      return findings
    },
    accounts: async () => open().ledger.accounts(),
  }
}
