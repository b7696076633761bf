/** Runs what is deployed for what it is: the uploaded module in Miniflare at its public name, on a database that stays. */
import { Miniflare, convertV4MiniflareOptions, type MiniflareOptions } from 'miniflare'
import type { Database } from '../../../commands/start/database.ts'
import { statementsOf } from './statements.ts'
import type { Host, Version } from './state.ts'

/** What a version that is broken says at every address. */
const BROKEN = 'the version is broken on purpose'

export interface MiniflareHost extends Host {
  /** From now on versions answer 500 and do nothing. */
  breakNext(): void
  mend(): void
}

export async function miniflareHost(port: number, folder: string): Promise<MiniflareHost> {
  let broken = false
  const whole = new Set<string>()
  const stub = {
    id: '',
    bindings: [],
    script: idle(),
    compatibilityDate: '2026-10-20',
    compatibilityFlags: [],
    classes: [],
  }
  const miniflare = new Miniflare(optionsOf(stub, stub.script, port, folder))
  await miniflare.ready
  return {
    breakNext: () => void (broken = true),
    mend: () => void (broken = false),
    async run(version) {
      // A version is what it was when it came, also when it is gone back to.
      if (!broken) whole.add(version.id)
      const script = whole.has(version.id) ? version.script : idle(version.classes)
      await miniflare.setOptions(optionsOf(version, script, port, folder))
    },
    async query(text, params) {
      const database: Database = await miniflare.getD1Database('DB')
      const statements = statementsOf(text).map((one) => database.prepare(one))
      const bound =
        params.length === 0 ? statements : statements.map((one) => one.bind(...(params as string[])))
      const all = (await database.batch(bound)) as readonly { readonly results: readonly object[] }[]
      return all.map(({ results }) => results)
    },
    close: () => miniflare.dispose(),
  }
}

const idle = (classes: readonly string[] = []): string => `
import { DurableObject } from 'cloudflare:workers'
${classes.map((name) => `export class ${name} extends DurableObject {}`).join('\n')}
export default { fetch: () => new Response(${JSON.stringify(BROKEN)}, { status: 500 }), queue() {}, scheduled() {} }`

function optionsOf(version: Version, script: string, port: number, folder: string): MiniflareOptions {
  const texts: Record<string, string | object> = {}
  const objects: Record<string, { className: string; useSQLite: boolean }> = {}
  const producers: Record<string, string> = {}
  for (const { type, name, text = '', class_name = '', queue_name = '' } of version.bindings) {
    if (type === 'plain_text' || type === 'secret_text') texts[name] = text
    if (type === 'version_metadata')
      texts[name] = { id: version.id, tag: '', timestamp: '2026-11-22T00:00:00Z' }
    if (type === 'durable_object_namespace')
      objects[name] = { className: class_name, useSQLite: version.classes.includes(class_name) }
    if (type === 'queue') producers[name] = queue_name
  }
  return convertV4MiniflareOptions({
    name: 'deployed',
    modules: [{ type: 'ESModule' as const, path: 'worker.mjs', contents: script }],
    compatibilityDate: version.compatibilityDate,
    compatibilityFlags: [...version.compatibilityFlags],
    host: '127.0.0.1',
    port,
    cf: false,
    telemetry: { enabled: false },
    resourcePersistencePath: folder,
    d1Databases: { DB: 'database' },
    durableObjects: objects,
    queueProducers: producers,
    bindings: texts as Record<string, string>,
    handleStructuredLogs: () => undefined,
  })
}
