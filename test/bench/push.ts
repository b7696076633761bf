/**
 * How soon a pushed event is answered: stored in D1 and 202, one at a time as EventBridge sends a purchase's, as ms and as a
 * ratio to `/health`, which reads D1 once. `node test/bench/push.ts`, about a quarter of a minute.
 */
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import config from '../../seller.config.ts'
import { median, print } from './line.ts'
import { PUSH_KEY, startWorker } from './worker.ts'

const EVENTS = 200
/** What the answer leaves to be done is done before the next event comes. */
const PAUSE_MS = 20
/** Nine of ten are answered within it, on a machine that does nothing else (design §5.3: answered as soon as stored). */
const GOAL_MS = 10
/** On any machine: one write costs no more than so many reads. */
const RATIO_GOAL = 3

const worker = await startWorker(1)
const agent = new http.Agent({ keepAlive: true })
try {
  await measure('/health', () => undefined)
  const base = await measure('/health', () => undefined)
  const push = await measure('/v1/events/aws', eventOf)
  const value = push.at(Math.floor(EVENTS * 0.9)) ?? Number.NaN
  const ratio = median(push) / median(base)
  const ok = ratio <= RATIO_GOAL
  print({ id: 'push-median', value: median(push), unit: 'ms', ratio, base: 'health', ok })
  print({ id: 'push-9-of-10', value, unit: 'ms', ratio, base: 'health', ok: value <= GOAL_MS })
} finally {
  agent.destroy()
  await worker.stop()
}

/** Milliseconds from request to answer, in order of length. */
async function measure(path: string, bodyOf: (at: number) => string | undefined): Promise<number[]> {
  const took: number[] = []
  for (let at = 0; at < EVENTS; at++) {
    await sleep(PAUSE_MS)
    const started = performance.now()
    await ask(path, bodyOf(at))
    took.push(performance.now() - started)
  }
  return took.sort((a, b) => a - b)
}

function ask(path: string, body: string | undefined): Promise<void> {
  return new Promise((done, failed) => {
    const headers = { 'x-api-key': PUSH_KEY, 'content-type': 'application/json; charset=utf-8' }
    const method = body === undefined ? 'GET' : 'POST'
    const request = http.request({ agent, port: worker.port, path, method, headers }, (answer) => {
      answer.resume()
      const { statusCode = 0 } = answer
      if (statusCode >= 300) failed(new Error(`${path} was answered ${statusCode}`))
      answer.once('end', () => done())
    })
    request.once('error', failed)
    request.end(body)
  })
}

/** A grant of a license nobody has come with yet. */
function eventOf(at: number): string {
  const { seller, products } = config
  return JSON.stringify({
    version: '0',
    id: `bench-${at}`,
    'detail-type': 'License Updated - Manufacturer',
    source: 'aws.agreement-marketplace',
    account: seller.account,
    time: new Date().toISOString(),
    region: 'us-east-1',
    resources: [],
    detail: {
      agreement: { id: `agmt-bench-${at}` },
      product: { code: products[0]?.code },
      license: {
        arn: `arn:aws:license-manager::294406891311:license:l-${at.toString(16).padStart(32, '0')}`,
      },
      acceptor: { accountId: '012345678901' },
    },
  })
}
