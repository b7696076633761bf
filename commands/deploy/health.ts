/** Waiting until a version of the Worker answers at its public name and says that it is well. Bounded. */
import { member, parseObject } from '../../shared/aws/json.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { markOf, type Mark } from './marks.ts'
import { describeAnswer, look, type Clock } from './public.ts'

const EVERY_MS = 2_000
/** The same mark so often in a row is no passing thing. */
const MARKS_MAX = 5

/** The error says what was seen last, and what that means. */
export async function awaitHealth(
  publicUrl: string,
  version: string,
  limitMs: number,
  { now, pause }: Clock,
): Promise<Result<void, string>> {
  const url = `${publicUrl}/health`
  const until = now() + limitMs
  let marks: { readonly mark: Mark; readonly times: number } | undefined
  for (;;) {
    const answer = await look(url)
    const seen = answer.ok
      ? seenIn(url, version, answer.value)
      : { well: false, what: silent(url, answer.error) }
    if (seen.well) return ok(undefined)
    const mark = answer.ok ? markOf(answer.value) : null
    marks = mark === null ? undefined : { mark, times: mark === marks?.mark ? marks.times + 1 : 1 }
    if (marks !== undefined && marks.times >= MARKS_MAX) return err(seen.what)
    if (now() + EVERY_MS > until) return err(`${seen.what} (for ${Math.round(limitMs / 1_000)} s)`)
    await pause(EVERY_MS)
  }
}

interface Seen {
  readonly well: boolean
  readonly what: string
}

function seenIn(url: string, version: string, answer: Parameters<typeof describeAnswer>[1]): Seen {
  const said = parseObject(answer.body)
  const [status, running] = [member(said, 'status'), member(said, 'version')]
  if (answer.status !== 200 || typeof status !== 'string')
    return { well: false, what: describeAnswer(url, answer) }
  if (running !== version)
    return {
      well: false,
      what: `${url} is answered by version ${typeof running === 'string' ? running : 'unknown'}, not by ${version}`,
    }
  return {
    well: status === 'ok',
    what: `${url} says "${status}" of version ${version}: its database does not answer`,
  }
}

const silent = (url: string, reason: string): string =>
  `${url} does not answer (${reason}): the name or its certificate may not be ready yet, or this machine does not reach it`
