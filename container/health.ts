/**
 * The image's health command: `node health.mjs [URL]`. Exit 0 while the container lives and, once its application was
 * started, while URL answers 2xx; else 1 with a line. A container that waits for AWS is healthy. Asks loopback only.
 */
import { DEFAULT_PORT } from './settings.ts'

const ASK_WITHIN_MS = 3_000

/** The answer's status; null: nobody answered in time. */
async function ask(url: string): Promise<number | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ASK_WITHIN_MS), redirect: 'manual' })
    await answer.body?.cancel()
    return answer.status
  } catch {
    return null
  }
}

/** Why it is not healthy; null: it is. */
async function whyNot(own: string, application: string | undefined): Promise<string | null> {
  const lives = await ask(`${own}/livez`)
  if (lives !== 200) return `${own}/livez answers ${lives ?? 'nothing'}`
  if (application === undefined || (await ask(`${own}/readyz`)) !== 200) return null
  const served = await ask(application)
  const well = served !== null && served >= 200 && served < 300
  return well ? null : `${application} answers ${served ?? 'nothing'}`
}

// Kubernetes writes an address into it where a Service of the namespace is called `tollgate`: that is no setting.
const given = process.env.TOLLGATE_PORT?.trim() ?? ''
const port = /^\d+$/.test(given) ? given : DEFAULT_PORT
const why = await whyNot(`http://127.0.0.1:${port}`, process.argv[2])
if (why !== null) console.error(`not healthy: ${why}`)
process.exitCode = why === null ? 0 : 1
