/** Writes down what a seed leaves behind: what clients were told, what AWS stored, what the system shows. */
import { monthOf, nextMonth } from '../../../shared/hour.ts'
import { openLedger, type Ledger } from '../../../shared/ledger/ledger.ts'
import type { RestoreReport } from '../../../shared/ledger/repair.ts'
import type { EdgeView } from '../../../shared/seller/views.ts'
import { ledgerTerms } from '../../../shared/seller/views.ts'
import type { SqlRow } from '../../../shared/sql.ts'
import { edgeIdentity, type Identity } from '../../../shared/subscription.ts'
import type {
  AwsHistory,
  ClientCall,
  Deploy,
  History,
  IdentityStep,
  MonthGiven,
  MonthTaken,
  OrderMade,
  RepairDone,
  RestoreDone,
  Shown,
  SubscriptionHistory,
} from '../history.ts'
import type { Buyer, World } from '../worlds/world.ts'
import type { Aws } from './aws.ts'
import type { Lifecycle, MadeOrder } from './lifecycle.ts'
import type { Operator } from './operator.ts'
import { KEY_SECRET, type Pool } from './pool.ts'
import type { Restored } from './restores.ts'
import type { Weather } from './weather.ts'

/** Under which configs an object did something that was kept, from which instant of its own clock on. */
export interface Ran {
  readonly under: { readonly seller: EdgeView; readonly at: number }[]
}

export interface Ended {
  readonly world: World
  readonly pool: Pool
  readonly ran: readonly Ran[]
  readonly aws: Aws
  readonly lifecycles: readonly Lifecycle[]
  readonly operators: readonly Operator[]
  /** By the buyer's slot: how its Ledger was set back, if it was. */
  readonly restored: Readonly<Record<number, Restored>>
  readonly calls: readonly (readonly ClientCall[])[]
  readonly endedAt: number
  readonly weather: Weather
}

export function writeHistory(ended: Ended): History {
  const { world, weather } = ended
  const [first, second] = world.sold
  const deploys = [deployOf(first, 0)]
  if (weather.deployAt !== null) deploys.push(deployOf(second, weather.deployAt))
  return {
    seed: world.seed,
    shape: world.shape,
    deploys,
    subscriptions: world.buyers.map((buyer) => ({
      subscription: buyer.subscription,
      account: buyer.account,
      orders: (ended.lifecycles[buyer.slot]?.made ?? []).map(orderMade),
      calls: ended.calls[buyer.slot] ?? [],
      repairs: repairsOf(ended, buyer),
      ...succession(ended, buyer),
      ...(ended.restored[buyer.slot] === undefined ? {} : { restores: restoresOf(ended, buyer) }),
      ranUnder: (ended.ran[buyer.slot]?.under ?? []).map(({ seller, at }) => ({
        config: ledgerTerms(seller).config,
        at,
      })),
      shown: shownOf(ended, buyer),
    })),
    aws: awsHistory(ended),
    endedAt: ended.endedAt,
  }
}

/** What was sold, as the oracle reads it. */
export function deployOf(view: EdgeView, from: number): Deploy {
  const product = view.products[0]
  if (product === undefined) throw new Error('nothing is sold')
  const { key, code, pricing, dimensions, defaultPlan, heartbeat } = product
  return {
    from,
    config: ledgerTerms(view).config,
    product: { key, code, pricing, dimensions, defaultPlan, heartbeat },
    plans: view.plans,
    timing: view.timing,
  }
}

const orderMade = ({ order, madeAt, takenAt, takenAgainAt }: MadeOrder): OrderMade => ({
  version: order.version,
  madeAt,
  takenAt,
  ...(takenAgainAt.length === 0 ? {} : { takenAgainAt }),
  product: order.product,
  agreementStart: order.agreementStart,
  activation: order.activation,
  life: order.life,
  ending: order.ending,
  end: order.end,
  identities: order.identities.map((identity) => ({
    ...partsOf(identity),
    fromHour: identity.fromHour,
    region: identity.region,
  })),
  kinds: order.kinds ?? [],
  plans: order.plans,
  trial: order.trial,
  amounts: order.amounts,
  predecessor: order.predecessor,
})

function partsOf(told: Identity): Pick<IdentityStep, 'kind' | 'of' | 'who'> {
  const identity = edgeIdentity(told)
  const { kind } = identity
  switch (kind) {
    case 'license':
      return { kind, of: identity.licenseArn, who: identity.account }
    case 'product-account':
      return { kind, of: identity.productCode, who: identity.account }
    case 'product-customer':
      return { kind, of: identity.productCode, who: identity.customerIdentifier }
  }
}

export function ledgerOf({ world, pool, ran }: Pick<Ended, 'world' | 'pool' | 'ran'>, buyer: Buyer): Ledger {
  const seller = ran[buyer.slot]?.under.at(-1)?.seller ?? world.sold[0]
  return openLedger(pool.ledger(buyer.slot).sql, {
    ...ledgerTerms(seller),
    subscription: buyer.subscription,
    keySecret: KEY_SECRET,
  })
}

function shownOf(ended: Ended, buyer: Buyer): Shown {
  const { world, endedAt } = ended

  const ledger = ledgerOf(ended, buyer)
  const status = ledger.status()
  const held = new Map(
    ended.pool
      .ledger(buyer.slot)
      .sql.all<{ key: string; hold_until: number }>(
        "SELECT key, hold_until FROM records WHERE state = 'waiting' AND hold_until IS NOT NULL",
      )
      .map((row) => [row.key, row.hold_until]),
  )
  const months = []
  for (let month = monthOf(world.from - 41 * 86_400_000); month <= endedAt; month = nextMonth(month))
    months.push(ledger.usage(month))
  return {
    waiting: status.waiting,
    stopped: status.stopped,
    alone: status.alone,
    frozenUntil: status.frozenUntil,
    records: ledger.records({ limit: 100_000 }).map((record) => ({
      ...partsOf(record.identity),
      key: record.key,
      dimension: record.dimension,
      hour: record.hour,
      timestamp: record.timestamp,
      quantity: record.quantity,
      state: record.state,
      reason: record.reason,
      receipt: record.receipt,
      config: record.config,
      frozenAt: record.frozenAt,
      heldUntil: held.get(record.key) ?? null,
      lines: record.lines,
    })),
    months,
    findings: ledger
      .audit()
      .map(
        ({ rule, subject, expected, found }) => `${rule}: ${subject}: expected ${expected}, found ${found}`,
      ),
  }
}

/** What it gave to a successor, and what became of asking its predecessor. */
function succession({ pool }: Ended, { slot }: Buyer): Pick<SubscriptionHistory, 'given' | 'taken'> {
  const { sql } = pool.ledger(slot)
  const [given] = sql.all<MonthGiven & SqlRow>('SELECT successor AS "to", life, month, at FROM given')
  const taken = sql.all<MonthTaken & SqlRow>(
    `SELECT life, predecessor AS "from", state, since, month, decided AS decidedAt, why FROM taken_over ORDER BY life`,
  )
  return {
    ...(given === undefined ? {} : { given: { ...given } }),
    ...(taken.length === 0 ? {} : { taken: taken.map((row) => ({ ...row })) }),
  }
}

/** What the operator did, each act at the Ledger's own time of it. */
function repairsOf(ended: Ended, buyer: Buyer): RepairDone[] {
  const done = ended.operators[buyer.slot]?.done ?? []
  const entries = done.length === 0 ? [] : ledgerOf(ended, buyer).repairs({ limit: 200 }).rows
  return done.flatMap(({ id, ...act }) => {
    const at = entries.find((row) => (JSON.parse(row.act) as { id: string }).id === id)?.at
    if (at !== undefined) return [{ ...act, at }]
    if (ended.restored[buyer.slot] === undefined) throw new Error(`the audit log has no entry of ${id}`)
    return []
  })
}

/** What the Ledger knows of the checks after it was set back. */
function restoresOf(ended: Ended, { slot }: Buyer): RestoreDone[] {
  const restored = ended.restored[slot]
  if (restored === undefined) return []
  const { id, to, at } = restored
  const [row] = ended.pool
    .ledger(slot)
    .sql.all<{ since: number; finished_at: number | null; report: string }>(
      'SELECT since, finished_at, report FROM restores WHERE act_id = ?',
      id,
    )
  const { compared, adopted, corrected, settled, offered } = JSON.parse(row?.report ?? EMPTY) as RestoreReport
  const found = { compared, adopted, corrected, settled, offered }
  return [{ to, at, checkedAt: row?.since ?? at, doneAt: row?.finished_at ?? null, ...found }]
}

const EMPTY = '{"compared":0,"adopted":[],"corrected":[],"settled":[],"offered":[]}'

/** AWS's side, from the simulator's own state. */
export function awsHistory({
  world,
  aws,
  lifecycles,
}: Pick<Ended, 'world' | 'aws' | 'lifecycles'>): AwsHistory {
  const owners = new Map<string, string>()
  for (const buyer of world.buyers) {
    const license = lifecycles[buyer.slot]?.agreement()?.licenseArn ?? ''
    for (const id of aws.state.licenses[license] ?? []) owners.set(id, buyer.subscription)
  }
  return {
    bill: Object.entries(aws.state.bill).map(([key, record]) => {
      const of = key.split('|')[1] ?? ''
      const { id, region, account, dimension, hour, timestamp, quantity, acceptedAt } = record
      return {
        id,
        region,
        kind: of.startsWith('arn:') ? 'license' : 'product',
        of,
        account,
        subscription: owners.get(record.agreementId) ?? null,
        dimension,
        hour,
        timestamp: timestamp * 1_000,
        quantity,
        acceptedAt,
        by: aws.strangers.has(id) ? 'somebody' : 'us',
      }
    }),
    calls: aws.calls,
    agreements: world.buyers.flatMap((buyer) => {
      const agreement = lifecycles[buyer.slot]?.agreement()
      if (agreement === undefined) return []
      const { licenseArn, startsAt, activatedAt, endedAt, deprovisionedAt } = agreement
      return [
        {
          subscription: buyer.subscription,
          account: buyer.account,
          licenseArn,
          startsAt,
          activatedAt,
          endedAt,
          deprovisionedAt,
        },
      ]
    }),
  }
}
