/** Going back to the version before, and saying what that brings back and what it leaves. */
import { describeApiFailure, type Cloudflare } from './cloudflare.ts'
import { EXIT, failure, type Failure } from './exit.ts'
import { awaitHealth } from './health.ts'
import type { Clock } from './public.ts'
import { readRunning, RIGHTS, type Running } from './standing.ts'

const HEALTHY_WITHIN_MS = 60_000

/** A version that took requests and is not well. */
export interface Fallen {
  readonly worker: string
  readonly publicUrl: string
  readonly version: string
  /** Null: this was the first deploy. */
  readonly before: Running | null
  /** Migrations that this deploy applied. */
  readonly applied: readonly string[]
  /** What was wrong with it. */
  readonly why: string
}

/** Ends a deployment that failed after its version took requests. */
export async function goBack(
  cloudflare: Cloudflare,
  { worker, publicUrl, version, before, applied, why }: Fallen,
  clock: Clock,
): Promise<Failure> {
  if (before === null)
    return failure(
      EXIT.unhealthy,
      `${why}. This was the first deploy, so there is no version to go back to: version ${version} stays at ${publicUrl}. Correct what is named, see \`npm run doctor\`, and give the same command again; nothing that was made is made twice.`,
    )
  const now = await readRunning(cloudflare, worker)
  if (now.ok && now.value !== null && now.value.version !== version)
    return failure(
      EXIT.rolledBack,
      `${why}. Meanwhile somebody else deployed version ${now.value.version}, and it was left in its place: deploy from one place at a time, and see \`npm run doctor\`.`,
    )
  const done = await cloudflare.call({
    method: 'POST',
    // Settings and secrets belong to their version: those of the version before come back with it.
    path: `/accounts/${cloudflare.account}/workers/scripts/${worker}/deployments?force=true`,
    body: {
      strategy: 'percentage',
      versions: [{ version_id: before.version, percentage: 100 }],
      // The objects go back with the code that calls them, not minutes later.
      code_update_strategy: { mode: 'immediate' },
      annotations: { 'workers/message': `Back from ${version}`, 'workers/triggered_by': 'rollback' },
    },
  })
  if (!done.ok) {
    const { sentence } = describeApiFailure('go back to the version before', RIGHTS.scripts, done.error)
    return failure(
      EXIT.unhealthy,
      `${why}. Going back failed too, so version ${version} takes requests: ${sentence} By hand: \`npx wrangler rollback ${before.version} --name ${worker}\`.`,
    )
  }
  const back = await awaitHealth(publicUrl, before.version, HEALTHY_WITHIN_MS, clock)
  const stays = staysOf(applied)
  return back.ok
    ? failure(
        EXIT.rolledBack,
        `${why}. Version ${before.version}, the one before, takes requests again and says that it is well.${stays} Correct what is named and deploy again.`,
      )
    : failure(
        EXIT.unhealthy,
        `${why}. Version ${before.version}, the one before, was given all requests again, and is not seen to be well: ${back.error}.${stays} See \`npm run doctor\`.`,
      )
}

const staysOf = (applied: readonly string[]): string =>
  applied.length === 0
    ? ''
    : ` What stays: ${applied.join(', ')} in the database; migrations only add, so the version before works with them.`
