/** Whether usage of a SaaS product is billed by AWS: on it hang rights, queues, alarms and metrics. Pure. */
import type { SaasProduct } from '../seller.ts'

/** True: AWS is sent its usage by BatchMeterUsage. A contract alone is paid for ahead. */
export const isMetered = ({ pricing, dimensions }: Pick<SaasProduct, 'pricing' | 'dimensions'>): boolean =>
  pricing !== 'contract' && dimensions.some(({ metered }) => metered)
