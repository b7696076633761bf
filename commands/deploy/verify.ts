/** Whether a version that takes requests is well: its name, its health, its work. */
import { attachDomain, type Address } from './address.ts'
import { awaitHealth } from './health.ts'
import { smoke } from './smoke.ts'
import type { Uploaded } from './upload.ts'
import type { Work } from './work.ts'

const FIRST_HEALTH_MS = 300_000
const LATER_HEALTH_MS = 120_000

export interface Uploading {
  readonly worker: string
  readonly address: Address
  readonly deployKey: string
  /** A new name and its certificate take their time. */
  readonly isFirst: boolean
}

/** What is wrong with it, in words without a stop; null: nothing. */
export async function wrongWith(
  { given, outputs, seller, cloudflare, migrations, clock, say }: Work,
  { version, trouble }: Uploaded,
  { worker, address, deployKey, isFirst }: Uploading,
): Promise<string | null> {
  const { publicUrl } = outputs.edge
  if (trouble !== null) return `Version ${version} took requests, and then wrangler failed: ${trouble}`
  if (address.kind === 'domain' && !address.attached) {
    const attached = await attachDomain(cloudflare, address, worker)
    if (!attached.ok) return withoutStop(attached.error.sentence)
    say(`custom domain ${address.host}: made`)
  }

  const limitMs = given.healthSeconds === undefined ? undefined : given.healthSeconds * 1_000
  const patienceMs = limitMs ?? (isFirst ? FIRST_HEALTH_MS : LATER_HEALTH_MS)
  const healthy = await awaitHealth(publicUrl, version, patienceMs, clock)
  if (!healthy.ok) return `Version ${version} did not become healthy: ${withoutStop(healthy.error)}`
  say(`healthy: ${publicUrl}/health says version ${version}`)

  const last = migrations.at(-1)
  const details = { metering: outputs.metering, ...(last === undefined ? {} : { database: last }) }
  const checked = await smoke(publicUrl, { deployKey, landing: seller.landing, details }, clock)
  if (!checked.ok)
    return `Version ${version} is healthy and does not do its work: ${withoutStop(checked.error)}`
  say(`checked: ${checked.value.join(', ')}`)
  return null
}

const withoutStop = (sentence: string): string => sentence.replace(/\.$/, '')
