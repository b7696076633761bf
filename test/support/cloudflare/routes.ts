/** The routes of Cloudflare's API that are called. Seen by running wrangler 4.155.0 against a server that wrote them down (2026-11-22). */
import { randomUUID } from 'node:crypto'
import { Refusal, runningOf, type Host, type State } from './state.ts'
import { upload } from './upload.ts'

export interface Call {
  /** What the path's groups hold. */
  readonly parts: readonly string[]
  readonly query: URLSearchParams
  readonly body: Buffer
  readonly contentType: string
}

export interface Route {
  readonly method: string
  readonly path: RegExp
  readonly answer: (call: Call, state: State, host: Host) => unknown
}

const json = ({ body }: Call): Record<string, unknown> =>
  JSON.parse(body.toString()) as Record<string, unknown>

const workerOf = (state: State, name: string, code = 10_007): NonNullable<State['worker']> => {
  if (state.worker?.name !== name) throw new Refusal(404, code, 'This Worker does not exist on your account.')
  return state.worker
}

const account = String.raw`^/accounts/\w{32}`
const at = (path: string): RegExp => new RegExp(`${account}${path}$`)
const SCRIPT = '/workers/scripts/([\\w-]+)'

export const routes: readonly Route[] = [
  {
    method: 'GET',
    path: at('/d1/database'),
    answer: ({ query }, { databases }) =>
      [...databases]
        .filter(([, name]) => name.includes(query.get('name') ?? ''))
        .map(([uuid, name]) => ({ uuid, name })),
  },
  {
    method: 'POST',
    path: at('/d1/database'),
    answer: (call, { databases }) => {
      const [uuid, name] = [randomUUID(), String(json(call)['name'])]
      databases.set(uuid, name)
      return { uuid, name }
    },
  },
  {
    method: 'GET',
    path: at('/d1/database/([\\w-]+)'),
    answer: ({ parts: [id = ''] }, { databases }) => {
      const name = databases.get(id)
      if (name === undefined) throw new Refusal(404, 7404, 'The database could not be found')
      return { uuid: id, name, version: 'production' }
    },
  },
  {
    method: 'POST',
    path: at('/d1/database/([\\w-]+)/query'),
    async answer(call, { databases }, host) {
      if (!databases.has(call.parts[0] ?? '')) throw new Refusal(404, 7404, 'The database could not be found')
      const { sql, params } = json(call)
      try {
        const all = await host.query(String(sql), (params ?? []) as readonly unknown[])
        return all.map((results) => ({ success: true, results, meta: { duration: 1 } }))
      } catch (cause) {
        throw new Refusal(400, 7500, cause instanceof Error ? cause.message : String(cause))
      }
    },
  },
  {
    method: 'GET',
    path: at('/queues'),
    answer: ({ query }, { queues }) =>
      [...queues]
        .filter(([name]) => query.getAll('name').length === 0 || query.getAll('name').includes(name))
        .map(([queue_name, { id, consumers }]) => ({ queue_id: id, queue_name, consumers })),
  },
  {
    method: 'POST',
    path: at('/queues'),
    answer: (call, { queues }) => {
      const name = String(json(call)['queue_name'])
      queues.set(name, { id: randomUUID().replaceAll('-', ''), consumers: [] })
      return { queue_name: name, queue_id: queues.get(name)?.id }
    },
  },
  { method: 'POST', path: at('/queues/(\\w+)/consumers'), answer: consume },
  { method: 'PUT', path: at('/queues/(\\w+)/consumers/[\\w-]+'), answer: consume },
  {
    method: 'GET',
    path: /^\/zones$/,
    answer: ({ query }, { zones }) => zones.filter(({ name }) => name === query.get('name')),
  },
  { method: 'GET', path: at('/workers/subdomain'), answer: (_, { subdomain }) => ({ subdomain }) },
  {
    method: 'GET',
    path: at('/workers/domains'),
    answer: ({ query }, { domains }) =>
      [...domains]
        .filter(([hostname]) => hostname === query.get('hostname'))
        .map(([hostname, service]) => ({ id: hostname, hostname, service })),
  },
  {
    method: 'PUT',
    path: at(`${SCRIPT}/domains/records`),
    answer: (call, state) => {
      const { origins, override_existing_dns_record, override_existing_origin } = json(call)
      for (const { hostname } of origins as readonly { hostname: string }[]) {
        const other = state.domains.get(hostname)
        if (other !== undefined && other !== call.parts[0] && override_existing_origin !== true)
          throw new Refusal(409, 100_116, 'Hostname is already in use by another Worker')
        if (state.records.has(hostname) && override_existing_dns_record !== true)
          throw new Refusal(409, 100_117, 'Hostname already has externally managed DNS records')
        state.domains.set(hostname, call.parts[0] ?? '')
      }
      return null
    },
  },
  {
    method: 'GET',
    path: at('/workers/services/([\\w-]+)'),
    answer: ({ parts: [name = ''] }, state) => {
      const { migrationTag } = workerOf(state, name, 10_090)
      const script = {
        id: name,
        tag: 't',
        tags: [],
        last_deployed_from: 'wrangler',
        migration_tag: migrationTag,
      }
      return { default_environment: { environment: 'production', script } }
    },
  },
  {
    method: 'GET',
    path: at(`${SCRIPT}/secrets`),
    answer: ({ parts: [name = ''] }, state) => {
      workerOf(state, name)
      return (state.versions.at(-1)?.bindings ?? []).filter(({ type }) => type === 'secret_text').map(hide)
    },
  },
  {
    method: 'GET',
    path: at(`${SCRIPT}/settings`),
    answer: ({ parts: [name = ''] }, state) => {
      workerOf(state, name)
      return { bindings: runningOf(state)?.bindings.map(hide) ?? [], tags: [] }
    },
  },
  { method: 'PATCH', path: at(`${SCRIPT}/script-settings`), answer: (call) => json(call) },
  { method: 'PUT', path: at(SCRIPT), answer: upload },
  { method: 'POST', path: at(`${SCRIPT}/versions`), answer: upload },
  {
    method: 'GET',
    path: at(`${SCRIPT}/versions/([\\w-]+)`),
    answer: ({ parts: [, id] }, { versions }) => {
      const version = versions.find((one) => one.id === id)
      if (version === undefined) throw new Refusal(404, 10_007, 'This version does not exist.')
      return { id, metadata: {}, resources: { bindings: version.bindings.map(hide), script: {} } }
    },
  },
  {
    method: 'GET',
    path: at(`${SCRIPT}/deployments`),
    answer: ({ parts: [name = ''] }, state) => {
      workerOf(state, name)
      return {
        deployments: state.deployments.map((version_id) => ({
          id: version_id,
          created_on: '2026-11-22T00:00:00Z',
          versions: [{ version_id, percentage: 100 }],
        })),
      }
    },
  },
  {
    method: 'POST',
    path: at(`${SCRIPT}/deployments`),
    async answer(call, state, host) {
      const [first] = json(call)['versions'] as readonly { version_id: string }[]
      const version = state.versions.find(({ id }) => id === first?.version_id)
      if (version === undefined) throw new Refusal(404, 10_007, 'This version does not exist.')
      state.deployments.unshift(version.id)
      await host.run(version)
      return { id: randomUUID() }
    },
  },
  {
    method: 'GET',
    path: at('/workers/workers/([\\w-]+)'),
    answer: (_, { onWorkersDev }) => ({ subdomain: { enabled: onWorkersDev, previews_enabled: false } }),
  },
  { method: 'POST', path: at(`${SCRIPT}/subdomain`), answer: putOnWorkersDev },
  { method: 'PATCH', path: at('/workers/workers/([\\w-]+)'), answer: putOnWorkersDev },
  {
    method: 'GET',
    path: at(`${SCRIPT}/subdomain`),
    answer: (_, { onWorkersDev }) => ({ enabled: onWorkersDev, previews_enabled: false }),
  },
  {
    method: 'GET',
    path: at(`${SCRIPT}/schedules`),
    answer: ({ parts: [name = ''] }, state) => {
      workerOf(state, name)
      return { schedules: state.schedules.map((cron) => ({ cron })) }
    },
  },
  {
    method: 'PUT',
    path: at(`${SCRIPT}/schedules`),
    answer: ({ body }, state) => {
      const schedules = JSON.parse(body.toString()) as readonly { cron: string }[]
      state.schedules = schedules.map(({ cron }) => cron)
      return { schedules }
    },
  },
]

function consume(call: Call, { queues }: State): object {
  const queue = [...queues.values()].find(({ id }) => id === call.parts[0])
  if (queue === undefined) throw new Refusal(404, 11_001, 'Queue not found')
  const { script_name, ...rest } = json(call)
  queue.consumers = [{ ...rest, consumer_id: '1', script: script_name }]
  return queue.consumers[0] ?? {}
}

function putOnWorkersDev(call: Call, state: State): object {
  const said = json(call)
  const subdomain = (said['subdomain'] ?? said) as { readonly enabled?: boolean }
  state.onWorkersDev = subdomain.enabled === true
  return { enabled: state.onWorkersDev, previews_enabled: false, subdomain }
}

/** A secret's text leaves Cloudflare never. */
const hide = (binding: { readonly type: string; readonly name: string }): object =>
  binding.type === 'secret_text' ? { type: binding.type, name: binding.name } : binding
