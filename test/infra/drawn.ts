/** The two stacks that the documentation is made of: the least there can be, and one in which everything is switched on. */
import { deployStack } from '../../infra/index.ts'
import { partsOf } from '../../infra/parts.ts'
import { readSettings } from '../../infra/settings.ts'
import config from '../../seller.config.ts'
import { ACCOUNT, planOf } from '../support/plan.ts'
import { textOf } from '../support/repository.ts'
import type { Planned } from '../support/resource-monitor.ts'
import { defaultsIn } from './declared-config.ts'

const LEAST = { publicUrl: 'https://tollgate.example.com' }

const FULL = {
  ...LEAST,
  metering: 'live',
  webhookUrl: 'https://app.example.com/webhooks/tollgate',
  mailFrom: 'billing@example.com',
  usageWriters: JSON.stringify([`arn:aws:iam::${ACCOUNT}:role/application`]),
  productTeam: 'product@example.com',
  engineering: 'engineering@example.com',
  onCall: 'https://events.example.com/on-call',
  supportLead: 'support@example.com',
  techAdmin: 'aws@example.com',
  pullAccounts: JSON.stringify(['210987654321']),
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
  least: await planned(LEAST),
  full: await planned({ ...FULL, ...SERVICE }),
})

async function planned(given: Readonly<Record<string, string>>): Promise<readonly Planned[]> {
  const set = Object.entries(given).map(([key, text]) => [`tollgate:${key}`, text] as const)
  const all = { ...defaultsIn(textOf('Pulumi.yaml')), ...Object.fromEntries(set) }
  const settings = readSettings({ stack: 'prod', all }, partsOf(config))
  if (!settings.ok) throw new Error(settings.error.join('\n'))
  return planOf(() => deployStack(settings.value, config))
}
