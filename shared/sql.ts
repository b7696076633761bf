/**
 * The SQL port of the money core: three functions, two homes (a Durable Object's SQLite and node:sqlite). No I/O of
 * its own. Both adapters call `checkCall`, so that what one home would take and the other not fails in both.
 */

/** What may be bound or read: a well-formed string, a safe integer, null, bytes. Nothing else passes the port. */
export type SqlValue = string | number | null | Uint8Array

export type SqlRow = Record<string, SqlValue>

export interface Sql {
  /** Runs one statement and answers its rows. Numbers go into INTEGER columns only, lists through `json_each`. */
  all<R extends SqlRow = SqlRow>(sql: string, ...params: readonly SqlValue[]): R[]
  /** Runs `fn` atomically. Throws if `fn` returns a promise: workerd would commit it half done. */
  transaction<T>(fn: () => T): T
  /** Runs a schema: several statements, no parameters. */
  script(sql: string): void
}

/** The stricter home's limits. Source: developers.cloudflare.com/durable-objects/platform/limits (2026-11-21). */
const PARAMETERS_MAX = 100
const COMPOUND_MAX = 5
const STATEMENT_BYTES_MAX = 100_000
const BOUND_BYTES_MAX = 1_000_000
const PATTERN_BYTES_MAX = 50
const PRAGMAS = new Set(['table_info', 'foreign_keys', 'quick_check', 'optimize'])
const TRANSACTION_WORDS = new Set(['BEGIN', 'COMMIT', 'END', 'ROLLBACK', 'SAVEPOINT', 'RELEASE'])

interface Statement {
  readonly parameters: number
  readonly matchesPattern: boolean
}

const checked = new Map<string, Statement>()

/** Throws when one of the homes would not take this call, or take it otherwise. A statement's text is looked at once. */
export function checkCall(sql: string, params: readonly unknown[]): void {
  let statement = checked.get(sql)
  if (statement === undefined) {
    statement = readStatement(sql)
    if (checked.size >= 1000) checked.clear()
    checked.set(sql, statement)
  }
  if (params.length !== statement.parameters) {
    throw new Error(
      `The statement has ${statement.parameters} parameters, ${params.length} were bound: ${sql}`,
    )
  }
  for (const param of params) checkParameter(param, statement.matchesPattern)
}

/** Throws for a schema that one of the homes would not take. */
export function checkScript(sql: string): void {
  const tokens = tokensOf(sql)
  for (const [i, token] of tokens.entries()) {
    checkToken(tokens, i)
    if (token === '?') throw new Error('A script takes no parameters')
    const first = i === 0 || tokens[i - 1] === ';'
    if (first && token !== 'END' && TRANSACTION_WORDS.has(token))
      throw new Error(`Transactions belong to \`transaction\`, not to ${token} in a script`)
  }
}

/** Throws when a row holds what the two homes read differently: a fraction or an integer beyond 2^53. */
export function checkRows(rows: readonly SqlRow[]): void {
  for (const row of rows) {
    for (const name in row) {
      const value = row[name]
      if (typeof value === 'number' && !Number.isSafeInteger(value)) {
        throw new Error(`Column ${name} is ${value}, which is not a safe integer: amounts are TEXT`)
      }
    }
  }
}

/** Throws if `transaction` was given an async function: the homes differ in what they would have committed. */
export function refusePromise(result: unknown): void {
  if (typeof result === 'object' && result !== null && 'then' in result) {
    throw new Error('A transaction is synchronous: its function returned a promise')
  }
}

function readStatement(sql: string): Statement {
  if (utf8Bytes(sql, STATEMENT_BYTES_MAX) > STATEMENT_BYTES_MAX)
    throw new Error(`A statement has at most ${STATEMENT_BYTES_MAX} bytes`)
  const tokens = tokensOf(sql)
  const end = tokens.indexOf(';')
  if (end !== -1 && tokens.slice(end).some((token) => token !== ';'))
    throw new Error(`One call runs one statement: ${sql}`)
  if (TRANSACTION_WORDS.has(tokens[0] ?? ''))
    throw new Error(`Transactions belong to \`transaction\`, not to ${tokens[0]}`)

  let parameters = 0
  let compound = 1
  let matchesPattern = false
  for (const [i, token] of tokens.entries()) {
    checkToken(tokens, i)
    if (token === '?') parameters += 1
    if (token === 'UNION' || token === 'INTERSECT' || token === 'EXCEPT') compound += 1
    if (token === 'LIKE' || token === 'GLOB') matchesPattern = true
  }
  if (parameters > PARAMETERS_MAX)
    throw new Error(`A statement has at most ${PARAMETERS_MAX} parameters: pass a list through json_each`)
  if (compound > COMPOUND_MAX) throw new Error(`At most ${COMPOUND_MAX} SELECTs in a compound: ${sql}`)
  return { parameters, matchesPattern }
}

function checkToken(tokens: readonly string[], i: number): void {
  const token = tokens[i] ?? ''
  if (/^(?:[:@$#]|\?\d)/.test(token)) throw new Error(`Parameters are plain question marks, not ${token}`)
  if (/_CF_/.test(token)) throw new Error(`Names with _cf_ are Cloudflare's: ${token}`)
  if (token === 'PRAGMA' && !PRAGMAS.has((tokens[i + 1] ?? '').toLowerCase()))
    throw new Error(`PRAGMA ${tokens[i + 1] ?? ''} is not open to both homes`)
  if (token === 'CREATE' && /^TEMP(?:ORARY)?$/.test(tokens[i + 1] ?? ''))
    throw new Error('There are no temporary tables in a Durable Object')
  if (token === 'ATTACH' || token === 'DETACH' || token === 'VACUUM')
    throw new Error(`${token} is not open to both homes`)
}

/** Words in capitals, `?`, `;` and named parameters; comments and texts in quotes left out, quoted names kept as words. */
function tokensOf(sql: string): string[] {
  const tokens: string[] = []
  const pattern =
    /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"((?:[^"]|"")*)"|`([^`]*)`|\[([^\]]*)\]|([:@$#]?[\w$]+)|(\?\d*|;)/g
  for (const match of sql.matchAll(pattern)) {
    const token = match[1] ?? match[2] ?? match[3] ?? match[4] ?? match[5]
    if (token !== undefined) tokens.push(match[5] ?? token.toUpperCase())
  }
  return tokens
}

function checkParameter(param: unknown, matchesPattern: boolean): void {
  if (param === null) return
  if (typeof param === 'string') {
    if (!param.isWellFormed()) throw new Error('A bound text holds a lone surrogate')
    if (param.includes('\0')) throw new Error('A bound text holds a NUL character')
    const most = matchesPattern ? PATTERN_BYTES_MAX : BOUND_BYTES_MAX
    if (utf8Bytes(param, most) > most) throw new Error(`A bound text has at most ${most} bytes here`)
    return
  }
  if (typeof param === 'number') {
    if (!Number.isSafeInteger(param))
      throw new Error(`${param} is not a safe integer: amounts are bound as text`)
    return
  }
  if (param instanceof Uint8Array) {
    if (param.byteLength > BOUND_BYTES_MAX)
      throw new Error(`Bound bytes are at most ${BOUND_BYTES_MAX}, not ${param.byteLength}`)
    return
  }
  throw new Error(`A ${typeof param} cannot be bound: texts, safe integers, null and Uint8Array only`)
}

/** The text's length in UTF-8, counted only where it could be above `most`. */
const utf8Bytes = (text: string, most: number): number =>
  text.length * 3 <= most ? text.length : new TextEncoder().encode(text).byteLength
