/** An application under `tollgate run --`: it speaks to the supervisor over loopback, by the address and token it was started with. */
import type { Entitlements } from './api.ts'
import type { Ask } from './sinks.ts'

/** What the environment of a supervised application says; null: there is no supervisor. */
export function supervisorIn(
  env: Readonly<Record<string, string | undefined>>,
): { readonly url: string; readonly token: string } | null {
  const { TOLLGATE_URL: url, TOLLGATE_TOKEN: token } = env
  return url === undefined || token === undefined ? null : { url, token }
}

export interface Supervisor {
  readonly ask: Ask
  /** Business time, as the supervisor last said it. */
  now(): number
  /** Asks anew; rejects when the supervisor does not answer or says no. Tells whether they are others than before. */
  entitlements(): Promise<{ readonly now: Entitlements; readonly changed: boolean }>
  status(): Promise<object>
}

/** How long the supervisor may take. */
const ANSWER_WITHIN_MS = 20_000
/** `Date` is in whole seconds: a smaller difference says nothing. */
const APART_MS = 2_000

/** `wall`: this process's clock. */
export function openSupervisor(
  at: { readonly url: string; readonly token: string },
  wall: () => number,
): Supervisor {
  let aheadMs = 0
  let last = ''

  const ask: Ask = async (path, init) => {
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${at.token}`)
    const response = await fetch(new URL(path, at.url), {
      ...init,
      headers,
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    const said = Date.parse(response.headers.get('date') ?? '')
    const ahead = said - wall()
    if (!Number.isNaN(said)) aheadMs = Math.abs(ahead) < APART_MS ? 0 : ahead
    return response
  }

  async function read(path: string): Promise<string> {
    const response = await ask(path, {})
    const text = await response.text()
    if (response.status === 200) return text
    throw new Error(`The supervisor answered ${response.status}: ${text.slice(0, 300)}`)
  }

  return {
    ask,
    now: () => wall() + aheadMs,
    async entitlements() {
      const text = await read('/v1/entitlements')
      const changed = standing(text) !== last
      last = standing(text)
      return { now: parse(text), changed }
    },
    status: async () => JSON.parse(await read('/status')) as object,
  }
}

/** What of them an application is told changes of: neither what was used nor when AWS was asked. */
function standing(text: string): string {
  const { access, plan, features, limits, entitlements } = parse(text)
  const bounds = limits.map(({ meter, max }) => [meter, max])
  return JSON.stringify([access, plan, features, bounds, entitlements])
}

/** The supervisor's own JSON: it is of the same version, from the same image. */
const parse = (text: string): Entitlements => JSON.parse(text) as Entitlements
