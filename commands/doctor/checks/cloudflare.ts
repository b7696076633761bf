/** Whether the deployment at Cloudflare is whole, and no older than the stack. Pure. */
import { isLoopback } from '../../deploy/origin.ts'
import { namesOf } from '../../deploy/standing.ts'
import { sayOf, type Check } from '../check.ts'
import type { Closed, CloudflareFacts, Route, RunningFacts } from '../facts/cloudflare.ts'
import { deployOf } from './remedies.ts'

const say = sayOf('cloudflare')

/** What worker/env.ts asks for beside its settings. */
const BINDINGS = ['DB', 'LEDGER', 'SUBMITTER', 'AUDIT', 'IDENTITY', 'DELIVERIES']

const CRON = '* * * * *'

const SOLD = 'SOLD'

/** Settings whose values are not told: a long JSON text, and an address that may hold a secret. */
const UNTOLD: Readonly<Record<string, string>> = {
  [SOLD]: 'what seller.config.ts sells by use',
  WEBHOOK_URL: 'WEBHOOK_URL',
}

/** Settings that follow from no output. */
const MADE_ANEW = new Set(['OPERATOR_KEY_HASH', 'DEPLOY_KEY_HASH'])

export interface CloudflareCase {
  readonly stack: string
  readonly publicUrl: string
  /** The plain settings that a deployment of these outputs gives. */
  readonly settings: Readonly<Record<string, string>>
  /** Names of the secrets it sets. */
  readonly secrets: readonly string[]
  /** Names of the migrations of this version. */
  readonly migrations: readonly string[]
  readonly facts: CloudflareFacts
}

/** Why nothing of it could be looked at. */
export const judgeClosed = (closed: Closed): Check =>
  closed.kind === 'token'
    ? say.wrong(
        'token',
        `Cloudflare does not take CLOUDFLARE_API_TOKEN (${closed.message})`,
        'it is mistyped, expired or revoked: make one with the rights that `npm run deploy -- --help` lists, and set it',
      )
    : say.unseen('Worker', closed)

export function judgeCloudflare(of: CloudflareCase): Check[] {
  return [...judgeRunning(of), judgeCrons(of), judgeRoute(of), judgeQueue(of), judgeMigrations(of)]
}

function judgeRunning({ stack, publicUrl, settings, secrets, facts }: CloudflareCase): Check[] {
  const deploy = deployOf(stack)
  const { running } = facts
  if (!running.ok) return [say.unseen('Worker', running.error)]
  if (running.value === null)
    return [say.wrong('Worker', `there is no Worker ${namesOf(stack).worker}`, deploy)]
  const { version, beside, vars, secrets: set } = running.value
  const unset = secrets.filter((name) => !set.has(name))
  const stale = [...new Set([...Object.keys(settings), ...Object.keys(vars)])].filter(
    (name) =>
      !MADE_ANEW.has(name) &&
      (name !== SOLD || settings[SOLD] !== undefined) &&
      // A rehearsal calls the simulator; a Worker in production that has this calls another than AWS.
      (name !== 'AWS_ENDPOINT' || !isLoopback(publicUrl)) &&
      vars[name] !== settings[name],
  )
  return [
    beside === undefined
      ? say.ok('Worker', `${namesOf(stack).worker}, version ${version}`)
      : say.wrong(
          'Worker',
          `version ${version} takes a part of the requests only, beside ${beside.join(', ')}`,
          `one version at a time meters right: ${deploy}`,
        ),
    judgeBindings(running.value, facts, stack),
    unset.length === 0
      ? say.ok('secrets', secrets.join(', '))
      : say.wrong('secrets', `not set: ${unset.join(', ')}`, deploy),
    ...(vars['OPERATOR_KEY_HASH'] === undefined
      ? [say.wrong('operator key', 'there is none: the operator is answered nothing', deploy)]
      : []),
    stale.length === 0
      ? say.ok('settings', 'those of the stack’s outputs')
      : say.wrong(
          'settings',
          `the outputs have changed since the last deployment: ${stale.map((name) => changeOf(name, vars[name], settings[name])).join('; ')}`,
          deploy,
        ),
  ]
}

function judgeBindings(
  { bindings, boundTo }: RunningFacts,
  { databaseId }: CloudflareFacts,
  stack: string,
): Check {
  const unbound = BINDINGS.filter((name) => !bindings.has(name))
  if (unbound.length > 0)
    return say.wrong('bindings', `the Worker has no ${unbound.join(', ')}`, deployOf(stack))
  return boundTo === undefined || databaseId === undefined || boundTo === databaseId
    ? say.ok('bindings', BINDINGS.join(', '))
    : say.wrong(
        'bindings',
        `the Worker writes to the D1 database ${boundTo}, and ${namesOf(stack).database} is ${databaseId}`,
        'find which of the two holds the subscriptions before you deploy: a deploy takes the one of that name',
      )
}

const changeOf = (name: string, is: string | undefined, shall: string | undefined): string =>
  UNTOLD[name] ??
  `${name} is ${is ?? 'not set'} and shall ${shall === undefined ? 'not be set' : `be ${shall}`}`

function judgeCrons({ stack, facts: { crons } }: CloudflareCase): Check {
  if (!crons.ok) return say.unseen('cron', crons.error)
  return crons.value.includes(CRON)
    ? say.ok('cron', 'each minute')
    : say.wrong(
        'cron',
        `${crons.value.join(', ') || 'none'}: hours are frozen and the queue is emptied each minute or not at all`,
        deployOf(stack),
      )
}

function judgeRoute({ stack, publicUrl, facts: { route } }: CloudflareCase): Check {
  if (!route.ok) return say.unseen('route', route.error)
  const wrong = wrongOf(route.value, namesOf(stack).worker, publicUrl)
  return wrong === undefined ? say.ok('route', publicUrl) : say.wrong('route', wrong, deployOf(stack))
}

function wrongOf(route: Route, worker: string, publicUrl: string): string | undefined {
  switch (route.kind) {
    case 'workers.dev':
      if (!new URL(publicUrl).hostname.startsWith(`${worker}.`))
        return `${publicUrl} is not the workers.dev name of ${worker}`
      return route.enabled ? undefined : `the workers.dev name of ${worker} is switched off`
    case 'here':
      return undefined
    case 'domain':
      if (route.worker === worker) return undefined
      return `${publicUrl} is ${route.worker === null ? 'no Worker’s domain' : `the domain of the Worker ${route.worker}`}`
  }
}

function judgeQueue({ stack, facts: { queue } }: CloudflareCase): Check {
  const { worker, queue: name } = namesOf(stack)
  if (!queue.ok) return say.unseen('deliveries queue', queue.error)
  if (queue.value === null) return say.wrong('deliveries queue', `there is no queue ${name}`, deployOf(stack))
  return queue.value.consumers.includes(worker)
    ? say.ok('deliveries queue', `${name}, consumed by ${worker}`)
    : say.wrong(
        'deliveries queue',
        `${name} is consumed by ${queue.value.consumers.join(', ') || 'nobody'}, not by ${worker}`,
        deployOf(stack),
      )
}

function judgeMigrations({ stack, migrations, facts }: CloudflareCase): Check {
  const name = 'database'
  if (!facts.migrations.ok) return say.unseen(name, facts.migrations.error)
  const applied = facts.migrations.value
  if (applied === null)
    return say.wrong(name, `there is no D1 database ${namesOf(stack).database}`, deployOf(stack))
  const pending = migrations.filter((one) => !applied.includes(one))
  const unknown = applied.filter((one) => !migrations.includes(one))
  if (pending.length > 0)
    return say.wrong(name, `migrations that are not applied: ${pending.join(', ')}`, deployOf(stack))
  return unknown.length > 0
    ? say.wrong(
        name,
        `it has migrations that this checkout does not: ${unknown.join(', ')}`,
        'bring the checkout to the version that was deployed (`git pull`) before you deploy',
      )
    : say.ok(name, `${applied.length} migrations, none pending`)
}
