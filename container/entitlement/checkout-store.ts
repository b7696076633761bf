/** What this task has checked out, on disk: a container that is started again in its task neither draws nor holds twice. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { integerMember, member, objectOf, parseObject, textMember } from '../../shared/aws/json.ts'
import { codeOf, makeFolder, replaceFile } from '../spool/durable.ts'

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
  makeFolder(dirname(file))
  let rows = readRows(file)

  return {
    get: (key) => rows.get(key) ?? null,
    put(key, checkout) {
      const changed = new Map(rows)
      if (checkout === null) changed.delete(key)
      else changed.set(key, checkout)
      replaceFile(file, JSON.stringify({ task, sku, checkouts: Object.fromEntries(changed) }))
      rows = changed
    },
  }
}

function readRows(file: string): ReadonlyMap<string, StoredCheckout> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return new Map()
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
