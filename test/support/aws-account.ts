/**
 * What IAM, SSM, SES, EventBridge, SNS and CloudWatch say of a seller's account, in their wire formats, for tests of what
 * asks them. STS and SQS are the simulator's, with what it does not know of a queue written into its answer. It changes
 * nothing and writes down each call.
 */
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { member, objectOf, parseObject } from '../../shared/aws/json.ts'
import { json, members, xml, xmlError, type Said } from './aws-wire.ts'

/** What the account is like; a test changes what it is about. */
export interface AccountState {
  /** Operations that are answered with AccessDenied. */
  readonly denied?: readonly string[]
  readonly parameters: Readonly<Record<string, string>>
  readonly provider: {
    readonly arn: string
    readonly url: string
    readonly audiences: readonly string[]
  } | null
  /** A role or a user, by its name. */
  readonly principal: {
    readonly name: string
    readonly trust: object
    readonly inline: Readonly<Record<string, object>>
    /** Managed policies, by ARN. */
    readonly attached: Readonly<Record<string, object>>
    /** Of a user. */
    readonly accessKey?: { readonly id: string; readonly status: string }
  } | null
  readonly ses: {
    readonly account: object
    readonly identities: Readonly<Record<string, object>>
    readonly sets: Readonly<
      Record<string, { readonly sending: boolean; readonly matching: readonly string[] }>
    >
  }
  readonly rules: readonly {
    readonly name: string
    readonly state: string
    readonly pattern: object
    readonly targets: readonly {
      readonly Arn: string
      readonly DeadLetterConfig?: { readonly Arn: string }
    }[]
  }[]
  readonly destination: {
    readonly endpoint: string
    readonly state: string
    readonly connection: string
  } | null
  readonly subscriptions: readonly Readonly<
    Record<'TopicArn' | 'Protocol' | 'Endpoint' | 'SubscriptionArn', string>
  >[]
  /** Attributes of queues beside the simulator's, by the queue's name. */
  readonly queues: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** In seconds; null: SQS wrote nothing. */
  readonly oldest: number | null
}

export interface Account {
  readonly url: string
  /** The operations that were asked for, in their order. */
  readonly calls: readonly string[]
  readonly close: () => Promise<void>
}

/** Listens on loopback until it is closed; `simulator` is an origin. */
export async function openAccount(state: AccountState, simulator: string): Promise<Account> {
  const calls: string[] = []
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy())
  })

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Uint8Array[] = []
    for await (const part of request as AsyncIterable<Uint8Array>) parts.push(part)
    const body = Buffer.concat(parts)
    const operation = operationOf(request, body.toString())
    calls.push(operation)
    const said = answer(state, operation, request, body.toString())
    if (said !== undefined) {
      response.writeHead(said.status, { 'content-type': said.type })
      response.end(said.body)
      return
    }
    const passed = await pass(simulator, request, body)
    const name = /\/([\w-]+)"/.exec(body.toString())?.[1] ?? ''
    const more = operation === 'GetQueueAttributes' && passed.status === 200 ? state.queues[name] : undefined
    response.writeHead(passed.status, { 'content-type': passed.type, ...passed.headers })
    response.end(more === undefined ? passed.body : withAttributes(passed.body, more))
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function operationOf(request: IncomingMessage, body: string): string {
  const target = request.headers['x-amz-target']
  if (typeof target === 'string') return target.slice(target.indexOf('.') + 1)
  const action = new URLSearchParams(body).get('Action')
  return action ?? `${request.method ?? ''} ${request.url ?? ''}`
}

/** To the simulator as it came: the signature covers the host it was made for. */
function pass(simulator: string, request: IncomingMessage, body: Uint8Array) {
  return new Promise<Said & { readonly headers: Record<string, string> }>((resolve, reject) => {
    const { method, url, headers } = request
    const out = send(`${simulator}${url ?? '/'}`, { method, headers }, (from) => {
      const parts: Uint8Array[] = []
      from.on('data', (part: Uint8Array) => parts.push(part))
      from.on('end', () => {
        const queryError = from.headers['x-amzn-query-error']
        resolve({
          status: from.statusCode ?? 500,
          type: from.headers['content-type'] ?? '',
          headers: typeof queryError === 'string' ? { 'x-amzn-query-error': queryError } : {},
          body: Buffer.concat(parts).toString(),
        })
      })
    })
    out.on('error', reject)
    out.end(body)
  })
}

function withAttributes(body: string, more: Readonly<Record<string, string>>): string {
  const attributes = objectOf(member(parseObject(body), 'Attributes')) ?? {}
  return JSON.stringify({ Attributes: { ...attributes, ...more } })
}

function answer(
  state: AccountState,
  operation: string,
  request: IncomingMessage,
  body: string,
): Said | undefined {
  const version = new URLSearchParams(body).get('Version')
  if (state.denied?.includes(operation) === true)
    return version === null
      ? json({ __type: 'AccessDeniedException', message: `not authorized to perform ${operation}` }, 400)
      : xmlError('AccessDenied', 403)
  if (version === IAM) return answerIam(state, operation, new URLSearchParams(body))
  if (operation === 'ListSubscriptions') return listSubscriptions(state, new URLSearchParams(body))
  if (operation.startsWith('GET /v2/email/')) return answerSes(state, request.url ?? '')
  return answerJson(state, operation, parseObject(body) ?? {})
}

const IAM = '2010-05-08'

const missing = (name: string): Said => json({ __type: name, message: 'There is no such thing.' }, 400)

const oldestAnswer = ({ oldest }: AccountState): Said =>
  json({
    MetricDataResults: [
      { Id: 'oldest', StatusCode: 'Complete', Values: oldest === null ? [] : [oldest], Timestamps: [] },
    ],
  })

function answerJson(state: AccountState, operation: string, input: object): Said | undefined {
  const name = member(input, 'Name') ?? member(input, 'Rule')
  const { destination } = state
  const rule = state.rules.find((one) => one.name === name)
  switch (operation) {
    case 'GetParameter': {
      const value = state.parameters[String(name)]
      return value === undefined
        ? missing('ParameterNotFound')
        : json({ Parameter: { Name: name, Value: value } })
    }
    case 'ListRuleNamesByTarget': {
      const arn = member(input, 'TargetArn')
      const found = state.rules.filter(({ targets }) => targets.some((target) => target.Arn === arn))
      return json({ RuleNames: found.map((one) => one.name) })
    }
    case 'DescribeRule':
      if (rule === undefined) return missing('ResourceNotFoundException')
      return json({
        Name: rule.name,
        Arn: `arn:aws:events:us-east-1:123456789012:rule/${rule.name}`,
        State: rule.state,
        EventPattern: JSON.stringify(rule.pattern),
      })
    case 'ListTargetsByRule':
      return json({ Targets: rule?.targets ?? [] })
    case 'DescribeApiDestination':
      if (destination === null) return missing('ResourceNotFoundException')
      return json({
        InvocationEndpoint: destination.endpoint,
        ApiDestinationState: destination.state,
        ConnectionArn: 'arn:aws:events:us-east-1:123456789012:connection/push/0001',
      })
    case 'DescribeConnection':
      return json({ ConnectionState: destination?.connection })
    case 'GetMetricData':
      return oldestAnswer(state)
    default:
      return undefined
  }
}

/** One a page, where SNS has a hundred. */
function listSubscriptions({ subscriptions }: AccountState, form: URLSearchParams): Said {
  const at = Number(form.get('NextToken') ?? 0)
  const page = subscriptions.slice(at, at + 1).map((one) =>
    Object.entries(one)
      .map(([name, value]) => `<${name}>${value}</${name}>`)
      .join(''),
  )
  const next = at + 1 < subscriptions.length ? `<NextToken>${at + 1}</NextToken>` : ''
  const inside = members('Subscriptions', page) + next
  return xml('ListSubscriptions', inside, 'http://sns.amazonaws.com/doc/2010-03-31/')
}

function answerIam({ provider, principal }: AccountState, operation: string, form: URLSearchParams): Said {
  const document = (value: object | undefined): string => encodeURIComponent(JSON.stringify(value))
  const policy = form.get('PolicyName') ?? ''
  const managed = form.get('PolicyArn') ?? ''
  const inside = (): string | undefined => {
    if (operation === 'GetOpenIDConnectProvider')
      return provider === null || provider.arn !== form.get('OpenIDConnectProviderArn')
        ? undefined
        : `<Url>${provider.url}</Url>${members('ClientIDList', provider.audiences)}`
    if (principal === null) return undefined
    const { name, trust, inline, attached, accessKey } = principal
    switch (operation) {
      case 'GetRole':
        return `<Role><RoleName>${name}</RoleName><AssumeRolePolicyDocument>${document(trust)}</AssumeRolePolicyDocument></Role>`
      case 'ListRolePolicies':
      case 'ListUserPolicies':
        return members('PolicyNames', Object.keys(inline))
      case 'GetRolePolicy':
      case 'GetUserPolicy':
        return `<PolicyName>${policy}</PolicyName><PolicyDocument>${document(inline[policy])}</PolicyDocument>`
      case 'ListAttachedRolePolicies':
      case 'ListAttachedUserPolicies':
        return members(
          'AttachedPolicies',
          Object.keys(attached).map((arn) => `<PolicyArn>${arn}</PolicyArn>`),
        )
      case 'GetPolicy':
        return `<Policy><DefaultVersionId>v3</DefaultVersionId></Policy>`
      case 'GetPolicyVersion':
        return `<PolicyVersion><Document>${document(attached[managed])}</Document></PolicyVersion>`
      case 'GetAccessKeyLastUsed':
        return accessKey?.id === form.get('AccessKeyId') ? `<UserName>${name}</UserName>` : undefined
      case 'ListAccessKeys':
        return members('AccessKeyMetadata', [
          `<AccessKeyId>${accessKey?.id ?? ''}</AccessKeyId><Status>${accessKey?.status ?? ''}</Status>`,
        ])
      default:
        return undefined
    }
  }
  const said = inside()
  return said === undefined
    ? xmlError('NoSuchEntity', 404)
    : xml(operation, said, 'https://iam.amazonaws.com/doc/2010-05-08/')
}

/** SES v2 is spoken to over REST. */
function answerSes({ ses }: AccountState, path: string): Said {
  const [, , , kind = '', name = '', more] = decodeURIComponent(path).split('/')
  const gone = json({ __type: 'NotFoundException', message: 'no' }, 404)
  if (kind === 'account') return json(ses.account)
  if (kind === 'identities') {
    const identity = ses.identities[name]
    return identity === undefined ? gone : json(identity)
  }
  const set = ses.sets[name]
  if (set === undefined) return gone
  return more === undefined
    ? json({ ConfigurationSetName: name, SendingOptions: { SendingEnabled: set.sending } })
    : json({ EventDestinations: [{ Name: 'to', Enabled: true, MatchingEventTypes: set.matching }] })
}
