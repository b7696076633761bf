/**
 * `npm run simulate`: runs seeds on several threads, judges each, and says what was lost or doubled and what was never
 * tried. Exit code 1 for a failing seed or a gap in what was covered, 2 for a wrong argument.
 */
import { openCoverage, tableOf, type Coverage } from './coverage.ts'
import { addCounts, missingOf, sayRun, SHOWN_MAX } from './tally.ts'
import { crashEverywhere } from './crash-points.ts'
import { judgeSeed, worldOf, type Verdict } from './judged.ts'
import { HELP, readArguments, type Arguments } from './arguments.ts'
import { openPool } from './runtime/pool.ts'
import { REPAIRS } from './runtime/operator.ts'
import { sideBySide } from './sample/side-by-side.ts'
import { shrink } from './shrink.ts'
import { HELP as HELP_ON_TASKS } from './tasks/arguments.ts'
import { runTasks } from './tasks/command.ts'
import { crashTasks } from './tasks/crash-points.ts'
import { runThreads } from './threads.ts'
import type { Done, Work } from './worker.ts'

interface Total {
  seeds: number
  hours: number
  readonly failed: Verdict[]
  readonly coverage: Coverage
}

async function main(given: readonly string[]): Promise<number> {
  if (given.includes('--help')) {
    console.log(given.includes('--tasks') ? HELP_ON_TASKS : HELP)
    return 0
  }
  if (given.includes('--tasks')) return await runTasks(given.filter((one) => one !== '--tasks'))
  const read = readArguments(given)
  if (!read.ok) {
    console.error(read.error)
    return 2
  }
  const asked = read.value
  if (asked.crashPoints) return await crashPoints(asked)
  if (asked.impl === 'sample') {
    const choice = asked.faultsGiven ? asked.plan.choice : null
    await sideBySide(asked.from, asked.seeds, choice, (line) => console.log(line))
    return 0
  }
  return asked.seed === null ? await runMany(asked) : await replay(asked.seed, asked)
}

async function runMany(asked: Arguments): Promise<number> {
  const started = performance.now()
  const total: Total = { seeds: 0, hours: 0, failed: [], coverage: openCoverage() }
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
  const rows = tableOf(total.coverage, total.seeds, asked.plan.choice, REPAIRS)
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
  else sayRun({ what: 'seeds', ...total, seconds, rows })
  const [first] = total.failed
  if (first !== undefined && !asked.json) await explain(first, asked)
  return total.failed.length > 0 || missing.length > 0 ? 1 : 0
}

/** The first failing seed made small, and its trace in plain words. */
async function explain(failing: Verdict, asked: Arguments): Promise<void> {
  const pool = await openPool(worldOf(0, 'dense').sold[0])
  const small = await shrink(pool, failing, asked.plan)
  const world = worldOf(failing.seed, asked.plan.shape)
  const kept = world.reports.length - small.withoutReports.size
  console.log(
    `\nseed ${failing.seed} made small: ${kept} of ${world.reports.length} reports, faults: ${small.verdict.faults.join(' ') || 'none'}`,
  )
  await judgeSeed(pool, failing.seed, asked.plan, undefined, { ...small, trace: writeLine })
  for (const sentence of small.verdict.wrong) console.log(sentence)
}

async function replay(seed: number, asked: Arguments): Promise<number> {
  const pool = await openPool(worldOf(0, 'dense').sold[0])
  const verdict = await judgeSeed(pool, seed, asked.plan)
  if (verdict.wrong.length > 0) {
    await explain(verdict, asked)
    return 1
  }
  await judgeSeed(pool, seed, asked.plan, undefined, { trace: writeLine })
  console.log(
    `seed ${seed} (${verdict.shape}): nothing lost, nothing doubled; faults: ${verdict.faults.join(' ') || 'none'}`,
  )
  return 0
}

async function crashPoints(asked: Arguments): Promise<number> {
  const edge = await crashEverywhere('point')
  const tasks = await crashTasks('point')
  const kinds = new Map([...edge.kinds, ...tasks.kinds])
  const runs = edge.runs + tasks.runs
  const failed = [...edge.failed, ...tasks.failed]
  if (asked.json) console.log(JSON.stringify({ kinds: Object.fromEntries(kinds), runs, failed }))
  else
    for (const [label, times] of [...kinds].sort(([a], [b]) => a.localeCompare(b)))
      console.log(`${String(times).padStart(6)}  ${label}`)
  for (const { life, point, label, wrong } of failed.slice(0, SHOWN_MAX))
    console.log(`${life}, point ${point} (${label}): ${wrong[0] ?? ''}`)
  console.log(`${runs - failed.length} passed, ${failed.length} failed`)
  return failed.length > 0 ? 1 : 0
}

const writeLine = (at: number, line: string): void => console.log(`${new Date(at).toISOString()} ${line}`)

process.exitCode = await main(process.argv.slice(2))
