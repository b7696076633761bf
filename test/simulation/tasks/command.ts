/**
 * `npm run simulate -- --tasks`: seeds of task life on several threads, each judged, and what was never tried. Answers the
 * exit code: 1 for a failing seed or a gap in what was covered, 2 for a wrong argument.
 */
import { runThreads } from '../threads.ts'
import { type Arguments, readArguments } from './arguments.ts'
import { bootAll, BOOTS } from './boot.ts'
import { addCounts, missingOf, openTally, sayRun, type Tally } from '../tally.ts'
import { tableOf } from './coverage.ts'
import { judgeSeed, type Verdict, worldOf } from './judged.ts'
import { shrink } from './shrink.ts'
import type { Done, Work } from './worker.ts'

interface Total {
  seeds: number
  hours: number
  readonly failed: Verdict[]
  readonly coverage: Tally
}

export async function runTasks(given: readonly string[]): Promise<number> {
  const read = readArguments(given)
  if (!read.ok) {
    console.error(read.error)
    return 2
  }
  if (read.value.boot) return await bootThousand(read.value.from)
  return read.value.seed === null ? await runMany(read.value) : await replay(read.value.seed, read.value)
}

const TASKS = 1_000
const WITHIN_MINUTES = 10

/** When the middle and the last of 1,000 tasks were up; 1 where one ended, or was up later than 10 minutes after the first. */
async function bootThousand(seed: number): Promise<number> {
  let late = false
  for (const boot of BOOTS) {
    const { upMs, exits, calls, throttled } = await bootAll(boot, TASKS, seed)
    const minutes = (place: number): number => (upMs[place] ?? Number.POSITIVE_INFINITY) / 60_000
    const last = minutes(TASKS - 1)
    console.log(
      `${boot}: ${upMs.length} of ${TASKS} up, half of them after ${minutes(TASKS / 2).toFixed(1)} and the last after ${last.toFixed(1)} virtual minutes; ${exits.length} ended; ${calls} calls, ${throttled} of them throttled`,
    )
    if (exits.length > 0 || last > WITHIN_MINUTES) late = true
  }
  return late ? 1 : 0
}

async function runMany(asked: Arguments): Promise<number> {
  const started = performance.now()
  const total: Total = { seeds: 0, hours: 0, failed: [], coverage: openTally() }
  await runThreads<Work, Done>({
    script: new URL('./worker.ts', import.meta.url),
    ...asked,
    workOf: (chunk) => ({ ...chunk, plan: asked.plan }),
    done(done) {
      total.seeds += done.seeds
      total.hours += done.hours
      total.failed.push(...done.failed)
      addCounts(total.coverage, done.counts)
    },
  })
  const seconds = (performance.now() - started) / 1_000
  const rows = tableOf(total.coverage, total.seeds, asked.plan.choice)
  const missing = missingOf(rows)
  total.failed.sort((a, b) => a.seed - b.seed)
  if (asked.json)
    console.log(
      JSON.stringify({
        ...asked,
        seeds: total.seeds,
        hours: total.hours,
        seconds,
        failed: total.failed,
        rows,
      }),
    )
  else sayRun({ what: 'seeds of task life', ...total, seconds, rows })
  const [first] = total.failed
  if (first !== undefined && !asked.json) await explain(first, asked)
  return total.failed.length > 0 || missing.length > 0 ? 1 : 0
}

/** The first failing seed made small, and its trace in plain words. */
async function explain(failing: Verdict, asked: Arguments): Promise<void> {
  const small = await shrink(failing, asked.plan)
  const world = worldOf(failing.seed, asked.plan.shape)
  const kept = world.reports.length - small.withoutReports.size
  console.log(
    `\nseed ${failing.seed} made small: ${kept} of ${world.reports.length} reports, faults: ${small.verdict.faults.join(' ') || 'none'}`,
  )
  await judgeSeed(failing.seed, asked.plan, null, { ...small, trace: writeLine })
  for (const sentence of small.verdict.wrong) console.log(sentence)
}

async function replay(seed: number, asked: Arguments): Promise<number> {
  const verdict = await judgeSeed(seed, asked.plan)
  if (verdict.wrong.length > 0) {
    await explain(verdict, asked)
    return 1
  }
  await judgeSeed(seed, asked.plan, null, { trace: writeLine })
  console.log(
    `seed ${seed} (${verdict.shape}): nothing lost, nothing doubled; faults: ${verdict.faults.join(' ') || 'none'}`,
  )
  return 0
}

const writeLine = (at: number, line: string): void => console.log(`${new Date(at).toISOString()} ${line}`)
