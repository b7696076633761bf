/** The seller's own repositories, as the plan has them: what AWS would accept of it is not proven here. */
import { expect, test } from 'vitest'
import { registriesOf, Registry, type RegistryArgs } from '../../infra/registry.ts'
import { containerProduct } from './container.ts'
import { ACCOUNT, documentIn, listOf, planOf, REGION, resourceOf, textIn, valueOf } from '../support/plan.ts'

const planRegistry = (args: Partial<RegistryArgs> = {}) =>
  planOf(
    () =>
      new Registry('registry-skillsmith', {
        repository: 'skillsmith',
        stack: 'prod',
        pullAccounts: [],
        adopt: null,
        ...args,
      }),
  )

test('a product has one repository: tags are final, each push is scanned, it is encrypted, and outlives its stack', async () => {
  const plan = await planRegistry()

  expect(listOf(plan)).toEqual([
    'aws:ecr/lifecyclePolicy:LifecyclePolicy registry-skillsmith-lifecycle',
    'aws:ecr/repository:Repository registry-skillsmith-repository',
    'tollgate:infra:Registry registry-skillsmith',
  ])
  expect(resourceOf(plan, 'registry-skillsmith-repository')).toMatchObject({
    parent: 'registry-skillsmith',
    inputs: {
      name: 'prod/skillsmith',
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfigurations: [{ encryptionType: 'AES256' }],
    },
    protect: true,
    retainOnDelete: true,
    importId: '',
    ignoreChanges: [],
  })
})

test('no rule ever expires an image that has a tag', async () => {
  const lifecycle = resourceOf(await planRegistry(), 'registry-skillsmith-lifecycle')

  expect(textIn(lifecycle, 'repository')).toBe('prod/skillsmith')
  expect(JSON.parse(textIn(lifecycle, 'policy'))).toEqual({
    rules: [
      {
        rulePriority: 1,
        description: expect.any(String),
        selection: {
          tagStatus: 'untagged',
          countType: 'sinceImagePushed',
          countUnit: 'days',
          countNumber: 14,
        },
        action: { type: 'expire' },
      },
    ],
  })
})

test('accounts that are named may pull, and do nothing else', async () => {
  const plan = await planRegistry({ pullAccounts: ['210987654321', '111122223333'] })

  expect(documentIn(resourceOf(plan, 'registry-skillsmith-pull'))).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Pull',
        Effect: 'Allow',
        Principal: { AWS: ['arn:aws:iam::111122223333:root', 'arn:aws:iam::210987654321:root'] },
        Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      },
    ],
  })
})

test('a repository that is taken over keeps its name, its encryption, its tags and its own lifecycle', async () => {
  const plan = await planRegistry({ adopt: 'images/skillsmith' })

  expect(listOf(plan)).toEqual([
    'aws:ecr/repository:Repository registry-skillsmith-repository',
    'tollgate:infra:Registry registry-skillsmith',
  ])
  expect(resourceOf(plan, 'registry-skillsmith-repository')).toMatchObject({
    inputs: { name: 'images/skillsmith', imageTagMutability: 'IMMUTABLE' },
    importId: 'images/skillsmith',
    ignoreChanges: ['encryptionConfigurations', 'tags'],
    protect: true,
    retainOnDelete: true,
  })
})

test('it tells where to push, and its ARN for the rights', async () => {
  const seen: string[] = []
  await planOf(async () => {
    const registry = new Registry('registry-skillsmith', {
      repository: 'skillsmith',
      stack: 'prod',
      pullAccounts: [],
      adopt: null,
    })
    seen.push(await valueOf(registry.url), await valueOf(registry.arn), await valueOf(registry.name))
  })
  expect(seen).toEqual([
    `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/prod/skillsmith`,
    `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/prod/skillsmith`,
    'prod/skillsmith',
  ])
})

test('products of one image share its repository, and any of them names the one that is taken over', async () => {
  const containers = [
    containerProduct(),
    containerProduct({ key: 'hours', pricing: 'hourly' }),
    containerProduct({ key: 'other', image: { ...containerProduct().image, repository: 'other' } }),
  ]
  const urls: Record<string, string> = {}
  const plan = await planOf(async () => {
    const adopt = { hours: 'images/skillsmith' }
    const registries = registriesOf(containers, { stack: 'prod', pullAccounts: [], adopt })
    for (const [key, { url }] of Object.entries(registries)) urls[key] = await valueOf(url)
  })

  expect(listOf(plan).filter((one) => one.includes(':Repository '))).toEqual([
    'aws:ecr/repository:Repository registry-other-repository',
    'aws:ecr/repository:Repository registry-skillsmith-repository',
  ])
  const registry = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`
  expect(urls).toEqual({
    container: `${registry}/images/skillsmith`,
    hours: `${registry}/images/skillsmith`,
    other: `${registry}/prod/other`,
  })
})
