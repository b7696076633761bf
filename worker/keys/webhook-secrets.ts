/** The secrets that sign webhooks: made here, kept sealed, several in force at once while a receiver changes over. */
import type { Edge } from '../env.ts'
import { logLine } from '../log.ts'
import { openSeal, type Seal } from './seal.ts'

/** Source: Standard Webhooks, "24 to 64 bytes", with the prefix `whsec_` (2026-11-21). */
const SECRET_BYTES = 32
/** More at once would only make the header of each webhook longer. */
export const IN_FORCE_MAX = 5

/** A new secret. `text` is shown once. */
export const newWebhookSecret = (): string =>
  `whsec_${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(SECRET_BYTES))))}`

const sealOf = (edge: Edge): Seal => openSeal(edge.settings.sessionSecret, 'webhook secrets')

/** Keeps a secret under its id; under an id that is there already it takes the place of what nobody was shown. */
export async function keepWebhookSecret(edge: Edge, id: string, name: string, text: string): Promise<void> {
  const sealed = await sealOf(edge).seal(text, id)
  await edge.settings.db
    .prepare(
      `INSERT INTO webhook_secrets (id, sealed, name, created_ms) VALUES (?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed`,
    )
    .bind(id, sealed, name, edge.clocks.wall())
    .run()
}

/**
 * Every secret in force as `whsec_…`, newest first: a webhook carries a signature by each. Empty: none was made. One that
 * does not open, because the session secret was changed, is left out and logged. Throws when D1 does not answer.
 */
export async function webhookSecretsInForce(edge: Edge): Promise<readonly string[]> {
  const { results } = await edge.settings.db
    .prepare(
      `SELECT id, sealed FROM webhook_secrets WHERE revoked_ms IS NULL OR revoked_ms > ?
       ORDER BY created_ms DESC, id LIMIT ?`,
    )
    .bind(edge.clocks.wall(), IN_FORCE_MAX)
    .all<{ id: string; sealed: string }>()
  const seal = sealOf(edge)
  const secrets: string[] = []
  for (const { id, sealed } of results) {
    const text = await seal.open(sealed, id)
    if (text === undefined) logLine('error', 'webhook_secret_unreadable', { id })
    else secrets.push(text)
  }
  return secrets
}
