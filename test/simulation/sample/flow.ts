/**
 * A model of the metering flow of AWS's serverless SaaS sample, written from its published behaviour: an hourly job puts one
 * message a customer on a queue; a consumer stamps it with the present time, calls BatchMeterUsage, looks at `Results`
 * only, and marks the rows done or failed. No line of it is AWS's. No clock, no chance of its own.
 */
import { hourOf } from '../../../shared/hour.ts'
import type { Result } from '../../../shared/result.ts'
import type { CallFailure } from '../../../shared/aws/failure.ts'
import type { FrozenRecord } from '../../../shared/submission/record.ts'
import type { Identity } from '../../../shared/subscription.ts'
import type { Faults } from '../faults.ts'
import type { Time } from '../runtime/time.ts'
import type { Row, Table } from './table.ts'

/** A customer as the sample knows it: subscribed, or nothing is sent. */
export interface Customer {
  readonly account: string
  readonly subscription: FrozenRecord['subscription']
  readonly productCode: string
  readonly product: string
  readonly region: string
  readonly identity: () => Identity | null
}

export interface FlowWorld {
  readonly time: Time
  readonly faults: Faults
  readonly table: Table
  readonly customers: readonly Customer[]
  readonly send: (
    region: string,
    records: readonly FrozenRecord[],
    reply: (answer: Result<unknown, CallFailure>) => void,
  ) => void
}

/** What the SDK does by itself: three more tries of a call that was throttled or answered 5xx. Source: AWS SDK for JavaScript v2, maxRetries. */
const SDK_RETRIES = 3

/** A message that was not finished is handed out again. */
const REDELIVERED_AFTER_MS = 90_000

/** One message: a customer's pending rows, summed by dimension. */
interface Message {
  readonly customer: Customer
  readonly rows: readonly Row[]
}

/** The hourly job: groups what is pending by customer and sends a message each. */
export function runJob(world: FlowWorld): void {
  const byCustomer = Map.groupBy(world.table.pending(), (row) => row.customer)
  for (const customer of world.customers) {
    const rows = byCustomer.get(customer.account) ?? []
    if (rows.length === 0) continue
    const slow = world.faults.hit('call-slow') ? 30_000 : 1_000
    world.time.at(world.time.now() + slow, () => consume(world, { customer, rows }))
  }
}

/** The consumer: one call a customer, stamped with the time of the call. */
function consume(world: FlowWorld, message: Message): void {
  const { time, faults } = world
  const again = (): void => time.at(time.now() + REDELIVERED_AFTER_MS, () => consume(world, message))
  if (faults.hit('crash-before-commit')) return again()
  const records = recordsOf(message, time.now())
  if (records === null) return mark(message, true)
  const attempt = (tries: number): void =>
    world.send(message.customer.region, records, (answer) => {
      if (!answer.ok && worthRetry(answer.error) && tries < SDK_RETRIES) {
        time.at(time.now() + 100 * 2 ** tries, () => attempt(tries + 1))
        return
      }
      if (faults.hit('crash-after-commit')) return again()
      mark(message, !answer.ok || !allSuccess(answer.value))
    })
  attempt(0)
}

const worthRetry = (failure: CallFailure): boolean =>
  failure.kind === 'refused' && (failure.status >= 500 || failure.name === 'ThrottlingException')

/** All `Results` say Success; `UnprocessedRecords` is not looked at. */
function allSuccess(body: unknown): boolean {
  const { Results } = body as { readonly Results: readonly { readonly Status: string }[] }
  return Results.every(({ Status }) => Status === 'Success')
}

/** One flag for all rows of the message; none of them is pending any more. */
function mark({ rows }: Message, failed: boolean): void {
  for (const row of rows) {
    row.pending = false
    row.failed = failed
  }
}

function recordsOf({ customer, rows }: Message, now: number): FrozenRecord[] | null {
  const identity = customer.identity()
  if (identity === null) return null
  const timestamp = Math.floor(now / 1_000) * 1_000
  const sums = new Map<string, number>()
  for (const { dimension, value } of rows) sums.set(dimension, (sums.get(dimension) ?? 0) + value)
  return [...sums].map(([dimension, quantity]) => ({
    key: `${customer.account}|${dimension}|${now}`,
    subscription: customer.subscription,
    product: customer.product,
    productCode: customer.productCode,
    identity,
    dimension,
    hour: hourOf(timestamp),
    timestamp,
    quantity,
    deadline: now,
    final: false,
    price: '100000',
  }))
}
