/** Giving an act to a Ledger: signed, with an id of its own, told with what became of it. */
import type { RepairWork, Signed } from '../../shared/ledger/repair.ts'
import type { ActDone } from '../../shared/operator/wire.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { call } from './call.ts'
import { EXIT, failure, type Failure } from './exit.ts'
import { dollarText } from './format.ts'
import type { Outcome, Work } from './work.ts'

/** Who, why and the act's id. `--why` is never made up. */
export function signatureOf({ given, user, newId }: Work): Result<Signed, Failure> {
  const { who = user(), why, act = newId() } = given.flags
  if (why === undefined || why.trim() === '') {
    return err(failure(EXIT.usage, `say why: --why "…" stands in the audit log for whoever reads it later`))
  }
  return ok({ id: act, who, why })
}

/** Sends the act and tells what was done. An answer that is lost is asked for again under the same id. */
export async function give(work: Work, act: RepairWork): Outcome {
  const { target, given, print } = work
  const signed = signatureOf(work)
  if (!signed.ok) return signed
  const path = `/subscriptions/${given.subscription}/acts`
  const done = await call<ActDone>(target, { path, body: { ...signed.value, ...act } })
  if (!done.ok) {
    const { error } = done
    if (error.exit !== EXIT.unreachable) return done
    const again = `Whether it was done is not known; the same command with --act ${signed.value.id} does it once, however often it is given.`
    return err({ ...error, sentence: `${error.sentence} ${again}` })
  }
  const { sentence, value, entry, hash } = done.value
  if (given.json) print(JSON.stringify({ act: signed.value.id, ...done.value }))
  else {
    print(sentence)
    if (value)
      print(`${value.amount} of ${value.of}${value.dollars === null ? '' : `, ${dollarText(value.dollars)}`}`)
    print(`Entry ${entry} of the audit log, hash ${hash}.`)
  }
  return ok(EXIT.done)
}
