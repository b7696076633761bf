/** Signatures: the golden vectors pass, and whatever is wrong with a request is refused by AWS's name for it. */
import { createHash, createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { knownKeys } from '../../../simulator/credentials.ts'
import { verify } from '../../../simulator/services/sigv4.ts'
import type { WireRequest } from '../../../simulator/services/wire.ts'
import { BUYER, SELLER } from '../market.ts'

const AT = Date.parse('2026-11-21T10:00:00Z')
const KEYS = knownKeys(SELLER)
const NOW = { business: AT, wall: AT }
const US = { service: 'aws-marketplace', regions: new Set(['us-east-1']) }

interface Vector {
  host: string
  region: string
  service: string
  target: string
  body: string
  signature: string
}

const METERING: Vector = {
  host: 'metering.marketplace.us-east-1.amazonaws.com',
  region: 'us-east-1',
  service: 'aws-marketplace',
  target: 'AWSMPMeteringService.ResolveCustomer',
  body: '{"RegistrationToken":"tok+/="}',
  signature: '18dd142a643ff9dda7726257a4694391e3d064814102cdd3b1320b93a8792301',
}

const VECTORS: Vector[] = [
  METERING,
  {
    host: 'entitlement.marketplace.us-east-1.amazonaws.com',
    region: 'us-east-1',
    service: 'aws-marketplace',
    target: 'AWSMPEntitlementService.GetEntitlements',
    body: '{"ProductCode":"x"}',
    signature: 'fe4bc5084c99cc1b08745a9c5c292cb09e456c2f41dd400dce49d256a2524435',
  },
  {
    host: 'license-manager.eu-west-1.amazonaws.com',
    region: 'eu-west-1',
    service: 'license-manager',
    target: 'AWSLicenseManager.GetLicense',
    body: '{"LicenseArn":"arn:aws:license-manager::294406891311:license:l-0"}',
    signature: '2465dd7345d09e548d5022b35bbee9795bae3fef12681c7e2155d81e74bcf70a',
  },
]

function requestOf(vector: Vector): WireRequest {
  const signedHeaders = 'content-type;host;x-amz-date;x-amz-target'
  const scope = `20261121/${vector.region}/${vector.service}/aws4_request`
  return {
    method: 'POST',
    path: '/',
    query: '',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      host: vector.host,
      'x-amz-date': '20261121T100000Z',
      'x-amz-target': vector.target,
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=${signedHeaders}, Signature=${vector.signature}`,
    },
    body: new TextEncoder().encode(vector.body),
  }
}

test.each(VECTORS)('the golden vector of $target is accepted (facts §0.5)', async (vector) => {
  const endpoint = { service: vector.service, regions: new Set([vector.region]) }
  expect(await verify(requestOf(vector), endpoint, KEYS, NOW)).toEqual({
    ok: true,
    value: { account: SELLER, region: vector.region },
  })
})

/** The vector's request with some headers replaced, or, where the value is undefined, left out. */
function withHeaders(changes: { [name: string]: string | undefined }): WireRequest {
  const request = requestOf(METERING)
  const headers = Object.entries({ ...request.headers, ...changes }).filter(
    ([, value]) => value !== undefined,
  )
  return { ...request, headers: Object.fromEntries(headers) as { [name: string]: string } }
}

const authorization = (find: string | RegExp, replace: string): WireRequest =>
  withHeaders({ authorization: requestOf(METERING).headers['authorization']?.replace(find, replace) })

const codeOf = async (request: WireRequest, endpoint = US, times = NOW): Promise<string> => {
  const verified = await verify(request, endpoint, KEYS, times)
  return verified.ok ? 'accepted' : verified.error.code
}

test.each<[string, WireRequest, string]>([
  [
    'no Authorization header',
    withHeaders({ authorization: undefined }),
    'MissingAuthenticationTokenException',
  ],
  ['another algorithm', authorization('AWS4-HMAC', 'AWS4-XXX'), 'IncompleteSignatureException'],
  ['no credential', authorization(/Credential=[^,]+, /, ''), 'IncompleteSignatureException'],
  ['no signed headers', authorization(/SignedHeaders=[^,]+, /, ''), 'IncompleteSignatureException'],
  ['no signature', authorization(/, Signature=.*/, ''), 'IncompleteSignatureException'],
  ['a scope with a part missing', authorization('/aws4_request', ''), 'IncompleteSignatureException'],
  [
    'a signed header that every object has',
    authorization('host;', 'constructor;host;'),
    'InvalidSignatureException',
  ],
  [
    'a parameter that every object has',
    { ...requestOf(METERING), query: '__proto__=1&toString=2' },
    'InvalidSignatureException',
  ],
  ['no X-Amz-Date', withHeaders({ 'x-amz-date': undefined }), 'IncompleteSignatureException'],
  ['a date that is none', withHeaders({ 'x-amz-date': 'yesterday' }), 'IncompleteSignatureException'],
  [
    'a date of another day than the scope',
    withHeaders({ 'x-amz-date': '20261122T000000Z' }),
    'InvalidSignatureException',
  ],
  ['an unknown key', authorization('AKIDEXAMPLE', 'AKIDNOBODY'), 'UnrecognizedClientException'],
  [
    'another service in the scope',
    authorization('aws-marketplace', 'metering.marketplace'),
    'InvalidSignatureException',
  ],
  ['another Region in the scope', authorization('us-east-1', 'eu-west-1'), 'InvalidSignatureException'],
  ['host not signed', authorization('content-type;host;', 'content-type;'), 'InvalidSignatureException'],
  ['x-amz-date not signed', authorization('x-amz-date;', ''), 'InvalidSignatureException'],
  ['x-amz-target not signed', authorization(';x-amz-target', ''), 'InvalidSignatureException'],
  [
    'a signed header that is not there',
    withHeaders({ 'x-amz-target': undefined }),
    'InvalidSignatureException',
  ],
  [
    'a signed header that was changed',
    withHeaders({ 'x-amz-target': 'AWSMPMeteringService.BatchMeterUsage' }),
    'InvalidSignatureException',
  ],
  ['another host', withHeaders({ host: 'localhost' }), 'InvalidSignatureException'],
  [
    'a signature of another length',
    authorization(/Signature=.*/, 'Signature=18dd'),
    'InvalidSignatureException',
  ],
  ['one digit of the signature changed', authorization('18dd142a', '18dd142b'), 'InvalidSignatureException'],
  [
    'another body',
    { ...requestOf(METERING), body: new TextEncoder().encode('{}') },
    'InvalidSignatureException',
  ],
  ['another path', { ...requestOf(METERING), path: '/elsewhere' }, 'InvalidSignatureException'],
  ['another method', { ...requestOf(METERING), method: 'PUT' }, 'InvalidSignatureException'],
  ['a query that was not signed', { ...requestOf(METERING), query: 'a=b' }, 'InvalidSignatureException'],
])('a request with %s is refused', async (_, request, code) => {
  expect(await codeOf(request)).toBe(code)
})

test('the same request with the seller’s key and another secret is refused', async () => {
  const request = requestOf({ ...METERING, signature: signByHand('not the secret') })
  expect(await codeOf(request)).toBe('InvalidSignatureException')
})

test.each([
  [0, 0, 'accepted'],
  [15 * 60_000, 15 * 60_000, 'accepted'],
  [15 * 60_000 + 1, 15 * 60_000 + 1, 'InvalidSignatureException'],
  [-15 * 60_000 - 1, -15 * 60_000 - 1, 'InvalidSignatureException'],
  [40 * 86_400_000, 0, 'accepted'],
  [0, -86_400_000, 'accepted'],
  [40 * 86_400_000, -16 * 60_000, 'InvalidSignatureException'],
])(
  'with business time %i ms and wall time %i ms off the signature is %s (design §9)',
  async (business, wall, expected) => {
    expect(await codeOf(requestOf(METERING), US, { business: AT + business, wall: AT + wall })).toBe(expected)
  },
)

/** A buyer's request to SQS, signed by hand over exactly these headers and this payload hash. */
function signedByHand(more: { [name: string]: string }, payloadHash: string): WireRequest {
  const headers: { [name: string]: string } = {
    'content-type': 'application/x-amz-json-1.0',
    host: '127.0.0.1:4600',
    ...more,
    'x-amz-date': '20261121T100000Z',
    'x-amz-security-token': 'a token',
  }
  const names = Object.keys(headers).join(';')
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}`)
  const canonical = ['POST', '/a%2520b/queue', 'x=1&y=%2F', ...lines, '', names, payloadHash].join('\n')
  const signature = signText(canonical, `simulated-secret-of-buyer-${BUYER}`, 'sqs')
  const credential = `AKIDBUYER${BUYER}/20261121/us-east-1/sqs/aws4_request`
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`
  return {
    method: 'POST',
    path: '/a%20b/queue',
    query: 'y=%2F&x=1',
    headers: { ...headers, authorization, 'user-agent': 'not signed' },
    body: new TextEncoder().encode('{}'),
  }
}

const RIGHT_HASH = createHash('sha256').update('{}').digest('hex')
const WRONG_HASH = '0'.repeat(64)
const SQS = { service: 'sqs', regions: US.regions }

test('a request signed by hand, with a query, a path and a session token, is accepted', async () => {
  expect(await verify(signedByHand({}, RIGHT_HASH), SQS, KEYS, NOW)).toEqual({
    ok: true,
    value: { account: BUYER, region: 'us-east-1' },
  })
})

test.each([
  [RIGHT_HASH, 'accepted'],
  [WRONG_HASH, 'InvalidSignatureException'],
])('a well-signed request that says its body hashes to %s is %s', async (hash, expected) => {
  expect(await codeOf(signedByHand({ 'x-amz-content-sha256': hash }, hash), SQS)).toBe(expected)
})

/** The metering vector signed with a secret of the caller's choice; with the right one it gives the golden signature. */
function signByHand(secret: string): string {
  const canonical = [
    'POST',
    '/',
    '',
    'content-type:application/x-amz-json-1.1',
    `host:${METERING.host}`,
    'x-amz-date:20261121T100000Z',
    `x-amz-target:${METERING.target}`,
    '',
    'content-type;host;x-amz-date;x-amz-target',
    createHash('sha256').update(METERING.body).digest('hex'),
  ].join('\n')
  return signText(canonical, secret, 'aws-marketplace')
}

function signText(canonical: string, secret: string, service: string): string {
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  const scope = `20261121/us-east-1/${service}/aws4_request`
  const hash = createHash('sha256').update(canonical).digest('hex')
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, '20261121'), 'us-east-1'), service), 'aws4_request')
  return hmac(key, ['AWS4-HMAC-SHA256', '20261121T100000Z', scope, hash].join('\n')).toString('hex')
}

test('signing by hand with the right secret gives the golden signature', () => {
  expect(signByHand('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY')).toBe(METERING.signature)
})
