/**
 * Every key of this deployment that an operator makes and ends: of applications, of webhooks, of the Worker's identity. A
 * secret is in the answer to the act that made it, once, and kept as a hash or sealed.
 */
import { HOUR_MS } from '../../shared/hour.ts'
import type { KeyRow } from '../../shared/operator/wire.ts'
import { sha256Hex } from '../../shared/sha256.ts'
import { KEY_BYTES, mintKey } from '../../shared/usage/key.ts'
import type { Edge } from '../env.ts'
import { IDENTITY } from '../identity/lender.ts'
import type { Done } from '../audit/audited.ts'
import { IN_FORCE_MAX, keepWebhookSecret, newWebhookSecret } from '../keys/webhook-secrets.ts'

/** What is made: for whom, and for an application which products it may see; null: all. */
export interface NewKey {
  readonly kind: 'api' | 'webhook'
  readonly name: string
  readonly products: readonly string[] | null
}

/** All keys, those that ended too. */
export async function listKeys(edge: Edge): Promise<readonly KeyRow[]> {
  const { db, identities } = edge.settings
  const stored = async (kind: 'api' | 'webhook', table: string, products: string): Promise<KeyRow[]> => {
    const { results } = await db
      .prepare(
        `SELECT id, name, ${products} AS products, created_ms AS madeMs, revoked_ms AS endsMs FROM ${table}
         ORDER BY created_ms, id`,
      )
      .all<{ id: string; name: string; products: string | null; madeMs: number; endsMs: number | null }>()
    return results.map((row) => ({
      ...row,
      kind,
      products: row.products === null ? null : (JSON.parse(row.products) as string[]),
      signs: null,
    }))
  }
  const [api, webhook, identity] = await Promise.all([
    stored('api', 'api_keys', 'products'),
    stored('webhook', 'webhook_secrets', 'NULL'),
    edge.settings.publicUrl === undefined ? [] : identities.getByName(IDENTITY).keyLines(),
  ])
  return [
    ...api,
    ...webhook,
    ...identity.map(({ kid, publishedMs, signs }) => ({
      kind: 'identity' as const,
      id: kid,
      name: 'signs what AWS trusts',
      products: null,
      madeMs: publishedMs,
      endsMs: null,
      signs,
    })),
  ]
}

/** The id of what an act makes: given again, the act makes the same one, and its secret takes the place of the unseen one. */
const idOf = async (kind: NewKey['kind'], act: string): Promise<string> =>
  `${kind === 'api' ? 'key' : 'whs'}_${(await sha256Hex(`${kind}|${act}`)).slice(0, 22)}`

/** Makes a key. */
export async function createKey(edge: Edge, act: string, made: NewKey): Promise<Done> {
  const { db } = edge.settings
  const id = await idOf(made.kind, act)
  if (made.kind === 'webhook') {
    const others = await db
      .prepare(
        'SELECT count(*) AS n FROM webhook_secrets WHERE (revoked_ms IS NULL OR revoked_ms > ?) AND id <> ?',
      )
      .bind(edge.clocks.wall(), id)
      .first<{ n: number }>()
    if ((others?.n ?? 0) >= IN_FORCE_MAX)
      return no(
        'not-allowed',
        `${IN_FORCE_MAX} webhook secrets are in force. Revoke one that nobody verifies with any more.`,
      )
    const text = newWebhookSecret()
    await keepWebhookSecret(edge, id, made.name, text)
    return done(
      `The webhook secret ${id} was made. It signs every webhook from now on.`,
      { key: id },
      { secret: text },
    )
  }
  const { text, sha256 } = await mintKey(crypto.getRandomValues(new Uint8Array(KEY_BYTES)))
  await db
    .prepare(
      `INSERT INTO api_keys (id, sha256, name, products, created_ms) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET sha256 = excluded.sha256`,
    )
    .bind(id, sha256, made.name, made.products && JSON.stringify(made.products), edge.clocks.wall())
    .run()
  const may = made.products === null ? 'every product' : made.products.join(', ')
  return done(`The API key ${id} was made. It may see and report for ${may}.`, { key: id }, { secret: text })
}

const STORED = {
  key: { table: 'api_keys', kind: 'api', what: 'API key' },
  whs: { table: 'webhook_secrets', kind: 'webhook', what: 'webhook secret' },
} as const

interface Kept {
  readonly name: string
  readonly products: string | null
  readonly revoked_ms: number | null
}

const storedOf = (id: string) => STORED[id.startsWith('whs_') ? 'whs' : 'key']

const find = (edge: Edge, id: string): Promise<Kept | null> => {
  const { table } = storedOf(id)
  const products = table === 'api_keys' ? 'products' : 'NULL AS products'
  return edge.settings.db
    .prepare(`SELECT name, ${products}, revoked_ms FROM ${table} WHERE id = ?`)
    .bind(id)
    .first<Kept>()
}

/** Ends a key at `atMs`, wall time; one that ends sooner already stays so. */
const endAt = (edge: Edge, id: string, atMs: number) =>
  edge.settings.db
    .prepare(`UPDATE ${storedOf(id).table} SET revoked_ms = min(coalesce(revoked_ms, ?1), ?1) WHERE id = ?2`)
    .bind(atMs, id)
    .run()

/** Makes a successor of the same name and products; the old one goes on for `overlapHours`. `identity`: the signing key. */
export async function rotateKey(edge: Edge, act: string, id: string, overlapHours: number): Promise<Done> {
  if (id === 'identity') {
    const kid = await edge.settings.identities.getByName(IDENTITY).rotate()
    return done(
      `The key ${kid} is published and signs in a day; the one before is listed two hours longer.`,
      { key: kid },
    )
  }
  const kept = await find(edge, id)
  const now = edge.clocks.wall()
  if (kept === null) return NOT_FOUND
  if (kept.revoked_ms !== null && kept.revoked_ms <= now)
    return no('not-allowed', `${id} has ended. Make a new one with \`npm run keys -- create\`.`)
  const { kind, what } = storedOf(id)
  const products = kept.products === null ? null : (JSON.parse(kept.products) as string[])
  const made = await createKey(edge, act, { kind, name: kept.name, products })
  if ('again' in made || made.refused !== null) return made
  const ends = now + overlapHours * HOUR_MS
  await endAt(edge, id, ends)
  return {
    ...made,
    sentence: `${made.sentence} The ${what} ${id} goes on until ${new Date(ends).toISOString()}.`,
  }
}

/** Ends a key now: its next use is refused. A signing key is listed no more, and what was exchanged by it is forgotten. */
export async function revokeKey(edge: Edge, id: string): Promise<Done> {
  if (!/^(key|whs)_/.test(id)) {
    const gone = await edge.settings.identities.getByName(IDENTITY).revoke(id)
    return gone
      ? done(
          `The key ${id} signs no more and is listed no more. AWS takes its tokens for no more than five minutes, and what a thief exchanged them for until you revoke the role's sessions in IAM.`,
          { key: id },
        )
      : NOT_FOUND
  }
  if ((await find(edge, id)) === null) return NOT_FOUND
  await endAt(edge, id, edge.clocks.wall())
  return done(`The ${storedOf(id).what} ${id} was revoked. Its next use is refused.`, { key: id })
}

const done = (sentence: string, detail: object, shown: object = {}): Done => ({
  sentence,
  value: null,
  refused: null,
  detail,
  shown,
})

const no = (refused: 'not-found' | 'not-allowed', sentence: string): Done => ({
  sentence,
  value: null,
  refused,
  detail: {},
})

const NOT_FOUND = no('not-found', 'There is no such key. `npm run keys -- list` shows those there are.')
