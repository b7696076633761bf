/** What AWS would bill: units an hour and dimension, and exact dollars. Pure; no float touches an amount. */
import type { BilledRecord, Dollars, State } from './model.ts'

export interface BillLine {
  /** AWS's MeteringRecordId: the receipt. */
  readonly id: string
  readonly region: string
  readonly agreementId: string
  readonly product: string
  readonly account: string
  /** Who used it: the ECS task's ARN, `pod/<uid>`; absent: BatchMeterUsage told of it. */
  readonly task?: string
  readonly dimension: string
  /** The UTC hour's first ms. */
  readonly hour: number
  readonly units: number
  /** Dollars a unit. */
  readonly price: Dollars
  readonly dollars: Dollars
  /** Business time of acceptance, epoch ms. */
  readonly acceptedAt: number
}

export interface Bill {
  /** One per accepted record, by hour, then in the order of acceptance. */
  readonly lines: readonly BillLine[]
  /** Dimension by dimension, in the order they first appear. */
  readonly totals: readonly {
    readonly dimension: string
    readonly units: number
    readonly dollars: Dollars
  }[]
  readonly dollars: Dollars
}

export interface BillFilter {
  readonly account?: string
  readonly agreementId?: string
  /** The product's own short name. */
  readonly product?: string
  /** The UTC month's first ms. */
  readonly month?: number
}

/** The bill of what was used. What a contract costs ahead is not on it. */
export function billOf(state: Readonly<State>, filter: BillFilter = {}): Bill {
  const wanted = Object.values(state.bill).filter(matching(filter))
  wanted.sort((a, b) => a.hour - b.hour)
  const totals = new Map<string, { units: number; amount: bigint }>()
  let sum = 0n
  const lines = wanted.map((record): BillLine => {
    const amount = BigInt(record.quantity) * toScaled(record.price)
    const total = totals.get(record.dimension) ?? { units: 0, amount: 0n }
    totals.set(record.dimension, { units: total.units + record.quantity, amount: total.amount + amount })
    sum += amount
    const { id, region, agreementId, product, account, task, dimension, hour, price, acceptedAt } = record
    const units = record.quantity
    return {
      id,
      region,
      agreementId,
      product,
      account,
      ...(task === undefined ? {} : { task }),
      dimension,
      hour,
      units,
      price,
      dollars: toDollars(amount),
      acceptedAt,
    }
  })
  return {
    lines,
    totals: [...totals].map(([dimension, { units, amount }]) => ({
      dimension,
      units,
      dollars: toDollars(amount),
    })),
    dollars: toDollars(sum),
  }
}

function matching(filter: BillFilter): (record: BilledRecord) => boolean {
  const { account, agreementId, product, month } = filter
  const start = month === undefined ? undefined : new Date(month)
  const end = start === undefined ? 0 : Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1)
  return (record) =>
    (account === undefined || record.account === account) &&
    (agreementId === undefined || record.agreementId === agreementId) &&
    (product === undefined || record.product === product) &&
    (month === undefined || (record.hour >= month && record.hour < end))
}

const DECIMALS = 8

/** A price as hundred-millionths of a dollar. Throws when it is no price: the view was not checked. */
export function toScaled(price: Dollars): bigint {
  const parts = /^(\d+)(?:\.(\d{1,8}))?$/.exec(price)
  if (parts === null) throw new Error(`not a price: ${price}`)
  return BigInt(`${parts[1]}${(parts[2] ?? '').padEnd(DECIMALS, '0')}`)
}

/** Hundred-millionths as dollars: at least two decimals, and no more than the amount has. */
export function toDollars(scaled: bigint): Dollars {
  const digits = scaled.toString().padStart(DECIMALS + 1, '0')
  const cents = digits.slice(-DECIMALS).replace(/0{1,6}$/, '')
  return `${digits.slice(0, -DECIMALS)}.${cents}`
}
