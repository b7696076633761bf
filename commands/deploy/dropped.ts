/** What a deployment would take from billing (money §4): asked of the running Worker before anything changes. */
import type { AuditLine, SubscriptionLine } from '../../shared/operator/wire.ts'
import { isOperatorKey } from '../../shared/operator/key.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Metering } from '../../shared/stack.ts'
import { eachRow } from '../ledger/call.ts'
import type { Target } from '../ledger/target.ts'
import { EXIT, failure, type Failure } from './exit.ts'
import { droppedBetween, readSold, type Dropped, type Sold } from './sold.ts'
import type { Running } from './standing.ts'

/** What the new version would be, beside the one that runs. */
export interface Change {
  readonly metering: Metering
  readonly sold: Sold
  /** TOLLGATE_OPERATOR_KEY of the environment. */
  readonly askingKey: string | undefined
}

/** Null: nothing is taken from billing. Else the refusal, with the list of what would be. */
export async function refusalOf(
  running: Running | null,
  publicUrl: string,
  { metering, sold, askingKey }: Change,
): Promise<Failure | null> {
  if (running === null) return null
  if (running.vars['METERING'] === 'live' && metering === 'dry') return failure(EXIT.refused, STAYS_LIVE)
  const before = readSold(running.vars['SOLD'])
  const dropped = before === undefined ? [] : droppedBetween(before, sold)
  if (dropped.length === 0) return null

  const what = dropped
    .map(({ product, dimension, meter }) => `drops ${product}/${dimension} (meter ${meter})`)
    .join(', ')
  if (askingKey === undefined || askingKey === '' || !isOperatorKey(askingKey))
    return failure(
      EXIT.refused,
      `This deploy ${what}. Whether usage of it is open or frozen, the running Worker has to say: set TOLLGATE_OPERATOR_KEY to the deployment's operator key and give the same command again.`,
    )
  // Under its own name: the stack may have been given another since.
  const target = { url: running.vars['PUBLIC_URL'] ?? publicUrl, key: askingKey }
  const found = await openUsage(target, dropped)
  if (!found.ok)
    return failure(
      EXIT.refused,
      `This deploy ${what}, and the running Worker does not say whether usage of it is open: ${found.error}`,
    )
  return found.value.length === 0 ? null : failure(EXIT.refused, refusal(what, found.value))
}

const STAYS_LIVE =
  'The running version is live and the stack is now dry. What waits would never be billed, so a deployment that was live stays live: `pulumi config set tollgate:metering live` and `npm run up`. To try things use another stack; to let another stack bill, see "Go live" in docs/deploy.md.'

const SHOWN = 20

function refusal(what: string, open: readonly string[]): string {
  const lines = open.slice(0, SHOWN).map((line) => `\n  ${line}`)
  const more = open.length > SHOWN ? `\n  and ${open.length - SHOWN} more` : ''
  return `This deploy ${what}, and this is not billed yet:${lines.join('')}${more}\nYours: keep it in seller.config.ts until this is billed (\`npm run ledger -- list\`), and let the application stop reporting it first.`
}

/** One line a subscription and dimension with something open or frozen. */
async function openUsage(
  target: Target,
  dropped: readonly Dropped[],
): Promise<Result<readonly string[], string>> {
  const isDropped = (product: string, dimension: string): boolean =>
    dropped.some((one) => one.product === product && one.dimension === dimension)
  const products = new Map<string, string>()
  const found = new Map<string, { open: string; frozen: bigint }>()
  const at = (id: string, dimension: string) => {
    const name = `${id}  ${dimension}`
    const line = found.get(name) ?? { open: '0', frozen: 0n }
    found.set(name, line)
    return line
  }
  let silent = 0
  for (const product of new Set(dropped.map((one) => one.product))) {
    const query = { product }
    const failed =
      (await eachRow<SubscriptionLine>(target, { path: '/subscriptions', query }, (row) => {
        products.set(row.id, row.product)
        if (row.ledger === null) silent += 1
        for (const [dimension, units] of Object.entries(row.open))
          if (isDropped(row.product, dimension)) at(row.id, dimension).open = units
      })) ??
      (await eachRow<AuditLine>(target, { path: '/audit', query }, ({ id, accounts }) => {
        if (accounts === null) silent += 1
        for (const { dimension, states, metered } of accounts?.dimensions ?? [])
          if (metered && isDropped(products.get(id) ?? '', dimension)) {
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
  return ok(
    [...found]
      .filter(([, { open, frozen }]) => open !== '0' || frozen > 0n)
      .map(([name, { open, frozen }]) => `${name}  open ${open}, frozen and not billed ${frozen}`),
  )
}
