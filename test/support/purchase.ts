/** One purchase from the marketplace to an active subscription, and what it should cost in the test's own arithmetic. */
import { newBuyer } from './buyer.ts'
import { type AgreementView, marketplaceAt, type Purchase } from './marketplace.ts'
import type { System } from './system.ts'
import { applicationAt, type Report } from './usage.ts'

/** What everybody fills in. */
export const PERSON = { email: 'buyer@example.com', name: 'Ada Buyer', company: 'Example' }

/** The demo's pay-as-you-go product and what it meters (`seller.config.ts`). */
export const PRODUCT = 'subscription'
export const METER = 'api_calls'
const INCLUDED_A_MONTH = 10_000
const CALLS_A_UNIT = 1_000

export type Purchased = Awaited<ReturnType<typeof purchase>>

/** Subscribes, registers, and waits in business time until AWS has activated the license. */
export async function purchase(system: System, given: Partial<Purchase> & { account: string }) {
  const marketplace = marketplaceAt(system.storefront)
  const buyer = newBuyer(system.landing)
  const arrival = await marketplace.subscribe({
    product: PRODUCT,
    createdDelay: 'PT0S',
    licenseDelay: 'PT0S',
    ...given,
  })
  const form = await buyer.arrive(arrival)
  const registered = await buyer.register(PERSON)
  await marketplace.advance('PT1M')
  const subscription = await subscriptionOf(system, arrival.agreement)
  const application = applicationAt(system.landing, system.apiKey, subscription)
  return {
    marketplace,
    buyer,
    arrival,
    agreement: arrival.agreement,
    form,
    registered,
    subscription,
    application,
  }
}

/** Our id of a purchase, as the usage API lists it. */
export async function subscriptionOf(system: System, agreement: AgreementView): Promise<string> {
  const response = await fetch(new URL('/v1/subscriptions', system.landing), {
    headers: { authorization: `Bearer ${system.apiKey}` },
  })
  const { subscriptions } = (await response.json()) as {
    subscriptions: { id: string; licenseArn: string | null }[]
  }
  const found = subscriptions.find(({ licenseArn }) => licenseArn === agreement.license.arn)
  if (found === undefined) throw new Error(`no subscription has the license ${agreement.license.arn}`)
  return found.id
}

/** Units that are due for all these calls: whole thousands beyond what the plan includes, month by month. */
export function unitsDue(reports: readonly Pick<Report, 'quantity' | 'time'>[]): number {
  const months = new Map<string, number>()
  for (const { quantity, time } of reports) {
    const month = new Date(time).toISOString().slice(0, 7)
    months.set(month, (months.get(month) ?? 0) + Number(quantity))
  }
  let units = 0
  for (const calls of months.values())
    units += Math.floor(Math.max(0, calls - INCLUDED_A_MONTH) / CALLS_A_UNIT)
  return units
}

/** Units of one agreement on AWS's bill. */
export async function unitsBilled({
  marketplace,
  agreement,
}: Pick<Purchased, 'marketplace' | 'agreement'>): Promise<number> {
  const { lines } = await marketplace.bill()
  return lines
    .filter(({ agreementId }) => agreementId === agreement.id)
    .reduce((units, { quantity }) => units + quantity, 0)
}

/** Calls of the running month as the buyer's status page shows them; undefined when it shows none. */
export async function callsShown({ buyer }: Pick<Purchased, 'buyer'>): Promise<number | undefined> {
  const { text } = await buyer.get('/subscription')
  const shown = /API calls[^]*?\bUsed ([\d,.]+)/.exec(text)?.[1]
  return shown === undefined ? undefined : Number(shown.replaceAll(',', ''))
}

/** All calls of the month that holds `now`, in the test's own sum. */
export function callsReported(reports: readonly Pick<Report, 'quantity' | 'time'>[], now: number): number {
  const month = new Date(now).toISOString().slice(0, 7)
  return reports
    .filter(({ time }) => new Date(time).toISOString().startsWith(month))
    .reduce((calls, { quantity }) => calls + Number(quantity), 0)
}
