/** What CI may do in the seller's account, document by document. */
import { expect, test } from 'vitest'
import { Publisher, type PublisherArgs } from '../../infra/publisher.ts'
import config from '../../seller.config.ts'
import { ACCOUNT, documentIn, listOf, planOf, REGION, resourceOf, textIn } from '../support/plan.ts'

const SETTINGS = {
  repository: 'skillsmith/skillsmith',
  environment: 'marketplace',
  providerArn: null,
  marketplacePrefix: 'skillsmith-inc',
}
const OWN = `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/prod/skillsmith`
const CATALOG = `arn:aws:aws-marketplace:us-east-1:${ACCOUNT}:AWSMarketplace`
const GITHUB = `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`

const planPublisher = (args: Partial<PublisherArgs> = {}) =>
  planOf(
    () =>
      new Publisher('publisher', {
        account: ACCOUNT,
        products: config.products,
        repositories: { skillsmith: OWN },
        settings: SETTINGS,
        ...args,
      }),
  )

test('one role with one right a product, and GitHub as its issuer', async () => {
  const plan = await planPublisher()

  expect(listOf(plan)).toEqual([
    'aws:iam/openIdConnectProvider:OpenIdConnectProvider publisher-github',
    'aws:iam/role:Role publisher-role',
    'aws:iam/rolePolicy:RolePolicy publisher-catalog',
    'aws:iam/rolePolicy:RolePolicy publisher-catalog-container',
    'aws:iam/rolePolicy:RolePolicy publisher-catalog-contract',
    'aws:iam/rolePolicy:RolePolicy publisher-catalog-subscription',
    'aws:iam/rolePolicy:RolePolicy publisher-login',
    'aws:iam/rolePolicy:RolePolicy publisher-marketplace',
    'aws:iam/rolePolicy:RolePolicy publisher-push-skillsmith',
    'tollgate:infra:Publisher publisher',
  ])
  expect(resourceOf(plan, 'publisher-github').inputs).toEqual({
    url: 'https://token.actions.githubusercontent.com',
    clientIdLists: ['sts.amazonaws.com'],
  })
})

test.each([
  ['made', null, GITHUB],
  [
    'reused',
    'arn:aws:iam::123456789012:oidc-provider/given',
    'arn:aws:iam::123456789012:oidc-provider/given',
  ],
])(
  'only the one environment of the one repository takes it on (provider %s)',
  async (_, providerArn, issuer) => {
    const plan = await planPublisher({ settings: { ...SETTINGS, providerArn } })

    expect(listOf(plan).some((one) => one.includes('OpenIdConnectProvider'))).toBe(providerArn === null)
    expect(documentIn(resourceOf(plan, 'publisher-role'), 'assumeRolePolicy').Statement).toEqual([
      {
        Sid: 'Ci',
        Effect: 'Allow',
        Principal: { Federated: issuer },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: {
            'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
            'token.actions.githubusercontent.com:sub': 'repo:skillsmith/skillsmith:environment:marketplace',
          },
        },
      },
    ])
  },
)

const PUSHED = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:BatchGetImage',
  'ecr:CompleteLayerUpload',
  'ecr:GetDownloadUrlForLayer',
  'ecr:InitiateLayerUpload',
  'ecr:ListImages',
  'ecr:PutImage',
  'ecr:UploadLayerPart',
]

test.each([
  ['publisher-marketplace', 'arn:aws:ecr:us-east-1:709825985650:repository/skillsmith-inc/*'],
  ['publisher-push-skillsmith', OWN],
])('%s pushes to %s alone', async (name, repository) => {
  expect(documentIn(resourceOf(await planPublisher(), name)).Statement).toEqual([
    { Sid: 'Push', Effect: 'Allow', Action: PUSHED, Resource: repository },
  ])
})

test('without a prefix nothing is pushed to AWS Marketplace, and without an image nobody logs in', async () => {
  const settings = { ...SETTINGS, marketplacePrefix: null }
  const saas = config.products.filter((product) => product.kind === 'saas')

  expect(listOf(await planPublisher({ settings })).join()).not.toContain('publisher-marketplace')
  const names = listOf(await planPublisher({ settings, products: saas, repositories: {} }))
  expect(names.join()).not.toMatch(/login|push/)
})

test.each([
  ['container', 'ContainerProduct/prod-q6xc2y9sl4g7p'],
  ['contract', 'SaaSProduct/prod-k3mv7q2xw9d4r'],
])(
  'of %s anything may be checked, and only texts, repositories and versions applied',
  async (key, entity) => {
    const changing = [`${CATALOG}/ChangeSet/*`, `${CATALOG}/${entity}`]
    const start = { Effect: 'Allow', Action: 'aws-marketplace:StartChangeSet', Resource: changing }

    expect(documentIn(resourceOf(await planPublisher(), `publisher-catalog-${key}`)).Statement).toEqual([
      {
        Sid: 'Read',
        Effect: 'Allow',
        Action: 'aws-marketplace:DescribeEntity',
        Resource: `${CATALOG}/${entity}`,
      },
      {
        ...start,
        Sid: 'Validate',
        Condition: { StringEquals: { 'aws-marketplace:Intent': 'VALIDATE' } },
      },
      {
        ...start,
        Sid: 'Apply',
        Condition: {
          StringEquals: {
            'catalog:ChangeType': [
              'AddDeliveryOptions',
              'AddRepositories',
              'UpdateDeliveryOptions',
              'UpdateInformation',
            ],
          },
        },
      },
    ])
  },
)

test('offers are read and checked, never applied', async () => {
  const { Statement } = documentIn(resourceOf(await planPublisher(), 'publisher-catalog'))

  expect(Statement.filter(({ Resource }) => JSON.stringify(Resource).includes('Offer'))).toEqual([
    {
      Sid: 'ReadOffers',
      Effect: 'Allow',
      Action: 'aws-marketplace:DescribeEntity',
      Resource: `${CATALOG}/Offer/*`,
    },
    {
      Sid: 'Validate',
      Effect: 'Allow',
      Action: 'aws-marketplace:StartChangeSet',
      Resource: [`${CATALOG}/ChangeSet/*`, `${CATALOG}/Offer/*`],
      Condition: { StringEquals: { 'aws-marketplace:Intent': 'VALIDATE' } },
    },
  ])
})

const many = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ ...config.products[0]!, key: `p${i}` }))

test('as many products as one role holds are planned, and one more is refused before AWS does', async () => {
  const planned = await planPublisher({ products: many(9), repositories: {} })
  const characters = planned
    .filter(({ type }) => type === 'aws:iam/rolePolicy:RolePolicy')
    .reduce((sum, right) => sum + textIn(right, 'policy').length, 0)

  expect(characters).toBeLessThanOrEqual(10_240)
  await expect(planPublisher({ products: many(20), repositories: {} })).rejects.toThrow(
    /IAM takes 10240.*publish with credentials of your own/s,
  )
  const repositories = Object.fromEntries(
    Array.from({ length: 20 }, (_, at) => [
      `image-${at}`,
      `arn:aws:ecr:ap-southeast-4:123456789012:repository/${at}`,
    ]),
  )
  await expect(planPublisher({ products: many(4), repositories })).rejects.toThrow(/IAM takes 10240/)
})
