/** What the API says of the routes that ask for no key: health, who the Worker is to AWS, and this description. Pure. */
import type { Paths } from './operation.ts'
import { any, list, obj, oneOf, orNull, text } from './schema.ts'

export const PUBLIC_PATHS: Paths = {
  '/health': {
    get: {
      id: 'health',
      tag: 'This service',
      says: 'Whether the database answers, and what is deployed.',
      ok: obj({
        status: oneOf(['ok', 'failing']),
        metering: oneOf(['live', 'dry'], '`dry`: AWS is told of no usage.'),
        version: orNull(text('Cloudflare’s id of what is deployed; null on one machine.')),
      }),
    },
  },
  '/openapi.json': {
    get: { id: 'openapi', tag: 'This service', says: 'This description.', ok: any() },
  },
  '/.well-known/openid-configuration': {
    get: {
      id: 'discovery',
      tag: 'This service',
      says: 'Who issues the tokens that AWS trusts (OpenID Connect Discovery). There if PUBLIC_URL is set.',
      ok: obj({
        issuer: text(),
        jwks_uri: text(),
        response_types_supported: list(text()),
        subject_types_supported: list(text()),
        id_token_signing_alg_values_supported: list(text()),
        scopes_supported: list(text()),
        claims_supported: list(text()),
      }),
    },
  },
  '/.well-known/jwks.json': {
    get: {
      id: 'keySet',
      tag: 'This service',
      says: 'The public keys of those tokens (RFC 7517).',
      ok: obj({
        keys: list(obj({ kty: text(), kid: text(), use: text(), alg: text(), n: text(), e: text() })),
      }),
    },
  },
}
