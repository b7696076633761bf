/** `restore-check`: after a restore, each frozen record is compared with the Submitter's copy before anything is sent. */
import type { RestoreReport } from '../../shared/ledger/repair.ts'
import type { SubscriptionLine } from '../../shared/operator/wire.ts'
import { err, ok } from '../../shared/result.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import { call, eachRow } from './call.ts'
import { EXIT, failure, type Failure } from './exit.ts'
import { countText } from './format.ts'
import { signatureOf } from './sign.ts'
import type { Command } from './work.ts'

/** Passes over one Ledger: each compares some hundred records. */
const PASSES_MAX = 1_000

export const checkRestore: Command = async (work) => {
  const { target, given, print, note } = work
  const signed = signatureOf(work)
  if (!signed.ok) return signed
  const { product, state } = given.flags
  let [checked, differing] = [0, 0]

  const one = async (id: SubscriptionId): Promise<Failure | undefined> => {
    for (let pass = 1; pass <= PASSES_MAX; pass++) {
      const path = `/subscriptions/${id}/restore-check`
      const report = await call<RestoreReport>(target, { path, body: signed.value })
      if (!report.ok) return report.error
      const { done, adopted, corrected, settled } = report.value
      const differs = adopted.length + corrected.length + settled.length
      differing += differs
      if (given.json) print(JSON.stringify({ subscription: id, ...report.value }))
      else if (done || differs > 0) print(`${id}  ${report.value.sentence}`)
      if (!given.json) {
        for (const key of adopted) print(`  taken over from the Submitter: ${key}`)
        for (const key of corrected) print(`  its quantity is the Submitter's: ${key}`)
        for (const key of settled) print(`  its answer was known to the Submitter only: ${key}`)
      }
      checked += done ? 1 : 0
      if (done) return undefined
    }
    return failure(EXIT.unreachable, `${id} is not compared to its end yet: give the same command again.`)
  }

  let failed: Failure | undefined
  if (given.subscription !== undefined) failed = await one(given.subscription)
  else {
    const listed = await eachRow<SubscriptionLine>(
      target,
      { path: '/subscriptions', query: { product, state } },
      async ({ id }) => {
        failed = await one(id)
        return failed === undefined
      },
    )
    failed ??= listed
  }
  if (failed) return err(failed)
  note(
    `${countText(checked, 'Ledger')} compared with the Submitter; ${countText(differing, 'record')} differed, and the Submitter's stands.`,
  )
  return ok(EXIT.done)
}
