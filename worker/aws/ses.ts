/** SES v2: one mail to one person, in plain text and HTML. As JSON, so that no text of it can become a header. */
import { readAnswer, type CallFailure } from '../../shared/aws/failure.ts'
import { ok, type Result } from '../../shared/result.ts'
import type { AwsAccess } from '../env.ts'
import { MARKETPLACE_REGION, sendSigned } from './client.ts'

const TIMEOUT_MS = 10_000

export interface Mail {
  /** Bare, or `Name <…>`. */
  readonly from: string
  /** Bare, and no more than one. */
  readonly to: string
  readonly replyTo: string
  /** One line. */
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly configurationSet: string | undefined
  /** Seen in SES's own events, never by the recipient; letters, digits, `-` and `_`. */
  readonly tags: Readonly<Record<string, string>>
}

/** Has SES take the mail; answers the id it has there. SES sends what it took twice twice: it knows no repetition. */
export async function sendMail(aws: AwsAccess, mail: Mail): Promise<Result<string, CallFailure>> {
  const said = await sendSigned(aws, {
    service: 'ses',
    region: MARKETPLACE_REGION,
    host: `email.${MARKETPLACE_REGION}.amazonaws.com`,
    path: '/v2/email/outbound-emails',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(requestOf(mail)),
    timeoutMs: TIMEOUT_MS,
  })
  if (!said.ok) return said
  const { status, text, errorType } = said.value
  const answer = readAnswer(status, text, errorType)
  if (!answer.ok) return answer
  const id: unknown = Reflect.get(answer.value, 'MessageId')
  return ok(typeof id === 'string' ? id : '')
}

/** Source: API_SendEmail of SES v2 (2026-11-21). */
const requestOf = (mail: Mail): object => ({
  FromEmailAddress: mail.from,
  Destination: { ToAddresses: [mail.to] },
  ReplyToAddresses: [mail.replyTo],
  Content: {
    Simple: {
      Subject: utf8(mail.subject),
      Body: { Text: utf8(mail.text), Html: utf8(mail.html) },
      // No absence notice answers it.
      Headers: [{ Name: 'Auto-Submitted', Value: 'auto-generated' }],
    },
  },
  EmailTags: Object.entries(mail.tags).map(([Name, Value]) => ({ Name, Value })),
  ...(mail.configurationSet === undefined ? {} : { ConfigurationSetName: mail.configurationSet }),
})

const utf8 = (text: string): object => ({ Data: text, Charset: 'UTF-8' })
