/** AWS's signed answer to RegisterUsage: who signed it, and that it answers this call (facts §3). */
import { constants, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { expect, test } from 'vitest'
import { readPublicKey, verifyRegistration } from '../../../container/entitlement/jwt.ts'

const pair = (modulusLength: number) => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength })
  return { privateKey, pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(), publicKey }
}
const own = pair(2048)
const other = pair(2048)
const EXPECTED = { productCode: 'metered'.padEnd(25, 'x'), nonce: 'n-1', publicKeyVersion: 1 }

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function jws(
  claims: unknown,
  key: KeyObject = own.privateKey,
  { alg = 'PS256', saltLength = 32 } = {},
): string {
  const text = `${part({ alg, typ: 'JWT' })}.${part(claims)}`
  const signature = sign('sha256', Buffer.from(text), {
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength,
  })
  return `${text}.${signature.toString('base64url')}`
}

const verified = (token: string, pem = own.pem): unknown => {
  const key = readPublicKey(pem)
  if (key === null) throw new Error('no key')
  const said = verifyRegistration(token, key, EXPECTED)
  return said.ok ? 'AWS’s' : said.error
}

const PASCAL = { ProductCode: EXPECTED.productCode, Nonce: 'n-1', PublicKeyVersion: 1 }

test.each([
  ['camelCase with iat', { ...EXPECTED, iat: 1_795_262_000 }],
  ['PascalCase', { ...PASCAL, PublicKeyRotationTimestamp: null }],
])('claims in %s are taken', (_, claims) => {
  expect(verified(jws(claims))).toBe('AWS’s')
})

test.each([1024, 3072])('a key of %i bits is taken: AWS’s own example has 1024', (bits) => {
  const key = pair(bits)
  expect(verified(jws(EXPECTED, key.privateKey), key.pem)).toBe('AWS’s')
})

test.each([
  [
    'signed by another key',
    jws(EXPECTED, other.privateKey),
    'its signature is not of the public key in this image',
  ],
  [
    'with another salt',
    jws(EXPECTED, own.privateKey, { saltLength: 20 }),
    'its signature is not of the public key in this image',
  ],
  ['with another algorithm', jws(EXPECTED, own.privateKey, { alg: 'none' }), 'it is not signed by PS256'],
  ['without a signature', `${part({ alg: 'PS256' })}.${part(EXPECTED)}.`, 'it is no signed token'],
  ['of four parts', `${jws(EXPECTED)}.x`, 'it is no signed token'],
  ['with another nonce', jws({ ...EXPECTED, nonce: 'n-2' }), 'its nonce is not what was asked for'],
  ['without a nonce', jws({ ...EXPECTED, nonce: undefined }), 'its nonce is not what was asked for'],
  [
    'of another product',
    jws({ ...EXPECTED, productCode: EXPECTED.productCode.toUpperCase() }),
    'its productCode is not what was asked for',
  ],
  [
    'of another key version',
    jws({ ...EXPECTED, publicKeyVersion: '1' }),
    'its publicKeyVersion is not what was asked for',
  ],
  ['that says one thing twice', jws({ ...EXPECTED, Nonce: 'n-2' }), 'it says one thing twice'],
])('an answer %s is not AWS’s', (_, token, expected) => {
  expect(verified(token)).toBe(expected)
})

test('what is no RSA key is none', () => {
  const { publicKey } = generateKeyPairSync('ed25519')
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  expect([readPublicKey(pem), readPublicKey('no key')]).toEqual([null, null])
})
