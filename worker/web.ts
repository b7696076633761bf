/** Small facts of the web that several doors need: loopback hosts, encodings, comparison. No I/O, no clock. */

/** True for a host name that can only be this machine. */
export const isLoopbackHost = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)

/** By the address of the request, never by a setting. */
export const isHttps = (request: Request): boolean => new URL(request.url).protocol === 'https:'

/**
 * True when a request was made to this machine under a name only it has: in its address and in its Host. A runtime on
 * this machine takes the address from a header that anyone may send (Miniflare's `MF-Original-URL`).
 */
export function isToThisMachine(request: Request): boolean {
  const host = request.headers.get('host')
  const said = host === null ? [] : [URL.parse(`http://${host}`)?.hostname ?? '']
  return [new URL(request.url).hostname, ...said].every(isLoopbackHost)
}

/**
 * Whom to limit by: the address Cloudflare saw, of IPv6 the network, for a household has all of it. Null: nobody told it, or
 * this machine. Source: Cloudflare, "CF-Connecting-IP" (2026-11-21).
 */
export function addressOf(request: Request): string | null {
  const text = (request.headers.get('cf-connecting-ip') ?? '').slice(0, 45).replace(/^::ffff:/i, '')
  if (text === '' || isLoopbackHost(text) || text === '::1') return null
  if (!text.includes(':')) return text
  const [left = [], right] = text.split('::').map((part) => part.split(':').filter((group) => group !== ''))
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - (right?.length ?? 8)) }, () => '0')
  return [...left, ...zeros, ...(right ?? [])].slice(0, 4).join(':')
}

/** The bytes of base64 or base64url text; undefined when it is neither. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
  } catch {
    return undefined
  }
}

/** Bytes as base64url text without padding. */
export const encodeBase64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')

/** True when both have the same bytes; takes as long whatever differs. Lengths are not secret. */
export function sameBytes(a: Uint8Array<ArrayBuffer>, b: Uint8Array<ArrayBuffer>): boolean {
  return a.byteLength === b.byteLength && crypto.subtle.timingSafeEqual(a, b)
}
