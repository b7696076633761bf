/** A real Ledger on node:sqlite for tests of the ways in: one buyer, API calls by `sum`, users by `unique`, seats by `max`. */
import { openNodeSql } from '../../container/sql.ts'
import { intakeOf, type Intake } from '../../container/intake.ts'
import type { EventAnswer } from '../../shared/usage/event.ts'
import { type Batch, type Ledger, openLedger } from '../../shared/ledger/ledger.ts'
import type { DimensionTerms } from '../../shared/ledger/terms.ts'
import type { Charge } from '../../shared/seller.ts'
import { monthOf } from '../../shared/hour.ts'
import { SpoolError } from '../../container/metering/meter.ts'
import { dimension, orderOf, product, termsOf } from '../shared/ledger/subject.ts'

export interface Books {
  readonly ledger: Ledger
  readonly intake: Intake
  take(batch: Batch): EventAnswer[]
  /** Units counted of a meter this month, as text; undefined: nothing. */
  counted(meter: string): string | undefined
  /** From now on the disk takes nothing, with this sentence; null: it does again. */
  fail(why: string | null): void
  /** The present of business time; moved by the test. */
  now: number
  close(): void
}

const CHARGED: ReadonlySet<string> = new Set(['api_calls', 'jobs', 'users', 'seats'])

const charged = (key: string, charge: Charge): DimensionTerms => ({ ...dimension(), key, charge })

/** In memory unless a file is named. */
export function openBooks(now: number, path = ':memory:'): Books {
  const sql = openNodeSql(path)
  const ledger = openLedger(
    sql,
    termsOf(
      product([
        dimension({ meter: 'api_calls' }, { key: 'api_call' }),
        dimension({ meter: 'jobs' }, { key: 'job' }),
        charged('user', { kind: 'unique', meter: 'users' }),
        charged('seat', { kind: 'max', meter: 'seats', window: 'hour' }),
      ]),
    ),
  )
  ledger.order(orderOf(), now)
  let failing: string | null = null
  const books: Books = {
    ledger,
    now,
    take(batch) {
      if (failing !== null) throw new SpoolError(failing)
      return ledger.take(batch, books.now)
    },
    intake: intakeOf({ take: (batch) => books.take(batch) }, CHARGED),
    counted: (meter) =>
      ledger.usage(monthOf(books.now)).dimensions.find((one) => one.meter === meter)?.counted,
    fail: (why) => (failing = why),
    close: () => sql.close(),
  }
  return books
}
