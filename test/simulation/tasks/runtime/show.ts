/** What the disks of a cluster hold, read from the files themselves as anybody could, and written down as a history. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Batch } from '../../../../shared/ledger/ledger.ts'
import type { Adopted, LedgerShown, RecordShown } from '../history.ts'
import { PRODUCT } from './aws.ts'
import { COPIED, foldersOf, idIn, readOwnerOf } from './disks.ts'

const UNIT = 1_000_000

type Row = Record<string, string | number | bigint | null | Uint8Array>

/** One file, as it is, whatever became of its folder. */
export interface FileShown extends Pick<LedgerShown, 'open' | 'aside' | 'records' | 'findings'> {
  readonly folder: string
  /** The id of its folder. */
  readonly file: string
  /** The id of the ledger in it; null: there is none. */
  readonly ledger: string | null
  readonly task: string
  /** By the id of the dead ledger. */
  readonly adopted: readonly (Adopted & { readonly copy: boolean })[]
}

/** Folders of tasks, of those they claimed, and of those that were put away. */
export function allFolders(root: string): string[] {
  const found: string[] = []
  const walk = (folder: string): void => {
    found.push(folder)
    const claimed = join(folder, 'claimed')
    if (existsSync(claimed)) for (const name of readdirSync(claimed).sort()) walk(join(claimed, name))
  }
  for (const folder of foldersOf(root)) walk(folder)
  const done = join(root, PRODUCT.code, 'done')
  if (existsSync(done)) for (const name of readdirSync(done).sort()) walk(join(done, name))
  return found
}

/** Null: no ledger can be read there. */
export function readFile(folder: string, dimensions: readonly string[]): FileShown | null {
  const owner = readOwnerOf(folder)
  if (owner === null || !existsSync(join(folder, owner.ledger))) return null
  const db = new DatabaseSync(join(folder, owner.ledger))
  try {
    const rows = (sql: string): Row[] => db.prepare(sql).all()
    const tables = new Set(
      rows("SELECT name FROM sqlite_master WHERE type = 'table'").map(({ name }) => name),
    )
    const about = { folder, file: idIn(folder) ?? folder, task: owner.identity }
    if (!tables.has('ledger') || !tables.has('records'))
      return { ...about, ledger: null, open: {}, aside: {}, records: [], adopted: [], findings: [] }
    const records = rows(
      `SELECT records.identity, records.dimension, records.hour, records.quantity, records.state, records.reason,
         max(records.unanswered, coalesce(sends.unanswered, 0), coalesce(sends.flying, 0)) AS unanswered
       FROM records LEFT JOIN sends ON sends.key = records.key GROUP BY records.key ORDER BY records.hour, records.key`,
    ).map(recordOf)
    const [ledger] = rows('SELECT subscription, stopped FROM ledger')
    const stopped = ledger?.['stopped'] ?? null
    return {
      ...about,
      ledger: ledger === undefined ? null : String(ledger['subscription']),
      open: Object.fromEntries(dimensions.map((dimension) => [dimension, openIn(rows, dimension)])),
      aside: Object.fromEntries(
        dimensions.map((dimension) => [
          dimension,
          sumOf(rows(`SELECT amount FROM set_aside WHERE meter = 'm_${dimension}'`), 'amount'),
        ]),
      ),
      records,
      adopted: tables.has('adopted')
        ? rows('SELECT copy, body FROM adopted ORDER BY at, ledger').map(adoptedOf)
        : [],
      findings: stopped === null ? [] : [String(stopped)],
    }
  } finally {
    db.close()
  }
}

/** Counted and in no record, millionths. */
function openIn(rows: (sql: string) => Row[], dimension: string): number {
  const counted = sumOf(rows(`SELECT counted FROM usage WHERE meter = 'm_${dimension}'`), 'counted')
  const frozen = sumOf(
    rows(
      `SELECT units FROM lines JOIN records ON records.key = record WHERE kind = 'usage' AND dimension = '${dimension}'`,
    ),
    'units',
  )
  const moving = sumOf(
    rows(`SELECT units FROM adjustments WHERE into_record IS NULL AND dimension = '${dimension}'`),
    'units',
  )
  return counted - (frozen - moving) * UNIT
}

const sumOf = (rows: readonly Row[], column: string): number =>
  rows.reduce((sum, row) => sum + Number(row[column]), 0)

function recordOf(row: Row): RecordShown {
  const identity: { readonly task?: string } = JSON.parse(String(row['identity']))
  return {
    task: identity.task ?? '',
    dimension: String(row['dimension']),
    hour: Number(row['hour']),
    quantity: Number(row['quantity']),
    state: String(row['state']) as RecordShown['state'],
    reason: row['reason'] === null ? null : String(row['reason']),
    unanswered: row['unanswered'] === 1,
  }
}

interface AdoptedBody {
  readonly ledger: string
  readonly at: number
  readonly units: Readonly<Record<string, string>>
  readonly held: Adopted['held']
  readonly expired: readonly { readonly dimension: string; readonly units: string }[]
}

function adoptedOf(row: Row): FileShown['adopted'][number] {
  const body: AdoptedBody = JSON.parse(String(row['body']))
  return {
    file: body.ledger,
    at: body.at,
    units: Object.fromEntries(
      Object.entries(body.units).map(([dimension, text]) => [dimension, millionths(text)]),
    ),
    held: body.held.map(({ task, dimension, hour, quantity }) => ({ task, dimension, hour, quantity })),
    lapsed: body.expired.map(({ dimension, units }) => ({ dimension, amount: millionths(units) })),
    copy: row['copy'] === 1,
  }
}

/** Decimal text of units as millionths. */
export const millionths = (text: string): number => Math.round(Number(text) * UNIT)

/** Which events of a batch a file knows as counted, in order: asked where nobody was told. */
export function countedIn(root: string, file: string, batch: Batch): boolean[] {
  const nothing = batch.events.map(() => false)
  const folder = foldersOf(root).find((one) => idIn(one) === file && !one.endsWith(COPIED))
  const owner = folder === undefined ? null : readOwnerOf(folder)
  if (folder === undefined || owner === null) return nothing
  const db = new DatabaseSync(join(folder, owner.ledger))
  try {
    const has = (sql: string, ...of: (string | number)[]): boolean => db.prepare(sql).all(...of).length > 0
    if (!has("SELECT 1 FROM sqlite_master WHERE name = 'events'")) return nothing
    if (batch.kind === 'ids')
      return batch.events.map(({ source, id }) =>
        has('SELECT 1 FROM events WHERE source = ? AND id = ?', source, id),
      )
    const { source, epoch, sequence } = batch
    const counted = has(
      'SELECT 1 FROM sequences WHERE source = ? AND epoch = ? AND sequence = ?',
      source,
      epoch,
      sequence,
    )
    return batch.events.map(() => counted)
  } finally {
    db.close()
  }
}

/** What of a file is neither billed nor in doubt nor over: what a process that ends leaves, by dimension. */
export function leftIn(
  root: string,
  file: string,
  dimensions: readonly string[],
): Record<string, number> | null {
  const folder = foldersOf(root).find((one) => idIn(one) === file && !one.endsWith(COPIED))
  const shown = folder === undefined ? null : readFile(folder, dimensions)
  if (shown === null) return null
  return Object.fromEntries(
    dimensions.map((dimension) => [
      dimension,
      (shown.open[dimension] ?? 0) +
        shown.records
          .filter((record) => record.dimension === dimension && record.state === 'waiting')
          .reduce((sum, { quantity }) => sum + quantity * UNIT, 0),
    ]),
  )
}
