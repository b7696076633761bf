/** An upload: metadata and one module as multipart, secrets of the version before kept as `keep_bindings` asks. */
import { randomUUID } from 'node:crypto'
import type { Call } from './routes.ts'
import type { Binding, Host, State } from './state.ts'

interface Metadata {
  readonly main_module: string
  readonly bindings: readonly Binding[]
  readonly keep_bindings?: readonly string[]
  readonly compatibility_date: string
  readonly compatibility_flags?: readonly string[]
  readonly migrations?: {
    readonly new_tag: string
    readonly steps: readonly { readonly new_sqlite_classes?: readonly string[] }[]
  }
}

/** PUT of the script deploys it at once; POST of a version leaves that to the deployment that follows. */
export async function upload(call: Call, state: State, host: Host): Promise<object> {
  const form = await new Response(new Uint8Array(call.body), {
    headers: { 'content-type': call.contentType },
  }).formData()
  const metadata = JSON.parse(await textOf(form.get('metadata'))) as Metadata
  const before = state.versions.at(-1)
  const kept = (before?.bindings ?? []).filter(
    ({ type, name }) =>
      metadata.keep_bindings?.includes(type) === true && !metadata.bindings.some((one) => one.name === name),
  )
  const steps = metadata.migrations?.steps ?? []
  const version = {
    id: randomUUID(),
    bindings: [...metadata.bindings, ...kept],
    script: await textOf(form.get(metadata.main_module)),
    compatibilityDate: metadata.compatibility_date,
    compatibilityFlags: metadata.compatibility_flags ?? [],
    classes: [...(before?.classes ?? []), ...steps.flatMap((step) => step.new_sqlite_classes ?? [])],
  }
  state.versions.push(version)
  const migrationTag = metadata.migrations?.new_tag ?? state.worker?.migrationTag
  const deploysAtOnce = call.query.has('excludeScript')
  state.worker = { name: call.parts[0] ?? '', migrationTag }
  if (deploysAtOnce) {
    state.deployments.unshift(version.id)
    await host.run(version)
  }
  return {
    id: deploysAtOnce ? state.worker.name : version.id,
    tag: 't',
    etag: 'e',
    deployment_id: version.id.replaceAll('-', ''),
    startup_time_ms: 1,
    resources: { script: { etag: 'e' } },
  }
}

const textOf = (part: File | string | null): Promise<string> =>
  part === null || typeof part === 'string' ? Promise.resolve(part ?? '') : part.text()
