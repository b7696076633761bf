/** What the tests of the entitlements API share: purchases by real events, real Ledgers, API keys, and a way to ask. */
import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { Hono } from 'hono'
import { afterEach, beforeEach, vi } from 'vitest'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import { KEY_BYTES, mintKey } from '../../../shared/usage/key.ts'
import { createApp } from '../../../worker/app.ts'
import type { Edge } from '../../../worker/env.ts'
import { runScheduled } from '../../../worker/scheduled.ts'
import { Browser, customer, licenseArn, PRODUCT_CODE } from '../landing/browser.ts'
import { openMarketplace, updated } from '../lifecycle/marketplace.ts'
import { clockAt, edgeAt, migrate, type TestClock } from '../support.ts'

export interface Stage {
  clock: TestClock
  edge: Edge
  app: Hono
  market: ReturnType<typeof openMarketplace>
  /** A key of every product, and one of the product `subscription` alone. */
  key: string
  narrow: string
  get(path: string, headers?: Record<string, string>): Promise<Response>
  json<T>(path: string): Promise<T>
}

/** Sets the stage before each test of the file and clears it after. Ledgers know the system's clock only, so it stands there. */
export function useStage(): Stage {
  const clock = clockAt('2026-11-21T12:00:00Z')
  const edge = edgeAt(clock)
  const stage: Stage = {
    clock,
    edge,
    app: createApp(edge),
    market: openMarketplace(),
    key: '',
    narrow: '',
    get: async (path, headers = {}) =>
      stage.app.request(`https://buy.example/v1${path}`, {
        headers: { authorization: `Bearer ${stage.key}`, ...headers },
      }),
    json: async (path) => (await stage.get(path)).json(),
  }
  beforeEach(async () => {
    await migrate()
    stage.clock = clockAt(new Date().toISOString())
    stage.edge = edgeAt(stage.clock)
    stage.app = createApp(stage.edge)
    stage.market = openMarketplace()
    stage.market.resolve = () => Response.json(customer())
    vi.stubGlobal('fetch', stage.market.fetch)
    for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockReturnValue()
    stage.key = await addKey('all', null)
    stage.narrow = await addKey('narrow', ['subscription'])
  })
  afterEach(async () => {
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
    await reset()
  })
  return stage
}

/** A key in force; null: every product. */
export async function addKey(name: string, products: readonly string[] | null): Promise<string> {
  const minted = await mintKey(crypto.getRandomValues(new Uint8Array(KEY_BYTES)))
  await env.DB.prepare('INSERT INTO api_keys (id, sha256, name, products, created_ms) VALUES (?, ?, ?, ?, 0)')
    .bind(name, minted.sha256, name, products === null ? null : JSON.stringify(products))
    .run()
  return minted.text
}

/** Now, as AWS writes it. */
export const nowOf = ({ clock }: Stage): string => `${new Date(clock.business).toISOString().slice(0, 19)}Z`

/** AWS's word on every agreement: a free trial of 14 days. */
export const FREE_TRIAL = () =>
  Response.json({
    acceptedTerms: [{ freeTrialPricingTerm: { type: 'FreeTrialPricingTerm', duration: 'P14D' } }],
  })

/** GetEntitlements of a contract. */
export const owns = (Dimension: string, IntegerValue: number) => () =>
  Response.json({
    Entitlements: [
      {
        ProductCode: PRODUCT_CODE,
        Dimension,
        CustomerAWSAccountId: '012345678901',
        LicenseArn: licenseArn('a'),
        Value: { IntegerValue },
        ExpirationDate: 1826791200,
      },
    ],
  })

/** A buyer arrives and AWS grants what was bought; the subscription it became. */
export async function buy(stage: Stage, over: Parameters<typeof updated>[1] = {}): Promise<SubscriptionId> {
  await new Browser(stage.app).arrive('t')
  stage.market.put(updated(nowOf(stage), over))
  await runScheduled(stage.edge)
  const row = await env.DB.prepare('SELECT id FROM subscriptions').first<{ id: SubscriptionId }>()
  if (!row) throw new Error('no subscription')
  return row.id
}

/** One event of usage, in millionths of the meter's unit. */
export async function use(stage: Stage, id: SubscriptionId, meter: string, quantity: bigint): Promise<void> {
  const event = { source: 'test', id: crypto.randomUUID(), meter, time: stage.clock.business }
  const [answer] = await env.LEDGER.getByName(id).take([{ ...event, kind: 'quantity', quantity }])
  if (answer?.result !== 'counted') throw new Error(JSON.stringify(answer))
}
