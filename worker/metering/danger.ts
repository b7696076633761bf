/** What a person must hear of a Ledger that freezes nothing, each thing once (money §9 *hold*, §10, §12). Kept in the object. */
import type { Danger, HeldUp } from '../../shared/ledger/danger.ts'
import type { Sql } from '../../shared/sql.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'

/** `subject` names the step; `message` says what happened, whose move it is, what to do. */
export interface DangerAlarm {
  readonly subject: string
  readonly message: string
}

export interface Dangers {
  /** When the next thing that was not told yet is to be told, in the past when it is overdue; null: nothing is left. */
  next(heldUp: HeldUp): number | null
  /** What is to be told at `now`, of each span the highest step alone; from here on it is told. */
  tell(heldUp: HeldUp, now: number): DangerAlarm[]
}

/** The row that says that a stop was told. */
const STOPPED = 'stopped'

/** Opens what was told of `subscription`, making its table: a row a span, and one for a stop. */
export function openDangers(sql: Sql, subscription: SubscriptionId): Dangers {
  sql.script(
    'create table if not exists dangers (span text primary key, until_ms integer not null, told_ms integer not null) strict',
  )
  const readTold = () =>
    new Map(
      sql
        .all<{ span: string; until_ms: number; told_ms: number }>('select * from dangers')
        .map((row) => [row.span, row]),
    )
  const note = (span: string, until: number, at: number): void => {
    sql.all(
      `insert into dangers (span, until_ms, told_ms) values (?, ?, ?)
         on conflict do update set until_ms = excluded.until_ms, told_ms = excluded.told_ms`,
      span,
      until,
      at,
    )
  }
  const untold = (steps: readonly Danger[], told: ReturnType<typeof readTold>): Danger[] =>
    steps.filter(({ of, until, at }) => {
      const last = told.get(of)
      return last?.until_ms !== until || last.told_ms < at
    })
  return {
    next({ stopped, steps }) {
      if (stopped === null && steps.length === 0) return null
      const told = readTold()
      return stopped !== null && !told.has(STOPPED) ? 0 : (untold(steps, told)[0]?.at ?? null)
    },
    tell({ stopped, steps }, now) {
      const told = readTold()
      if (stopped === null && told.has(STOPPED)) sql.all('delete from dangers where span = ?', STOPPED)
      const alarms: DangerAlarm[] = []
      if (stopped !== null && !told.has(STOPPED)) {
        note(STOPPED, 0, now)
        alarms.push({ subject: `stopped:${subscription}`, message: `${subscription}: ${stopped}` })
      }
      const reached = untold(steps, told).filter(({ at }) => at <= now)
      for (const step of reached.filter((one, i) => !reached.slice(i + 1).some(({ of }) => of === one.of))) {
        note(step.of, step.until, step.at)
        alarms.push({
          subject: `held up:${subscription}:${step.of}:${step.percent}:${timeOf(step.until)}`,
          message: messageOf(step, subscription),
        })
      }
      return alarms
    },
  }
}

function messageOf({ of, percent, hour, until, why, dimension }: Danger, subscription: string): string {
  const what = dimension === null ? subscription : `${dimension} of ${subscription}`
  const span = of === 'window' ? 'the time in which AWS takes it' : 'the month in which AWS bills it'
  return `Usage of ${what} from ${timeOf(hour)} on waits, and ${percent} % of ${span} is over; it ends ${timeOf(until)}. ${WAYS[why]}`
}

/** Why it waits, and whose move it is. */
const WAYS: Readonly<Record<Danger['why'], string>> = {
  license:
    'Its license is not known yet. Nothing is lost: it is billed in the first hour that may freeze. The buyer has to press “Set up your account” in the AWS Marketplace console once, the seller has to ask him to.',
  hold: 'A person holds it. Nothing is lost: released, it is billed in the first hour AWS still takes. The seller has to release it, or void what must not be billed.',
  stopped:
    'An invariant does not hold, and freezing has stopped for this subscription alone. The seller has to look at it with npm run audit, and release it when its books balance.',
}

/** `2026-11-21T10:00Z`. */
const timeOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16)}Z`
