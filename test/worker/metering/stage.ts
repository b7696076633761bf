/** Real objects and D1 in workerd, AWS stood in for at the wire, time by a clock, calls between objects lost on demand. */
import { evictDurableObject, reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import type { Clocks } from '../../../shared/clock.ts'
import { HOUR_MS, hourOf, MINUTE_MS } from '../../../shared/hour.ts'
import type { Order } from '../../../shared/ledger/order.ts'
import { ok } from '../../../shared/result.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import type { Edge } from '../../../worker/env.ts'
import { ledgerObject } from '../../../worker/metering/ledger-object.ts'
import { submitterObject } from '../../../worker/metering/submitter.ts'
import { seller } from '../../../worker/seller.ts'
import { edgeAt, migrate, standIn, type WireCall } from '../support.ts'

/** Far in the future: no real alarm fires during a test. */
export const NOW = Date.UTC(2031, 4, 12, 10, 5)
export const HOUR = hourOf(NOW - HOUR_MS)
/** When HOUR freezes: its end and ten minutes (money §5). */
export const FREEZE = HOUR + HOUR_MS + 10 * MINUTE_MS
export const SUBMITTER = `${seller.seller.account}:${seller.region}`
export const CODE = '4dz8m1rf6yq2w7kx9p3vc5hn0'

export const subscription = (n: number): SubscriptionId => `sub_${String(n).padStart(22, '0')}`

export interface Stage {
  readonly edge: Edge
  /** Sets business and wall time. */
  at(ms: number): void
}

export async function openStage(): Promise<Stage> {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  for (const level of ['error', 'warn'] as const) vi.spyOn(console, level).mockImplementation(() => undefined)
  await migrate()
  const clock = { business: NOW, wall: NOW }
  return {
    edge: edgeAt(clock),
    at(ms) {
      clock.business = ms
      clock.wall = ms
      vi.setSystemTime(ms)
    },
  }
}

export async function closeStage(): Promise<void> {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  vi.useRealTimers()
  await reset()
}

export const clocks: Clocks = { business: () => Date.now(), wall: () => Date.now() }

/** A purchase that is active since the start of HOUR, with a row in D1 and its first order in the outbox. */
export async function buy(n: number, over: Partial<Order> = {}): Promise<SubscriptionId> {
  const id = subscription(n)
  await env.DB.prepare(
    `INSERT INTO subscriptions (id, product, product_code, account, state, created_ms, updated_ms)
     VALUES (?, 'subscription', ?, ?, 'active', ?, ?) ON CONFLICT DO NOTHING`,
  )
    .bind(id, CODE, account(n), NOW, NOW)
    .run()
  await sendOrder(orderFor(n, over))
  return id
}

const account = (n: number): string => String(n).padStart(12, '0')

export const orderFor = (n: number, over: Partial<Order> = {}): Order => ({
  subscription: subscription(n),
  version: 1,
  product: 'subscription',
  productCode: CODE,
  account: account(n),
  agreementStart: HOUR,
  activation: HOUR,
  life: 1,
  ending: null,
  end: null,
  identities: [
    {
      kind: 'license',
      fromHour: hourOf(0),
      region: seller.region,
      licenseArn: `arn:aws:license-manager::294406891311:license:l-${n.toString(16).padStart(32, '0')}`,
      account: account(n),
    },
  ],
  plans: [{ fromHour: 0, plan: 'team' }],
  trial: null,
  amounts: {},
  predecessor: null,
  ...over,
})

/** Puts an order into D1's outbox. */
export const sendOrder = (order: Order): Promise<unknown> =>
  env.DB.prepare('INSERT INTO orders (subscription, version, body, created_ms) VALUES (?, ?, ?, ?)')
    .bind(order.subscription, order.version, JSON.stringify(order), Date.now())
    .run()

/** Reports calls of the API at a time. The team plan includes 10 000 a month; each 1 000 beyond are one unit. */
export async function use(id: SubscriptionId, calls: number, time = HOUR + 1_000): Promise<string[]> {
  const answers = await env.LEDGER.getByName(id).take([
    {
      source: 'test',
      id: crypto.randomUUID(),
      meter: 'api_calls',
      time,
      kind: 'quantity',
      quantity: BigInt(calls) * 1_000_000n,
    },
  ])
  return answers.map((answer) => answer.result)
}

/** What a call between two objects does instead of simply running. */
export type Fault = 'lost before' | 'lost after'

/** Wraps a namespace: the next calls of `method` are lost as `faults` say, later ones go through. */
export function faulty<T extends object>(namespace: T, method: string, faults: Fault[]): T {
  return new Proxy(namespace, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      if (name !== 'getByName') return value.bind(target)
      return (...names: unknown[]) => {
        const stub: object = Reflect.apply(value, target, names)
        return new Proxy(stub, {
          get(object, member) {
            const call: unknown = Reflect.get(object, member)
            if (member !== method || typeof call !== 'function') return call
            return async (...args: unknown[]) => {
              const fault = faults.shift()
              if (fault === 'lost before') throw new Error('lost before it ran')
              const answer: unknown = await Reflect.apply(call, object, args)
              if (fault === 'lost after') throw new Error('lost after it ran')
              return answer
            }
          },
        })
      }
    },
  })
}

export interface SubmitterSetting {
  readonly env?: Partial<Env>
  readonly pause?: (ms: number) => Promise<void>
  readonly reachable?: boolean
}

/** A process of the Submitter over the object's own storage: begins, runs once, and is gone. Answers its next wake. */
export function runSubmitter(setting: SubmitterSetting = {}): Promise<number | null> {
  const Submitter = submitterObject({
    clocks,
    ratePerSecond: 9,
    pause: setting.pause ?? (async () => undefined),
    access: () =>
      setting.reachable === false
        ? { ok: false, error: 'no credentials' }
        : ok(edgeAt({ business: 0, wall: 0 }).aws),
    siblings: async () => [],
  })
  return runInDurableObject(env.SUBMITTER.getByName(SUBMITTER), (_object, state) =>
    new Submitter(state, { ...env, ...setting.env }).runDue(),
  )
}

/** A process of a Ledger over the object's own storage. The object is begun anew behind it: it has one process at a time. */
export async function runLedger(
  id: SubscriptionId,
  over: Partial<Env> = {},
  spreadMs = 0,
): Promise<number | null> {
  const Ledger = ledgerObject({ clocks, seller, spreadMs })
  const stub = env.LEDGER.getByName(id)
  const next = await runInDurableObject(stub, (_object, state) =>
    new Ledger(state, { ...env, ...over }).runDue(),
  )
  await evictDurableObject(stub)
  // It has to be there when the stage is closed: what does not run then keeps its storage.
  await stub.nextWake()
  return next
}

/** AWS's side of BatchMeterUsage: first write wins, answers in another order than asked. */
export function openAws(
  answer?: (call: WireCall, hold: (call: WireCall) => Response) => Response | Promise<Response>,
) {
  const stored = new Map<string, number>()
  const hold = (call: WireCall): Response => {
    const records = call.body['UsageRecords'] as Record<string, string | number>[]
    const Results = records.map((usage) => {
      const key = `${usage['LicenseArn']}|${usage['Dimension']}|${usage['Timestamp']}`
      const quantity = Number(usage['Quantity'])
      stored.set(key, stored.get(key) ?? quantity)
      return {
        UsageRecord: usage,
        MeteringRecordId: `id-${[...stored.keys()].indexOf(key)}`,
        Status: stored.get(key) === quantity ? 'Success' : 'DuplicateRecord',
      }
    })
    return Response.json({ Results: Results.reverse(), UnprocessedRecords: [] })
  }
  const wire = standIn((call) => (answer === undefined ? hold(call) : answer(call, hold)))
  vi.stubGlobal('fetch', wire.fetch)
  return { stored, calls: wire.calls, total: () => [...stored.values()].reduce((sum, one) => sum + one, 0) }
}

/** The states of a subscription's records as its Ledger has them. */
export async function statesOf(id: SubscriptionId): Promise<string[]> {
  const rows = await env.LEDGER.getByName(id).records({ limit: 100 })
  return rows.map((row) => `${row.quantity} ${row.state}${row.reason === null ? '' : ` ${row.reason}`}`)
}
