/**
 * SES v2 SendEmail: the mail is kept so that a person can read what the buyer would. Pure. Source: service model sesv2
 * 2019-09-27; facts §9.3.
 */
import { err, ok } from '../../shared/result.ts'
import type { Result } from '../../shared/result.ts'
import type { ApiCall } from './commands.ts'
import type { Draft } from './draft.ts'
import { keepLast, laterRandom } from './draft.ts'
import type { Json } from './model.ts'
import { drawHex32, drawUuid } from './random.ts'
import type { ApiRefusal, JsonObject } from './shape.ts'
import { isObject, isTextsOrAbsent, member } from './shape.ts'

/** A mail that SES took. */
export interface Mail {
  readonly id: string
  /** Business time, epoch ms. */
  readonly at: number
  readonly from: string
  readonly to: readonly string[]
  readonly cc: readonly string[]
  readonly bcc: readonly string[]
  readonly replyTo: readonly string[]
  readonly subject: string
  /** At least one of the two is there. */
  readonly text: string | null
  readonly html: string | null
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  readonly configurationSet: string | null
  readonly tags: { readonly [name: string]: string }
  /** What became of it: SES's own test addresses bounce and complain. */
  readonly outcome: 'delivered' | 'bounced' | 'complained'
}

/** Mails kept; older ones are forgotten. */
const MAILS_MAX = 500

/** Source: SES quotas, "recipients per message". */
const RECIPIENTS_MAX = 50

export function sendEmail(draft: Draft, call: ApiCall): Result<Json, ApiRefusal> {
  const { state, times } = draft
  const read = isObject(call.input) ? readMail(call.input) : bad('The body must be a JSON object.')
  if (!read.ok) return read
  const random = laterRandom(state)
  const id = `0100${drawHex32(random).slice(0, 12)}-${drawUuid(random)}-000000`
  keepLast(state.mails, { ...read.value, id, at: times.business }, MAILS_MAX)
  draft.changed = true
  return ok({ MessageId: id })
}

const bad = (message: string): Result<never, ApiRefusal> => err({ code: 'BadRequestException', message })

function readMail(input: JsonObject): Result<Omit<Mail, 'id' | 'at'>, ApiRefusal> {
  const from = member(input, 'FromEmailAddress')
  const destination = member(input, 'Destination') ?? {}
  const set = member(input, 'ConfigurationSetName') ?? null
  if (typeof from !== 'string' || !isAddress(from)) return bad('FromEmailAddress must be an e-mail address.')
  if (!isObject(destination)) return bad('Destination must be an object.')
  if (set !== null && (typeof set !== 'string' || !/^[\w-]{1,64}$/.test(set)))
    return bad('ConfigurationSetName must have 1 to 64 letters, digits, hyphens and underscores.')
  const lists = ['ToAddresses', 'CcAddresses', 'BccAddresses'].map((name) => member(destination, name))
  const replyTo = member(input, 'ReplyToAddresses')
  const [to = [], cc = [], bcc = []] = lists.map((list) => (isTextsOrAbsent(list) ? (list ?? []) : undefined))
  if (![...lists, replyTo].every((list) => isTextsOrAbsent(list)) || !isTextsOrAbsent(replyTo))
    return bad('Addresses must be lists of texts.')
  const everybody = [...to, ...cc, ...bcc]
  if (everybody.length === 0) return bad('There must be at least one recipient.')
  if (everybody.length > RECIPIENTS_MAX) return bad(`At most ${RECIPIENTS_MAX} recipients are taken.`)
  const wrong = [...everybody, ...(replyTo ?? [])].find((address) => !isAddress(address))
  if (wrong !== undefined) return bad("Missing final '@domain' or characters that an address cannot have.")
  const content = readContent(member(input, 'Content'))
  if (!content.ok) return content
  const tags = readPairs(member(input, 'EmailTags'))
  if (
    tags === undefined ||
    tags.some(({ name, value }) => !/^[\w-]{1,256}$/.test(name) || !/^[\w-]{1,256}$/.test(value))
  )
    return bad('EmailTags must be names and values of letters, digits, hyphens and underscores.')
  return ok({
    from,
    to,
    cc,
    bcc,
    replyTo: replyTo ?? [],
    ...content.value,
    configurationSet: set,
    tags: Object.fromEntries(tags.map(({ name, value }) => [name, value])),
    outcome: outcomeOf(everybody),
  })
}

/** Only the simple form is read here: subject, plain text and HTML. */
function readContent(
  content: Json | undefined,
): Result<Pick<Mail, 'subject' | 'text' | 'html' | 'headers'>, ApiRefusal> {
  const simple = isObject(content) ? member(content, 'Simple') : undefined
  if (!isObject(simple))
    return bad('Content must have Simple; Raw and Template are not read by this simulator.')
  const body = member(simple, 'Body')
  const subject = dataOf(member(simple, 'Subject'))
  const text = isObject(body) ? dataOf(member(body, 'Text')) : undefined
  const html = isObject(body) ? dataOf(member(body, 'Html')) : undefined
  const headers = readPairs(member(simple, 'Headers'))
  if (subject === undefined || subject === '') return bad('Content.Simple.Subject.Data is missing.')
  if (hasLineEnd(subject)) return bad('A subject is one line.')
  if (text === undefined && html === undefined) return bad('Content.Simple.Body must have Text or Html.')
  if (headers === undefined || headers.length > 15)
    return bad('Headers must be at most 15 names with values.')
  if (headers.some(({ name, value }) => !/^[!-9;-~]{1,126}$/.test(name) || hasLineEnd(value)))
    return bad('A header is one line of ASCII.')
  return ok({ subject, text: text ?? null, html: html ?? null, headers })
}

const hasLineEnd = (text: string): boolean => /[\r\n]/.test(text)

function dataOf(value: Json | undefined): string | undefined {
  const data = isObject(value) ? member(value, 'Data') : undefined
  return typeof data === 'string' ? data : undefined
}

/** `[{"Name": …, "Value": …}]`; undefined: it is not that. */
function readPairs(list: Json | undefined): { name: string; value: string }[] | undefined {
  if (list === undefined) return []
  if (!Array.isArray(list)) return undefined
  const pairs = list.map((item) => {
    const name = isObject(item) ? member(item, 'Name') : undefined
    const value = isObject(item) ? member(item, 'Value') : undefined
    return typeof name === 'string' && typeof value === 'string' ? { name, value } : undefined
  })
  const read = pairs.filter((pair) => pair !== undefined)
  return read.length === pairs.length ? read : undefined
}

/** `a@b` or `Name <a@b>`, on one line; the part before the @ is ASCII (SES takes no other). */
function isAddress(text: string): boolean {
  const bare = /<([^<>]*)>\s*$/.exec(text)?.[1] ?? text
  return !hasLineEnd(text) && text.length <= 320 && /^[!-?A-~]{1,64}@[^\s@<>,;]{1,255}$/.test(bare)
}

/** Source: SES developer guide, mailbox simulator. */
function outcomeOf(everybody: readonly string[]): Mail['outcome'] {
  if (everybody.some((address) => /(?:bounce|suppressionlist)@simulator\.amazonses\.com/i.test(address)))
    return 'bounced'
  return everybody.some((address) => /complaint@simulator\.amazonses\.com/i.test(address))
    ? 'complained'
    : 'delivered'
}
