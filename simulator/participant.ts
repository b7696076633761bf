/** A participant of the clock, reached over HTTP. Holds no state; each call has a timeout and is made once. */
import type { Result } from '../shared/result.ts'
import { err, ok } from '../shared/result.ts'
import type { Participant, ParticipantFailure } from './clock.ts'

/** A step may have to wait for the pace of AWS's quota, so it gets longer than a look. */
const STEP_TIMEOUT_MS = 120_000
const LOOK_TIMEOUT_MS = 10_000

/** The development routes of the process at `url`: `POST /__dev/clock`, `/__dev/step` and `/__dev/settled`. */
export function httpParticipant(name: string, url: string): Participant {
  async function ask(
    path: string,
    body: object,
    timeoutMs: number,
  ): Promise<Result<object, ParticipantFailure>> {
    try {
      const response = await fetch(new URL(path, url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      })
      const text = await response.text()
      if (!response.ok) return unexpected(`${path} answered ${response.status} ${text.slice(0, 200)}`)
      const value: unknown = JSON.parse(text)
      return typeof value === 'object' && value !== null
        ? ok(value)
        : unexpected(`${path} answered no object`)
    } catch (error) {
      if (error instanceof SyntaxError) return unexpected(`${path} answered no JSON`)
      return err({ kind: 'unreachable', participant: name, detail: `${path} at ${url}: ${reasonOf(error)}` })
    }
  }

  const unexpected = (detail: string): Result<never, ParticipantFailure> =>
    err({ kind: 'unexpected_answer', participant: name, detail })

  return {
    name,
    async setClock(now) {
      const said = await ask('/__dev/clock', { now }, LOOK_TIMEOUT_MS)
      if (!said.ok) return said
      return hasNext(said.value) ? ok(said.value) : unexpected('/__dev/clock answered no `next`')
    },
    async step(now) {
      const said = await ask('/__dev/step', { now }, STEP_TIMEOUT_MS)
      if (!said.ok) return said
      const { value } = said
      if (!hasNext(value) || !('did' in value) || !isTexts(value.did))
        return unexpected('/__dev/step answered no `did` and `next`')
      return ok({ did: value.did, next: value.next })
    },
    async settled(before) {
      const said = await ask('/__dev/settled', { before }, LOOK_TIMEOUT_MS)
      if (!said.ok) return said
      const { value } = said
      if (!('settled' in value) || typeof value.settled !== 'boolean')
        return unexpected('/__dev/settled answered no `settled`')
      const waiting = 'waiting' in value && isTexts(value.waiting) ? value.waiting : []
      return ok({ settled: value.settled, waiting })
    },
  }
}

const hasNext = (value: object): value is { next: number | null } =>
  'next' in value && (value.next === null || (typeof value.next === 'number' && Number.isFinite(value.next)))

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string')

/** fetch hides the reason in its cause: "fetch failed" says nothing to a person. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if (error.name === 'TimeoutError') return 'no answer in time'
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message
}
