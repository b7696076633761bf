/** Where an application's batches are kept: in this process's own ledger, or by the supervisor beside it, over loopback. */
import type { Batch } from '../../shared/ledger/ledger.ts'
import type { EventAnswer } from '../../shared/usage/event.ts'
import type { Intake } from '../intake.ts'
import { amountFields, readSaid, type Wrong } from '../usage-wire.ts'
import type { Sent, Sink } from './reporter.ts'

/** Counted and on disk when it answers, in the same breath. A disk that does not take it is tried again. */
export function ownSink(intake: Intake): Sink {
  const fields = { subscription: undefined, licenseArn: undefined, account: undefined, product: undefined }
  const naming = intake.named(fields)
  return (batch) => {
    if (!naming.ok) return { kind: 'refused', wrong: batch.events.map((_, at) => ({ at, ...naming.error })) }
    try {
      return sentOf(batch, intake.take(batch, naming.value))
    } catch (thrown) {
      return { kind: 'again', why: thrown instanceof Error ? thrown.message : String(thrown), afterMs: 0 }
    }
  }
}

function sentOf(batch: Batch, answers: readonly EventAnswer[]): Sent {
  if (answers.length !== batch.events.length || answers.some(({ result }) => result === 'again'))
    return { kind: 'again', why: 'the ledger gave no answer', afterMs: 0 }
  const refused = answers.flatMap((answer, at): Wrong[] =>
    answer.result === 'refused' ? [{ at, code: answer.code, message: answer.message }] : [],
  )
  if (refused.length === 0) return { kind: 'taken' }
  const own = refused.filter(({ code }) => code !== 'batch-refused')
  return { kind: 'refused', wrong: own.length > 0 ? own : refused }
}

/** How the supervisor is asked; rejects when it does not answer. */
export type Ask = (path: string, init: RequestInit) => Promise<Response>

/** The supervisor's door. Only its own words take a batch out of the buffer. */
export const supervisorSink =
  (ask: Ask): Sink =>
  async (batch) => {
    try {
      const response = await ask('/v1/usage', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(bodyOf(batch)),
      })
      const afterMs = 1_000 * (Number(response.headers.get('retry-after')) || 0)
      const said: unknown = await response.json()
      return readSent(batch, response.status, said, afterMs)
    } catch (thrown) {
      return { kind: 'again', why: thrown instanceof Error ? thrown.message : String(thrown), afterMs: 0 }
    }
  }

function bodyOf(batch: Batch): Record<string, unknown> {
  if (batch.kind === 'ids')
    return {
      events: batch.events.map((event) => ({ id: event.id, source: event.source, ...amountFields(event) })),
    }
  const { source, epoch, sequence, events } = batch
  return { source, epoch, sequence, events: events.map(amountFields) }
}

function readSent(batch: Batch, status: number, body: unknown, afterMs: number): Sent {
  const said = readSaid(status, body, batch.events.length)
  switch (said.kind) {
    case 'each':
      return sentOf(batch, said.answers)
    case 'taken':
      return said
    case 'refused': {
      const { code, message, wrong } = said
      return {
        kind: 'refused',
        wrong: wrong.length > 0 ? wrong : batch.events.map((_, at) => ({ at, code, message })),
      }
    }
    case 'again':
    case 'foreign':
      return { kind: 'again', why: `the supervisor answered ${said.why}`, afterMs }
  }
}
