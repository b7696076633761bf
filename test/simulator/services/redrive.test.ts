/** Dead-letter queues with the real SDK: what is received too often is buried, and comes back when a person says so. */
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SQSClient,
  SendMessageCommand,
  SetQueueAttributesCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { SELLER } from '../market.ts'
import { openSimulator, SELLER_CREDENTIALS } from '../simulator.ts'

const GRAVE = `arn:aws:sqs:us-east-1:${SELLER}:marketplace-events-dlq`

async function open() {
  const simulator = await openSimulator()
  const client = new SQSClient({
    endpoint: simulator.url,
    region: 'us-east-1',
    credentials: SELLER_CREDENTIALS,
    maxAttempts: 1,
  })
  const QueueUrl = simulator.queueUrl
  const grave = (await client.send(new GetQueueUrlCommand({ QueueName: 'marketplace-events-dlq' }))).QueueUrl
  /** Received and left, visible again at once. */
  const receive = async (url: string | undefined = QueueUrl) => {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: url,
        VisibilityTimeout: 0,
        MessageSystemAttributeNames: ['All'],
      }),
    )
    return Messages
  }
  const setPolicy = (maxReceiveCount: unknown, deadLetterTargetArn: unknown = GRAVE) =>
    client.send(
      new SetQueueAttributesCommand({
        QueueUrl,
        Attributes: { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }) },
      }),
    )
  return { client, QueueUrl, grave, receive, setPolicy }
}

test('a message received as often as the policy allows is buried with its id and where it came from (SQS DLQ)', async () => {
  const { client, QueueUrl, grave, receive, setPolicy } = await open()
  await setPolicy(2)
  const sent = await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'poison' }))
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'later', DelaySeconds: 900 }))
  expect([(await receive()).length, (await receive()).length, (await receive()).length]).toEqual([1, 1, 0])
  expect(await receive(grave)).toMatchObject([
    {
      MessageId: sent.MessageId,
      Body: 'poison',
      Attributes: {
        ApproximateReceiveCount: '1',
        DeadLetterQueueSourceArn: `arn:aws:sqs:us-east-1:${SELLER}:marketplace-events`,
      },
    },
  ])
})

test('a move task brings every buried message back to where it came from (StartMessageMoveTask)', async () => {
  const { client, QueueUrl, grave, receive, setPolicy } = await open()
  await setPolicy(1)
  for (const MessageBody of ['a', 'b']) await client.send(new SendMessageCommand({ QueueUrl, MessageBody }))
  for (let i = 0; i < 4; i += 1) await receive()
  const { TaskHandle } = await client.send(new StartMessageMoveTaskCommand({ SourceArn: GRAVE }))
  expect(TaskHandle).toMatch(/^[0-9a-f-]{36}$/)
  expect(await receive(grave)).toEqual([])
  const { Results } = await client.send(new ListMessageMoveTasksCommand({ SourceArn: GRAVE }))
  expect(Results).toMatchObject([{ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 2 }])
  const bodies = [...(await receive()), ...(await receive())].map((message) => message.Body)
  expect(bodies).toHaveLength(2)
})

test('the policy is read back, and a policy that cannot be is refused (SetQueueAttributes)', async () => {
  const { client, QueueUrl, setPolicy } = await open()
  const policy = async () => {
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy'] })
    return (await client.send(command)).Attributes?.['RedrivePolicy']
  }
  expect(await policy()).toBeUndefined()
  await setPolicy(5)
  expect(await policy()).toBe(`{"deadLetterTargetArn":"${GRAVE}","maxReceiveCount":5}`)
  const own = `arn:aws:sqs:us-east-1:${SELLER}:marketplace-events`
  for (const wrong of [setPolicy(0), setPolicy('many'), setPolicy(5, own), setPolicy(5, `${GRAVE}-none`)])
    await expect(wrong).rejects.toMatchObject({ name: 'InvalidAttributeValue' })
  expect(await policy()).toContain('"maxReceiveCount":5')
})

test('only a dead-letter queue is moved from, and only to a queue that is there (StartMessageMoveTask)', async () => {
  const { client, setPolicy } = await open()
  const own = `arn:aws:sqs:us-east-1:${SELLER}:marketplace-events`
  await setPolicy(1)
  const start = (SourceArn: string, DestinationArn?: string) =>
    client.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn }))
  await expect(start(own)).rejects.toMatchObject({ name: 'InvalidParameterValue' })
  await expect(start(`${GRAVE}-none`)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  await expect(start(GRAVE, `${GRAVE}-none`)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})
