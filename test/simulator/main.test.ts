/** The simulator as a process: what it says when it starts or cannot, and what a SIGKILL leaves behind. */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { signedFetch } from './signed-fetch.ts'
import { temporaryFolder } from './simulator.ts'

const MAIN = resolve(import.meta.dirname, '../../simulator/main.ts')

const SECRET = `whsec_${Buffer.from('a secret of 24 bytes....').toString('base64')}`

interface Started {
  readonly child: ChildProcess
  readonly url: string
  readonly business: number
  readonly eventsQueueUrl: string
  readonly topicArn: string
  readonly roleArn?: string
}

function spawnMain(...args: string[]): ChildProcess {
  const env = { ...process.env, EVENTS_PUSH_KEY: 'a-key-of-16-or-more', WEBHOOK_SECRETS: SECRET }
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    env,
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return child
}

async function start(folder: string, ...args: string[]): Promise<Started> {
  const child = spawnMain('--port=0', `--state=${folder}`, ...args)
  if (child.stdout === null) throw new Error('no stdout')
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return { child, ...(JSON.parse(line) as Omit<Started, 'child'>) }
}

/** Exit code and what was said on stderr. */
async function failure(...args: string[]): Promise<[unknown, string]> {
  const child = spawnMain(...args)
  let said = ''
  child.stderr?.on('data', (part: Buffer) => {
    said += part.toString()
  })
  const [code] = (await once(child, 'close')) as [unknown]
  return [code, said]
}

const queue = (at: Started, operation: string, more: object) =>
  signedFetch(at.url, `AmazonSQS.${operation}`, JSON.stringify({ QueueUrl: at.eventsQueueUrl, ...more }), {
    service: 'sqs',
  })

test('nothing that was answered is lost by a SIGKILL in the middle of the work, and the clock does not go back', async () => {
  const folder = temporaryFolder()
  const first = await start(folder)
  let acknowledged = 0
  const send = async (): Promise<void> => {
    for (;;) {
      const answer = await queue(first, 'SendMessage', { MessageBody: 'x' }).catch(() => undefined)
      if (answer?.status !== 200) return
      acknowledged += 1
      if (acknowledged === 100) first.child.kill('SIGKILL')
    }
  }
  await Promise.all(Array.from({ length: 8 }, send))

  const second = await start(folder)
  const answer = await queue(second, 'GetQueueAttributes', { AttributeNames: ['All'] })
  const { Attributes } = (await answer.json()) as { Attributes: { ApproximateNumberOfMessages: string } }
  const kept = Number(Attributes.ApproximateNumberOfMessages)
  expect(kept).toBeGreaterThanOrEqual(acknowledged)
  expect(kept).toBeLessThanOrEqual(acknowledged + 8)
  expect(second.business).toBeGreaterThanOrEqual(first.business)
})

test('what was sent and what is on its way to a door survive a SIGKILL', async () => {
  const door = createServer((socket) => socket.destroy())
  door.listen(0, '127.0.0.1')
  await once(door, 'listening')
  onTestFinished(() => {
    door.close()
  })
  const address = door.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const flags = [`--push-url=http://127.0.0.1:${port}/`, '--oidc-issuer=http://localhost:4700']
  const folder = temporaryFolder()
  const first = await start(folder, ...flags)
  expect(first).toMatchObject({
    topicArn: expect.stringMatching(/^arn:aws:sns:us-east-1:\d{12}:tollgate-tech-admin$/),
    roleArn: expect.stringMatching(/^arn:aws:iam::\d{12}:role\/tollgate-worker$/),
  })
  const mail = {
    FromEmailAddress: 'seller@example.com',
    Destination: { ToAddresses: ['buyer@example.com'] },
    Content: { Simple: { Subject: { Data: 'Ready' }, Body: { Text: { Data: 'Go.' } } } },
  }
  await signedFetch(`${first.url}/v2/email/outbound-emails`, undefined, JSON.stringify(mail), {
    service: 'ses',
    headers: { 'content-type': 'application/json' },
  })
  const webhook = await fetch(`${first.url}/seller/webhooks`, { method: 'POST', body: '{"type":"forged"}' })
  expect(webhook.status).toBe(401)
  await fetch(`${first.url}/api/subscriptions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      product: 'subscription',
      account: '000011112222',
      licenseDelay: 'PT0S',
      createdDelay: 'P1D',
    }),
  })
  const look = async ({ url }: Started) => {
    const paths = ['sent/mail', 'sent/webhooks', 'pushes']
    const answers = await Promise.all(paths.map(async (path) => (await fetch(`${url}/api/${path}`)).json()))
    const [{ mail: mails }, { webhooks }, { waiting }] = answers as [
      { mail: object[] },
      { webhooks: object[] },
      { waiting: { eventId: string; attempts: number }[] },
    ]
    return { mails, webhooks, waiting }
  }
  await expect
    .poll(async () => (await look(first)).waiting[0]?.attempts ?? 0, { timeout: 30_000 })
    .toBeGreaterThan(0)
  const before = await look(first)
  first.child.kill('SIGKILL')
  await once(first.child, 'close')

  const after = await look(await start(folder, ...flags))
  expect(after).toMatchObject({ mails: before.mails, webhooks: before.webhooks })
  expect(after.mails).toHaveLength(1)
  expect(after.webhooks).toMatchObject([{ verified: false, type: 'forged' }])
  expect(after.waiting.map(({ eventId }) => eventId)).toEqual(before.waiting.map(({ eventId }) => eventId))
})

test('SIGTERM ends it with exit code 0 and frees the port', async () => {
  const { child, url } = await start(temporaryFolder())
  child.kill('SIGTERM')
  expect(await once(child, 'close')).toEqual([0, null])
  await expect(fetch(url)).rejects.toThrow()
})

test('with --die-with-parent it ends when its standard input ends', async () => {
  const { child } = await start(temporaryFolder(), '--die-with-parent')
  child.stdin?.end()
  await once(child, 'close')
  expect(child.exitCode ?? child.signalCode).toBe('SIGKILL')
})

test('a taken port is one line and exit code 1', async () => {
  const blocker = createServer().listen(0, '127.0.0.1')
  await once(blocker, 'listening')
  onTestFinished(() => {
    blocker.close()
  })
  const address = blocker.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  expect(await failure(`--port=${port}`, `--state=${join(temporaryFolder(), 'new')}`)).toEqual([
    1,
    `simulator: port ${port} is taken: end the program that uses it, or give another port\n`,
  ])
})

test('all that is wrong with the command line is one line and exit code 1', async () => {
  const [code, said] = await failure('--port=x', '--landing-url=nowhere')
  expect(code).toBe(1)
  expect(said).toMatch(
    /^simulator: --port must be .*; --state must name a folder; nowhere must be an http or https URL\. Usage: .*\n$/,
  )
})
