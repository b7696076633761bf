/** The bytes of a request's body, unpacked and bounded: what is too large is never held whole. */
import type { IncomingMessage } from 'node:http'
import { createGunzip } from 'node:zlib'
import { err, ok, type Result } from '../../shared/result.ts'
import { BODY_MAX_BYTES } from '../../shared/usage/read.ts'
import type { RequestProblem } from '../../shared/usage/refusal.ts'

const TOO_LARGE: RequestProblem = {
  code: 'too-large',
  message: `The body has more than ${BODY_MAX_BYTES} bytes unpacked. Send the events in several requests.`,
}
const BAD_GZIP: RequestProblem = {
  code: 'bad-gzip',
  message: 'The body is not one complete gzip stream. Pack it again, or send it without Content-Encoding.',
}

/** The body, at most `BODY_MAX_BYTES` after unpacking. Rejects only when the connection ends first. */
export async function readBody(request: IncomingMessage): Promise<Result<Uint8Array, RequestProblem>> {
  const packing = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  const packed = packing === 'gzip' || packing === 'x-gzip'
  if (!packed && packing !== 'identity') {
    return err({
      code: 'wrong-content-encoding',
      message:
        'The body is packed in a way that is not known here. Send it plain or with Content-Encoding: gzip.',
    })
  }
  if (Number(request.headers['content-length']) > BODY_MAX_BYTES) return err(TOO_LARGE)
  return packed ? unpack(request) : collect(request)
}

async function collect(request: IncomingMessage): Promise<Result<Uint8Array, RequestProblem>> {
  const chunks: Buffer[] = []
  let size = 0
  // Leaving the loop would destroy the socket before it is answered.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BODY_MAX_BYTES) return err(TOO_LARGE)
    chunks.push(chunk)
  }
  return ok(Buffer.concat(chunks, size))
}

/** Unpacks piece by piece and stops at the bound: a small bomb stays small. */
function unpack(request: IncomingMessage): Promise<Result<Uint8Array, RequestProblem>> {
  return new Promise((done, reject) => {
    const gunzip = createGunzip({ chunkSize: 65_536 })
    const chunks: Buffer[] = []
    let size = 0
    const end = (result: Result<Uint8Array, RequestProblem>): void => {
      request.unpipe(gunzip)
      gunzip.destroy()
      done(result)
    }
    gunzip.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > BODY_MAX_BYTES) end(err(TOO_LARGE))
      else chunks.push(chunk)
    })
    gunzip.once('error', () => end(err(BAD_GZIP)))
    gunzip.once('end', () => end(ok(Buffer.concat(chunks, size))))
    request.once('error', reject)
    request.once('aborted', () => reject(new Error('the sender went away')))
    request.pipe(gunzip)
  })
}
