/** What the usage tests share: an app over real D1 and real Ledgers, keys, subscriptions, and a way to post. */
import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import type { Order } from '../../../shared/ledger/order.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import { mintKey } from '../../../shared/usage/key.ts'
import { amountOf, formatAmount } from '../../../shared/amount.ts'
import { monthOf } from '../../../shared/hour.ts'
import { createApp } from '../../../worker/app.ts'
import type { Edge } from '../../../worker/env.ts'
import { seller } from '../../../worker/seller.ts'
import { clockAt, edgeAt, type TestClock } from '../support.ts'

export const ORIGIN = 'https://tollgate.example'

/** The time of every test here, in the middle of an hour and of a month. */
export const NOW = '2026-11-21T10:30:00.000Z'

export interface Door {
  readonly clock: TestClock
  readonly key: string
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** Posts a body as it is. */
  send(body: BodyInit | null, headers?: Record<string, string>): Promise<Response>
  /** Posts JSON in the plain form. */
  post(body: unknown): Promise<Response>
}

/** An app with one key; `products` null: it may see every product. */
export async function openDoor(
  products: readonly string[] | null = null,
  over: Partial<Edge> = {},
): Promise<Door> {
  const clock = clockAt(NOW)
  const app = createApp({ ...edgeAt(clock), ...over })
  const key = await addKey(products)
  const fetch = async (path: string, init?: RequestInit): Promise<Response> =>
    app.fetch(new Request(`${ORIGIN}${path}`, init))
  const send = (body: BodyInit | null, headers: Record<string, string> = {}): Promise<Response> =>
    fetch('/v1/usage', {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    })
  return { clock, key, fetch, send, post: (body) => send(JSON.stringify(body)) }
}

/** Stores a new key's hash and answers its text. */
export async function addKey(
  products: readonly string[] | null,
  revokedMs: number | null = null,
): Promise<string> {
  const { text, sha256 } = await mintKey(crypto.getRandomValues(new Uint8Array(32)))
  await env.DB.prepare(
    'INSERT INTO api_keys (id, sha256, name, products, created_ms, revoked_ms) VALUES (?, ?, ?, ?, ?, ?)',
  )
    .bind(`key_${text.slice(3, 11)}`, sha256, 'test', products && JSON.stringify(products), 0, revokedMs)
    .run()
  return text
}

export interface Purchase {
  readonly product?: string
  readonly account?: string
  readonly licenseTail?: string
  readonly customer?: string
}

let purchases = 0

/** Stores a subscription as the lifecycle would, stops the system's clock at `now` and answers the id. */
export async function addSubscription(purchase: Purchase = {}): Promise<SubscriptionId> {
  vi.setSystemTime(now)
  purchases += 1
  const id: SubscriptionId = `sub_${String(purchases).padStart(22, 'A')}`
  await env.DB.prepare(
    `INSERT INTO subscriptions (id, version, product, product_code, account, license_arn, license_tail,
       customer_identifier, state, created_ms, updated_ms) VALUES (?, 1, ?, ?, ?, ?, ?, ?, 'active', 0, 0)`,
  )
    .bind(
      id,
      purchase.product ?? 'subscription',
      `code-${purchase.product ?? 'subscription'}`,
      purchase.account ?? '012345678901',
      purchase.licenseTail ? `arn:aws:license-manager::294406891311:license:${purchase.licenseTail}` : null,
      purchase.licenseTail ?? null,
      purchase.customer ?? null,
    )
    .run()
  return id
}

/**
 * What the system's clock says as soon as there is a subscription: the Ledgers here are the production entry's, which look
 * there. Far in the future: no real alarm fires during a test.
 */
export const now = Date.UTC(2031, 4, 12, 10, 30)
export const MINUTE = 60_000
export const DAY = 1440 * MINUTE
export const ago = (ms: number): string => new Date(now - ms).toISOString()

/** The order an active subscription's Ledger has. */
const active = (subscription: SubscriptionId, over: Partial<Order> = {}): Order => ({
  subscription,
  version: 1,
  product: 'subscription',
  productCode: '4dz8m1rf6yq2w7kx9p3vc5hn0',
  account: '012345678901',
  agreementStart: now - 50 * DAY,
  activation: now - 50 * DAY + MINUTE,
  life: 1,
  ending: null,
  end: null,
  identities: [],
  plans: [],
  trial: null,
  amounts: {},
  predecessor: null,
  ...over,
})

/** Tells a subscription's Ledger that it is active. */
export async function activate(
  subscription: SubscriptionId,
  over: Partial<Order> = {},
): Promise<SubscriptionId> {
  await env.LEDGER.getByName(subscription).order(active(subscription, over))
  return subscription
}

/** The edge of a seller whose products take another system's records from `from` on. */
export const takingOver = (from: number): Pick<Edge, 'seller'> => ({
  seller: {
    ...seller,
    products: seller.products.map((product) => ({ ...product, takeOverFrom: from })),
  },
})

/** What the Ledger counted of a meter this month and the one before, decimal text. */
export async function countedOf(subscription: SubscriptionId, meter = 'api_calls'): Promise<string> {
  let sum = 0n
  for (const month of [monthOf(monthOf(now) - 1), monthOf(now)]) {
    const { dimensions } = await env.LEDGER.getByName(subscription).usage(month)
    sum += amountOf(dimensions.find((one) => one.meter === meter)?.counted ?? '0')
  }
  return formatAmount(sum)
}

/** A row of refused usage, as D1 has it. */
export interface RefusedRow {
  readonly number: number
  readonly door: string
  readonly source: string
  readonly event_id: string
  readonly reason: string
  readonly subscription: string | null
  readonly meter: string | null
  readonly amount: string | null
  readonly value: string | null
  readonly event: string | null
  readonly times: number
  readonly replayed_ms: number | null
}

export const refusedRows = async (): Promise<readonly RefusedRow[]> =>
  (await env.DB.prepare('SELECT * FROM refused_usage ORDER BY number').all<RefusedRow>()).results
