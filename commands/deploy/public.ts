/** Asking the Worker at its public name, as AWS and buyers do. Follows no redirect: who answers is what is asked. */
import { err, ok, type Result } from '../../shared/result.ts'
import { reasonOf } from './cloudflare.ts'
import { describeMark, markOf, type Answer } from './marks.ts'

/** Wall time: now in ms, and a pause. */
export interface Clock {
  readonly now: () => number
  readonly pause: (ms: number) => Promise<void>
}

const ANSWER_WITHIN_MS = 15_000

/** The answer, whoever gave it. The error is why there is none. */
export async function look(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Result<Answer, string>> {
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      headers: { 'user-agent': 'tollgate-deploy', 'cache-control': 'no-cache', ...headers },
    })
    const body = await response.text()
    return ok({ status: response.status, header: (name) => response.headers.get(name), body })
  } catch (cause) {
    return err(reasonOf(cause))
  }
}

/** Why an answer is not what was hoped for: Cloudflare's mark, or the status with the first words. */
export function describeAnswer(url: string, answer: Answer): string {
  const mark = markOf(answer)
  if (mark !== null) return describeMark(url, mark)
  return `${url} answers ${answer.status}${wordsOf(answer.body)}`
}

function wordsOf(body: string): string {
  const words = body
    .replaceAll(/<(style|script)[^]*?<\/\1>|<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return words === '' ? '' : `: ${words.slice(0, 200)}`
}
