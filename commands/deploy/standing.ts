/** What of a stack's deployment is at Cloudflare already: database, queue, running version, name. Reads only. */
import { listMember, member, objectOf, textMember } from '../../shared/aws/json.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { describeApiFailure, isAbsent, oneOf, type ApiFailure, type Cloudflare } from './cloudflare.ts'
import type { Failure } from './exit.ts'

/** What a stack's parts are called at Cloudflare. */
export interface Names {
  readonly worker: string
  readonly database: string
  readonly queue: string
}

export const namesOf = (stack: string): Names => ({
  worker: `tollgate-${stack}`,
  database: `tollgate-${stack}`,
  queue: `tollgate-${stack}-deliveries`,
})

/** The version that takes requests. */
export interface Running {
  readonly version: string
  /** Its plain settings, by name. */
  readonly vars: Readonly<Record<string, string>>
  /** Names of its secrets. */
  readonly secrets: ReadonlySet<string>
  /** Versions that take the rest of the requests; absent: it takes them all. */
  readonly beside?: readonly string[]
}

export interface Standing {
  /** D1's id; null: there is none of this name. */
  readonly database: string | null
  readonly queue: boolean
  /** Null: there is no Worker of this name. */
  readonly running: Running | null
}

/** What each call needs of the token, as Cloudflare's page calls it. */
export const RIGHTS = {
  scripts: 'Account, Workers Scripts, Edit',
  database: 'Account, D1, Edit',
  queues: 'Account, Queues, Edit',
  zone: 'Zone, Zone, Read',
  routes: 'Zone, Workers Routes, Edit',
} as const

export async function readStanding(cloudflare: Cloudflare, names: Names): Promise<Result<Standing, Failure>> {
  const accountPath = `/accounts/${cloudflare.account}`
  const databases = await cloudflare.call({
    path: `${accountPath}/d1/database?name=${names.database}&per_page=100`,
  })
  if (!databases.ok) return err(describeApiFailure('list the D1 databases', RIGHTS.database, databases.error))
  const queues = await cloudflare.call({ path: `${accountPath}/queues?name=${names.queue}` })
  if (!queues.ok) return err(describeApiFailure('list the queues', RIGHTS.queues, queues.error))
  const running = await readRunning(cloudflare, names.worker)
  if (!running.ok) return err(describeApiFailure('read the Worker', RIGHTS.scripts, running.error))
  return ok({
    database: textMember(oneOf(databases.value, 'name', names.database), 'uuid') ?? null,
    queue: oneOf(queues.value, 'queue_name', names.queue) !== undefined,
    running: running.value,
  })
}

/** The running version with its settings; null: there is no such Worker, or it never had a version. */
export async function readRunning(
  cloudflare: Cloudflare,
  worker: string,
): Promise<Result<Running | null, ApiFailure>> {
  const path = `/accounts/${cloudflare.account}/workers/scripts/${worker}`
  const deployments = await cloudflare.call({ path: `${path}/deployments` })
  if (!deployments.ok) return isAbsent(deployments.error) ? ok(null) : deployments
  const [version, ...beside] = runningVersions(deployments.value)
  if (version === undefined) return ok(null)
  const found = await cloudflare.call({ path: `${path}/versions/${version}` })
  if (!found.ok) return found
  const resources = objectOf(member(objectOf(found.value), 'resources'))
  const bindings = (listMember(resources, 'bindings') ?? []).map(objectOf)
  const vars: Record<string, string> = {}
  const secrets = new Set<string>()
  for (const binding of bindings) {
    const [type, name, text] = [member(binding, 'type'), member(binding, 'name'), member(binding, 'text')]
    if (typeof name !== 'string') continue
    if (type === 'secret_text') secrets.add(name)
    if (type === 'plain_text' && typeof text === 'string') vars[name] = text
  }
  return ok({ version, vars, secrets, ...(beside.length === 0 ? {} : { beside }) })
}

/** The versions of the newest deployment, the one with the greatest part of the requests first. */
function runningVersions(deployments: unknown): readonly string[] {
  const newest = objectOf(listMember(objectOf(deployments), 'deployments')?.[0])
  const part = (one: object | undefined): number => Number(member(one, 'percentage') ?? 0)
  return (listMember(newest, 'versions') ?? [])
    .map(objectOf)
    .sort((one, other) => part(other) - part(one))
    .flatMap((one) => textMember(one, 'version_id') ?? [])
}
