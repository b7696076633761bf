/** Every pricing and integration, and what else a stack may have: exactly the resources that it needs, and no other. */
import { expect, test } from 'vitest'
import type { Product } from '../../shared/seller.ts'
import { listOf } from '../support/plan.ts'
import { another, container, planStack, saas, sellerOf } from '../support/stack.ts'
import type { Given } from '../support/stack-config.ts'
import {
  EDGE,
  ENTITLEMENTS,
  GITHUB,
  legacy,
  live,
  MAIL,
  NETWORK,
  publisher,
  registry,
  ROLE,
  service,
  TRIAL,
  USAGE,
  USER,
  WRITERS,
} from './expected.ts'

type Case = readonly [
  what: string,
  products: readonly Product[],
  given: Given,
  parts: readonly (readonly string[])[],
]

const LIVE = { metering: 'live' }
const SERVICE = { serviceProduct: 'container', serviceImage: '1.0.0' }
const SWITCH = { switchAt: '2027-01-01T00:00:00Z' }
const SUBSCRIPTION = saas('subscription')
const { trial: _trial, ...NO_TRIAL } = SUBSCRIPTION
const CONTRACT = saas('contract')
const CONSUMPTION = saas('contract-with-consumption')
const METERED = container('custom-metering')

const SAAS: readonly Case[] = [
  ['a subscription, dry', [SUBSCRIPTION], {}, [EDGE, TRIAL, ROLE, USAGE]],
  ['a subscription, live', [SUBSCRIPTION], LIVE, [EDGE, TRIAL, ROLE, USAGE, live('subscription')]],
  ['a contract, dry', [CONTRACT], {}, [EDGE, TRIAL, ROLE, ENTITLEMENTS]],
  ['a contract, live: nothing is metered', [CONTRACT], LIVE, [EDGE, TRIAL, ROLE, ENTITLEMENTS]],
  [
    'a contract with consumption, live',
    [CONSUMPTION],
    LIVE,
    [EDGE, TRIAL, ROLE, ENTITLEMENTS, USAGE, live('contract')],
  ],
  [
    'a legacy subscription',
    [saas('subscription', { integration: 'legacy' })],
    {},
    [EDGE, TRIAL, ROLE, USAGE, legacy('subscription', 'subscription')],
  ],
  [
    'a legacy contract',
    [saas('contract', { integration: 'legacy' })],
    {},
    [EDGE, TRIAL, ROLE, ENTITLEMENTS, legacy('contract', 'subscription', 'entitlement')],
  ],
  [
    'a legacy contract with consumption, live',
    [saas('contract-with-consumption', { integration: 'legacy' })],
    LIVE,
    [
      EDGE,
      TRIAL,
      ROLE,
      ENTITLEMENTS,
      USAGE,
      live('contract'),
      legacy('contract', 'subscription', 'entitlement'),
    ],
  ],
  [
    'a subscription that switches over still hears of its old buyers',
    [saas('subscription', { integration: SWITCH })],
    {},
    [EDGE, TRIAL, ROLE, USAGE, legacy('subscription', 'subscription')],
  ],
  [
    'a contract that switches over',
    [saas('contract', { integration: SWITCH })],
    {},
    [EDGE, TRIAL, ROLE, ENTITLEMENTS, legacy('contract', 'subscription', 'entitlement')],
  ],
  [
    'a contract with consumption that switches over',
    [saas('contract-with-consumption', { integration: SWITCH })],
    {},
    [EDGE, TRIAL, ROLE, ENTITLEMENTS, USAGE, legacy('contract', 'subscription', 'entitlement')],
  ],
  ['a subscription without a trial', [NO_TRIAL], LIVE, [EDGE, ROLE, USAGE, live('subscription')]],
  [
    'two of a kind, live: a parameter each, one queue',
    [SUBSCRIPTION, another(SUBSCRIPTION, 'second')],
    LIVE,
    [EDGE, TRIAL, ROLE, USAGE, live('subscription', 'second')],
  ],
  [
    'everything at once',
    [CONSUMPTION, SUBSCRIPTION, METERED],
    LIVE,
    [EDGE, TRIAL, ROLE, ENTITLEMENTS, USAGE, live('contract', 'subscription'), registry('skillsmith')],
  ],
]

const CONTAINERS: readonly Case[] = [
  ['a container alone has no Worker, no queue, no alarm', [METERED], LIVE, [registry('skillsmith')]],
  ['two containers of one image', [METERED, { ...METERED, key: 'second' }], {}, [registry('skillsmith')]],
  [
    'two containers, two images',
    [METERED, another(METERED, 'second')],
    {},
    [registry('skillsmith'), registry('second')],
  ],
  [
    'custom metering by each task',
    [METERED],
    SERVICE,
    [registry('skillsmith'), service('custom-metering'), NETWORK],
  ],
  ['by the hour', [container('hourly')], SERVICE, [registry('skillsmith'), service('hourly'), NETWORK]],
  ['a contract', [container('contract')], SERVICE, [registry('skillsmith'), service('contract'), NETWORK]],
  ['free', [container('free')], SERVICE, [registry('skillsmith'), service(null), NETWORK]],
  [
    'with a licence of its own',
    [container('byol')],
    SERVICE,
    [registry('skillsmith'), service(null), NETWORK],
  ],
  [
    'legacy: the integration is the Worker’s alone',
    [container('custom-metering', { integration: 'legacy' })],
    SERVICE,
    [registry('skillsmith'), service('custom-metering'), NETWORK],
  ],
  [
    'in a network that is given',
    [METERED],
    { ...SERVICE, serviceVpc: 'vpc-0a1b2c3d', serviceSubnets: ['subnet-0a1b2c3d', 'subnet-0a1b2c3e'] },
    [registry('skillsmith'), service('custom-metering')],
  ],
  [
    'metering by an agent',
    [container('custom-metering', { metering: 'agent' })],
    {},
    [registry('skillsmith')],
  ],
]

const MORE: readonly Case[] = [
  ['a user in place of a role', [SUBSCRIPTION], { edgeCredentials: 'user' }, [EDGE, TRIAL, USER, USAGE]],
  ['mail', [CONTRACT], { mailFrom: 'billing@example.com' }, [EDGE, TRIAL, ROLE, ENTITLEMENTS, MAIL]],
  [
    'writers of usage',
    [SUBSCRIPTION],
    { usageWriters: ['210987654321'] },
    [EDGE, TRIAL, ROLE, USAGE, WRITERS],
  ],
  [
    'a topic that exists for the tech admin',
    [CONTRACT],
    { techAdmin: 'arn:aws:sns:us-east-1:123456789012:tech-admin' },
    [EDGE.filter((one) => !one.includes('topics-tech-admin')), TRIAL, ROLE, ENTITLEMENTS],
  ],
  [
    'other accounts pull',
    [METERED],
    { pullAccounts: ['210987654321'] },
    [registry('skillsmith'), ['aws:ecr/repositoryPolicy:RepositoryPolicy registry-skillsmith-pull']],
  ],
  [
    'a repository that is taken over keeps its own rules',
    [METERED],
    { adoptRepositories: ['container=skillsmith'] },
    [registry('skillsmith').filter((one) => !one.includes('lifecycle'))],
  ],
  [
    'CI publishes',
    [CONTRACT, METERED],
    { publisherRepository: 'example/application' },
    [
      EDGE,
      TRIAL,
      ROLE,
      ENTITLEMENTS,
      registry('skillsmith'),
      publisher(['contract', 'container'], ['skillsmith']),
      GITHUB,
    ],
  ],
  [
    'CI publishes, by a provider that exists, to AWS Marketplace’s registry too',
    [METERED],
    {
      publisherRepository: 'example/application',
      publisherProviderArn: 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com',
      marketplacePrefix: 'example',
    },
    [
      registry('skillsmith'),
      publisher(['container'], ['skillsmith']),
      ['aws:iam/rolePolicy:RolePolicy publisher-marketplace'],
    ],
  ],
]

test.each([...SAAS, ...CONTAINERS, ...MORE])('%s', async (_, products, given, parts) => {
  expect(listOf(await planStack(given, sellerOf(...products)))).toEqual(parts.flat().toSorted())
})
