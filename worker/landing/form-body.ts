/** The fields of a posted form, bounded. Only `application/x-www-form-urlencoded`. */
import { err, ok, type Result } from '../../shared/result.ts'

/** Room for a token and for every field of a registration form at its longest. */
const FORM_MAX = 64 * 1024

/** Reads the body up to 64 kB and decodes it; stops reading beyond. */
export async function readForm(
  request: Request,
): Promise<Result<URLSearchParams, 'not-a-form' | 'too-large'>> {
  const type = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded') return err('not-a-form')
  if (Number(request.headers.get('content-length') ?? 0) > FORM_MAX) return err('too-large')
  if (!request.body) return ok(new URLSearchParams())

  const decoder = new TextDecoder()
  let bytes = 0
  let text = ''
  for await (const chunk of request.body) {
    bytes += chunk.byteLength
    if (bytes > FORM_MAX) return err('too-large')
    text += decoder.decode(chunk, { stream: true })
  }
  return ok(new URLSearchParams(text + decoder.decode()))
}
