/** Where usage goes once its form was checked: this task's ledger, or on to the edge or an agent. Types and naming only. */
import type { Batch } from '../shared/ledger/ledger.ts'
import { ok } from '../shared/result.ts'
import type { EventAnswer } from '../shared/usage/event.ts'
import type { Meter } from './metering/meter.ts'
import type { Naming, ReadNaming } from '../shared/usage/naming.ts'

export interface Intake {
  /** How an event says whose usage it is. */
  readonly named: ReadNaming
  /**
   * Counts events that belong to one subscription; on disk when it answers. Throws `SpoolError` when the disk does not
   * take it: nothing of it is counted.
   */
  take(batch: Batch, naming: Naming): EventAnswer[]
  /** The same for several, answered in their order: one fsync for all, where there is a way. */
  takeAll(batches: readonly Batch[], naming: Naming): EventAnswer[][]
}

/** A container has one buyer: the account it runs in. The name stands for it inside, and nowhere else. */
const ONLY: Naming = { kind: 'subscription', id: 'sub_0000000000000000000000' }

/**
 * The ledger of this task as an intake. Whatever an event says of a subscription, an account or a license is not read: an
 * application that was written for the edge reports here unchanged. What no charge of the product reads is refused here: an
 * application says the same under every pricing, and what it says in vain would fill the disk with refusals.
 */
export function intakeOf(meter: Pick<Meter, 'take' | 'takeAll'>, charged: ReadonlySet<string>): Intake {
  const unknown: EventAnswer = {
    result: 'refused',
    code: 'unknown-meter',
    message: `This product has no meter of that name. It has: ${[...charged].toSorted().join(', ')}. Correct the name and send it again.`,
  }

  function takeAll(batches: readonly Batch[]): EventAnswer[][] {
    const passing = batches.map((batch) => passingOf(batch, charged))
    const asked = passing.filter((batch) => batch !== null)
    const taken = (meter.takeAll?.(asked) ?? asked.map((batch) => meter.take(batch))).values()
    return batches.map(({ events }, at) => {
      const answers = (passing[at] === null ? [] : (taken.next().value ?? [])).values()
      return events.map((event) =>
        charged.has(event.meter) ? (answers.next().value ?? NOT_STORED) : unknown,
      )
    })
  }

  return { named: () => ok(ONLY), take: (batch) => takeAll([batch])[0] ?? [], takeAll }
}

/** What of a batch the ledger is asked to take; null: nothing. A number is all or nothing (money §1). */
function passingOf(batch: Batch, charged: ReadonlySet<string>): Batch | null {
  const events = batch.events.filter((event) => charged.has(event.meter))
  if (events.length === batch.events.length) return batch
  return batch.kind === 'sequence' || events.length === 0 ? null : { kind: 'ids', events }
}

const NOT_STORED: EventAnswer = {
  result: 'refused',
  code: 'batch-refused',
  message:
    'Nothing of this number was stored, for another event of it was refused. Send the batch without that one; the number is free.',
}
