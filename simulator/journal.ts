/** What AWS's doors were asked and what they answered, for people to read. In memory: it begins anew with the process. */
import type { Marketplace } from './host.ts'
import type { ApiAnswer, ApiCall, CommandKind, CommandOf } from './marketplace/commands.ts'
import type { Json } from './marketplace/model.ts'

/** One call. Times are epoch ms. */
export interface Call {
  readonly at: number
  readonly operation: string
  readonly account: string
  readonly region: string
  /** `ok`, or AWS's name for the failure. */
  readonly outcome: string
  /** What the call was about, in a few words. */
  readonly detail: string
  /** True: the answer never reached the caller. */
  readonly cut: boolean
}

/** A record that AWS did not bill, or handed back. */
export interface RefusedRecord {
  readonly at: number
  readonly account: string
  readonly dimension: string
  /** As sent, epoch ms; null when it was unreadable. */
  readonly timestamp: number | null
  readonly quantity: number | null
  /** The record's status, the call's failure, or `Unprocessed`. */
  readonly reason: string
}

export interface Journal {
  /** The newest first. */
  calls(): readonly Call[]
  /** The newest first; of one account, or of all. */
  refused(account?: string): readonly RefusedRecord[]
}

const KEPT = 300

/** The same marketplace, with each API call written down as it is answered. Empty polls of a queue are left out. */
export function withJournal(marketplace: Marketplace): { marketplace: Marketplace; journal: Journal } {
  const calls: Call[] = []
  const refused: RefusedRecord[] = []

  function note(call: ApiCall, answer: ApiAnswer): void {
    const at = marketplace.state.business
    const detail = describe(call, answer)
    if (detail === undefined) return
    // A dry run that may be done says so by an error.
    const outcome = answer.ok || answer.code === 'DryRunOperation' ? 'ok' : answer.code
    const { account, region } = call.caller
    keep(calls, {
      at,
      operation: call.operation,
      account,
      region,
      outcome,
      detail,
      cut: answer.reply === 'cut',
    })
    if (call.operation === 'MeterUsage' && outcome !== 'ok' && fieldOf(call.input, 'DryRun') !== true)
      keep(refused, { at, ...sentOf(call.input), account, reason: outcome })
    if (call.operation === 'BatchMeterUsage')
      for (const record of refusedOf(call.input, answer)) keep(refused, { at, ...record })
  }

  return {
    marketplace: {
      get state() {
        return marketplace.state
      },
      async run<K extends CommandKind>(command: CommandOf<K>) {
        const answer = await marketplace.run(command)
        if (command.kind === 'api') note(command as CommandOf<'api'>, answer as ApiAnswer)
        return answer
      },
      onChange: (listen) => marketplace.onChange(listen),
    },
    journal: {
      calls: () => calls.toReversed(),
      refused: (account) =>
        refused.filter((record) => account === undefined || record.account === account).toReversed(),
    },
  }
}

function keep<T>(list: T[], entry: T): void {
  list.push(entry)
  if (list.length > KEPT) list.shift()
}

/** Undefined: not worth a line. */
function describe({ operation, input }: ApiCall, answer: ApiAnswer): string | undefined {
  if (!answer.ok) return answer.message
  switch (operation) {
    case 'BatchMeterUsage': {
      const sent = listOf(input, 'UsageRecords').length
      const back = listOf(answer.body, 'UnprocessedRecords').length
      const accepted = listOf(answer.body, 'Results').filter((r) => textOf(r, 'Status') === 'Success').length
      return `${accepted} of ${sent} records accepted${back > 0 ? `, ${back} handed back unprocessed` : ''}`
    }
    case 'ReceiveMessage': {
      const received = listOf(answer.body, 'Messages').length
      return received > 0 || answer.reply === 'cut' ? `messages handed out: ${received}` : undefined
    }
    case 'DeleteMessageBatch':
      return `messages deleted: ${listOf(answer.body, 'Successful').length}`
    case 'MeterUsage':
      return `${quantityOf(input)} ${textOf(input, 'UsageDimension') ?? ''} accepted`
    // The Worker writes each minute: the page of metrics shows what.
    case 'PutMetricData':
    case 'EcsMetadata':
      return undefined
    case 'RegisterUsage':
    case 'CheckoutLicense':
    case 'ExtendLicenseConsumption':
    case 'CheckInLicense':
    case 'GetLicense':
    case 'GetLicenseUsage':
    case 'ListReceivedLicenses':
    case 'EcsCredentials':
    case 'InstanceMetadata':
    case 'ResolveCustomer':
    case 'GetEntitlements':
    case 'SearchAgreements':
    case 'DescribeAgreement':
    case 'GetAgreementTerms':
    case 'GetAgreementEntitlements':
    case 'SendMessage':
    case 'SendMessageBatch':
    case 'DeleteMessage':
    case 'ChangeMessageVisibility':
    case 'GetQueueAttributes':
    case 'GetQueueUrl':
    case 'SetQueueAttributes':
    case 'StartMessageMoveTask':
    case 'ListMessageMoveTasks':
    case 'GetCallerIdentity':
    case 'AssumeRoleWithWebIdentity':
    case 'SendEmail':
    case 'Publish':
    case 'CreateTopic':
    case 'ListTopics':
      return 'answered'
  }
}

function refusedOf(input: Json, answer: ApiAnswer): Omit<RefusedRecord, 'at'>[] {
  if (!answer.ok)
    return listOf(input, 'UsageRecords').map((record) => ({ ...sentOf(record), reason: answer.code }))
  const results = listOf(answer.body, 'Results').filter((result) => textOf(result, 'Status') !== 'Success')
  return [
    ...results.map((result) => ({
      ...sentOf(fieldOf(result, 'UsageRecord')),
      reason: textOf(result, 'Status') ?? 'unknown',
    })),
    ...listOf(answer.body, 'UnprocessedRecords').map((record) => ({
      ...sentOf(record),
      reason: 'Unprocessed',
    })),
  ]
}

/** A record as it was sent: nothing of it is certain. */
function sentOf(record: Json | undefined): Omit<RefusedRecord, 'at' | 'reason'> {
  const seconds = fieldOf(record, 'Timestamp')
  const quantity = fieldOf(record, 'Quantity') ?? fieldOf(record, 'UsageQuantity')
  return {
    account: textOf(record, 'CustomerAWSAccountId') ?? textOf(record, 'CustomerIdentifier') ?? 'unknown',
    dimension: textOf(record, 'Dimension') ?? textOf(record, 'UsageDimension') ?? 'unknown',
    timestamp: typeof seconds === 'number' && Math.abs(seconds) < 8.64e12 ? Math.round(seconds * 1000) : null,
    quantity: typeof quantity === 'number' ? quantity : null,
  }
}

function quantityOf(input: Json): number {
  const quantity = fieldOf(input, 'UsageQuantity')
  return typeof quantity === 'number' ? quantity : 0
}

const fieldOf = (value: Json | undefined, name: string): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
    ? value[name]
    : undefined

function listOf(value: Json | undefined, name: string): Json[] {
  const list = fieldOf(value, name)
  return Array.isArray(list) ? list : []
}

function textOf(value: Json | undefined, name: string): string | undefined {
  const text = fieldOf(value, name)
  return typeof text === 'string' ? text : undefined
}
