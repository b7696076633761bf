/** What of a seller's usage is billed, so that the next deployment can tell what it would drop. Pure. */
import { member, objectOf, parseObject } from '../../shared/aws/json.ts'
import type { SellerConfig } from '../../shared/seller.ts'

/** By product key, by metered dimension: the meter that is charged for it. The Worker's setting SOLD holds it as JSON. */
export type Sold = Readonly<Record<string, Readonly<Record<string, string>>>>

/** A metered dimension, or the meter that fed it, that is not there any more. */
export interface Dropped {
  readonly product: string
  readonly dimension: string
  readonly meter: string
}

/** What this configuration sells at the edge by use. */
export const soldOf = ({ products }: SellerConfig): Sold =>
  Object.fromEntries(
    products
      .filter(({ kind }) => kind === 'saas')
      .map(({ key, dimensions }) => [
        key,
        Object.fromEntries(
          dimensions.flatMap(({ key, metered, offered, charge }) =>
            metered && offered && charge ? [[key, charge.meter]] : [],
          ),
        ),
      ]),
  )

/** The setting's text read back; undefined: it is not there or is not of this form, and nothing can be compared. */
export function readSold(text: string | undefined): Sold | undefined {
  const products = text === undefined ? undefined : parseObject(text)
  if (products === undefined) return undefined
  const fits = Object.values(products).every((dimensions) => {
    const each = objectOf(dimensions)
    return each !== undefined && Object.values(each).every((meter) => typeof meter === 'string')
  })
  return fits ? (products as Sold) : undefined
}

/** What was sold and is not now: the dimension is gone, or another meter feeds it. */
export function droppedBetween(before: Sold, now: Sold): readonly Dropped[] {
  return Object.entries(before).flatMap(([product, dimensions]) =>
    Object.entries(dimensions)
      .filter(([dimension, meter]) => member(objectOf(now[product]), dimension) !== meter)
      .map(([dimension, meter]) => ({ product, dimension, meter })),
  )
}
