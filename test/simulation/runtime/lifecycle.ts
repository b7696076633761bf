/**
 * The test double of the lifecycle: it hears AWS's events, makes an order of the whole state, and delivers it from an
 * outbox as worker/metering/orders.ts does: enlisted first, marked only when the Ledger has answered.
 */
import { hourFrom, MINUTE_MS, type Hour } from '../../../shared/hour.ts'
import type { Order } from '../../../shared/ledger/order.ts'
import type { Identity, SubscriptionId } from '../../../shared/subscription.ts'
import type { Agreement, Bought, Term } from '../../../simulator/marketplace/model.ts'
import type { LedgerCore } from '../../../worker/metering/ledger-core.ts'
import type { SubmitterCore } from '../../../worker/metering/submitter-core.ts'
import type { Faults } from '../faults.ts'
import type { Random } from '../random.ts'
import type { Buyer, Change } from '../worlds/world.ts'
import type { Aws } from './aws.ts'
import { WORLD, type VirtualObject } from './objects.ts'
import type { Time } from './time.ts'

const FINAL_TAKE_MS = 10 * MINUTE_MS
const PRESUMED_AFTER_MS = 45 * MINUTE_MS
const PRESUMED_TAKE_MS = 5 * MINUTE_MS

export interface MadeOrder {
  readonly order: Order
  readonly madeAt: number
  takenAt: number | null
  /** When it was taken anew, after the Ledger had been set back to before. */
  readonly takenAgainAt: number[]
  /** The Ledger had it and has been set back to before. */
  forgotten: boolean
  delivered: boolean
  /** Nobody delivers it before. */
  notBefore: number
}

export interface Lifecycle {
  readonly made: MadeOrder[]
  /** The buyer's agreement that is in force, and the licenses it was known by. */
  agreement(): Agreement | undefined
  /** Delivers the newest order that waits, as each minute's cron does. Never throws. */
  deliver(): Promise<void>
  learn(change: Change): void
  /** The Ledger was set back to what it was at this instant of its own clock. */
  forget(to: number): void
  /** Delivers the newest order, whether the Ledger had it before or not. False: try again. Never throws. */
  deliverAgain(): Promise<boolean>
}

export interface LifecycleWorld {
  readonly time: Time
  readonly faults: Faults
  readonly random: Random
  readonly aws: Aws
  readonly buyer: Buyer
  /** The agreement that this buyer's renews or replaces; undefined: none. */
  readonly former: () => Agreement | undefined
  /** The subscription it is of. */
  readonly predecessor: SubscriptionId | null
  readonly productCode: string
  /** What is bought ahead; null: nothing is. */
  readonly contract: Bought | null
  readonly ledger: VirtualObject<LedgerCore>
  readonly submitter: VirtualObject<SubmitterCore>
  readonly ledgerClock: () => number
  readonly note: (line: string) => void
  /** Something may be due at AWS: look again then. */
  readonly watch: () => void
  readonly trouble: () => void
}

export function openLifecycle(
  world: LifecycleWorld,
): Lifecycle & { hear(): void; subscribe(): void; cancel(): void } {
  const { time, faults, random, aws, buyer } = world
  const made: MadeOrder[] = []
  let agreementId: string | null = null
  let order: Order | null = null

  const agreement = (): Agreement | undefined => {
    if (agreementId === null) return undefined
    const first = aws.state.agreements[agreementId]
    const newer = first && aws.state.licenses[first.licenseArn]?.at(-1)
    return newer === undefined ? first : aws.state.agreements[newer]
  }

  function publish(change: Partial<Order>): void {
    if (order === null) return
    order = { ...order, ...change, version: order.version + 1 }
    const late = faults.hit('order-late') ? random.whole(MINUTE_MS, 4 * 3_600_000) : 0
    const entry: MadeOrder = {
      order,
      madeAt: time.now(),
      takenAt: null,
      takenAgainAt: [],
      forgotten: false,
      delivered: false,
      notBefore: time.now() + late,
    }
    made.push(entry)
    world.note(`order ${order.version} for buyer ${buyer.slot}: ${Object.keys(change).join(', ')}`)
    time.at(entry.notBefore + random.whole(0, 2_000), () => void deliver())
    if (faults.hit('order-doubled'))
      time.at(entry.notBefore + random.whole(0, 600_000), () => void send(entry))
    const older = made.at(-2)
    if (older !== undefined && faults.hit('order-reordered'))
      time.at(entry.notBefore + random.whole(3_000, 3_600_000), () => void send(older))
  }

  /** False: nobody knows whether it arrived. Never throws. */
  async function send(entry: MadeOrder): Promise<boolean> {
    try {
      await world.submitter.call(WORLD, 'enlist', (core) => core.enlist(buyer.subscription))
      const taken = { at: 0 }
      await world.ledger.call(
        WORLD,
        `order ${entry.order.version}`,
        (core) => {
          taken.at = world.ledgerClock()
          return core.order(entry.order)
        },
        () => {
          for (const one of made) if (one.order.version <= entry.order.version) took(one, taken.at)
        },
      )
      for (const one of made) if (one.order.version <= entry.order.version) one.delivered = true
      return true
    } catch {
      world.trouble()
      return false
    }
  }

  function took(one: MadeOrder, at: number): void {
    if (one.forgotten) one.takenAgainAt.push(at)
    else one.takenAt ??= at
    one.forgotten = false
  }

  async function deliver(): Promise<void> {
    const waiting = made.filter((entry) => !entry.delivered && entry.notBefore <= time.now()).at(-1)
    if (waiting !== undefined) await send(waiting)
  }

  const identities = (licenseArn: string): Identity[] => {
    const first = identityOf(buyer, world.productCode, aws, agreementId ?? '', licenseArn)
    const { switchOver } = buyer
    if (switchOver === null || time.now() < switchOver.knownAt) return [first]
    const { region, account } = buyer
    return [first, { kind: 'license', fromHour: switchOver.fromHour as Hour, region, licenseArn, account }]
  }

  function subscribe(): void {
    const id = buyer.succeeds?.how === 'renewed' ? renewed() : bought()
    if (id !== undefined && agreementId === null) begin(id)
  }

  function bought(): string {
    const arrival = aws.do<'subscribe'>({
      kind: 'subscribe',
      product: buyer.product,
      account: buyer.account,
      licenseDelayMs: buyer.licenseDelayMs,
      ...boughtAhead(world.contract),
      ...(buyer.trial === null ? {} : { trial: true, autoRenew: buyer.trial.ends !== true }),
    })
    if (!arrival.ok) throw new Error(arrival.error.message)
    return arrival.value.agreementId
  }

  /** The agreement AWS made of the former one, or of a contract is now asked to make; undefined: it has not yet. */
  function renewed(): string | undefined {
    const former = world.former()
    if (former === undefined) return undefined
    if (former.term !== null && former.status === 'ACTIVE') {
      const answer = aws.do<'renew'>({ kind: 'renew', agreementId: former.id })
      if (!answer.ok) throw new Error(answer.error.message)
      return answer.value.agreementId
    }
    return Object.values(aws.state.agreements).find((one) => one.previousAgreementId === former.id)?.id
  }

  function begin(id: string): void {
    agreementId = id
    const own = aws.state.agreements[id]
    if (own === undefined) throw new Error('the agreement is not there')
    const linkedAfterMs = buyer.succeeds?.linkedAfterMs ?? null
    order = {
      subscription: buyer.subscription,
      version: 0,
      product: buyer.product,
      productCode: world.productCode,
      account: buyer.account,
      agreementStart: null,
      activation: null,
      life: 1,
      ending: null,
      end: null,
      identities: identities(own.licenseArn),
      ...(buyer.switchOver === null
        ? {}
        : {
            kinds: [
              { fromHour: 0, kind: buyer.identity },
              { fromHour: buyer.switchOver.fromHour, kind: 'license' as const },
            ],
          }),
      plans: [],
      trial: trialOf(buyer, own),
      amounts: buyer.amounts,
      predecessor: linkedAfterMs === 0 ? world.predecessor : null,
    }
    publish({ agreementStart: own.startsAt })
    if (linkedAfterMs !== null && linkedAfterMs > 0)
      time.at(time.now() + linkedAfterMs, () => publish({ predecessor: world.predecessor }))
    if (buyer.switchOver !== null)
      time.at(buyer.switchOver.knownAt, () => publish({ identities: identities(own.licenseArn) }))
    const paysAt = buyer.trial?.paysAt ?? null
    if (paysAt !== null)
      time.at(paysAt, () => {
        if (order !== null && order.trial !== null && order.end === null)
          publish({ trial: { ...order.trial, graceUntil: Math.max(order.trial.endsAt, time.now()) } })
      })
    world.watch()
  }

  return {
    made,
    agreement,
    deliver,

    subscribe,

    cancel() {
      const current = agreement()
      if (current === undefined || buyer.end === null) return
      const told = aws.do<'cancel'>({
        kind: 'cancel',
        agreementId: current.id,
        by: 'seller',
        status: buyer.end.status,
      })
      if (!told.ok) throw new Error(told.error.message)
      world.watch()
    },

    /** Compares what AWS now says with the last order, and makes one of what is new. */
    hear() {
      if (agreementId === null && buyer.succeeds?.how === 'renewed' && time.now() >= buyer.subscribeAt)
        subscribe()
      const current = agreement()
      if (current === undefined || order === null) return
      const activated = current.activatedAt
      if (order.activation === null && activated !== null)
        publish({ activation: Math.floor(activated / 1_000) * 1_000 })
      // RENEWED freezes nothing (money §6): it goes on until its license is taken away.
      if (current.endedAt !== null && current.status !== 'RENEWED' && order.ending === null) {
        publish({ ending: { at: current.endedAt } })
        const endedAt = current.endedAt
        time.at(endedAt + PRESUMED_AFTER_MS, () => {
          if (order !== null && order.end === null)
            publish({ end: { at: endedAt, takeUntil: time.now() + PRESUMED_TAKE_MS, cause: 'presumed' } })
        })
      }
      const { deprovisionedAt } = current
      if (deprovisionedAt !== null && order.end === null && buyer.end?.deprovisionedAfterMs !== null)
        publish({
          end: { at: deprovisionedAt, takeUntil: time.now() + FINAL_TAKE_MS, cause: 'deprovisioned' },
        })
    },

    forget(to) {
      for (const one of made) if (one.takenAt !== null && one.takenAt > to) one.forgotten = true
    },

    async deliverAgain() {
      const last = made.at(-1)
      return last === undefined || (await send(last))
    },

    learn(change) {
      if (order === null) return
      switch (change.kind) {
        case 'plan':
          return publish({ plans: [...order.plans, { fromHour: hourFrom(time.now()), plan: change.plan }] })
        case 'amount':
          return publish({ amounts: { ...order.amounts, [change.dimension]: change.amount } })
      }
    },
  }
}

const boughtAhead = (contract: Bought | null): { bought?: Bought[]; term?: Term } =>
  contract === null ? {} : { bought: [contract], term: 'year' }

function trialOf(buyer: Buyer, bought: Agreement): Order['trial'] {
  if (buyer.trial === null || bought.endsAt === null) return null
  return { endsAt: bought.endsAt, graceUntil: bought.endsAt + buyer.trial.graceMs }
}

function identityOf(
  buyer: Buyer,
  productCode: string,
  aws: Aws,
  agreementId: string,
  licenseArn: string,
): Identity {
  const { account, region } = buyer
  const fromHour = 0 as Hour
  switch (buyer.identity) {
    case 'license':
      return { kind: 'license', fromHour, region, licenseArn, account }
    case 'product-account':
      return { kind: 'product-account', fromHour, region, productCode, account }
    case 'product-customer': {
      const customerIdentifier = aws.state.agreements[agreementId]?.customerIdentifier ?? ''
      return { kind: 'product-customer', fromHour, region, productCode, customerIdentifier }
    }
  }
}
