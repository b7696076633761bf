/** Usage that was refused: what is kept of it and its value, how it is listed, and how it is sent once more (money §1). */
import { formatAmount, readAmount } from '../../shared/amount.ts'
import { hourOf } from '../../shared/hour.ts'
import type { RepairValue } from '../../shared/ledger/repair.ts'
import { hashOf } from '../../shared/ledger/seen.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { EdgeView } from '../../shared/seller/views.ts'
import type { UsageEvent } from '../../shared/usage/event.ts'
import { readRequest, type ReadEvent } from '../../shared/usage/read.ts'
import type { ReadSequence } from '../../shared/usage/sequence.ts'
import { faultOf } from '../../shared/usage/text.ts'
import { readEpochText, readTime } from '../../shared/usage/time.ts'
import {
  findRefusedRow,
  keepRefusedRows,
  listRefusedRows,
  markReplayed,
  type RefusedRow,
  type StoredRefusal,
} from '../db/refused.ts'
import type { Edge } from '../env.ts'
import { type ApiKey, keyNamed } from '../keys.ts'
import { answerEvents, answerSequence, type Answered, type Reporting, type SequenceAnswer } from './answer.ts'
import { openLookup } from './subscriptions.ts'
import { valueOf } from './value.ts'

/** Who reports by the queue when an event does not say: SQS knows no API key, and its policy says who may write. */
export const QUEUE_KEY: ApiKey = { id: 'queue', products: null }

/** The rows of every refused event among `answered`; null there: it is kept elsewhere. */
export function refusedEvents(
  door: RefusedRow['door'],
  events: readonly ReadEvent[],
  answered: readonly (Answered | null)[],
  key: ApiKey,
  seller: EdgeView,
): RefusedRow[] {
  return events.flatMap(({ id, raw }, place): RefusedRow[] => {
    const one = answered[place]
    if (one?.answer.result !== 'refused') return []
    const { event, subscription, product } = one
    const json = JSON.stringify(raw)
    const said = event === null ? readLoosely(raw, key.id) : readExactly(event)
    return [
      {
        ...said,
        door,
        eventId: id ?? '',
        hash: hashOf(json),
        reason: one.answer.code,
        message: one.answer.message,
        subscription,
        product,
        value: valueOf(seller, product, said.meter, said.amount),
        // What cannot be read over HTTP will never be counted, and its sender was told.
        event: door === 'queue' || event !== null ? json : null,
        apiKey: door === 'queue' ? null : key.id,
      },
    ]
  })
}

/** The row of a refused sequence: one, for it is sent again as one. */
export function refusedSequence(
  door: RefusedRow['door'],
  batch: ReadSequence,
  answer: SequenceAnswer & { readonly result: 'refused' },
  key: ApiKey,
  seller: EdgeView,
): RefusedRow {
  const { subscription, product, code, message, refused } = answer
  const json = JSON.stringify(batch.raw)
  const events = batch.events.flatMap((read) => (read.ok ? [read.value] : []))
  const meters = new Set(events.map((event) => event.meter))
  const [meter] = meters
  const isSum = meters.size === 1 && events.every((event) => event.kind === 'quantity')
  const sum = events.reduce((all, event) => all + (event.kind === 'quantity' ? event.quantity : 0n), 0n)
  const amount = isSum ? formatAmount(sum) : null
  return {
    door,
    source: batch.source,
    eventId: `${batch.epoch}:${batch.sequence}`,
    hash: hashOf(json),
    reason: code,
    message: refused[0] === undefined ? message : `${message} The first: ${refused[0].message}`,
    subscription,
    product,
    meter: isSum ? (meter ?? null) : null,
    amount,
    value: isSum ? valueOf(seller, product, meter ?? null, amount) : null,
    hourMs: events[0] === undefined ? null : hourOf(events[0].time),
    // Of a batch a Ledger judged the sender has sent the rest under another number; a queue has no sender to do that.
    event: door === 'queue' || subscription === null ? json : null,
    apiKey: door === 'queue' ? null : key.id,
  }
}

/** How much of a message that cannot be read is kept for a person to look at. */
const POISON_CHARS = 100_000

/** The row of a message that is no usage at all. */
export const poison = (
  id: string,
  body: string,
  problem: { readonly code: string; readonly message: string },
): RefusedRow => ({
  door: 'queue',
  source: QUEUE_KEY.id,
  eventId: id,
  hash: hashOf(body),
  reason: problem.code,
  message: problem.message,
  subscription: null,
  product: null,
  meter: null,
  amount: null,
  value: null,
  hourMs: null,
  event: body.slice(0, POISON_CHARS),
  apiKey: null,
})

/** A page of refused usage. */
export interface RefusedPage {
  /** The `number` of the last one seen; 0 begins. */
  readonly after: number
  readonly limit: number
  /** True: also what a replay has counted since. */
  readonly replayed: boolean
}

/** Refused usage as an operator sees it: times as RFC 3339, `value` in dollars at the prices of its day. */
export async function listRefused(
  db: D1Database,
  page: RefusedPage,
): Promise<{ readonly refused: readonly object[]; readonly next: number | null }> {
  const rows = await listRefusedRows(db, page)
  const next = rows.length === page.limit ? (rows.at(-1)?.number ?? null) : null
  return { refused: rows.map(show), next }
}

const show = (row: StoredRefusal): object => ({
  number: row.number,
  door: row.door,
  source: row.source,
  id: row.eventId,
  reason: row.reason,
  message: row.message,
  subscription: row.subscription,
  product: row.product,
  meter: row.meter,
  amount: row.amount,
  value: row.value,
  hour: iso(row.hourMs),
  replayable: row.event !== null,
  times: row.times,
  first: iso(row.firstMs),
  last: iso(row.lastMs),
  replayed: iso(row.replayedMs),
})

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())

/** What a replay came to; `result` is the books' own word. */
export interface Replayed {
  readonly sentence: string
  readonly result: 'counted' | 'duplicate'
  /** What of, and what it is worth; null where either is not known. */
  readonly of: RepairValue | null
}

export interface NotReplayed {
  readonly kind: 'not-found' | 'not-allowed' | 'still-refused' | 'again'
  readonly sentence: string
}

/** Sends a refused event or sequence once more, exactly as it came. What is refused again stays, with its new reason. */
export async function replayRefused(edge: Edge, number: number): Promise<Result<Replayed, NotReplayed>> {
  const { db, ledgers } = edge.settings
  const row = await findRefusedRow(db, number)
  if (row === undefined) {
    return not('not-found', `There is no refused usage ${number}. The list has those there are.`)
  }
  if (row.event === null) {
    return not(
      'not-allowed',
      `What refused usage ${number} said is not kept: it could not be read, a Ledger refused its batch, or it is older than 35 days. Let its sender correct and report it again.`,
    )
  }
  const key = row.apiKey === null ? QUEUE_KEY : await keyNamed(db, row.apiKey)
  const read = readRequest(new TextEncoder().encode(row.event), 'any', key.id)
  if (!read.ok) {
    return not('not-allowed', `Refused usage ${number} cannot be read: ${read.error.message}`)
  }
  const using: Reporting = {
    lookup: openLookup(db),
    ledgerOf: (id) => ledgers.getByName(id),
    seller: edge.seller,
  }
  const now = edge.clocks.business()
  const { result, rows } = await tryAgain(read.value, using, row, key)
  if (result.result === 'again') return not('again', result.message)
  if (result.result === 'refused') {
    await keepRefusedRows(db, rows, now)
    return not('still-refused', result.message)
  }
  await markReplayed(db, number, now)
  const sentence =
    result.result === 'counted'
      ? `Refused usage ${number} is counted now.`
      : `Refused usage ${number} had been counted before; nothing was added.`
  const { amount, meter, value } = row
  const of = amount === null || meter === null ? null : { amount, of: meter, dollars: value }
  return ok({ sentence, result: result.result, of })
}

type ReadAny = (ReturnType<typeof readRequest> & { readonly ok: true })['value']

async function tryAgain(read: ReadAny, using: Reporting, row: StoredRefusal, key: ApiKey) {
  if (read.kind === 'sequence') {
    const result = await answerSequence(read, key, using)
    const rows =
      result.result === 'refused' ? [refusedSequence(row.door, read, result, key, using.seller)] : []
    return { result, rows }
  }
  const answered = await answerEvents(read.events, key, using)
  const at = Math.max(
    0,
    read.events.findIndex(({ id }) => (id ?? '') === row.eventId),
  )
  const rows = refusedEvents(row.door, read.events, answered, key, using.seller)
  return { result: answered[at]?.answer ?? NO_ANSWER, rows }
}

const NO_ANSWER = { result: 'again', message: 'No event was found in what was kept.' } as const

const not = (kind: NotReplayed['kind'], sentence: string): Result<never, NotReplayed> =>
  err({ kind, sentence })

type Said = Pick<RefusedRow, 'source' | 'meter' | 'amount' | 'hourMs'>

const readExactly = (event: UsageEvent): Said => ({
  source: event.source,
  meter: event.meter,
  amount:
    event.kind === 'key' ? null : formatAmount(event.kind === 'quantity' ? event.quantity : event.value),
  hourMs: Math.abs(event.time) <= 8.64e15 ? hourOf(event.time) : null,
})

/** What can be read of an event that cannot be read. */
function readLoosely(raw: unknown, source: string): Said {
  const outer = recordOf(raw)
  const listed: unknown = outer['dimension_usage']
  const inner = { ...recordOf(outer['data']), ...recordOf(Array.isArray(listed) ? listed[0] : undefined) }
  const field = (name: string): unknown => inner[name] ?? outer[name]
  const text = (value: unknown): string | null =>
    typeof value === 'string' && faultOf(value) === undefined ? value : null
  const amount = readAmount(field('quantity') ?? field('value'))
  const stamp = outer['create_timestamp']
  const time = typeof stamp === 'string' ? readEpochText(stamp) : readTime(outer['time'])
  return {
    source: text(outer['source']) ?? source,
    meter: text(field('meter')) ?? text(field('dimension')),
    amount: amount.ok ? formatAmount(amount.value) : null,
    hourMs: time.ok ? hourOf(time.value) : null,
  }
}

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {}
