/** The two stacks that the documentation is made of: the least there can be, and one in which everything is switched on. */
import { partsOf } from '../../infra/parts.ts'
import config from '../../seller.config.ts'
import { ACCOUNT } from '../support/plan.ts'
import type { Planned } from '../support/resource-monitor.ts'
import { planStack } from '../support/stack.ts'

/** In the Region that Pulumi.yaml has where none is set. */
const LEAST = { 'aws:region': 'us-east-1', publicUrl: 'https://tollgate.example.com' }

const FULL = {
  ...LEAST,
  metering: 'live',
  webhookUrl: 'https://app.example.com/webhooks/tollgate',
  mailFrom: 'billing@example.com',
  usageWriters: [`arn:aws:iam::${ACCOUNT}:role/application`],
  productTeam: 'product@example.com',
  engineering: 'engineering@example.com',
  onCall: 'https://events.example.com/on-call',
  supportLead: 'support@example.com',
  techAdmin: 'aws@example.com',
  pullAccounts: ['210987654321'],
  publisherRepository: 'example/application',
  marketplacePrefix: 'example',
}

/** A task of the container, where one is sold. */
const [container] = partsOf(config).containers
const SERVICE = container === undefined ? {} : { serviceProduct: container.key, serviceImage: '1.0.0' }

export interface Stacks {
  readonly least: readonly Planned[]
  readonly full: readonly Planned[]
}

export const drawnStacks = async (): Promise<Stacks> => ({
  least: await planStack(LEAST),
  full: await planStack({ ...FULL, ...SERVICE }),
})
