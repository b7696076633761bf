/** A Worker that is gone while its database is not: what was lost with it is said before another takes its place. */
import { member } from '../../shared/aws/json.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { describeApiFailure, isTableMissing, queryRows, type Cloudflare } from './cloudflare.ts'
import { EXIT, failure, type Failure } from './exit.ts'
import { RIGHTS, type Names, type Standing } from './standing.ts'

/** Null: there is nothing that a new session secret would break. */
export async function lossOf(
  cloudflare: Cloudflare,
  { worker, database }: Names,
  { running, database: id }: Standing,
): Promise<Failure | null> {
  if (running !== null && running.secrets.has('SESSION_SECRET')) return null
  const held = id === null ? ok(0) : await countSubscriptions(cloudflare, id)
  if (!held.ok) return held.error
  if (held.value === 0) return null
  return failure(
    EXIT.refused,
    `The database ${database} holds ${held.value} subscriptions, and ${running === null ? `the Worker ${worker} is gone, with their Ledgers` : `the Worker ${worker} has no SESSION_SECRET any more`}. With another secret, users counted this month are counted and billed once more, and webhook secrets cannot be opened. If the secret is kept somewhere, set it by \`npx wrangler secret put SESSION_SECRET --name ${worker}\`; if it is lost, add --new-session-secret, then make webhook secrets anew and see \`npm run ledger -- restore-check\`.`,
  )
}

/** 0 also before the first migration. */
async function countSubscriptions(cloudflare: Cloudflare, id: string): Promise<Result<number, Failure>> {
  const found = await queryRows(cloudflare, id, 'SELECT count(*) AS held FROM subscriptions')
  if (!found.ok)
    return isTableMissing(found.error)
      ? ok(0)
      : err(describeApiFailure('count the subscriptions', RIGHTS.database, found.error))
  return ok(Number(member(found.value[0], 'held') ?? 0))
}
