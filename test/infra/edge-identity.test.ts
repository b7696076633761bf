/** Who the Worker is to AWS, right by right, as the plan has it. What IAM makes of it is not proven here. */
import aws from '@pulumi/aws'
import { isSecret } from '@pulumi/pulumi'
import { expect, test } from 'vitest'
import { EdgeIdentity, type EdgeIdentityArgs } from '../../infra/edge-identity.ts'
import { ACCOUNT, documentIn, listOf, planOf, resourceOf, valueOf, type Planned } from '../support/plan.ts'

const ISSUER = 'https://market.skillsmith.app'
const ROLE = `arn:aws:iam::${ACCOUNT}:role/edge-role-1a2b3c4`
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/market.skillsmith.app`
const QUEUES = ['events', 'usage'].map((name) => `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`)
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/key`
const TOPIC = `arn:aws:sns:us-east-1:${ACCOUNT}:tech-admin`
const IDENTITY = `arn:aws:ses:us-east-1:${ACCOUNT}:identity/skillsmith.app`
const SET = `arn:aws:ses:us-east-1:${ACCOUNT}:configuration-set/tollgate-prod`

const build = (args: Partial<EdgeIdentityArgs> = {}) =>
  new EdgeIdentity('edge', {
    issuer: ISSUER,
    stack: 'prod',
    kind: 'role',
    queueArns: QUEUES,
    keyArn: KEY,
    topicArn: TOPIC,
    mail: { identityArn: IDENTITY, setArn: SET, from: 'aws@skillsmith.app' },
    metering: true,
    entitlements: true,
    dependsOn: [],
    ...args,
  })
const planEdge = (args: Partial<EdgeIdentityArgs> = {}) => planOf(() => build(args))

const RIGHTS = ['agreements', 'entitlements', 'mail', 'metering', 'metrics', 'queues', 'topic']

test('a role with one policy a right, which only the deployment’s own tokens take on, for an hour', async () => {
  const plan = await planEdge()

  expect(listOf(plan)).toEqual([
    'aws:iam/openIdConnectProvider:OpenIdConnectProvider edge-provider',
    'aws:iam/role:Role edge-role',
    ...RIGHTS.map((right) => `aws:iam/rolePolicy:RolePolicy edge-${right}`),
    'tollgate:infra:EdgeIdentity edge',
  ])
  expect(resourceOf(plan, 'edge-provider').inputs).toEqual({
    url: ISSUER,
    clientIdLists: ['sts.amazonaws.com'],
    thumbprintLists: [
      '77d30367b5e00c15f60c3861df7ce13b92464d47',
      'cabd2a79a1076a31f21d253635cb039d4329a5e8',
      'e58c1cc4913b38634be9106ee3ad8e6b9dd9814a',
    ],
  })
  expect(resourceOf(plan, 'edge-role').inputs).toEqual({
    description: "Tollgate's Worker, prod",
    maxSessionDuration: 3600,
    assumeRolePolicy: expect.any(String),
  })
  for (const right of RIGHTS)
    expect(resourceOf(plan, `edge-${right}`).inputs['role']).toBe('edge-role-1a2b3c4')
})

test('trust is in this issuer, audience and subject to the letter: no pattern, no other way in', async () => {
  const trust = documentIn(resourceOf(await planEdge(), 'edge-role'), 'assumeRolePolicy')

  expect(trust).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Worker',
        Effect: 'Allow',
        Principal: { Federated: PROVIDER },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: {
            'market.skillsmith.app:aud': 'sts.amazonaws.com',
            'market.skillsmith.app:sub': 'worker:prod',
          },
        },
      },
    ],
  })
})

test.each([
  ['another deployment', { stack: 'staging' }, 'market.skillsmith.app:sub', 'worker:staging'],
  ['another issuer', { issuer: 'https://other.example' }, 'other.example:sub', 'worker:prod'],
])('%s is trusted by a role of its own alone', async (_, args, claim, subject) => {
  const { Statement } = documentIn(resourceOf(await planEdge(args), 'edge-role'), 'assumeRolePolicy')
  const claims = Statement[0]?.Condition?.['StringEquals'] ?? {}

  expect(Object.keys(claims)).toHaveLength(2)
  expect(claims[claim]).toBe(subject)
})

const ANY = { Effect: 'Allow', Resource: '*' }

test.each([
  [
    'agreements',
    [
      { ...ANY, Sid: 'Registration', Action: 'aws-marketplace:ResolveCustomer' },
      {
        ...ANY,
        Sid: 'Agreements',
        Action: [
          'aws-marketplace:DescribeAgreement',
          'aws-marketplace:GetAgreementEntitlements',
          'aws-marketplace:GetAgreementTerms',
        ],
      },
      {
        ...ANY,
        Sid: 'Sold',
        Action: 'aws-marketplace:SearchAgreements',
        Condition: {
          StringEquals: { 'aws-marketplace:PartyType': 'Proposer' },
          'ForAllValues:StringEquals': { 'aws-marketplace:AgreementType': ['PurchaseAgreement'] },
        },
      },
    ],
  ],
  ['metering', [{ ...ANY, Sid: 'Metering', Action: 'aws-marketplace:BatchMeterUsage' }]],
  ['entitlements', [{ ...ANY, Sid: 'Entitlements', Action: 'aws-marketplace:GetEntitlements' }]],
  [
    'queues',
    [
      {
        Sid: 'Queues',
        Effect: 'Allow',
        Action: ['sqs:DeleteMessage', 'sqs:ReceiveMessage'],
        Resource: QUEUES,
      },
      {
        Sid: 'ReadEncrypted',
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: KEY,
        Condition: { StringEquals: { 'kms:ViaService': 'sqs.us-east-1.amazonaws.com' } },
      },
    ],
  ],
  [
    'topic',
    [
      { Sid: 'TellTechAdmin', Effect: 'Allow', Action: 'sns:Publish', Resource: TOPIC },
      {
        Sid: 'WriteEncrypted',
        Effect: 'Allow',
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: KEY,
        Condition: { StringEquals: { 'kms:ViaService': 'sns.us-east-1.amazonaws.com' } },
      },
    ],
  ],
  [
    'mail',
    [
      {
        Sid: 'Mail',
        Effect: 'Allow',
        Action: 'ses:SendEmail',
        Resource: [SET, `arn:aws:ses:us-east-1:${ACCOUNT}:identity/*`],
        Condition: { StringEquals: { 'ses:FromAddress': 'aws@skillsmith.app' } },
      },
    ],
  ],
  [
    'metrics',
    [
      {
        ...ANY,
        Sid: 'Metrics',
        Action: 'cloudwatch:PutMetricData',
        Condition: { StringEquals: { 'cloudwatch:namespace': 'Tollgate' } },
      },
    ],
  ],
])('the right of %s is this and no more', async (right, statements) => {
  const plan = await planEdge()
  expect(documentIn(resourceOf(plan, `edge-${right}`))).toEqual({
    Version: '2012-10-17',
    Statement: statements,
  })
})

const granted = (plan: readonly Planned[]): string =>
  JSON.stringify(plan.map(({ inputs }) => inputs['policy'] ?? ''))

test('a dry stack’s Worker may not meter at all: no statement names BatchMeterUsage', async () => {
  expect(granted(await planEdge())).toContain('BatchMeterUsage')
  expect(granted(await planEdge({ metering: false }))).not.toContain('BatchMeterUsage')
})

test('what a product does not need, the Worker may not do', async () => {
  const plan = await planEdge({ metering: false, entitlements: false, mail: null })
  expect(plan.filter(({ inputs }) => 'policy' in inputs).map(({ name }) => name)).toEqual([
    'edge-agreements',
    'edge-metrics',
    'edge-queues',
    'edge-topic',
  ])
})

test.each([
  ['role', ['edge-metering']],
  ['user', ['edge-metering', 'edge-metering-given']],
] as const)(
  'a %s may meter after what says that this stack may; no other right waits',
  async (kind, rights) => {
    const plan = await planOf(() => {
      const live = new aws.ssm.Parameter('live-team', {
        name: '/tollgate/p/live',
        type: 'String',
        value: 'prod',
      })
      build({ kind, dependsOn: [live] })
    })
    const waiting = plan.filter(({ dependsOn }) => dependsOn.includes('live-team')).map(({ name }) => name)

    expect(waiting).toEqual(rights)
  },
)

test('a user has the same rights and a lasting key, none inline, and no provider stands open', async () => {
  let told: unknown
  const plan = await planOf(async () => {
    const { credentials } = build({ kind: 'user' })
    if (credentials.kind === 'user')
      told = [await valueOf(credentials.accessKeyId), await isSecret(credentials.secretAccessKey)]
  })

  expect(told).toEqual(['AKIAIOSFODNN7EXAMPLE', true])
  expect(listOf(plan)).toEqual([
    'aws:iam/accessKey:AccessKey edge-access-key',
    ...RIGHTS.map((right) => `aws:iam/policy:Policy edge-${right}`),
    'aws:iam/user:User edge-user',
    ...RIGHTS.map((right) => `aws:iam/userPolicyAttachment:UserPolicyAttachment edge-${right}-given`),
    'tollgate:infra:EdgeIdentity edge',
  ])
  const role = await planEdge()
  for (const right of RIGHTS)
    expect(documentIn(resourceOf(plan, `edge-${right}`))).toEqual(
      documentIn(resourceOf(role, `edge-${right}`)),
    )
})

test('a role’s two ARNs are what the Worker’s deployment is told', async () => {
  let told: unknown
  await planOf(async () => {
    const { credentials } = build()
    if (credentials.kind === 'role')
      told = [await valueOf(credentials.roleArn), await valueOf(credentials.providerArn)]
  })
  expect(told).toEqual([ROLE, PROVIDER])
})
