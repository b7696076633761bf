/** How the storefront writes times, accounts, prices and numbers. Pure; the same text in every locale. */
import { html } from 'hono/html'
import type { Pending } from '../marketplace/happening.ts'
import type { MarketplaceDimension, MarketplaceProduct, State } from '../marketplace/model.ts'

/** A piece of a page, escaped already. */
export type Html = ReturnType<typeof html>

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `21 Nov 2026` */
export function day(at: number): string {
  const date = new Date(at)
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`
}

const clockText = (at: number): string => new Date(at).toISOString().slice(11, 19)

/** `21 Nov 2026, 12:30:05 UTC`, readable by machines too. */
export const instant = (at: number): Html =>
  html`<time datetime="${new Date(at).toISOString()}">${day(at)}, ${clockText(at)} UTC</time>`

/** `21 Nov 2026, 12:00–13:00` */
export function hourText(hour: number): string {
  const start = clockText(hour).slice(0, 5)
  return `${day(hour)}, ${start}–${clockText(hour + 3_600_000).slice(0, 5)}`
}

/** `November 2026` for `2026-11`. */
export function monthText(month: string): string {
  const name = MONTHS[Number(month.slice(5)) - 1] ?? month
  return `${name} ${month.slice(0, 4)}`
}

/** Digits in groups: `1,234,567`. */
export const count = (n: number): string => n.toString().replace(/\B(?=(?:\d{3})+$)/g, ',')

/** `$1,234.50` from `1234.50`. */
export function dollars(text: string): string {
  const [whole = '0', cents] = text.split('.')
  return `$${whole.replace(/\B(?=(?:\d{3})+$)/g, ',')}${cents === undefined ? '' : `.${cents.padEnd(2, '0')}`}`
}

/** `12 seconds`, `3 minutes`, `2 hours`, `5 days`: rounded, for people. */
export function span(ms: number): string {
  const units = [
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
    [1_000, 'second'],
  ] as const
  const [size, name] = units.find(([size]) => ms >= size * 1.5) ?? [1_000, 'second']
  const n = Math.max(0, Math.round(ms / size))
  return `${n} ${name}${n === 1 ? '' : 's'}`
}

/** When something pending is due, seen from the business time. */
export const dueText = (pending: Pick<Pending, 'due'>, business: number): string =>
  pending.due <= business ? 'now' : `in ${span(pending.due - business)}`

export const PRICING: { readonly [P in MarketplaceProduct['pricing']]: string } = {
  subscription: 'Subscription: pay for what is used',
  contract: 'Contract: bought ahead',
  'contract-with-consumption': 'Contract, and pay for use beyond it',
  hourly: 'Paid by the hour',
  'custom-metering': 'Pay for what is used',
  free: 'Free',
  byol: 'Bring your own license',
}

/** The price of one unit of a dimension, in words. */
export function priceText(dimension: MarketplaceDimension): string {
  if (dimension.unit === 'TaskHrs') return `${dollars(dimension.price)} a task and hour`
  if (dimension.metered || dimension.contract === undefined) return `${dollars(dimension.price)} each`
  return `${dollars(dimension.contract.monthly)} a month or ${dollars(dimension.contract.annual)} a year each`
}

/** What costs nothing here has no dimension to offer. */
export const isOnOffer = ({ pricing, dimensions }: MarketplaceProduct): boolean =>
  pricing === 'free' || pricing === 'byol' || dimensions.some((d) => d.offered)

/** The product's title for its key; the key itself when it is no longer sold. */
export const titleOf = (state: Readonly<State>, key: string): string =>
  state.products.find((product) => product.key === key)?.title ?? key

/** The name of a demo account; empty for any other. */
export const buyerName = (state: Readonly<State>, account: string): string =>
  state.buyers.find((buyer) => buyer.account === account)?.name ?? ''
