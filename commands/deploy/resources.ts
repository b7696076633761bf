/** The database and the queue: made where they are not. Nothing that is there is changed. */
import { objectOf, textMember } from '../../shared/aws/json.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { describeApiFailure, type Cloudflare } from './cloudflare.ts'
import { EXIT, failure, type Failure } from './exit.ts'
import { RIGHTS } from './standing.ts'

/** The database's id: the one that was found, or of a new one. */
export async function ensureDatabase(
  cloudflare: Cloudflare,
  database: string,
  found: string | null,
): Promise<Result<string, Failure>> {
  if (found !== null) return ok(found)
  const made = await cloudflare.call({
    method: 'POST',
    path: `/accounts/${cloudflare.account}/d1/database`,
    body: { name: database },
  })
  if (!made.ok)
    return err(describeApiFailure(`make the D1 database ${database}`, RIGHTS.database, made.error))
  const id = textMember(objectOf(made.value), 'uuid')
  return id === undefined
    ? err(
        failure(
          EXIT.stopped,
          `Cloudflare made the D1 database ${database} and did not say its id: give the same command again, which finds it.`,
        ),
      )
    : ok(id)
}

export async function ensureQueue(
  cloudflare: Cloudflare,
  queue: string,
  isThere: boolean,
): Promise<Result<void, Failure>> {
  if (isThere) return ok(undefined)
  const made = await cloudflare.call({
    method: 'POST',
    path: `/accounts/${cloudflare.account}/queues`,
    body: { queue_name: queue },
  })
  return made.ok
    ? ok(undefined)
    : err(describeApiFailure(`make the queue ${queue}`, RIGHTS.queues, made.error))
}
