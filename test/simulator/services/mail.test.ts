/** SES v2 and SNS with the real SDKs: what is taken is kept to be read, what is wrong is refused in the service's own words. */
import {
  BadRequestException,
  MessageRejected,
  SESv2Client,
  SendEmailCommand,
  TooManyRequestsException,
} from '@aws-sdk/client-sesv2'
import type { SendEmailCommandInput } from '@aws-sdk/client-sesv2'
import {
  CreateTopicCommand,
  InvalidParameterException,
  ListTopicsCommand,
  NotFoundException,
  PublishCommand,
  SNSClient,
} from '@aws-sdk/client-sns'
import { expect, test } from 'vitest'
import { NOON, SELLER } from '../market.ts'
import { BUYER_CREDENTIALS, openSimulator, SELLER_CREDENTIALS } from '../simulator.ts'

const TOPIC = `arn:aws:sns:us-east-1:${SELLER}:tollgate-tech-admin`

async function open() {
  const simulator = await openSimulator()
  const settings = {
    endpoint: simulator.url,
    region: 'us-east-1',
    credentials: SELLER_CREDENTIALS,
    maxAttempts: 1,
  }
  return {
    ...simulator,
    settings,
    ses: new SESv2Client(settings),
    sns: new SNSClient(settings),
  }
}

const MAIL: SendEmailCommandInput = {
  FromEmailAddress: 'Skillsmith <hello@skillsmith.example>',
  Destination: { ToAddresses: ['buyer@example.com'] },
  ConfigurationSetName: 'tollgate',
  EmailTags: [{ Name: 'template', Value: 'welcome' }],
  Content: {
    Simple: {
      Subject: { Data: 'Grüezi' },
      Body: { Text: { Data: 'Your access is ready.' }, Html: { Data: '<p>Your access is ready.</p>' } },
      Headers: [{ Name: 'List-Unsubscribe', Value: '<https://skillsmith.example/stop>' }],
    },
  },
}

const simple = (change: object): SendEmailCommandInput => ({
  ...MAIL,
  Content: { Simple: { Subject: { Data: 'x' }, Body: { Text: { Data: 'x' } }, ...change } },
})

test('a mail that SES takes is kept whole, and its id is the answer (API_SendEmail)', async () => {
  const { ses, store } = await open()
  const { MessageId } = await ses.send(new SendEmailCommand(MAIL))
  expect(store.state.mails).toEqual([
    {
      id: MessageId,
      at: NOON,
      from: 'Skillsmith <hello@skillsmith.example>',
      to: ['buyer@example.com'],
      cc: [],
      bcc: [],
      replyTo: [],
      subject: 'Grüezi',
      text: 'Your access is ready.',
      html: '<p>Your access is ready.</p>',
      headers: [{ name: 'List-Unsubscribe', value: '<https://skillsmith.example/stop>' }],
      configurationSet: 'tollgate',
      tags: { template: 'welcome' },
      outcome: 'delivered',
    },
  ])
})

test.each<[string, SendEmailCommandInput]>([
  ['no sender', { ...MAIL, FromEmailAddress: undefined }],
  ['no recipient', { ...MAIL, Destination: { ToAddresses: [] } }],
  ['a recipient without a domain', { ...MAIL, Destination: { ToAddresses: ['buyer'] } }],
  [
    'a recipient that carries a header',
    { ...MAIL, Destination: { ToAddresses: ['a@b.example\r\nBcc: c@d.example'] } },
  ],
  [
    '51 recipients',
    { ...MAIL, Destination: { ToAddresses: Array.from({ length: 51 }, (_, i) => `b${i}@example.com`) } },
  ],
  ['a subject of two lines', simple({ Subject: { Data: 'one\r\nBcc: c@d.example' } })],
  ['an empty subject', simple({ Subject: { Data: '' } })],
  ['no body', simple({ Body: {} })],
  ['a header of two lines', simple({ Headers: [{ Name: 'X', Value: 'a\nBcc: c@d.example' }] })],
  ['a tag with a space', { ...MAIL, EmailTags: [{ Name: 'a b', Value: 'c' }] }],
])('a mail with %s is a BadRequestException and is not kept (API_SendEmail)', async (_, mail) => {
  const { ses, store } = await open()
  await expect(ses.send(new SendEmailCommand(mail))).rejects.toBeInstanceOf(BadRequestException)
  expect(store.state.mails).toEqual([])
})

test('SES throttles with 429 and refuses what a fault says, each as its own class (facts §9.3)', async () => {
  const { ses, store } = await open()
  await store.run({ kind: 'set_fault', fault: { kind: 'throttle' }, on: 'SendEmail' })
  const throttled: unknown = await ses.send(new SendEmailCommand(MAIL)).catch((error: unknown) => error)
  expect(throttled).toBeInstanceOf(TooManyRequestsException)
  expect(throttled).toMatchObject({ $metadata: { httpStatusCode: 429 } })
  await store.run({ kind: 'set_fault', fault: { kind: 'refused', code: 'MessageRejected' }, on: 'SendEmail' })
  await expect(ses.send(new SendEmailCommand(MAIL))).rejects.toBeInstanceOf(MessageRejected)
  await ses.send(new SendEmailCommand(MAIL))
  expect(store.state.mails).toHaveLength(1)
})

test('a lost reply leaves a mail that its sender knows nothing of: sending again sends it twice', async () => {
  const { ses, store } = await open()
  await store.run({ kind: 'set_fault', fault: { kind: 'lost_reply' }, on: 'SendEmail' })
  await expect(ses.send(new SendEmailCommand(MAIL))).rejects.toMatchObject({ code: 'ECONNRESET' })
  await ses.send(new SendEmailCommand(MAIL))
  expect(store.state.mails).toHaveLength(2)
})

test('SES’s own test addresses bounce and complain (SES mailbox simulator)', async () => {
  const { ses, store } = await open()
  for (const name of ['bounce', 'complaint', 'success'])
    await ses.send(
      new SendEmailCommand({ ...MAIL, Destination: { ToAddresses: [`${name}@simulator.amazonses.com`] } }),
    )
  expect(store.state.mails.map((mail) => mail.outcome)).toEqual(['bounced', 'complained', 'delivered'])
})

test('SES takes mail from the seller’s account only', async () => {
  const { settings } = await open()
  const buyer = new SESv2Client({ ...settings, credentials: BUYER_CREDENTIALS })
  await expect(buyer.send(new SendEmailCommand(MAIL))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  })
  const stranger = new SESv2Client({
    ...settings,
    credentials: { ...SELLER_CREDENTIALS, secretAccessKey: 'x' },
  })
  await expect(stranger.send(new SendEmailCommand(MAIL))).rejects.toMatchObject({
    name: 'InvalidSignatureException',
  })
})

test('what is published on the tech admin’s topic is kept with its subject and attributes (SNS Publish)', async () => {
  const { sns, store } = await open()
  const { MessageId } = await sns.send(
    new PublishCommand({
      TopicArn: TOPIC,
      Subject: 'Access was granted',
      Message: '{"a":1} <&>\n',
      MessageAttributes: { type: { DataType: 'String', StringValue: 'subscription.granted' } },
    }),
  )
  expect(store.state.published).toEqual([
    {
      id: MessageId,
      topicArn: TOPIC,
      at: NOON,
      subject: 'Access was granted',
      message: '{"a":1} <&>\n',
      attributes: { type: 'subscription.granted' },
    },
  ])
})

test.each([
  ['an empty message', { Message: '' }],
  ['a subject of two lines', { Message: 'x', Subject: 'a\nb' }],
  ['a subject beyond ASCII', { Message: 'x', Subject: 'Grüezi' }],
  ['a subject of 100 characters', { Message: 'x', Subject: 'x'.repeat(100) }],
  ['a message over 256 KB', { Message: 'x'.repeat(262_145) }],
  ['a topic of another Region', { Message: 'x', TopicArn: TOPIC.replace('us-east-1', 'eu-west-1') }],
])('%s is an InvalidParameter (SNS Publish)', async (_, input) => {
  const { sns, store } = await open()
  await expect(sns.send(new PublishCommand({ TopicArn: TOPIC, ...input }))).rejects.toBeInstanceOf(
    InvalidParameterException,
  )
  expect(store.state.published).toEqual([])
})

test('a topic that is not there is NotFound; one that is made is listed, and made once (SNS CreateTopic)', async () => {
  const { sns } = await open()
  const missing = `${TOPIC}-other`
  await expect(sns.send(new PublishCommand({ TopicArn: missing, Message: 'x' }))).rejects.toBeInstanceOf(
    NotFoundException,
  )
  const make = () => sns.send(new CreateTopicCommand({ Name: 'tollgate-tech-admin-other' }))
  expect([(await make()).TopicArn, (await make()).TopicArn]).toEqual([missing, missing])
  const { Topics } = await sns.send(new ListTopicsCommand({}))
  expect(Topics?.map((topic) => topic.TopicArn)).toEqual([TOPIC, missing])
})

test('SNS throttles under its own name, and the SDK tries again by itself', async () => {
  const { settings, store } = await open()
  await store.run({ kind: 'set_fault', fault: { kind: 'throttle' }, on: 'Publish' })
  const patient = new SNSClient({ ...settings, maxAttempts: 2 })
  const { $metadata } = await patient.send(new PublishCommand({ TopicArn: TOPIC, Message: 'x' }))
  expect($metadata.attempts).toBe(2)
  expect(store.state.published).toHaveLength(1)
})
