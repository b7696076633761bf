/** A thread of the simulation: runs the seeds it is sent and answers what was wrong and how often what happened. */
import { parentPort } from 'node:worker_threads'
import { openCoverage } from './coverage.ts'
import { countsOf, type Counts } from './tally.ts'
import { judgeSeed, worldOf, type Plan, type Verdict } from './judged.ts'
import { openPool } from './runtime/pool.ts'
import type { Chunk } from './threads.ts'

export interface Work extends Chunk {
  readonly plan: Plan
}

export interface Done {
  readonly seeds: number
  readonly failed: readonly Verdict[]
  readonly counts: Counts
  /** Simulated hours. */
  readonly hours: number
}

const pool = await openPool(worldOf(0, 'dense').sold[0])

async function run({ from, until, plan }: Work): Promise<Done> {
  const coverage = openCoverage()
  const failed: Verdict[] = []
  let hours = 0
  for (let seed = from; seed < until; seed++) {
    const verdict = await judgeSeed(pool, seed, plan, coverage)
    hours += verdict.hours
    if (verdict.wrong.length > 0) failed.push(verdict)
  }
  return { seeds: until - from, failed, counts: countsOf(coverage), hours }
}

parentPort?.on('message', (work: Work) => {
  void run(work).then((done) => parentPort?.postMessage(done, []))
})
