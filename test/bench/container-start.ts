/**
 * How long the container takes from its start to its entitlement call at AWS, against a bare `node -e 0`, the AWS SDK's share
 * of it, its memory beside a bare HTTP server's, and the weight of its bundle: `node test/bench/container-start.ts`. Linux.
 * The entry of development is measured, for production speaks to nobody but AWS; they differ in what moves the clock.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bundleContainer } from '../../commands/container-bundle.ts'
import { median, print } from './line.ts'
import { ROOT } from './worker.ts'

const ROUNDS = 15
const START_RATIO_MAX = 3.5
const EXTRA_RSS_MAX = 20_000_000
const BUNDLE_MAX = 700_000
/** How long a process has served when its memory is read. */
const SERVED_MS = 1_000
/** A process that never calls fails the run. */
const GIVEN_UP_MS = 10_000

const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-'))
const platform = createServer(answer)
let called = (): void => undefined
await new Promise<void>((listening) => platform.listen(0, '127.0.0.1', listening))
const url = `http://127.0.0.1:${(platform.address() as AddressInfo).port}`

const env = {
  PATH: process.env['PATH'],
  AWS_REGION: 'us-east-1',
  AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/credentials`,
  ECS_CONTAINER_METADATA_URI_V4: `${url}/metadata`,
  AWS_ENDPOINT_URL: url,
  // The entry of development would else ask what time it is.
  DEV_BUSINESS_TIME: String(Date.now()),
  TOLLGATE_PORT: '0',
  TOLLGATE_LOG_LEVEL: 'error',
}

try {
  const bundle = await written('main.ts', 'tollgate.mjs')
  await written('main.dev.ts', 'tollgate-dev.mjs')
  await written('aws/metering.ts', 'metering.mjs')
  writeFileSync(join(folder, 'sdk.mjs'), sdkAlone())
  // As anyone writes it, and as Node itself can have it at the least: a `require` of node:http loads no fetch.
  const serve = "createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1')"
  writeFileSync(join(folder, 'http.mjs'), `import { createServer } from 'node:http'\n${serve}`)
  writeFileSync(join(folder, 'http.cjs'), `const { createServer } = require('node:http')\n${serve}`)

  const took = { bare: [] as number[], sdk: [] as number[], container: [] as number[] }
  // In turns, so that whatever else the machine does meets all of them alike. The first round warms the disk's cache.
  for (let round = 0; round <= ROUNDS; round += 1) {
    const times = {
      bare: await untilExit(['-e', '0']),
      sdk: await untilCall([join(folder, 'sdk.mjs')], round),
      container: await untilCall([join(folder, 'tollgate-dev.mjs')], round),
    }
    if (round > 0) for (const name of ['bare', 'sdk', 'container'] as const) took[name].push(times[name])
  }
  const bare = median(took.bare)
  for (const name of ['sdk', 'container'] as const) {
    const ratio = median(took[name]) / bare
    print({
      id: name === 'sdk' ? 'container-start-sdk-alone' : 'container-start',
      value: median(took[name]) * 1000,
      unit: 'µs to the call',
      ratio,
      base: 'node -e 0',
      ok: name === 'sdk' || ratio <= START_RATIO_MAX,
    })
  }

  const ours = await memoryOf([join(folder, 'tollgate-dev.mjs')])
  for (const [base, file] of [
    ['bare HTTP server', 'http.mjs'],
    ['bare HTTP server by require', 'http.cjs'],
  ] as const) {
    const alone = await memoryOf([join(folder, file)])
    print({
      id: file === 'http.mjs' ? 'container-rss' : 'container-rss-least',
      value: ours - alone,
      unit: 'bytes more',
      ratio: ours / alone,
      base,
      ok: file === 'http.cjs' || ours - alone <= EXTRA_RSS_MAX,
    })
  }
  print({
    id: 'container-bundle',
    value: bundle,
    unit: 'bytes',
    ratio: bundle / BUNDLE_MAX,
    base: `${BUNDLE_MAX} bytes`,
    ok: bundle <= BUNDLE_MAX,
  })
} finally {
  platform.closeAllConnections()
  platform.close()
  rmSync(folder, { recursive: true, force: true })
}

/** Bundles an entry into the folder; answers its bytes. */
async function written(entry: string, name: string): Promise<number> {
  const bundled = await bundleContainer(ROOT, entry)
  if (!bundled.ok) throw new Error(bundled.error)
  writeFileSync(join(folder, name), bundled.value.text)
  return Buffer.byteLength(bundled.value.text)
}

/** The same call by the same client, and nothing else of ours. */
function sdkAlone(): string {
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'bench', sessionToken: 'bench' }
  return `
import { meteringCalls } from './metering.mjs'
const value = ${JSON.stringify(credentials)}
const access = { region: 'us-east-1', endpoint: ${JSON.stringify(url)}, onServerTime() {},
  credentials: async () => ({ ok: true, value }), onExpired() {}, forget() {} }
const usage = { productCode: 'bench', dimension: 'api_call', timestamp: Date.now(), quantity: 0, clientToken: 'bench' }
await meteringCalls(access).dryRun(usage)`
}

/** ECS and AWS, as far as a start asks them. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  request.resume()
  const say = (body: object): void => {
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
    response.end(JSON.stringify(body))
  }
  switch (request.url ?? '') {
    case '/credentials':
      return say({
        AccessKeyId: 'ASIAIOSFODNN7EXAMPLE',
        SecretAccessKey: 'bench',
        Token: 'bench',
        Expiration: new Date(Date.now() + 3_600_000).toISOString(),
      })
    case '/metadata/task':
      return say({
        TaskARN: 'arn:aws:ecs:us-east-1:111122223333:task/bench/0123456789abcdef0123456789abcdef',
      })
    default:
      if (request.method === 'POST') called()
      return say({ MeteringRecordId: 'bench' })
  }
}

function start(args: readonly string[], spool: string): ChildProcess {
  mkdirSync(join(folder, spool), { recursive: true })
  return spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...env, TOLLGATE_SPOOL: join(folder, spool) },
  })
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((done) => child.once('exit', () => done()))
}

async function untilExit(args: readonly string[]): Promise<number> {
  const began = performance.now()
  await endOf(start(args, 'none'))
  return performance.now() - began
}

/** Ms from its start to its first call; each starts with an empty disk. */
async function untilCall(args: readonly string[], round: number): Promise<number> {
  const late = new AbortController()
  const call = new Promise<number>((resolve) => (called = () => resolve(performance.now())))
  const began = performance.now()
  const child = start(args, `spool-${round}`)
  const at = await Promise.race([call, sleep(GIVEN_UP_MS, Number.NaN, { signal: late.signal })])
  late.abort()
  child.kill('SIGKILL')
  await endOf(child)
  rmSync(join(folder, `spool-${round}`), { recursive: true, force: true })
  if (Number.isNaN(at)) throw new Error(`${args[0]} made no call within ${GIVEN_UP_MS / 1000} s`)
  return at - began
}

/** Resident bytes of a process that has served for a while: the middle of three. */
async function memoryOf(args: readonly string[]): Promise<number> {
  const seen: number[] = []
  for (let i = 0; i < 3; i += 1) {
    const child = start(args, `rss-${i}`)
    await sleep(SERVED_MS)
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    seen.push(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) * 1024)
    child.kill('SIGKILL')
    await endOf(child)
  }
  return median(seen)
}
