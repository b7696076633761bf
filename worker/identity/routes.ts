/** What AWS reads to trust this Worker's tokens: who issues them, and with which keys. Public; nothing else is here. */
import { Hono } from 'hono'
import type { Edge } from '../env.ts'
import { IDENTITY } from './lender.ts'

/** Shorter than the day a key is published before it signs. Source: quality-anchors F.3, "cache 1 h". */
const CACHED = { 'cache-control': 'public, max-age=3600' }

/** `/.well-known/openid-configuration` and `/.well-known/jwks.json`. Source: OpenID Connect Discovery 1.0 §3. */
export function identityRoutes({ settings }: Edge, issuer: string): Hono {
  const routes = new Hono()
  routes.get('/openid-configuration', (c) =>
    c.json(
      {
        issuer,
        jwks_uri: `${issuer}/.well-known/jwks.json`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        scopes_supported: ['openid'],
        claims_supported: ['iss', 'sub', 'aud', 'iat', 'exp', 'jti'],
      },
      200,
      CACHED,
    ),
  )
  routes.get('/jwks.json', async (c) =>
    c.json({ keys: await settings.identities.getByName(IDENTITY).publicKeys() }, 200, CACHED),
  )
  return routes
}
