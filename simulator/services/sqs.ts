/** What SQS needs beside the machine: MD5 sums, queue URLs, and waiting for a message. No state of its own. */
import { createHash } from 'node:crypto'
import type { Clock } from '../../shared/clock.ts'
import type { Marketplace } from '../host.ts'
import type { ApiAnswer, ApiCall } from '../marketplace/commands.ts'
import type { Json } from '../marketplace/model.ts'
import type { ApiOperation } from '../marketplace/operations.ts'
import { queueNameOf } from '../marketplace/queue-requests.ts'
import { nextVisible } from '../marketplace/queues.ts'
import { isObject, member } from '../marketplace/shape.ts'

/** Where a queue is called. `origin`: how the caller reached us. */
export const queueUrl = (origin: string, account: string, name: string): string =>
  `${origin}/${account}/${name}`

/** A call with what the door adds to its answer. `closed` ends a wait: the caller is gone. */
export async function callQueue(
  marketplace: Marketplace,
  call: ApiCall,
  origin: string,
  wall: Clock,
  closed: AbortSignal,
): Promise<ApiAnswer> {
  const answer =
    call.operation === 'ReceiveMessage'
      ? await receive(marketplace, call, wall, closed)
      : await marketplace.run({ kind: 'api', ...call })
  if (!answer.ok || !isObject(answer.body)) return answer
  const account = marketplace.state.sellerAccount
  return { ...answer, body: complete(call, answer.body, (name) => queueUrl(origin, account, name)) }
}

type Completion = (
  input: { readonly [name: string]: Json },
  body: { [name: string]: Json },
  url: (name: string) => string,
) => Json

/** What the machine's answer lacks, by the operation; any other answer is whole. */
const COMPLETIONS: { readonly [operation in ApiOperation]?: Completion } = {
  SendMessage: (input, body) => ({ ...body, MD5OfMessageBody: md5(member(input, 'MessageBody')) }),
  SendMessageBatch(input, body) {
    const sent = listOf(member(input, 'Entries'))
    const bodyOf = (id: Json | undefined) => sent.find((entry) => entry['Id'] === id)?.['MessageBody']
    const done = listOf(member(body, 'Successful'))
    return {
      ...body,
      Successful: done.map((entry) => ({ ...entry, MD5OfMessageBody: md5(bodyOf(entry['Id'])) })),
    }
  },
  ReceiveMessage(_, body) {
    const messages = listOf(member(body, 'Messages'))
    return messages.length === 0
      ? body
      : { Messages: messages.map((message) => ({ ...message, MD5OfBody: md5(message['Body']) })) }
  },
  GetQueueUrl: (_, body, url) => ({ QueueUrl: url(textOf(body['QueueName'])) }),
}

function complete(call: ApiCall, body: { [name: string]: Json }, url: (name: string) => string): Json {
  const completion = COMPLETIONS[call.operation]
  return completion === undefined ? body : completion(isObject(call.input) ? call.input : {}, body, url)
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

const md5 = (text: Json | undefined): string => createHash('md5').update(textOf(text)).digest('hex')

const listOf = (value: Json | undefined): { [name: string]: Json }[] =>
  Array.isArray(value) ? value.filter((item) => isObject(item)) : []

/** Long polling: asks again when something changed or a message became visible, until the wait is over. */
async function receive(
  marketplace: Marketplace,
  call: ApiCall,
  wall: Clock,
  closed: AbortSignal,
): Promise<ApiAnswer> {
  const input = isObject(call.input) ? call.input : {}
  const wait = member(input, 'WaitTimeSeconds')
  const url = member(input, 'QueueUrl')
  const until = wall() + (typeof wait === 'number' ? wait * 1000 : 0)
  for (;;) {
    const change = nextChange(marketplace, closed)
    const answer = await marketplace.run({ kind: 'api', ...call })
    const now = wall()
    const found = !answer.ok || answer.reply === 'cut' || !isObject(answer.body) || 'Messages' in answer.body
    if (found || now >= until || closed.aborted) {
      change.forget()
      return answer
    }
    const visible = nextVisible(marketplace.state, typeof url === 'string' ? queueNameOf(url) : '')
    await change.within(Math.min(until, visible === null || visible <= now ? until : visible) - now)
  }
}

/** The next change of the state, listened for from now on. */
function nextChange(marketplace: Marketplace, closed: AbortSignal) {
  let happened = false
  let wake = (): void => {}
  let timer: NodeJS.Timeout | undefined
  const onHappened = (): void => {
    happened = true
    wake()
  }
  const unlisten = marketplace.onChange(onHappened)
  closed.addEventListener('abort', onHappened, { once: true })
  function forget(): void {
    unlisten()
    closed.removeEventListener('abort', onHappened)
    clearTimeout(timer)
  }
  return {
    forget,
    /** Resolves at the change or after `ms`, whichever is first. */
    async within(ms: number): Promise<void> {
      await new Promise<void>((resolve) => {
        wake = resolve
        timer = setTimeout(resolve, ms)
        if (happened) resolve()
      })
      forget()
    },
  }
}
