/** What of the stack's deployment stands at Cloudflare. Reads only: its one POST is a SELECT. */
import { listMember, member, objectOf, textMember } from '../../../shared/aws/json.ts'
import { err, ok, type Result } from '../../../shared/result.ts'
import {
  isAbsent,
  isRightMissing,
  isTableMissing,
  isTokenRefused,
  oneOf,
  queryRows,
  type ApiFailure,
  type Cloudflare,
} from '../../deploy/cloudflare.ts'
import { isLoopback } from '../../deploy/origin.ts'
import { namesOf, readRunning, RIGHTS, type Running } from '../../deploy/standing.ts'
import { unseen, type Seen, type Unseen } from '../check.ts'

export interface CloudflareFacts {
  /** Null: there is no such Worker, or it never had a version. */
  readonly running: Seen<RunningFacts | null>
  readonly crons: Seen<readonly string[]>
  readonly route: Seen<Route>
  readonly queue: Seen<{ readonly consumers: readonly string[] } | null>
  /** The names of the migrations that are applied; null: there is no such database. */
  readonly migrations: Seen<readonly string[] | null>
  /** Id of the database of the stack's name; absent: it is not known. */
  readonly databaseId?: string
}

export interface RunningFacts extends Running {
  readonly bindings: ReadonlySet<string>
  /** Id of the database that it is bound to; absent: Cloudflare does not say. */
  readonly boundTo?: string
}

/** Where the Worker's public name leads. */
export type Route =
  /** On this machine: a rehearsal, of which Cloudflare knows nothing. */
  | { readonly kind: 'here' }
  | { readonly kind: 'workers.dev'; readonly enabled: boolean }
  /** `worker`: whose the domain is; null: nobody's. */
  | { readonly kind: 'domain'; readonly worker: string | null }

/** Nothing of Cloudflare’s could be read. `token`: it does not take it. */
export type Closed =
  | { readonly kind: 'token'; readonly message: string }
  | ({ readonly kind: 'silent' } & Unseen)

export async function fetchCloudflare(
  cloudflare: Cloudflare,
  stack: string,
  publicUrl: string,
): Promise<Result<CloudflareFacts, Closed>> {
  const names = namesOf(stack)
  const account = `/accounts/${cloudflare.account}`
  const script = `${account}/workers/scripts/${names.worker}`
  const see = async <T>(doing: string, right: string, path: string, read: (result: unknown) => T) => {
    const answer = await cloudflare.call({ path })
    if (answer.ok) return ok(read(answer.value))
    return isAbsent(answer.error) ? ok(read(undefined)) : unseenOf(doing, right, answer.error)
  }
  const { hostname } = new URL(publicUrl)
  const running = await readRunning(cloudflare, names.worker)
  if (!running.ok && isTokenRefused(running.error))
    return err({ kind: 'token', message: running.error.message })
  if (!running.ok && running.error.kind !== 'refused')
    return err({ kind: 'silent', ...reasonOf(running.error) })
  return ok({
    running: await fetchRunning(cloudflare, running, script),
    crons: await see('read the Worker’s crons', RIGHTS.scripts, `${script}/schedules`, cronsOf),
    route: isLoopback(publicUrl)
      ? ok({ kind: 'here' })
      : hostname.endsWith('.workers.dev')
        ? await see('read the Worker’s route', RIGHTS.scripts, `${script}/subdomain`, (result) => ({
            kind: 'workers.dev' as const,
            enabled: member(objectOf(result), 'enabled') === true,
          }))
        : await see(
            'read the Worker’s domain',
            RIGHTS.scripts,
            `${account}/workers/domains?hostname=${hostname}`,
            (result) => ({
              kind: 'domain' as const,
              worker: textMember(oneOf(result, 'hostname', hostname), 'service') ?? null,
            }),
          ),
    queue: await see('read the queue', RIGHTS.queues, `${account}/queues?name=${names.queue}`, (result) =>
      consumersOf(oneOf(result, 'queue_name', names.queue)),
    ),
    ...(await fetchDatabase(cloudflare, names.database)),
  })
}

function reasonOf(failed: Exclude<ApiFailure, { kind: 'refused' }>): Unseen {
  return {
    why:
      failed.kind === 'unreachable'
        ? `Cloudflare’s API does not answer (${failed.reason})`
        : `Cloudflare’s API answered ${failed.status} without JSON`,
    remedy: AGAIN,
  }
}

const AGAIN = 'see that this machine reaches it, and run the doctor again'

function unseenOf(doing: string, right: string, failed: ApiFailure): Result<never, Unseen> {
  if (failed.kind !== 'refused') return err(reasonOf(failed))
  const { status, message } = failed
  return isRightMissing(failed)
    ? unseen(
        `CLOUDFLARE_API_TOKEN may not ${doing} (${message})`,
        `add the right ${right.replace(/Edit$/, 'Read')} for this account to it`,
      )
    : unseen(`Cloudflare refused to ${doing} (${status}, ${message})`, AGAIN)
}

async function fetchRunning(
  cloudflare: Cloudflare,
  running: Result<Running | null, ApiFailure>,
  path: string,
): Promise<CloudflareFacts['running']> {
  const doing = 'read the Worker'
  if (!running.ok) return unseenOf(doing, RIGHTS.scripts, running.error)
  if (running.value === null) return ok(null)
  const version = await cloudflare.call({ path: `${path}/versions/${running.value.version}` })
  if (!version.ok) return unseenOf(doing, RIGHTS.scripts, version.error)
  const resources = objectOf(member(objectOf(version.value), 'resources'))
  const bindings = (listMember(resources, 'bindings') ?? []).map(objectOf)
  const d1 = bindings.find((one) => member(one, 'type') === 'd1')
  const boundTo = textMember(d1, 'id') ?? textMember(d1, 'database_id')
  return ok({
    ...running.value,
    bindings: new Set(bindings.flatMap((one) => textMember(one, 'name') ?? [])),
    ...(boundTo === undefined ? {} : { boundTo }),
  })
}

const cronsOf = (result: unknown): readonly string[] =>
  (listMember(objectOf(result), 'schedules') ?? []).flatMap((one) => textMember(objectOf(one), 'cron') ?? [])

/** Cloudflare names a consumer's Worker in one of three ways. */
const consumersOf = (queue: object | undefined) =>
  queue === undefined
    ? null
    : {
        consumers: (listMember(queue, 'consumers') ?? [])
          .map(objectOf)
          .flatMap(
            (one) =>
              textMember(one, 'script') ?? textMember(one, 'script_name') ?? textMember(one, 'service') ?? [],
          ),
      }

async function fetchDatabase(
  cloudflare: Cloudflare,
  name: string,
): Promise<Pick<CloudflareFacts, 'migrations' | 'databaseId'>> {
  const path = `/accounts/${cloudflare.account}/d1/database`
  const found = await cloudflare.call({ path: `${path}?name=${name}&per_page=100` })
  if (!found.ok) return { migrations: unseenOf('list the D1 databases', RIGHTS.database, found.error) }
  const databaseId = textMember(oneOf(found.value, 'name', name), 'uuid')
  if (databaseId === undefined) return { migrations: ok(null) }
  return { databaseId, migrations: await fetchMigrations(cloudflare, databaseId) }
}

async function fetchMigrations(cloudflare: Cloudflare, id: string): Promise<CloudflareFacts['migrations']> {
  const answer = await queryRows(cloudflare, id, 'SELECT name FROM d1_migrations ORDER BY id')
  if (!answer.ok) {
    if (isTableMissing(answer.error)) return ok([])
    return isAbsent(answer.error) ? ok(null) : unseenOf('read the database', RIGHTS.database, answer.error)
  }
  return ok(answer.value.flatMap((row) => textMember(row, 'name') ?? []))
}
