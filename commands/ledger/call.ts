/** Requests to the operator's routes. All of them may be sent again: reading changes nothing, and an act has an id. */
import { setTimeout as sleep } from 'node:timers/promises'
import { member, objectOf, textMember } from '../../shared/aws/json.ts'
import type { Page } from '../../shared/ledger/repair.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { EXIT, failure, type ExitCode, type Failure } from './exit.ts'
import type { Target } from './target.ts'

const ANSWER_WITHIN_MS = 60_000
const ATTEMPTS = 3
const PAUSE_MS = 500

export interface Request {
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  /** A POST with this body; absent: a GET. */
  readonly body?: object
}

/** One answer, trusted to be of the shape its route has: both are of one version, which the deployment holds. */
export async function call<T>(target: Target, request: Request): Promise<Result<T, Failure>> {
  let last: Failure | undefined
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (attempt > 1) await sleep(PAUSE_MS * attempt)
    const answer = await ask<T>(target, request)
    if (answer.ok || answer.error.exit !== EXIT.unreachable) return answer
    last = answer.error
  }
  return err(last ?? failure(EXIT.unreachable, `${target.url} was not asked.`))
}

async function ask<T>(target: Target, { path, query = {}, body }: Request): Promise<Result<T, Failure>> {
  const url = new URL(`/v1/operator${path}`, target.url)
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, value)
  const authorization = `Bearer ${target.key}`
  try {
    const response = await fetch(url, {
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      ...(body === undefined
        ? { headers: { authorization } }
        : {
            method: 'POST',
            headers: { authorization, 'content-type': 'application/json' },
            body: JSON.stringify(body),
          }),
    })
    const said = objectOf(await response.json())
    if (response.ok && said !== undefined) return ok(said as T)
    return err(failureOf(target, response.status, said ?? {}))
  } catch (cause) {
    return err(
      failure(
        EXIT.unreachable,
        `${target.url} does not answer (${reasonOf(cause)}). See that it runs and can be reached, and give the same command again.`,
      ),
    )
  }
}

function failureOf(target: Target, status: number, problem: object): Failure {
  const detail = textMember(problem, 'detail') ?? `${target.url} answered ${status} without a reason.`
  return { exit: exitOf(status, member(problem, 'code')), sentence: detail, problem }
}

function exitOf(status: number, code: unknown): ExitCode {
  if (status === 401 || code === 'not-configured') return EXIT.key
  return status >= 500 ? EXIT.unreachable : EXIT.refused
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const { cause: inner } = cause
  if (inner instanceof Error && 'code' in inner) return String(inner.code)
  return cause.name === 'TimeoutError' ? `nothing within ${ANSWER_WITHIN_MS / 1000} s` : cause.message
}

/** Is given a row; false: no more is wanted. */
export type OnRow<T> = (row: T) => boolean | void | Promise<boolean | void>

/** Every row of a list, page by page, until `row` answers false. Undefined: all that was wanted was read. */
export async function eachRow<T>(
  target: Target,
  request: Request,
  row: OnRow<T>,
): Promise<Failure | undefined> {
  let after: string | undefined
  for (;;) {
    const page = await call<Page<T>>(target, { ...request, query: { ...request.query, after } })
    if (!page.ok) return page.error
    for (const one of page.value.rows) if ((await row(one)) === false) return undefined
    if (page.value.next === null) return undefined
    after = page.value.next
  }
}
