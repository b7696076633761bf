/**
 * Messages of products on the legacy integration: SNS hands them to our queue, in its envelope or bare (raw delivery). They
 * are trusted because the queue's policy lets two topics a product put them there, and an envelope has to name one of them.
 * Nothing here is fetched and no address in a message is followed. Pure. Source: facts §5.1, §5.2.
 */
import { parseObject, textMember } from '../../shared/aws/json.ts'
import type { EdgeProduct, EdgeView } from '../../shared/seller/views.ts'
import type { QueueMessage } from '../aws/queue.ts'
import type { Arrived } from '../db/inbox.ts'
import { isLegacyAction } from '../lifecycle/event.ts'

/** The account that owns every seller's topics. Source: facts §5.2, an envelope captured on 2024-03-14. */
const OWNER = '287250355862'

/** What such messages are checked against. */
export interface Heard {
  readonly products: readonly Pick<EdgeProduct, 'code' | 'integration'>[]
  /** Topics that are trusted beside AWS Marketplace's own: of an account that hands them on. */
  readonly topics: readonly string[]
}

export const heardBy = (seller: EdgeView, topics: readonly string[] = []): Heard => ({
  products: seller.products,
  topics,
})

/** Reads a message of a topic; undefined when it is none. `now` is its time when nothing tells another. */
export function readNotification(
  message: Pick<QueueMessage, 'id' | 'body' | 'sentMs'>,
  heard: Heard,
  now: number,
): Arrived | undefined {
  const outer = parseObject(message.body)
  const topic = textMember(outer, 'TopicArn')
  const isBare = topic === undefined
  if (isBare && textMember(outer, 'product-code') === undefined) return undefined
  const inner = isBare ? outer : parseObject(textMember(outer, 'Message') ?? '')
  const told = Date.parse(textMember(outer, 'Timestamp') ?? '')
  const messageId = isBare ? undefined : textMember(outer, 'MessageId')
  const said: Said = {
    topic,
    type: isBare ? 'Notification' : textMember(outer, 'Type'),
    messageId: isBare ? message.id : messageId,
    action: textMember(inner, 'action'),
    productCode: textMember(inner, 'product-code')?.trim(),
    customer: textMember(inner, 'customer-identifier')?.trim(),
    timeMs: isBare || Number.isNaN(told) ? (message.sentMs ?? now) : told,
    isReadable: inner !== undefined,
  }
  return {
    id: messageId === undefined ? `message:${message.id}` : `sns:${messageId}`,
    source: 'aws.sns',
    detailType: said.action ?? said.type ?? '',
    timeMs: said.timeMs,
    agreementId: null,
    licenseTail: null,
    productCode: said.productCode ?? null,
    account: null,
    customerIdentifier: said.customer ?? null,
    body: message.body,
    note: noteOf(said, heard),
  }
}

interface Said {
  readonly topic: string | undefined
  readonly type: string | undefined
  readonly messageId: string | undefined
  readonly action: string | undefined
  readonly productCode: string | undefined
  readonly customer: string | undefined
  readonly timeMs: number
  readonly isReadable: boolean
}

/** Why it is only kept; null: it is acted on once its customer is known. */
function noteOf(said: Said, { products, topics }: Heard): string | null {
  const { topic, action = '', customer = '' } = said
  const product = products.find(({ code }) => code === said.productCode)
  const own = products.flatMap(({ code }) => topicsOf(code))
  if (topic !== undefined && !own.includes(topic) && !topics.includes(topic)) return 'from another topic'
  if (said.type !== 'Notification') return 'a topic that asks a person to confirm it'
  if (said.messageId === undefined) return 'without an id'
  if (!said.isReadable) return 'not a JSON object'
  if (product === undefined) return 'for a product that is not ours'
  if (topic !== undefined && own.includes(topic) && !topicsOf(product.code).includes(topic))
    return 'for another product than its topic'
  if (!isLegacyAction(action)) return 'of a kind that changes nothing'
  if (said.timeMs >= legacyUntil(product))
    return 'for a product that has licenses: EventBridge tells the same'
  return customer === '' ? 'without a customer' : null
}

const topicsOf = (code: string): readonly string[] =>
  ['subscription', 'entitlement'].map(
    (kind) => `arn:aws:sns:us-east-1:${OWNER}:aws-mp-${kind}-notification-${code}`,
  )

/** From then on a customer may have several licenses, and a message that names none could end the wrong one. */
const legacyUntil = ({ integration }: Pick<EdgeProduct, 'integration'>): number =>
  integration === 'legacy'
    ? Number.POSITIVE_INFINITY
    : integration === 'license'
      ? Number.NEGATIVE_INFINITY
      : Date.parse(integration.switchAt)
