/** How the container reaches AWS: at AWS's own address, with its platform's credentials, each call once, each failure by its name. */
import { MarketplaceMeteringClient, MeterUsageCommand } from '@aws-sdk/client-marketplace-metering'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { clientOptions, type AwsAccess } from '../../../container/aws/access.ts'
import { fetchText } from '../../../container/aws/fetch-text.ts'
import { instantOf, licenseCalls, regionIn } from '../../../container/aws/license-manager.ts'
import { createLender, type Session } from '../../../container/aws/lender.ts'
import { openAccess } from '../../../container/aws/open-access.ts'
import { meteringCalls } from '../../../container/aws/metering.ts'
import { err, ok } from '../../../shared/result.ts'
import { temporaryFolder } from '../../simulator/simulator.ts'

afterEach(() => vi.unstubAllEnvs())

const CREDENTIALS = { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' }
const access = (more: Partial<AwsAccess> = {}): AwsAccess => ({
  region: 'eu-west-1',
  endpoint: null,
  credentials: async () => ok(CREDENTIALS),
  forget: () => undefined,
  onServerTime: () => undefined,
  ...more,
})
const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl'
const USAGE = { productCode: 'p', dimension: 'd', timestamp: 0, quantity: 0, clientToken: 't' }

/** The host a request would go to; nothing is sent. */
async function hostOf(options: object): Promise<unknown> {
  const client = new MarketplaceMeteringClient(options)
  let host: unknown
  client.middlewareStack.add(
    () =>
      async ({ request }) => {
        host = Reflect.get(Object(request), 'hostname')
        throw new Error('not sent')
      },
    { step: 'finalizeRequest', priority: 'low' },
  )
  const command = new MeterUsageCommand({ ProductCode: 'p', UsageDimension: 'd', Timestamp: new Date(0) })
  await client.send(command).catch(() => undefined)
  return host
}

test('a buyer’s AWS_ENDPOINT_URL puts nobody in the place of AWS', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1')
  vi.stubEnv('AWS_ENDPOINT_URL_MARKETPLACE_METERING', 'http://127.0.0.1:1')
  const options = clientOptions(access())
  expect([await hostOf(options), await hostOf({ ...options, ignoreConfiguredEndpointUrls: false })]).toEqual([
    'metering.marketplace.eu-west-1.amazonaws.com',
    '127.0.0.1',
  ])
})

test('no variable and no file of settings moves a call elsewhere or fails it', async () => {
  const file = join(temporaryFolder(), 'config')
  writeFileSync(file, '[default]\nuse_fips_endpoint = true\ndefaults_mode = none\nretry_mode = none\n')
  vi.stubEnv('AWS_CONFIG_FILE', file)
  vi.stubEnv('AWS_USE_DUALSTACK_ENDPOINT', 'true')
  const host = await hostOf(clientOptions(access()))
  vi.stubEnv('AWS_DEFAULTS_MODE', 'none')
  const { endpoint } = await answering(said(200, '{"MeteringRecordId":"r"}'))
  expect([host, await meteringCalls(access({ endpoint })).meterUsage(USAGE)]).toEqual([
    'metering.marketplace.eu-west-1.amazonaws.com',
    ok('r'),
  ])
})

/** AWS's place taken by a server that answers each call alike. */
async function answering(
  answer: (response: ServerResponse) => void,
): Promise<{ endpoint: string; calls: () => number }> {
  let calls = 0
  const server = createServer((request, response) => {
    calls += 1
    request.resume().once('end', () => answer(response))
  }).listen(0, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  onTestFinished(() => server.close().closeAllConnections())
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls: () => calls }
}

const said = (status: number, body: string) => (response: ServerResponse) =>
  void response.writeHead(status, { date: 'Sat, 21 Nov 2026 12:00:00 GMT' }).end(body)

test.each([
  [
    'an exception by its bare name',
    said(400, '{"__type":"a.b#ThrottlingException","message":"m"}'),
    { kind: 'refused', name: 'ThrottlingException', message: 'm', status: 400 },
  ],
  ['a 500 without a body', said(500, ''), { kind: 'unexpected_status', status: 500 }],
  ['a proxy’s page', said(502, '<html>'), { kind: 'unexpected_status', status: 502 }],
  ['a page with 200', said(200, '<html>'), { kind: 'unexpected_body' }],
  ['200 without a receipt', said(200, '{}'), { kind: 'unexpected_body' }],
  [
    'a cut connection',
    (response: ServerResponse) => void response.destroy(),
    { kind: 'unreachable', cause: 'network' },
  ],
  [
    'half an answer',
    (response: ServerResponse) => {
      response.writeHead(200, { 'content-length': 100 }).write('{"Mete')
      setImmediate(() => response.destroy())
    },
    { kind: 'unreachable', cause: 'network' },
  ],
])('%s is that failure, after one call (style, Failures)', async (_, answer, failure) => {
  const { endpoint, calls } = await answering(answer)
  const result = await meteringCalls(access({ endpoint })).meterUsage(USAGE)
  expect([result, calls()]).toMatchObject([{ ok: false, error: failure }, 1])
})

test('DryRunOperation is AWS’s yes, and every answer’s Date is heard (facts §2.9)', async () => {
  const { endpoint } = await answering(said(400, '{"__type":"x#DryRunOperation","message":"m"}'))
  const heard: number[] = []
  const calls = meteringCalls(access({ endpoint, onServerTime: (ms) => heard.push(ms) }))
  expect([await calls.dryRun(USAGE), heard]).toEqual([ok(null), [Date.parse('2026-11-21T12:00:00Z')]])
})

test('without credentials nothing is sent, and credentials that ended are forgotten', async () => {
  const { endpoint, calls } = await answering(said(400, '{"__type":"x#ExpiredTokenException"}'))
  const none = err({ kind: 'not_sent', message: 'the endpoint is down' } as const)
  const unsigned = await meteringCalls(access({ endpoint, credentials: async () => none })).dryRun(USAGE)
  const before = calls()
  let forgotten = 0
  await meteringCalls(access({ endpoint, forget: () => (forgotten += 1) })).dryRun(USAGE)
  expect([unsigned, before, forgotten]).toMatchObject([{ ok: false, error: { kind: 'not_sent' } }, 0, 1])
})

test('a change of protocol that nobody asked for is no answer of the platform’s, and is not waited for', async () => {
  const { endpoint } = await answering((response) => {
    response.socket?.end('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n')
  })
  expect(await fetchText(endpoint, { timeoutMs: 500 })).toMatchObject({
    ok: false,
    error: { kind: 'unreachable', cause: 'network' },
  })
})

test.each([
  ['a token that has ended', 'ExpiredTokenException', 'again', 'credentials', 'NTP'],
  ['a role that trusts another cluster', 'AccessDenied', 'misconfigured', 'trust-policy', 'OIDC provider'],
  ['a Region that is off', 'RegionDisabledException', 'not-supported', 'wrong-region', 'enable STS'],
  ['a fault of its own', 'InternalFailure', 'again', 'credentials', 'route to sts'],
])('what STS says of %s is told with what to do (G.2 fault 35)', async (_, name, kind, code, words) => {
  const xml = `<ErrorResponse><Error><Code>${name}</Code><Message>m ${JWT}</Message></Error></ErrorResponse>`
  const { endpoint } = await answering(said(400, xml))
  const tokenFile = join(temporaryFolder(), 'token')
  writeFileSync(tokenFile, JWT)
  const opened = openAccess({
    source: { kind: 'eks', roleArn: 'arn:aws:iam::000011112222:role/r', tokenFile },
    region: 'eu-west-1',
    endpoint,
    clocks: { business: () => 0, wall: () => 0 },
    steadyMs: () => 0,
  })
  const checked = await opened.check()
  expect(checked).toMatchObject({ ok: false, error: { kind, code, why: expect.stringContaining(words) } })
  expect(JSON.stringify(checked)).not.toContain(JWT)
})

test('credentials are renewed before they end, by one exchange, and go on while the source is down (G.2 fault 35)', async () => {
  let now = 0
  let fetched = 0
  let isDown = false
  const session = (): Session => ({
    credentials: { ...CREDENTIALS, accessKeyId: `key-${fetched}` },
    expiresMs: now + 3_600_000,
  })
  const lender = createLender(
    async () => {
      fetched += 1
      return isDown ? err({ kind: 'unexpected_status', status: 500 }) : ok(session())
    },
    () => now,
  )
  const keyAt = async (ms: number): Promise<string> => {
    now = ms
    const lent = await lender.credentials()
    return lent.ok ? lent.value.accessKeyId : lent.error.kind
  }
  const both = await Promise.all([keyAt(0), keyAt(0)])
  const later = [await keyAt(3_299_999), await keyAt(3_300_000)]
  isDown = true
  const down = [await keyAt(6_600_000), await keyAt(6_899_999), await keyAt(6_900_000)]
  expect([both, later, down]).toEqual([
    ['key-1', 'key-1'],
    ['key-1', 'key-2'],
    ['key-2', 'key-2', 'unexpected_status'],
  ])
})

test.each([
  ['2026-11-21T11:00:00Z', Date.UTC(2026, 10, 21, 11)],
  ['2026-11-21T11:00:00', Date.UTC(2026, 10, 21, 11)],
  ['2026-11-21T11:00:00+02:00', Date.UTC(2026, 10, 21, 9)],
  ['soon', null],
  [undefined, null],
])('the end of a lease %s is read with and without a zone (facts §6.2)', (text, expected) => {
  expect(instantOf(text)).toBe(expected)
})

test.each([
  ['us-west-2', 'us-west-2'],
  ['https://license-manager.ap-southeast-1.amazonaws.com/', 'ap-southeast-1'],
  ['https://us-west-2.example.com', 'us-west-2'],
  ['elsewhere', null],
])('of a redirect to %s the Region alone is taken', (location, expected) => {
  expect(regionIn(location)).toBe(expected)
})

test.each([
  ['PROVISIONAL', 'https://license-manager.us-east-1.amazonaws.com', ['eu-west-1', 'us-east-1'], true],
  ['PERPETUAL', 'us-east-1', ['eu-west-1', 'us-east-1'], true],
  ['PERPETUAL', 'https://somebody.example', ['eu-west-1'], false],
] as const)(
  'a license that is elsewhere (%s, %s) is asked for there once, as the same checkout (facts §6.2)',
  async (type, Location, regions, isTaken) => {
    const asked: { readonly region: string; readonly token: unknown }[] = []
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      let body = ''
      for await (const chunk of request) body += String(chunk)
      const { ClientToken } = JSON.parse(body) as { ClientToken: unknown }
      const region = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? ''
      asked.push({ region, token: ClientToken })
      const elsewhere = region !== 'us-east-1'
      response.writeHead(elsewhere ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' })
      response.end(
        JSON.stringify(
          elsewhere
            ? { __type: 'RedirectException', Location, Message: 'elsewhere' }
            : { LicenseConsumptionToken: 'lease', EntitlementsAllowed: [{ Name: 'seats', Value: '6' }] },
        ),
      )
    }
    const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await new Promise((done) => server.once('listening', done))
    const { port } = server.address() as AddressInfo
    const calls = licenseCalls(access({ endpoint: `http://127.0.0.1:${port}` }))
    const entitlements = [{ name: 'seats', quantity: 6 }]
    const said = await calls.checkout({ sku: 'prod-a', type, entitlements, clientToken: 'one' })
    expect([asked.map(({ region }) => region), new Set(asked.map(({ token }) => token)), said.ok]).toEqual([
      regions,
      new Set(['one']),
      isTaken,
    ])
    // That Region is kept for what comes after.
    const before = asked.length
    if (isTaken) await calls.checkout({ sku: 'prod-a', type, entitlements, clientToken: 'two' })
    expect(asked.slice(before).map(({ region }) => region)).toEqual(isTaken ? ['us-east-1'] : [])
  },
)
