/** The HTTP server itself: what is no AWS call, what is too large, what is no JSON, and when the disk comes first. */
import { request as ask } from 'node:http'
import { expect, test } from 'vitest'
import { startServer } from '../../simulator/server.ts'
import { NOON } from './market.ts'
import { SELLER_CREDENTIALS, openSimulator } from './simulator.ts'
import { signedFetch } from './signed-fetch.ts'

const TARGET = 'AWSMPMeteringService.BatchMeterUsage'

test.each([
  ['{', 400, 'SerializationException'],
  ['[]', 400, 'SerializationException'],
  ['{"UsageRecords":{}}', 400, 'SerializationException'],
  ['{}', 400, 'ValidationException'],
])('the body %j is answered %i %s (facts §0.3)', async (body, status, code) => {
  const { url } = await openSimulator()
  const response = await signedFetch(url, TARGET, body)
  const answer = (await response.json()) as { __type: string; message: string }
  expect([response.status, answer.__type.split('#')[1]]).toEqual([status, code])
  expect(answer.message).not.toBe('')
})

test('an unknown target is an UnknownOperationException, an unsigned one a MissingAuthenticationTokenException', async () => {
  const { url } = await openSimulator()
  const unknown = await signedFetch(url, 'AWSMPMeteringService.Nothing', '{}')
  expect(await unknown.text()).toContain('UnknownOperationException')
  const unsigned = await fetch(url, { method: 'POST', body: '{}', headers: { 'x-amz-target': TARGET } })
  expect([unsigned.status, await unsigned.text()]).toEqual([
    403,
    '{"__type":"com.amazon.coral.service#MissingAuthenticationTokenException","message":"Missing Authentication Token"}',
  ])
})

test('errors have the service’s namespace and the reply’s Date is business time (facts §0.3, design §9)', async () => {
  const { url } = await openSimulator()
  const response = await signedFetch(url, 'AWSMPMeteringService.ResolveCustomer', '{"RegistrationToken":"x"}')
  expect(await response.text()).toBe(
    '{"__type":"com.amazonaws.marketplacemetering#InvalidTokenException","message":"Registration token is invalid."}',
  )
  expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.1')
  expect(response.headers.get('date')).toBe(new Date(NOON).toUTCString())
})

test('a call is told by its target, whatever the path (facts §9.4, routing)', async () => {
  const { url } = await openSimulator()
  const response = await signedFetch(`${url}/any/path`, TARGET, '{"UsageRecords":[]}')
  expect(await response.json()).toEqual({ Results: [], UnprocessedRecords: [] })
})

test('a host that names a Region takes signatures of that Region only (facts §9.4, auth)', async () => {
  const { url } = await openSimulator()
  const host = 'metering.marketplace.eu-west-1.amazonaws.com'
  const call = (region: string) => signedFetch(url, TARGET, '{"UsageRecords":[]}', { host, region })
  expect([(await call('eu-west-1')).status, (await call('us-east-1')).status]).toEqual([200, 403])
})

test('a web page cannot call AWS here, not even under a name pointed at this machine', async () => {
  const { url } = await openSimulator()
  const headers = {
    origin: 'http://evil.example:4600',
    'x-amz-target': TARGET,
    'x-amz-date': '20261121T120000Z',
  }
  const called = await fetch(url, { method: 'POST', body: '{}', headers })
  expect([called.status, await called.text()]).toEqual([
    403,
    expect.stringContaining('#AccessDeniedException'),
  ])
  const { 'x-amz-target': _, ...query } = headers
  const asked = await fetch(url, { method: 'POST', body: 'Action=GetCallerIdentity', headers: query })
  expect([asked.status, await asked.text()]).toEqual([403, expect.stringContaining('<Code>AccessDenied')])
})

test.each(['//evil.example/a', 'http://evil.example/a', '*'])(
  'the address %s names no other host to the doors',
  async (path) => {
    const { url } = await openSimulator(NOON, [(request) => new Response(new URL(request.url).host)])
    const text = await new Promise<string>((resolve, reject) => {
      const { hostname, port } = new URL(url)
      const sent = ask({ hostname, port, path, method: path === '*' ? 'OPTIONS' : 'GET' }, (response) => {
        response.setEncoding('utf8').on('data', resolve)
      })
      sent.once('error', reject).end()
    })
    expect(text).not.toContain('evil')
  },
)

test('TRACE is refused, not a failure of ours', async () => {
  const reported: unknown[] = []
  const { url } = await openSimulator(NOON, [() => undefined], (error) => reported.push(error))
  const status = await new Promise((resolve, reject) => {
    const sent = ask(url, { method: 'TRACE' }, (response) => resolve(response.statusCode))
    sent.once('error', reject).end()
  })
  expect([status, reported]).toEqual([405, []])
})

test('a body over 10 MB is refused before it is read whole', async () => {
  const { url } = await openSimulator()
  const body = new Uint8Array(10_000_001)
  const response = await fetch(url, { method: 'POST', body, headers: { 'x-amz-target': TARGET } })
  expect([response.status, await response.text()]).toEqual([
    413,
    expect.stringContaining('RequestEntityTooLargeException'),
  ])
})

test('what is no AWS call goes to the doors in their order, the first answer counts', async () => {
  const { url } = await openSimulator(NOON, [
    (request) => (new URL(request.url).pathname === '/a' ? new Response('first') : undefined),
    async (request) => new Response(`${request.method} ${await request.text()}`, { status: 201 }),
  ])
  expect(await (await fetch(`${url}/a`)).text()).toBe('first')
  const posted = await fetch(`${url}/b`, { method: 'POST', body: 'x=1' })
  expect([posted.status, await posted.text()]).toEqual([201, 'POST x=1'])
})

test('with no door for it, an address is a 404 with a sentence', async () => {
  const { url } = await openSimulator()
  const response = await fetch(`${url}/nothing`)
  expect([response.status, await response.text()]).toEqual([404, expect.stringMatching(/nothing here/)])
})

test('a door that fails is a 500 that says nothing of the cause, which is reported', async () => {
  const cause = new Error('a secret of the house')
  const failing = (): never => {
    throw cause
  }
  const reported: unknown[] = []
  const { url } = await openSimulator(NOON, [failing], (error) => reported.push(error))
  const response = await fetch(url)
  expect([response.status, await response.text()]).toEqual([500, expect.not.stringContaining('secret')])
  expect(reported).toEqual([cause])
})

test('a taken port is told in one sentence', async () => {
  const { url } = await openSimulator()
  const port = Number(new URL(url).port)
  const aws = { isFor: () => false, answer: () => Promise.resolve('cut' as const) }
  const second = await startServer({ port, aws, doors: [], report: () => undefined })
  expect(second).toEqual({
    ok: false,
    error: `port ${port} is taken: end the program that uses it, or give another port`,
  })
})

test('a wrong secret is refused before anything is looked at', async () => {
  const { url, store } = await openSimulator()
  const before = JSON.stringify(store.state)
  const credentials = { ...SELLER_CREDENTIALS, secretAccessKey: 'wrong' }
  const response = await signedFetch(url, TARGET, '{', { credentials })
  expect(response.status).toBe(403)
  expect(JSON.stringify(store.state)).toBe(before)
})
