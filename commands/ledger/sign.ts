/** Giving an act to a Ledger: signed, with an id of its own, told with what became of it. */
import { member, objectOf } from '../../shared/aws/json.ts'
import type { RepairEntry, RepairWork, Signed } from '../../shared/ledger/repair.ts'
import type { ActDone } from '../../shared/operator/wire.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { call, eachRow } from './call.ts'
import { EXIT, failure, type Failure } from './exit.ts'
import { dollarText, timeText } from './format.ts'
import type { Command, Outcome, Work } from './work.ts'

/** What an act needs of the work it is part of. */
export type Giving = Pick<Work, 'target' | 'print' | 'user' | 'newId'> & {
  readonly given: {
    readonly json: boolean
    readonly flags: Readonly<Partial<Record<'who' | 'why' | 'act', string | undefined>>>
  }
}

/** Who, why and the act's id. `--why` is never made up. */
export function signatureOf({
  given,
  user,
  newId,
}: Pick<Giving, 'given' | 'user' | 'newId'>): Result<Signed, Failure> {
  const { who = user(), why, act = newId() } = given.flags
  if (why === undefined || why.trim() === '') {
    return err(failure(EXIT.usage, `say why: --why "…" stands in the audit log for whoever reads it later`))
  }
  return ok({ id: act, who, why })
}

/**
 * An act given again by its id, after an answer was lost: what the audit log has under that id was done, and is told
 * without doing anything; else the act goes on as a new one.
 */
export const once =
  (command: Command): Command =>
  async (work) => {
    const { target, given, print } = work
    const { act } = given.flags
    if (act === undefined || given.subscription === undefined) return command(work)
    let done: RepairEntry | undefined
    const path = `/subscriptions/${given.subscription}/repairs`
    const failed = await eachRow<RepairEntry>(target, { path }, (entry) => {
      if (member(objectOf(JSON.parse(entry.act)), 'id') === act) done = entry
      return done === undefined
    })
    if (failed) return err(failed)
    if (done === undefined) return command(work)
    print(
      given.json
        ? JSON.stringify(done)
        : `It was done at ${timeText(done.at)}, entry ${done.entry}: ${done.sentence}`,
    )
    return ok(EXIT.done)
  }

/** Gives an act to the subscription's Ledger. */
export const give = (work: Work, act: RepairWork): Outcome =>
  giveTo(work, `/subscriptions/${work.given.subscription}/acts`, act)

/** Sends the act and tells what was done. An answer that is lost is asked for again under the same id. */
export async function giveTo(work: Giving, path: string, act: object = {}): Outcome {
  const { target, given, print } = work
  const signed = signatureOf(work)
  if (!signed.ok) return signed
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
