/** What a person must hear of usage that nothing freezes, each step once (money §9 *hold*, §10). Kept in the object. */
import type { Danger } from '../../shared/ledger/danger.ts'
import type { Sql } from '../../shared/sql.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'

/** `subject` names the step; `message` says what happened, whose move it is, what to do. */
export interface DangerAlarm {
  readonly subject: string
  readonly message: string
}

export interface Dangers {
  /** When the next step that was not told yet is reached; null: none is left. */
  next(steps: readonly Danger[]): number | null
  /** The highest step of each span that is reached at `now` and was not told yet; from here on they are told. */
  tell(steps: readonly Danger[], now: number): DangerAlarm[]
}

/** Opens what was told of `subscription`, making its table: a row for the window and one for the month. */
export function openDangers(sql: Sql, subscription: SubscriptionId): Dangers {
  sql.script(
    'create table if not exists dangers (span text primary key, until_ms integer not null, told_ms integer not null) strict',
  )
  const untold = (steps: readonly Danger[]): Danger[] => {
    if (steps.length === 0) return []
    const told = new Map(
      sql
        .all<{ span: string; until_ms: number; told_ms: number }>('select * from dangers')
        .map((row) => [row.span, row]),
    )
    return steps.filter(({ of, until, at }) => {
      const last = told.get(of)
      return last?.until_ms !== until || last.told_ms < at
    })
  }
  return {
    next: (steps) => untold(steps)[0]?.at ?? null,
    tell(steps, now) {
      const reached = untold(steps).filter(({ at }) => at <= now)
      const highest = reached.filter((step, i) => !reached.slice(i + 1).some(({ of }) => of === step.of))
      for (const { of, until, at } of highest)
        sql.all(
          `insert into dangers (span, until_ms, told_ms) values (?, ?, ?)
             on conflict do update set until_ms = excluded.until_ms, told_ms = excluded.told_ms`,
          of,
          until,
          at,
        )
      return highest.map((step) => ({
        subject: `held up:${subscription}:${step.of}:${step.percent}:${timeOf(step.until)}`,
        message: messageOf(step, subscription),
      }))
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
