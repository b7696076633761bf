/** What a deployment is given, and what it comes to. Types only. */
import type { SellerConfig } from '../../shared/seller.ts'
import type { Result } from '../../shared/result.ts'
import type { EdgeOutputs, StackOutputs } from '../../shared/stack.ts'
import type { Cloudflare } from './cloudflare.ts'
import type { WorkerConfig } from './config.ts'
import type { Failure } from './exit.ts'
import type { Given } from './given.ts'
import type { Clock } from './public.ts'
import type { Wrangler } from './wrangler.ts'

export interface Work {
  readonly given: Given
  readonly outputs: StackOutputs & { readonly edge: EdgeOutputs }
  readonly seller: SellerConfig
  readonly cloudflare: Cloudflare
  readonly wrangler: Wrangler
  /** worker/wrangler.jsonc. */
  readonly config: WorkerConfig
  /** Names of the migrations, in their order. */
  readonly migrations: readonly string[]
  readonly bundle: () => Promise<Result<string, string>>
  /** The folder that wrangler is given, made anew; no secret in it. */
  readonly folder: string
  readonly migrationsFolder: string
  readonly clock: Clock
  /** So many random bytes in base64 or base64url. */
  readonly random: (form: 'base64' | 'base64url') => string
  readonly operatorKey: string | undefined
  readonly awsEndpoint: string | undefined
  /** A line of progress. */
  readonly say: (line: string) => void
  /** Told before the upload, with a key that nobody knows yet and that it sets: whoever ends this process early shows it. */
  readonly onUpload: (operatorKey: string | undefined) => void
}

export interface Outcome {
  /** Undefined: it is done. */
  readonly failed?: Failure
  /** The version that takes requests when all is well. */
  readonly version?: string
  /** To be shown, this once: it is in force and kept nowhere. */
  readonly operatorKey?: string
}
