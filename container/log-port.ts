/** The log as the container's rooms see it; `log.ts` writes it. Types only. */

/** `event` is a stable name to search for. Never given a token, a key, a credential or a request's headers. */
export interface Log {
  info(event: string, detail?: object): void
  warn(event: string, detail?: object): void
  error(event: string, detail?: object): void
}
