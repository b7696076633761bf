/** The signed call and its failures: AWS is stood in for at the wire. G.3 row 56. */
import { afterEach, expect, test, vi } from 'vitest'
import { decide } from '../../../shared/aws/decide.ts'
import { callAws, type AwsCall } from '../../../worker/aws/client.ts'
import { awsError, clockAt, edgeAt, standIn, type WireCall } from '../support.ts'

const AWS = edgeAt(clockAt('2026-11-21T12:00:00Z')).aws
const CALL: AwsCall = {
  service: 'aws-marketplace',
  region: 'us-east-1',
  host: 'metering.marketplace.us-east-1.amazonaws.com',
  target: 'AWSMPMeteringService.ResolveCustomer',
  json: '1.1',
  body: { RegistrationToken: 'tok+/=' },
  timeoutMs: 2_000,
}

function answering(answer: (call: WireCall) => Response | Promise<Response>) {
  const wire = standIn(answer)
  vi.stubGlobal('fetch', wire.fetch)
  return wire.calls
}

afterEach(() => vi.unstubAllGlobals())

test('a call is signed for aws-marketplace in us-east-1 and sent once, body and target as AWS documents', async () => {
  const calls = answering(() => Response.json({ ProductCode: 'x' }))
  expect(await callAws(AWS, CALL)).toEqual({ ok: true, value: { ProductCode: 'x' } })
  expect(calls).toHaveLength(1)
  const [call] = calls
  expect(call?.url).toBe('https://metering.marketplace.us-east-1.amazonaws.com/')
  expect(call?.headers.get('authorization')).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/us-east-1\/aws-marketplace\/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=[0-9a-f]{64}$/,
  )
  expect(call?.headers.get('content-type')).toBe('application/x-amz-json-1.1')
  expect(call?.body).toEqual({ RegistrationToken: 'tok+/=' })
})

test('with AWS_ENDPOINT set every call goes there', async () => {
  const calls = answering(() => Response.json({}))
  await callAws({ ...AWS, endpoint: 'http://127.0.0.1:4600' }, CALL)
  expect(calls.map((call) => call.url)).toEqual(['http://127.0.0.1:4600/'])
})

test.each([400, 403, 500])(
  'an exception AWS names with status %i is refused under that name',
  async (status) => {
    const calls = answering(() => awsError('ThrottlingException', status))
    expect(await callAws(AWS, CALL)).toEqual({
      ok: false,
      error: {
        kind: 'refused',
        name: 'ThrottlingException',
        message: 'ThrottlingException on demand',
        status,
      },
    })
    expect(calls).toHaveLength(1)
  },
)

const wrong: readonly [string, () => Response | Promise<Response>, object][] = [
  [
    'an HTML page with 200',
    () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
    { kind: 'unexpected_body' },
  ],
  ['an empty 200', () => new Response(''), { kind: 'unexpected_body' }],
  ['a 200 without a body', () => new Response(null), { kind: 'unexpected_body' }],
  ['XML', () => new Response('<?xml version="1.0"?><a/>'), { kind: 'unexpected_body' }],
  ['a JSON list', () => Response.json([1]), { kind: 'unexpected_body' }],
  ['10 MB', () => new Response('1'.repeat(10 * 1024 * 1024)), { kind: 'unexpected_body' }],
  ['a 502 page', () => new Response('<html>', { status: 502 }), { kind: 'unexpected_status', status: 502 }],
  [
    'a redirect',
    () => new Response(null, { status: 302, headers: { location: 'https://evil.example/' } }),
    { kind: 'unexpected_status', status: 302 },
  ],
  [
    'a dropped connection',
    () => Promise.reject(new TypeError('Network connection lost.')),
    { kind: 'unreachable', cause: 'network' },
  ],
]

test.each(wrong)('%s is a failure that says whether AWS may have acted', async (_name, answer, failure) => {
  answering(answer)
  expect(await callAws(AWS, CALL)).toMatchObject({ ok: false, error: failure })
})

test('an answer that drips for ever ends at the timeout as unreachable', async () => {
  answering(
    () =>
      new Response(
        new ReadableStream<Uint8Array>({
          start: (controller) => controller.enqueue(new TextEncoder().encode('{"a":')),
        }),
      ),
  )
  const answer = await callAws(AWS, { ...CALL, timeoutMs: 20 })
  expect(answer).toMatchObject({ ok: false, error: { kind: 'unreachable', cause: 'timeout' } })
})

test('a connection that never answers ends at the timeout as unreachable', async () => {
  answering(() => new Promise<Response>(() => undefined))
  const answer = await callAws(AWS, { ...CALL, timeoutMs: 20 })
  expect(answer).toMatchObject({ ok: false, error: { kind: 'unreachable', cause: 'timeout' } })
})

test('without credentials nothing is sent, and the failure says so: it is no attempt AWS may have taken (fault 27)', async () => {
  const calls = answering(() => Response.json({}))
  const error = { kind: 'not_sent', message: 'no credentials yet' } as const
  const without = { credentials: async () => ({ ok: false, error }) as const }
  expect([await callAws(without, CALL), calls, decide(error)]).toEqual([
    { ok: false, error },
    [],
    { act: 'again' },
  ])
})
