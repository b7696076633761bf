/** What a deployment would take from billing (money §4): asked of the running Worker before anything changes. */
import { member, objectOf } from '../../shared/aws/json.ts'
import type { AuditLine, BacklogLine, SubscriptionLine } from '../../shared/operator/wire.ts'
import { isOperatorKey } from '../../shared/operator/key.ts'
import type { Page } from '../../shared/ledger/repair.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Metering } from '../../shared/stack.ts'
import { call, eachRow } from '../ledger/call.ts'
import type { Target } from '../ledger/target.ts'
import { EXIT, failure, type Failure } from './exit.ts'
import { droppedBetween, readSold, type Dropped, type Sold } from './sold.ts'
import type { Running } from './standing.ts'

/** What the new version would be, beside the one that runs. */
export interface Change {
  readonly metering: Metering
  readonly sold: Sold
  readonly stopMetering: boolean
  /** TOLLGATE_OPERATOR_KEY of the environment. */
  readonly askingKey: string | undefined
}

/** Null: nothing is taken from billing. Else the refusal, with the list of what would be. */
export async function refusalOf(
  running: Running | null,
  publicUrl: string,
  { metering, sold, stopMetering, askingKey }: Change,
): Promise<Failure | null> {
  if (running === null) return null
  const before = readSold(running.vars['SOLD'])
  const dropped = before === undefined ? [] : droppedBetween(before, sold)
  const stops = running.vars['METERING'] === 'live' && metering === 'dry'
  if (stops && !stopMetering) return failure(EXIT.refused, NOT_MEANT)
  if (dropped.length === 0 && !stops) return null

  const what = [
    ...(stops ? ['stops metering'] : []),
    ...dropped.map(({ product, dimension, meter }) => `drops ${product}/${dimension} (meter ${meter})`),
  ].join(', ')
  if (askingKey === undefined || askingKey === '' || !isOperatorKey(askingKey))
    return failure(
      EXIT.refused,
      `This deploy ${what}. Whether usage of it is open or frozen, the running Worker has to say: set TOLLGATE_OPERATOR_KEY to the deployment's operator key and give the same command again.`,
    )
  // Under its own name: the stack may have been given another since.
  const target = { url: running.vars['PUBLIC_URL'] ?? publicUrl, key: askingKey }
  const found = await openUsage(target, stops ? null : dropped)
  if (!found.ok)
    return failure(
      EXIT.refused,
      `This deploy ${what}, and the running Worker does not say whether usage of it is open: ${found.error}`,
    )
  if (found.value.length === 0) return null
  return failure(EXIT.refused, refusal(what, found.value, stops ? MOVE.stop : MOVE.drop))
}

const NOT_MEANT =
  'The running version is live and the stack is now dry: from this deploy on, usage would be counted and never billed. If that is meant, add --stop-metering; if not, `pulumi config set tollgate:metering live` and `npm run up`.'

const SHOWN = 20

/** What a person can do about it. */
const MOVE = {
  stop: 'since that `npm run up` the stack may not send it. Set tollgate:metering to live again, `npm run up`, wait until nothing waits (`npm run ledger -- backlog`), then go dry and deploy within the hour',
  drop: 'keep it in seller.config.ts until this is billed (`npm run ledger -- list`), and let the application stop reporting it first',
} as const

function refusal(what: string, open: readonly string[], move: string): string {
  const lines = open.slice(0, SHOWN).map((line) => `\n  ${line}`)
  const more = open.length > SHOWN ? `\n  and ${open.length - SHOWN} more` : ''
  return `This deploy ${what}, and this is not billed yet:${lines.join('')}${more}\nYours: ${move}.`
}

/**
 * One line a subscription and dimension with something open or frozen. `dropped` null: metering stops as is meant, so what is
 * open will never be billed; what is frozen for AWS, of every dimension, has to be sent before.
 */
async function openUsage(
  target: Target,
  dropped: readonly Dropped[] | null,
): Promise<Result<readonly string[], string>> {
  const counts = (product: string, dimension: string): boolean =>
    dropped === null || dropped.some((one) => one.product === product && one.dimension === dimension)
  const products = new Map<string, string>()
  const found = new Map<string, { open: string; frozen: bigint }>()
  const at = (id: string, dimension: string) => {
    const name = `${id}  ${dimension}`
    const line = found.get(name) ?? { open: '0', frozen: 0n }
    found.set(name, line)
    return line
  }
  let silent = 0
  const asked = dropped === null ? [undefined] : [...new Set(dropped.map(({ product }) => product))]
  for (const product of asked) {
    const query = { product }
    const failed =
      (await eachRow<SubscriptionLine>(target, { path: '/subscriptions', query }, (row) => {
        products.set(row.id, row.product)
        if (row.ledger === null) silent += 1
        for (const [dimension, units] of Object.entries(row.open))
          if (dropped !== null && counts(row.product, dimension)) at(row.id, dimension).open = units
      })) ??
      (await eachRow<AuditLine>(target, { path: '/audit', query }, ({ id, accounts }) => {
        if (accounts === null) silent += 1
        for (const { dimension, states, metered } of accounts?.dimensions ?? [])
          if (metered && counts(products.get(id) ?? '', dimension)) {
            const frozen = [states.waiting, states.doubtful, states.parked].map((units) =>
              BigInt(units ?? '0'),
            )
            for (const units of frozen) at(id, dimension).frozen += units
          }
      }))
    if (failed !== undefined) return err(failed.sentence)
  }
  if (silent > 0)
    return err(`${silent} of its Ledgers did not answer. Give the same command again in a minute.`)
  const lines = [...found]
    .filter(([, { open, frozen }]) => open !== '0' || frozen > 0n)
    .map(([name, { open, frozen }]) => `${name}  open ${open}, frozen and not billed ${frozen}`)
  if (dropped !== null) return ok(lines)
  const waiting = await waitingRecords(target)
  if (!waiting.ok) return waiting
  return ok([...lines, ...waiting.value])
}

/** Records on their way to AWS, a line a Submitter. */
async function waitingRecords(target: Target): Promise<Result<readonly string[], string>> {
  const page = await call<Page<BacklogLine>>(target, { path: '/backlog' })
  if (!page.ok) return err(page.error.sentence)
  if (page.value.rows.some(({ backlog }) => backlog === null))
    return err('A Submitter did not answer. Give the same command again in a minute.')
  return ok(
    page.value.rows.flatMap(({ submitter, backlog }) => {
      const records =
        Number(member(objectOf(backlog), 'waiting') ?? 0) + Number(member(objectOf(backlog), 'settled') ?? 0)
      return records === 0 ? [] : [`Submitter ${submitter}: ${records} records on their way to AWS`]
    }),
  )
}
