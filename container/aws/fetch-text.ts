/** One HTTP request to an address of the platform, made once: no redirect, no proxy, bounded in time and size. */
import type { CallFailure } from '../../shared/aws/failure.ts'
import { err, ok, type Result } from '../../shared/result.ts'

export interface Asked {
  readonly status: number
  readonly text: string
  readonly date: string | null
}

export interface Asking {
  readonly method?: 'GET' | 'POST' | 'PUT'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** To the last byte. */
  readonly timeoutMs: number
}

/** Credentials, task metadata and STS's XML are a few kB. */
const BODY_MAX = 256 * 1024

/** Any status is an answer. */
export async function fetchText(url: string, asking: Asking): Promise<Result<Asked, CallFailure>> {
  const { timeoutMs, ...init } = asking
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal })
    const length = Number(response.headers.get('content-length') ?? 0)
    if (length > BODY_MAX) return err({ kind: 'unexpected_body', message: 'the answer is too large' })
    const text = await response.text()
    return ok({ status: response.status, text, date: response.headers.get('date') })
  } catch (thrown) {
    const cause = signal.aborted ? 'timeout' : 'network'
    return err({ kind: 'unreachable', cause, message: reasonOf(thrown) })
  }
}

/** fetch hides the reason in its cause. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'unknown'
  return thrown.cause instanceof Error ? thrown.cause.message || thrown.cause.name : thrown.message
}
