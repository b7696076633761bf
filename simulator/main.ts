/**
 * Starts the simulator: settings, state, doors, in this order. Says one JSON line when it listens; one plain line on
 * stderr and exit code 1 when it cannot. Ends at SIGINT, SIGTERM and, with --die-with-parent, at the end of stdin.
 */
import { randomInt } from 'node:crypto'
import { flushCompileCache } from 'node:module'
import { simulatorView } from '../shared/seller/views.ts'
import { DEMO_BUYERS, knownKeys } from './credentials.ts'
import { openFront } from './doors.ts'
import { EVENTS_QUEUE, USAGE_QUEUE } from './marketplace/queue.ts'
import { techAdminTopic } from './marketplace/topics.ts'
import { startServer } from './server.ts'
import { awsDoor } from './services/door.ts'
import { queueUrl } from './services/sqs.ts'
import { readSettings } from './settings.ts'
import { openStore } from './store.ts'

const wall = () => Date.now()

const settings = readSettings(process.argv.slice(2), process.env)
if (!settings.ok) fail(settings.error)
const { port, folder, landingUrl, participants, dieWithParent, ownKey, oidc, destination, webhookSecrets } =
  settings.value

const config = await readConfig()
const view = { ...simulatorView(config), buyers: DEMO_BUYERS }

const store = openStore({ folder, wall, seed: randomInt(2 ** 47), onLost })
if (!store.ok) fail(store.error)
const taken = await store.value.run({ kind: 'set_view', view, deadLetters: true })
if (!taken.ok) fail(`seller.config.ts cannot be sold: ${taken.error.message}`)

if (webhookSecrets.length > 0) {
  const told = await store.value.run({ kind: 'set_receiver', change: { secrets: webhookSecrets } })
  if (!told.ok) fail(`WEBHOOK_SECRETS cannot be used: ${told.error.message}`)
}
await store.value.run({ kind: 'set_pushing', on: destination !== undefined })
const front = openFront(store.value, { landingUrl, participants, destination, wall, report: say })
const roleArn = `arn:aws:iam::${view.sellerAccount}:role/${oidc?.role ?? ''}`
const aws = awsDoor({
  marketplace: front.marketplace,
  keys: knownKeys(view.sellerAccount, ownKey),
  regions: new Set(['us-east-1', config.region]),
  wall,
  trust: oidc && { ...oidc, roleArn },
})
const server = await startServer({
  port,
  aws,
  doors: front.doors,
  clock: () => front.marketplace.state.business,
  report: (error) => say(String(error)),
})
if (!server.ok) fail(server.error)

const clock = front.startClock()

let ending = false
process.once('SIGINT', end)
process.once('SIGTERM', end)
if (dieWithParent) process.stdin.once('close', endGroup).resume()

const url = `http://127.0.0.1:${server.value.port}`
const eventsQueueUrl = queueUrl(url, view.sellerAccount, EVENTS_QUEUE)
const usageQueueUrl = queueUrl(url, view.sellerAccount, USAGE_QUEUE)
const { business } = store.value.state
const listening = {
  event: 'listening',
  url,
  business,
  eventsQueueUrl,
  usageQueueUrl,
  topicArn: techAdminTopic(view.sellerAccount),
  ...(oidc === undefined ? {} : { roleArn }),
}
process.stdout.write(`${JSON.stringify(listening)}\n`)
// A kill, which may end it, would keep nothing.
flushCompileCache()

async function readConfig() {
  try {
    return (await import('../seller.config.ts')).default
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  }
}

function end(): void {
  if (ending) return
  ending = true
  const close = async () => {
    await clock.stop()
    if (server.ok) await server.value.close()
    if (store.ok) await store.value.close()
  }
  close().then(
    () => process.exit(0),
    (error: unknown) => fail(`the simulator did not end cleanly: ${String(error)}`),
  )
}

/** The parent is gone: nothing of its process group may stay behind. Windows has no groups. */
function endGroup(): void {
  if (process.platform !== 'win32') process.kill(0, 'SIGKILL')
  process.exit(0)
}

/** The disk is behind what the process knows: it must not answer anybody any more. */
function onLost(cause: unknown): void {
  fail(`the simulator's state could not be written (${String(cause)}): free some space and start again`)
}

function say(line: string): void {
  process.stderr.write(`simulator: ${line}\n`)
}

function fail(message: string): never {
  say(message)
  process.exit(1)
}
