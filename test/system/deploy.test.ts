/** `npm run deploy` as a process, with the real wrangler, against a stand-in of Cloudflare that runs what is deployed, and AWS's. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Aws, PUSH_KEY, startAws } from '../support/cloudflare/aws.ts'
import { miniflareHost, type MiniflareHost } from '../support/cloudflare/miniflare-host.ts'
import { runningOf, type Version } from '../support/cloudflare/state.ts'
import { type StandIn, startCloudflare } from '../support/cloudflare.ts'
import { freePorts } from '../support/ports.ts'
import { ROOT } from '../support/repository.ts'

const STACK = `test-${process.pid}`
const scratch = mkdtempSync(join(tmpdir(), 'tollgate-test-'))
const outputs = join(scratch, 'outputs.json')
const folder = join(ROOT, '.tollgate', 'deploy', STACK)
let publicUrl = ''
let host: MiniflareHost
let cloudflare: StandIn
let aws: Aws
/** Shown by the first deploy. */
let operatorKey = ''

beforeAll(async () => {
  const [port] = await freePorts()
  publicUrl = `http://127.0.0.1:${port}`
  host = await miniflareHost(port, join(scratch, 'worker'))
  cloudflare = await startCloudflare(host)
  aws = await startAws(publicUrl, STACK, join(scratch, 'aws'))
  writeFileSync(outputs, JSON.stringify(aws.outputs))
  // Pulumi's CLI is not the project's: this says what it says, to this question only.
  mkdirSync(join(scratch, 'bin'))
  const asked = `stack output --json --show-secrets --stack ${STACK}`
  writeFileSync(join(scratch, 'bin', 'pulumi'), `#!/bin/sh\n[ "$*" = "${asked}" ] && cat "${outputs}"\n`, {
    mode: 0o755,
  })
})

afterAll(async () => {
  aws.end()
  await cloudflare.close()
  rmSync(scratch, { recursive: true, force: true })
  rmSync(folder, { recursive: true, force: true })
})

interface Ended {
  readonly code: number | null
  readonly output: string
  /** Every command line of its processes that was seen. */
  readonly commands: ReadonlySet<string>
}

/** One deployment; `during` is called often while it runs. */
async function run(
  flags: readonly string[] = [],
  during: (child: ChildProcess) => void = () => undefined,
): Promise<Ended> {
  const child = spawn(process.execPath, [join(ROOT, 'commands', 'deploy.mjs'), '--stack', STACK, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: `${join(scratch, 'bin')}${delimiter}${process.env['PATH']}`,
      // A file: nothing can be kept below it, as in a CI's read-only home.
      HOME: outputs,
      TMPDIR: scratch,
      CLOUDFLARE_API_TOKEN: cloudflare.token,
      CLOUDFLARE_API_BASE_URL: cloudflare.base,
      AWS_ENDPOINT_URL: aws.url,
      // Of this shell's other work: each would move wrangler to another Worker.
      CLOUDFLARE_ENV: 'staging',
      WRANGLER_CI_OVERRIDE_NAME: 'other',
    },
  })
  let output = ''
  const commands = new Set<string>()
  let looks = 0
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const looking = setInterval(() => {
    during(child)
    // /proc is long: every tenth time is often enough for processes that live a second.
    if (looks++ % 10 === 0)
      for (const command of commandLines()) if (command.includes(STACK)) commands.add(command)
  }, 20)
  const code = await new Promise<number | null>((closed) => child.once('close', closed))
  clearInterval(looking)
  return { code, output, commands }
}

/** Of every process; none where there is no /proc. */
const commandLines = (): readonly string[] => {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(commandLine)
  } catch {
    return []
  }
}

const commandLine = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

/** All that a deployment leaves on this machine's disk, by path. */
const leftBehind = (): readonly (readonly [path: string, text: string])[] =>
  readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path).isFile())
    .map((path) => [path, readFileSync(path, 'utf8')] as const)

const secretFiles = (): readonly string[] =>
  readdirSync(scratch).filter((name) => name.startsWith('tollgate-deploy-'))

const textOf = (version: Version | undefined, name: string): string | undefined =>
  version?.bindings.find((binding) => binding.name === name)?.text

const asOperator = (path: string): Promise<Response> =>
  fetch(`${publicUrl}/v1/operator${path}`, { headers: { authorization: `Bearer ${operatorKey}` } })

test('a migration that fails ends a deploy before code is uploaded, in words with the reason', async () => {
  cloudflare.fail({
    method: 'POST',
    path: /\/query$/,
    how: { status: 400, code: 7500, message: 'near "TABEL": syntax error' },
  })
  const { code, output } = await run()
  cloudflare.heal()
  expect(code).toBe(3)
  expect(output).toMatch(/A migration failed, and nothing was deployed: .*near "TABEL": syntax error/)
  expect(cloudflare.state.versions).toEqual([])
})

test('a first deploy makes a Worker that AWS takes, shows its operator key once, and no secret anywhere', async () => {
  const { code, output, commands } = await run()
  expect(output).toContain('checked: discovery document, JWKS, landing page, aws, database, metering')
  expect(code).toBe(0)
  operatorKey = /^tgo_\S{43}$/m.exec(output)?.[0] ?? ''
  expect((await asOperator('/subscriptions')).status).toBe(200)

  const { state } = cloudflare
  expect(state.schedules).toEqual(['* * * * *'])
  expect(state.queues.get(`tollgate-${STACK}-deliveries`)?.consumers).toMatchObject([
    { script: `tollgate-${STACK}` },
  ])
  const version = runningOf(state)
  const sessionSecret = textOf(version, 'SESSION_SECRET') ?? ''
  expect(Buffer.from(sessionSecret, 'base64').length).toBe(32)
  const secrets = [cloudflare.token, PUSH_KEY, sessionSecret]
  const places: readonly (readonly [string, string])[] = [
    ['output', output],
    ...[...commands].map((command) => ['a command line', command] as const),
    ...leftBehind(),
  ]
  expect([...commands].some((command) => command.includes('--secrets-file'))).toBe(
    process.platform === 'linux',
  )
  const held = places.filter(([, text]) => secrets.some((secret) => text.includes(secret)))
  expect(held.map(([place]) => place)).toEqual([])
  expect(places.filter(([place, text]) => place !== 'output' && text.includes(operatorKey))).toEqual([])
  expect(secretFiles()).toEqual([])
})

test('a version that is not well gives its place back to the one before, with its secrets and its data', async () => {
  const before = runningOf(cloudflare.state)
  host.breakNext()
  const { code, output } = await run(['--health-seconds', '2'])
  host.mend()
  expect(output).toContain('/health answers 500: the version is broken on purpose')
  expect(output).toContain(
    `Version ${before?.id}, the one before, takes requests again and says that it is well.`,
  )
  expect(code).toBe(5)
  const failed = cloudflare.state.versions.at(-1)
  expect(failed?.id).not.toBe(before?.id)
  for (const name of ['SESSION_SECRET', 'OPERATOR_KEY_HASH'])
    expect(textOf(failed, name)).toBe(textOf(before, name))
  expect(runningOf(cloudflare.state)?.id).toBe(before?.id)
  expect((await asOperator('/subscriptions')).status).toBe(200)
})

test('Ctrl-C in the middle of an upload removes the file of the secrets and ends wrangler', async () => {
  let seen = false
  const { code, output } = await run(['--outputs', outputs], (child) => {
    if (seen || secretFiles().length === 0) return
    seen = true
    child.kill('SIGINT')
  })
  expect(seen).toBe(true)
  expect(code).toBe(130)
  expect(output).toContain('interrupted during the upload or after it')
  expect(secretFiles()).toEqual([])
  const wranglers = () =>
    commandLines().filter((line) => line.includes(STACK) && line.includes('wrangler-dist'))
  await expect.poll(wranglers, { timeout: 5_000, interval: 20 }).toEqual([])
})
