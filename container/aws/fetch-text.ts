/**
 * One HTTP request to an address of the platform, made once: no redirect, no proxy, bounded in time and size. By node:http,
 * which the SDK has loaded: the global `fetch` costs a start 10 ms more.
 */
import { request as overHttp, type IncomingMessage } from 'node:http'
import { request as overHttps } from 'node:https'
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
  const signal = AbortSignal.timeout(asking.timeoutMs)
  try {
    const response = await send(url, asking, signal)
    const chunks: Buffer[] = []
    let length = 0
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      length += chunk.length
      // Leaving the loop ends the connection.
      if (length > BODY_MAX) return err({ kind: 'unexpected_body', message: 'the answer is too large' })
    }
    const text = Buffer.concat(chunks).toString()
    return ok({ status: response.statusCode ?? 0, text, date: response.headers.date ?? null })
  } catch (thrown) {
    const cause = signal.aborted ? 'timeout' : 'network'
    return err({ kind: 'unreachable', cause, message: reasonOf(thrown) })
  }
}

function send(url: string, asking: Asking, signal: AbortSignal): Promise<IncomingMessage> {
  const { method = 'GET', headers = {}, body } = asking
  const request = url.startsWith('https:') ? overHttps : overHttp
  return new Promise((resolve, reject) => {
    // With an agent of its own no variable names a proxy, and NODE_TLS_REJECT_UNAUTHORIZED=0 lets nobody be STS.
    const options = { method, headers, signal, agent: false, rejectUnauthorized: true } as const
    const asked = request(url, options, resolve).once('error', reject)
    // After a change of protocol nobody asked for, it closes without an error.
    asked.once('close', () => reject(new Error('it closed the connection without an answer'))).end(body)
  })
}

/** Of several addresses that refuse, the error has a code only. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'unknown'
  const code: unknown = Reflect.get(thrown, 'code')
  return thrown.message || (typeof code === 'string' ? code : thrown.name)
}
