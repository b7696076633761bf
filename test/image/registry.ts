/** A registry on this machine that only reads: it serves what a tool wrote as `dir:`, as a buyer's cluster pulls an image. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

export interface Registry {
  /** `127.0.0.1:43211`. */
  readonly host: string
  /** Serves the folder's index under this name, whatever the tag. */
  serve(name: string, folder: string): void
  close(): void
}

export async function openRegistry(): Promise<Registry> {
  const folders = new Map<string, string>()
  const server: Server = createServer((request, response) => {
    const asked = /^\/v2\/(.+)\/(manifests|blobs)\/([\w.:-]+)$/.exec(request.url ?? '')
    if (!asked) return response.writeHead(request.url === '/v2/' ? 200 : 404).end()
    const [, name = '', kind, reference = ''] = asked
    const bytes = find(folders.get(name), kind === 'blobs', reference)
    if (bytes === undefined) return response.writeHead(404).end()
    const type = kind === 'blobs' ? 'application/octet-stream' : JSON.parse(bytes.toString()).mediaType
    response.writeHead(200, {
      'content-type': type,
      'content-length': bytes.length,
      'docker-content-digest': digestOf(bytes),
    })
    return response.end(request.method === 'HEAD' ? undefined : bytes)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (name, folder) => void folders.set(name, folder),
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** A blob, or a manifest by tag or digest. */
function find(folder: string | undefined, blob: boolean, reference: string): Buffer | undefined {
  if (folder === undefined) return undefined
  const hex = reference.replace(/^sha256:/, '')
  const path = join(folder, blob ? hex : `${hex}.manifest.json`)
  if (existsSync(path)) return readFileSync(path)
  const index = readFileSync(join(folder, 'manifest.json'))
  return !blob && (!reference.startsWith('sha256:') || digestOf(index) === reference) ? index : undefined
}
