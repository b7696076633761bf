/** Identity tokens that must not open the role: each is made from a good one, and differs in what its name says. */
import { createHmac, createPublicKey } from 'node:crypto'
import { exportJWK, exportSPKI, generateKeyPair, importJWK, SignJWT } from 'jose'
import type { CryptoKey, JWK } from 'jose'

const ISSUER = 'https://tollgate.example'
const SUBJECT = 'worker:test'
export const NOW = Date.parse('2026-11-21T12:00:00Z')
const S = NOW / 1000
const GOOD = { iss: ISSUER, sub: SUBJECT, aud: 'sts.amazonaws.com', iat: S, exp: S + 300, jti: 'j1' }

const listed = await generateKeyPair('RS256', { extractable: true })
const unlisted = await generateKeyPair('RS256', { extractable: true })
const curve = await generateKeyPair('ES256', { extractable: true })
const jwkOf = async (key: CryptoKey, more: object): Promise<JWK> => ({ ...(await exportJWK(key)), ...more })

export const trust = { issuer: ISSUER, roleArn: 'arn:aws:iam::111122223333:role/tollgate', subject: SUBJECT }
export const JWKS: { keys: JWK[] } = {
  keys: [
    await jwkOf(listed.publicKey, { kid: 'one', use: 'sig', alg: 'RS256' }),
    await jwkOf(unlisted.publicKey, { kid: 'sealing', use: 'enc' }),
    await jwkOf(curve.publicKey, { kid: 'curve', use: 'sig' }),
    { kty: 'oct', kid: 'oct', use: 'sig', k: Buffer.from('x'.repeat(32)).toString('base64url') },
  ],
}
const SPKI = await exportSPKI(listed.publicKey)
const PKCS1 = createPublicKey(SPKI).export({ type: 'pkcs1', format: 'pem' }).toString()

interface Change {
  readonly claims?: Record<string, unknown>
  readonly header?: Record<string, unknown>
  readonly key?: CryptoKey
}
const sign = ({ claims = {}, header = {}, key = listed.privateKey }: Change = {}): Promise<string> =>
  new SignJWT({ ...GOOD, ...claims }).setProtectedHeader({ alg: 'RS256', kid: 'one', ...header }).sign(key)

export const goodToken = (): Promise<string> => sign()

const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
/** Header and claims as they are given, under whatever stands for a signature. */
const raw = (header: unknown, claims: unknown = GOOD, signature = ''): string =>
  `${part(header)}.${part(claims)}.${signature}`
const hmac = (alg: string, secret: string): string => {
  const text = `${part({ alg, kid: 'one' })}.${part(GOOD)}`
  return `${text}.${createHmac(`sha${alg.slice(2)}`, secret)
    .update(text)
    .digest('base64url')}`
}
const parts = async () => {
  const [head = '', body = '', signature = ''] = (await goodToken()).split('.')
  return { head, body, signature }
}
const flip = (text: string, at: number): string =>
  text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
const claims = (changed: Record<string, unknown>) => () => sign({ claims: changed })
const header = (changed: Record<string, unknown>, key?: CryptoKey) => () =>
  sign({ header: changed, ...(key === undefined ? {} : { key }) })

export const TOKENS: readonly (readonly [string, () => string | Promise<string>])[] = [
  ['alg none without a signature', () => raw({ alg: 'none', kid: 'one' })],
  ['alg None', () => raw({ alg: 'None', kid: 'one' })],
  ['alg NONE', () => raw({ alg: 'NONE', kid: 'one' })],
  [
    'alg none under a good signature',
    async () => raw({ alg: 'none', kid: 'one' }, GOOD, (await parts()).signature),
  ],
  ['no alg', () => raw({ kid: 'one' })],
  ['alg empty', () => raw({ alg: '', kid: 'one' })],
  ['alg a list', () => raw({ alg: ['RS256'], kid: 'one' })],
  [
    'alg rs256 in small letters',
    async () => raw({ alg: 'rs256', kid: 'one' }, GOOD, (await parts()).signature),
  ],
  ['HS256 under the public key as PEM', () => hmac('HS256', SPKI)],
  ['HS256 under the public key as PKCS 1', () => hmac('HS256', PKCS1)],
  ['HS256 under the modulus', () => hmac('HS256', String(JWKS.keys[0]?.n))],
  ['HS384 under the public key', () => hmac('HS384', SPKI)],
  ['HS512 under the public key', () => hmac('HS512', SPKI)],
  ['HS256 under nothing', () => hmac('HS256', '')],
  [
    'HS256 by a listed symmetric key',
    async () =>
      new SignJWT(GOOD).setProtectedHeader({ alg: 'HS256', kid: 'oct' }).sign(Buffer.from('x'.repeat(32))),
  ],
  ['ES256 by a listed curve', header({ alg: 'ES256', kid: 'curve' }, curve.privateKey)],
  [
    'PS256 by the listed key',
    async () =>
      sign({
        header: { alg: 'PS256' },
        key: (await importJWK(await exportJWK(listed.privateKey), 'PS256')) as CryptoKey,
      }),
  ],
  [
    'RS512 by the listed key',
    async () =>
      sign({
        header: { alg: 'RS512' },
        key: (await importJWK(await exportJWK(listed.privateKey), 'RS512')) as CryptoKey,
      }),
  ],
  ['another key under a listed kid', header({}, unlisted.privateKey)],
  ['an unknown kid', header({ kid: 'two' })],
  ['no kid', header({ kid: undefined })],
  ['an empty kid', header({ kid: '' })],
  ['the kid in capitals', header({ kid: 'ONE' })],
  ['a kid with a path', header({ kid: '../one' })],
  ['a kid that is a list', async () => raw({ alg: 'RS256', kid: ['one'] }, GOOD, (await parts()).signature)],
  ['the kid of a key for sealing', header({ kid: 'sealing' }, unlisted.privateKey)],
  [
    'its own key in the header',
    async () =>
      sign({ header: { kid: 'mine', jwk: await exportJWK(unlisted.publicKey) }, key: unlisted.privateKey }),
  ],
  [
    'its own list of keys in the header',
    header({ kid: 'mine', jku: 'https://evil.example/jwks.json' }, unlisted.privateKey),
  ],
  [
    'a certificate’s address in the header',
    header({ kid: 'mine', x5u: 'https://evil.example/cert.pem' }, unlisted.privateKey),
  ],
  [
    'an unknown critical header',
    async () => {
      const { body, signature } = await parts()
      return `${part({ alg: 'RS256', kid: 'one', crit: ['exp2'], exp2: 1 })}.${body}.${signature}`
    },
  ],
  ['another issuer', claims({ iss: 'https://evil.example' })],
  ['the issuer with a slash', claims({ iss: `${ISSUER}/` })],
  ['the issuer over http', claims({ iss: 'http://tollgate.example' })],
  ['the issuer in capitals', claims({ iss: 'https://TOLLGATE.example' })],
  ['the issuer as a prefix of a host', claims({ iss: `${ISSUER}.evil.example` })],
  ['no issuer', claims({ iss: undefined })],
  ['the issuer in a list', claims({ iss: [ISSUER] })],
  ['another audience', claims({ aud: 'sts.amazon.com' })],
  ['the audience in capitals', claims({ aud: 'STS.amazonaws.com' })],
  ['no audience', claims({ aud: undefined })],
  ['an empty list of audiences', claims({ aud: [] })],
  ['another subject', claims({ sub: 'worker:other' })],
  ['the subject and more', claims({ sub: `${SUBJECT}2` })],
  ['the subject in capitals', claims({ sub: SUBJECT.toUpperCase() })],
  ['a wildcard as subject', claims({ sub: '*' })],
  ['no subject', claims({ sub: undefined })],
  ['an empty subject', claims({ sub: '' })],
  ['expired this second', claims({ exp: S })],
  ['expired an hour ago', claims({ iat: S - 7200, exp: S - 3600 })],
  ['no expiry', claims({ exp: undefined })],
  ['an expiry that is text', claims({ exp: String(S + 300) })],
  ['issued in ten minutes', claims({ iat: S + 600, exp: S + 900 })],
  ['no time of issue', claims({ iat: undefined })],
  ['not valid before an hour from now', claims({ nbf: S + 3600 })],
  [
    'a letter of the claims changed',
    async () => {
      const { head, body, signature } = await parts()
      return `${head}.${flip(body, 20)}.${signature}`
    },
  ],
  [
    'the claims of another token under its signature',
    async () => {
      const { head, signature } = await parts()
      return `${head}.${part({ ...GOOD, exp: S + 9_000 })}.${signature}`
    },
  ],
  [
    'a letter of the signature changed',
    async () => {
      const { head, body, signature } = await parts()
      return `${head}.${body}.${flip(signature, 30)}`
    },
  ],
  ['a signature cut short', async () => (await goodToken()).slice(0, -8)],
  [
    'an empty signature',
    async () => {
      const { head, body } = await parts()
      return `${head}.${body}.`
    },
  ],
  [
    'a signature of zeros',
    async () => {
      const { head, body } = await parts()
      return `${head}.${body}.${'A'.repeat(342)}`
    },
  ],
  ['two parts', async () => (await goodToken()).split('.').slice(0, 2).join('.')],
  ['four parts', async () => `${await goodToken()}.AAAA`],
  ['five parts, as if encrypted', async () => `${await goodToken()}.AAAA.AAAA`],
  [
    'a header that is no JSON',
    async () => `${part('{')}.${(await goodToken()).split('.').slice(1).join('.')}`,
  ],
  ['claims that are a list', () => raw({ alg: 'RS256', kid: 'one' }, [GOOD], 'AAAA')],
  ['a line break in the middle', async () => (await goodToken()).replace('.', '.\n')],
  ['a NUL in the middle', async () => (await goodToken()).replace('.', '.\0')],
  ['the word Bearer before it', async () => `Bearer ${await goodToken()}`],
  ['nothing', () => ''],
  ['over twenty thousand letters', async () => `${await goodToken()}${'A'.repeat(20_000)}`],
]
