/** The subscribe form: its empty state, what a browser sent, and the command that comes of it. Pure. */
import type { Subscribe } from '../marketplace/commands.ts'
import type { Bought, MarketplaceProduct, State, Term } from '../marketplace/model.ts'

/** When License Updated comes: the choices of the page, with the delays they stand for. */
export const LICENSE_TIMES = {
  soon: { text: '10 seconds after the purchase', createdDelayMs: 2_000, licenseDelayMs: 10_000 },
  aws: { text: 'About a minute after, as AWS does' },
  before: { text: 'At once, before anybody registers or runs it', createdDelayMs: 0, licenseDelayMs: 0 },
} as const

/** How the payment goes: the choices of the page. */
export const PAYMENTS = {
  paid: 'It is paid',
  pending: 'It is pending: no license until it is settled',
  failed: 'It fails: no license comes',
} as const

type Payment = keyof typeof PAYMENTS

/** How much later a future-dated agreement of the page starts. */
const LATER_MS = 30 * 86_400_000

type LicenseTime = keyof typeof LICENSE_TIMES

export interface SubscribeForm {
  /** 12 digits, or `other`. */
  readonly account: string
  readonly other: string
  readonly quantities: { readonly [dimension: string]: number }
  readonly term: Term
  readonly autoRenew: boolean
  readonly trial: boolean
  readonly license: LicenseTime
  readonly payment: Payment
  readonly later: boolean
}

export const isContract = (product: MarketplaceProduct): boolean =>
  product.pricing === 'contract' || product.pricing === 'contract-with-consumption'

/** The form as it is first shown: the first account, and the smallest quantity of what is sold ahead first. */
export function emptyForm(state: Readonly<State>, product: MarketplaceProduct): SubscribeForm {
  const first = product.dimensions.find((d) => d.offered && d.contract !== undefined)
  const quantity = first?.contract?.quantities[0]
  return {
    account: state.buyers[0]?.account ?? 'other',
    other: '',
    quantities: first === undefined || quantity === undefined ? {} : { [first.key]: quantity },
    term: 'month',
    autoRenew: false,
    trial: false,
    license: usualLicense(product),
    payment: 'paid',
    later: false,
  }
}

/** Nobody registers for a container, so nothing has to come after: its license is there at once. */
const usualLicense = ({ kind }: MarketplaceProduct): LicenseTime => (kind === 'container' ? 'before' : 'soon')

/** What was sent; anything unreadable is as if it had not been chosen. */
export function readSubscribeForm(sent: URLSearchParams, product: MarketplaceProduct): SubscribeForm {
  const license = sent.get('license') ?? ''
  const payment = sent.get('payment') ?? ''
  const quantities = product.dimensions
    .map(({ key }) => [key, Number(sent.get(`quantity.${key}`) ?? 0)] as const)
    .filter(([, quantity]) => Number.isSafeInteger(quantity) && quantity > 0)
  return {
    account: sent.get('account') ?? '',
    other: (sent.get('other') ?? '').trim().slice(0, 40),
    quantities: Object.fromEntries(quantities),
    term: sent.get('term') === 'year' ? 'year' : 'month',
    autoRenew: sent.get('autoRenew') === 'yes',
    trial: sent.get('trial') === 'yes',
    license: Object.hasOwn(LICENSE_TIMES, license) ? (license as LicenseTime) : usualLicense(product),
    payment: Object.hasOwn(PAYMENTS, payment) ? (payment as Payment) : 'paid',
    later: sent.get('later') === 'yes',
  }
}

/** The machine checks whether it can be done. */
export function commandOf(product: MarketplaceProduct, form: SubscribeForm): Subscribe {
  const bought: Bought[] = Object.entries(form.quantities).map(([dimension, quantity]) => ({
    dimension,
    quantity,
  }))
  const { text: _, ...delays } = LICENSE_TIMES[form.license]
  return {
    product: product.key,
    account: form.account === 'other' ? form.other : form.account,
    ...(isContract(product) ? { bought, term: form.term, autoRenew: form.autoRenew } : {}),
    ...(form.trial ? { trial: true } : {}),
    ...(form.payment === 'paid' ? {} : { payment: form.payment }),
    ...(form.later && isContract(product) ? { startDelayMs: LATER_MS } : {}),
    ...delays,
  }
}
