/** Usage as an application sends it: bodies made beforehand, a few connections kept open, every answer checked. */
import { Agent, request } from 'node:http'
import type { RunningWorker } from './worker.ts'

const CONNECTIONS = 8

let made = 0

/** Bodies of `batch` events each, every id new, each body for one subscription. */
export function makeBodies(
  worker: RunningWorker,
  batch: number,
  count: number,
  of: { readonly at?: number; readonly quantity?: number } = {},
): Buffer[] {
  const time = new Date(of.at ?? Date.now()).toISOString()
  return Array.from({ length: count }, (_, nth) => {
    const subscription = worker.subscriptions[nth % worker.subscriptions.length]
    const events = Array.from({ length: batch }, () => {
      made += 1
      return {
        id: `event-${made}`,
        subscription,
        meter: 'api_calls',
        quantity: of.quantity ?? (made % 9) + 1,
        time,
      }
    })
    return Buffer.from(JSON.stringify(events))
  })
}

/** As `makeBodies`, each body under a number of its own in one epoch. */
export function makeSequences(worker: RunningWorker, batch: number, count: number): Buffer[] {
  const time = new Date().toISOString()
  const epoch = crypto.randomUUID()
  return Array.from({ length: count }, (_, sequence) => {
    const subscription = worker.subscriptions[sequence % worker.subscriptions.length]
    const events = Array.from({ length: batch }, (__, at) => ({
      meter: 'api_calls',
      quantity: (at % 9) + 1,
      time,
    }))
    return Buffer.from(JSON.stringify({ epoch, sequence, subscription, events }))
  })
}

/** Sends all bodies and answers the milliseconds from the first byte sent to the last received. */
export async function send(worker: RunningWorker, bodies: readonly Buffer[], batch: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const answers: Buffer[] = []
  const queue = bodies.values()
  const line = async (): Promise<void> => {
    for (const body of queue) answers.push(await post(worker, agent, body))
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: CONNECTIONS }, line))
  const elapsed = performance.now() - start
  agent.destroy()
  const counted = answers.reduce((sum, answer) => sum + countedIn(answer.toString(), batch), 0)
  if (counted !== bodies.length * batch) {
    throw new Error(
      `${counted} of ${bodies.length * batch} events were counted; an answer: ${answers[0]?.toString().slice(0, 300)}`,
    )
  }
  return elapsed
}

/** Events an answer says are counted: one by one, or a numbered batch as a whole. */
const countedIn = (answer: string, batch: number): number =>
  answer.includes('"sequence"')
    ? answer.includes('"result":"counted"')
      ? batch
      : 0
    : answer.split('"counted"').length - 1

function post(worker: RunningWorker, agent: Agent, body: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        agent,
        host: '127.0.0.1',
        port: worker.port,
        path: '/v1/usage',
        method: 'POST',
        timeout: 30_000,
        headers: {
          authorization: `Bearer ${worker.apiKey}`,
          'content-type': 'application/json',
          'content-length': body.length,
        },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('end', () => {
          if (response.statusCode === 200) resolve(Buffer.concat(chunks))
          else
            reject(
              new Error(
                `the Worker answered ${response.statusCode}: ${Buffer.concat(chunks).toString().slice(0, 300)}`,
              ),
            )
        })
        response.once('error', reject)
      },
    )
    call.once('error', reject)
    call.once('timeout', () => call.destroy(new Error('no answer within 30 s')))
    call.end(body)
  })
}
