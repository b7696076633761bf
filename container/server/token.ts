/** Who may speak to the container: a Bearer token compared in constant time. Pure but for the digest. */
import { createHash, timingSafeEqual } from 'node:crypto'

/** True when the Authorization header carries `token`; takes as long wherever they differ, and whatever their lengths. */
export function carries(header: string | undefined, token: string): boolean {
  const given = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1] ?? ''
  return timingSafeEqual(digest(given), digest(token)) && given !== ''
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
