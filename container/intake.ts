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
 * The ledger of this task as an intake. Whatever an event says of a subscription, an account or a license is not read:
 * an application that was written for the edge reports here unchanged.
 */
export const intakeOf = (meter: Pick<Meter, 'take' | 'takeAll'>): Intake => ({
  named: () => ok(ONLY),
  take: (batch) => meter.take(batch),
  takeAll: (batches) => meter.takeAll?.(batches) ?? batches.map((batch) => meter.take(batch)),
})
