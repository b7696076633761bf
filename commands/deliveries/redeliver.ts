/** `redeliver`: a signed act on one delivery, or on everything that is parked. Given again under its id, it is done once. */
import type { ActDone } from '../../shared/operator/wire.ts'
import { err, ok } from '../../shared/result.ts'
import { call } from '../ledger/call.ts'
import { EXIT, failure } from '../ledger/exit.ts'
import type { DeliveryCommand } from './main.ts'

export const redeliver: DeliveryCommand = async ({ target, given, print, user, newId }) => {
  const { word, channel = 'all', who = user(), why, act: id = newId() } = given
  if (why === undefined || why.trim() === '')
    return err(failure(EXIT.usage, 'say why: --why "…" stands in the audit log for whoever reads it later'))
  const path = word === 'parked' ? `/deliveries/parked/${channel}` : `/deliveries/${word}/redeliver`
  const done = await call<ActDone>(target, { path, body: { id, who, why } })
  if (!done.ok) {
    const { error } = done
    if (error.exit !== EXIT.unreachable) return done
    const again = `Whether it was done is not known; the same command with --act ${id} does it once.`
    return err({ ...error, sentence: `${error.sentence} ${again}` })
  }
  const { sentence, entry, hash } = done.value
  if (given.json) print(JSON.stringify({ act: id, ...done.value }))
  else {
    print(sentence)
    print(`Entry ${entry} of the audit log, hash ${hash}.`)
  }
  return ok(EXIT.done)
}
