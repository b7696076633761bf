/** The Worker's bundle wrapped so that it counts what Cloudflare would charge: rows, requests, alarms. Nothing else changes. */

/** What was counted since the start; prices are in `cost.ts`. */
export interface Counts {
  /** Rows written and read in Durable Objects, by class, as workerd's cursors report them. */
  readonly rowsWritten: { readonly ledger: number; readonly submitter: number }
  readonly rowsRead: { readonly ledger: number; readonly submitter: number }
  /** Alarms set or deleted: each is charged as a row written. */
  readonly alarms: number
  /** Rows written and read in D1, as its answers report them. */
  readonly d1: { readonly written: number; readonly read: number }
  /** Requests to the Worker, and calls between it and its objects or among them. */
  readonly requests: { readonly worker: number; readonly object: number }
}

/** Where the wrapper answers its counts; the production Worker has no such path. */
export const COUNTS_PATH = '/__bench/counts'

/** The name under which the wrapper imports the bundle. */
export const BUNDLE = 'bundle.mjs'

/** The wrapper's text: JavaScript that workerd loads as it is. */
export const COUNTING_WORKER = `
import worker, * as bundle from './${BUNDLE}'
const counts = {
  rowsWritten: { ledger: 0, submitter: 0 }, rowsRead: { ledger: 0, submitter: 0 },
  alarms: 0, d1: { written: 0, read: 0 }, requests: { worker: 0, object: 0 },
}
function watch(ctx, name) {
  const { sql } = ctx.storage
  const proto = Object.getPrototypeOf(sql)
  const exec = proto.plainExec ?? proto.exec
  sql.exec = (...args) => {
    const cursor = exec.apply(sql, args)
    const written = cursor.rowsWritten, read = cursor.rowsRead
    counts.rowsWritten[name] += written
    counts.rowsRead[name] += read
    const toArray = cursor.toArray.bind(cursor)
    cursor.toArray = () => {
      const rows = toArray()
      counts.rowsWritten[name] += cursor.rowsWritten - written
      counts.rowsRead[name] += cursor.rowsRead - read
      return rows
    }
    return cursor
  }
  const { storage } = ctx
  for (const alarm of ['setAlarm', 'deleteAlarm']) {
    const plain = storage[alarm].bind(storage)
    storage[alarm] = (...args) => { counts.alarms += 1; return plain(...args) }
  }
}
const note = (answer) => {
  counts.d1.written += answer?.meta?.rows_written ?? 0
  counts.d1.read += answer?.meta?.rows_read ?? 0
  return answer
}
const countedStatement = (statement) => new Proxy(statement, { get(target, name) {
  if (name === 'plain') return target
  const value = target[name]
  if (typeof value !== 'function') return value
  if (name === 'bind') return (...args) => countedStatement(target.bind(...args))
  if (name === 'first') return async (column) => {
    const { results } = note(await target.all())
    const row = results[0] ?? null
    return row === null || column === undefined ? row : row[column]
  }
  if (name === 'run' || name === 'all') return async () => note(await target[name]())
  return value.bind(target)
} })
const countedDatabase = (db) => new Proxy(db, { get(target, name) {
  if (name === 'prepare') return (sql) => countedStatement(target.prepare(sql))
  if (name === 'batch') return async (list) => (await target.batch(list.map((one) => one.plain ?? one))).map(note)
  const value = target[name]
  return typeof value === 'function' ? value.bind(target) : value
} })
const countedObjects = (namespace) => new Proxy(namespace, { get(target, name) {
  const value = target[name]
  if (name !== 'getByName') return typeof value === 'function' ? value.bind(target) : value
  return (object) => {
    const stub = target.getByName(object)
    return new Proxy({}, { get: (_, method) => (...args) => {
      // Only a stepper asks for wakes; in production an alarm comes by itself.
      if (method !== 'nextWake') counts.requests.object += 1
      return stub[method](...args)
    } })
  }
} })
const counted = (env) => ({
  ...env, DB: countedDatabase(env.DB), LEDGER: countedObjects(env.LEDGER), SUBMITTER: countedObjects(env.SUBMITTER),
})
export class Ledger extends bundle.Ledger {
  constructor(ctx, env) { watch(ctx, 'ledger'); super(ctx, counted(env)) }
}
export class Submitter extends bundle.Submitter {
  constructor(ctx, env) { watch(ctx, 'submitter'); super(ctx, counted(env)) }
}
export default {
  fetch(request, env, ctx) {
    if (new URL(request.url).pathname === '${COUNTS_PATH}') return Response.json(counts)
    counts.requests.worker += 1
    return worker.fetch(request, counted(env), ctx)
  },
  scheduled(event, env, ctx) {
    counts.requests.worker += 1
    return worker.scheduled(event, counted(env), ctx)
  },
}
`
