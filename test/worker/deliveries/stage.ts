/** The stage of the delivery tests: a migrated D1, set clocks, and all three receivers stood in for at the wire. */
import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import type { Channel, Decision, DecisionKind } from '../../../shared/deliveries.ts'
import type { SubscriptionId } from '../../../shared/subscription.ts'
import { outboxStatements } from '../../../worker/db/outbox.ts'
import type { DeliveryMessage, Edge } from '../../../worker/env.ts'
import { keepWebhookSecret, newWebhookSecret } from '../../../worker/keys/webhook-secrets.ts'
import { clockAt, edgeAt, migrate, type TestClock } from '../support.ts'

export const WEBHOOK_URL = 'https://app.seller.example/hooks'
export const TOPIC = 'arn:aws:sns:us-east-1:111122223333:tollgate-tech-admin'
export const FROM = 'Skillsmith <hello@skillsmith.app>'

/** One request as it reached the wire. */
export interface Sent {
  readonly to: Channel
  readonly url: string
  readonly headers: Headers
  readonly body: string
}

export interface Stage {
  readonly clock: TestClock
  edge: Edge
  readonly sent: Sent[]
  /** What the log holds, a line each. */
  readonly log: string[]
  /** How each receiver answers; well, unless a test says otherwise. */
  readonly answer: Partial<Record<Channel, (sent: Sent) => Response | Promise<Response>>>
  /** Ids in the queue. */
  readonly queued: string[]
  readonly queue: Queue<DeliveryMessage>
  /** Business time goes on; the wall's stands. */
  later(ms: number): void
}

export const SUBSCRIPTION: SubscriptionId = 'sub_0000000000000000000001'

const GOOD: Readonly<Record<Channel, () => Response>> = {
  webhook: () => new Response(null, { status: 204 }),
  sns: () =>
    new Response(
      '<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>',
    ),
  mail: () => Response.json({ MessageId: 'ses-1' }),
}

export async function openStage(): Promise<Stage> {
  await migrate()
  const clock = clockAt('2026-11-21T14:30:00Z')
  const sent: Sent[] = []
  const log: string[] = []
  const queued: string[] = []
  const answer: Stage['answer'] = {}
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line: unknown) => void log.push(String(line)))
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init)
    const { hostname } = new URL(request.url)
    const to: Channel = hostname.startsWith('sns.')
      ? 'sns'
      : hostname.startsWith('email.')
        ? 'mail'
        : 'webhook'
    const one: Sent = { to, url: request.url, headers: request.headers, body: await request.text() }
    sent.push(one)
    return (answer[to] ?? GOOD[to])(one)
  })
  const plain = edgeAt(clock)
  const edge: Edge = {
    ...plain,
    settings: { ...plain.settings, webhookUrl: WEBHOOK_URL, techAdminTopicArn: TOPIC, mailFrom: FROM },
  }
  await addSubscription(SUBSCRIPTION)
  return {
    clock,
    edge,
    sent,
    log,
    answer,
    queued,
    queue: queueInto(queued),
    later(ms) {
      clock.business += ms
    },
  }
}

/** A queue that carries nothing further: a test says which message arrives, and how often. */
function queueInto(queued: string[]): Queue<DeliveryMessage> {
  const metrics = { backlogCount: 0, backlogBytes: 0 }
  return {
    metrics: async () => metrics,
    async send({ id }) {
      queued.push(id)
      return { metadata: { metrics } }
    },
    async sendBatch(messages) {
      for (const { body } of messages) queued.push(body.id)
      return { metadata: { metrics } }
    },
  }
}

export async function closeStage(): Promise<void> {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  await reset()
}

export const addSubscription = (id: SubscriptionId, version = 1): Promise<unknown> =>
  env.DB.prepare(
    `INSERT INTO subscriptions (id, version, product, product_code, account, state, created_ms, updated_ms)
     VALUES (?, ?, 'subscription', '4dz8m1rf6yq2w7kx9p3vc5hn0', '012345678901', 'active', 0, 0)`,
  )
    .bind(id, version)
    .run()

/** Somebody registers, with whatever was typed in. */
export const register = (email: string, fields: object = {}, id = SUBSCRIPTION): Promise<unknown> =>
  env.DB.prepare(
    'INSERT INTO contacts (subscription, email, fields, created_ms, updated_ms) VALUES (?, ?, ?, 0, 0)',
  )
    .bind(id, email, JSON.stringify(fields))
    .run()

export async function makeSecret(edge: Edge, id = 'whs_1'): Promise<string> {
  const secret = newWebhookSecret()
  await keepWebhookSecret(edge, id, 'test', secret)
  return secret
}

/** A decision about the stage's subscription, granted unless it says otherwise. */
export const decision = (over: Partial<Decision> = {}): Decision => ({
  kind: 'subscription.granted',
  subscription: SUBSCRIPTION,
  at: Date.parse('2026-11-21T14:29:00Z'),
  key: over.kind ?? 'granted:1',
  data: { why: 'active', plan: 'team' },
  ...over,
})

export const VIEW = {
  id: SUBSCRIPTION,
  product: 'subscription',
  account: '012345678901',
  plan: 'team',
  trial: { endsAt: '2026-12-05T00:00:00.000Z', graceUntil: '2026-12-08T00:00:00.000Z', converted: false },
}

/** Writes decisions as a change does, to the channels given. */
export async function decide(
  { edge }: Pick<Stage, 'edge'>,
  channels: readonly Channel[],
  ...decisions: readonly Decision[]
): Promise<void> {
  const { db } = edge.settings
  const announced = { subscription: SUBSCRIPTION, version: null, view: VIEW, channels }
  const all = decisions.length === 0 ? [decision()] : decisions
  const statements = outboxStatements(db, announced, all, edge.clocks.business())
  if (statements.length > 0) await db.batch(statements)
}

export interface Row {
  readonly id: string
  readonly channel: Channel
  readonly kind: DecisionKind
  readonly state: string
  readonly attempts: number
  readonly next_ms: number | null
  readonly outcome: string | null
}

export const rows = async (): Promise<Row[]> =>
  (await env.DB.prepare('SELECT * FROM outbox ORDER BY created_ms, rowid').all<Row>()).results

/** `channel state outcome` of each row, in the order in which they were written. */
export const standings = async (): Promise<string[]> =>
  (await rows()).map(({ channel, state, outcome }) => [channel, state, outcome].join(' ').trim())
