/** The Worker's D1 before its first request: migrations in wrangler's own bookkeeping, and the demo's API key. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Result } from '../../shared/result.ts'
import { hashKey } from '../../shared/usage/key.ts'

/** What is used of D1 here: its types belong to workerd's world, not to Node's. */
interface Statement {
  bind(...values: readonly (string | number)[]): Statement
  run(): Promise<unknown>
  all(): Promise<{ readonly results: readonly unknown[] }>
}
export interface Database {
  prepare(sql: string): Statement
  batch(statements: readonly Statement[]): Promise<unknown>
}

/** As `wrangler d1 migrations apply` makes it, so that both can work on one database. Source: wrangler 4.155.0. */
const BOOKKEEPING = `CREATE TABLE IF NOT EXISTS d1_migrations(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`

/** Applies what is missing, in the order of the names, each file whole or not at all. */
export async function migrate(db: Database, folder: string): Promise<Result<number, string>> {
  await db.prepare(BOOKKEEPING).run()
  const { results } = await db.prepare('SELECT name FROM d1_migrations').all()
  const applied = new Set((results as { name: string }[]).map((row) => row.name))
  const files = filesOf(folder)
  if (!files.ok) return files
  const missing = files.value.filter((name) => name.endsWith('.sql') && !applied.has(name)).sort()

  for (const name of missing) {
    const statements = readFileSync(join(folder, name), 'utf8')
      .split('--> statement-breakpoint')
      .map((text) => text.trim())
      .filter((text) => text !== '')
    try {
      await db.batch([
        ...statements.map((text) => db.prepare(text)),
        db.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name),
      ])
    } catch (cause) {
      return err(
        `the migration ${name} failed (${cause instanceof Error ? cause.message : 'unknown'}): repair it and start again`,
      )
    }
  }
  return ok(missing.length)
}

function filesOf(folder: string): Result<readonly string[], string> {
  try {
    return ok(readdirSync(folder))
  } catch (cause) {
    return err(
      `the migrations cannot be read (${cause instanceof Error ? cause.message : 'unknown'}): restore the folder`,
    )
  }
}

/** Makes the demo's API key known: only its hash is stored. */
export async function admitDemoKey(db: Database, apiKey: string, now: number): Promise<void> {
  await db
    .prepare('INSERT INTO api_keys (id, sha256, name, created_ms) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING')
    .bind('key_demo', await hashKey(apiKey), 'The demo of npm start', now)
    .run()
}
