/** A task's platform as the SDK's own credential chain meets it: ECS credentials and metadata, IRSA, IMDS, and tasks over HTTP. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MarketplaceMeteringClient, MeterUsageCommand } from '@aws-sdk/client-marketplace-metering'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { decodeJwt, SignJWT } from 'jose'
import { afterEach, expect, test, vi } from 'vitest'
import { BUYER, HOUR_MS, NOON } from '../market.ts'
import type { RunTask, Simulator } from '../simulator.ts'
import { openSimulator, temporaryFolder } from '../simulator.ts'
import { credentialsOf, nameOfFailure } from '../tasks.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

/** The environment a process would have: nothing of the machine's own credentials. */
function enter({ env, token }: Pick<RunTask, 'env' | 'token'>): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined)
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null')
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null')
  if (token === undefined) return
  const file = join(temporaryFolder(), 'token')
  writeFileSync(file, token)
  vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', file)
}

/** Who the SDK's own chain says it is. */
const whoAmI = async () => {
  const { Account, Arn } = await new STSClient({ maxAttempts: 1 }).send(new GetCallerIdentityCommand({}))
  return { Account, Arn }
}

const meter = () =>
  new MarketplaceMeteringClient({ maxAttempts: 1 }).send(
    new MeterUsageCommand({
      ProductCode: 'metered'.padEnd(25, 'x'),
      Timestamp: new Date(NOON),
      UsageDimension: 'calls',
      DryRun: true,
    }),
  )

const post = async ({ url }: Simulator, path: string, body: object = {}) => {
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: answer.status, body: (await answer.json()) as { [name: string]: unknown } }
}

const taskAt = async ({ url }: Simulator, id: string): Promise<object> =>
  (await (await fetch(`${url}/tasks/${id}`)).json()) as object

test.each(['ecs', 'eks', 'agentcore'] as const)(
  'the SDK finds the role of a task on %s in the environment alone, and meters with it',
  async (launch) => {
    const simulator = await openSimulator()
    await simulator.buyActive('metered')
    const task = await simulator.runTask(launch, { product: 'metered' })
    enter(task)
    const { Account, Arn } = await whoAmI()
    expect(Account).toBe(BUYER)
    expect(Arn).toMatch(new RegExp(`^arn:aws:sts::${BUYER}:assumed-role/marketplace-task/`))
    expect(await nameOfFailure(meter())).toBe('DryRunOperation')
  },
)

test('a node’s role comes from IMDSv2, and metering with it is a PlatformNotSupportedException', async () => {
  const simulator = await openSimulator()
  await simulator.buyActive('metered')
  const node = await simulator.runTask('node')
  enter({ env: { ...node.env, AWS_REGION: 'us-east-1' } })
  expect((await whoAmI()).Arn).toContain(':assumed-role/marketplace-node/')
  expect(await nameOfFailure(meter())).toBe('PlatformNotSupportedException')
})

test('the credentials endpoint gives the same credentials until they are nearly over, and then new ones', async () => {
  const simulator = await openSimulator()
  const task = await simulator.runTask('ecs')
  const first = await credentialsOf(simulator, task)
  expect(await credentialsOf(simulator, task)).toEqual(first)
  const given = (await (await fetch(task.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? '')).json()) as {
    [name: string]: string
  }
  expect(Object.keys(given).sort()).toEqual([
    'AccessKeyId',
    'Expiration',
    'RoleArn',
    'SecretAccessKey',
    'Token',
  ])
  expect(Date.parse(given['Expiration'] ?? '') - Date.now()).toBeGreaterThan(5 * HOUR_MS)

  const other = await simulator.runTask('ecs')
  await simulator.store.run({ kind: 'set_knobs', knobs: { credentialsLifeMs: 1 } })
  const short = await credentialsOf(simulator, other)
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect((await credentialsOf(simulator, other)).accessKeyId).not.toBe(short.accessKeyId)
})

test.each([
  [{ kind: 'internal_error_before_commit' }, 500],
  [{ kind: 'refused', code: 'ServiceUnavailable', status: 503 }, 503],
] as const)('the credentials endpoint is down on demand: %j answers %i', async (fault, status) => {
  const simulator = await openSimulator()
  const { env } = await simulator.runTask('ecs')
  await simulator.store.run({ kind: 'set_fault', fault, on: 'EcsCredentials' })
  expect((await fetch(env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? '')).status).toBe(status)
  expect((await fetch(env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? '')).status).toBe(200)
})

test('its answer can be lost: the connection is closed without a word', async () => {
  const simulator = await openSimulator()
  const { env } = await simulator.runTask('ecs')
  await simulator.store.run({ kind: 'set_fault', fault: { kind: 'lost_reply' }, on: 'EcsCredentials' })
  await expect(fetch(env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? '')).rejects.toThrow('fetch failed')
})

test('task metadata version 4 tells the task’s ARN, its zone and its containers with their starts (ECS guide)', async () => {
  const simulator = await openSimulator()
  const { env, task, id } = await simulator.runTask('ecs', { region: 'eu-west-1', product: 'metered' })
  const at = env['ECS_CONTAINER_METADATA_URI_V4'] ?? ''
  const read = async (path: string) => (await (await fetch(`${at}${path}`)).json()) as object
  expect(await read('/task')).toMatchObject({
    TaskARN: task,
    AvailabilityZone: 'eu-west-1a',
    LaunchType: 'FARGATE',
    Containers: [{ StartedAt: '2026-11-21T12:00:00.000Z', RestartCount: 0 }],
  })
  expect(task).toBe(`arn:aws:ecs:eu-west-1:${BUYER}:task/marketplace/${id}`)
  await simulator.store.run({ kind: 'set_business_time', now: NOON + HOUR_MS })
  await post(simulator, `/tasks/${id}/restart`)
  expect(await read('')).toMatchObject({ StartedAt: '2026-11-21T13:00:00.000Z', RestartCount: 1 })
})

test('a pod’s token names its service account and its own UID, and is meant for STS (Kubernetes, projected tokens)', async () => {
  const simulator = await openSimulator()
  const pod = await simulator.runTask('eks')
  const claims = decodeJwt(pod.token ?? '')
  expect(claims).toMatchObject({
    iss: expect.stringMatching(/^https:\/\/oidc\.eks\./),
    sub: 'system:serviceaccount:marketplace:app',
    aud: 'sts.amazonaws.com',
    'kubernetes.io': { namespace: 'marketplace', serviceaccount: { name: 'app' } },
  })
  const { pod: named } = claims['kubernetes.io'] as { pod: { uid: string } }
  expect(pod.task).toBe(`pod/${named.uid}`)
  const renewed = await (await fetch(`${simulator.url}/tasks/${pod.id}/token`)).text()
  expect(decodeJwt(renewed)['kubernetes.io']).toEqual(claims['kubernetes.io'])
})

test('STS takes no pod’s token that the cluster did not sign, and none for another account’s role', async () => {
  const simulator = await openSimulator()
  const pod = await simulator.runTask('eks')
  const forged = await new SignJWT({ ...decodeJwt(pod.token ?? '') })
    .setProtectedHeader({ alg: 'HS256', kid: 'cluster' })
    .sign(new TextEncoder().encode('k'.repeat(32)))
  enter({ ...pod, token: forged })
  expect(await nameOfFailure(whoAmI())).toMatch(/InvalidIdentityToken|CredentialsProviderError/)
  enter({ ...pod, env: { ...pod.env, AWS_ROLE_ARN: 'arn:aws:iam::777788889999:role/marketplace-task' } })
  expect(await nameOfFailure(whoAmI())).toMatch(/AccessDenied|CredentialsProviderError/)
})

test('a task is listed with its environment, and goes from PENDING over RUNNING to STOPPED as it is told', async () => {
  const simulator = await openSimulator()
  const { status, body } = await post(simulator, '/tasks', {
    account: BUYER,
    launch: 'ecs',
    product: 'metered',
  })
  expect(status).toBe(201)
  expect(body).toMatchObject({
    desired: 'RUNNING',
    state: 'PENDING',
    exitCode: null,
    env: { AWS_REGION: 'us-east-1', AWS_MARKETPLACE_PRODUCT_CODE: 'metered'.padEnd(25, 'x') },
  })
  const id = String(body['id'])
  const url = 'http://127.0.0.1:3000/'
  await post(simulator, `/tasks/${id}/state`, { state: 'RUNNING', url, participant: 'http://127.0.0.1:3001' })
  expect(await taskAt(simulator, id)).toMatchObject({ state: 'RUNNING', url })
  await post(simulator, `/tasks/${id}/stop`)
  expect(await taskAt(simulator, id)).toMatchObject({ desired: 'STOPPED', state: 'RUNNING' })
  await post(simulator, `/tasks/${id}/state`, { state: 'STOPPED', exitCode: 77, reason: 'not entitled' })
  expect(await taskAt(simulator, id)).toMatchObject({
    state: 'STOPPED',
    exitCode: 77,
    reason: 'not entitled',
    url: null,
    participant: null,
  })
  expect(await (await fetch(`${simulator.url}/tasks`)).json()).toMatchObject([{ id, state: 'STOPPED' }])
})

test.each([
  [{ account: BUYER }, 400, '"launch" is missing'],
  [{ account: '1', launch: 'ecs' }, 400, '12 digits'],
  [{ account: BUYER, launch: 'ecs', region: 'mars' }, 400, 'no Region'],
  [{ account: BUYER, launch: 'ecs', product: 'usage' }, 404, 'No container product'],
])('a task that cannot be run is refused with what to do: %j', async (asked, status, words) => {
  const simulator = await openSimulator()
  const answer = await post(simulator, '/tasks', asked)
  expect([answer.status, answer.body['detail']]).toEqual([status, expect.stringContaining(words)])
})

test('a task that nobody took up yet stops at once, and its credentials with it', async () => {
  const simulator = await openSimulator()
  const { id, env } = await simulator.runTask('ecs')
  await post(simulator, `/tasks/${id}/stop`)
  expect(await taskAt(simulator, id)).toMatchObject({ state: 'STOPPED', reason: 'Stopped before it ran.' })
  expect((await fetch(env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? '')).status).toBe(404)
})

test('every answer’s Date is business time: a container begins by it (design §9)', async () => {
  const { url } = await openSimulator()
  expect((await fetch(`${url}/tasks`)).headers.get('date')).toBe(new Date(NOON).toUTCString())
})

test('a participant elsewhere than on this machine is refused', async () => {
  const simulator = await openSimulator()
  const { id } = await simulator.runTask('ecs')
  const answer = await post(simulator, `/tasks/${id}/state`, {
    state: 'RUNNING',
    participant: 'http://example.com',
  })
  expect(answer.status).toBe(400)
})

test('a task’s clients sign by the last Date each was answered with, wherever the clock went since (design §9)', async () => {
  const simulator = await openSimulator()
  await simulator.buyActive('metered')
  enter(await simulator.runTask('ecs', { product: 'metered' }))
  const often = new STSClient({ maxAttempts: 1 })
  const seldom = new STSClient({ maxAttempts: 1 })
  await seldom.send(new GetCallerIdentityCommand({}))
  for (const hours of [1, 2, 3]) {
    await simulator.store.run({ kind: 'set_business_time', now: NOON + hours * HOUR_MS })
    await often.send(new GetCallerIdentityCommand({}))
  }
  expect(await nameOfFailure(seldom.send(new GetCallerIdentityCommand({})))).toBe('accepted')
})
