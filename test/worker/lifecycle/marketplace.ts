/** AWS's side at the wire: a queue that redelivers what is not deleted, tokens, entitlements. Envelopes: facts §5.3, captured. */
import { awsError, standIn, type WireCall } from '../support.ts'
import { licenseArn, SUBSCRIPTION_CODE } from '../landing/browser.ts'

export const SELLER = '123456789012'

export interface EventOver {
  readonly id?: string
  readonly agreement?: string
  readonly license?: string
  readonly code?: string
  readonly status?: string
  readonly previous?: string
  readonly [envelope: string]: unknown
}

let made = 0

/** An event as EventBridge puts it into the queue. `over` may also replace members of the envelope. */
export function event(detailType: string, time: string, over: EventOver = {}): string {
  const {
    id = `event-${(made += 1)}`,
    agreement = 'agmt-1',
    license,
    code,
    status,
    previous,
    ...envelope
  } = over
  const ofLicense = detailType.startsWith('License')
  return JSON.stringify({
    version: '0',
    id,
    'detail-type': detailType,
    source: 'aws.agreement-marketplace',
    account: SELLER,
    time,
    region: 'us-east-1',
    resources: [`arn:aws:aws-marketplace::aws:agreement:${agreement}`],
    detail: {
      requestId: `request-${id}`,
      catalog: 'AWSMarketplace',
      agreement: {
        id: agreement,
        ...(status === undefined ? {} : { status }),
        ...(previous === undefined ? {} : { previousAgreementId: previous, intent: 'RENEW' }),
        ...(detailType.includes('Created') ? { startTime: time, acceptanceTime: time } : {}),
      },
      ...(ofLicense
        ? {
            product: { id: 'prod-f8wn5z1hj6t3b', code: code ?? SUBSCRIPTION_CODE },
            license: { arn: license ?? licenseArn('a') },
          }
        : {}),
      acceptor: { accountId: '012345678901' },
      proposer: { accountId: SELLER },
    },
    ...envelope,
  })
}

export const created = (time: string, over?: EventOver) =>
  event('Purchase Agreement Created - Proposer', time, over)
export const updated = (time: string, over?: EventOver) => event('License Updated - Manufacturer', time, over)
export const ended = (time: string, over?: EventOver) =>
  event('Purchase Agreement Ended - Proposer', time, { status: 'CANCELLED', ...over })
export const deprovisioned = (time: string, over?: EventOver) =>
  event('License Deprovisioned - Manufacturer', time, over)

/** A legacy product's message in SNS's envelope. `over` also adds members of the message. Source: facts §5.2, captured. */
export function notification(action: string, time: string, over: Record<string, string> = {}): string {
  const {
    id = `sns-${action}-${time}-${over['customer'] ?? ''}`,
    customer = ' X01',
    product = SUBSCRIPTION_CODE,
    topic = `arn:aws:sns:us-east-1:287250355862:aws-mp-subscription-notification-${product}`,
    type = 'Notification',
    ...more
  } = over
  return JSON.stringify({
    Type: type,
    MessageId: id,
    TopicArn: topic,
    Message: bare(action, { customer, product, ...more }),
    Timestamp: time,
    SignatureVersion: '1',
    Signature: 'bI44w9==',
    SigningCertURL: 'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-60eadc53.pem',
    SubscribeURL: 'http://169.254.169.254/latest/meta-data/',
  })
}

/** The same message with raw delivery: no envelope. */
export function bare(action: string, over: Record<string, string> = {}): string {
  const { customer = ' X01', product = SUBSCRIPTION_CODE, ...more } = over
  return JSON.stringify({ action, 'customer-identifier': customer, 'product-code': product, ...more })
}

/** The wire: what is in the queue and how each operation answers. */
export function openMarketplace() {
  const queue: { id: string; body: string }[] = []
  let handed = 0
  const market = {
    queue,
    deleteFails: false,
    /** When the messages were put into the queue, as SQS tells it; null: it does not. */
    sentAt: null as string | null,
    beforeDelete: async (): Promise<void> => undefined,
    resolve: (): Response | Promise<Response> => awsError('InvalidTokenException'),
    entitlements: (_call: WireCall): Response | Promise<Response> => Response.json({ Entitlements: [] }),
    /** What the agreement service answers: a purchase without a trial, and no agreement of any license. */
    terms: (_call: WireCall): Response | Promise<Response> => Response.json({ acceptedTerms: [] }),
    search: (_call: WireCall): Response | Promise<Response> => Response.json({ agreementViewSummaries: [] }),
    provisioning: (_call: WireCall): Response | Promise<Response> =>
      Response.json({
        agreementEntitlements: [{ status: 'PENDING', statusReasonCode: 'PROVISIONING_IN_PROGRESS' }],
      }),
    put: (...bodies: string[]) =>
      bodies.forEach((body) => queue.push({ id: `message-${(handed += 1)}`, body })),
  }
  const wire = standIn(async (call) => {
    switch (call.target) {
      case 'ResolveCustomer':
        return market.resolve()
      case 'GetEntitlements':
        return market.entitlements(call)
      case 'GetAgreementTerms':
        return market.terms(call)
      case 'GetAgreementEntitlements':
        return market.provisioning(call)
      case 'SearchAgreements':
        return market.search(call)
      case 'ReceiveMessage': {
        const batch = queue.splice(0, 10)
        // Until it is deleted a message comes again.
        unanswered.push(...batch)
        return Response.json({
          Messages: batch.map(({ id, body }) => ({
            MessageId: id,
            ReceiptHandle: `r-${id}`,
            Body: body,
            ...(market.sentAt === null
              ? {}
              : { Attributes: { SentTimestamp: String(Date.parse(market.sentAt)) } }),
          })),
        })
      }
      case 'DeleteMessageBatch': {
        await market.beforeDelete()
        if (market.deleteFails) return awsError('InternalFailure', 500)
        const entries = call.body['Entries'] as { ReceiptHandle: string }[]
        const gone = new Set(entries.map((entry) => entry.ReceiptHandle))
        unanswered.splice(0, unanswered.length, ...unanswered.filter(({ id }) => !gone.has(`r-${id}`)))
        return Response.json({ Successful: [], Failed: [] })
      }
      default:
        return awsError('UnknownOperationException')
    }
  })
  const unanswered: { id: string; body: string }[] = []
  /** The visibility timeout ends: what was not deleted is there again. */
  const reappear = () => queue.push(...unanswered.splice(0))
  return Object.assign(market, { fetch: wire.fetch, calls: wire.calls, reappear })
}
