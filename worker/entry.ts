/** Both entries' handlers over their clocks: reads the settings once, answers 503 while they are unusable. */
import type { Hono } from 'hono'
import type { Clocks } from '../shared/clock.ts'
import { createApp, guard } from './app.ts'
import { openAws } from './identity/access.ts'
import { consumeDelivery } from './deliveries/sweep.ts'
import { describeBadSettings, readSettings, type Edge } from './env.ts'
import { logLine } from './log.ts'
import { problemResponse } from './problem.ts'
import { runScheduled } from './scheduled.ts'
import { seller } from './seller.ts'
import { isHttps } from './web.ts'

interface Opened {
  readonly edge: Edge
  readonly app: Hono
}

/** What differs between the entries. */
interface Entry {
  readonly clocks: Clocks
  readonly queueWaitSeconds: number
  /** Paces calls to AWS. */
  readonly pause?: Edge['pause']
  /** Webhooks may go to this machine (development). */
  readonly localReceivers?: true
  /** Adds routes before the first request (development). */
  readonly extend?: (opened: Opened) => void
}

type Handlers = Required<Pick<ExportedHandler<Env>, 'fetch' | 'scheduled' | 'queue'>>

/** The `fetch`, `scheduled` and `queue` of the Worker. */
export function openWorker(entry: Entry): Handlers {
  let opened: Opened | undefined

  function open(env: Env): Opened | string {
    if (opened) return opened
    const settings = readSettings(env)
    if (!settings.ok) return describeBadSettings(settings.error)
    const { clocks, queueWaitSeconds, pause } = entry
    const edge: Edge = {
      settings: settings.value,
      aws: openAws(settings.value.aws, settings.value.identities, clocks.wall),
      seller,
      clocks,
      queueWaitSeconds,
      ...(pause === undefined ? {} : { pause }),
      ...(entry.localReceivers === undefined ? {} : { localReceivers: entry.localReceivers }),
    }
    opened = { edge, app: createApp(edge) }
    entry.extend?.(opened)
    return opened
  }

  return {
    async fetch(request, env, ctx) {
      const worker = open(env)
      if (typeof worker === 'string') {
        logLine('error', 'not_configured', { detail: worker })
        const response = problemResponse({
          code: 'not-configured',
          detail: 'This service is not set up yet. Its operator finds in its log which settings are missing.',
          retryAfterSeconds: 60,
        })
        guard(response.headers, isHttps(request))
        return response
      }
      return worker.app.fetch(request, env, ctx)
    },
    async scheduled(_controller, env) {
      const worker = open(env)
      if (typeof worker === 'string') return logLine('error', 'not_configured', { detail: worker })
      await runScheduled(worker.edge)
    },
    async queue(batch, env) {
      const worker = open(env)
      if (typeof worker === 'string') return logLine('error', 'not_configured', { detail: worker })
      // One that fails comes again by itself, and else by the clock.
      for (const message of batch.messages) await consumeDelivery(worker.edge, message.body)
    },
  }
}
