/** The wrangler configuration of one stack, made of worker/wrangler.jsonc. Pure; holds no secret. */
import type { Address } from './address.ts'
import type { Names } from './standing.ts'

/** What of worker/wrangler.jsonc is the deployment's to say; all else is taken over as it stands. */
export interface WorkerConfig {
  readonly [key: string]: unknown
  readonly d1_databases: readonly [{ readonly binding: string; readonly migrations_dir: string }]
}

/** The entry beside the configuration: bundled and made small already, the bytes that the tests weigh. */
export const ENTRY = 'worker.mjs'

export function wranglerConfig(
  config: WorkerConfig,
  {
    names,
    account,
    databaseId,
    migrations,
    address,
    vars,
  }: {
    readonly names: Names
    readonly account: string
    readonly databaseId: string
    /** The folder of the migrations, from the configuration's own. */
    readonly migrations: string
    readonly address: Address
    readonly vars: Readonly<Record<string, string>>
  },
): object {
  const { $schema: _schema, minify: _minify, ...kept } = config
  const [database] = config.d1_databases
  return {
    ...kept,
    name: names.worker,
    account_id: account,
    main: ENTRY,
    no_bundle: true,
    d1_databases: [
      { ...database, database_name: names.database, database_id: databaseId, migrations_dir: migrations },
    ],
    queues: queuesOf(config['queues'], names.queue),
    // The name is made by attachDomain: wrangler would take it from whatever has it.
    workers_dev: address.kind === 'workers-dev',
    version_metadata: config['version_metadata'] ?? { binding: 'CF_VERSION_METADATA' },
    vars,
  }
}

/** The one queue under the stack's own name, at both ends. */
function queuesOf(queues: unknown, queue: string): object {
  const { producers, consumers } = queues as Readonly<Record<'producers' | 'consumers', readonly object[]>>
  return {
    producers: producers.map((one) => ({ ...one, queue })),
    consumers: consumers.map((one) => ({ ...one, queue })),
  }
}
