/** Up to where the read model has what a Ledger has, and when it is told the rest (money §7 *Size*). Its rows are `projection.ts`'s. */
import type { Ledger } from '../../shared/ledger/ledger.ts'
import type { Sql } from '../../shared/sql.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import type { LedgerHome } from './ports.ts'

/** Up to which revision and clock the read model has what is here; clock null: it has nothing yet. */
interface Projected {
  readonly [column: string]: number | null
  readonly revision: number
  readonly clock: number | null
  /** When this Ledger was last compared after it was set back, business ms; 0: never. */
  readonly epoch: number
  /** How often it was asked since to tell everything, whatever the read model has. */
  readonly anew: number
}

const NOTHING: Projected = { revision: 0, clock: null, epoch: 0, anew: 0 }

/**
 * Revisions in a millisecond of an epoch, far more than there are: a Ledger that was set back counts the same ones again,
 * and what it tells behind its check has to win over what it told before.
 */
const REVISIONS_A_MS = 1_024

export interface Projecting {
  /** When the read model is written: what has just frozen is given the time to be billed, which most of it is. */
  next(ledger: Ledger, now: number): number | null
  /** Writes what it lacks, when the time for that has come. Throws when it cannot. */
  write(ledger: Ledger, subscription: SubscriptionId, now: number): Promise<void>
  /**
   * From here on it is told everything: rows it lost come back, those it has too many go. `epoch`: business ms, behind a
   * restore of the Ledger, whose rows are newer than all before; null: its revisions count as they did.
   */
  tellAll(epoch: number | null): void
}

/** Opens what is known of the read model, making its table. */
export function openProjecting(sql: Sql, readModel: LedgerHome['readModel']): Projecting {
  sql.script(`create table if not exists projected
    (id integer primary key check (id = 1), revision integer not null, clock integer,
     epoch integer not null default 0, anew integer not null default 0) strict;`)
  sql.all('insert into projected (id, revision) values (1, 0) on conflict do nothing')

  let known: Projected | undefined
  const projected = (): Projected =>
    (known ??= sql.all<Projected>('select revision, clock, epoch, anew from projected')[0] ?? NOTHING)

  const next = (ledger: Ledger, now: number): number | null => {
    const { revision, anew } = projected()
    if (anew > 0) return now
    return ledger.revision() > revision ? (ledger.settledSoon(now) ?? now) : null
  }

  return {
    next,

    async write(ledger, subscription, now) {
      const at = next(ledger, now)
      if (at === null || at > now) return
      const { revision: since, clock, epoch, anew } = projected()
      const changes = ledger.changes(anew > 0 ? null : since, clock ?? undefined)
      if (changes.revision === since && anew === 0) return
      await readModel(subscription, { ...changes, revision: epoch * REVISIONS_A_MS + changes.revision })
      // Asked for everything meanwhile: what was read of the read model may be older than that.
      if (projected().anew !== anew) return
      // Stored after the read model has it: dying in between writes the same rows again, and their revision guards them.
      sql.all('update projected set revision = ?, clock = ?, anew = 0', changes.revision, changes.clock)
      known = undefined
    },

    tellAll(epoch) {
      sql.all('update projected set anew = anew + 1, epoch = max(epoch, ?)', epoch ?? 0)
      known = undefined
    },
  }
}
