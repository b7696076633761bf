/** Whether a queue is there, encrypted, filled by those who may alone, and emptied. Pure. */
import { sayOf, type Check, type Seen } from '../check.ts'
import { REGION } from '../facts/aws.ts'
import type { QueueFacts } from '../facts/queues.ts'
import { isOpen, statementsOf } from './policy.ts'
import { upOf } from './remedies.ts'

const say = sayOf('aws')

/** The Worker asks each minute; a message that waits longer waits for a person. */
const OLD_SECONDS = 900

export interface QueueCase {
  readonly stack: string
  /** `events queue` or `usage queue`. */
  readonly name: string
  readonly url: string
  readonly queue: Seen<QueueFacts | null>
  /** Seconds; null: SQS wrote nothing of it. */
  readonly oldest: Seen<number | null>
}

export function judgeQueue({ stack, name, url, queue, oldest }: QueueCase): Check[] {
  if (!queue.ok) return [say.unseen(name, queue.error)]
  const host = new URL(url).hostname
  const region = /^sqs\.([a-z0-9-]+)\.amazonaws\.com$/.exec(host)?.[1] ?? REGION
  if (region !== REGION)
    return [
      say.wrong(
        name,
        `${url} is in ${region}`,
        `Marketplace’s events are of ${REGION} alone: ${upOf(stack)}`,
      ),
    ]
  if (queue.value === null)
    return [
      say.wrong(
        name,
        `${url} is in the stack’s outputs and not in the account`,
        `make it again: ${upOf(stack)}`,
      ),
    ]
  return [
    say.ok(name, `${url}, ${queue.value.waiting} waiting`),
    judgeEncryption(name, queue.value, stack),
    ...judgeOpen(name, queue.value, stack),
    judgeDeadLetters(name, queue.value, stack),
    judgeOldest(name, oldest),
  ]
}

function judgeEncryption(queue: string, { kmsKey, sqsManaged }: QueueFacts, stack: string): Check {
  const name = `${queue}: encryption`
  const own = `give it the stack’s own key: ${upOf(stack)}`
  if (kmsKey !== null && !/(^|\/)aws\/sqs$/.test(kmsKey)) return say.ok(name, `with ${kmsKey}`)
  if (kmsKey !== null)
    return say.wrong(name, 'with AWS’s key aws/sqs, which EventBridge and SNS cannot write under', own)
  return sqsManaged
    ? say.wrong(name, 'with a key of SQS’s own, which EventBridge does not promise to write under', own)
    : say.wrong(name, 'not encrypted', own)
}

function judgeOpen(queue: string, { policy }: QueueFacts, stack: string): Check[] {
  const open = statementsOf(policy).filter(isOpen)
  if (open.length === 0) return []
  const what = open.flatMap(({ actions }) => actions).join(', ')
  return [say.wrong(`${queue}: policy`, `anybody may ${what}`, `take that statement out: ${upOf(stack)}`)]
}

function judgeDeadLetters(queue: string, { deadLetterArn }: QueueFacts, stack: string): Check {
  const name = `${queue}: dead letters`
  return deadLetterArn === null
    ? say.wrong(
        name,
        'there is no redrive policy: what cannot be read comes again until it is deleted by age',
        upOf(stack),
      )
    : say.ok(name, `go to ${deadLetterArn}`)
}

function judgeOldest(queue: string, oldest: Seen<number | null>): Check {
  const name = `${queue}: age`
  if (!oldest.ok) return say.unseen(name, oldest.error)
  if (oldest.value === null) return say.ok(name, 'SQS writes of no waiting message')
  return oldest.value > OLD_SECONDS
    ? say.wrong(
        name,
        `its oldest message waits for ${Math.round(oldest.value / 60)} minutes`,
        'the Worker does not empty it: see what the doctor says of cron, role and rights below, then `wrangler tail`',
      )
    : say.ok(name, `its oldest message waits for ${oldest.value} s`)
}

/** How many messages a dead-letter queue has. */
export function judgeDepth(arn: string, queue: Seen<QueueFacts | null>, stack: string): Check {
  const name = `dead letters of ${arn.slice(arn.lastIndexOf(':') + 1)}`
  if (!queue.ok) return say.unseen(name, queue.error)
  if (queue.value === null) return say.wrong(name, `${arn} does not exist`, `make it again: ${upOf(stack)}`)
  const { waiting } = queue.value
  return waiting === 0
    ? say.ok(name, 'none')
    : say.wrong(
        name,
        `${waiting} ${waiting === 1 ? 'message' : 'messages'} could not be delivered or read`,
        `look at them in the SQS console, correct the cause, then \`aws sqs start-message-move-task --region ${REGION} --source-arn ${arn}\``,
      )
}
