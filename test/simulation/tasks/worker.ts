/** A thread of the simulation of tasks: runs the seeds it is sent and answers what was wrong and how often what happened. */
import { parentPort } from 'node:worker_threads'
import type { Chunk } from '../threads.ts'
import { countsOf, type Counts, openTally } from '../tally.ts'
import { judgeSeed, type Plan, type Verdict } from './judged.ts'

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

async function run({ from, until, plan }: Work): Promise<Done> {
  const coverage = openTally()
  const failed: Verdict[] = []
  let hours = 0
  for (let seed = from; seed < until; seed++) {
    const verdict = await judgeSeed(seed, plan, coverage)
    hours += verdict.hours
    if (verdict.wrong.length > 0) failed.push(verdict)
  }
  return { seeds: until - from, failed, counts: countsOf(coverage), hours }
}

parentPort?.on('message', (work: Work) => {
  void run(work).then((done) => parentPort?.postMessage(done, []))
})
