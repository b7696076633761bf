/** A restore as docs/operate.md has it: sending is held, the Ledger is set back, told its order again, compared, and goes on. */
import type { LedgerCore } from '../../../worker/metering/ledger-core.ts'
import type { SubmitterCore } from '../../../worker/metering/submitter-core.ts'
import type { Lifecycle } from './lifecycle.ts'
import { WORLD, type VirtualObject } from './objects.ts'
import type { Operator } from './operator.ts'
import type { Time } from './time.ts'

/** One restore and what came of asking for the check, by the Ledger's own clock. */
export interface Restored {
  /** The id under which the check was asked for. */
  readonly id: string
  readonly to: number
  readonly at: number
}

export interface RestoreWorld {
  readonly time: Time
  readonly ledger: VirtualObject<LedgerCore>
  /** All that may send. */
  readonly submitters: readonly VirtualObject<SubmitterCore>[]
  readonly lifecycle: Pick<Lifecycle, 'forget' | 'deliverAgain'>
  readonly operator: Pick<Operator, 'goOn'>
  readonly ledgerClock: () => number
  readonly note: (line: string) => void
  /** Called when it has been set back. */
  readonly restored: (restored: Restored) => void
}

/** Asked so often for one thing; a minute more between two times each time. */
const TRIES_MAX = 60

/** Marks where the Ledger will be set back to, and answers its clock then. */
export function bookmark({ ledger, ledgerClock }: RestoreWorld): number {
  ledger.bookmark()
  return ledgerClock()
}

/** Sets the Ledger back and brings it on again. `to`: its clock at the bookmark. Never throws. */
export async function restore(world: RestoreWorld, id: string, to: number): Promise<void> {
  const { ledger, submitters, lifecycle, operator, ledgerClock, note } = world
  for (const submitter of submitters)
    await until(world, () => submitter.call(WORLD, 'holding what is sent', (core) => core.holdSending(true)))
  const at = ledgerClock()
  world.restored({ id, to, at })
  note(`${ledger.name} is set back to ${new Date(to).toISOString()}`)
  ledger.goBack()
  lifecycle.forget(to)
  const signed = { id, who: 'operator', why: 'restored' }
  await until(world, async () => {
    // As the operator's route does: what it was told since, its Regions above all, it does not know.
    if (!(await lifecycle.deliverAgain())) throw new Error('its order was not delivered')
    const report = await ledger.call(WORLD, 'restore check', (core) => core.restoreCheck(signed))
    note(`restore check: ${report.sentence}`)
    if (!report.done) throw new Error(report.sentence)
  })
  await operator.goOn()
  for (const submitter of submitters)
    await until(world, () => submitter.call(WORLD, 'letting it be sent', (core) => core.holdSending(false)))
}

/** Behind a restore of the read model, as docs/operate.md has it: each Ledger audits, and tells it everything. Never throws. */
export async function auditEach(
  world: Pick<RestoreWorld, 'time'>,
  ledgers: readonly VirtualObject<LedgerCore>[],
): Promise<void> {
  for (const ledger of ledgers)
    await until(world, async () => void (await ledger.call(WORLD, 'audit', (core) => core.audit())))
}

async function until({ time }: Pick<RestoreWorld, 'time'>, work: () => Promise<void>): Promise<void> {
  for (let tries = 1; tries <= TRIES_MAX; tries++) {
    try {
      return await work()
    } catch {
      await time.pause(60_000 * tries)
    }
  }
}
