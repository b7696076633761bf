/** `restore-check`: after a restore, each frozen record is compared with the Submitter's copy before anything is sent. */
import type { RestoreReport } from '../../shared/ledger/repair.ts'
import { err, ok } from '../../shared/result.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import { call } from './call.ts'
import { eachSubscription } from './each.ts'
import { EXIT, failure, type Failure } from './exit.ts'
import { countText } from './format.ts'
import { signatureOf } from './sign.ts'
import type { Command } from './work.ts'

export const checkRestore: Command = async (work) => {
  const { target, given, print, note } = work
  const signed = signatureOf(work)
  if (!signed.ok) return signed
  let [checked, differing, open] = [0, 0, 0]

  const one = async (id: SubscriptionId): Promise<Failure | undefined> => {
    const path = `/subscriptions/${id}/restore-check`
    const report = await call<RestoreReport>(target, { path, body: signed.value })
    if (!report.ok) return report.error
    const { done, sentence, adopted, corrected, settled } = report.value
    checked += 1
    if (!done) open += 1
    differing += adopted.length + corrected.length + settled.length
    if (given.json) print(JSON.stringify({ subscription: id, ...report.value }))
    else {
      print(`${id}  ${sentence}`)
      for (const key of adopted) print(`  taken over from the Submitter: ${key}`)
      for (const key of corrected) print(`  its quantity is the Submitter's: ${key}`)
      for (const key of settled) print(`  its answer was known to the Submitter only: ${key}`)
    }
    return undefined
  }

  const failed = await eachSubscription(target, given, one)
  if (failed) return err(failed)
  note(
    `${countText(checked, 'Ledger')} compared with the Submitter; ${countText(differing, 'record')} differed, and the Submitter's stands.`,
  )
  return open === 0
    ? ok(EXIT.done)
    : err(
        failure(
          EXIT.refused,
          `${countText(open, 'Ledger')} may not go on yet, for the reason said beside it. Do what it says and give the command again.`,
        ),
      )
}
