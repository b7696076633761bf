/** Pricing by usage: a dry run of MeterUsage at the start, and only then (facts, aws-runtime §2.9). */
import type { MeteringCalls } from '../aws/metering.ts'
import type { ContainerProductView } from '../../shared/seller/views.ts'
import type { EntitlementMode, Verdict } from './mode.ts'
import { granted, settled } from './once.ts'
import { verdictOf } from './refusals.ts'

export interface CustomMeteringPorts {
  readonly calls: Pick<MeteringCalls, 'dryRun'>
  readonly token: () => string
  /** Time as AWS has it, epoch ms, as soon as AWS has answered once. */
  readonly now: () => number
}

/**
 * The dry run is made for the first metered dimension alone: AWS answers for the product and the account, so another
 * dimension would tell nothing more, and 1,000 tasks with 24 dimensions would need 80 minutes of a quota of 5 a second.
 * A buyer who leaves later is not noticed: AWS goes on taking and billing usage until the task ends.
 */
export function customMeteringMode(
  product: ContainerProductView,
  { calls, token, now }: CustomMeteringPorts,
): EntitlementMode {
  const asked = {
    operation: 'MeterUsage',
    action: 'aws-marketplace:MeterUsage',
    title: product.title,
    productCode: product.code,
  }

  return settled('custom-metering', async (): Promise<Verdict> => {
    const dimension = product.dimensions.find((one) => one.metered)?.key
    if (dimension === undefined) {
      return {
        kind: 'misconfigured',
        code: 'dimension',
        why: 'This image meters no dimension: its seller has to offer one in seller.config.ts and build it again.',
      }
    }
    const usage = {
      productCode: product.code,
      dimension,
      timestamp: now(),
      quantity: 0,
      clientToken: token(),
    }
    const said = await calls.dryRun(usage)
    // A container that is started again within its task has a record of this hour already: AWS knows it.
    if (said.ok || (said.error.kind === 'refused' && said.error.name.startsWith('DuplicateRequest')))
      return granted('custom-metering', now())
    return verdictOf(said.error, asked)
  })
}
