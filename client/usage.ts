/**
 * Reports usage to Tollgate from Node ≥ 20 or a browser. Each batch is saved under a number before it is sent and only ever
 * sent again under it, so nothing counts twice. What is not sent when the process ends is lost, unless a `store` keeps it.
 */

/** What was used: exactly one of `quantity`, `value` (a level) and `key`. `time`: RFC 3339 or epoch ms; default now. */
export type Usage = { readonly meter: string; readonly time?: string | number } & (
  | { readonly quantity: number | string }
  | { readonly value: number | string; readonly series?: string }
  | { readonly key: string }
)

/** One number's events of one subscription. */
export interface Batch {
  readonly epoch: string
  readonly sequence: number
  readonly subscription: string
  readonly events: readonly Usage[]
}

/** Keeps the batches that have no answer. `save` replaces them all at once; what fails is tried again. */
export interface Store {
  load(): readonly Batch[] | Promise<readonly Batch[]>
  save(batches: readonly Batch[]): void | Promise<void>
}

/** Usage that will never be taken as it is, and why. `at`: its place in the batch. */
export type Refused = Wrong & { readonly subscription: string; readonly event: Usage | undefined }
type Wrong = { readonly at: number; readonly code: string; readonly message: string }
type Reply = { result?: string; code?: string; detail?: string; refused?: readonly Wrong[] }
type Answer = { readonly again: string; readonly afterMs: number } | { readonly wrong: readonly Wrong[] }

export interface Options {
  /** Where the Worker answers, e.g. `https://usage.example.com`, and an API key (`tg_…`). */
  readonly url: string
  readonly key: string
  /** Told what was refused (the other events of its batch go under a new number), and of each new try. */
  readonly onRefused: (refused: readonly Refused[]) => void
  readonly onRetry?: (why: string, pauseMs: number) => void
  readonly store?: Store
  /** Events in a batch (1 000, the most), events that may wait (100 000), ms until they are sent (1 000). */
  readonly batchMax?: number
  readonly bufferMax?: number
  readonly everyMs?: number
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
  readonly sleep?: (ms: number) => Promise<unknown>
}

/** A client with an epoch of its own; what `store` still holds is sent first, under the numbers it has. */
export async function openClient(options: Options) {
  const { store, batchMax = 1_000, bufferMax = 100_000, everyMs = 1_000 } = options
  const sleep = options.sleep ?? ((ms: number) => new Promise((done) => setTimeout(done, ms)))
  const epoch = crypto.getRandomValues(new Uint32Array(4)).join('-')
  const unsent = [...((await store?.load()) ?? [])]
  const waiting = new Map<string, Usage[]>()
  let size = unsent.reduce((sum, { events }) => sum + events.length, 0)
  let [sequence, saved, closed] = [0, true, false]
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: Promise<void> | undefined

  function number(subscription: string, events: readonly Usage[]): void {
    for (let at = 0; at < events.length; at += batchMax)
      unsent.push({ epoch, sequence: sequence++, subscription, events: events.slice(at, at + batchMax) })
    saved = false
  }

  /** Sends the next batch, once it is saved. What has to be sent again goes behind the others. */
  async function sendNext(): Promise<Answer> {
    for (const [subscription, events] of waiting) number(subscription, events)
    waiting.clear()
    if (!saved) await store?.save([...unsent])
    saved = true
    const [batch] = unsent
    if (batch === undefined) return { wrong: [] }
    const answer = await send(options, batch)
    unsent.shift()
    if ('again' in answer) unsent.push(batch)
    else settle(batch, answer.wrong)
    return answer
  }

  function settle({ subscription, events }: Batch, wrong: readonly Wrong[]): void {
    const good = events.filter((_, at) => wrong.length > 0 && wrong.every((one) => one.at !== at))
    number(subscription, good)
    size -= events.length - good.length
    if (wrong.length > 0)
      options.onRefused(wrong.map((why) => ({ ...why, subscription, event: events[why.at] })))
  }

  async function run(): Promise<void> {
    for (let tries = 1; !saved || unsent.length + waiting.size > 0; tries += 1) {
      const answer = await sendNext().catch((thrown: unknown) => ({ again: String(thrown), afterMs: 0 }))
      if (!('again' in answer)) tries = 0
      else {
        const pauseMs = Math.min(30_000, 250 * 2 ** tries) * (0.5 + Math.random() / 2)
        options.onRetry?.(answer.again, Math.max(answer.afterMs, pauseMs))
        await sleep(Math.max(answer.afterMs, pauseMs))
      }
    }
    running = undefined
  }

  function start(): Promise<void> {
    if (timer) clearTimeout(timer)
    timer = undefined
    return (running ??= run())
  }

  /** Sends what waits; answers how many events are left after `withinMs`: 0 when all have their answer. */
  async function flush(withinMs = 2 ** 31 - 1): Promise<number> {
    let late: ReturnType<typeof setTimeout> | undefined
    await Promise.race([start(), new Promise((done) => (late = setTimeout(done, withinMs)))])
    if (late) clearTimeout(late)
    return size
  }

  /** Takes an event into the buffer. Throws when the buffer is full or the client closed: then it is not taken. */
  function report(subscription: string, event: Usage): void {
    if (closed) throw new Error('This usage client is closed: open another one.')
    if (size >= bufferMax)
      throw new Error(`${size} events wait for Tollgate, all this client holds: try later.`)
    const events = waiting.get(subscription) ?? []
    waiting.set(subscription, events)
    size += 1
    if (events.push({ time: new Date().toISOString(), ...event }) >= batchMax) void start()
    else timer ??= setTimeout(() => void start(), everyMs)
  }

  /** As `flush`, and takes no more. */
  const close = (withinMs?: number): Promise<number> => ((closed = true), flush(withinMs))
  return { report, flush, close }
}

/** One try. Only Tollgate's own word takes a batch out of the buffer: what a proxy says in its place is tried again. */
async function send({ url, key, fetch: call = fetch }: Options, batch: Batch): Promise<Answer> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const init = { method: 'POST', headers, body: JSON.stringify(batch), signal: AbortSignal.timeout(30_000) }
  const response = await call(new URL('/v1/usage', url).href, init)
  const { result, code = '', detail = code, refused = [] } = (await response.json()) as Reply
  if (result === 'counted' || result === 'duplicate') return { wrong: [] }
  if (result === 'refused' || response.status === 400 || response.status === 413) {
    const all = batch.events.map((_, at) => ({ at, code, message: detail }))
    return { wrong: refused.length > 0 ? refused : all }
  }
  const afterMs = 1_000 * (Number(response.headers.get('retry-after')) || 0)
  return { again: `${response.status} ${detail}`, afterMs }
}
