/** wrangler as a process: migrations and the upload. What it prints is kept back, and shown without secrets when it fails. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { err, ok, type Result } from '../../shared/result.ts'

/** What the steps ask of wrangler. The error is what it said, in one line. */
export interface Wrangler {
  /** Applies what is missing; answers the names of the migrations that it applied. */
  readonly migrate: (folder: string, database: string) => Promise<Result<readonly string[], string>>
  /** Uploads the version of the folder and gives it all requests; answers its id. A failure may come after that. */
  readonly deploy: (folder: string, secretsFile: string) => Promise<Result<string, string>>
}

export interface WranglerSettings {
  readonly root: string
  /** Of Cloudflare's API, and the token: what the steps call it with. */
  readonly base: string
  readonly token: string
  readonly account: string
  readonly environment: NodeJS.ProcessEnv
  /** Texts that are never shown. */
  readonly hidden: () => readonly string[]
  /** Ends what runs. */
  readonly signal: AbortSignal
}

/** A step of wrangler's that takes longer is given up. */
const GIVEN_UP_MS = 300_000

export function openWrangler(settings: WranglerSettings): Wrangler {
  return {
    async migrate(folder, database) {
      const ran = await run(settings, folder, ['d1', 'migrations', 'apply', database, '--remote'])
      return ran.ok ? ok(appliedIn(ran.value)) : ran
    },
    async deploy(folder, secretsFile) {
      // At once: an object that ran older code beside a newer Worker for minutes would be a third version.
      const mode = ['--durable-objects-code-update-mode', 'immediate']
      const ran = await run(settings, folder, ['deploy', '--secrets-file', secretsFile, ...mode])
      if (!ran.ok) return ran
      const version = /Current Version ID: ([0-9a-f-]{36})/.exec(ran.value)?.[1]
      return version === undefined ? err('wrangler did not say which version it made') : ok(version)
    },
  }
}

/** Names in the table that wrangler prints when it is done. */
const appliedIn = (output: string): readonly string[] => [
  ...new Set([...output.matchAll(/│ (\d{4}_[\w.-]+\.sql)\s+│ ✅/g)].map(([, name = '']) => name)),
]

async function run(
  { root, base, token, account, environment, hidden, signal }: WranglerSettings,
  folder: string,
  args: readonly string[],
): Promise<Result<string, string>> {
  const child = spawn(
    process.execPath,
    [
      // Not its wrapper: that one says 0 of a wrangler that a signal ended.
      '--no-warnings',
      join(root, 'node_modules', 'wrangler', 'wrangler-dist', 'cli.js'),
      ...args,
      '--config',
      join(folder, 'wrangler.json'),
    ],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: AbortSignal.any([signal, AbortSignal.timeout(GIVEN_UP_MS)]),
      env: {
        ...withoutOthers(environment),
        CLOUDFLARE_API_TOKEN: token,
        CLOUDFLARE_API_BASE_URL: base,
        CLOUDFLARE_ACCOUNT_ID: account,
        // Asks nothing, phones nobody, and keeps its log beside its configuration.
        CI: '1',
        // Its own folder at home may not be writable, and holds another's sign-in.
        XDG_CONFIG_HOME: join(folder, 'home'),
        NO_COLOR: '1',
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_SEND_ERROR_REPORTS: 'false',
        WRANGLER_HIDE_BANNER: 'true',
        WRANGLER_LOG_PATH: join(folder, 'logs'),
        CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      },
    },
  )
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return new Promise((ended) => {
    child.once('error', (cause) => ended(err(cause.message)))
    child.once('close', (code) => {
      ended(code === 0 ? ok(output) : err(withoutSecrets(saidIn(output) || `exit ${code}`, hidden())))
    })
  })
}

/**
 * Without the secrets of other tools, and without what moves wrangler: CLOUDFLARE_ENV and WRANGLER_CI_OVERRIDE_NAME make it
 * deploy another Worker, CLOUDFLARE_API_KEY take another's place of the token.
 */
export const withoutOthers = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !OTHERS.test(name)))

const OTHERS = /^(AWS|PULUMI|TOLLGATE|CLOUDFLARE|CF|WRANGLER|WORKERS_CI)_/

/** Its errors, without marks and boxes, in one line of at most 600 characters. */
export function saidIn(output: string): string {
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .map((line) => line.trim())
  const from = lines.findIndex((line) => /\[ERROR\]|^✘|^X \[/.test(line))
  const said = (from === -1 ? lines.slice(-12) : lines.slice(from)).filter(
    (line) => line !== '' && !/^(If you think this is a bug|Note that there is a newer|🪵)/.test(line),
  )
  return said
    .join(' ')
    .replace(/^.*?\[ERROR\]\s*/, '')
    .slice(0, 600)
}

/** Every text that is never shown, put out. */
export const withoutSecrets = (text: string, hidden: readonly string[]): string =>
  hidden.filter((one) => one.length >= 8).reduce((shown, one) => shown.replaceAll(one, '***'), text)
