/** What the checks of the image share: the built image, AWS's stand-in, and how a check is said. */
import type { Aws, RunTask } from './aws.ts'
import { type Container, runContainer, type RunOptions } from './containers.ts'
import type { Ground } from './machine.ts'

export interface World {
  readonly ground: Ground
  readonly aws: Aws
  /** The built index, written as `dir:`. */
  readonly layout: string
  /** The base's, as `dir:`. */
  readonly base: string
  /** As a cluster pulls it. */
  readonly image: string
  /** A sentence that could be false, and what it takes to see whether it is. */
  readonly check: (sentence: string, see: () => Promise<void>) => Promise<void>
}

export function expect(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise)
}

let port = 47_000

/** A container of a task on this machine's own network: each gets ports of its own. */
export async function start(
  { ground, image, aws }: World,
  task: RunTask | null,
  options: RunOptions = {},
): Promise<Container & { readonly app: string; readonly own: string }> {
  const [app, own] = [++port, ++port]
  const env = { ...task?.env, PORT: String(app), TOLLGATE_PORT: String(own), ...options.env }
  const flags = options.flags ?? aws.flags
  const container = await runContainer(ground, image, { ...options, env, flags })
  return { ...container, app: `http://127.0.0.1:${app}`, own: `http://127.0.0.1:${own}` }
}

/** The answer's status; null: nobody answers. */
export async function statusOf(url: string): Promise<number | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    await answer.body?.cancel()
    return answer.status
  } catch {
    return null
  }
}

/** Waits until it holds, at most `seconds`; the error says what was waited for and, if given, what the container said. */
export async function until(
  what: string,
  seconds: number,
  holds: () => Promise<boolean>,
  container?: Container,
): Promise<void> {
  const end = performance.now() + seconds * 1_000
  while (performance.now() < end) {
    if (await holds()) return
    await new Promise((resume) => setTimeout(resume, 50))
  }
  throw new Error(`${what} did not happen within ${seconds} s: ${(await container?.logs()) ?? ''}`)
}

/** Units billed to an account by AWS's stand-in, and in how many records. */
export async function billed({ aws }: World, account: string): Promise<{ units: number; records: number }> {
  const { lines } = await aws.bill(account)
  return { units: lines.reduce((sum, line) => sum + line.quantity, 0), records: lines.length }
}
