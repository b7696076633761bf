/** Failures of the control API as problem details (RFC 9457). Pure. */
import type { StepFailure } from '../clock.ts'
import { explainStepFailure } from '../clock.ts'
import type { Turned } from '../guard.ts'
import type { Refusal } from '../marketplace/commands.ts'

export const badRequest = (message: string): Turned => ({ status: 400, code: 'bad-request', message })

/** A refusal of the machine's with its HTTP status. */
export function refused({ kind, message }: Refusal): Problem {
  const status =
    kind === 'bad_input' || kind === 'unknown_account' ? 400 : kind === 'not_possible' ? 409 : 404
  return { status, code: kind.replaceAll('_', '-'), message }
}

export function stepProblem(failure: StepFailure): Problem {
  const status = failure.kind === 'unreachable' ? 503 : failure.kind === 'unexpected_answer' ? 502 : 500
  return { status, code: failure.kind.replaceAll('_', '-'), message: explainStepFailure(failure) }
}

export interface Problem {
  readonly status: number
  readonly code: string
  readonly message: string
}

export const problem = ({ status, code, message }: Problem): Response =>
  Response.json(
    { type: 'about:blank', title: code.replaceAll('-', ' '), status, code, detail: message },
    { status, headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' } },
  )
