/** Which actions of AWS the Worker needs for what is sold, held against what its role or user may do. Pure. */
import type { SellerConfig } from '../../../shared/seller.ts'
import { isMetered } from '../../../shared/seller/metered.ts'
import { sayOf, type Check, type Seen } from '../check.ts'
import type { Deployment, Edge } from '../deployment.ts'
import type { RightsFacts } from '../facts/identity.ts'
import { arnOfQueue } from '../facts/queues.ts'
import { statementsOf, type Statement } from './policy.ts'
import { upOf } from './remedies.ts'

const say = sayOf('aws')

/** The actions of infra/policies.ts for the same products; a test compares the two. */
export function neededActions(
  { products }: Pick<SellerConfig, 'products'>,
  { metering, edge }: { metering: Deployment['metering']; edge: Pick<Edge, 'mail'> },
): readonly string[] {
  const saas = products.filter((product) => product.kind === 'saas')
  const needed = (when: boolean, ...actions: string[]): string[] => (when ? actions : [])
  return [
    'aws-marketplace:ResolveCustomer',
    'aws-marketplace:SearchAgreements',
    'aws-marketplace:DescribeAgreement',
    'aws-marketplace:GetAgreementTerms',
    'aws-marketplace:GetAgreementEntitlements',
    ...needed(saas.some(isMetered) && metering === 'live', 'aws-marketplace:BatchMeterUsage'),
    ...needed(
      saas.some(({ pricing }) => pricing !== 'subscription'),
      'aws-marketplace:GetEntitlements',
    ),
    'sqs:ReceiveMessage',
    'sqs:DeleteMessage',
    'kms:Decrypt',
    'kms:GenerateDataKey',
    'sns:Publish',
    'cloudwatch:PutMetricData',
    ...needed(edge.mail !== null, 'ses:SendEmail'),
  ]
}

/** On what an action has to be allowed, where the outputs name it: a role may still have the right to what was there before. */
export type Places = Readonly<Record<string, readonly string[]>>

export function placesOf({
  eventsQueueUrl,
  usageQueueUrl,
  techAdminTopicArn,
}: Pick<Edge, 'eventsQueueUrl' | 'usageQueueUrl' | 'techAdminTopicArn'>): Places {
  const queues = [eventsQueueUrl, usageQueueUrl].filter((url) => url !== null).map(arnOfQueue)
  return { 'sqs:ReceiveMessage': queues, 'sqs:DeleteMessage': queues, 'sns:Publish': [techAdminTopicArn] }
}

/** `rights`: null: there is no such role or user, which is said elsewhere. */
export function judgeRights(
  rights: Seen<readonly RightsFacts[] | null>,
  needed: readonly string[],
  places: Places,
  { deployment: stack, metering }: Pick<Deployment, 'deployment' | 'metering'>,
): Check[] {
  const name = 'rights'
  if (!rights.ok) return [say.unseen(name, rights.error)]
  if (rights.value === null) return []
  const statements = rights.value.flatMap(({ document }) => statementsOf(document))
  const granted = [...new Set(statements.filter(({ allows }) => allows).flatMap(({ actions }) => actions))]
  const denied = statements.filter(({ allows }) => !allows).flatMap(({ actions }) => actions)
  const may = (action: string): boolean =>
    granted.some((one) => covers(one, action)) && !denied.some((one) => covers(one, action))
  const missing = needed.flatMap((action) =>
    may(action)
      ? (places[action] ?? [])
          .filter((arn) => !isAllowedOn(statements, action, arn))
          .map((arn) => `${action} on ${arn}`)
      : [action],
  )
  const tooMany = granted.filter((action) => !needed.includes(action))
  const checks: Check[] = []
  if (missing.length > 0)
    checks.push(say.wrong(name, `the Worker may not ${missing.join(', ')}`, upOf(stack)))
  if (tooMany.length > 0)
    checks.push(
      say.wrong(
        name,
        `the Worker may do more than its products need${metering === 'dry' ? ' in a dry stack' : ''}: ${tooMany.join(', ')}`,
        `take it away: ${upOf(stack)}; what was added by hand, take away by hand`,
      ),
    )
  return checks.length > 0 ? checks : [say.ok(name, `${needed.length} actions, no more and no less`)]
}

const isAllowedOn = (statements: readonly Statement[], action: string, arn: string): boolean =>
  statements.some(
    ({ allows, actions, resources }) =>
      allows && actions.some((one) => covers(one, action)) && resources.some((one) => covers(one, arn)),
  )

/** IAM's own wildcards, in either case. */
function covers(granted: string, action: string): boolean {
  const pattern = granted
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${pattern}$`, 'i').test(action)
}
