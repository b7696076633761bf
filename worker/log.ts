/** One JSON line a log entry. Never given a token, a secret, a session or a contact. */

/** Writes one line; `event` is a stable name to search for. */
export function logLine(level: 'info' | 'warn' | 'error', event: string, detail: object = {}): void {
  console[level](JSON.stringify({ event, ...detail }))
}

/** The message of what was thrown and of its causes, outermost first, for the log only. */
export function messageOf(thrown: unknown): string {
  const parts: string[] = []
  for (let at = thrown; at instanceof Error && parts.length < 5; at = at.cause) parts.push(at.message)
  return parts.length > 0 ? parts.join(': ') : 'a value that is not an Error was thrown'
}
