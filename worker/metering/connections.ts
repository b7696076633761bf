/** At most six connections of an invocation wait at once: Cloudflare's limit, which workerd does not enforce locally. */

/** Source: Workers limits, "6 simultaneous outgoing connections" (2026-11-21). */
export const CONNECTIONS_MAX = 6

/** Runs work as soon as one of `max` places is free, in the order in which it came. */
export type Connections = <T>(work: () => Promise<T>) => Promise<T>

/** Connections with `max` places of their own; callers that share the limit have to share them. */
export function openConnections(max = CONNECTIONS_MAX): Connections {
  let free = max
  const waiting: (() => void)[] = []
  return async (work) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      // The place is handed on without becoming free in between, so that nobody overtakes.
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}

/** Runs `work` for each item over the connections; every item is tried, whatever becomes of the others. */
export async function eachOver<T>(
  connections: Connections,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  await Promise.all(items.map((item) => connections(() => work(item))))
}
