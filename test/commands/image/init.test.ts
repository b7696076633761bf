/** The init of the image is the pinned one to the byte, or the seller's own file; what is neither is refused before a build. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { findInit, type InitPin } from '../../../commands/image/init.ts'
import pinned from '../../../container/init.json' with { type: 'json' }
import config from '../../../seller.config.ts'

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')
const BOTH = ['linux/amd64', 'linux/arm64']
let server: Server | undefined
afterEach(() => server?.close())

/** A release on this machine, whose file of an architecture is that word. */
async function release(answer: RequestListener): Promise<InitPin> {
  server = createServer(answer)
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done))
  const source = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`
  return {
    name: 'tini',
    version: '1',
    source,
    sha256: { amd64: hashOf('amd64'), arm64: hashOf('arm64') },
  }
}

test('the init of each platform is taken from the release when it is the pinned one', async () => {
  const pin = await release((request, response) => response.end(request.url?.split('-').at(-1)))
  const found = await findInit(pin, BOTH, undefined)
  expect(found).toMatchObject({
    ok: true,
    value: { version: '1', files: [{ sha256: hashOf('amd64') }, { sha256: hashOf('arm64') }] },
  })
})

test.each<[string, RequestListener, RegExp]>([
  ['another file', (_, response) => response.end('amd64 '), /nothing was built/],
  ['no file', (_, response) => response.writeHead(404).end(), /answers 404: .*--init/],
  ['no answer', (request) => request.socket.destroy(), /cannot be downloaded .*--init/],
])('%s at the release is refused by a sentence', async (_, answer, sentence) => {
  const pin = await release(answer)
  expect(await findInit(pin, BOTH, undefined)).toEqual({
    ok: false,
    error: expect.stringMatching(sentence),
  })
})

test('a folder is taken as it is, without a version, and asks nobody; one that lacks a platform is refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-init-'))
  const nobody = () => Promise.reject(new Error('asked'))
  writeFileSync(join(folder, 'tini-static-amd64'), 'mine')
  expect(await findInit(pinned, ['linux/amd64'], folder, nobody)).toMatchObject({
    ok: true,
    value: { version: null, files: [{ architecture: 'amd64', sha256: hashOf('mine') }] },
  })
  expect(await findInit(pinned, BOTH, folder, nobody)).toEqual({
    ok: false,
    error: expect.stringMatching(/tini-static-arm64 cannot be read: put it there/),
  })
  rmSync(folder, { recursive: true })
})

test('every platform that seller.config.ts builds for has a pinned init', () => {
  const platforms = config.products.flatMap((one) => (one.kind === 'container' ? one.image.platforms : []))
  const architectures = platforms.map((platform) => platform.split('/')[1] ?? '')
  expect(Object.keys(pinned.sha256)).toEqual(expect.arrayContaining(architectures))
  expect(pinned.source).toBe(`https://github.com/krallin/tini/releases/download/v${pinned.version}/`)
})
