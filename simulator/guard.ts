/** Who may use the doors of the storefront and the control API: this machine's own user, no other site. Pure checks. */

export const BODY_MAX_BYTES = 1_000_000

/** Why a request is turned away, ready to be said. */
export interface Turned {
  readonly status: 400 | 403 | 413 | 415
  readonly code: string
  readonly message: string
}

/** A name that is not loopback means another site's name was pointed at this machine (DNS rebinding). */
export function checkHost(request: Request): Turned | undefined {
  const host = request.headers.get('host') ?? new URL(request.url).host
  if (/^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/.test(host)) return undefined
  return {
    status: 403,
    code: 'foreign-host',
    message: 'The simulator answers to 127.0.0.1 and localhost only. Use one of these names.',
  }
}

/** A browser says where a request comes from; what other programs send has neither header. */
export function checkSite(request: Request): Turned | undefined {
  const site = request.headers.get('sec-fetch-site')
  const foreign: Turned = {
    status: 403,
    code: 'cross-site',
    message: 'This request came from another site. Open the simulator itself and try again.',
  }
  if (site !== null) return site === 'same-origin' || site === 'none' ? undefined : foreign
  const origin = request.headers.get('origin')
  if (origin === null) return undefined
  return origin === `http://${request.headers.get('host') ?? new URL(request.url).host}` ? undefined : foreign
}

/** A form must be proven to come from our own page. */
export function checkForm(request: Request): Turned | undefined {
  const turned = checkHost(request) ?? checkSite(request)
  if (turned !== undefined) return turned
  if (request.headers.get('sec-fetch-site') === 'same-origin' || request.headers.get('origin') !== null)
    return undefined
  return {
    status: 403,
    code: 'no-origin',
    message:
      'The storefront takes forms from its own pages only. Programs use /clock and /api (docs/simulator.md).',
  }
}

/** A JSON body: no form of another site can send this type without asking first. */
export function checkJson(request: Request): Turned | undefined {
  const type = request.headers.get('content-type') ?? ''
  if (/^application\/json\s*(?:;|$)/i.test(type)) return undefined
  return {
    status: 415,
    code: 'not-json',
    message: 'Send JSON, with the header Content-Type: application/json.',
  }
}

/** The body as text, at most 1 MB; more is not read. */
export async function readBody(request: Request): Promise<string | Turned> {
  if (request.body === null) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body) {
    size += chunk.byteLength
    if (size > BODY_MAX_BYTES)
      return { status: 413, code: 'too-large', message: 'The body is over 1 MB. Send less.' }
    chunks.push(chunk)
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}
