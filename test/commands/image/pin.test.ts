/** A base's digest is read from its registry: the one of the index over both platforms, and nothing is believed that is not. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { findDigest } from '../../../commands/image/pin.ts'

const DIGEST = `sha256:${'c'.repeat(64)}`
const INDEX = 'application/vnd.oci.image.index.v1+json'
let server: Server | undefined
afterEach(() => server?.close())

/** A registry on this machine; the name of its image. */
async function registry(answer: RequestListener): Promise<string> {
  server = createServer(answer)
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done))
  return `127.0.0.1:${(server.address() as AddressInfo).port}/distroless/node:nonroot`
}

test('a registry that gives tokens to anybody is asked for one, and answers the digest of the index', async () => {
  const image = await registry((request, response) => {
    const own = `http://${request.headers.host}`
    if (request.url?.startsWith('/token')) return response.end(JSON.stringify({ token: 'anybody' }))
    if (request.headers.authorization !== 'Bearer anybody')
      return response
        .writeHead(401, { 'www-authenticate': `Bearer realm="${own}/token",service="x",scope="pull"` })
        .end()
    const known = request.url === '/v2/distroless/node/manifests/nonroot'
    return response
      .writeHead(known ? 200 : 404, { 'content-type': INDEX, 'docker-content-digest': DIGEST })
      .end()
  })
  expect(await findDigest(image)).toEqual({ ok: true, value: DIGEST })
})

test.each([
  ['one platform only', 200, { 'content-type': 'application/vnd.oci.image.manifest.v1+json' }, /no index/],
  ['no digest', 200, { 'content-type': INDEX }, /named no digest/],
  ['no such image', 404, {}, /answers 404 .*--base-digest/],
])('%s is refused by a sentence', async (_, status, headers, sentence) => {
  const image = await registry((_request, response) => response.writeHead(status, headers).end())
  expect(await findDigest(image)).toMatchObject({ ok: false, error: expect.stringMatching(sentence) })
})

test('a registry that cannot be reached is named, with what to do', async () => {
  expect(await findDigest('127.0.0.1:1/x:y')).toMatchObject({
    ok: false,
    error: expect.stringMatching(/^127\.0\.0\.1:1 cannot be asked .*--base-digest/),
  })
})

test('a base without a registry or a tag is refused', async () => {
  expect(await findDigest('node')).toMatchObject({
    ok: false,
    error: expect.stringContaining('registry/repository:tag'),
  })
})
