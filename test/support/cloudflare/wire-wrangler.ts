/** wrangler at the wire: the calls that 4.155.0 makes of a folder and a file of secrets, without its second and a half. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Wrangler } from '../../../commands/deploy/wrangler.ts'
import { err, ok, type Result } from '../../../shared/result.ts'

interface Config {
  readonly name: string
  readonly account_id: string
  readonly main: string
  readonly vars: Readonly<Record<string, string>>
  readonly d1_databases: readonly [
    { readonly binding: string; readonly database_id: string; readonly migrations_dir: string },
  ]
  readonly migrations: readonly { readonly tag: string }[]
}

/** `migrations` are files of the folder that the configuration names. */
export function wireWrangler(base: string, token: string, migrations: readonly string[]): Wrangler {
  const ask = async (
    method: string,
    path: string,
    body: string | FormData,
  ): Promise<Result<unknown, string>> => {
    try {
      const response = await fetch(`${base}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
        },
        body,
      })
      const said = (await response.json()) as {
        success: boolean
        result: unknown
        errors: { message: string }[]
      }
      return said.success ? ok(said.result) : err(said.errors[0]?.message ?? '')
    } catch {
      return err('fetch failed')
    }
  }
  const read = (folder: string): Config =>
    JSON.parse(readFileSync(join(folder, 'wrangler.json'), 'utf8')) as Config
  return {
    async migrate(folder) {
      const { account_id, d1_databases } = read(folder)
      const [{ database_id, migrations_dir }] = d1_databases
      const query = (sql: string) =>
        ask('POST', `/accounts/${account_id}/d1/database/${database_id}/query`, JSON.stringify({ sql }))
      const table = await query(
        'CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY, name TEXT UNIQUE)',
      )
      if (!table.ok) return table
      const rows = await query('SELECT name FROM d1_migrations ORDER BY id')
      if (!rows.ok) return rows
      const [{ results }] = rows.value as [{ results: { name: string }[] }]
      const missing = migrations.filter((name) => !results.some((row) => row.name === name))
      for (const name of missing) {
        const sql = readFileSync(join(folder, migrations_dir, name), 'utf8')
        const applied = await query(`${sql}\nINSERT INTO d1_migrations (name) VALUES ('${name}');`)
        if (!applied.ok) return err(`${name}: ${applied.error}`)
      }
      return ok(missing)
    },
    async deploy(folder, secretsFile) {
      const config = read(folder)
      const secrets = JSON.parse(readFileSync(secretsFile, 'utf8')) as Record<string, string>
      const form = new FormData()
      const bindings = [
        ...Object.entries(config.vars).map(([name, text]) => ({ type: 'plain_text', name, text })),
        ...Object.entries(secrets).map(([name, text]) => ({ type: 'secret_text', name, text })),
        { type: 'version_metadata', name: 'CF_VERSION_METADATA' },
      ]
      const metadata = {
        main_module: config.main,
        bindings,
        keep_bindings: ['secret_text'],
        compatibility_date: '2026-10-20',
      }
      form.set('metadata', JSON.stringify(metadata))
      form.set(config.main, new File([readFileSync(join(folder, config.main))], config.main))
      const script = `/accounts/${config.account_id}/workers/scripts/${config.name}`
      const put = await ask('PUT', `${script}?excludeScript=true`, form)
      if (!put.ok) return put
      const crons = await ask('PUT', `${script}/schedules`, JSON.stringify([{ cron: '* * * * *' }]))
      const { deployment_id } = put.value as { deployment_id: string }
      return crons.ok
        ? ok(deployment_id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'))
        : crons
    },
  }
}
