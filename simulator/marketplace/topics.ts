/** SNS as far as a tech admin's topic needs it: topics, and what was published, kept to be read. Pure. Source: SNS API reference. */
import { err, ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { ApiCall } from './commands.ts'
import { keepLast, laterRandom, own } from './draft.ts'
import type { Draft } from './draft.ts'
import type { Json } from './model.ts'
import { drawUuid } from './random.ts'
import type { ApiRefusal } from './shape.ts'
import { isObject, member } from './shape.ts'

/** A message as it was published. */
export interface Published {
  readonly id: string
  readonly topicArn: string
  /** Business time, epoch ms. */
  readonly at: number
  readonly subject: string | null
  readonly message: string
  readonly attributes: { readonly [name: string]: string }
}

/** The topic a stack makes for the people who run the seller's software. */
export const techAdminTopic = (account: string): string =>
  topicArn('us-east-1', account, 'tollgate-tech-admin')

const topicArn = (region: string, account: string, name: string): string =>
  `arn:aws:sns:${region}:${account}:${name}`

const PUBLISHED_MAX = 500

/** Source: SNS quotas, 256 KB a message. */
const MESSAGE_MAX_BYTES = 262_144

export function publish(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  const { state, times } = draft
  const form = isObject(call.input) ? call.input : {}
  const arn = member(form, 'TopicArn') ?? member(form, 'TargetArn')
  const message = member(form, 'Message')
  const subject = member(form, 'Subject') ?? null
  if (typeof arn !== 'string' || !arn.startsWith(`arn:aws:sns:${call.caller.region}:`))
    return invalid('TopicArn')
  if (own(state.topics, arn) === undefined)
    return err({ status: 404, code: 'NotFound', message: 'Topic does not exist' })
  if (typeof message !== 'string' || message === '') return invalid('Empty message')
  if (new TextEncoder().encode(message).length > MESSAGE_MAX_BYTES) return invalid('Message too long')
  // ASCII that begins with a letter, digit or punctuation, without a line's end, below 100 characters.
  if (subject !== null && (typeof subject !== 'string' || !/^[!-~][ -~]{0,98}$/.test(subject)))
    return invalid('Subject')
  const id = drawUuid(laterRandom(state))
  const attributes = readAttributes(form)
  keepLast(
    state.published,
    { id, topicArn: arn, at: times.business, subject, message, attributes },
    PUBLISHED_MAX,
  )
  draft.changed = true
  return ok({ MessageId: id })
}

/** The same name again is the same topic. */
export function createTopic(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  const name = isObject(call.input) ? member(call.input, 'Name') : undefined
  if (typeof name !== 'string' || !/^[\w-]{1,256}$/.test(name)) return invalid('Topic Name')
  const arn = topicArn(call.caller.region, call.caller.account, name)
  if (own(draft.state.topics, arn) === undefined) {
    draft.state.topics[arn] = { createdAt: draft.times.business }
    draft.changed = true
  }
  return ok({ TopicArn: arn })
}

export const listTopics = (draft: Draft, call: ApiCall): Result<Json, ApiRefusal> =>
  ok({
    Topics: Object.keys(draft.state.topics).filter((arn) =>
      arn.startsWith(`arn:aws:sns:${call.caller.region}:`),
    ),
  })

const invalid = (what: string): Result<never, ApiRefusal> =>
  err({ code: 'InvalidParameter', message: `Invalid parameter: ${what}` })

/** `MessageAttributes.entry.N.Name` and its value, as the query protocol numbers them. */
function readAttributes(form: { readonly [name: string]: Json }): { [name: string]: string } {
  const attributes: { [name: string]: string } = {}
  for (const [key, name] of Object.entries(form)) {
    const number = /^MessageAttributes\.entry\.(\d{1,2})\.Name$/.exec(key)?.[1]
    const value = form[`MessageAttributes.entry.${number}.Value.StringValue`]
    if (number !== undefined && typeof name === 'string' && typeof value === 'string')
      attributes[name] = value
  }
  return attributes
}
