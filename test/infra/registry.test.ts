/** The seller's own repositories, as the plan has them: what AWS would accept of it is not proven here. */
import { expect, test } from 'vitest'
import { Registry, type RegistryArgs } from '../../infra/registry.ts'
import { containerProduct } from './container.ts'
import { ACCOUNT, documentIn, listOf, planOf, REGION, resourceOf, textIn, valueOf } from '../support/plan.ts'

const planRegistry = (args: Partial<RegistryArgs> = {}) =>
  planOf(
    () =>
      new Registry('registry-container', {
        product: containerProduct(),
        stack: 'prod',
        pullAccounts: [],
        adopt: null,
        ...args,
      }),
  )

test('a product has one repository: tags are final, each push is scanned, it is encrypted, and outlives its stack', async () => {
  const plan = await planRegistry()

  expect(listOf(plan)).toEqual([
    'aws:ecr/lifecyclePolicy:LifecyclePolicy registry-container-lifecycle',
    'aws:ecr/repository:Repository registry-container-repository',
    'tollgate:infra:Registry registry-container',
  ])
  expect(resourceOf(plan, 'registry-container-repository')).toMatchObject({
    parent: 'registry-container',
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
  const lifecycle = resourceOf(await planRegistry(), 'registry-container-lifecycle')

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

  expect(documentIn(resourceOf(plan, 'registry-container-pull'))).toEqual({
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
    'aws:ecr/repository:Repository registry-container-repository',
    'tollgate:infra:Registry registry-container',
  ])
  expect(resourceOf(plan, 'registry-container-repository')).toMatchObject({
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
    const registry = new Registry('registry-container', {
      product: containerProduct(),
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
