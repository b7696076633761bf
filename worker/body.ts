/** The bytes of a request's body, unpacked and bounded: what is too large is never held whole. */
import { err, ok, type Result } from '../shared/result.ts'
import { BODY_MAX_BYTES } from '../shared/usage/read.ts'
import type { RequestProblem } from '../shared/usage/refusal.ts'

/** Packed bytes are handed to the unpacker in pieces this small, so that no piece can grow beyond 4 MB at once. */
const PIECE_BYTES = 4096

/** The body, at most `BODY_MAX_BYTES` after unpacking. Throws only when the connection ends. */
export async function readBody(request: Request): Promise<Result<Uint8Array, RequestProblem>> {
  const packing = (request.headers.get('content-encoding') ?? 'identity').trim().toLowerCase()
  const packed = packing === 'gzip' || packing === 'x-gzip'
  if (!packed && packing !== 'identity') {
    return err({
      code: 'wrong-content-encoding',
      message:
        'The body is packed in a way that is not known here. Send it plain or with Content-Encoding: gzip.',
    })
  }
  const length = request.headers.get('content-length')
  if (Number(length) > BODY_MAX_BYTES) return err(TOO_LARGE)
  if (request.body === null) return ok(new Uint8Array())
  if (!packed && length !== null) return ok(new Uint8Array(await request.arrayBuffer()))
  if (!packed) return collect(request.body)
  try {
    return await collect(inPieces(request.body).pipeThrough(new DecompressionStream('gzip')))
  } catch {
    return err({
      code: 'bad-gzip',
      message:
        'The body is not one complete gzip stream. Pack it again, or send it without Content-Encoding.',
    })
  }
}

const TOO_LARGE: RequestProblem = {
  code: 'too-large',
  message: `The body has more than ${BODY_MAX_BYTES} bytes unpacked. Send the events in several requests.`,
}

async function collect(stream: ReadableStream<Uint8Array>): Promise<Result<Uint8Array, RequestProblem>> {
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = stream.getReader()
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    size += read.value.length
    if (size > BODY_MAX_BYTES) {
      await reader.cancel().catch(() => undefined)
      return err(TOO_LARGE)
    }
    chunks.push(read.value)
  }
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return ok(bytes)
}

/** The same bytes in small chunks, each only when it is asked for. */
function inPieces(stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = stream.getReader()
  let rest = new Uint8Array()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        while (rest.length === 0) {
          const read = await reader.read()
          if (read.done) return controller.close()
          rest = new Uint8Array(read.value)
        }
        controller.enqueue(rest.slice(0, PIECE_BYTES))
        rest = rest.slice(PIECE_BYTES)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}
