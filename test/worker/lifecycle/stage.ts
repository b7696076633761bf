/** The stage of the lifecycle tests: a migrated D1, a set clock, AWS's queue and APIs at the wire. */
import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, vi } from 'vitest'
import type { Order } from '../../../shared/ledger/order.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import { createApp } from '../../../worker/app.ts'
import type { Edge } from '../../../worker/env.ts'
import { pollEvents } from '../../../worker/events/poll.ts'
import { sweepSubscriptions } from '../../../worker/lifecycle/sweep.ts'
import { Browser, customer } from '../landing/browser.ts'
import { clockAt, edgeAt, migrate, type TestClock } from '../support.ts'
import { openMarketplace } from './marketplace.ts'

export interface Stage {
  clock: TestClock
  edge: Edge
  market: ReturnType<typeof openMarketplace>
  /** A buyer's browser posts a token. */
  arrive(token?: string): Promise<void>
  /** Puts events into the queue and does what cron does of them. */
  poll(...bodies: string[]): Promise<void>
}

/** Sets the stage before each test of the file and clears it after. */
export function useStage(): Stage {
  const clock = clockAt(T('14:30:00'))
  const stage: Stage = {
    clock,
    edge: edgeAt(clock),
    market: openMarketplace(),
    arrive: async (token = 't') => void (await new Browser(createApp(stage.edge)).arrive(token)),
    poll: async (...bodies) => {
      stage.market.put(...bodies)
      await pollEvents(stage.edge)
      await sweepSubscriptions(stage.edge)
    },
  }

  beforeEach(async () => {
    await migrate()
    stage.clock = clockAt(T('14:30:00'))
    stage.edge = edgeAt(stage.clock)
    stage.market = openMarketplace()
    stage.market.resolve = () => Response.json(customer())
    vi.stubGlobal('fetch', stage.market.fetch)
    for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockReturnValue()
  })

  afterEach(async () => {
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
    await reset()
  })
  return stage
}

/** A time of the stage's day, as AWS writes it and as epoch ms. */
export const T = (time: string): string => `2026-11-21T${time}Z`
export const ms = (time: string): number => Date.parse(T(time))

export const rows = async <Row>(sql: string): Promise<Row[]> => (await env.DB.prepare(sql).all<Row>()).results

export interface OnlyRow {
  readonly id: SubscriptionId
  readonly state: string
  readonly agreement_id: string | null
  readonly version: number
}

/** The one subscription there is. */
export async function only(): Promise<OnlyRow> {
  const [row, ...more] = await rows<OnlyRow>('SELECT id, state, agreement_id, version FROM subscriptions')
  if (!row || more.length > 0) throw new Error('not exactly one subscription')
  return row
}

/** Every order written, oldest first. */
export const orders = async (): Promise<Order[]> =>
  (await rows<{ body: string }>('SELECT body FROM orders ORDER BY subscription, version')).map(({ body }) =>
    JSON.parse(body),
  )
