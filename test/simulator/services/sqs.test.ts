/** SQS over HTTP, with the real SDK: which checks the MD5 sums itself. */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  ReceiptHandleIsInvalid,
  ReceiveMessageCommand,
  SQSClient,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { SELLER } from '../market.ts'
import { BUYER_CREDENTIALS, SELLER_CREDENTIALS, openSimulator } from '../simulator.ts'

async function open() {
  const simulator = await openSimulator()
  const settings = { endpoint: simulator.url, region: 'us-east-1', maxAttempts: 1 }
  const client = new SQSClient({ ...settings, credentials: SELLER_CREDENTIALS })
  const buyer = new SQSClient({ ...settings, credentials: BUYER_CREDENTIALS })
  return { simulator, client, buyer, QueueUrl: simulator.queueUrl }
}

test('a message sent is received with its body, attributes and a receipt handle (SQS ReceiveMessage)', async () => {
  const { client, QueueUrl } = await open()
  const sent = await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'grüezi' }))
  const { Messages } = await client.send(
    new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ['All'] }),
  )
  expect(Messages).toMatchObject([
    {
      MessageId: sent.MessageId,
      Body: 'grüezi',
      MD5OfBody: sent.MD5OfMessageBody,
      Attributes: { ApproximateReceiveCount: '1', SenderId: SELLER },
    },
  ])
})

test('a text with a character that SQS does not carry is refused (SQS SendMessage, InvalidMessageContents)', async () => {
  const { client, QueueUrl } = await open()
  for (const MessageBody of ['a\u0001b', '\u0000', 'x\uFFFE']) {
    await expect(client.send(new SendMessageCommand({ QueueUrl, MessageBody }))).rejects.toMatchObject({
      name: 'InvalidMessageContents',
    })
  }
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'tab\t, line\n and 🎉' }))
})

test('marketplace events come into the queue as raw JSON, without an envelope of SNS (facts §5.5)', async () => {
  const { client, simulator, QueueUrl } = await open()
  const agreement = await simulator.buyActive()
  const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
  expect(Messages?.map((message) => JSON.parse(message.Body ?? '') as unknown)).toMatchObject([
    { 'detail-type': 'License Updated - Manufacturer', detail: { license: { arn: agreement.licenseArn } } },
  ])
})

test('a long poll returns as soon as a message comes, an empty one when its wait is over (SQS long polling)', async () => {
  const { client, QueueUrl } = await open()
  const waiting = client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'now' }))
  expect((await waiting).Messages?.map((message) => message.Body)).toEqual(['now'])
  const empty = await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }))
  expect(empty.Messages).toBeUndefined()
})

test('a long poll also sees a message whose visibility timeout ends while it waits', async () => {
  const { client, QueueUrl } = await open()
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'back soon' }))
  await client.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 1 }))
  const again = await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
  expect(again.Messages?.map((message) => message.Body)).toEqual(['back soon'])
})

test('a batch of sends is received whole, and each message once while it is hidden', async () => {
  const { client, QueueUrl } = await open()
  const Entries = Array.from({ length: 10 }, (_, i) => ({ Id: `e${i}`, MessageBody: `body ${i}` }))
  const sent = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
  expect(sent.Successful?.map((entry) => entry.Id)).toEqual(Entries.map((entry) => entry.Id))
  const receive = () => client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 6 }))
  const bodies = [await receive(), await receive(), await receive()].map((r) =>
    r.Messages?.map((m) => m.Body),
  )
  expect(new Set(bodies.flat())).toEqual(new Set([...Entries.map((entry) => entry.MessageBody), undefined]))
  expect(bodies[2]).toBeUndefined()
})

test('DeleteMessageBatch fails for one entry alone (SQS DeleteMessageBatch)', async () => {
  const { client, QueueUrl } = await open()
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
  const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl }))
  const answer = await client.send(
    new DeleteMessageBatchCommand({
      QueueUrl,
      Entries: [
        { Id: 'good', ReceiptHandle: Messages[0]?.ReceiptHandle },
        { Id: 'bad', ReceiptHandle: 'nonsense' },
      ],
    }),
  )
  expect(answer.Successful).toEqual([{ Id: 'good' }])
  expect(answer.Failed).toMatchObject([{ Id: 'bad', SenderFault: true, Code: 'ReceiptHandleIsInvalid' }])
})

test('GetQueueAttributes counts what is visible and what is in flight (SQS GetQueueAttributes)', async () => {
  const { client, QueueUrl } = await open()
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }))
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'b' }))
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'c', DelaySeconds: 900 }))
  await client.send(new ReceiveMessageCommand({ QueueUrl }))
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  )
  expect(Attributes).toMatchObject({
    ApproximateNumberOfMessages: '1',
    ApproximateNumberOfMessagesNotVisible: '1',
    ApproximateNumberOfMessagesDelayed: '1',
    QueueArn: `arn:aws:sqs:us-east-1:${SELLER}:marketplace-events`,
  })
})

test('ChangeMessageVisibility to 0 hands the message out again at once (SQS ChangeMessageVisibility)', async () => {
  const { client, QueueUrl } = await open()
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
  const [first] = (await client.send(new ReceiveMessageCommand({ QueueUrl }))).Messages ?? []
  const ReceiptHandle = first?.ReceiptHandle
  await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }))
  expect((await client.send(new ReceiveMessageCommand({ QueueUrl }))).Messages).toHaveLength(1)
})

test('GetQueueUrl answers a URL that can be called (SQS GetQueueUrl)', async () => {
  const { client, QueueUrl } = await open()
  expect((await client.send(new GetQueueUrlCommand({ QueueName: 'marketplace-events' }))).QueueUrl).toBe(
    QueueUrl,
  )
})

test('failures have the classes of the SDK and the old query names (facts §9.3)', async () => {
  const { client, buyer, QueueUrl } = await open()
  const missing = new ReceiveMessageCommand({ QueueUrl: QueueUrl.replace('marketplace-events', 'nope') })
  await expect(client.send(missing)).rejects.toBeInstanceOf(QueueDoesNotExist)
  await expect(client.send(missing)).rejects.toMatchObject({
    Error: { Code: 'AWS.SimpleQueueService.NonExistentQueue', Type: 'Sender' },
  })
  const bad = new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'nonsense' })
  await expect(client.send(bad)).rejects.toBeInstanceOf(ReceiptHandleIsInvalid)
  const Entries: { Id: string; ReceiptHandle: string }[] = []
  await expect(client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))).rejects.toMatchObject({
    name: 'EmptyBatchRequest',
  })
  await expect(buyer.send(new ReceiveMessageCommand({ QueueUrl }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  })
})
