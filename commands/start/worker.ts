/** The Worker as `npm start` runs it: bundled by esbuild, its options read from `worker/wrangler.jsonc`, never said twice. */
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { build, type BuildFailure, stop } from 'esbuild'
import { convertV4MiniflareOptions, type MiniflareOptions } from 'miniflare'
import { err, ok, type Result } from '../../shared/result.ts'
import { embedSeller } from './seller.ts'

/** What is taken from `worker/wrangler.jsonc`. A binding of another kind is refused by name, never left out in silence. */
interface WranglerConfig {
  readonly name: string
  readonly compatibility_date: string
  readonly compatibility_flags?: readonly string[]
  readonly d1_databases: readonly [{ binding: string; database_id: string; migrations_dir: string }]
  readonly durable_objects: { readonly bindings: readonly { name: string; class_name: string }[] }
  readonly migrations: readonly { readonly new_sqlite_classes?: readonly string[] }[]
}

const TAKEN = new Set([
  '$schema',
  'name',
  'main',
  'compatibility_date',
  'compatibility_flags',
  'd1_databases',
  'durable_objects',
  'migrations',
])
/** Of the deployment only: nothing of them exists on one machine, or the simulator's stepper does it. */
const OF_THE_DEPLOYMENT = new Set([
  'minify',
  'send_metrics',
  'observability',
  'triggers',
  'queues',
  'workers_dev',
  'preview_urls',
  'routes',
  'version_metadata',
])

/** Reads the Worker's settings. The error is one sentence with the file's name. */
export function readWorkerConfig(root: string): Result<WranglerConfig, string> {
  const file = join(root, 'worker', 'wrangler.jsonc')
  try {
    const config = JSON.parse(withoutComments(readFileSync(file, 'utf8'))) as WranglerConfig
    const unknown = Object.keys(config).filter((key) => !TAKEN.has(key) && !OF_THE_DEPLOYMENT.has(key))
    if (unknown.length === 0) return ok(config)
    return err(
      `worker/wrangler.jsonc says "${unknown[0]}", which npm start does not know yet: add it to commands/start/worker.ts`,
    )
  } catch (cause) {
    return err(
      `worker/wrangler.jsonc cannot be read (${cause instanceof Error ? cause.message : 'unknown'}): restore the file`,
    )
  }
}

/** JSONC as JSON: comments and trailing commas go, texts stay as they are. */
const withoutComments = (text: string): string =>
  text
    .replaceAll(/("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (_, kept?: string) => kept ?? '')
    .replaceAll(/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g, (_, kept?: string) => kept ?? '')

/**
 * Bundles an entry of the Worker into one module: `index.dev.ts` has the moved clock, `index.ts` the system's and is
 * made small. The error names file, line and what esbuild says.
 */
export async function bundleWorker(
  root: string,
  entry: 'index.ts' | 'index.dev.ts',
): Promise<Result<string, string>> {
  try {
    const { outputFiles } = await build({
      entryPoints: [join(root, 'worker', entry)],
      bundle: true,
      minify: entry === 'index.ts',
      write: false,
      plugins: [embedSeller],
      format: 'esm',
      target: 'es2024',
      conditions: ['workerd', 'worker', 'browser'],
      external: ['node:*', 'cloudflare:*'],
      logLevel: 'silent',
    })
    return ok(outputFiles[0]?.text ?? '')
  } catch (cause) {
    const first = (cause as Partial<BuildFailure>).errors?.[0]
    if (first === undefined) throw cause
    const at =
      first.location === null ? '' : ` (${relative(root, first.location.file)}:${first.location.line})`
    return err(`the Worker cannot be bundled: ${first.text}${at}`)
  } finally {
    // Its process would stay for the next bundle, and there is none.
    await stop()
  }
}

/**
 * Miniflare's options for a script, or for several modules of which the first is the entry. Version 5 keeps D1 and Durable Objects under `resourcePersistencePath`; version 4's option is
 * taken without a word and keeps nothing. Source: facts, toolchain §12 (2026-11-21).
 */
export function workerOptions(
  config: WranglerConfig,
  script: string | readonly { readonly path: string; readonly contents: string }[],
  at: {
    readonly port: number
    readonly folder: string
    readonly vars: { readonly [name: string]: string | number }
  },
): MiniflareOptions {
  const sqlite = new Set(config.migrations.flatMap((step) => step.new_sqlite_classes ?? []))
  return convertV4MiniflareOptions({
    name: config.name,
    modules: (typeof script === 'string' ? [{ path: 'worker.mjs', contents: script }] : script).map(
      (module) => ({ type: 'ESModule' as const, ...module }),
    ),
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: [...(config.compatibility_flags ?? [])],
    host: '127.0.0.1',
    port: at.port,
    cf: false,
    telemetry: { enabled: false },
    resourcePersistencePath: at.folder,
    d1Databases: Object.fromEntries(config.d1_databases.map((d1) => [d1.binding, d1.database_id])),
    durableObjects: Object.fromEntries(
      config.durable_objects.bindings.map(({ name, class_name }) => [
        name,
        { className: class_name, useSQLite: sqlite.has(class_name) },
      ]),
    ),
    bindings: { ...at.vars },
  })
}
