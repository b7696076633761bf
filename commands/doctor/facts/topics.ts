/** Which topics the account is subscribed to. Reads only. */
import { ListSubscriptionsCommand } from '@aws-sdk/client-sns'
import { ok } from '../../../shared/result.ts'
import type { Seen } from '../check.ts'
import { ask, type Aws } from './aws.ts'

export interface SubscriptionFacts {
  readonly topicArn: string
  readonly protocol: string
  readonly endpoint: string
  /** False: it waits for its receiver's word. */
  readonly confirmed: boolean
}

/** An account has a page of 100 or a few; more is another matter. */
const PAGES_MAX = 20

export async function fetchSubscriptions({ sns }: Aws): Promise<Seen<readonly SubscriptionFacts[]>> {
  const found: SubscriptionFacts[] = []
  let NextToken: string | undefined
  for (let page = 0; page < PAGES_MAX; page++) {
    const answer = await ask('sns:ListSubscriptions', () =>
      sns.send(new ListSubscriptionsCommand({ NextToken })),
    )
    if (!answer.ok) return answer
    for (const one of answer.value?.Subscriptions ?? [])
      found.push({
        topicArn: one.TopicArn ?? '',
        protocol: one.Protocol ?? '',
        endpoint: one.Endpoint ?? '',
        confirmed: one.SubscriptionArn?.startsWith('arn:') === true,
      })
    NextToken = answer.value?.NextToken
    if (NextToken === undefined) break
  }
  return ok(found)
}
