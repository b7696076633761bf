/** What EventBridge says of the rules that feed the events queue: their targets, and the way to the Worker. Reads only. */
import {
  DescribeApiDestinationCommand,
  DescribeConnectionCommand,
  DescribeRuleCommand,
  ListRuleNamesByTargetCommand,
  ListTargetsByRuleCommand,
} from '@aws-sdk/client-eventbridge'
import { ok } from '../../../shared/result.ts'
import type { Seen } from '../check.ts'
import { ask, type Aws } from './aws.ts'

export interface RuleFacts {
  readonly name: string
  readonly arn: string
  readonly state: string
  /** The pattern as text. */
  readonly pattern: string
  readonly targets: readonly TargetFacts[]
  /** Null: none of its targets is an API destination. */
  readonly push: PushFacts | null
}

export interface TargetFacts {
  readonly arn: string
  /** Null: what cannot be delivered is lost. */
  readonly deadLetterArn: string | null
}

export interface PushFacts {
  readonly endpoint: string
  readonly state: string
  /** AUTHORIZED when EventBridge can sign in. */
  readonly connection: string
}

/** Every rule of the default bus with this queue as a target. */
export async function fetchRules(aws: Aws, queueArn: string): Promise<Seen<readonly RuleFacts[]>> {
  const named = await ask('events:ListRuleNamesByTarget', () =>
    aws.events.send(new ListRuleNamesByTargetCommand({ TargetArn: queueArn })),
  )
  if (!named.ok) return named
  const rules: RuleFacts[] = []
  for (const name of named.value?.RuleNames ?? []) {
    const rule = await fetchRule(aws, name)
    if (!rule.ok) return rule
    if (rule.value !== null) rules.push(rule.value)
  }
  return ok(rules)
}

async function fetchRule(aws: Aws, name: string): Promise<Seen<RuleFacts | null>> {
  const rule = await ask('events:DescribeRule', () =>
    aws.events.send(new DescribeRuleCommand({ Name: name })),
  )
  if (!rule.ok || rule.value === null) return rule.ok ? ok(null) : rule
  const listed = await ask('events:ListTargetsByRule', () =>
    aws.events.send(new ListTargetsByRuleCommand({ Rule: name })),
  )
  if (!listed.ok) return listed
  const targets = (listed.value?.Targets ?? []).map(({ Arn = '', DeadLetterConfig }) => ({
    arn: Arn,
    deadLetterArn: DeadLetterConfig?.Arn ?? null,
  }))
  const destination = targets.find(({ arn }) => isDestination(arn))
  const push = destination === undefined ? ok(null) : await fetchPush(aws, nameIn(destination.arn))
  if (!push.ok) return push
  const { Arn: arn = '', State: state = '', EventPattern: pattern = '' } = rule.value
  return ok({ name, arn, state, pattern, targets, push: push.value })
}

/** An ARN of an API destination ends in its name and an id. */
export const isDestination = (arn: string): boolean => arn.includes(':api-destination/')

const nameIn = (arn: string): string => arn.split('/')[1] ?? ''

async function fetchPush({ events }: Aws, name: string): Promise<Seen<PushFacts | null>> {
  const found = await ask('events:DescribeApiDestination', () =>
    events.send(new DescribeApiDestinationCommand({ Name: name })),
  )
  if (!found.ok || found.value === null) return found.ok ? ok(null) : found
  const {
    InvocationEndpoint: endpoint = '',
    ApiDestinationState: state = '',
    ConnectionArn = '',
  } = found.value
  const connection = await ask('events:DescribeConnection', () =>
    events.send(new DescribeConnectionCommand({ Name: nameIn(ConnectionArn) })),
  )
  if (!connection.ok) return connection
  return ok({ endpoint, state, connection: connection.value?.ConnectionState ?? 'missing' })
}
