/**
 * The engine of `npm start`: the Worker in Miniflare, the simulator and the tasks that buyers run, in a process group of
 * their own. Started by start.ts only. It says one JSON line when it is ready or has failed, and ends its whole group,
 * itself included, when its standard input ends (start.ts is gone), when the simulator or workerd ends, or when it fails.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import diagnostics from 'node:diagnostics_channel'
import { appendFileSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { Miniflare } from 'miniflare'
import { hashOperatorKey } from '../shared/operator/key.ts'
import { METRICS } from '../shared/stack.ts'
import { admitDemoKey, migrate } from './start/database.ts'
import { type Example, findExample } from './start/example.ts'
import { lastWords } from './start/last-words.ts'
import { killGroup } from './start/processes.ts'
import { readSeller } from './start/seller.ts'
import { readDemo } from './start/state-folder.ts'
import { bundleWorker, readWorkerConfig, workerOptions } from './start/worker.ts'
import { runTasks } from './tasks/runner.ts'

/** What the engine tells start.ts, one JSON line each. */
export type EngineLine =
  | { readonly event: 'ready'; readonly example: Example }
  | { readonly event: 'failed'; readonly message: string }

/** What the simulator says once it listens: its kept business time, epoch ms, its queues and its topic. */
interface Listening {
  readonly business: number
  readonly eventsQueueUrl: string
  readonly usageQueueUrl: string
  /** Where the people who run the software are told. */
  readonly topicArn: string
  /** The role that trusts the Worker's tokens. */
  readonly roleArn: string
}

const [state = '', storefrontPort = '', landingPort = '', webhookUrl] = process.argv.slice(2)
const root = resolve(import.meta.dirname, '..')
const storefront = `http://127.0.0.1:${storefrontPort}`
const landing = `http://localhost:${landingPort}`
/** What the Worker is called in its tokens: `worker:local`. */
const DEPLOYMENT = 'local'
/** How long the simulator may take to listen. */
const LISTEN_WITHIN_MS = 10_000

process.stdin.once('close', endEverything).resume()
process.once('uncaughtException', (cause) => fail(`the engine failed: ${cause.message}`, cause.stack))
watchWorkerd()
await run()

async function run(): Promise<void> {
  const config = readWorkerConfig(root)
  if (!config.ok) return fail(config.error)
  const seller = await readSeller()
  if (!seller.ok) return fail(seller.error)
  const { name, contacts } = seller.value.seller
  const demo = readDemo(state)
  const toSimulator = {
    // The seller's application and tools sign with it; the Worker holds no key of AWS.
    AWS_ACCESS_KEY_ID: demo.accessKeyId,
    AWS_SECRET_ACCESS_KEY: demo.secretAccessKey,
    EVENTS_PUSH_KEY: demo.eventsPushKey,
    WEBHOOK_SECRETS: demo.webhookSecret,
  }

  const [script, simulator] = await Promise.all([
    bundleWorker(root, 'index.dev.ts'),
    startSimulator(toSimulator),
  ])
  if (!script.ok) return fail(script.error)

  const miniflare = new Miniflare({
    ...workerOptions(config.value, script.value, {
      port: Number(landingPort),
      folder: join(state, 'worker'),
      vars: {
        // Against the simulator: AWS is told of nothing.
        METERING: 'live',
        SESSION_SECRET: demo.sessionSecret,
        OPERATOR_KEY_HASH: await hashOperatorKey(demo.operatorKey),
        AWS_ENDPOINT: storefront,
        EVENTS_QUEUE_URL: simulator.eventsQueueUrl,
        USAGE_QUEUE_URL: simulator.usageQueueUrl,
        EVENTS_PUSH_KEYS: demo.eventsPushKey,
        PUBLIC_URL: landing,
        AWS_ROLE_ARN: simulator.roleArn,
        DEPLOYMENT,
        WEBHOOK_URL: webhookUrl ?? `${storefront}/seller/webhooks`,
        TECH_ADMIN_TOPIC_ARN: simulator.topicArn,
        METRICS_NAMESPACE: METRICS.namespace,
        MAIL_FROM: `${name} <${contacts.support}>`,
        DEV_BUSINESS_TIME: String(simulator.business),
      },
    }),
    handleStructuredLogs: ({ level, message }) => log('worker', level, message),
    handleUncaughtError: (cause) => log('worker', 'error', cause.message),
  })
  try {
    await miniflare.ready
  } catch (cause) {
    const taken = cause instanceof Error && 'code' in cause && cause.code === 'ERR_ADDRESS_IN_USE'
    if (taken)
      return fail(
        `port ${landingPort} is taken: end the program that uses it, or give another --landing-port`,
      )
    return fail(
      `the Worker does not start: ${firstLine(cause)}`,
      cause instanceof Error ? cause.stack : undefined,
    )
  }

  const db = await miniflare.getD1Database(config.value.d1_databases[0].binding)
  const migrated = await migrate(db, resolve(root, 'worker', config.value.d1_databases[0].migrations_dir))
  if (!migrated.ok) return fail(migrated.error)
  await admitDemoKey(db, demo.apiKey, simulator.business)

  const admitted = await admitWebhookSecret(demo.webhookSecret)
  if (!admitted.ok) return fail(`the Worker does not take the demo's webhook secret (${admitted.status})`)
  const health = await fetch(`http://127.0.0.1:${landingPort}/health`)
  if (!health.ok)
    return fail(`the Worker answers ${health.status} when asked for its health`, await health.text())
  say({ event: 'ready', example: await findExample(storefront) })
  // It is ended by a kill, which keeps nothing.
  flushCompileCache()
  const containers = seller.value.products.filter((product) => product.kind === 'container')
  const healthPaths = Object.fromEntries(containers.map(({ key, image }) => [key, image.healthPath]))
  await runTasks({ root, folder: state, simulator: storefront, healthPaths, log })
}

/** Gives the Worker the secret it signs webhooks with; it keeps it sealed. */
function admitWebhookSecret(secret: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${landingPort}/__dev/webhook-secret`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ secret }),
  })
}

/** Starts the simulator, which finds its kept business time, and answers once it listens. */
async function startSimulator(settings: Readonly<Record<string, string>>): Promise<Listening> {
  const child = spawn(
    process.execPath,
    [
      join(root, 'simulator', 'main.ts'),
      '--die-with-parent',
      `--port=${storefrontPort}`,
      `--state=${join(state, 'simulator')}`,
      `--landing-url=${landing}/`,
      `--participant=http://127.0.0.1:${landingPort}`,
      `--push-url=http://127.0.0.1:${landingPort}/v1/events/aws`,
      `--oidc-issuer=${landing}`,
      `--oidc-subject=worker:${DEPLOYMENT}`,
      `--oidc-at=http://127.0.0.1:${landingPort}`,
    ],
    { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...settings } },
  )
  const errors: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => {
    errors.push(line)
    if (errors.length > 100) errors.shift()
    log('simulator', 'error', line)
  })
  // Its last words may still be on their way when it ends: `close` comes after them.
  child.once('close', (code, signal) =>
    fail(`the simulator ended by itself (${signal ?? `exit ${code}${lastWords(errors)}`})`),
  )

  const late = setTimeout(
    () => fail(`the simulator did not listen within ${LISTEN_WITHIN_MS / 1000} s`),
    LISTEN_WITHIN_MS,
  )
  return new Promise<Listening>((listening) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.includes('"listening"')) return log('simulator', 'info', line)
      clearTimeout(late)
      listening(JSON.parse(line) as Listening)
    })
  })
}

/**
 * Ends everything when workerd ends by itself. Miniflare would start another one in silence, with a business time of
 * the start: a fresh `npm start` is the only way to a clock that is right.
 */
function watchWorkerd(): void {
  diagnostics.subscribe('child_process', (message) => {
    const { process: child } = message as { process: ChildProcess }
    child.once('spawn', () => {
      if (!child.spawnfile.includes('workerd')) return
      child.once('exit', (code, signal) => fail(`workerd ended by itself (${signal ?? `exit ${code}`})`))
    })
  })
}

function fail(message: string, detail?: string): void {
  if (detail !== undefined) log('engine', 'error', detail)
  say({ event: 'failed', message })
  endEverything()
}

/** Ends the group and with it this process. */
function endEverything(): void {
  killGroup(process.pid)
  // Only where there are no groups, or when it was started by hand outside of one.
  process.exit(1)
}

function say(line: EngineLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

function log(from: string, level: string, text: string): void {
  appendFileSync(join(state, 'tollgate.log'), `${new Date().toISOString()} ${from} ${level} ${text}\n`)
}

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split('\n')[0] ?? ''
}
