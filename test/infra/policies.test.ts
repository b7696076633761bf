/** What holds for every IAM document of the stack, whoever uses it; and those to the letter that no component's test has. */
import { expect, test } from 'vitest'
import { textOf } from '../../infra/document.ts'
import * as policies from '../../infra/policies.ts'
import type { PolicyDocument, Statement } from '../../infra/policy.ts'

const ACCOUNT = '123456789012'
const QUEUE = `arn:aws:sqs:us-east-1:${ACCOUNT}:queue`
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/key`
const TOPIC = `arn:aws:sns:us-east-1:${ACCOUNT}:topic`
const RULE = `arn:aws:events:us-east-1:${ACCOUNT}:rule/rule`
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/market.skillsmith.app`
const REPOSITORY = `arn:aws:ecr:eu-central-1:${ACCOUNT}:repository/prod/skillsmith`
const SECRET = `arn:aws:secretsmanager:eu-central-1:${ACCOUNT}:secret:database-AbCdEf`
const PARAMETER = `arn:aws:ssm:eu-central-1:${ACCOUNT}:parameter/database`

const delivery = { queueArn: QUEUE, ruleArn: RULE, topicArns: [TOPIC] }
const trust = { providerArn: PROVIDER, issuer: 'https://market.skillsmith.app', subject: 'worker:prod' }
const publisher = { providerArn: PROVIDER, repository: 'skillsmith/skillsmith', environment: 'marketplace' }
const execution = {
  repositoryArn: REPOSITORY,
  logGroupArn: 'arn:aws:logs:eu-central-1:1:log-group:l',
  secretArns: [SECRET, PARAMETER],
}

/** Each at its widest, by the name of its function. */
const DOCUMENTS: Readonly<Record<string, readonly (PolicyDocument | null)[]>> = {
  edgeTrust: [policies.edgeTrust(trust)],
  edgeAgreements: [policies.edgeAgreements()],
  edgeMetering: [policies.edgeMetering()],
  edgeEntitlements: [policies.edgeEntitlements()],
  edgeQueues: [policies.edgeQueues({ queueArns: [QUEUE], keyArn: KEY })],
  edgeTopic: [policies.edgeTopic({ topicArn: TOPIC, keyArn: KEY })],
  edgeMail: [
    policies.edgeMail({
      identityArn: 'arn:aws:ses:us-east-1:1:identity/b.example',
      setArn: 'arn:aws:ses:s',
      from: 'a@b.example',
    }),
  ],
  edgeMetrics: [policies.edgeMetrics()],
  keyPolicy: [policies.keyPolicy({ account: ACCOUNT, legacy: true, mail: true })],
  deliveryPolicy: [
    policies.deliveryPolicy(delivery),
    policies.deliveryPolicy({ ...delivery, topicArns: [] }),
  ],
  pushTrust: [policies.pushTrust({ account: ACCOUNT, ruleArn: RULE })],
  pushInvoke: [policies.pushInvoke({ destinationArn: 'arn:aws:events:d' })],
  usageWriter: [policies.usageWriter({ queueArn: QUEUE, keyArn: KEY })],
  writerTrust: [policies.writerTrust({ principals: [ACCOUNT] })],
  topicPolicy: [policies.topicPolicy({ topicArn: TOPIC, account: ACCOUNT, services: ['cloudwatch', 'ses'] })],
  taskTrust: [policies.taskTrust({ account: ACCOUNT })],
  taskPolicy: (['hourly', 'custom-metering', 'contract', 'free', 'byol'] as const).map(policies.taskPolicy),
  executionPolicy: [
    policies.executionPolicy(execution),
    policies.executionPolicy({ ...execution, secretArns: [] }),
  ],
  repositoryPolicy: [policies.repositoryPolicy({ accounts: [ACCOUNT] })],
  publisherTrust: [policies.publisherTrust(publisher)],
  registryLogin: [policies.registryLogin()],
  marketplacePush: [policies.marketplacePush({ prefix: 'skillsmith-inc' })],
  repositoryPush: [policies.repositoryPush({ repositoryArn: REPOSITORY })],
  catalogCommon: [policies.catalogCommon({ account: ACCOUNT })],
  catalogProduct: (['saas', 'container'] as const).map((kind) =>
    policies.catalogProduct({ account: ACCOUNT, id: 'prod-1', kind }),
  ),
}

const everyDocument = Object.entries(DOCUMENTS).flatMap(([name, of]) =>
  of.flatMap((one) => (one === null ? [] : [[name, one] as const])),
)
const everyStatement = everyDocument.flatMap(([name, { Statement }]) =>
  Statement.map((one) => [`${name} ${one.Sid}`, one] as const),
)
const listed = (value: string | readonly string[] | undefined): readonly string[] => [value ?? []].flat()

test('every document of the file stands in the table of this test', () => {
  expect(Object.keys(DOCUMENTS).toSorted()).toEqual(Object.keys(policies).toSorted())
})

test('every statement allows named actions: none denies, none has a pattern of actions, none is empty', () => {
  const actions = everyStatement.flatMap(([name, { Effect, Action }]) =>
    listed(Action).map((action) => ({
      name,
      fits: Effect === 'Allow' && /^[a-z-]+:[A-Z][A-Za-z]+$/.test(action),
    })),
  )
  expect(actions.filter(({ fits }) => !fits)).toEqual([])
  expect(everyStatement.filter(([, { Action }]) => listed(Action).length === 0)).toEqual([])
})

/** Where AWS takes nothing narrower, and who says so. */
const EVERYWHERE: Readonly<Record<string, string>> = {
  'edgeAgreements Registration': 'AWS Marketplace, "IAM policy for AWS Marketplace actions"',
  'edgeAgreements Agreements': 'Service Authorization Reference, AWS Marketplace',
  'edgeAgreements Sold': 'Service Authorization Reference, AWS Marketplace',
  'edgeMetering Metering': 'AWS Marketplace, "IAM policy for AWS Marketplace actions"',
  'edgeEntitlements Entitlements': 'AWS Marketplace, "IAM policy for AWS Marketplace actions"',
  'edgeMetrics Metrics': 'CloudWatch, "Using condition keys to limit access to CloudWatch namespaces"',
  'keyPolicy Administer': 'KMS, "Key policies": Resource is the key itself',
  'keyPolicy UseByIamPolicy': 'KMS, "Key policies": Resource is the key itself',
  'keyPolicy Fromevents': 'KMS, "Key policies": Resource is the key itself',
  'keyPolicy Fromsns': 'KMS, "Key policies": Resource is the key itself',
  'keyPolicy Fromses': 'KMS, "Key policies": Resource is the key itself',
  'keyPolicy Fromcloudwatch': 'KMS, "Key policies": Resource is the key itself',
  'taskPolicy Metering': 'AWS Marketplace, "IAM policy for AWS Marketplace actions"',
  'taskPolicy Licenses': 'a license that was granted is its issuer’s: no ARN of this account',
  'executionPolicy Login': 'Service Authorization Reference, Amazon ECR',
  'registryLogin Login': 'Service Authorization Reference, Amazon ECR',
  'catalogCommon List': 'Service Authorization Reference, AWS Marketplace Catalog',
}

test('every resource has a name, but where AWS has none to give', () => {
  const wide = everyStatement
    .filter(([, { Resource }]) => listed(Resource).includes('*'))
    .map(([name]) => name)
  expect([...new Set(wide)].toSorted()).toEqual(Object.keys(EVERYWHERE).toSorted())
})

test('a pattern of resources ends one ARN, and stands where its end is not known before', () => {
  const patterns = everyStatement.flatMap(([name, { Resource }]) =>
    listed(Resource)
      .filter((one) => one.includes('*') && one !== '*')
      .map((one) => `${name}: ${one.split(':').at(-1) === '*' ? one : one.split(':').at(-1)}`),
  )
  expect([...new Set(patterns)]).toEqual([
    'edgeMail Mail: identity/*',
    'executionPolicy Log: arn:aws:logs:eu-central-1:1:log-group:l:*',
    'marketplacePush Push: repository/skillsmith-inc/*',
    'catalogCommon ReadOffers: AWSMarketplace/Offer/*',
    'catalogCommon ChangeSets: AWSMarketplace/ChangeSet/*',
    'catalogCommon Validate: AWSMarketplace/Offer/*',
    'catalogCommon Validate: AWSMarketplace/ChangeSet/*',
    'catalogProduct Validate: AWSMarketplace/ChangeSet/*',
    'catalogProduct Apply: AWSMarketplace/ChangeSet/*',
  ])
})

test('nobody is everybody: each principal is an account, a role, a provider or a service by name', () => {
  const principals = everyStatement.flatMap(([, { Principal }]) =>
    Object.values(Principal ?? {}).flatMap((value: string | readonly string[]) => listed(value)),
  )
  expect(principals.length).toBeGreaterThan(10)
  expect(
    principals.filter((one) => !/^(arn:aws:iam::\d{12}:[^*]+|[a-z-]+\.amazonaws\.com)$/.test(one)),
  ).toEqual([])
})

/** Services that act for others without saying for whom, and why each may (infra/policies.ts, keyPolicy). */
const UNBOUND = ['keyPolicy Fromevents', 'keyPolicy Fromsns', 'keyPolicy Fromses']

const isService = ({ Principal }: Statement): boolean => Principal !== undefined && 'Service' in Principal

test('a service is let in for this account’s sources or a named source alone, but where that would lose messages', () => {
  const unbound = everyStatement.filter(([, one]) => isService(one) && one.Condition === undefined)
  expect(unbound.map(([name]) => name)).toEqual(UNBOUND)
})

test('who is let in by a token is named by audience and subject, and compared to the letter', () => {
  const byToken = everyStatement.filter(([, { Action }]) =>
    listed(Action).includes('sts:AssumeRoleWithWebIdentity'),
  )

  expect(byToken.map(([name]) => name)).toEqual(['edgeTrust Worker', 'publisherTrust Ci'])
  for (const [, { Condition }] of byToken) {
    expect(Object.keys(Condition ?? {})).toEqual(['StringEquals'])
    const claims = Object.entries(Condition?.['StringEquals'] ?? {})
    expect(claims.map(([claim]) => claim.split(':').at(-1))).toEqual(['aud', 'sub'])
    expect(claims.filter(([, value]) => String(value).includes('*'))).toEqual([])
  }
})

test('a document has the form that IAM takes: its version, a name of its own for each statement, and one kind of policy', () => {
  for (const [, { Version, Statement }] of everyDocument) {
    expect(Version).toBe('2012-10-17')
    const sids = Statement.map(({ Sid }) => Sid)
    expect(new Set(sids).size).toBe(sids.length)
    expect(sids.filter((sid) => !/^[A-Za-z0-9]+$/.test(sid))).toEqual([])
    // A policy of an identity names no principal, and one of a resource or a role names one in each statement.
    expect(new Set(Statement.map(({ Principal }) => Principal === undefined)).size).toBe(1)
    // Only trust, and a repository's policy, are about what they are attached to.
    for (const { Principal, Resource } of Statement) if (!Principal) expect(Resource).toBeDefined()
  }
})

test('a topic takes from alarms and mail of this account, and from nobody else', () => {
  const from = (service: string) => ({
    Sid: `From${service}`,
    Effect: 'Allow',
    Principal: { Service: `${service}.amazonaws.com` },
    Action: 'sns:Publish',
    Resource: TOPIC,
    Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } },
  })
  expect(DOCUMENTS['topicPolicy']?.[0]?.Statement).toEqual([from('cloudwatch'), from('ses')])
  const [alone] = policies.topicPolicy({
    topicArn: TOPIC,
    account: ACCOUNT,
    services: ['cloudwatch'],
  }).Statement
  expect(alone).toEqual(from('cloudwatch'))
})

test('ECS takes on a task’s roles for this account’s tasks', () => {
  expect(policies.taskTrust({ account: ACCOUNT }).Statement).toEqual([
    {
      Sid: 'Tasks',
      Effect: 'Allow',
      Principal: { Service: 'ecs-tasks.amazonaws.com' },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } },
    },
  ])
})

test('a policy’s text is the same in whatever order its lists and members were named', () => {
  const one = policies.edgeQueues({ queueArns: ['arn:b', 'arn:a'], keyArn: KEY })
  const other = policies.edgeQueues({ queueArns: ['arn:a', 'arn:b'], keyArn: KEY })

  expect(textOf(one)).toBe(textOf(other))
  expect(textOf(one)).toBe(
    `{"Statement":[{"Action":["sqs:DeleteMessage","sqs:ReceiveMessage"],"Effect":"Allow","Resource":["arn:a","arn:b"],"Sid":"Queues"},{"Action":"kms:Decrypt","Condition":{"StringEquals":{"kms:ViaService":"sqs.us-east-1.amazonaws.com"}},"Effect":"Allow","Resource":"${KEY}","Sid":"ReadEncrypted"}],"Version":"2012-10-17"}`,
  )
})
