/** A person's word that one purchase succeeds another, where no event of AWS says so (money §4 *Successor*, §7). */
import { monthOf } from '../../shared/hour.ts'
import type { Order } from '../../shared/ledger/order.ts'
import type { SubscriptionId } from '../../shared/subscription.ts'
import type { Edge } from '../env.ts'
import type { Done } from '../audit/audited.ts'

interface Party {
  readonly id: SubscriptionId
  readonly product_code: string
  readonly account: string
  readonly predecessor: string | null
  /** Who succeeds it by a person's word. */
  readonly successor: string | null
  readonly body: string | null
}

const PARTIES = `SELECT id, product_code, account, predecessor, (SELECT id FROM subscriptions o
    WHERE o.account = subscriptions.account AND o.product = subscriptions.product AND o.predecessor = subscriptions.id
    LIMIT 1) AS successor, (SELECT body FROM orders
    WHERE subscription = subscriptions.id ORDER BY version DESC LIMIT 1) AS body
  FROM subscriptions WHERE id IN (?, ?)`

/**
 * Writes that `successor` takes over the running month of `predecessor`. The lifecycle's next sweep tells its Ledger, and
 * that asks the other; whoever was linked before by an event stays linked.
 */
export async function succeed(edge: Edge, predecessor: string, successor: string): Promise<Done> {
  const { db } = edge.settings
  const now = edge.clocks.business()
  const why = await whyNotAfter(db, predecessor, successor, now)
  if (why === UNKNOWN) return refused('not-found', why)
  if (why !== null) return refused('not-allowed', why)
  await db
    .prepare(
      'UPDATE subscriptions SET predecessor = ?1, version = version + 1, due_ms = min(coalesce(due_ms, ?2), ?2) WHERE id = ?3 AND predecessor IS NULL',
    )
    .bind(predecessor, now, successor)
    .run()
  const sentence = `${successor} succeeds ${predecessor}: within minutes it takes over what was counted, covered and left over of the running month.`
  return { sentence, value: null, refused: null, detail: {} }
}

const UNKNOWN = 'There is no such subscription. `npm run ledger -- list` shows those there are.'

/** Why `successor` cannot take over the running month of `predecessor`, as a sentence; null: it can. */
export async function whyNotAfter(
  db: D1Database,
  predecessor: string,
  successor: string,
  now: number,
): Promise<string | null> {
  const { results } = await db.prepare(PARTIES).bind(predecessor, successor).all<Party>()
  const [old, next] = [predecessor, successor].map((id) => results.find((party) => party.id === id))
  return old === undefined || next === undefined ? UNKNOWN : whyNot(old, next, now)
}

function whyNot(old: Party, next: Party, now: number): string | null {
  if (old.id === next.id) return 'A subscription does not succeed itself.'
  if (old.account !== next.account || old.product_code !== next.product_code)
    return 'They are not of one AWS account and product, so neither renews or replaces the other.'
  if (old.successor !== null && old.successor !== next.id)
    return `${old.successor} succeeds ${old.id} already, and its month is taken over once.`
  if (old.predecessor === next.id) return `By a person's word ${old.id} succeeds ${next.id} already.`
  const order: Order | null = next.body === null ? null : JSON.parse(next.body)
  const known = next.predecessor ?? order?.predecessor ?? null
  if (known !== null && known !== old.id) return `It succeeds ${known}, which stays as it is.`
  const activation = order?.activation ?? null
  if (activation !== null && monthOf(activation) !== monthOf(now))
    return 'The month in which it began is over, so nothing can be taken over any more. Compare both with `npm run ledger -- show` and make a billing adjustment for what was billed twice.'
  return null
}

const refused = (code: 'not-found' | 'not-allowed', sentence: string): Done => ({
  sentence,
  value: null,
  refused: code,
  detail: {},
})
