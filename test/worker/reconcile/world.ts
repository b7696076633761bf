/** AWS as the simulator's own machine behind the Worker's wire, so that whole lives are played with events lost on the way. */
import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, vi } from 'vitest'
import config from '../../../seller.config.ts'
import { simulatorView } from '../../../shared/seller/views.ts'
import type { Subscribe } from '../../../simulator/marketplace/commands.ts'
import type {
  Answers,
  ApiAnswer,
  Arrival,
  CommandKind,
  CommandOf,
} from '../../../simulator/marketplace/commands.ts'
import type { Act } from '../../../simulator/marketplace/life.ts'
import { apply, newState } from '../../../simulator/marketplace/machine.ts'
import type { Json, State } from '../../../simulator/marketplace/model.ts'
import type { ApiOperation } from '../../../simulator/marketplace/operations.ts'
import { createApp } from '../../../worker/app.ts'
import type { Edge } from '../../../worker/env.ts'
import { pollEvents } from '../../../worker/events/poll.ts'
import { sweepSubscriptions } from '../../../worker/lifecycle/sweep.ts'
import { reconcile } from '../../../worker/reconcile/run.ts'
import { Browser } from '../landing/browser.ts'
import { clockAt, edgeAt, migrate, type TestClock } from '../support.ts'

export const BUYER = '000011112222'
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export interface World {
  clock: TestClock
  edge: Edge
  state: State
  /** Operations called since the world began, in order. */
  calls: string[]
  do<K extends CommandKind>(command: CommandOf<K>): Answers[K]
  /** Both clocks move, an hour at a time; what is due at AWS happens. Cron runs before a queue forgets and at last; it does not reconcile. */
  pass(ms: number): Promise<void>
  /** Events on their way, and what time has brought; no reconciliation. */
  cron(): Promise<void>
  buy(more: Partial<Subscribe>): Promise<string>
  /** The buyer's browser brings a token. */
  arrive(arrival: Arrival): Promise<void>
  live(agreementId: string, act: Act): Promise<string>
  /** While it is true no event reaches the queue; what was lost so. AWS draws its ids as if it did. */
  losing: boolean
  lost: string[]
  /** Cron's reconciliations until the hour's is done; answers the parts it took. */
  reconcile(): Promise<number>
}

export function useWorld(): World {
  const world = {} as World
  const { sellerAccount } = simulatorView(config)

  const act = <K extends CommandKind>(command: CommandOf<K>): Answers[K] =>
    apply(world.state, command, { business: world.clock.business, wall: world.clock.wall }).answer

  const call = (operation: ApiOperation, input: Json): ApiAnswer =>
    act<'api'>({ kind: 'api', operation, caller: { account: sellerAccount, region: 'us-east-1' }, input })

  /** Takes what is in the queue and deletes it, and answers that nothing was. */
  function swallow(input: Json): object {
    const { QueueUrl } = input as { QueueUrl: string }
    for (;;) {
      const received = call('ReceiveMessage', input)
      const { Messages = [] } = (received.ok ? received.body : {}) as {
        Messages?: { Body: string; ReceiptHandle: string }[]
      }
      if (Messages.length === 0) return {}
      for (const { Body, ReceiptHandle } of Messages) {
        world.lost.push(Body)
        call('DeleteMessage', { QueueUrl, ReceiptHandle })
      }
    }
  }

  async function fetchAws(resource: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const request = new Request(resource, init)
    const operation = (request.headers.get('x-amz-target') ?? '').split('.').at(-1) as ApiOperation
    world.calls.push(operation)
    const input: Json = await request.json()
    if (operation === 'ReceiveMessage' && world.losing) return Response.json(swallow(input))
    const answer = call(operation, input)
    if (answer.reply === 'cut') throw new TypeError('the connection was cut')
    if (answer.ok) return Response.json(answer.body)
    return Response.json({ __type: answer.code, message: answer.message }, { status: answer.status })
  }

  const arrive = async (arrival: Arrival | undefined): Promise<void> => {
    if (arrival !== undefined) await new Browser(createApp(world.edge)).arrive(arrival.token)
  }

  Object.assign(world, {
    do: act,
    arrive,
    async cron() {
      await pollEvents(world.edge)
      for (let round = 0; round < 3; round += 1) await sweepSubscriptions(world.edge)
    },
    async pass(ms: number) {
      for (let left = ms; left > 0; left -= HOUR) {
        const step = Math.min(left, HOUR)
        world.clock.business += step
        world.clock.wall += step
        act({ kind: 'set_business_time', now: world.clock.business })
        act({ kind: 'release_due' })
        if (left <= HOUR || left % (9 * DAY) < HOUR) await world.cron()
      }
    },
    async buy(more: Partial<Subscribe>) {
      const bought = act<'subscribe'>({ kind: 'subscribe', product: 'subscription', account: BUYER, ...more })
      if (!bought.ok) throw new Error(bought.error.message)
      await arrive(bought.value)
      return bought.value.agreementId
    },
    async live(agreementId: string, one: Act) {
      const lived = act<'live'>({ kind: 'live', agreementId, act: one })
      if (!lived.ok) throw new Error(lived.error.message)
      await arrive(lived.value.arrival)
      return lived.value.agreementId
    },
    async reconcile() {
      for (let parts = 1; parts < 100; parts += 1) {
        const did = await reconcile(world.edge)
        if (!did.some((line) => line.endsWith('goes on'))) {
          await world.cron()
          return parts
        }
      }
      throw new Error('the reconciliation does not end')
    },
  } satisfies Partial<World>)

  beforeEach(async () => {
    await migrate()
    begin(world)
    vi.stubGlobal('fetch', fetchAws)
    for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockReturnValue()
  })
  afterEach(async () => {
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
    await reset()
  })
  return world
}

/** Everything anew: the same seed draws the same agreements, licenses and events. */
export function begin(world: World): void {
  const clock = clockAt('2026-11-02T09:00:00Z')
  const edge = edgeAt(clock)
  const eventsQueueUrl = 'https://sqs.us-east-1.amazonaws.com/123456789012/marketplace-events'
  Object.assign(world, {
    clock,
    edge: { ...edge, settings: { ...edge.settings, eventsQueueUrl } },
    state: newState(1, clock.business),
    calls: [],
    losing: false,
    lost: [],
  })
  world.do({
    kind: 'set_view',
    view: { ...simulatorView(config), buyers: [{ account: BUYER, name: 'Buyer' }] },
  })
  world.do({ kind: 'set_knobs', knobs: { quotas: 'off' } })
}

export const rows = async <Row>(sql: string): Promise<Row[]> => (await env.DB.prepare(sql).all<Row>()).results

const TABLES = [
  'orders',
  'identities',
  'registrations',
  'contacts',
  'switches',
  'inbox',
  'outbox',
  'agreements',
  'reconciliations',
  'subscriptions',
]

export async function clear(): Promise<void> {
  await env.DB.batch(TABLES.map((table) => env.DB.prepare(`DELETE FROM ${table}`)))
}
