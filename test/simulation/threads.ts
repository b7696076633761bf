/** Seeds over several threads: chunks are dealt by number, so a run's table is the same whatever the threads' pace. */
import { Worker } from 'node:worker_threads'

/** Seeds a thread is sent at once. */
const CHUNK = 25

/** Seeds `from` to `until`, the latter not included. */
export interface Chunk {
  readonly from: number
  readonly until: number
}

export interface Dealt<W extends Chunk, D> {
  readonly script: URL
  readonly from: number
  readonly seeds: number
  readonly workers: number
  readonly workOf: (chunk: Chunk) => W
  readonly done: (done: D) => void
}

export async function runThreads<W extends Chunk, D>(dealt: Dealt<W, D>): Promise<void> {
  await Promise.all(Array.from({ length: dealt.workers }, (_, i) => runThread(dealt, i)))
}

async function runThread<W extends Chunk, D>(dealt: Dealt<W, D>, thread: number): Promise<void> {
  const { from, seeds, workers } = dealt
  const worker = new Worker(dealt.script)
  try {
    for (let at = from + thread * CHUNK; at < from + seeds; at += workers * CHUNK)
      dealt.done(await ask<D>(worker, dealt.workOf({ from: at, until: Math.min(at + CHUNK, from + seeds) })))
  } finally {
    await worker.terminate()
  }
}

const ask = <D>(worker: Worker, work: Chunk): Promise<D> =>
  new Promise((resolve, reject) => {
    const answered = (done: D): void => {
      worker.off('error', reject)
      resolve(done)
    }
    worker.once('error', reject)
    worker.once('message', answered)
    worker.postMessage(work, [])
  })
