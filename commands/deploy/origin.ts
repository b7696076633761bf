/** Addresses that a Worker can have: an origin to the letter, or this machine for a rehearsal. Pure. */

/** https anywhere, http to this machine only; nothing after the host. */
export function isPublicOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { origin, protocol } = new URL(text)
  return origin === text && (protocol === 'https:' || isLoopback(text))
}

/** An http address of this machine: a rehearsal, never a deployment that AWS could reach. */
export function isLoopback(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return (
    protocol === 'http:' &&
    (hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname))
  )
}
