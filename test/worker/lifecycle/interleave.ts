/** Two writers on one D1, step by step: every order in which their batches can meet. D1 itself is real. */

/** Something that works on a database; each batch it sends, with all it does until the next, is one step. */
export type Writer = (db: D1Database) => Promise<unknown>

interface Run {
  /** Answers once the writer stands before a batch, or is done. Throws what the writer threw. */
  ready(): Promise<void>
  /** Lets the batch it stands before through. */
  step(): void
  isDone(): boolean
}

function start(db: D1Database, writer: Writer): Run {
  let isDone = false
  let failure: Error | undefined
  let open = () => {}
  let arrive = () => {}
  let standing = new Promise<void>((resolve) => (arrive = resolve))

  const gated = new Proxy(db, {
    get(target, name) {
      if (name === 'batch')
        return async (statements: D1PreparedStatement[]) => {
          await new Promise<void>((resolve) => {
            open = resolve
            arrive()
          })
          return target.batch(statements)
        }
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  const end = (thrown?: unknown) => {
    isDone = true
    if (thrown !== undefined) failure = new Error('a writer failed', { cause: thrown })
    arrive()
  }
  writer(gated).then(() => end(), end)

  return {
    isDone: () => isDone,
    async ready() {
      await standing
      if (failure !== undefined) throw failure
    },
    step() {
      standing = new Promise<void>((resolve) => (arrive = resolve))
      open()
    },
  }
}

/**
 * Runs both writers in every order their steps allow, each time on what `prepare` sets up, and calls `check` after each.
 * Answers how many orders there were.
 */
export async function everyInterleaving(
  db: D1Database,
  prepare: () => Promise<void>,
  writers: readonly [Writer, Writer],
  check: (order: string) => Promise<void>,
): Promise<number> {
  const waiting: string[] = ['']
  let orders = 0
  for (let prefix = waiting.pop(); prefix !== undefined; prefix = waiting.pop()) {
    await prepare()
    const runs = writers.map((writer) => start(db, writer))
    let order = ''
    for (;;) {
      await Promise.all(runs.map((run) => run.ready()))
      const alive = runs.flatMap((run, index) => (run.isDone() ? [] : [String(index)]))
      if (alive.length === 0) break
      const chosen = prefix[order.length] ?? alive[0] ?? '0'
      // The way not taken is taken in a run of its own.
      if (order.length >= prefix.length && alive.length > 1) waiting.push(`${order}1`)
      order += chosen
      runs[Number(chosen)]?.step()
    }
    orders += 1
    await check(order)
  }
  return orders
}
