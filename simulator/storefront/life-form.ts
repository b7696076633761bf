/** What may happen to a purchase, as forms: who does it, what it is called, and the act that a sent form asks for. Pure. */
import type { Act } from '../marketplace/life.ts'
import type { Agreement, Bought } from '../marketplace/model.ts'

/** One button of the page. */
export interface Choice {
  readonly name: string
  readonly who: 'buyer' | 'seller' | 'aws'
  readonly title: string
  /** What the seller's software is told, and what it should do. */
  readonly hint: string
  /** Whether it can be asked of this agreement now. */
  readonly fits: (agreement: Agreement) => boolean
  /** Whether the form asks for quantities. */
  readonly asks?: 'quantities' | 'detail_type'
  readonly act: (sent: URLSearchParams) => Act
}

const isActive = ({ status }: Agreement): boolean => status === 'ACTIVE'
const isContract = (agreement: Agreement): boolean =>
  isActive(agreement) && agreement.term !== null && !agreement.trial
const asksForAnswer = ({ cancellation }: Agreement): boolean => cancellation?.status === 'PENDING_APPROVAL'

export const CHOICES: readonly Choice[] = [
  {
    name: 'convert',
    who: 'buyer',
    title: 'Buy after the trial',
    hint: 'A new agreement and license take the place of the trial.',
    fits: (agreement) => isActive(agreement) && agreement.trial,
    act: () => ({ act: 'convert' }),
  },
  {
    name: 'resubscribe',
    who: 'buyer',
    title: 'End it and subscribe again at once',
    hint: 'The events of both agreements run through each other.',
    fits: () => true,
    act: () => ({ act: 'resubscribe' }),
  },
  {
    name: 'auto-renew-on',
    who: 'buyer',
    title: 'Turn renewal on',
    hint: 'Purchase Agreement Amended; at its end a new agreement follows.',
    fits: (agreement) => isContract(agreement) && !agreement.autoRenew,
    act: () => ({ act: 'amend', autoRenew: true }),
  },
  {
    name: 'auto-renew-off',
    who: 'buyer',
    title: 'Turn renewal off',
    hint: 'Purchase Agreement Amended; at its end it expires.',
    fits: (agreement) => isContract(agreement) && agreement.autoRenew,
    act: () => ({ act: 'amend', autoRenew: false }),
  },
  {
    name: 'amend',
    who: 'buyer',
    title: 'Change what is bought',
    hint: 'The same agreement; the new quantities come with License Updated.',
    fits: isContract,
    asks: 'quantities',
    act: (sent) => ({ act: 'amend', bought: readQuantities(sent) }),
  },
  {
    name: 'replace',
    who: 'seller',
    title: 'Replace it by another offer',
    hint: 'A new agreement at once; the old one ends as replaced.',
    fits: isContract,
    asks: 'quantities',
    act: (sent) => ({ act: 'replace', bought: readQuantities(sent) }),
  },
  {
    name: 'request-cancellation',
    who: 'seller',
    title: 'Ask the buyer to cancel it',
    hint: 'Approved by itself after seven days, unless it is answered.',
    fits: (agreement) => isActive(agreement) && !asksForAnswer(agreement),
    act: () => ({ act: 'request_cancellation', reasonCode: 'OTHER' }),
  },
  {
    name: 'approve-cancellation',
    who: 'buyer',
    title: 'Agree to cancel',
    hint: 'The agreement ends as cancelled.',
    fits: asksForAnswer,
    act: () => ({ act: 'answer_cancellation', status: 'APPROVED' }),
  },
  {
    name: 'reject-cancellation',
    who: 'buyer',
    title: 'Do not agree to cancel',
    hint: 'The agreement goes on.',
    fits: asksForAnswer,
    act: () => ({ act: 'answer_cancellation', status: 'REJECTED' }),
  },
  {
    name: 'withdraw-cancellation',
    who: 'seller',
    title: 'Withdraw the request to cancel',
    hint: 'The agreement goes on.',
    fits: asksForAnswer,
    act: () => ({ act: 'answer_cancellation', status: 'CANCELLED' }),
  },
  {
    name: 'renew',
    who: 'aws',
    title: 'Renew it now',
    hint: 'A new agreement; the old one ends as renewed, and nobody loses access.',
    fits: isContract,
    act: () => ({ act: 'renew' }),
  },
  {
    name: 'renew-new-license',
    who: 'aws',
    title: 'Renew it with a new license',
    hint: 'As before, but the license is another one.',
    fits: isContract,
    act: () => ({ act: 'renew', license: 'new' }),
  },
  {
    name: 'expire',
    who: 'aws',
    title: 'Let it expire now',
    hint: 'Purchase Agreement Ended, then License Deprovisioned.',
    fits: isActive,
    act: () => ({ act: 'expire' }),
  },
  {
    name: 'payment-failed',
    who: 'aws',
    title: 'Let the payment fail',
    hint: 'Before the license came: none comes. After: AWS terminates the agreement.',
    fits: (agreement) => isActive(agreement) && agreement.payment !== 'failed',
    act: () => ({ act: 'payment_failed' }),
  },
  {
    name: 'payment-settled',
    who: 'aws',
    title: 'Settle the payment',
    hint: 'License Updated follows.',
    fits: (agreement) => isActive(agreement) && agreement.payment !== undefined,
    act: () => ({ act: 'payment_settled' }),
  },
  {
    name: 'terminate',
    who: 'aws',
    title: 'Terminate it',
    hint: 'By AWS, for payment or abuse: ended and deprovisioned.',
    fits: isActive,
    act: () => ({ act: 'terminate' }),
  },
  {
    name: 'deprovision',
    who: 'aws',
    title: 'Take the license back now',
    hint: 'License Deprovisioned, whatever the agreement says.',
    fits: ({ deprovisionedAt }) => deprovisionedAt === null,
    act: () => ({ act: 'deprovision' }),
  },
  {
    name: 'advise',
    who: 'aws',
    title: 'Issue an advisory',
    hint: 'A person has to look at it; nothing changes by itself.',
    fits: () => true,
    act: () => ({ act: 'advise', advisory: 'issued' }),
  },
  {
    name: 'resolve-advisory',
    who: 'aws',
    title: 'Resolve the advisory',
    hint: 'All is well again.',
    fits: () => true,
    act: () => ({ act: 'advise', advisory: 'resolved' }),
  },
  {
    name: 'event',
    who: 'aws',
    title: 'Send an event nobody knows',
    hint: 'It must be kept and shown, and never be an error.',
    fits: () => true,
    asks: 'detail_type',
    act: (sent) => ({ act: 'send_event', detailType: sent.get('detailType') ?? '' }),
  },
]

function readQuantities(sent: URLSearchParams): Bought[] {
  return [...sent]
    .filter(([name]) => name.startsWith('quantity.'))
    .map(([name, value]) => ({ dimension: name.slice('quantity.'.length), quantity: Number(value) }))
    .filter(({ quantity }) => Number.isSafeInteger(quantity) && quantity > 0)
}
