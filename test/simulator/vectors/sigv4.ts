/** Signed requests that must not be taken: each is made from a good one, and differs in what its name says. */
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import type { AccessKey } from '../../../simulator/credentials.ts'
import type { WireRequest } from '../../../simulator/services/wire.ts'

export const NOW = Date.parse('2026-11-21T12:00:00Z')
const KEY = { id: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', account: '111122223333' }
const TOKEN = 'session-token-of-the-role'
const session = (expiresAt: number) => ({
  token: TOKEN,
  arn: 'arn:aws:sts::111122223333:assumed-role/r/s',
  expiresAt,
})
export const KEYS: ReadonlyMap<string, AccessKey> = new Map(
  [
    KEY,
    { ...KEY, id: 'ASIALIVE', session: session(NOW + 1) },
    { ...KEY, id: 'ASIAOVER', session: session(NOW) },
  ].map((key) => [key.id, key]),
)
export const ENDPOINT = { service: 'aws-marketplace', regions: new Set(['us-east-1']) }
export const TIMES = { business: NOW, wall: NOW }

interface Made {
  readonly id?: string
  readonly secret?: string
  readonly token?: string
  readonly service?: string
  readonly region?: string
  readonly at?: number
  readonly body?: string
}

/** A request as a good client signs it. */
export async function signed({
  id = KEY.id,
  secret = KEY.secret,
  token,
  service = 'aws-marketplace',
  region = 'us-east-1',
  at = NOW,
  body = '{"RegistrationToken":"t"}',
}: Made = {}): Promise<WireRequest> {
  const credentials = {
    accessKeyId: id,
    secretAccessKey: secret,
    ...(token === undefined ? {} : { sessionToken: token }),
  }
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256, applyChecksum: false })
  const { headers } = await signer.sign(
    {
      method: 'POST',
      protocol: 'http:',
      hostname: 'aws.example',
      path: '/',
      headers: {
        host: 'aws.example',
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AWSMPMeteringService.ResolveCustomer',
      },
      body,
    },
    { signingDate: new Date(at) },
  )
  return { method: 'POST', path: '/', query: '', headers, body: new TextEncoder().encode(body) }
}

const MINUTE = 60_000
const made = (how: Made) => () => signed(how)
/** A good request, changed behind its signature. */
const changed = (change: Partial<WireRequest>) => async (): Promise<WireRequest> => ({
  ...(await signed()),
  ...change,
})
const headers =
  (change: (headers: Record<string, string>) => Record<string, string | undefined>, how: Made = {}) =>
  async (): Promise<WireRequest> => {
    const request = await signed(how)
    const entries = Object.entries(change({ ...request.headers })).flatMap(
      ([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]]),
    )
    return { ...request, headers: Object.fromEntries(entries) }
  }
/** The Authorization header, changed. */
const authorization = (change: (text: string) => string | undefined) =>
  headers((all) => ({ ...all, authorization: change(all['authorization'] ?? '') }))

export const REQUESTS: readonly (readonly [string, () => Promise<WireRequest>])[] = [
  ['no Authorization', authorization(() => undefined)],
  ['an empty Authorization', authorization(() => '')],
  ['Bearer in its place', authorization(() => 'Bearer AKIDEXAMPLE')],
  ['SigV4A', authorization((text) => text.replace('HMAC-SHA256', 'ECDSA-P256-SHA256'))],
  ['HMAC with SHA-1', authorization((text) => text.replace('SHA256', 'SHA1'))],
  ['no Credential', authorization((text) => text.replace(/Credential=[^,]+, /, ''))],
  ['no SignedHeaders', authorization((text) => text.replace(/SignedHeaders=[^,]+, /, ''))],
  ['no Signature', authorization((text) => text.replace(/, Signature=.*/, ''))],
  ['an empty Signature', authorization((text) => text.replace(/Signature=.*/, 'Signature='))],
  [
    'a Signature of zeros',
    authorization((text) => text.replace(/Signature=.*/, `Signature=${'0'.repeat(64)}`)),
  ],
  ['a Signature cut short', authorization((text) => text.slice(0, -2))],
  ['a Signature with more behind it', authorization((text) => `${text}00`)],
  [
    'a Signature in capitals',
    authorization((text) =>
      text.replace(/Signature=.*/, (found) => `Signature=${found.slice(10).toUpperCase()}`),
    ),
  ],
  [
    'one digit of the Signature changed',
    authorization((text) => text.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))),
  ],
  ['a second Signature behind the first', authorization((text) => `${text}, Signature=${'0'.repeat(64)}`)],
  ['an unknown key', made({ id: 'AKIDNOBODY' })],
  ['the key’s id in small letters', made({ id: 'akidexample' })],
  ['an empty key', authorization((text) => text.replace('AKIDEXAMPLE', ''))],
  ['a key named __proto__', made({ id: '__proto__' })],
  ['another secret', made({ secret: `${KEY.secret}x` })],
  ['an empty secret', made({ secret: '' })],
  ['another service', made({ service: 'sqs' })],
  ['another Region', made({ region: 'eu-west-1' })],
  ['a Region in capitals', made({ region: 'US-EAST-1' })],
  [
    'the scope of another service under a good signature',
    authorization((text) => text.replace('/aws-marketplace/', '/sqs/')),
  ],
  [
    'the scope of another Region under a good signature',
    authorization((text) => text.replace('/us-east-1/', '/us-west-2/')),
  ],
  ['the scope of another day', authorization((text) => text.replace('20261121', '20261120'))],
  [
    'a scope that does not end in aws4_request',
    authorization((text) => text.replace('aws4_request', 'aws5_request')),
  ],
  ['a scope with a part more', authorization((text) => text.replace('/us-east-1/', '/us-east-1/x/'))],
  ['signed sixteen minutes ago', made({ at: NOW - 16 * MINUTE })],
  ['signed for in sixteen minutes', made({ at: NOW + 16 * MINUTE })],
  ['signed a millisecond over fifteen minutes ago, to the second', made({ at: NOW - 15 * MINUTE - 1_000 })],
  ['signed yesterday', made({ at: NOW - 24 * 60 * MINUTE })],
  ['signed in the year 2100', made({ at: Date.parse('2100-01-01T00:00:00Z') })],
  ['no date', headers((all) => ({ ...all, 'x-amz-date': undefined }))],
  ['a date that is no date', headers((all) => ({ ...all, 'x-amz-date': '20261341T996199Z' }))],
  ['a date of another form', headers((all) => ({ ...all, 'x-amz-date': '2026-11-21T12:00:00Z' }))],
  ['a later date under the same signature', headers((all) => ({ ...all, 'x-amz-date': '20261121T120100Z' }))],
  ['another body', changed({ body: new TextEncoder().encode('{"RegistrationToken":"u"}') })],
  ['an empty body', changed({ body: new Uint8Array() })],
  ['a body with a space more', changed({ body: new TextEncoder().encode('{"RegistrationToken": "t"}') })],
  ['another path', changed({ path: '/other' })],
  ['a query added', changed({ query: 'Action=Other' })],
  ['another method', changed({ method: 'PUT' })],
  ['another host', headers((all) => ({ ...all, host: 'evil.example' }))],
  [
    'another operation',
    headers((all) => ({ ...all, 'x-amz-target': 'AWSMPMeteringService.BatchMeterUsage' })),
  ],
  ['a signed header taken out', headers((all) => ({ ...all, 'x-amz-target': undefined }))],
  ['an amz header that is not signed', headers((all) => ({ ...all, 'x-amz-extra': 'x' }))],
  ['the host not signed', authorization((text) => text.replace('host;', ''))],
  ['the date not signed', authorization((text) => text.replace('x-amz-date;', ''))],
  [
    'a signed header that is not there',
    authorization((text) => text.replace('SignedHeaders=', 'SignedHeaders=x-other;')),
  ],
  ['the hash of another body', headers((all) => ({ ...all, 'x-amz-content-sha256': '0'.repeat(64) }))],
  [
    'an unsigned body, as S3 would take it',
    headers((all) => ({ ...all, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' })),
  ],
  ['a session without its token', made({ id: 'ASIALIVE' })],
  ['a session with another token', made({ id: 'ASIALIVE', token: `${TOKEN}x` })],
  [
    'a session with an empty token',
    headers((all) => ({ ...all, 'x-amz-security-token': '' }), { id: 'ASIALIVE', token: TOKEN }),
  ],
  ['a session whose time is over', made({ id: 'ASIAOVER', token: TOKEN })],
  [
    'a session’s token that is not signed',
    headers((all) => ({ ...all, 'x-amz-security-token': TOKEN }), { id: 'ASIALIVE' }),
  ],
]
