/** Usage as the container sends it on: the edge's JSON, with the ids and numbers its sender gave it. Pure. */
import type { Batch } from '../../shared/ledger/ledger.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { UsageEvent } from '../../shared/usage/event.ts'
import type { Naming } from '../../shared/usage/naming.ts'
import { BODY_MAX_BYTES } from '../../shared/usage/read.ts'
import { amountFields } from '../usage-wire.ts'
import type { Row } from './outbox.ts'

/** The source of what is reported over loopback without one. */
export const LOCAL = 'local'

/** Bytes of one row: several fit into a request, and each is far below what the SQL port binds. */
const ROW_MAX_BYTES = 400_000
/** Below the edge's bound, with room for the envelope. */
export const SEND_MAX_BYTES = BODY_MAX_BYTES - 1_000

type Draft = Pick<Row, 'kind' | 'events' | 'body'>

/**
 * The rows that say `batch`. `source`: who reports where only `local` is said; null: whoever the key belongs to. Refused
 * when a numbered batch, which cannot be cut, is larger than the edge takes.
 */
export function rowsOf(
  batch: Batch,
  naming: Naming | null,
  source: string | null,
): Result<readonly Draft[], string> {
  const named = fieldsOf(naming)
  if (batch.kind === 'ids') return ok(idRows(batch.events, named, source))
  const { epoch, sequence, events } = batch
  const body = JSON.stringify({
    ...sourceOf(batch.source, source),
    epoch,
    sequence,
    ...named,
    events: events.map((event) => amountFields(placed(event, source))),
  })
  const bytes = Buffer.byteLength(body)
  return bytes <= SEND_MAX_BYTES
    ? ok([{ kind: 'sequence', events: events.length, body }])
    : err(`The batch has ${bytes} bytes as it is sent on. Send its events under several numbers.`)
}

function idRows(
  events: readonly UsageEvent[],
  named: Record<string, string>,
  source: string | null,
): readonly Draft[] {
  const rows: Draft[] = []
  let texts: string[] = []
  let bytes = 0
  const close = (): void => {
    if (texts.length > 0) rows.push({ kind: 'ids', events: texts.length, body: `[${texts.join(',')}]` })
    texts = []
    bytes = 0
  }
  for (const event of events) {
    const from = sourceOf(event.source, source)
    const text = JSON.stringify({ id: event.id, ...from, ...named, ...amountFields(placed(event, source)) })
    const size = Buffer.byteLength(text)
    if (bytes + size > ROW_MAX_BYTES) close()
    texts.push(text)
    bytes += size
  }
  close()
  return rows
}

function sourceOf(own: string, source: string | null): { readonly source?: string } {
  const said = own === LOCAL ? source : own
  return said === null ? {} : { source: said }
}

/** A series that is only the source's name is that of whoever reports. */
const placed = (event: UsageEvent, source: string | null): UsageEvent =>
  event.kind === 'value' && event.series === LOCAL && source !== null ? { ...event, series: source } : event

function fieldsOf(naming: Naming | null): Record<string, string> {
  switch (naming?.kind) {
    case 'subscription':
      return { subscription: naming.id }
    case 'license':
      return { licenseArn: `arn:aws:license-manager:::license:${naming.tail}` }
    case 'account':
      return { account: naming.account, product: naming.product }
    case 'customer':
    case undefined:
      return {}
  }
}

/** The body of one request: rows of one kind, as `Outbox.next` gave them. */
export function requestOf(rows: readonly Row[]): string {
  const [first] = rows
  if (first?.kind === 'sequence') return first.body
  return `{"events":[${rows.map(({ body }) => body.slice(1, -1)).join(',')}]}`
}
