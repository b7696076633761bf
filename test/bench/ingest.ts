/**
 * How many events a second the Worker takes through HTTP at batches of 1, 100 and 1 000, durable, deduplicated and
 * answered one by one: as a ratio to batch 1 and to a bare insert loop. `node test/bench/ingest.ts`, about half a minute.
 */
import { openInsertLoop } from './insert-loop.ts'
import { median, print } from './line.ts'
import { makeBodies, send } from './load.ts'
import { startWorker } from './worker.ts'

/** Requests of a round: about half a second each on a small machine. */
const POINTS = [
  { batch: 1, requests: 400 },
  { batch: 100, requests: 100 },
  { batch: 1000, requests: 40 },
] as const

const LOOP_EVENTS = 40_000
const ROUNDS = 9
const SUBSCRIPTIONS = 8

/** Batch 1 000 against batch 1, at least. */
const GOAL = 60

const worker = await startWorker(SUBSCRIPTIONS)
const loop = openInsertLoop()
try {
  for (const { batch } of POINTS) await send(worker, makeBodies(worker, batch, 2 * SUBSCRIPTIONS), batch)
  loop.run(LOOP_EVENTS)

  const loopRates: number[] = []
  const rates = new Map<number, number[]>(POINTS.map(({ batch }) => [batch, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const { batch, requests } of POINTS) {
      const bodies = makeBodies(worker, batch, requests)
      rates.get(batch)?.push((batch * requests * 1000) / (await send(worker, bodies, batch)))
    }
    loopRates.push((LOOP_EVENTS * 1000) / loop.run(LOOP_EVENTS))
  }

  const one = median(rates.get(1) ?? [])
  const bare = median(loopRates)
  const unit = 'events/s'
  print({ id: 'insert-loop', value: bare, unit, ratio: 1, base: 'insert-loop', ok: true })
  for (const { batch } of POINTS) {
    const value = median(rates.get(batch) ?? [])
    const ok = batch < 1000 || value / one >= GOAL
    print({ id: `ingest-${batch}`, value, unit, ratio: value / one, base: 'ingest-1', ok })
    print({ id: `ingest-${batch}-bare`, value, unit, ratio: value / bare, base: 'insert-loop', ok: true })
  }
} finally {
  loop.close()
  await worker.stop()
}
