/** What this task has checked out, on disk: a container that is started again in its task neither draws nor holds twice. */
import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { integerMember, member, objectOf, parseObject, textMember } from '../../shared/aws/json.ts'

/** One checkout of one dimension. */
export interface StoredCheckout {
  /** Stored before the first call, and the same until AWS has answered. */
  readonly clientToken: string
  /** AWS's name of it; null: not answered yet. */
  readonly consumptionToken: string | null
  /** The lease's end, epoch ms; null: none. */
  readonly expires: number | null
}

/** By dimension. */
export interface CheckoutStore {
  get(key: string): StoredCheckout | null
  /** On disk when it returns; throws what the disk says, and nothing has changed then. */
  put(key: string, checkout: StoredCheckout | null): void
}

/** In memory: for tiers, which use nothing up, where no disk was given. */
export function memoryCheckouts(): CheckoutStore {
  const rows = new Map<string, StoredCheckout>()
  return {
    get: (key) => rows.get(key) ?? null,
    put: (key, checkout) => void (checkout === null ? rows.delete(key) : rows.set(key, checkout)),
  }
}

/**
 * A file for each task and product under `<spool>/checkouts`. Throws where it cannot be read or is not ours: to begin anew would
 * draw what was drawn already.
 */
export function openCheckouts(spool: string, task: string, sku: string): CheckoutStore {
  const name = createHash('sha256').update(`${task}\n${sku}`).digest('hex').slice(0, 32)
  const file = join(spool, 'checkouts', `${name}.json`)
  mkdirSync(dirname(file), { recursive: true })
  let rows = readRows(file)

  return {
    get: (key) => rows.get(key) ?? null,
    put(key, checkout) {
      const changed = new Map(rows)
      if (checkout === null) changed.delete(key)
      else changed.set(key, checkout)
      writeWhole(file, JSON.stringify({ task, sku, checkouts: Object.fromEntries(changed) }))
      rows = changed
    },
  }
}

function readRows(file: string): ReadonlyMap<string, StoredCheckout> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (thrown) {
    if (thrown instanceof Error && Reflect.get(thrown, 'code') === 'ENOENT') return new Map()
    throw thrown
  }
  const stored = objectOf(member(parseObject(text), 'checkouts'))
  if (stored === undefined) throw new Error(`${file} is not what was written there`)
  return new Map(
    Object.entries(stored).flatMap(([key, value]): [string, StoredCheckout][] => {
      const row = objectOf(value)
      const clientToken = textMember(row, 'clientToken')
      if (clientToken === undefined) return []
      const consumptionToken = textMember(row, 'consumptionToken') ?? null
      return [[key, { clientToken, consumptionToken, expires: integerMember(row, 'expires') ?? null }]]
    }),
  )
}

/** The old file or the new one, never half of it, and on disk: beside it, then renamed over it. */
function writeWhole(file: string, text: string): void {
  const beside = `${file}.new`
  const written = openSync(beside, 'w', 0o600)
  try {
    writeSync(written, text)
    fsyncSync(written)
  } finally {
    closeSync(written)
  }
  renameSync(beside, file)
  const folder = openSync(dirname(file), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
