/** What the Ledger's suites share: a home to open a database in, terms, orders and events to give it. */
import { type Hour, HOUR_MS, MINUTE_MS } from '../../../shared/hour.ts'
import { type Batch, type Ledger, openLedger } from '../../../shared/ledger/ledger.ts'
import type { Order } from '../../../shared/ledger/order.ts'
import {
  DEFAULT_TIMING,
  type DimensionTerms,
  type LedgerTerms,
  type ProductTerms,
  type Timing,
} from '../../../shared/ledger/terms.ts'
import type { Charge } from '../../../shared/seller.ts'
import type { Sql, SqlRow } from '../../../shared/sql.ts'
import type { FrozenRecord, Settlement } from '../../../shared/submission/record.ts'
import type { EventAnswer, UsageEvent } from '../../../shared/usage/event.ts'

/** Where a suite runs: node:sqlite or a Durable Object. Every call of `use` gets an empty database. */
export interface Home {
  readonly use: <T>(work: (sql: Sql) => T) => Promise<T>
  /** How many random cases of a property this home has time for. */
  readonly runs: number
  /** Whether months of every length are walked, and not of one: they differ in arithmetic alone. */
  readonly everyMonth: boolean
}

export const SUBSCRIPTION = 'sub_0000000000000000000001'
export const CODE = 'skillsmithcodeskillsmith1'
export const ACCOUNT = '012345678901'
export const LICENSE = 'arn:aws:license-manager::294406891311:license:l-9d01d15f86334a8894365cd7350556ff'

/** Epoch ms of a UTC time. */
export const at = (iso: string): number => Date.parse(iso.endsWith('Z') ? iso : `${iso}Z`)

export const after = (ms: number, minutes: number): number => ms + minutes * MINUTE_MS
export const hours = (count: number): number => count * HOUR_MS

type SumCharge = Extract<Charge, { kind: 'sum' }>

/** A dimension of API calls charged by the unit, unless told otherwise. */
export const dimension = (
  charge: Partial<SumCharge> = {},
  more: Partial<Omit<DimensionTerms, 'charge'>> = {},
): DimensionTerms => ({
  key: 'api_calls',
  price: '0.10',
  metered: true,
  allowances: {},
  ...more,
  charge: { kind: 'sum', meter: 'calls', ...charge },
})

export const product = (
  dimensions: readonly DimensionTerms[],
  more: Partial<ProductTerms> = {},
): ProductTerms => ({
  code: CODE,
  dimensions,
  plans: [],
  defaultPlan: null,
  heartbeat: null,
  ...more,
})

export const termsOf = (
  sold: ProductTerms,
  timing: Partial<Timing> = {},
  config = 'config-1',
): LedgerTerms => ({
  subscription: SUBSCRIPTION,
  keySecret: 'a secret of the tests',
  config,
  products: { skillsmith: sold },
  timing: { ...DEFAULT_TIMING, ...timing },
})

/** An active subscription since 2026-11-01T00:00Z, known by its license. */
export const orderOf = (more: Partial<Order> = {}): Order => ({
  subscription: SUBSCRIPTION,
  version: 1,
  product: 'skillsmith',
  productCode: CODE,
  account: ACCOUNT,
  agreementStart: at('2026-11-01T00:00'),
  activation: at('2026-11-01T00:00'),
  life: 1,
  ending: null,
  end: null,
  identities: [
    { fromHour: 0 as Hour, region: 'us-east-1', kind: 'license', licenseArn: LICENSE, account: ACCOUNT },
  ],
  plans: [],
  trial: null,
  amounts: {},
  predecessor: null,
  ...more,
})

/** A ledger of one dimension, with an order taken at the activation. */
export function openWith(
  sql: Sql,
  charge: Partial<SumCharge> = {},
  timing: Partial<Timing> = {},
  order: Partial<Order> = {},
): Ledger {
  const ledger = openLedger(sql, termsOf(product([dimension(charge)]), timing))
  const taken = orderOf(order)
  ledger.order(taken, taken.activation ?? at('2026-11-01T00:00'))
  return ledger
}

let made = 0

/** One event with an id of its own; `amount` in whole units of the meter. */
export function event(
  time: string | number,
  amount: number | bigint,
  more: Partial<UsageEvent> = {},
): UsageEvent {
  made += 1
  return {
    source: 'key-1',
    id: `event-${made}`,
    meter: 'calls',
    time: typeof time === 'string' ? at(time) : time,
    kind: 'quantity',
    quantity: BigInt(amount) * 1_000_000n,
    ...more,
  } as UsageEvent
}

export const ids = (...events: readonly UsageEvent[]): Batch => ({ kind: 'ids', events })

export const sequence = (number: number, events: readonly UsageEvent[], epoch = 'epoch-1'): Batch => ({
  kind: 'sequence',
  source: 'key-1',
  epoch,
  sequence: number,
  events,
})

/** One word an answer: `counted`, `duplicate`, or the code of the refusal. */
export const words = (answers: readonly EventAnswer[]): string[] =>
  answers.map((answer) => (answer.result === 'refused' ? answer.code : answer.result))

export const word = (answers: readonly EventAnswer[]): string => words(answers)[0] ?? 'nothing'

/** Every record as [hour, quantity, state], oldest first. */
export const recordsOf = (ledger: Ledger): [string, number, string][] =>
  ledger
    .records({ limit: 10_000 })
    .map((record): [string, number, string] => [hourText(record.hour), record.quantity, record.state])
    .reverse()

export const hourText = (hour: number): string => new Date(hour).toISOString().slice(0, 16)

export const settlement = (record: FrozenRecord, more: Partial<Settlement> = {}): Settlement => ({
  key: record.key,
  attempt: 1,
  at: record.timestamp + HOUR_MS,
  state: 'billed',
  reason: null,
  receipt: `receipt of ${record.key}`,
  unanswered: false,
  ...more,
})

/** Every row of every table: two ledgers that answer the same here will do the same for ever. */
export function dump(sql: Sql): Record<string, SqlRow[]> {
  const tables = sql.all<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('object', 'projected', 'next_wake') AND substr(name, 1, 1) <> '_' ORDER BY name",
  )
  return Object.fromEntries(
    tables.map(({ name }) => [name, sql.all(`SELECT * FROM ${name}`).map((row) => ({ ...row }))]),
  )
}
