/** Usage by SQS as an application inside AWS sends it, with AWS's own SDK, to `npm start`: counted, billed, gone from the queue. */
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { marketplaceAt } from '../support/marketplace.ts'
import { METER, purchase, unitsBilled, unitsDue } from '../support/purchase.ts'
import { removeFolder, startSystem, type System } from '../support/system.ts'

let system: System

beforeAll(async () => {
  system = await startSystem()
})
afterAll(async () => {
  await system.stop()
  removeFolder(system.folder)
})

test('messages of an application are counted in the next minute, billed with the hour, and leave the queue', async () => {
  const [account = ''] = (await marketplaceAt(system.storefront).accounts()).map((one) => one.account)
  const bought = await purchase(system, { account })
  const demo = JSON.parse(readFileSync(join(system.folder, 'demo.json'), 'utf8')) as {
    accessKeyId: string
    secretAccessKey: string
  }
  const sqs = new SQSClient({
    endpoint: system.storefront,
    region: 'us-east-1',
    credentials: { accessKeyId: demo.accessKeyId, secretAccessKey: demo.secretAccessKey },
  })
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'usage' }))

  const time = await bought.marketplace.business()
  const reports = [7_000, 8_000, 9_500].map((quantity, at) => ({
    id: `message-${at}`,
    subscription: bought.subscription,
    meter: METER,
    quantity,
    time: new Date(time).toISOString(),
  }))
  const bodies = [JSON.stringify(reports[0]), JSON.stringify(reports), 'no usage']
  const Entries = bodies.map((MessageBody, at) => ({ Id: String(at), MessageBody }))
  await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))

  await bought.marketplace.advance('PT1M')
  const left = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] })
  const { Attributes } = await sqs.send(left)
  expect(Attributes).toMatchObject({
    ApproximateNumberOfMessages: '0',
    ApproximateNumberOfMessagesNotVisible: '0',
  })

  expect((await bought.marketplace.settle('hour')).settled).toBe(true)
  expect(await unitsBilled(bought)).toBe(unitsDue(reports.map(({ quantity }) => ({ quantity, time }))))
  sqs.destroy()
})
