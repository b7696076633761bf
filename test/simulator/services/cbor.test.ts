/** GetEntitlements by Smithy RPC v2 CBOR, as the SDKs for Go, Java and .NET send it; here the JavaScript SDK made to. */
import {
  GetEntitlementsCommand,
  InvalidParameterException,
  MarketplaceEntitlementServiceClient,
} from '@aws-sdk/client-marketplace-entitlement-service'
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor'
import { encode } from 'cborg'
import { expect, test } from 'vitest'
import { BUYER } from '../market.ts'
import { signedFetch } from '../signed-fetch.ts'
import type { Simulator } from '../simulator.ts'
import { openSimulator, SELLER_CREDENTIALS } from '../simulator.ts'

const CODE = 'contractcontractcontractc'
const PATH = '/service/AWSMPEntitlementService/operation/GetEntitlements'

const settings = (simulator: Simulator) => ({
  endpoint: simulator.url,
  region: 'us-east-1',
  credentials: SELLER_CREDENTIALS,
  maxAttempts: 1,
})

/** A contract of ten users, active at once. */
async function openWithContract() {
  const simulator = await openSimulator()
  await simulator.store.run({
    kind: 'subscribe',
    product: 'contract',
    account: BUYER,
    bought: [{ dimension: 'users', quantity: 10 }],
    term: 'month',
    licenseDelayMs: 0,
  })
  return simulator
}

test('GetEntitlements answers the same by CBOR as by JSON, the expiry an instant in both (facts §0.1)', async () => {
  const simulator = await openWithContract()
  const command = () => new GetEntitlementsCommand({ ProductCode: CODE })
  const cbor = await new MarketplaceEntitlementServiceClient({
    ...settings(simulator),
    protocol: SmithyRpcV2CborProtocol,
  }).send(command())
  const json = await new MarketplaceEntitlementServiceClient(settings(simulator)).send(command())
  expect(cbor.Entitlements).toMatchObject([
    { Dimension: 'users', Value: { IntegerValue: 10 }, ExpirationDate: new Date('2026-12-21T12:00:00Z') },
  ])
  expect(cbor.Entitlements).toEqual(json.Entitlements)
})

test('a failure by CBOR is the service’s own class, with HTTP 400 (API_GetEntitlements)', async () => {
  const simulator = await openWithContract()
  const client = new MarketplaceEntitlementServiceClient({
    ...settings(simulator),
    protocol: SmithyRpcV2CborProtocol,
  })
  const failure: unknown = await client
    .send(new GetEntitlementsCommand({ ProductCode: CODE, MaxResults: 123 }))
    .catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(InvalidParameterException)
  expect(failure).toMatchObject({ $metadata: { httpStatusCode: 400 } })
})

test.each([
  ['bytes that are not CBOR', new Uint8Array([0xff, 0x00])],
  ['a byte string in a member', encode({ ProductCode: new Uint8Array([1, 2]) })],
  ['a number beyond 2^53', encode({ ProductCode: 2n ** 60n })],
])('%s is a SerializationException and no crash', async (_, body) => {
  const simulator = await openWithContract()
  const answer = await signedFetch(`${simulator.url}${PATH}`, undefined, body, { headers: CBOR })
  expect([answer.status, answer.headers.get('smithy-protocol')]).toEqual([400, 'rpc-v2-cbor'])
  expect(await answer.text()).toContain('SerializationException')
})

test('another operation or service by CBOR is unknown, and an unsigned one is for no service', async () => {
  const simulator = await openWithContract()
  for (const path of [
    PATH.replace('GetEntitlements', 'SendMessage'),
    PATH.replace('Entitlement', 'Metering'),
  ]) {
    const answer = await signedFetch(`${simulator.url}${path}`, undefined, encode({}), { headers: CBOR })
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining('UnknownOperationException'),
    ])
  }
  const unsigned = await fetch(`${simulator.url}${PATH}`, { method: 'POST', headers: CBOR, body: encode({}) })
  expect([unsigned.status, await unsigned.text()]).toEqual([
    403,
    expect.stringContaining('MissingAuthenticationTokenException'),
  ])
})

const CBOR = {
  'smithy-protocol': 'rpc-v2-cbor',
  'content-type': 'application/cbor',
  accept: 'application/cbor',
}
