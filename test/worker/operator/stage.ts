/** What the operator's tests share: an app over real D1, Ledgers and a Submitter, its key, and a way to ask. */
import { createApp } from '../../../worker/app.ts'
import { hashOperatorKey, operatorKeyOf } from '../../../shared/operator/key.ts'
import { closeStage, openAws, openStage, type Stage } from '../metering/stage.ts'

export const ORIGIN = 'https://tollgate.example'
export const KEY = operatorKeyOf('A'.repeat(43))

export interface Answer<T> {
  readonly status: number
  readonly body: T
  readonly headers: Headers
}

export interface OperatorStage extends Stage {
  /** Sends a request as it is. */
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>
  readonly get: <T>(path: string) => Promise<Answer<T>>
  readonly post: <T>(path: string, body?: unknown) => Promise<Answer<T>>
}

export const closeOperator = closeStage

/** Time stands where `test/worker/metering/stage.ts` sets it. `keyHash` undefined: the deployment has no key. */
export async function openOperator(keyHash?: string | null): Promise<OperatorStage> {
  const stage = await openStage()
  openAws()
  const { operatorKeyHash: _, ...settings } = stage.edge.settings
  const hash = keyHash === undefined ? await hashOperatorKey(KEY) : keyHash
  const edge = {
    ...stage.edge,
    settings: { ...settings, ...(hash === null ? {} : { operatorKeyHash: hash }) },
  }
  const app = createApp(edge)
  const fetch = async (path: string, init?: RequestInit): Promise<Response> =>
    app.fetch(new Request(`${ORIGIN}/v1/operator${path}`, init))
  const read = async <T>(response: Response): Promise<Answer<T>> => ({
    status: response.status,
    body: await response.json<T>(),
    headers: response.headers,
  })
  const authorization = `Bearer ${KEY}`
  return {
    ...stage,
    edge,
    fetch,
    get: async (path) => read(await fetch(path, { headers: { authorization } })),
    post: async (path, body = {}) =>
      read(
        await fetch(path, {
          method: 'POST',
          headers: { authorization, 'content-type': 'application/json' },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
      ),
  }
}
