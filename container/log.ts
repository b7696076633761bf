/**
 * The container's log: one JSON object a line on stderr, for stdout is the application's own. Written before the call returns, so a
 * last line is never lost. What it knows to be secret is blotted out wherever it stands.
 */
import { writeSync } from 'node:fs'
import { pino } from 'pino'
import type { Log } from './log-port.ts'
import type { LogLevel } from './settings.ts'

export interface LogOptions {
  readonly level: LogLevel
  /** Texts that never leave the process: keys and tokens it was given or made. Empty ones are nothing. */
  readonly secrets: readonly string[]
  /** Wall time. */
  readonly now: () => number
  /** Takes one line with its end. Never throws. */
  readonly write: (line: string) => void
}

/** Members by which credentials travel; whatever they hold is blotted out. */
const HIDDEN = [
  'authorization',
  'key',
  'token',
  'password',
  'secretAccessKey',
  'sessionToken',
  'clientToken',
  'signature',
]
const CENSOR = '[secret]'

export function createLog({ level, secrets, now, write }: LogOptions): Log {
  const known = secrets.filter((secret) => secret.length > 0)
  const destination = {
    write: (line: string) =>
      write(
        known.reduce((text, secret) => text.replaceAll(JSON.stringify(secret).slice(1, -1), CENSOR), line),
      ),
  }
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'event',
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: HIDDEN.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: CENSOR },
    },
    destination,
  )
  return {
    info: (event, detail) => logger.info(detail ?? {}, event),
    warn: (event, detail) => logger.warn(detail ?? {}, event),
    error: (event, detail) => logger.error(detail ?? {}, event),
  }
}

/** Writes to a file descriptor at once; a pipe that nobody reads loses the line and nothing else. */
export const writeTo =
  (fd: 1 | 2): ((line: string) => void) =>
  (line) => {
    const bytes = Buffer.from(line)
    let at = 0
    for (let tries = 0; at < bytes.length && tries < 100; tries += 1) {
      try {
        at += writeSync(fd, bytes, at)
      } catch (thrown) {
        const full = thrown instanceof Error && 'code' in thrown && thrown.code === 'EAGAIN'
        if (!full) return
      }
    }
  }
