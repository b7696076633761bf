/** Where a container runs and who it is, as its platform says (facts §3, §7; money §11). */
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { identify, podOf } from '../../container/platform/identify.ts'
import { regionOfImds, regionOfTask } from '../../container/platform/region.ts'
import { temporaryFolder } from '../simulator/simulator.ts'

const TASK = 'arn:aws:ecs:eu-west-1:000011112222:task/cluster/0123456789abcdef0123456789abcdef'

/** A platform's endpoint that answers by path. */
async function platform(paths: Readonly<Record<string, string>>): Promise<string> {
  const server = createServer((request, response) => {
    const said = paths[request.url ?? '']
    response.writeHead(said === undefined ? 404 : 200).end(said)
  }).listen(0, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  onTestFinished(() => server.close().closeAllConnections())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const ecs = async (said: object) => ({
  kind: 'ecs' as const,
  url: '',
  authorization: null,
  metadata: `${await platform({ '/v4/task': JSON.stringify(said) })}/v4`,
})

test('a task is its ARN, and its Region stands in the ARN where the environment has none', async () => {
  const source = await ecs({ TaskARN: TASK, PullStartedAt: '2026-11-21T12:00:00.5Z' })
  const found = { kind: 'ecs', region: 'eu-west-1', task: TASK, startedAt: 1_795_262_400_500 }
  expect([
    await identify(source, 'hourly', {}),
    await identify(source, 'hourly', { AWS_DEFAULT_REGION: 'eu-west-1' }),
  ]).toEqual([
    { ok: true, value: found },
    { ok: true, value: found },
  ])
})

test.each([
  ['another Region than the task’s', { AWS_REGION: 'us-east-1' }, TASK, 'hourly', 'wrong-region'],
  [
    'a Region that is none',
    { AWS_REGION: 'Ireland' },
    TASK.replace('eu-west-1', ''),
    'hourly',
    'wrong-region',
  ],
  ['one of GovCloud', {}, TASK.replace('eu-west-1', 'us-gov-west-1'), 'custom-metering', 'region-not-served'],
  [
    'one that is not among the 17',
    {},
    TASK.replace('eu-west-1', 'eu-south-2'),
    'hourly',
    'region-not-served',
  ],
] as const)('%s is not supported', async (_, env, TaskARN, pricing, code) => {
  expect(await identify(await ecs({ TaskARN }), pricing, env)).toMatchObject({
    ok: false,
    error: { kind: 'not-supported', code },
  })
})

test('a contract runs in any Region: License Manager is in all of them', async () => {
  const source = await ecs({ TaskARN: TASK.replace('eu-west-1', 'eu-south-2') })
  expect(await identify(source, 'contract', {})).toMatchObject({ ok: true, value: { region: 'eu-south-2' } })
})

test('metadata that does not answer yet is asked again', async () => {
  const source = { kind: 'ecs' as const, url: '', authorization: null, metadata: 'http://127.0.0.1:1/v4' }
  expect(await identify(source, 'hourly', {})).toMatchObject({ ok: false, error: { kind: 'again' } })
})

const token = (claims: object): string =>
  ['{}', JSON.stringify(claims), 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.')

const UID = '0a1b2c3d-0000-4000-8000-000000000001'
const BOUND = { 'kubernetes.io': { namespace: 'n', pod: { name: 'p', uid: UID } } }

test('a pod is the uid its token is bound to', async () => {
  const tokenFile = join(temporaryFolder(), 'token')
  writeFileSync(tokenFile, `${token(BOUND)}\n`)
  const huge = join(temporaryFolder(), 'huge')
  writeFileSync(huge, 'x'.repeat(20_001))
  const source = { kind: 'eks' as const, roleArn: 'arn', tokenFile }
  expect([
    await identify(source, 'hourly', { AWS_REGION: 'us-east-2' }),
    await identify({ ...source, tokenFile: `${tokenFile}-not` }, 'hourly', {}),
    await identify({ ...source, tokenFile: '/dev/zero' }, 'hourly', {}),
    await identify({ ...source, tokenFile: huge }, 'hourly', {}),
  ]).toMatchObject([
    { ok: true, value: { kind: 'eks', region: 'us-east-2', task: `pod/${UID}`, startedAt: null } },
    { ok: false, error: { kind: 'misconfigured', code: 'no-token', why: expect.stringContaining('ENOENT') } },
    { ok: false, error: { code: 'no-token', why: expect.stringContaining("no file of a token's size") } },
    { ok: false, error: { code: 'no-token', why: expect.stringContaining("no file of a token's size") } },
  ])
})

test.each([
  ['of a service account alone', token({ 'kubernetes.io': { serviceaccount: { name: 's' } } })],
  ['of somebody else', token({ sub: 'repo:a/b' })],
  ['with a uid that is a path', token({ 'kubernetes.io': { pod: { uid: '../x' } } })],
  ['that is none', 'token'],
])('a token %s names no pod', (_, text) => {
  expect(podOf(text)).toBeNull()
})

test('the Region of a task is its ARN’s, else its zone’s; of a node IMDSv2’s', async () => {
  const imds = await platform({
    '/latest/api/token': 'secret',
    '/latest/meta-data/placement/region': 'sa-east-1\n',
  })
  expect([
    regionOfTask(JSON.stringify({ AvailabilityZone: 'ap-northeast-1c' })),
    regionOfTask('{}'),
    await regionOfImds(imds),
    await regionOfImds('http://127.0.0.1:1'),
  ]).toEqual(['ap-northeast-1', null, 'sa-east-1', null])
})
