/** `npm run deploy`: reads the command line and the environment, runs one deployment, tells how it ended. */
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { err, ok, type Result } from '../../shared/result.ts'
import { readSeller } from '../start/seller.ts'
import { bundleWorker, readWorkerConfig } from '../start/worker.ts'
import { openCloudflare } from './cloudflare.ts'
import { deploy } from './deploy.ts'
import { EXIT, failure, type ExitCode, type Failure } from './exit.ts'
import { HELP, readGiven, type Given } from './given.ts'
import { fetchOutputs } from './read-outputs.ts'
import { readOutputs } from './outputs.ts'
import { keyLines, summaryOf } from './summary.ts'
import type { Outcome, Work } from './work.ts'
import { openWrangler, withoutSecrets } from './wrangler.ts'

const root = resolve(import.meta.dirname, '..', '..')
const began = performance.now()
const interrupted = new AbortController()
/** A key that may be in force and that nobody knows yet. */
let unknownKey: string | undefined
let uploads = false
/** Texts that are shown nowhere. */
const hidden: string[] = []

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupt())
process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<ExitCode> {
  const given = readGiven(args)
  if (!given.ok) return tell(failure(EXIT.usage, given.error))
  if (given.value === 'help') {
    console.log(HELP)
    return EXIT.done
  }
  const work = await prepare(given.value)
  if (!work.ok) return tell(work.error)
  const { outputs } = work.value
  const { failed, version, operatorKey } = await deploy(work.value).catch(unexpected)
  if (failed === undefined && version !== undefined)
    for (const line of summaryOf(outputs, outputs.edge, version)) console.log(line)
  if (operatorKey !== undefined) for (const line of keyLines(operatorKey)) console.log(line)
  return failed === undefined ? EXIT.done : tell(failed)
}

/** All that the deployment is given; nothing below reads the environment or a clock. */
async function prepare(given: Given): Promise<Result<Work, Failure>> {
  const { env } = process
  const wrong = (sentence: string): Result<Work, Failure> => err(failure(EXIT.usage, sentence))
  const seller = await readSeller()
  if (!seller.ok) return wrong(seller.error)
  const config = readWorkerConfig(root)
  if (!config.ok) return wrong(config.error)
  const text = fetchOutputs(root, given.stack, given.outputs, env)
  if (!text.ok) return wrong(text.error)
  const read = readOutputs(text.value)
  if (!read.ok) return wrong(read.error.join('\n'))
  const { edge } = read.value
  if (edge === null)
    return err(
      failure(
        EXIT.refused,
        'Nothing of seller.config.ts is sold as SaaS, so this stack has no Worker to deploy.',
      ),
    )

  const token = env['CLOUDFLARE_API_TOKEN'] ?? ''
  if (token === '')
    return err(
      failure(
        EXIT.token,
        'CLOUDFLARE_API_TOKEN is not set: make a token with the rights that `npm run deploy -- --help` lists, and set it.',
      ),
    )
  const account = edge.cloudflareAccount ?? env['CLOUDFLARE_ACCOUNT_ID'] ?? ''
  if (!/^[0-9a-f]{32}$/.test(account))
    return wrong(
      'The Cloudflare account is not known: set CLOUDFLARE_ACCOUNT_ID, or tollgate:cloudflareAccount in the stack, to its id (32 hex digits, in the dashboard under Workers & Pages).',
    )
  const base = (env['CLOUDFLARE_API_BASE_URL'] || 'https://api.cloudflare.com/client/v4').replace(/\/+$/, '')

  hidden.push(token, ...edge.eventsPushKeys)
  if (edge.credentials.kind === 'user')
    hidden.push(edge.credentials.secretAccessKey, edge.credentials.accessKeyId)
  const migrationsFolder = join(root, 'worker', config.value.d1_databases[0].migrations_dir)
  return ok({
    given,
    outputs: { ...read.value, edge },
    seller: seller.value,
    cloudflare: openCloudflare({ base, token, account, pause }),
    wrangler: openWrangler({
      root,
      base,
      token,
      account,
      environment: env,
      hidden: () => hidden,
      signal: interrupted.signal,
    }),
    config: { ...config.value },
    migrations: readdirSync(migrationsFolder)
      .filter((name) => name.endsWith('.sql'))
      .sort(),
    bundle: () => bundleWorker(root, 'index.ts'),
    folder: join(root, '.tollgate', 'deploy', given.stack),
    migrationsFolder,
    clock: { now: () => performance.now(), pause: (ms) => pause(ms) },
    random(form) {
      const bytes = randomBytes(32).toString(form)
      hidden.push(bytes)
      return bytes
    },
    operatorKey: env['TOLLGATE_OPERATOR_KEY'],
    awsEndpoint: env['AWS_ENDPOINT_URL'],
    say: (line) =>
      console.log(
        `[${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s] ${withoutSecrets(line, hidden)}`,
      ),
    onUpload(key) {
      uploads = true
      unknownKey = key
    },
  })
}

function tell({ exit, sentence }: Failure): ExitCode {
  console.error(`deploy: ${withoutSecrets(sentence, hidden)}`)
  return exit
}

/** Whatever nobody expected; a key that may be in force is shown all the same. */
function unexpected(cause: unknown): Outcome {
  const said = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]
  const failed = uploads
    ? failure(
        EXIT.unhealthy,
        `it failed after the upload had begun (${said}): \`npm run doctor\` says which version takes requests. Give the same command again.`,
      )
    : failure(
        EXIT.stopped,
        `it failed before the upload (${said}): what ran before runs on. Give the same command again.`,
      )
  return { failed, ...(unknownKey === undefined ? {} : { operatorKey: unknownKey }) }
}

/** Ends wrangler and this process; leaving removes the file of the secrets. */
function interrupt(): void {
  interrupted.abort()
  if (unknownKey !== undefined) for (const line of keyLines(unknownKey)) console.log(line)
  tell(
    failure(
      EXIT.interrupted,
      uploads
        ? 'interrupted during the upload or after it: `npm run doctor` says which version takes requests. The same command again deploys anew.'
        : 'interrupted before the upload: what ran before runs on. The same command again goes on.',
    ),
  )
  process.exit(EXIT.interrupted)
}
