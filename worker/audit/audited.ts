/**
 * Doing what matters to security: written to the audit log before it is done, and when it is done where that can fail. What
 * cannot be written down is not done (design §5.5, money §9).
 */
import type { Begun, Ended, KINDS, Logged, OperatorAct } from '../../shared/operator/audit-log.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Edge } from '../env.ts'
import { logLine, messageOf } from '../log.ts'
import { AGAIN_AFTER_SECONDS, problemResponse, type Problem } from '../problem.ts'
import { randomText } from '../random.ts'
import { AUDIT } from './object.ts'

/**
 * What was done, and what else its answer holds; or that whether it was is not known: the same act may be given again.
 * `shown` goes into the first answer only, never into the log: a secret that was made.
 */
export type Done =
  | (Omit<Ended, 'detail'> & { readonly detail: object; readonly shown?: object })
  | { readonly again: string }

/** Does an act once, however often it is given, and answers what became of it with its row in the log. */
export async function audited(edge: Edge, act: OperatorAct, work: () => Promise<Done>): Promise<Response> {
  const begun = await tryTo<Begun>(act, async () => logOf(edge).begin(act))
  if (!begun.ok) return problemResponse(begun.error)
  if (begun.value.kind === 'other') {
    return problemResponse(OTHER)
  }
  if (begun.value.kind === 'ended') return answerOf(begun.value.logged)
  const done = await work()
  if ('again' in done) return again(done.again)
  const { shown = {}, detail, ...ended } = done
  const logged = await tryTo<Logged>(act, async () =>
    logOf(edge).end(act, { ...ended, detail: JSON.stringify(detail) }),
  )
  return logged.ok ? answerOf(logged.value, shown) : again(NOT_ENDED)
}

/** What is about to be done by someone who is no operator. `who` and `subject` are ids or accounts, never a name or address. */
export interface Noted {
  readonly kind: (typeof KINDS)[number]
  readonly who: string
  readonly why: string
  readonly subject: string
  readonly detail?: Readonly<Record<string, string | number | null>>
}

/**
 * Writes an act down before it is done: do it only when this is `ok`, else answer the problem. One row an act; what it
 * comes to is not written. Give `id` (8 to 64 of `[\w-]`) where the same act may come twice, and it is written once.
 */
export async function note(
  edge: Edge,
  noted: Noted,
  id = `note-${randomText()}`,
): Promise<Result<null, Problem>> {
  const act: OperatorAct = { id, ...noted }
  const written = await tryTo(act, async () => logOf(edge).note(act, `${noted.subject}: ${noted.why}`))
  if (!written.ok) return written
  return written.value ? ok(null) : err(OTHER)
}

const OTHER: Problem = {
  code: 'changed',
  detail: 'Another act was given under this id. Nothing was done: give this one an id of its own.',
}

const logOf = (edge: Edge) => edge.settings.audit.getByName(AUDIT)

/** Nothing is done that the log did not take. */
async function tryTo<T>(act: OperatorAct, write: () => Promise<T>): Promise<Result<T, Problem>> {
  try {
    return ok(await write())
  } catch (thrown) {
    logLine('error', 'audit_failed', { kind: act.kind, act: act.id, error: messageOf(thrown) })
    return err({ code: 'again', detail: NOT_NOTED, retryAfterSeconds: AGAIN_AFTER_SECONDS })
  }
}

const NOT_NOTED =
  'This has to be written to the audit log first, and the log does not answer now, so nothing was done. Send the same request again.'
const NOT_ENDED =
  'It was done, but what it came to could not be written to the audit log. Send the same request again: it is done once.'

const again = (detail: string): Response =>
  problemResponse({ code: 'again', detail, retryAfterSeconds: AGAIN_AFTER_SECONDS })

function answerOf({ detail, refused, ...logged }: Logged, shown: object = {}): Response {
  const { sentence, entry, hash, value } = logged
  if (refused !== null) return problemResponse({ code: refused, detail: sentence, more: { entry, hash } })
  return Response.json(
    { ...(JSON.parse(detail) as object), ...shown, sentence, value, entry, hash },
    { headers: { 'cache-control': 'no-store' } },
  )
}
