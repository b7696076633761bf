/** Each step of a deployment, failing: the exit code, the words, and what stands at Cloudflare afterwards. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Deployment, openDeployment } from '../../support/deployment.ts'
import { runningOf } from '../../support/cloudflare/state.ts'

let one: Deployment

beforeEach(async () => {
  one = await openDeployment()
})
afterEach(() => one.close())

const refusal = (status: number, code = 10_000, message = 'Authentication error') => ({
  status,
  code,
  message,
})

/** What a first deploy leaves when it fails at one call for good. */
test.each<{
  at: string
  method: string
  path: RegExp
  how: 'hangs up' | ReturnType<typeof refusal>
  exit: number
  words: RegExp
  stands: { databases: number; queues: number; versions: number }
}>([
  {
    at: 'the list of databases',
    method: 'GET',
    path: /\/d1\/database\?/,
    how: refusal(403),
    exit: 4,
    words:
      /may not list the D1 databases \(Authentication error, code 10000\): add the right Account, D1, Edit/,
    stands: { databases: 0, queues: 0, versions: 0 },
  },
  {
    at: 'the list of queues',
    method: 'GET',
    path: /\/queues\?/,
    how: refusal(403),
    exit: 4,
    words: /the right Account, Queues, Edit/,
    stands: { databases: 0, queues: 0, versions: 0 },
  },
  {
    at: 'the Worker’s deployments',
    method: 'GET',
    path: /\/deployments$/,
    how: refusal(503, 0, 'Service Unavailable'),
    exit: 3,
    words:
      /refused to read the Worker \(503, Service Unavailable\)\. Give the same command again in a minute/,
    stands: { databases: 0, queues: 0, versions: 0 },
  },
  {
    at: 'a network that is down',
    method: 'GET',
    path: /\/d1\/database\?/,
    how: 'hangs up',
    exit: 3,
    words: /Cloudflare's API does not answer \(UND_ERR_SOCKET\)/,
    stands: { databases: 0, queues: 0, versions: 0 },
  },
  {
    at: 'making the database',
    method: 'POST',
    path: /\/d1\/database$/,
    how: refusal(400, 7406, 'You have reached the maximum of databases'),
    exit: 3,
    words:
      /refused to make the D1 database tollgate-prod \(400, You have reached the maximum of databases, code 7406\)/,
    stands: { databases: 0, queues: 0, versions: 0 },
  },
  {
    at: 'making the queue',
    method: 'POST',
    path: /\/queues$/,
    how: refusal(403, 10_026, 'Queues need a paid plan'),
    exit: 4,
    words: /may not make the queue tollgate-prod-deliveries \(Queues need a paid plan/,
    stands: { databases: 1, queues: 0, versions: 0 },
  },
  {
    at: 'a migration',
    method: 'POST',
    path: /\/query$/,
    how: refusal(400, 7500, 'near "TABEL": syntax error'),
    exit: 3,
    words: /^A migration failed, and nothing was deployed: near "TABEL": syntax error/,
    stands: { databases: 1, queues: 1, versions: 0 },
  },
  {
    at: 'the upload',
    method: 'PUT',
    path: /\/workers\/scripts\/tollgate-prod\?/,
    how: refusal(400, 10_021, 'Uncaught SyntaxError'),
    exit: 3,
    words: /^The upload failed, and what ran before runs on: Uncaught SyntaxError/,
    stands: { databases: 1, queues: 1, versions: 0 },
  },
  {
    at: 'the crons, after the upload',
    method: 'PUT',
    path: /\/schedules$/,
    how: refusal(500, 0, 'Internal'),
    exit: 6,
    words:
      /took requests, and then wrangler failed: Internal\. This was the first deploy, so there is no version to go back to/,
    stands: { databases: 1, queues: 1, versions: 1 },
  },
])('a first deploy that fails at $at', async ({ method, path, how, exit, words, stands }) => {
  one.cloudflare.fail({ method, path, how })
  const { failed, version } = await one.run()
  expect(failed?.sentence).toMatch(words)
  expect([failed?.exit, version]).toEqual([exit, undefined])
  const { databases, queues, versions } = one.cloudflare.state
  expect({ databases: databases.size, queues: queues.size, versions: versions.length }).toEqual(stands)

  // The same command goes on from there, and makes nothing twice.
  one.cloudflare.heal()
  expect((await one.run()).failed).toBeUndefined()
  expect([databases.size, queues.size]).toEqual([1, 1])
})

/** Of a later deploy: whatever fails, the version before is the one that runs. */
test.each<{ at: string; method: string; path: RegExp; exit: number; words: RegExp }>([
  {
    at: 'a migration',
    method: 'POST',
    path: /\/query$/,
    exit: 3,
    words:
      /nothing was deployed: no\. Those before it are applied and stay, the running version works with them/,
  },
  {
    at: 'the upload',
    method: 'PUT',
    path: /\/workers\/scripts\/tollgate-prod\?/,
    exit: 3,
    words: /^The upload failed, and what ran before runs on: no\./,
  },
  {
    at: 'the crons, after the upload',
    method: 'PUT',
    path: /\/schedules$/,
    exit: 5,
    words: /took requests, and then wrangler failed: no\. Version \S+, the one before, takes requests again/,
  },
])(
  'a later deploy that fails at $at leaves the version before running',
  async ({ method, path, exit, words }) => {
    const { version } = await one.run()
    one.cloudflare.fail({ method, path, how: refusal(400, 0, 'no') })
    const { failed } = await one.run()
    expect(failed?.sentence).toMatch(words)
    expect(failed?.exit).toBe(exit)
    expect(runningOf(one.cloudflare.state)?.id).toBe(version)
  },
)

test('an upload of which nobody knows whether it took requests is said to be so', async () => {
  await one.run()
  one.cloudflare.fail({ method: 'PUT', path: /\/scripts\/tollgate-prod\?/, how: 'hangs up' })
  // Two looks find what runs; the one after the upload finds nobody.
  one.cloudflare.fail({ method: 'GET', path: /\/deployments$/, how: 'hangs up', after: 2 })
  const { failed, operatorKey } = await one.run({ given: { newOperatorKey: true } })
  expect(failed).toEqual({
    exit: 3,
    sentence: expect.stringMatching(
      /^The upload failed \(fetch failed\), and Cloudflare does not say which version runs now/,
    ),
  })
  // It may be in force, and nobody could know it.
  expect(operatorKey).toMatch(/^tgo_/)
})

/** Somebody else's version in the place of ours. */
const deployOther = (id: string): void => {
  const { state } = one.cloudflare
  const running = runningOf(state)
  const bindings = (running?.bindings ?? []).map((of) =>
    of.name === 'DEPLOY_KEY_HASH' ? { ...of, text: 'f'.repeat(64) } : of,
  )
  if (running !== undefined) state.versions.push({ ...running, id, bindings })
  state.deployments.unshift(id)
}

test('two deploys at once: a version of the other is neither written over nor gone back from', async () => {
  await one.run()
  const { host, cloudflare } = one
  const query = host.query.bind(host)
  host.query = (...asked) => {
    if (cloudflare.state.versions.length === 1) deployOther('ffffffff-0000-0000-0000-000000000000')
    return query(...asked)
  }
  expect((await one.run()).failed?.sentence).toMatch(/^Meanwhile somebody else deployed version ffffffff-/)
  expect(cloudflare.state.versions).toHaveLength(2)

  host.run = async () => {
    deployOther('eeeeeeee-0000-0000-0000-000000000000')
    throw new Error('no')
  }
  const { failed } = await one.run()
  expect(failed).toEqual({ exit: 3, sentence: expect.stringContaining('what runs is somebody else’s') })
  expect(runningOf(cloudflare.state)?.id).toMatch(/^eeeeeeee-/)
})

test('a token that Cloudflare does not know is said to be wrong, and changes nothing', async () => {
  const { failed } = await one.run({ token: 'mistyped' })
  expect(failed).toEqual({
    exit: 4,
    sentence: expect.stringMatching(
      /^Cloudflare does not take CLOUDFLARE_API_TOKEN \(Invalid API Token, code 1000\)/,
    ),
  })
  expect(one.cloudflare.writes()).toEqual([])
})

test.each([429, 502])('a read that is refused with %i twice is asked again', async (status) => {
  one.cloudflare.fail({ method: 'GET', path: /\/queues\?/, how: refusal(status, 0, 'later'), times: 2 })
  expect((await one.run()).failed).toBeUndefined()
})

test.each(['hangs up' as const, { status: 502, code: 0, message: 'Bad gateway' }])(
  'what may have been made is not asked for twice: a POST that found no answer ends the deploy (%j)',
  async (how) => {
    one.cloudflare.fail({ method: 'POST', path: /\/d1\/database$/, how })
    expect((await one.run()).failed?.exit).toBe(3)
    expect(
      one.cloudflare.calls.filter(({ method, path }) => method === 'POST' && path.endsWith('/database')),
    ).toHaveLength(1)
  },
)

test('a later deploy keeps the session secret and the operator key, and --new-operator-key makes another', async () => {
  const text = (name: string) =>
    runningOf(one.cloudflare.state)?.bindings.find((binding) => binding.name === name)?.text
  const first = await one.run()
  const before = [text('SESSION_SECRET'), text('OPERATOR_KEY_HASH')]
  expect(first.operatorKey).toMatch(/^tgo_/)
  expect(before[0]).not.toBeUndefined()

  const second = await one.run()
  expect(second).toEqual({ version: runningOf(one.cloudflare.state)?.id })
  expect(second.version).not.toBe(first.version)
  expect([text('SESSION_SECRET'), text('OPERATOR_KEY_HASH')]).toEqual(before)

  const third = await one.run({ given: { newOperatorKey: true } })
  expect(third.operatorKey).toMatch(/^tgo_/)
  expect(text('SESSION_SECRET')).toBe(before[0])
  expect(text('OPERATOR_KEY_HASH')).not.toBe(before[1])
})

test('--dry-run says all it would do, writes nothing to Cloudflare and shows no secret', async () => {
  expect(await one.run({ given: { dryRun: true } })).toEqual({})
  expect(one.cloudflare.writes()).toEqual([])
  const said = one.lines.join('\n')
  expect(said).toContain('would make the D1 database tollgate-prod')
  expect(said).toContain('would make the queue tollgate-prod-deliveries')
  expect(said).toContain('would set METERING to dry')
  expect(said).toContain('would set the secrets EVENTS_PUSH_KEYS, SESSION_SECRET')
  expect(said).not.toMatch(/push-key-canary|tgo_/)

  await one.run()
  const { version } = await one.run()
  const writes = one.cloudflare.writes().length
  one.lines.length = 0
  await one.run({ given: { dryRun: true }, edge: { webhookUrl: 'https://app.example.com/hooks' } })
  expect(one.cloudflare.writes()).toHaveLength(writes)
  expect(one.lines.filter((line) => line.startsWith('would'))).toEqual([
    'would keep the D1 database tollgate-prod',
    'would keep the queue tollgate-prod-deliveries',
    'would apply what is missing of 2 migrations, the last being 0001_open_records_pages.sql',
    'would set WEBHOOK_URL to https://app.example.com/hooks',
    'would set the secrets EVENTS_PUSH_KEYS',
    'would keep the secrets SESSION_SECRET',
    'would keep the operator key',
    'would make no name: the stack is on this machine',
    `would deploy tollgate-prod, wait until it is healthy, check it, and go back to version ${version} if it is not well`,
  ])
})

test('where the file of the secrets cannot be written, no upload is said to have begun', async () => {
  vi.stubEnv('TMPDIR', '/dev/null/none')
  await expect(one.run()).rejects.toThrow('ENOTDIR')
  vi.unstubAllEnvs()
  expect(one.uploads()).toBe(0)
  await one.run()
  expect(one.uploads()).toBe(1)
})
