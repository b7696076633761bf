/**
 * Who meters: for each metered product of a live stack one parameter of the account, which one stack alone can create. It is
 * there before the right to BatchMeterUsage is, so a second live `up` fails before it can bill anything twice.
 */
import * as aws from '@pulumi/aws'
import type { SaasProduct } from '../shared/seller.ts'
import { EVENTS_REGION } from './key.ts'

/**
 * Named `live-<product key>`. Protected, so that going dry is never a slip: usage is not billed then. Not retained: what
 * no longer meters must leave the name to the stack that does.
 */
export const liveParameters = (
  stack: string,
  metered: readonly SaasProduct[],
): readonly aws.ssm.Parameter[] =>
  metered.map(
    ({ key, id }) =>
      new aws.ssm.Parameter(
        `live-${key}`,
        {
          region: EVENTS_REGION,
          name: `/tollgate/${id}/live`,
          description: `The stack that sends the usage of the product ${key} to AWS`,
          type: 'String',
          value: stack,
        },
        { protect: true },
      ),
  )
