/** How long a record waits before its next attempt. Pure: the jitter is a hash, so a seed repeats itself. */

const FIRST_PAUSE_MS = 2_000
const LONGEST_PAUSE_MS = 5 * 60_000

/** CustomerNotSubscribed is asked again this often (money §8 row 4). */
export const NOT_SUBSCRIBED_PAUSE_MS = 15 * 60_000

/** A stopped lane, dimension or license is probed by one record this often (money §8 row 8). */
export const PROBE_MS = 5 * 60_000

/**
 * When a record may go again after its `pauses`-th unlucky attempt in a row: 2 s doubling to 5 min, half of it jitter.
 * Records of one batch share `seed`, so they travel together again. Never past the deadline, and never more than a
 * quarter of what is left before it: a long outage must not end after the last chance.
 */
export function resumeAt(now: number, pauses: number, seed: string, deadline: number): number {
  const full = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(pauses - 1, 20))
  const pause = Math.ceil(full * (0.5 + hashFraction(`${seed}|${pauses}`) / 2))
  const left = deadline - now
  if (left <= 0) return now + pause
  return now + Math.min(pause, Math.max(1_000, Math.floor(left / 4)), left)
}

/** A number in [0, 1) that depends on `text` alone (FNV-1a, 32 bits). */
export function hashFraction(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  // Texts that differ in their last letters only would lie close together without this mixing.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
