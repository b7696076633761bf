/** SNS: one message to a topic, by the query protocol, the only one SNS speaks. */
import { readXmlFailure, type CallFailure } from '../../shared/aws/failure.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { AwsAccess } from '../env.ts'
import { MARKETPLACE_REGION, sendSigned } from './client.ts'

const TIMEOUT_MS = 10_000

/** Source: API_Publish, "Subject … up to 100 characters" of ASCII that begins with a letter, number or mark (2026-11-21). */
const SUBJECT_MAX = 99

export interface Notice {
  readonly topicArn: string
  readonly subject: string
  readonly message: string
  /** For filters of subscribers. */
  readonly attributes: Readonly<Record<string, string>>
}

/** Publishes once; answers the message's id. The topic's own Region is asked. */
export async function publish(aws: AwsAccess, notice: Notice): Promise<Result<string, CallFailure>> {
  const region = notice.topicArn.split(':')[3] ?? MARKETPLACE_REGION
  const said = await sendSigned(aws, {
    service: 'sns',
    region,
    host: `sns.${region}.amazonaws.com`,
    path: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: formOf(notice).toString(),
    timeoutMs: TIMEOUT_MS,
  })
  if (!said.ok) return said
  const { status, text } = said.value
  const id = /<MessageId>([\w-]{1,100})<\/MessageId>/.exec(text)?.[1]
  if (status === 200) {
    return id === undefined ? err({ kind: 'unexpected_body', message: '200 without a MessageId' }) : ok(id)
  }
  return err(readXmlFailure(status, text))
}

function formOf({ topicArn, subject, message, attributes }: Notice): URLSearchParams {
  const form = new URLSearchParams({
    Action: 'Publish',
    Version: '2010-03-31',
    TopicArn: topicArn,
    Subject: plainSubject(subject),
    Message: message,
  })
  Object.entries(attributes).forEach(([name, value], at) => {
    const entry = `MessageAttributes.entry.${at + 1}`
    form.set(`${entry}.Name`, name)
    form.set(`${entry}.Value.DataType`, 'String')
    form.set(`${entry}.Value.StringValue`, value)
  })
  return form
}

const plainSubject = (text: string): string =>
  text
    .replaceAll(/[^ -~]+/g, ' ')
    .trim()
    .slice(0, SUBJECT_MAX)
    .trim() || 'Tollgate'
