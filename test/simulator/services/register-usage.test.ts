/** RegisterUsage with the real SDK under a task's own credentials: the signature, its key, and the hours on the bill. */
import { constants, createPublicKey, verify } from 'node:crypto'
import { RegisterUsageCommand } from '@aws-sdk/client-marketplace-metering'
import type { RegisterUsageCommandInput } from '@aws-sdk/client-marketplace-metering'
import { expect, test } from 'vitest'
import type { Knobs } from '../../../simulator/marketplace/knobs.ts'
import { HOUR_MS, NOON } from '../market.ts'
import type { RunTask } from '../simulator.ts'
import { BUYER_CREDENTIALS, openSimulator } from '../simulator.ts'
import { meteringOf, nameOfFailure } from '../tasks.ts'

const CODE = 'hourly'.padEnd(25, 'x')

async function open(knobs: Partial<Knobs> = {}, region = 'us-east-1') {
  const simulator = await openSimulator()
  await simulator.store.run({ kind: 'set_knobs', knobs })
  const agreement = await simulator.buyActive('hourly')
  const task = await simulator.runTask('ecs', { product: 'hourly', region })
  const registerOf = async (of: RunTask, more: object = {}) => {
    const client = await meteringOf(simulator, of, more)
    return (given: Partial<RegisterUsageCommandInput> = {}) =>
      client.send(new RegisterUsageCommand({ ProductCode: CODE, PublicKeyVersion: 1, Nonce: 'n', ...given }))
  }
  const publicKey = async (query = '') => {
    const answer = await fetch(`${simulator.url}/products/hourly/public-key.pem${query}`)
    return { pem: await answer.text(), version: answer.headers.get('x-public-key-version') }
  }
  return { ...simulator, agreement, task, register: await registerOf(task), registerOf, publicKey }
}

/** The claims of a compact JWT; undefined when the key did not sign it. */
function claimsOf(jwt: string | undefined, pem: string): unknown {
  const [header = '', payload = '', signature = ''] = (jwt ?? '').split('.')
  expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'PS256', typ: 'JWT' })
  const key = {
    key: createPublicKey(pem),
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  }
  const isSigned = verify(
    'sha256',
    Buffer.from(`${header}.${payload}`),
    key,
    Buffer.from(signature, 'base64url'),
  )
  return isSigned ? JSON.parse(Buffer.from(payload, 'base64url').toString()) : undefined
}

test('the signature is a JWT by PS256 with the nonce in it, and the product’s public key verifies it (facts §3)', async () => {
  const { register, publicKey } = await open()
  const { Signature, PublicKeyRotationTimestamp } = await register({ Nonce: 'one of mine' })
  const { pem, version } = await publicKey()
  expect(claimsOf(Signature, pem)).toEqual({
    productCode: CODE,
    publicKeyVersion: 1,
    nonce: 'one of mine',
    iat: expect.any(Number),
  })
  expect([version, PublicKeyRotationTimestamp]).toEqual(['1', undefined])
})

test('with the knob the claims are in PascalCase, as the API reference has them, without iat', async () => {
  const { register, publicKey } = await open({ registerClaims: 'PascalCase' })
  const { pem } = await publicKey()
  expect(claimsOf((await register()).Signature, pem)).toEqual({
    ProductCode: CODE,
    PublicKeyVersion: 1,
    Nonce: 'n',
    PublicKeyRotationTimestamp: null,
  })
})

test.each(['1024', '4096'] as const)('with the knob the key has %s bits (facts §3, sizes)', async (bits) => {
  const { register, publicKey } = await open({ registerKeyBits: bits })
  const { pem } = await publicKey()
  expect(claimsOf((await register()).Signature, pem)).toMatchObject({ productCode: CODE })
  expect(createPublicKey(pem).asymmetricKeyDetails?.modulusLength).toBe(Number(bits))
})

test('each product has a key of its own, and keeps it', async () => {
  const { publicKey, url } = await open()
  const { pem } = await publicKey()
  expect((await publicKey()).pem).toBe(pem)
  expect(await (await fetch(`${url}/products/metered/public-key.pem`)).text()).not.toBe(pem)
  expect((await fetch(`${url}/products/usage/public-key.pem`)).status).toBe(404)
})

test('a retired version still signs, and only then says when it was retired; a version to come is refused', async () => {
  const { register, publicKey, store } = await open()
  const { pem: before } = await publicKey()
  expect(await nameOfFailure(register({ PublicKeyVersion: 2 }))).toBe('InvalidPublicKeyVersionException')
  await store.run({ kind: 'rotate_key', product: 'hourly' })
  const old = await register()
  expect(old.PublicKeyRotationTimestamp).toEqual(new Date(NOON))
  expect(claimsOf(old.Signature, before)).toMatchObject({ publicKeyVersion: 1 })
  const now = await register({ PublicKeyVersion: 2 })
  expect(now.PublicKeyRotationTimestamp).toBeUndefined()
  const { pem, version } = await publicKey()
  expect([version, claimsOf(now.Signature, pem)]).toEqual([
    '2',
    expect.objectContaining({ publicKeyVersion: 2 }),
  ])
  expect(claimsOf(now.Signature, before)).toBeUndefined()
  expect((await publicKey('?version=1')).pem).toBe(before)
})

test.each([
  ['another product’s code', { ProductCode: 'usage'.repeat(5) }, 'InvalidProductCodeException'],
  ['a version below 1', { PublicKeyVersion: 0 }, 'ValidationException'],
  ['a nonce of 256 characters', { Nonce: 'n'.repeat(256) }, 'ValidationException'],
])('%s is refused as AWS names it (API_RegisterUsage)', async (_, given, expected) => {
  const { register } = await open()
  expect(await nameOfFailure(register(given))).toBe(expected)
})

test('without a task it is a PlatformNotSupportedException, in the words seen at AWS (aws-sdk-cpp#1538)', async () => {
  const { registerOf, task } = await open()
  const register = await registerOf(task, { credentials: BUYER_CREDENTIALS })
  await expect(register()).rejects.toMatchObject({
    name: 'PlatformNotSupportedException',
    message: 'This operation can only be called from within an ECS task or an EKS pod',
  })
})

test('another Region than the task’s own is an InvalidRegionException, and so is one it is not offered in', async () => {
  const { registerOf, task, runTask } = await open()
  expect(await nameOfFailure((await registerOf(task, { region: 'eu-west-1' }))())).toBe(
    'InvalidRegionException',
  )
  const far = await runTask('ecs', { region: 'us-gov-west-1' })
  expect(await nameOfFailure((await registerOf(far))())).toBe('InvalidRegionException')
  const near = await runTask('eks', { region: 'eu-west-1' })
  expect(await nameOfFailure((await registerOf(near))())).toBe('accepted')
})

test('only the first call of a task is refused: after a cancellation running tasks go on and new ones do not start', async () => {
  const { register, registerOf, runTask, store, agreement } = await open()
  await register()
  await store.run({ kind: 'cancel', agreementId: agreement.id, by: 'buyer' })
  await store.run({ kind: 'set_business_time', now: NOON + HOUR_MS })
  await store.run({ kind: 'release_due' })
  expect(await nameOfFailure(register())).toBe('accepted')
  expect(await nameOfFailure((await registerOf(await runTask('ecs')))())).toBe('CustomerNotEntitledException')
})

test('six calls at once: five are answered and one is a ThrottlingException (metering-service-quotas)', async () => {
  const { register } = await open()
  const names = await Promise.all(Array.from({ length: 6 }, () => nameOfFailure(register())))
  expect(names.filter((name) => name === 'ThrottlingException')).toHaveLength(1)
})
