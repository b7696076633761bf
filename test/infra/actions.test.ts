/** Each part may do what its code calls: not one action more, not one less. The code is asked, not a list. */
import { expect, test } from 'vitest'
import { buyerProducts } from '../../container/buyer/product.ts'
import * as policies from '../../infra/policies.ts'
import type { PolicyDocument } from '../../infra/policy.ts'
import config from '../../seller.config.ts'
import type { ContainerPricing } from '../../shared/seller.ts'
import { sources, textOf } from '../support/repository.ts'
import { methodsCalled, reachedFrom, sdkActions, signedActions } from './actions.ts'

/** What an action asks of the key, where its queue or topic is encrypted. Source: SQS and SNS, "Key management" (2026-11-22). */
const UNDER_A_KEY: Readonly<Record<string, readonly string[]>> = {
  'sqs:ReceiveMessage': ['kms:Decrypt'],
  'sqs:SendMessage': ['kms:Decrypt', 'kms:GenerateDataKey'],
  'sns:Publish': ['kms:Decrypt', 'kms:GenerateDataKey'],
}

const sorted = (actions: readonly string[]): string[] => [...new Set(actions)].toSorted()
const withKey = (actions: readonly string[]): string[] =>
  sorted(actions.flatMap((action) => [action, ...(UNDER_A_KEY[action] ?? [])]))
const allowedBy = (documents: readonly (PolicyDocument | null)[]): string[] =>
  sorted(documents.flatMap((one) => one?.Statement.flatMap(({ Action }) => Action) ?? []))
const filesOf = (room: string): string[] => sources.filter((file) => file.startsWith(`${room}/`))

const ARN = 'arn'
const EDGE = [
  policies.edgeAgreements(),
  policies.edgeMetering(),
  policies.edgeEntitlements(),
  policies.edgeQueues({ queueArns: [ARN], keyArn: ARN }),
  policies.edgeTopic({ topicArn: ARN, keyArn: ARN }),
  policies.edgeMail({ identityArn: ARN, setArn: ARN, from: 'a@b.example' }),
  policies.edgeMetrics(),
]

/** It makes the calls that others describe. */
const CLIENT = 'worker/aws/client.ts'
const workerCalls = filesOf('worker')
  .filter((file) => file !== CLIENT)
  .flatMap((file) => signedActions(file, textOf(file)))

test('the Worker may do what its signed calls are, and nothing else', () => {
  expect(workerCalls.length).toBeGreaterThan(9)
  expect(allowedBy(EDGE)).toEqual(withKey(workerCalls))
})

test('nothing in the Worker speaks to AWS but by the one client', () => {
  const others = filesOf('worker').filter(
    (file) => file !== CLIENT && /aws4fetch|@aws-sdk\//.test(textOf(file)),
  )
  expect(others).toEqual([])
})

/** Where the code of a pricing begins: its check at the start, and its meter. */
const ENTRIES: Readonly<Record<ContainerPricing, readonly string[]>> = {
  hourly: ['container/entitlement/hourly.ts'],
  'custom-metering': ['container/entitlement/custom-metering.ts', 'container/metering/open-meter.ts'],
  contract: ['container/entitlement/contract.ts'],
  free: ['container/entitlement/free.ts'],
  byol: ['container/entitlement/free.ts'],
}
const PRICINGS = Object.keys(ENTRIES).filter((one): one is ContainerPricing => one in ENTRIES)

const SDK = 'container/aws/'
const byMethod = Object.assign({}, ...filesOf('container').map((file) => sdkActions(file, textOf(file))))
const containerCalls = (entries: readonly string[]): string[] =>
  sorted(
    reachedFrom(entries, SDK)
      .flatMap((file) => methodsCalled(file, textOf(file)))
      .flatMap((method) => (Object.hasOwn(byMethod, method) ? byMethod[method] : [])),
  )

test.each(PRICINGS)(
  'a task of the container sold as %s may do what that pricing calls, and nothing else',
  (pricing) => {
    expect(allowedBy([policies.taskPolicy(pricing)])).toEqual(containerCalls(ENTRIES[pricing]))
  },
)

test('a buyer’s task is told to allow the same', () => {
  const product = config.products.find((one) => one.kind === 'container')
  for (const pricing of PRICINGS) {
    const products = product ? [{ ...product, pricing }] : []
    const [buyer] = buyerProducts({ ...config, products }, '1.0.0')
    expect(sorted(buyer?.actions ?? ['no product'])).toEqual(allowedBy([policies.taskPolicy(pricing)]))
  }
})

test('every command of the SDK is some method’s, and every file that calls one belongs to a pricing', () => {
  expect(Object.keys(byMethod).toSorted()).toEqual(
    ['checkIn', 'checkout', 'dryRun', 'extend', 'meterUsage', 'registerUsage'].toSorted(),
  )
  const ofPricings = new Set(PRICINGS.flatMap((pricing) => reachedFrom(ENTRIES[pricing], SDK)))
  const calling = filesOf('container').filter(
    (file) =>
      !file.startsWith(SDK) &&
      methodsCalled(file, textOf(file)).some(
        (method) => method !== 'extend' && Object.hasOwn(byMethod, method),
      ),
  )
  expect(calling.filter((file) => !ofPricings.has(file))).toEqual([])
})

/** What a publisher of versions and texts calls, as long as `listing/` calls nothing. Source: facts, aws-seller §1.10. */
const CATALOG = [
  'aws-marketplace:CancelChangeSet',
  'aws-marketplace:DescribeChangeSet',
  'aws-marketplace:DescribeEntity',
  'aws-marketplace:ListChangeSets',
  'aws-marketplace:ListEntities',
  'aws-marketplace:StartChangeSet',
]

test('CI may do in the Catalog what the listing calls, and nothing else', () => {
  const code = filesOf('listing')
  const called = code.flatMap((file) => [
    ...Object.values(sdkActions(file, textOf(file))).flat(),
    ...signedActions(file, textOf(file)),
  ])
  const allowed = allowedBy([
    policies.catalogCommon({ account: '123456789012' }),
    policies.catalogProduct({ account: '123456789012', id: 'prod-1', kind: 'saas' }),
  ])
  expect(allowed).toEqual(called.length === 0 ? CATALOG : sorted(called))
})

/** What `docker push` asks of a registry. Source: ECR, "IAM permissions for pushing an image"; facts, aws-seller §2. */
const PUSHED = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:BatchGetImage',
  'ecr:CompleteLayerUpload',
  'ecr:GetAuthorizationToken',
  'ecr:GetDownloadUrlForLayer',
  'ecr:InitiateLayerUpload',
  'ecr:ListImages',
  'ecr:PutImage',
  'ecr:UploadLayerPart',
]

test('CI may do at a registry what a push takes, and an application at the usage queue what a report takes', () => {
  const push = [policies.registryLogin(), policies.repositoryPush({ repositoryArn: ARN })]
  expect(allowedBy(push)).toEqual(PUSHED)
  expect(allowedBy([policies.usageWriter({ queueArn: ARN, keyArn: ARN })])).toEqual(
    withKey(['sqs:SendMessage']),
  )
})

test.each([
  ['a target', `callAws(aws, { service: 'sqs', target: 'AmazonSQS.PurgeQueue' })`, ['sqs:PurgeQueue']],
  [
    'a target of which the operation is handed in',
    'const ask = (aws, operation) => callAws(aws, { service: "sqs", target: `AmazonSQS.${operation}` })\n' +
      `ask(aws, 'SendMessageBatch'); ask(aws, 'TagQueue')`,
    ['sqs:SendMessage', 'sqs:TagQueue'],
  ],
  [
    'a target in a function that is declared',
    'function ask(operation) { return callAws(aws, { service: "aws-marketplace", target: `X.${operation}` }) }\n' +
      `ask('AcceptAgreementRequest')`,
    ['aws-marketplace:AcceptAgreementRequest'],
  ],
  [
    'a query',
    `const form = new URLSearchParams({ Action: 'CreateTopic' })\nsendSigned(aws, { service: 'sns', path: '/', body: form })`,
    ['sns:CreateTopic'],
  ],
  ['a path', `sendSigned(aws, { service: 'ses', path: '/v2/email/outbound-emails' })`, ['ses:SendEmail']],
  [
    'what needs no right',
    `sendSigned(aws, { service: 'sts', path: '/', body: 'Action=GetCallerIdentity&V=1' })`,
    [],
  ],
  ['what is not signed', `sendPlain(url, { body: 'Action=AssumeRoleWithWebIdentity' })`, []],
  ['a call that is a comment or a text', `// callAws(aws, { target: 'A.B' })\nconst x = "callAws({})"`, []],
])('%s is seen in a text', (_, text, actions) => {
  expect(signedActions('worker/planted.ts', text)).toEqual(actions)
})

test.each([
  [
    'a computed operation',
    'const ask = (op) => callAws(aws, { service: "sqs", target: `A.${op}` })\nask(name)',
  ],
  ['a computed target', `callAws(aws, { service: 'sqs', target: which })`],
  ['an unknown path', `sendSigned(aws, { service: 'ses', path: '/v2/email/identities' })`],
  ['an unknown service', `callAws(aws, { service: 'dynamodb', target: 'A.GetItem' })`],
  ['a request made elsewhere', `callAws(aws, request)`],
])('%s is no way around it', (_, text) => {
  expect(() => signedActions('worker/planted.ts', text)).toThrow('worker/planted.ts:')
})

const IMPORT = `import { LicenseManagerClient, ListReceivedLicensesCommand } from '@aws-sdk/client-license-manager'\n`

test.each([
  [
    'by the method that sends it',
    `${IMPORT}const calls = { async list() { return client.send(new ListReceivedLicensesCommand({})) } }`,
    { list: ['license-manager:ListReceivedLicenses'] },
  ],
  [
    'by a helper',
    `${IMPORT}const make = () => new ListReceivedLicensesCommand({})\nconst calls = { async list() { return client.send(make()) } }`,
    { list: ['license-manager:ListReceivedLicenses'] },
  ],
  [
    'of no method at all',
    `${IMPORT}client.send(new ListReceivedLicensesCommand({}))`,
    { '': ['license-manager:ListReceivedLicenses'] },
  ],
])('a command of the SDK is seen %s', (_, text, actions) => {
  expect(sdkActions('container/planted.ts', text)).toEqual(actions)
})

test('a client of the SDK that nobody knows, or that is imported as a whole, is no way around it', () => {
  expect(() => sdkActions('container/x.ts', `import { S3Client } from '@aws-sdk/client-s3'`)).toThrow(
    'client-s3',
  )
  expect(() => sdkActions('container/x.ts', `import * as l from '@aws-sdk/client-license-manager'`)).toThrow(
    'whole',
  )
})

test('methods are seen where they are called', () => {
  expect(methodsCalled('x.ts', `await this.calls.checkout({}); (await calls).extend(1)`)).toEqual([
    'checkout',
    'extend',
  ])
})
