/**
 * How many events a second the Worker takes through HTTP, durable, deduplicated and answered: under ids at batches of 1, 100
 * and 1 000, and in sequence mode at 1 000, as ratios to batch 1 and to a bare insert loop; and the rows a million events in
 * sequence mode write, counted by the object's cursors. `node test/bench/ingest.ts`, about half a minute.
 */
import { openInsertLoop } from './insert-loop.ts'
import { median, print } from './line.ts'
import { makeBodies, makeSequences, send } from './load.ts'
import { startWorker } from './worker.ts'

/** Requests of a round: about half a second each on a small machine. */
const POINTS = [
  { id: 'ingest-1', make: makeBodies, batch: 1, requests: 400 },
  { id: 'ingest-100', make: makeBodies, batch: 100, requests: 100 },
  { id: 'ingest-1000', make: makeBodies, batch: 1000, requests: 40 },
  { id: 'ingest-sequence-1000', make: makeSequences, batch: 1000, requests: 80 },
] as const

const LOOP_EVENTS = 40_000
const ROUNDS = 9
const SUBSCRIPTIONS = 8

/** Batch 1 000 against batch 1, at least; in sequence mode also events a second on 2 cores, load generator included. */
const GOAL = 100
const SEQUENCE_GOAL = 100_000

/** Rows that a million events write in sequence mode at batch 1 000, at most (design §13). */
const ROWS_GOAL = 3_000

await measureRates()
await countRows()

async function measureRates(): Promise<void> {
  const worker = await startWorker(SUBSCRIPTIONS)
  const loop = openInsertLoop()
  try {
    for (const { make, batch } of POINTS) await send(worker, make(worker, batch, 2 * SUBSCRIPTIONS), batch)
    loop.run(LOOP_EVENTS)

    const loopRates: number[] = []
    const rates = new Map<string, number[]>(POINTS.map(({ id }) => [id, []]))
    for (let round = 0; round < ROUNDS; round++) {
      for (const { id, make, batch, requests } of POINTS) {
        const bodies = make(worker, batch, requests)
        rates.get(id)?.push((batch * requests * 1000) / (await send(worker, bodies, batch)))
      }
      loopRates.push((LOOP_EVENTS * 1000) / loop.run(LOOP_EVENTS))
    }

    const one = median(rates.get('ingest-1') ?? [])
    const bare = median(loopRates)
    const unit = 'events/s'
    print({ id: 'insert-loop', value: bare, unit, ratio: 1, base: 'insert-loop', ok: true })
    for (const { id, make, batch } of POINTS) {
      const value = median(rates.get(id) ?? [])
      const isFast = make !== makeSequences || value >= SEQUENCE_GOAL
      const ok = isFast && (batch < 1000 || value / one >= GOAL)
      print({ id, value, unit, ratio: value / one, base: 'ingest-1', ok })
      print({ id: `${id}-bare`, value, unit, ratio: value / bare, base: 'insert-loop', ok: true })
    }
  } finally {
    loop.close()
    await worker.stop()
  }
}

/** In a Worker of its own, for counting makes it slower. The first batch of a subscription opens its Ledger, once. */
async function countRows(): Promise<void> {
  const worker = await startWorker(SUBSCRIPTIONS, { counting: true })
  const batch = 1000
  try {
    await send(worker, makeSequences(worker, batch, SUBSCRIPTIONS), batch)
    const before = await worker.counts()
    const bodies = makeSequences(worker, batch, 10 * SUBSCRIPTIONS)
    await send(worker, bodies, batch)
    const after = await worker.counts()
    const rows = after.rowsWritten.ledger - before.rowsWritten.ledger + after.alarms - before.alarms
    const value = (rows * 1e6) / (bodies.length * batch)
    const ok = value <= ROWS_GOAL
    print({
      id: 'ingest-sequence-rows',
      value,
      unit: 'rows/million',
      ratio: value / ROWS_GOAL,
      base: 'goal',
      ok,
    })
  } finally {
    await worker.stop()
  }
}
