/**
 * The hourly reconciliation: asks AWS for the truth about every agreement and writes the events that never came into the
 * inbox, from which the lifecycle computes as from any other (design §5.6). Changes no state itself.
 */
import { describeFailure, type CallFailure } from '../../shared/aws/failure.ts'
import { decide } from '../../shared/aws/decide.ts'
import { HOUR_MS } from '../../shared/hour.ts'
import { alertStatement } from '../db/outbox.ts'
import { claimRun, keepProgress } from '../db/reconciliations.ts'
import { channelsSetUp } from '../deliveries/channels.ts'
import type { Edge } from '../env.ts'
import { sweepSubscriptions } from '../lifecycle/sweep.ts'
import { logLine } from '../log.ts'
import { reconcileAgreements, reconcileUnlisted } from './agreements.ts'
import { reconcileContracts } from './contracts.ts'
import { pacerOf } from './pacer.ts'
import { phasesOf, type Cursor, type Part, type Phase, type Worked } from './part.ts'

/** Calls to AWS in one minute's cron: half a minute of it at four a second, a tenth of what an invocation may ask. */
const CALLS_MAX = 100

/**
 * Goes on with the reconciliation of this hour, or begins it; does nothing where it is done or somebody has it. When AWS
 * does not answer it stops where it is and goes on there in an hour. Answers what it did.
 */
export async function reconcile(edge: Edge): Promise<readonly string[]> {
  const { db } = edge.settings
  const now = edge.clocks.business()
  const phases = phasesOf(edge, now)
  const run = await claimRun(db, JSON.stringify({ phase: 0, after: null } satisfies Cursor), now)
  if (run === undefined) return []

  const part: Part = {
    edge,
    pacer: pacerOf(edge.pause),
    tally: { compared: 0, repaired: 0, contradictions: 0, calls: 0 },
    now,
  }
  let cursor: Cursor | null = run.cursor === null ? null : JSON.parse(run.cursor)
  let failure: CallFailure | null = null
  while (cursor !== null && failure === null && part.pacer.made() < CALLS_MAX) {
    const phase: Phase | undefined = phases[cursor.phase]
    if (phase === undefined) cursor = null
    else {
      const worked: Worked = await workOn(part, phase, cursor.after)
      if (!worked.ok) failure = worked.error
      else if (worked.value !== null && worked.value === cursor.after) failure = SAME_PLACE
      else if (worked.value !== null) cursor = { phase: cursor.phase, after: worked.value }
      else cursor = { phase: cursor.phase + 1, after: null }
    }
  }

  const stopped = failure === null ? null : describeFailure(failure)
  if (failure !== null) {
    const level = decide(failure).act === 'stop' ? 'error' : 'warn'
    logLine(level, 'reconciliation_stopped', { run: run.number, why: stopped, until: now + HOUR_MS })
    // A place in a list that AWS no longer takes is none to go on from.
    if (isRefused(failure) && cursor?.after !== null) cursor = { phase: cursor?.phase ?? 0, after: null }
  }
  const tally = { ...part.tally, calls: part.pacer.made() }
  const progress = {
    cursor: cursor === null ? null : JSON.stringify(cursor),
    until: failure === null ? null : now + HOUR_MS,
    stopped,
  }
  const repaired = await keepProgress(db, run.number, progress, tally, now)
  if (cursor === null) await tellRepairs(edge, run.number, repaired, now)
  const changed = tally.repaired > 0 ? await sweepSubscriptions(edge) : []
  return [
    ...(tally.repaired > 0 ? [`reconciled: ${tally.repaired} events that never came`] : []),
    ...changed.map((id) => `changed ${id}`),
    ...(cursor !== null && failure === null ? [`reconciliation ${run.number} goes on`] : []),
  ]
}

const SAME_PLACE: CallFailure = { kind: 'unexpected_body', message: 'the same NextToken came twice' }

function workOn(part: Part, phase: Phase, after: string | null): Promise<Worked> {
  switch (phase.kind) {
    case 'agreements':
      return reconcileAgreements(part, phase.product, after)
    case 'contracts':
      return reconcileContracts(part, phase.product, after)
    case 'unlisted':
      return reconcileUnlisted(part, phase.product, after)
  }
}

const isRefused = (failure: CallFailure): boolean =>
  failure.kind === 'refused' && failure.status === 400 && decide(failure).act !== 'again'

/** People hear of it once a reconciliation: events that never come are theirs to look after. */
async function tellRepairs({ settings }: Edge, run: number, repaired: number, now: number): Promise<void> {
  if (repaired === 0) return
  logLine('warn', 'reconciliation_repaired', { run, events: repaired })
  await alertStatement(
    settings.db,
    { kind: 'reconciliation.repaired', key: `reconciled:${run}`, data: { events: String(repaired) } },
    channelsSetUp(settings),
    now,
  )?.run()
}
