/** A signed call without an SDK, for bodies, hosts and targets an SDK would not send. */
import { request } from 'node:http'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import { SELLER_CREDENTIALS } from './simulator.ts'

interface Signing {
  readonly region?: string
  readonly service?: string
  readonly host?: string
  readonly credentials?: typeof SELLER_CREDENTIALS & { readonly sessionToken?: string }
  readonly method?: string
  /** In the place of the JSON protocol's own. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Signs by the wall clock. Without a target it is a request of another protocol than JSON. */
export async function signedFetch(
  to: string,
  target: string | undefined,
  body: string | Uint8Array,
  {
    region = 'us-east-1',
    service = 'aws-marketplace',
    host,
    credentials = SELLER_CREDENTIALS,
    method = 'POST',
    headers: given = { 'content-type': 'application/x-amz-json-1.1' },
  }: Signing = {},
): Promise<Response> {
  const url = new URL(to)
  const signer = new SignatureV4({ region, service, credentials, sha256: Sha256, applyChecksum: false })
  const headers = {
    host: host ?? url.host,
    ...given,
    ...(target === undefined ? {} : { 'x-amz-target': target }),
  }
  const signed = await signer.sign({
    method,
    protocol: 'http:',
    hostname: url.hostname,
    path: url.pathname,
    headers,
    body,
  })
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: signed.headers }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => {
        const replied = Object.entries(response.headersDistinct).flatMap(([name, values]) =>
          (values ?? []).map((value): [string, string] => [name, value]),
        )
        resolve(new Response(Buffer.concat(parts), { status: response.statusCode ?? 0, headers: replied }))
      })
    })
    sent.once('error', reject)
    sent.end(body)
  })
}
