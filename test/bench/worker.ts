/** The production Worker in Miniflare on a loopback port, with a key and subscriptions, its state in a folder of its own. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Miniflare } from 'miniflare'
import { type Database, migrate } from '../../commands/start/database.ts'
import { bundleWorker, readWorkerConfig, workerOptions } from '../../commands/start/worker.ts'
import { DAY_MS, hourOf } from '../../shared/hour.ts'
import type { Order } from '../../shared/ledger/order.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import { mintKey } from '../../shared/usage/key.ts'
import { BUNDLE, COUNTING_WORKER, COUNTS_PATH, type Counts } from './counting.ts'

export const ROOT = resolve(import.meta.dirname, '../..')

/** The product whose usage is reported; seller.config.ts sells it by subscription. */
const PRODUCT = { key: 'subscription', code: '4dz8m1rf6yq2w7kx9p3vc5hn0' } as const

/** What EventBridge's connection would send. */
export const PUSH_KEY = 'a-key-of-the-connection-of-a-bench'

export interface RunningWorker {
  readonly port: number
  readonly apiKey: string
  readonly subscriptions: readonly string[]
  /** What was counted since the start; only of a Worker that counts. */
  counts(): Promise<Counts>
  /** Moves business time and does all that is due; of a Worker in development only. Answers the time. */
  step(now: number): Promise<number>
  stop(): Promise<void>
}

export interface WorkerSettings {
  /** Wraps the bundle by `counting.ts`: exact counts, slower. */
  readonly counting?: boolean
  /** `index.dev.ts` has the clock that `step` moves. */
  readonly entry?: 'index.ts' | 'index.dev.ts'
  /** Settings beside the usual ones. */
  readonly vars?: Readonly<Record<string, string>>
  /** Where AWS is; a loopback port where nobody listens unless it is given. */
  readonly aws?: string
}

/** Nothing of it leaves this machine. */
export async function startWorker(
  subscriptionCount: number,
  settings: WorkerSettings = {},
): Promise<RunningWorker> {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-bench-'))
  const config = known(readWorkerConfig(ROOT))
  const script = known(await bundleWorker(ROOT, settings.entry ?? 'index.ts'))
  const vars = {
    METERING: 'live',
    SESSION_SECRET: Buffer.alloc(32, 7).toString('base64'),
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLEBENCH',
    AWS_SECRET_ACCESS_KEY: 'not-a-secret-of-anybody',
    AWS_ENDPOINT: settings.aws ?? 'http://127.0.0.1:9',
    EVENTS_QUEUE_URL: 'http://127.0.0.1:9/111122223333/tollgate-events',
    EVENTS_PUSH_KEYS: PUSH_KEY,
    ...settings.vars,
  }
  const miniflare = new Miniflare({
    ...workerOptions(config, settings.counting === true ? countingModules(script) : script, {
      port: 0,
      folder,
      vars,
    }),
    // Nobody listens at AWS's place, and the Worker says so; only measurements are printed.
    handleStructuredLogs: () => undefined,
  })
  const stop = async (): Promise<void> => {
    await miniflare.dispose()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const url = await miniflare.ready
    const [database] = config.d1_databases
    const db = await miniflare.getD1Database(database.binding)
    known(await migrate(db, resolve(ROOT, 'worker', database.migrations_dir)))

    const { text, sha256 } = await mintKey(crypto.getRandomValues(new Uint8Array(32)))
    await db
      .prepare('INSERT INTO api_keys (id, sha256, name, created_ms) VALUES (?, ?, ?, 0)')
      .bind('key_bench', sha256, 'bench')
      .run()
    const subscriptions = Array.from(
      { length: subscriptionCount },
      (_, at): SubscriptionId => `sub_${String(at).padStart(22, '0')}`,
    )
    for (const id of subscriptions) await addSubscription(db, id)
    // Cron hands the waiting orders to the Ledgers.
    const worker = (await miniflare.getWorker()) as { scheduled?(): Promise<unknown> }
    await worker.scheduled?.()
    const step = async (now: number): Promise<number> => {
      for (let due: number | null = now; due !== null && due <= now;) due = await stepOnce(url, now)
      return now
    }
    const counts = async (): Promise<Counts> =>
      (await (await fetch(new URL(COUNTS_PATH, url))).json()) as Counts
    return { port: Number(url.port), apiKey: text, subscriptions, counts, step, stop }
  } catch (thrown) {
    await stop()
    throw thrown
  }
}

/** One step of the stepper; answers when the next thing is due. */
async function stepOnce(url: URL, now: number): Promise<number | null> {
  const answer = await fetch(new URL('/__dev/step', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ now }),
  })
  if (!answer.ok) throw new Error(`the step was answered ${answer.status}: ${await answer.text()}`)
  return ((await answer.json()) as { next: number | null }).next
}

const countingModules = (script: string) => [
  { path: 'worker.mjs', contents: COUNTING_WORKER },
  { path: BUNDLE, contents: script },
]

/** An active subscription and its order, as the lifecycle leaves them. */
async function addSubscription(db: Database, id: SubscriptionId): Promise<void> {
  const now = Date.now()
  const account = id.slice(-12)
  const order: Order = {
    subscription: id,
    version: 1,
    product: PRODUCT.key,
    productCode: PRODUCT.code,
    account,
    agreementStart: now - DAY_MS,
    activation: now - DAY_MS,
    life: 1,
    ending: null,
    end: null,
    identities: [
      {
        kind: 'product-account',
        productCode: PRODUCT.code,
        account,
        region: 'us-east-1',
        fromHour: hourOf(now - DAY_MS),
      },
    ],
    plans: [],
    trial: null,
    amounts: {},
    predecessor: null,
  }
  await db.batch([
    db
      .prepare(
        `INSERT INTO subscriptions (id, version, product, product_code, account, state, created_ms, updated_ms)
         VALUES (?, 1, ?, ?, ?, 'active', 0, 0)`,
      )
      .bind(id, PRODUCT.key, PRODUCT.code, account),
    db
      .prepare('INSERT INTO orders (subscription, version, body, created_ms) VALUES (?, 1, ?, ?)')
      .bind(id, JSON.stringify(order), now),
  ])
}

function known<T>(result: { ok: true; value: T } | { ok: false; error: string }): T {
  if (!result.ok) throw new Error(result.error)
  return result.value
}
