/** STS AssumeRoleWithWebIdentity with the real SDK, against an issuer on loopback: whose token opens the role, and whose does not. */
import { createServer } from 'node:http'
import { GetCallerIdentityCommand, AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { MarketplaceMeteringClient, ResolveCustomerCommand } from '@aws-sdk/client-marketplace-metering'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import type { JWK } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { NOON, SELLER } from '../market.ts'
import { signedFetch } from '../signed-fetch.ts'
import { openSimulator } from '../simulator.ts'

const ROLE = `arn:aws:iam::${SELLER}:role/tollgate-worker`
const SUBJECT = 'worker:test'

/** An issuer whose documents a test may spoil. */
async function openIssuer() {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const jwks: { keys: JWK[] } = {
    keys: [{ ...(await exportJWK(publicKey)), kid: 'one', use: 'sig', alg: 'RS256' }],
  }
  const issuer = { url: '', status: 200, named: '', jwks, privateKey }
  const server = createServer((request, response) => {
    const document =
      request.url === '/.well-known/openid-configuration'
        ? { issuer: issuer.named, jwks_uri: `${issuer.named}/.well-known/jwks.json` }
        : issuer.jwks
    response.writeHead(issuer.status, { 'content-type': 'application/json' }).end(JSON.stringify(document))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  issuer.url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  issuer.named = issuer.url
  return issuer
}

type Issuer = Awaited<ReturnType<typeof openIssuer>>

interface Changes {
  readonly claims?: Record<string, unknown>
  readonly header?: Record<string, unknown>
  readonly key?: Issuer['privateKey']
}

const seconds = () => Math.floor(Date.now() / 1000)

const tokenOf = (issuer: Issuer, { claims = {}, header = {}, key = issuer.privateKey }: Changes = {}) =>
  new SignJWT({
    iss: issuer.named,
    sub: SUBJECT,
    aud: 'sts.amazonaws.com',
    iat: seconds(),
    exp: seconds() + 300,
    ...claims,
  })
    .setProtectedHeader({ alg: 'RS256', kid: 'one', ...header })
    .sign(key)

async function open() {
  const issuer = await openIssuer()
  const trust = { issuer: issuer.named, at: issuer.url, roleArn: ROLE, subject: SUBJECT }
  const simulator = await openSimulator(NOON, [], undefined, trust)
  const sts = new STSClient({ endpoint: simulator.url, region: 'us-east-1', maxAttempts: 1 })
  const assume = (WebIdentityToken: string, more: object = {}) =>
    sts.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: ROLE,
        RoleSessionName: 'tollgate',
        WebIdentityToken,
        ...more,
      }),
    )
  const credentials = async () => {
    const { Credentials: given } = await assume(await tokenOf(issuer))
    return {
      accessKeyId: given?.AccessKeyId ?? '',
      secretAccessKey: given?.SecretAccessKey ?? '',
      sessionToken: given?.SessionToken ?? '',
    }
  }
  return { issuer, simulator, assume, credentials }
}

test('a token of the trusted issuer gives credentials that the seller’s calls are taken with (API_AssumeRoleWithWebIdentity)', async () => {
  const { issuer, simulator, assume, credentials } = await open()
  const { token, productCode } = await simulator.buyActive()
  const answer = await assume(await tokenOf(issuer), { DurationSeconds: 900 })
  const { Expiration } = answer.Credentials ?? {}
  expect(answer).toMatchObject({
    SubjectFromWebIdentityToken: SUBJECT,
    Audience: 'sts.amazonaws.com',
    AssumedRoleUser: { Arn: `arn:aws:sts::${SELLER}:assumed-role/tollgate-worker/tollgate` },
  })
  // Wall time, although business time stands at another noon.
  expect(Math.abs(Number(Expiration) - Date.now() - 900_000)).toBeLessThan(60_000)

  const settings = {
    endpoint: simulator.url,
    region: 'us-east-1',
    credentials: await credentials(),
    maxAttempts: 1,
  }
  const who = await new STSClient(settings).send(new GetCallerIdentityCommand({}))
  expect([who.Account, who.Arn]).toEqual([
    SELLER,
    `arn:aws:sts::${SELLER}:assumed-role/tollgate-worker/tollgate`,
  ])
  const resolved = await new MarketplaceMeteringClient(settings).send(
    new ResolveCustomerCommand({ RegistrationToken: token }),
  )
  expect(resolved.ProductCode).toBe(productCode)
})

test.each<[string, Changes | ((issuer: Issuer) => Promise<string> | string), string]>([
  ['another audience', { claims: { aud: 'sts.amazon.com' } }, 'InvalidIdentityToken'],
  ['no audience', { claims: { aud: undefined } }, 'InvalidIdentityToken'],
  ['another issuer', { claims: { iss: 'https://elsewhere.example' } }, 'InvalidIdentityToken'],
  [
    'the issuer with a slash',
    (issuer) => tokenOf(issuer, { claims: { iss: `${issuer.named}/` } }),
    'InvalidIdentityToken',
  ],
  ['no subject', { claims: { sub: undefined } }, 'InvalidIdentityToken'],
  ['another subject', { claims: { sub: 'worker:other' } }, 'AccessDenied'],
  ['an expiry a second ago', { claims: { exp: seconds() - 1 } }, 'ExpiredTokenException'],
  ['no expiry', { claims: { exp: undefined } }, 'InvalidIdentityToken'],
  ['no time of issue', { claims: { iat: undefined } }, 'InvalidIdentityToken'],
  [
    'a time of issue in an hour',
    { claims: { iat: seconds() + 3600, exp: seconds() + 7200 } },
    'InvalidIdentityToken',
  ],
  ['not valid before an hour from now', { claims: { nbf: seconds() + 3600 } }, 'InvalidIdentityToken'],
  ['an unknown key id', { header: { kid: 'two' } }, 'InvalidIdentityToken'],
  ['no key id', { header: { kid: undefined } }, 'InvalidIdentityToken'],
  [
    'the algorithm none',
    (issuer) =>
      new UnsecuredJWT({
        iss: issuer.named,
        sub: SUBJECT,
        aud: 'sts.amazonaws.com',
        iat: seconds(),
        exp: seconds() + 300,
      }).encode(),
    'InvalidIdentityToken',
  ],
  [
    'HS256 with the public key as the secret',
    async (issuer) =>
      new SignJWT({
        iss: issuer.named,
        sub: SUBJECT,
        aud: 'sts.amazonaws.com',
        iat: seconds(),
        exp: seconds() + 300,
      })
        .setProtectedHeader({ alg: 'HS256', kid: 'one' })
        .sign(new TextEncoder().encode(JSON.stringify(issuer.jwks.keys[0]))),
    'InvalidIdentityToken',
  ],
  [
    'the signature of another key',
    async (issuer) => tokenOf(issuer, { key: (await generateKeyPair('RS256')).privateKey }),
    'InvalidIdentityToken',
  ],
  [
    'a claim changed after signing',
    async (issuer) => {
      const [header, claims = '', signature] = (
        await tokenOf(issuer, { claims: { sub: 'worker:none' } })
      ).split('.')
      const text = Buffer.from(claims, 'base64url').toString().replace('worker:none', SUBJECT)
      return [header, Buffer.from(text).toString('base64url'), signature].join('.')
    },
    'InvalidIdentityToken',
  ],
  ['no token at all', () => 'nonsense', 'InvalidIdentityToken'],
])('a token with %s is refused', async (_, made, code) => {
  const { issuer, simulator, assume } = await open()
  const token = typeof made === 'function' ? await made(issuer) : await tokenOf(issuer, made)
  const failure: unknown = await assume(token).catch((error: unknown) => error)
  expect(failure).toMatchObject({ Code: code })
  expect(simulator.store.state.sessions).toEqual({})
})

test.each([
  ['another role', { RoleArn: `arn:aws:iam::${SELLER}:role/admin` }, 'AccessDenied'],
  ['another account’s role', { RoleArn: 'arn:aws:iam::999999999999:role/tollgate-worker' }, 'AccessDenied'],
  ['a session name with a space', { RoleSessionName: 'toll gate' }, 'ValidationError'],
  ['a day of credentials', { DurationSeconds: 86_400 }, 'ValidationError'],
])('a good token for %s is refused', async (_, more, Code) => {
  const { issuer, assume } = await open()
  await expect(assume(await tokenOf(issuer), more)).rejects.toMatchObject({ Code })
})

test('an issuer that fails or is gone is an IDPCommunicationError, which may be retried (G.2 fault 27)', async () => {
  const { issuer, simulator, assume } = await open()
  issuer.status = 503
  await expect(assume(await tokenOf(issuer))).rejects.toMatchObject({ Code: 'IDPCommunicationError' })
  issuer.status = 200
  await assume(await tokenOf(issuer))
  expect(Object.keys(simulator.store.state.sessions)).toHaveLength(1)
})

test('a discovery document that names another issuer gives no key', async () => {
  const { issuer, assume } = await open()
  const token = await tokenOf(issuer)
  issuer.named = 'https://elsewhere.example'
  await expect(assume(token)).rejects.toMatchObject({ Code: 'InvalidIdentityToken' })
})

test('two keys stand side by side while they rotate; one that was withdrawn opens nothing', async () => {
  const { issuer, assume } = await open()
  const next = await generateKeyPair('RS256')
  issuer.jwks.keys.push({ ...(await exportJWK(next.publicKey)), kid: 'two', use: 'sig' })
  const signed = () => tokenOf(issuer, { key: next.privateKey, header: { kid: 'two' } })
  await assume(await tokenOf(issuer))
  await assume(await signed())
  issuer.jwks.keys.shift()
  await expect(assume(await tokenOf(issuer))).rejects.toMatchObject({ Code: 'InvalidIdentityToken' })
  await assume(await signed())
})

test('temporary credentials need their session token, and that very one (SigV4 reference)', async () => {
  const { simulator, credentials } = await open()
  const one = await credentials()
  const other = await credentials()
  const send = async (used: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) => {
    const answer = await signedFetch(
      simulator.url,
      'AWSMPMeteringService.BatchMeterUsage',
      '{"UsageRecords":[]}',
      {
        credentials: used,
      },
    )
    return [answer.status, ((await answer.json()) as { __type?: string }).__type?.split('#')[1]]
  }
  const { sessionToken: _, ...bare } = one
  expect(await send(one)).toEqual([200, undefined])
  expect(await send(bare)).toEqual([403, 'UnrecognizedClientException'])
  expect(await send({ ...one, sessionToken: other.sessionToken })).toEqual([
    403,
    'UnrecognizedClientException',
  ])
  expect(await send({ ...one, secretAccessKey: other.secretAccessKey })).toEqual([
    403,
    'InvalidSignatureException',
  ])
})

test('temporary credentials end by wall time, wherever business time stands (design §9)', async () => {
  const { simulator, credentials } = await open()
  const used = await credentials()
  const { sessions } = simulator.store.state
  const session = sessions[used.accessKeyId]
  if (session !== undefined) sessions[used.accessKeyId] = { ...session, expiresAt: Date.now() - 1 }
  const answer = await signedFetch(
    simulator.url,
    'AWSMPMeteringService.BatchMeterUsage',
    '{"UsageRecords":[]}',
    {
      credentials: used,
    },
  )
  expect([answer.status, await answer.text()]).toEqual([
    403,
    expect.stringContaining('ExpiredTokenException'),
  ])
})

test('without a trusted issuer no token is good, and no key of this machine is asked for', async () => {
  const issuer = await openIssuer()
  const simulator = await openSimulator()
  const sts = new STSClient({ endpoint: simulator.url, region: 'us-east-1', maxAttempts: 1 })
  const command = new AssumeRoleWithWebIdentityCommand({
    RoleArn: ROLE,
    RoleSessionName: 'tollgate',
    WebIdentityToken: await tokenOf(issuer),
  })
  await expect(sts.send(command)).rejects.toMatchObject({ Code: 'InvalidIdentityToken' })
})
