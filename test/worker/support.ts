/** What the Worker's tests share: migrated tables, an edge over a clock that is set, and AWS stood in for at the wire. */
import type { D1Migration } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { openAws } from '../../worker/identity/access.ts'
import type { Edge } from '../../worker/env.ts'
import { seller } from '../../worker/seller.ts'

/** A clock a test sets; business and wall time are the same unless it says otherwise. */
export interface TestClock {
  business: number
  wall: number
}

export const clockAt = (iso: string): TestClock => ({ business: Date.parse(iso), wall: Date.parse(iso) })

/** Makes D1's tables where there are none. In one batch: a migration at a time costs more than most tests. */
export async function migrate(): Promise<void> {
  const made = await env.DB.prepare("SELECT 1 FROM sqlite_master WHERE name = 'subscriptions'").first()
  if (made !== null) return
  const migrations = Reflect.get(env, 'TEST_MIGRATIONS') as D1Migration[]
  await env.DB.batch(migrations.flatMap(({ queries }) => queries.map((query) => env.DB.prepare(query))))
}

/** AWS's own documentation pair. Source: facts §0.5. */
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }

const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/111122223333/tollgate-events'

export const edgeAt = (clock: TestClock): Edge => ({
  settings: {
    db: env.DB,
    ledgers: env.LEDGER,
    submitters: env.SUBMITTER,
    audit: env.AUDIT,
    identities: env.IDENTITY,
    metering: 'live',
    sessionSecret: new Uint8Array(32).fill(7),
    aws: { keys: KEYS },
    eventsQueueUrl: QUEUE_URL,
  },
  aws: openAws({ keys: KEYS }, env.IDENTITY, () => clock.wall),
  seller,
  clocks: { business: () => clock.business, wall: () => clock.wall },
  queueWaitSeconds: 0,
})

/** One call as it reached the wire. */
export interface WireCall {
  readonly url: string
  readonly target: string
  readonly headers: Headers
  readonly body: Record<string, unknown>
}

/** Replaces `fetch` by `answer` and answers the list of calls made; undo with `vi.unstubAllGlobals`. */
export function standIn(answer: (call: WireCall) => Response | Promise<Response>): {
  readonly calls: WireCall[]
  readonly fetch: typeof fetch
} {
  const calls: WireCall[] = []
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    const call: WireCall = {
      url: request.url,
      target: (request.headers.get('x-amz-target') ?? '').split('.').at(-1) ?? '',
      headers: request.headers,
      body: await request.json(),
    }
    calls.push(call)
    return answer(call)
  }
  return { calls, fetch }
}

/** AWS's refusal on the wire. Source: facts §0.3. */
export const awsError = (name: string, status = 400): Response =>
  Response.json(
    { __type: `com.amazonaws.marketplacemetering#${name}`, message: `${name} on demand` },
    { status },
  )
