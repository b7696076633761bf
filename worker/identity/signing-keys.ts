/**
 * The keys the Worker's identity signs with: made here, kept in the object's own SQLite, in rotation. The private half is
 * in no answer of this file but the `CryptoKey` that signs, which cannot be exported. Knows no clock: wall time is handed in.
 */
import { HOUR_MS } from '../../shared/hour.ts'
import type { Sql } from '../../shared/sql.ts'
import { encodeBase64Url } from '../web.ts'

const DAY_MS = 24 * HOUR_MS
/** A key is published so long before it signs: whoever keeps the list of keys for an hour, or a day, has it by then. */
export const PUBLISHED_BEFORE_MS = DAY_MS
/** So long a key signs. */
export const SIGNS_MS = 30 * DAY_MS
/** So long it stays in the list behind its last signature; its tokens live five minutes. */
export const LISTED_AFTER_MS = 2 * HOUR_MS

const ALGORITHM = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const

/** A public key as the list of keys has it. Source: RFC 7517. */
export interface PublicKey {
  readonly kty: 'RSA'
  readonly use: 'sig'
  readonly alg: 'RS256'
  readonly kid: string
  readonly n: string
  readonly e: string
}

/** A key as an operator sees it. Times are wall time. */
export interface KeyLine {
  readonly kid: string
  readonly publishedMs: number
  readonly signs: boolean
}

export interface SigningKeys {
  /** Makes what is missing and forgets what is over. Call it before anything else; again and again changes nothing. */
  tend(now: number): Promise<void>
  /** All that may be met in a token now, the newest first. */
  listed(): readonly PublicKey[]
  lines(now: number): readonly KeyLine[]
  sign(now: number, header: object, claims: object): Promise<string>
  /** Publishes the next key now, if none waits; it signs a day later. Its id. */
  rotate(now: number): Promise<string>
  /** Forgets a key at once; false: there is none of this id. The next signs at once, or one is made that does. */
  revoke(kid: string, now: number): Promise<boolean>
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS keys (
  kid TEXT PRIMARY KEY,
  private TEXT NOT NULL,
  public TEXT NOT NULL,
  published_ms INTEGER NOT NULL
) STRICT;
`

type Row = { kid: string; public: string; published_ms: number }

/** Opens the keys in `sql`, laying their table when there is none. */
export function openSigningKeys(sql: Sql): SigningKeys {
  sql.script(SCHEMA)
  let signing: { readonly kid: string; readonly key: CryptoKey } | undefined
  let making: Promise<string> | undefined

  const rows = (): Row[] => sql.all<Row>('SELECT kid, public, published_ms FROM keys ORDER BY rowid')

  /** One at a time: two calls that find a key missing make one. */
  const make = (now: number): Promise<string> =>
    (making ??= makeKey().then(({ kid, jwk, listed }) => {
      sql.all(
        'INSERT INTO keys (kid, private, public, published_ms) VALUES (?, ?, ?, ?)',
        kid,
        JSON.stringify(jwk),
        JSON.stringify(listed),
        now,
      )
      return kid
    })).finally(() => {
      making = undefined
    })

  async function tend(now: number): Promise<void> {
    const all = rows()
    const at = signerAt(all, now)
    if (at === -1 || (at === all.length - 1 && now >= sinceOf(all, at) + SIGNS_MS - PUBLISHED_BEFORE_MS))
      await make(now)
    const kept = rows()
    const signer = signerAt(kept, now)
    if (signer < 1 || now < sinceOf(kept, signer) + LISTED_AFTER_MS) return
    for (const { kid } of kept.slice(0, signer)) sql.all('DELETE FROM keys WHERE kid = ?', kid)
  }

  async function signer(now: number): Promise<{ readonly kid: string; readonly key: CryptoKey }> {
    await tend(now)
    const all = rows()
    const kid = all[signerAt(all, now)]?.kid ?? ''
    if (signing?.kid !== kid) {
      const kept = sql.all<{ private: string }>('SELECT private FROM keys WHERE kid = ?', kid)[0]
      const jwk = JSON.parse(kept?.private ?? '{}') as JsonWebKey
      signing = { kid, key: await crypto.subtle.importKey('jwk', jwk, ALGORITHM, false, ['sign']) }
    }
    return signing
  }

  return {
    tend,
    listed: () =>
      rows()
        .map((row) => JSON.parse(row.public) as PublicKey)
        .toReversed(),
    lines(now) {
      const all = rows()
      const at = signerAt(all, now)
      return all.map(({ kid, published_ms }, n) => ({ kid, publishedMs: published_ms, signs: n === at }))
    },
    async sign(now, header, claims) {
      const { kid, key } = await signer(now)
      const text = `${partOf({ ...header, alg: 'RS256', kid })}.${partOf(claims)}`
      const made = await crypto.subtle.sign(ALGORITHM, key, new TextEncoder().encode(text))
      return `${text}.${encodeBase64Url(new Uint8Array(made))}`
    },
    async rotate(now) {
      await tend(now)
      const all = rows()
      const waiting = all.slice(signerAt(all, now) + 1).at(-1)
      return waiting?.kid ?? make(now)
    },
    async revoke(kid, now) {
      const gone = sql.all('DELETE FROM keys WHERE kid = ? RETURNING kid', kid).length > 0
      if (signing?.kid === kid) signing = undefined
      await tend(now)
      return gone
    },
  }
}

/** The newest that was published long enough ago, else the oldest there is; -1: there is none. */
function signerAt(all: readonly Row[], now: number): number {
  const at = all.findLastIndex(({ published_ms }) => published_ms + PUBLISHED_BEFORE_MS <= now)
  return at === -1 ? Math.min(0, all.length - 1) : at
}

/** When the key at `at` began to sign: a day behind its publication; the first there was, at once. */
const sinceOf = (all: readonly Row[], at: number): number =>
  (all[at]?.published_ms ?? 0) + (at === 0 ? 0 : PUBLISHED_BEFORE_MS)

async function makeKey(): Promise<{ kid: string; jwk: JsonWebKey; listed: PublicKey }> {
  const pair = (await crypto.subtle.generateKey(
    { ...ALGORITHM, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ['sign', 'verify'],
  )) as CryptoKeyPair
  const jwk = (await crypto.subtle.exportKey('jwk', pair.privateKey)) as JsonWebKey
  const { n = '', e = '' } = jwk
  const kid = await thumbprint(n, e)
  return { kid, jwk, listed: { kty: 'RSA', use: 'sig', alg: 'RS256', kid, n, e } }
}

/** A key's name is made of the key: no two have the same. Source: RFC 7638. */
async function thumbprint(n: string, e: string): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify({ e, kty: 'RSA', n }))
  return encodeBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}

const partOf = (value: object): string => encodeBase64Url(new TextEncoder().encode(JSON.stringify(value)))
